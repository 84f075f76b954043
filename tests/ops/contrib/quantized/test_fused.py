"""Fused nodes give the numbers of MXNet's oneDNN build, level for level."""

import json

import numpy as np
import pytest
import torch

import regluon
from regluon import gluon, nd, sym
from regluon.core.errors import ArgumentError, NotSupportedError
from regluon.sym.lower import lower
from tests.recorded import GOLDEN, Case, recorded_params

FOLDER = GOLDEN / "fused"
NAMES = ("_sg_mkldnn_conv", "_sg_mkldnn_fully_connected")
every_case = pytest.mark.parametrize(("name", "case"), recorded_params(*NAMES, folder="fused"))


def run(text: str, case: Case) -> list[np.ndarray]:
    arrays = {name: nd.from_numpy(values.copy()) for name, values in case.inputs.items()}
    return [one.asnumpy() for one in sym.load_json(text).eval(**arrays)]


@every_case
def test_levels_are_those_of_mxnet(name: str, case: Case) -> None:
    found = run(case.attrs["graph"], case)
    for own, expected in zip(found, case.outputs, strict=True):
        assert own.dtype == expected.dtype
        if expected.dtype == np.float32:
            np.testing.assert_allclose(own, expected, rtol=1e-6, atol=1e-6)
        else:
            np.testing.assert_array_equal(own, expected)


@every_case
def test_shapes_and_types_follow(name: str, case: Case) -> None:
    symbol = sym.load_json(case.attrs["graph"])
    given = {key: case.inputs[key] for key in ("data", "other") if key in case.inputs}
    shapes = symbol.infer_shape(**{key: one.shape for key, one in given.items()})
    types = symbol.infer_type(**{key: one.dtype for key, one in given.items()})
    for place, names in ((0, symbol.list_arguments()), (2, symbol.list_auxiliary_states())):
        assert shapes[place] == [case.inputs[key].shape for key in names]
        assert types[place] == [case.inputs[key].dtype.type for key in names]
    assert shapes[1] == [one.shape for one in case.outputs]
    assert types[1] == [one.dtype.type for one in case.outputs]


@every_case
def test_is_written_as_it_was_read(name: str, case: Case) -> None:
    symbol = sym.load_json(case.attrs["graph"])
    again = json.loads(symbol.tojson())["nodes"][-1]
    expected = json.loads(case.attrs["graph"])["nodes"][-1]
    assert again["attrs"] == expected["attrs"]
    assert [one[:2] for one in again["inputs"]] == [one[:2] for one in expected["inputs"]]
    assert [one["op"] for one in again["subgraphs"][0]["nodes"]] == [
        one["op"] for one in expected["subgraphs"][0]["nodes"]
    ]


@pytest.mark.parametrize("name", NAMES)
def test_compiles_to_one_graph(name: str) -> None:
    case = next(one.values[0] for one in recorded_params(name, folder="fused"))
    symbol = sym.load_json(case.attrs["graph"])
    inputs = [torch.from_numpy(case.inputs[key].copy()) for key in symbol.list_inputs()]
    found = torch.compile(lower(symbol._entries), fullgraph=True, backend="eager")(*inputs)
    np.testing.assert_array_equal(found[0].numpy(), case.outputs[0])


@pytest.mark.parametrize("hybridize", [False, True])
def test_a_network_that_mxnet_quantised(hybridize: bool) -> None:
    with np.load(FOLDER / "int8.npz") as archive:
        data, expected = archive["data"], archive["output"]
    net = gluon.SymbolBlock.imports(FOLDER / "int8-symbol.json", ["data"], FOLDER / "int8-0000.params")
    if hybridize:
        net.hybridize(static_alloc=True)
    with regluon.quantization.dialect("onednn"):
        np.testing.assert_allclose(net(nd.array(data)).asnumpy(), expected, rtol=1e-5, atol=1e-6)
    states = sym.load(FOLDER / "int8-symbol.json").list_auxiliary_states()
    assert [name.rpartition("_running_")[2] for name in states] == ["mean", "var", "mean", "var"]


# Refusals


def changed(name: str, title: str, **edits: str) -> tuple[str, Case]:
    case = next(one.values[0] for one in recorded_params(name, folder="fused") if one.values[0].name == title)
    text = case.attrs["graph"]
    for old, new in edits.items():
        assert old in text
        text = text.replace(old, new)
    return text, case


@pytest.mark.parametrize(("title", "words"), [
    ("uint8, bias, bn, relu", "the activation of levels must be relu, or clip from 0, got Activation with .*tanh"),
    ("no calibration, relu", "without min_calib_range and max_calib_range nothing but relu may follow, got .*tanh"),
])  # fmt: skip
def test_an_activation_that_levels_have_not_is_refused(title: str, words: str) -> None:
    text, case = changed(NAMES[0], title, **{'"relu"': '"tanh"'})
    with pytest.raises(NotSupportedError, match=f"^_sg_mkldnn_conv: {words}"):
        run(text, case)


def test_channels_come_first() -> None:
    text, case = changed(NAMES[0], "uint8, alone", **{'"attrs": {"kernel"': '"attrs": {"layout": "NHWC", "kernel"'})
    with pytest.raises(NotSupportedError, match="_sg_mkldnn_conv: layout must have channels first, got 'NHWC'"):
        run(text, case)


def test_the_ranges_must_be_there() -> None:
    text, case = changed(NAMES[1], "uint8, calibrated", **{", [8, 0, 0]]": "]"})
    symbol = sym.load_json(text)
    with pytest.raises(ArgumentError, match=r"^_sg_mkldnn_fully_connected: data must be 9 arrays, .* got 8"):
        symbol.eval(**{key: nd.from_numpy(case.inputs[key].copy()) for key in symbol.list_arguments()})
