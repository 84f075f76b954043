"""Arrays out of nothing, copies, losses."""

from typing import Any

import numpy as np
import pytest
import torch

from regluon.core.device import cpu
from regluon.ops.registry import find


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        pytest.param({"start": 3}, [0, 1, 2], id="one number is the end"),
        pytest.param({"start": 1, "stop": 6, "step": 2}, [1, 3, 5], id="step"),
        pytest.param({"start": 5, "stop": 0, "step": -2}, [5, 3, 1], id="backwards"),
        pytest.param({"start": 0, "stop": 1.05, "step": 0.35}, [0, 0.35, 0.7, 1.05], id="one more by rounding"),
        pytest.param({"start": 0, "stop": 2, "repeat": 2}, [0, 0, 1, 1], id="repeat"),
        pytest.param({"start": 0.5, "stop": 3, "dtype": "int32"}, [0, 1, 2], id="ints start at an int"),
        pytest.param({"start": 0, "stop": 1, "step": 0.5, "dtype": "int32"}, [0, 0], id="ints step by ints"),
    ],
)
def test_arange(attributes: dict[str, Any], expected: list[float]) -> None:
    found = find("_arange")(**attributes)
    assert found.dtype == getattr(torch, attributes.get("dtype", "float32"))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("endpoint", [True, False])
@pytest.mark.parametrize("num", [1, 2, 7])
def test_linspace_is_numpys(num: int, endpoint: bool) -> None:
    found = find("_linspace")(-1, 2.5, num, endpoint=endpoint)
    np.testing.assert_allclose(found, np.linspace(-1, 2.5, num, endpoint=endpoint), rtol=1e-6)


@pytest.mark.parametrize("k", [-4, -1, 0, 2])
@pytest.mark.parametrize("columns", [0, 2, 5])
def test_eye_is_numpys(columns: int, k: int) -> None:
    np.testing.assert_array_equal(find("_eye")(3, M=columns, k=k, dtype="uint8"), np.eye(3, columns or 3, k))


@pytest.mark.parametrize(("name", "value"), [("_zeros", 0), ("_ones", 1)])
def test_one_number_everywhere(name: str, value: float) -> None:
    found = find(name)((2, 3), cpu(), "float16")
    assert found.dtype == torch.float16
    assert found.tolist() == [[value] * 3] * 2
    assert find(name)(3, dtype=None).dtype == torch.float32


def test_full_cuts_down_to_ints() -> None:
    assert find("_full")((2,), -2.7, dtype="int32").tolist() == [-2, -2]
    assert find("_full")((1,), 0.5, dtype="bool").tolist() == [True]


@pytest.mark.parametrize("name", ["_zeros", "_ones", "_eye"])
def test_arrays_may_be_made_on_any_device(name: str) -> None:
    given = {"N": 2} if name == "_eye" else {"shape": (2,)}
    assert find(name)(ctx="cpu(0)", **given).device.type == "cpu"


@pytest.mark.parametrize("name", ["_copy", "_identity_with_attr_like_rhs", "Cast", "make_loss", "MakeLoss"])
def test_a_copy_has_memory_of_its_own(name: str) -> None:
    data = torch.ones(2)
    attributes = {"dtype": "float32"} if name == "Cast" else {}
    inputs = [data, data] if name.startswith("_identity") else [data]
    found = find(name)(*inputs, **attributes)
    found += 1
    assert data.tolist() == [1, 1]


def test_floats_are_cut_down_by_a_cast() -> None:
    assert find("Cast")(torch.tensor([1.7, -1.7]), dtype="int8").tolist() == [1, -1]
    assert find("Cast")(torch.tensor([0.0, 0.2]), dtype="bool").tolist() == [False, True]


def test_no_gradient_passes_a_block() -> None:
    data = torch.ones(2, requires_grad=True)
    (find("BlockGrad")(data) * data).sum().backward()
    assert data.grad.tolist() == [1, 1]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, 1),
        ({"grad_scale": 3}, 3),
        ({"grad_scale": 3, "normalization": "batch"}, 1.5),
        ({"grad_scale": 3, "normalization": "valid", "valid_thresh": 0.25}, 1.0),
        ({"normalization": "valid", "valid_thresh": 9}, 1),
    ],
)
def test_a_loss_ignores_what_is_sent_back(attributes: dict[str, Any], expected: float) -> None:
    data = torch.tensor([[1.0, 0.5], [0.0, 2.0]], requires_grad=True)
    found = find("MakeLoss")(data, **attributes)
    torch.testing.assert_close(found, data)
    found.backward(torch.full((2, 2), 7.0))
    assert data.grad.tolist() == [[expected] * 2] * 2  # type: ignore[union-attr]


def test_shapes_and_sizes_as_arrays() -> None:
    data = torch.zeros(2, 3)
    assert find("shape_array")(data).tolist() == [2, 3]
    assert find("size_array")(data).tolist() == [6]
    assert find("size_array")(data).dtype == torch.int64


@pytest.mark.parametrize(("name", "value"), [("zeros_like", 0), ("ones_like", 1)])
def test_arrays_like_others_ignore_a_dtype(name: str, value: int) -> None:
    found = find(name)(torch.full((2,), 7, dtype=torch.int8), dtype="int64")
    assert found.dtype == torch.int8
    assert found.tolist() == [value] * 2
