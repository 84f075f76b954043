"""In the oneDNN dialect every operator gives the numbers of MXNet's build on oneDNN, bit for bit, however it is run."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from regluon import nd, th
from regluon.ops.registry import find
from regluon.quantization import dialect
from tests import recorded

NAMES = recorded.operators("onednn")
every_case = pytest.mark.parametrize(("name", "case"), recorded.recorded_params(*NAMES, folder="onednn"))
every_name = pytest.mark.parametrize("name", NAMES)

# MXNet counts 127 levels of uint8 data here, as if they were int8.
WIDE_RANGE = {"_contrib_quantized_conv": 127 / 255}


@pytest.fixture(autouse=True)
def _onednn() -> Iterator[None]:
    with dialect("onednn"):
        yield


def tensors(case: recorded.Case) -> list[Tensor]:
    return [torch.from_numpy(values.copy()) for values in case.inputs.values()]


def run(name: str, inputs: list[Tensor], case: recorded.Case) -> list[Tensor]:
    found = getattr(th.contrib, name.removeprefix("_contrib_"))(*inputs, **case.attrs)
    return [found] if isinstance(found, Tensor) else list(found)


@every_case
def test_th_equals_mxnet(name: str, case: recorded.Case) -> None:
    inputs = tensors(case)
    assert_equal(name, case, [one.numpy() for one in run(name, inputs, case)])
    after = dict(zip(case.inputs, inputs, strict=True))
    for state, expected in case.aux.items():
        np.testing.assert_array_equal(after[state].numpy(), expected)


@every_case
def test_nd_equals_mxnet(name: str, case: recorded.Case) -> None:
    found = getattr(nd.contrib, name.removeprefix("_contrib_"))(*map(nd.NDArray, tensors(case)), **case.attrs)
    assert_equal(name, case, [one.asnumpy() for one in (found if isinstance(found, list) else [found])])


def assert_equal(name: str, case: recorded.Case, found: list[np.ndarray]) -> None:
    assert len(found) == len(case.outputs)
    for place, (one, expected) in enumerate(zip(found, case.outputs, strict=True)):
        assert (one.dtype, one.shape) == (expected.dtype, expected.shape)
        if place and name in WIDE_RANGE:
            np.testing.assert_allclose(one, expected * WIDE_RANGE[name], rtol=1e-6)
        else:
            np.testing.assert_array_equal(one, expected)


@every_case
def test_meta_tensors_give_the_same_shapes_and_dtypes(name: str, case: recorded.Case) -> None:
    found = run(name, [one.to("meta") for one in tensors(case)], case)
    assert [(tuple(one.shape), str(one.dtype).removeprefix("torch.")) for one in found] == [
        (one.shape, one.dtype.name) for one in case.outputs
    ]


@every_case
def test_strided_input_gives_the_same_answer(name: str, case: recorded.Case) -> None:
    for one, other in zip(
        run(name, [strided(one) for one in tensors(case)], case), run(name, tensors(case), case), strict=True
    ):
        assert torch.equal(one, other)


def strided(tensor: Tensor) -> Tensor:
    backwards = tensor.permute(*range(tensor.ndim - 1, -1, -1)).contiguous()
    return torch.stack([backwards, backwards], -1)[..., 0].permute(*range(tensor.ndim - 1, -1, -1))


@every_name
def test_compiles_to_one_graph(name: str) -> None:
    case = max(recorded.recorded(name, "onednn"), key=lambda case: len(case.attrs))
    torch._dynamo.reset()
    compiled = torch.compile(lambda *inputs: run(name, list(inputs), case), fullgraph=True, backend="eager")
    for one, other in zip(compiled(*tensors(case)), run(name, tensors(case), case), strict=True):
        assert torch.equal(one, other)


@every_name
def test_gives_other_numbers_than_the_documented_formulas(name: str) -> None:
    different = False
    for case in recorded.recorded(name, "onednn"):
        here = run(name, tensors(case), case)
        with dialect("native"):
            there = run(name, tensors(case), case)
        different |= any(not torch.equal(one, other) for one, other in zip(here, there, strict=True))
    assert different is find(name).speaks or name == "_contrib_quantized_conv"


EMPTY: dict[str, dict[str, Any]] = {
    "quantize": {"out_type": "int8"},
    "quantize_v2": {},
    "dequantize": {},
    "requantize": {},
    "quantized_batch_norm": {"min_calib_range": -1.0, "max_calib_range": 1.0},
    "quantized_concat": {},
    "quantized_conv": {"kernel": (2, 2), "num_filter": 3, "no_bias": True},
    "quantized_elemwise_add": {},
    "quantized_fully_connected": {"num_hidden": 3, "no_bias": True},
}


@pytest.mark.parametrize("which", ["onednn", "native"])
@pytest.mark.parametrize("name", EMPTY)
def test_a_batch_of_none_gives_one_of_none(name: str, which: Any) -> None:
    end, data = torch.ones(1), torch.zeros(0, 2, 4, 4, dtype=torch.int8)
    inputs = {
        "quantize": (data.float(), -end, end),
        "quantize_v2": (data.float(),),
        "requantize": (data.int(), -end, end),
        "quantized_batch_norm": (data, *[torch.ones(2)] * 4, -end, end),
        "quantized_concat": (data, data, -end, end, -end, end),
        "quantized_conv": (data, torch.ones(3, 2, 2, 2, dtype=torch.int8), -end, end, -end, end),
        "quantized_elemwise_add": (data, data, -end, end, -end, end),
        "quantized_fully_connected": (data, torch.ones(3, 32, dtype=torch.int8), -end, end, -end, end),
    }.get(name, (data, -end, end))
    with dialect(which):
        found = getattr(th.contrib, name)(*inputs, **EMPTY[name])
    assert (found if isinstance(found, Tensor) else found[0]).shape[0] == 0
