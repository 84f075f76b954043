"""Small functions of contrib: hand-worked values, MXNet's gradients."""

import decimal
import math

import numpy as np
import pytest
import torch

from regluon import th
from regluon.core.errors import ShapeError

contrib = th.contrib


def gradient(name: str, values: list[float], **attrs: object) -> tuple[list[float], list[float]]:
    data = torch.tensor(values, requires_grad=True)
    found = getattr(contrib, name)(data, **attrs)
    found.backward(torch.arange(1.0, len(values) + 1))
    assert data.grad is not None
    return found.tolist(), data.grad.tolist()


@pytest.mark.parametrize(
    ("name", "attrs", "values", "expected", "slopes"),
    [
        ("div_sqrt_dim", {}, [2.0, 4, 6, 8], [1, 2, 3, 4], [0.5] * 4),
        ("quadratic", {"a": 1.5, "b": 2.0, "c": 0.25}, [0.0, 1, 2, 3], [0.25, 3.75, 10.25, 19.75], [2, 5, 8, 11]),
        ("gradientmultiplier", {"scalar": -2.5}, [0.5, 3], [0.5, 3], [-2.5, -2.5]),
        ("gradientmultiplier", {"scalar": 2.5, "is_int": False}, [0.5, 3], [0.5, 3], [2.5, 2.5]),
        ("round_ste", {}, [-1.5, -0.5, 0, 0.5, 1.5, 2.5, 0.49999997], [-2, -1, 0, 1, 2, 3, 0], [1] * 7),
        ("sign_ste", {}, [-1.5, -0.0, 0, 0.5], [-1, 0, 0, 1], [1] * 4),
    ],
)
def test_values_and_gradients(name: str, attrs: dict, values: list, expected: list, slopes: list) -> None:
    found, grad = gradient(name, values, **attrs)
    assert found == expected
    assert grad == [slope * (i + 1) for i, slope in enumerate(slopes)]


@pytest.mark.parametrize(
    ("name", "attrs", "values", "expected"),
    [
        # Recorded from MXNet 1.9.1: computed in floats, then cut.
        ("quadratic", {"a": 1.5, "b": 0.5, "c": 0.25}, [0, 1, 2, 3], [0, 2, 7, 15]),
        ("div_sqrt_dim", {}, [4, 5, 6, 7], [2, 2, 3, 3]),
        ("round_ste", {}, [-1, 0, 2], [-1, 0, 2]),
        ("sign_ste", {}, [-5, 0, 2], [-1, 0, 1]),
        ("gradientmultiplier", {"scalar": 2.5}, [0, 1], [0, 1]),
    ],
)
def test_whole_numbers(name: str, attrs: dict, values: list, expected: list) -> None:
    found = getattr(contrib, name)(torch.tensor(values, dtype=torch.int32), **attrs)
    assert found.dtype == torch.int32
    assert found.tolist() == expected


def test_backward_quadratic_is_the_gradient() -> None:
    data = torch.randn(5, dtype=torch.float64, requires_grad=True)
    head = torch.randn(5, dtype=torch.float64)
    contrib.quadratic(data, a=3.0, b=-0.5, c=7.0).backward(head)
    torch.testing.assert_close(contrib.backward_quadratic(head, data.detach(), a=3.0, b=-0.5, c=7.0), data.grad)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_halves_and_their_neighbours_are_rounded_away_from_zero(dtype: torch.dtype) -> None:
    infinite = torch.tensor(math.inf, dtype=dtype)
    halves = torch.cat([torch.arange(-300, 300), 2.0 ** torch.arange(-14, 15), 2.0 ** torch.arange(-14, 15) + 0.5]) / 2
    data = halves.to(dtype)
    data = torch.cat([data, data.nextafter(infinite), data.nextafter(-infinite)])
    exact = [decimal.Decimal(value).to_integral_value(decimal.ROUND_HALF_UP) for value in data.tolist()]
    assert contrib.round_ste(data).tolist() == torch.tensor([float(value) for value in exact]).to(dtype).tolist()
    odd = contrib.round_ste(torch.tensor([math.inf, -math.inf, math.nan, -0.0, -0.25], dtype=dtype))
    assert odd[:2].tolist() == [math.inf, -math.inf]
    assert odd[2].isnan()
    assert odd.signbit()[3:].all()


@pytest.mark.parametrize(
    ("name", "expected"), [("isnan", [1, 0, 0, 0]), ("isinf", [0, 1, 1, 0]), ("isfinite", [0, 0, 0, 1])]
)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_what_is_no_number(name: str, expected: list, dtype: torch.dtype) -> None:
    found = getattr(contrib, name)(torch.tensor([math.nan, math.inf, -math.inf, 2.0], dtype=dtype))
    assert found.dtype == dtype
    assert found.tolist() == expected


@pytest.mark.parametrize(("name", "expected"), [("isnan", 0), ("isinf", 0), ("isfinite", 1)])
def test_whole_numbers_are_finite(name: str, expected: int) -> None:
    found = getattr(contrib, name)(torch.tensor([0, -3], dtype=torch.int32))
    assert found.dtype == torch.int32
    assert found.tolist() == [expected] * 2


@pytest.mark.parametrize(
    ("a", "b", "attrs", "expected"),
    [
        ([1e10, 1e-7], [1.00001e10, 1e-8], {}, 0),
        ([1e10, 1e-8], [1.00001e10, 1e-9], {}, 1),
        ([1.0, math.nan], [1.0, math.nan], {}, 1),
        ([1.0, math.nan], [1.0, math.nan], {"equal_nan": False}, 0),
        ([1.0, 2.0], [1.5, 2.5], {"atol": 0.5}, 1),
        ([1.0, 2.0], [1.5, 2.5], {"rtol": 0.3}, 0),
    ],
)
def test_allclose(a: list, b: list, attrs: dict, expected: int) -> None:
    found = contrib.allclose(torch.tensor(a, dtype=torch.float64), torch.tensor(b, dtype=torch.float64), **attrs)
    assert found.shape == ()
    assert found.dtype == torch.uint8
    assert found == expected


@pytest.mark.parametrize("name", ["round_ste", "sign_ste", "gradientmultiplier"])
def test_may_be_written_into(name: str) -> None:
    data = torch.tensor([0.25, 3.0], requires_grad=True)
    for given in (data, data.detach()):
        found = getattr(contrib, name)(given)
        found[0] = 9
        found += 1
        assert data.tolist() == [0.25, 3.0]


def test_a_gradient_is_multiplied_in_half_precision_too() -> None:
    data = torch.ones(2, dtype=torch.bfloat16, requires_grad=True)
    contrib.gradientmultiplier(data, scalar=3.0).sum().backward()
    assert data.grad is not None
    np.testing.assert_array_equal(data.grad.float(), [3, 3])


def test_refuses() -> None:
    with pytest.raises(ShapeError, match=r"^div_sqrt_dim: data must have an axis or more, got shape \(\)"):
        contrib.div_sqrt_dim(torch.tensor(1.0))
    with pytest.raises(ShapeError, match=r"^allclose: b must have the shape of a, \(2,\), got \(3,\)"):
        contrib.allclose(torch.zeros(2), torch.zeros(3))
    with pytest.raises(
        ShapeError, match=r"^backward_quadratic: out_grad must have shape \(3,\) as data has, got \(2,\)"
    ):
        contrib.backward_quadratic(torch.zeros(2), torch.zeros(3))
