"""Reductions: numpy's answers, MXNet's shapes, gradients at ties and zeros."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from regluon.ops.registry import find

NUMPY = {
    "sum": np.sum,
    "mean": np.mean,
    "prod": np.prod,
    "max": np.max,
    "min": np.min,
    "nansum": np.nansum,
    "nanprod": np.nanprod,
}
DATA = torch.tensor([[[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]], [[2.0, 2.0, 0.25], [-3.0, 1.0, 1.5]]], dtype=torch.float64)


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [0, -1, (0, 2), (2, 1)])
@pytest.mark.parametrize("name", NUMPY)
def test_equals_numpy(name: str, axis: Any, keepdims: bool) -> None:
    found = find(name)(DATA, axis=axis, keepdims=keepdims)
    np.testing.assert_allclose(found, NUMPY[name](DATA.numpy(), axis, keepdims=keepdims), rtol=1e-12)


@pytest.mark.parametrize("axis", [None, (), (0, 1, 2)])
@pytest.mark.parametrize("name", NUMPY)
def test_one_axis_always_remains(name: str, axis: Any) -> None:
    found = find(name)(DATA, axis=axis)
    assert tuple(found.shape) == (1,)
    np.testing.assert_allclose(found, [NUMPY[name](DATA.numpy())], rtol=1e-12)
    assert tuple(find(name)(DATA, axis=axis, keepdims=True).shape) == (1, 1, 1)


@pytest.mark.parametrize("name", NUMPY)
def test_axes_may_be_excluded(name: str) -> None:
    torch.testing.assert_close(find(name)(DATA, axis=1, exclude=True), find(name)(DATA, axis=(0, 2)))


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        pytest.param("max", [1, 3, 3], [0, 1, 1], id="every largest element"),
        pytest.param("min", [1, 1, 3], [1, 1, 0], id="every smallest element"),
        pytest.param("prod", [2, 3, 4], [12, 8, 6], id="product of the others"),
        pytest.param("prod", [2, 0, 4], [0, math.nan, 0], id="product with a zero"),
        pytest.param("nansum", [1, math.nan], [1, 0], id="sum without NaN"),
        pytest.param("nanprod", [2, math.nan, 3], [3, 0, 2], id="product without NaN"),
        pytest.param("norm", [3, -4], [0.6, -0.8], id="norm"),
        pytest.param("norm", [0, 0], [math.nan, math.nan], id="norm of nothing"),
        pytest.param("mean", [1, 2, 3, 4], [0.25] * 4, id="mean"),
    ],
)
def test_the_gradient(name: str, values: list[float], expected: list[float]) -> None:
    data = torch.tensor(values, dtype=torch.float64, requires_grad=True)
    find(name)(data).backward(torch.ones(1, dtype=torch.float64))
    np.testing.assert_allclose(data.grad, expected, rtol=1e-12)


def test_ints_keep_their_type_and_wrap_around() -> None:
    data = torch.full((3,), 100, dtype=torch.uint8)
    assert find("sum")(data).tolist() == [44]
    assert find("mean")(data).tolist() == [14]
    assert find("prod")(data).tolist() == [64]
    assert find("sum")(data).dtype == torch.uint8


def test_long_sums_of_half_floats_do_not_stop_growing() -> None:
    assert find("sum")(torch.ones(3000, dtype=torch.float16)).tolist() == [3000]


@pytest.mark.parametrize(("order", "axis"), [(1, 0), (1, None), (2, 1), (2, (0, 1)), (2, None)])
def test_norm_is_numpys(order: int, axis: Any) -> None:
    data = DATA[0].numpy()
    power = np.sum(np.abs(data) ** order, axis) ** (1 / order)
    np.testing.assert_allclose(find("norm")(DATA[0], ord=order, axis=axis), np.reshape(power, power.shape or 1))


def test_norm_gives_the_type_asked_for() -> None:
    assert find("norm")(DATA, out_dtype="float32").dtype == torch.float32
    assert find("norm")(torch.tensor([3, 4, 1])).tolist() == [5]


@pytest.mark.parametrize(("name", "expected"), [("argmax", [1.0, 0.0]), ("argmin", [0.0, 2.0])])
def test_the_first_of_equals_is_the_place(name: str, expected: list[float]) -> None:
    data = torch.tensor([[1.0, 3.0, 3.0], [5.0, 4.0, 0.0]])
    found = find(name)(data, axis=1)
    assert found.dtype == data.dtype
    assert found.tolist() == expected
    assert find(name)(data.to(torch.int32), axis=1).dtype == torch.int32


@pytest.mark.parametrize(
    ("attributes", "shape"),
    [({}, (1,)), ({"keepdims": True}, (1, 1)), ({"axis": 0, "keepdims": True}, (1, 3)), ({"axis": -1}, (2,))],
)
def test_places_have_these_shapes(attributes: dict[str, Any], shape: tuple[int, ...]) -> None:
    assert tuple(find("argmax")(DATA[0], **attributes).shape) == shape


def test_the_place_in_one_axis_still_has_an_axis() -> None:
    assert find("argmax")(torch.tensor([1.0, 2.0]), axis=0).tolist() == [1]
