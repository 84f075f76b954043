"""Graph files that real MXNet wrote: read, written again, and run."""

import copy
import json
import pickle

import numpy as np
import pytest
import torch

from regluon import autograd, nd, sym
from regluon.sym.lower import lower
from tests.recorded import GOLDEN, recorded

FOLDER = GOLDEN / "symbols"
FILES = sorted(path.name.removesuffix("-symbol.json") for path in FOLDER.glob("*-symbol.json"))
GRAPHS = [name for name in FILES if not name.startswith("exported_")]

every_file = pytest.mark.parametrize("name", FILES)
every_graph = pytest.mark.parametrize("name", GRAPHS)


def load(name):
    return sym.load(FOLDER / f"{name}-symbol.json")


def plain(text):
    """Return a graph's JSON; the third number of an entry, how often a state has been traced, is nobody's matter."""
    graph = json.loads(text)
    for node in graph["nodes"]:
        node["inputs"] = [[number, index, min(version, 1)] for number, index, version in node["inputs"]]
    return graph


@every_file
def test_is_written_as_it_was_read(name):
    symbol = load(name)
    expected = plain((FOLDER / f"{name}-symbol.json").read_text())
    for again in (symbol, sym.fromjson(symbol.tojson()), copy.deepcopy(symbol), pickle.loads(pickle.dumps(symbol))):
        assert plain(again.tojson()) == expected


@every_file
def test_is_saved_to_a_file(name, tmp_path):
    symbol = load(name)
    symbol.save(tmp_path / "net-symbol.json")
    assert plain(sym.load(str(tmp_path / "net-symbol.json")).tojson()) == plain(symbol.tojson())


@every_graph
def test_lists_what_it_has(name):
    symbol, told = load(name), recorded(name, "symbols")[0].attrs
    assert tuple(symbol.list_arguments()) == told["arguments"]
    assert tuple(symbol.list_outputs()) == told["outputs"]
    assert tuple(symbol.list_auxiliary_states()) == told["states"]
    assert tuple(symbol.get_internals().list_outputs()) == told["internals"]
    assert symbol.attr_dict() == told["attributes"]


# Tracing takes time, and these reach all that is special about it.
COMPILED = ("classifier", "arithmetic", "parts", "normalized", "foreach", "foreach_nested")
WAYS = [(name, way) for name in GRAPHS for way in ("lowered", "executor")] + [(name, "compiled") for name in COMPILED]


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
@pytest.mark.parametrize(("name", "way"), WAYS)
def test_computes_what_mxnet_computes(name, way):
    case, symbol = recorded(name, "symbols")[0], load(name)
    found = run_executor(symbol, case) if way == "executor" else run_module(symbol, case, way == "compiled")
    outputs, gradients, states = found
    for output, expected in zip(outputs, case.outputs, strict=True):
        np.testing.assert_allclose(output, expected, rtol=1e-4, atol=1e-5)
    for key, expected in case.grads.items():
        np.testing.assert_allclose(gradients[key], expected, rtol=1e-4, atol=1e-5)
    for key, expected in case.aux.items():
        np.testing.assert_allclose(states[key], expected, rtol=1e-5)


def run_module(symbol, case, compiled):
    module = lower(symbol._entries, training=case.train)
    if compiled:
        module = torch.compile(module, fullgraph=True, backend="aot_eager")
    inputs = {key: torch.from_numpy(values.copy()) for key, values in case.inputs.items()}
    for key in case.grads:
        inputs[key].requires_grad_()
    outputs = module(*(inputs[key] for key in symbol.list_inputs()))
    heads = [(output, torch.from_numpy(head)) for output, head in zip(outputs, case.head_grads, strict=False)]
    heads = [(output, head) for output, head in heads if output.requires_grad]
    if heads:
        torch.autograd.backward([output for output, _ in heads], [head for _, head in heads])
    gradients = {key: torch.zeros_like(one) if one.grad is None else one.grad for key, one in inputs.items()}
    return [output.detach() for output in outputs], gradients, inputs


def run_executor(symbol, case):
    arrays = {key: nd.from_numpy(values.copy()) for key, values in case.inputs.items()}
    gradients = {key: nd.zeros_like(arrays[key]) for key in case.grads}
    executor = symbol.bind(
        "cpu",
        {key: arrays[key] for key in symbol.list_arguments()},
        gradients,
        aux_states={key: arrays[key] for key in symbol.list_auxiliary_states()},
    )
    executor.forward(is_train=case.train)
    if case.head_grads and case.grads:
        executor.backward([nd.from_numpy(head) for head in case.head_grads])
    assert not autograd.is_recording()
    return executor.outputs, {key: one.asnumpy() for key, one in gradients.items()}, arrays


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("exported_")])
def test_an_exported_block_runs_on_its_parameters(name):
    symbol, case = load(name), recorded(name, "symbols")[0]
    parameters = {key.partition(":")[2]: one for key, one in nd.load(FOLDER / f"{name}-0000.params").items()}
    outputs = symbol.eval(data=nd.from_numpy(case.inputs["data"].copy()), **parameters)
    for output, expected in zip(outputs, case.outputs, strict=True):
        np.testing.assert_allclose(output.asnumpy(), expected, rtol=1e-4, atol=1e-5)


@every_graph
def test_infers_the_shapes_and_types_it_has(name):
    symbol, case = load(name), recorded(name, "symbols")[0]
    data = {key: values for key, values in case.inputs.items() if key in DATA}
    shapes = symbol.infer_shape(**{key: values.shape for key, values in data.items()})
    types = symbol.infer_type_partial(**{key: values.dtype for key, values in data.items()})
    names = symbol.list_arguments(), symbol.list_auxiliary_states()
    for part, key in ((0, names[0]), (2, names[1])):
        assert shapes[part] == [case.inputs[one].shape for one in key]
        assert all(dtype in (None, case.inputs[one].dtype.type) for dtype, one in zip(types[part], key, strict=True))
    assert shapes[1] == [output.shape for output in case.outputs]
    assert all(dtype in (None, one.dtype.type) for dtype, one in zip(types[1], case.outputs, strict=True))


DATA = ("data", "x", "y", "map0", "map1", "left", "right", "scale", "count", "flag", "number", "total")


@every_graph
def test_sizes_that_are_not_known_stay_so_and_others_do_not(name):
    symbol, case = load(name), recorded(name, "symbols")[0]
    whole = symbol.infer_shape(**{key: values.shape for key, values in case.inputs.items() if key in DATA})
    # The size of the batch alone is left open.
    shapes = {key: (0, *values.shape[1:]) for key, values in case.inputs.items() if key in DATA and key != "scale"}
    shapes |= {key: values.shape for key, values in case.inputs.items() if key == "scale"}
    for part, expected in zip(symbol.infer_shape_partial(**shapes), whole, strict=True):
        for shape, known in zip(part, expected, strict=True):
            assert shape == () or len(shape) == len(known)
            assert all(size in (0, true) for size, true in zip(shape, known, strict=False))
