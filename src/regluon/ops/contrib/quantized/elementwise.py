"""Sums and products of two arrays of levels."""

from collections.abc import Sequence

import torch
from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.core.mode import Dialect
from regluon.ops.contrib.quantized.dequantize import meaning
from regluon.ops.contrib.quantized.levels import (
    INT32_LEVELS,
    OUTPUTS,
    as_levels,
    calibrated,
    complete_ranges,
    levels,
    not_zero,
    number,
    per_level,
    per_number,
    reach,
    to_int32,
    to_nearest,
)
from regluon.ops.contrib.quantized.quantize import spread
from regluon.ops.contrib.quantized.types import ranged, summed
from regluon.ops.registry import Attributes, Types, op

__all__ = ["quantized_elemwise_add", "quantized_elemwise_mul"]


@op(
    "_contrib_quantized_elemwise_add",
    outputs=OUTPUTS,
    complete=complete_ranges,
    types=ranged(summed),
    differentiable=False,
)
def quantized_elemwise_add(
    lhs: Tensor,
    rhs: Tensor,
    lhs_min: Tensor,
    lhs_max: Tensor,
    rhs_min: Tensor,
    rhs_max: Tensor,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
    dialect: Dialect = "native",
) -> tuple[Tensor, Tensor, Tensor]:
    """Add levels to levels (MXNet, ``quantized_elemwise_add``).

    Without a calibrated range the sum is int32 and reaches as far as both arrays together; with one it is uint8 if both
    arrays are, else int8. MXNet has this on oneDNN alone. There, and in the oneDNN dialect, levels count half a level
    more and halves are rounded to the even neighbour; int8 and uint8 are added by bringing the uint8 to int8 first,
    which without a calibrated range loses them in MXNet. By default the numbers that the levels stand for are added and
    get levels by the documented formulas.

    Args:
        lhs: any shape, int8 or uint8.
        rhs: the same shape, int8 or uint8.
        lhs_min: ``(1,)`` the smallest number that lhs can stand for.
        lhs_max: ``(1,)`` the largest.
        rhs_min: ``(1,)`` the same of rhs.
        rhs_max: ``(1,)``
        min_calib_range: the smallest number the sum is to stand for; without effect unless both are given.
        max_calib_range: the largest.
        dialect: whose numbers to give.

    Returns:
        Levels of the shape of ``lhs``, and their range, ``(1,)`` each.

    Examples:
        >>> lhs, rhs = torch.tensor([127, -127], dtype=torch.int8), torch.tensor([127, 0], dtype=torch.int8)
        >>> ends = [torch.tensor([end]) for end in (-1.0, 1.0, -3.0, 3.0)]
        >>> quantized_elemwise_add(lhs, rhs, *ends, min_calib_range=-4.0, max_calib_range=4.0)
        (tensor([127, -32], dtype=torch.int8), tensor([-4.]), tensor([4.]))
    """
    who = "quantized_elemwise_add"
    lhs, rhs = as_levels(who, "lhs", lhs), as_levels(who, "rhs", rhs)
    _same_shape(who, lhs, rhs)
    ends = _ends(who, lhs_min, lhs_max, rhs_min, rhs_max)
    whole = reach(ends[0], ends[1]) + reach(ends[2], ends[3])
    given = calibrated(min_calib_range, max_calib_range, lhs)
    low, high = given or (-whole, whole)
    dtype = torch.int32 if given is None else torch.uint8 if lhs.dtype == rhs.dtype == torch.uint8 else torch.int8
    add = _add_scaled if dialect == "onednn" else _add_meant
    return add(lhs, rhs, ends, (low, high), dtype), low, high


def _add_meant(
    lhs: Tensor, rhs: Tensor, ends: Sequence[Tensor], span: tuple[Tensor, Tensor], dtype: torch.dtype
) -> Tensor:
    """Add what levels stand for, and find the level of the sum."""
    total = meaning(lhs, ends[0], ends[1], "native") + meaning(rhs, ends[2], ends[3], "native")
    if dtype == torch.int32:
        values = total * per_number(INT32_LEVELS, reach(*span))
        return to_int32(values + torch.copysign(torch.full_like(values, 0.5), values))
    return spread(total, *span, dtype, "native", levels(dtype))[0]


def _add_scaled(
    lhs: Tensor, rhs: Tensor, ends: Sequence[Tensor], span: tuple[Tensor, Tensor], dtype: torch.dtype
) -> Tensor:
    """Add levels that are scaled to those of the sum."""
    end = reach(*span)
    count = INT32_LEVELS if dtype == torch.int32 else levels(dtype, "onednn")
    scaled = []
    for values, reached in ((lhs, reach(ends[0], ends[1])), (rhs, reach(ends[2], ends[3]))):
        own = levels(values.dtype, "onednn")
        if values.dtype == torch.uint8 and dtype == torch.int8:
            # These are rounded twice: on their way to int8, and in the sum.
            scaled.append(to_nearest(values * (per_number(count, end) / per_number(own, reached)), dtype))
        else:
            scaled.append(values * (reached * count / not_zero(end * own)))
    total = scaled[0] + scaled[1]
    return to_int32(total.round()) if dtype == torch.int32 else to_nearest(total, dtype)


def _product_outputs(attributes: Attributes) -> tuple[str, ...]:
    return OUTPUTS[:1] if attributes["enable_float_output"] else OUTPUTS


def _product_type(known: Types, attributes: Attributes) -> torch.dtype:
    if attributes["enable_float_output"]:
        return torch.float32
    return torch.int32 if attributes["min_calib_range"] is None else torch.int8


@op(
    "_contrib_quantized_elemwise_mul",
    outputs=_product_outputs,
    complete=complete_ranges,
    types=ranged(_product_type),
    differentiable=False,
)
def quantized_elemwise_mul(
    lhs: Tensor,
    rhs: Tensor,
    lhs_min: Tensor,
    lhs_max: Tensor,
    rhs_min: Tensor,
    rhs_max: Tensor,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
    enable_float_output: bool = False,
) -> Tensor | tuple[Tensor, Tensor, Tensor]:
    """Multiply levels by levels (MXNet, ``quantized_elemwise_mul``).

    Without a calibrated range the product is int32; with one it is int8, whose fractions are cut off and which ends at
    its outermost levels, where MXNet begins anew from the other end.

    Args:
        lhs: any shape, int8.
        rhs: the same shape, int8.
        lhs_min: ``(1,)`` the smallest number that lhs can stand for.
        lhs_max: ``(1,)`` the largest.
        rhs_min: ``(1,)`` the same of rhs.
        rhs_max: ``(1,)``
        min_calib_range: the smallest number the product is to stand for; without effect unless both are given.
        max_calib_range: the largest.
        enable_float_output: whether to return the numbers that the products stand for.

    Returns:
        Levels of the shape of ``lhs`` and their range, ``(1,)`` each; or the numbers alone, float32.

    Examples:
        >>> lhs, end = torch.tensor([100, -100], dtype=torch.int8), torch.tensor([1.0])
        >>> quantized_elemwise_mul(lhs, lhs.abs(), -end, end, -end, end)[0]
        tensor([ 10000, -10000], dtype=torch.int32)
    """
    who = "quantized_elemwise_mul"
    lhs, rhs = as_levels(who, "lhs", lhs, torch.int8), as_levels(who, "rhs", rhs, torch.int8)
    _same_shape(who, lhs, rhs)
    ends = _ends(who, lhs_min, lhs_max, rhs_min, rhs_max)
    of_lhs, of_rhs = reach(ends[0], ends[1]), reach(ends[2], ends[3])
    product = lhs.to(torch.int32) * rhs
    # Half levels and float64 for scales, in every build of MXNet.
    per_product = per_number(127.5, of_lhs).to(torch.float64) * per_number(127.5, of_rhs)
    if enable_float_output:
        return product * (1.0 / per_product).to(torch.float32)
    given = calibrated(min_calib_range, max_calib_range, lhs)
    if given is None:
        end = per_level(of_lhs, 127.0) * per_level(of_rhs, 127.0) * INT32_LEVELS
        return product, -end, end
    scale = (per_number(127.5, reach(*given)) / per_product).to(torch.float32)
    return (product * scale).clamp_(-128.0, 127.0).to(torch.int8), *given


def _same_shape(who: str, lhs: Tensor, rhs: Tensor) -> None:
    if lhs.shape != rhs.shape:
        raise ShapeError(f"{who}: rhs must have the shape of lhs, {tuple(lhs.shape)}, got {tuple(rhs.shape)}")


def _ends(who: str, *ends: Tensor) -> list[Tensor]:
    names = ("lhs_min", "lhs_max", "rhs_min", "rhs_max")
    return [number(who, name, end) for name, end in zip(names, ends, strict=True)]
