"""Gradients that are given, not derived; numbers rounded to float32."""

from ctypes import c_float

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from regluon.ops.gradient import wants_gradient, with_gradient, with_slope
from regluon.ops.number import single


def test_a_gradient_is_wanted_while_torch_keeps_a_graph() -> None:
    leaf = torch.ones(1, requires_grad=True)
    assert wants_gradient(torch.ones(1), leaf)
    assert not wants_gradient(torch.ones(1))
    with torch.no_grad():
        assert not wants_gradient(leaf)


@pytest.mark.parametrize(
    ("slope", "expected"),
    [pytest.param(2.0, [10, 20], id="number"), pytest.param(torch.tensor([2.0, -3.0]), [10, -30], id="array")],
)
def test_slope_multiplies_what_comes_from_above(slope: Tensor | float, expected: list[float]) -> None:
    data = torch.tensor([1.0, 2.0], requires_grad=True)
    value = with_slope(torch.tensor([7.0, 8.0]), data, slope)
    assert value.tolist() == [7, 8]
    value.backward(torch.tensor([5.0, 10.0]))
    assert data.grad is not None
    assert data.grad.tolist() == expected


def test_a_given_gradient_is_all_that_arrives() -> None:
    data, other = torch.ones(2, requires_grad=True), torch.ones(3, requires_grad=True)
    value = with_gradient(torch.tensor([7.0, 8.0]), torch.tensor([5.0, 6.0]), data, other)
    (value * 100).sum().backward()
    assert data.grad is not None
    assert other.grad is not None
    assert data.grad.tolist() == [5, 6]
    assert other.grad.tolist() == [0, 0, 0]


def test_values_may_be_written_into() -> None:
    data = torch.ones(2, requires_grad=True)
    for value in (with_slope(torch.zeros(2), data), with_gradient(torch.zeros(2), torch.ones(2), data, data)):
        value[0] = 3
        value += 1
        assert value.tolist() == [4, 1]


@given(st.floats(allow_nan=False).filter(lambda x: not 0 < abs(x) <= 1e-37 and abs(x) < 1e38))
def test_single_rounds_to_float32(number: float) -> None:
    assert single(number) == c_float(number).value


@pytest.mark.parametrize("number", [0.0, 1e300, -float("inf"), 1e-300])
def test_what_float32_does_not_hold_is_left(number: float) -> None:
    assert single(number) == number
