"""Sums and products of levels: equal to what the numbers they stand for give."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from regluon.core.errors import ArgumentTypeError, ShapeError
from regluon.quantization import dialect
from regluon.th.contrib import quantized_elemwise_add, quantized_elemwise_mul

I8, U8 = torch.int8, torch.uint8


def ends(*numbers: float) -> list[Tensor]:
    return [torch.tensor([number], dtype=torch.float32) for number in numbers]


def levels(*shape: int, dtype: torch.dtype = I8) -> Tensor:
    # Without -128, which lies beyond the range.
    low = -127 if dtype == I8 else 0
    return torch.randint(low, 128 if dtype == I8 else 256, shape, dtype=dtype)


def meaning(values: Tensor, low: float, high: float) -> np.ndarray:
    if values.dtype == U8:
        return values.double().numpy() * (high - low) / 255 + low
    return values.double().numpy() * max(-low, high) / 127


PAIRS = [(I8, I8), (U8, U8), (I8, U8), (U8, I8)]


@pytest.mark.parametrize("which", ["native", "onednn"])
@pytest.mark.parametrize("kinds", PAIRS, ids=str)
def test_a_sum_stands_for_the_sum(kinds: tuple[torch.dtype, torch.dtype], which: Any) -> None:
    lhs, rhs = levels(4, 50, dtype=kinds[0]), levels(4, 50, dtype=kinds[1])
    low = (0.0 if kinds[0] == U8 else -1.0, 0.0 if kinds[1] == U8 else -3.0)
    with dialect(which):
        found, *span = quantized_elemwise_add(lhs, rhs, *ends(low[0], 2, low[1], 1))
    reach = 2 + (3 if kinds[1] == I8 else 1)
    assert (found.dtype, span[0].item(), span[1].item()) == (torch.int32, -reach, reach)
    expected = meaning(lhs, low[0], 2) + meaning(rhs, low[1], 1)
    # Half a level of 127 is what the dialects are apart.
    near = 1e-6 if which == "native" else reach / 200
    np.testing.assert_allclose(found.double().numpy() * reach / (2**31 - 1), expected, atol=near)


@pytest.mark.parametrize("which", ["native", "onednn"])
@pytest.mark.parametrize("kinds", PAIRS, ids=str)
def test_a_calibrated_sum_is_off_by_a_level_at_most(kinds: tuple[torch.dtype, torch.dtype], which: Any) -> None:
    lhs, rhs = levels(4, 50, dtype=kinds[0]), levels(4, 50, dtype=kinds[1])
    both, low = kinds == (U8, U8), (0.0 if kinds[0] == U8 else -1.0, 0.0 if kinds[1] == U8 else -3.0)
    options = {"min_calib_range": 0.0 if both else -2.0, "max_calib_range": 2.5}
    with dialect(which):
        found, *span = quantized_elemwise_add(lhs, rhs, *ends(low[0], 2, low[1], 1), **options)
    assert (found.dtype, span[0].item(), span[1].item()) == (U8 if both else I8, options["min_calib_range"], 2.5)
    step = 2.5 / (255 if both else 127)
    expected = np.clip(meaning(lhs, low[0], 2) + meaning(rhs, low[1], 1), 0 if both else -2.5, 2.5)
    np.testing.assert_allclose(
        found.double().numpy() * step, expected, atol=step * (0.501 if which == "native" else 2.1)
    )


def test_ranges_of_nothing_give_levels_of_zero() -> None:
    for which in ("native", "onednn"):
        with dialect(which):  # type: ignore[arg-type]
            zeros = torch.zeros(2, dtype=I8)
            assert not quantized_elemwise_add(zeros, zeros, *ends(0, 0, 0, 0))[0].any()
            assert not quantized_elemwise_mul(zeros, zeros, *ends(0, 0, 0, 0))[0].any()


def test_a_product_stands_for_the_product() -> None:
    lhs, rhs = levels(4, 50), levels(4, 50)
    found, low, high = quantized_elemwise_mul(lhs, rhs, *ends(-1, 2, -3, 1))
    assert torch.equal(found, lhs.int() * rhs.int())
    assert high.item() == pytest.approx(2 * 3 / 127**2 * (2**31 - 1))
    assert low.item() == -high.item()
    numbers = quantized_elemwise_mul(lhs, rhs, *ends(-1, 2, -3, 1), enable_float_output=True)
    np.testing.assert_allclose(numbers.numpy(), lhs.double() * rhs.double() * 6 / 127.5**2, rtol=1e-6)


def test_a_calibrated_product_is_cut_off_at_its_ends() -> None:
    lhs, rhs = torch.tensor([127, 127, -128, 10, -10], dtype=I8), torch.tensor([127, -128, -128, 10, 10], dtype=I8)
    found, low, high = quantized_elemwise_mul(lhs, rhs, *ends(-1, 1, -1, 1), min_calib_range=-0.5, max_calib_range=0.25)
    assert found.tolist() == [127, -128, 127, int(100 / 127.5 * 2), -int(100 / 127.5 * 2)]
    assert (low.item(), high.item()) == (-0.5, 0.25)


@pytest.mark.parametrize("function", [quantized_elemwise_add, quantized_elemwise_mul])
def test_what_does_not_fit_is_refused(function: Any) -> None:
    with pytest.raises(ShapeError, match=r"rhs must have the shape of lhs, \(2, 3\), got \(3, 2\)"):
        function(levels(2, 3), levels(3, 2), *ends(-1, 1, -1, 1))
    with pytest.raises(ArgumentTypeError, match=r"rhs must hold int8( or uint8)?, got torch.float32"):
        function(levels(2), torch.ones(2), *ends(-1, 1, -1, 1))
    with pytest.raises(ShapeError, match=r"lhs_max must have shape \(1,\), got \(3,\)"):
        function(levels(2), levels(2), torch.zeros(1), torch.ones(3), *ends(-1, 1))
