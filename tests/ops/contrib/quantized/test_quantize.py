"""Levels of the documented formulas: equal to loops from the documentation, and to values worked out by hand.

That they equal real MXNet is tested with all recordings.
"""

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.quantization import dialect
from regluon.th.contrib import dequantize, quantize, quantize_asym, quantize_v2, requantize

F = np.float32
X = [-2.0, -1.5, -1.0, -0.5, -0.004, 0.0, 0.004, 0.5, 0.502, 1.0, 1.5, 2.0, 3.0]


def ends(*numbers: float) -> list[Tensor]:
    return [torch.tensor([number], dtype=torch.float32) for number in numbers]


def by_definition(x: float, low: float, high: float, out_type: str) -> int:
    """Follow the documentation, number by number; what lies outside the range becomes its end."""
    if out_type == "uint8":
        return int(min(max((F(x) - F(low)) * (F(255) / (F(high) - F(low))) + F(0.5), F(0)), F(255)))
    scale = F(127) / max(abs(F(low)), abs(F(high)))
    return int(math.copysign(int(min(abs(F(x)) * scale + F(0.5), F(127))), x))


def meaning(q: int, low: float, high: float, out_type: str) -> np.floating:
    if out_type == "uint8":
        return F(q) * ((F(high) - F(low)) / F(255)) + F(low)
    return F(q) * (max(abs(F(low)), abs(F(high))) / F(127))


RANGES = [(-2.0, 2.0), (-3.0, 1.0), (0.0, 2.5), (-0.001, 0.0), (1.0, 2.0), (-2.0, -1.0)]


@pytest.mark.parametrize("out_type", ["int8", "uint8"])
@pytest.mark.parametrize(("low", "high"), RANGES)
def test_quantize_equals_definition(low: float, high: float, out_type: Any) -> None:
    found, *given_ends = quantize(torch.tensor(X), *ends(low, high), out_type=out_type)
    assert found.tolist() == [by_definition(x, low, high, out_type) for x in X]
    reach = max(abs(low), abs(high))
    expected = (-reach, reach) if out_type == "int8" else (low, high)
    assert [one.item() for one in given_ends] == pytest.approx(expected)


@pytest.mark.parametrize("out_type", ["int8", "uint8"])
@pytest.mark.parametrize(("low", "high"), RANGES)
def test_dequantize_equals_definition(low: float, high: float, out_type: str) -> None:
    levels = list(range(-128, 128) if out_type == "int8" else range(256))
    found = dequantize(torch.tensor(levels, dtype=getattr(torch, out_type)), *ends(low, high))
    np.testing.assert_array_equal(found.numpy(), [meaning(q, low, high, out_type) for q in levels])


@pytest.mark.parametrize("out_type", ["int8", "uint8"])
def test_requantize_equals_definition(out_type: Any) -> None:
    levels = [-(2**31), -1000000, -3900, 0, 3900, 4000, 11811, 500000, 2**31 - 1]
    found, low, high = requantize(
        torch.tensor(levels, dtype=torch.int32), *ends(-1000, 900), out_type, min_calib_range=-0.3, max_calib_range=0.2
    )
    step = F(1000) / F(2147483647)
    reals = [F(q) * step for q in levels]
    expected = [by_definition(float(x), 0.0 if out_type == "uint8" else -0.3, 0.3, out_type) for x in reals]
    assert found.tolist() == expected
    assert (low.item(), high.item()) == pytest.approx((-0.3 if out_type == "int8" else 0.0, 0.3))


@given(st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=20), st.sampled_from(["native", "onednn"]))
def test_there_and_back_is_off_by_half_a_level_at_most(values: list[float], which: Any) -> None:
    data = torch.tensor(values, dtype=torch.float32)
    with dialect(which):
        levels, low, high = quantize_v2(data)
        back = dequantize(levels, low, high)
    step = data.abs().max().item() / 127
    # On oneDNN the outermost level has no neighbour to be rounded to.
    assert (back - data).abs().max().item() <= step * (0.5 if which == "native" else 1.01) * 1.001 + 1e-30


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        ("native", [-127, -127, -127, -64, -1, 0, 1, 64, 64, 127, 127, 127, 127]),
        ("onednn", [-128, -128, -128, -64, -1, 0, 1, 64, 64, 127, 127, 127, 127]),
    ],
)
def test_hand_worked_levels_of_a_calibrated_range(which: Any, expected: list[int]) -> None:
    with dialect(which):
        assert quantize_v2(torch.tensor(X), min_calib_range=-1.0, max_calib_range=1.0)[0].tolist() == expected


@pytest.mark.parametrize("which", ["native", "onednn"])
@pytest.mark.parametrize("out_type", ["int8", "uint8"])
def test_numbers_outside_the_range_become_its_ends(out_type: Any, which: Any) -> None:
    with dialect(which):
        found = quantize(torch.tensor([-1e30, -5.0, 5.0, 1e30]), *ends(-1, 2), out_type=out_type)[0]
    low = 0 if out_type == "uint8" else -127 if which == "native" else -128
    high = 255 if out_type == "uint8" else 127
    assert found.tolist() == [low, low, high, high]


@pytest.mark.parametrize("which", ["native", "onednn"])
@pytest.mark.parametrize("out_type", ["int8", "uint8"])
def test_zeros_become_level_zero(out_type: Any, which: Any) -> None:
    with dialect(which):
        assert not quantize_v2(torch.zeros(3), out_type)[0].any()
        assert not quantize(torch.zeros(3), *ends(0, 0), out_type)[0].any()
        assert not requantize(torch.zeros(3, dtype=torch.int32), *ends(-1, 1), out_type)[0].any()


@pytest.mark.parametrize("which", ["native", "onednn"])
def test_the_largest_levels_keep_their_sign(which: Any) -> None:
    with dialect(which):
        found = requantize(torch.tensor([2**31 - 1, -(2**31)], dtype=torch.int32), *ends(-1, 1))
    assert found[0].tolist() == [127, -127]
    assert found[2].item() == 1.0


def test_asymmetric_levels_equal_definition() -> None:
    found, scale, shift = quantize_asym(torch.tensor(X), min_calib_range=-1.0, max_calib_range=2.0)
    assert (scale.item(), shift.item()) == (85.0, 85.0)
    assert found.tolist() == [int(min(max(x * 85 + 85 + 0.5, 0), 255)) for x in X]
    own, scale, _ = quantize_asym(torch.tensor(X))
    assert (own.min().item(), own.max().item(), scale.item()) == (0, 255, 51.0)


def test_levels_pass_as_they_are() -> None:
    for dtype, low, high in ((torch.int8, -127.0, 127.0), (torch.uint8, 0.0, 255.0)):
        data = torch.tensor([1, 2, 100], dtype=dtype)
        found = quantize_v2(data)
        assert (found[0].tolist(), found[1].item(), found[2].item()) == ([1, 2, 100], low, high)
        found = quantize_v2(data, min_calib_range=-2.0, max_calib_range=3.0)
        assert (found[1].item(), found[2].item()) == (-2.0, 3.0)


def test_no_gradient_flows() -> None:
    data = torch.ones(2, requires_grad=True)
    levels, low, high = quantize_v2(data)
    assert not any(one.requires_grad for one in (levels, low, high))
    assert not dequantize(levels, *[one.clone().requires_grad_() for one in (low, high)]).requires_grad


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(ArgumentTypeError, match=r"quantize: data must hold float32, got torch.float64"):
        quantize(torch.ones(1, dtype=torch.float64), *ends(0, 1))
    with pytest.raises(ArgumentTypeError, match=r"quantize_v2: data must hold float32, got torch.int32"):
        quantize_v2(torch.ones(1, dtype=torch.int32))
    with pytest.raises(ArgumentTypeError, match=r"quantize_asym: data must hold float32, got torch.uint8"):
        quantize_asym(torch.ones(1, dtype=torch.uint8))
    with pytest.raises(ArgumentTypeError, match=r"dequantize: data must hold int8 or uint8, got torch.float32"):
        dequantize(torch.ones(1), *ends(0, 1))
    with pytest.raises(ArgumentTypeError, match=r"requantize: data must hold int32, got torch.int8"):
        requantize(torch.ones(1, dtype=torch.int8), *ends(0, 1))
    with pytest.raises(ShapeError, match=r"quantize: max_range must have shape \(1,\), got \(2,\)"):
        quantize(torch.ones(1), torch.ones(1), torch.ones(2))
    with pytest.raises(ArgumentError, match=r"out_type must be one of 'auto', 'int8', 'uint8', got 'int16'"):
        quantize_v2(torch.ones(1), out_type="int16")
