"""From real numbers to levels."""

from typing import Literal

import torch
from torch import Tensor

from regluon.core.errors import ArgumentTypeError
from regluon.core.mode import Dialect
from regluon.ops.contrib.quantized.levels import (
    away_from_zero,
    calibrated,
    complete_ranges,
    levels,
    number,
    per_number,
    reach,
    to_nearest,
)
from regluon.ops.contrib.quantized.types import chosen, ranged
from regluon.ops.registry import Attributes, Types, op
from regluon.ops.types import typed

__all__ = ["quantize", "quantize_asym", "quantize_v2", "spread"]

Levels = tuple[Tensor, Tensor, Tensor]
"""An array of levels, and both ends of its range."""

_THREE = ("output0", "output1", "output2")


def _named(known: Types, attributes: Attributes) -> torch.dtype:
    return getattr(torch, attributes["out_type"])


@op("_contrib_quantize", outputs=_THREE, complete=complete_ranges, types=ranged(_named), differentiable=False)
def quantize(
    data: Tensor,
    min_range: Tensor,
    max_range: Tensor,
    out_type: Literal["int8", "uint8"] = "uint8",
    dialect: Dialect = "native",
) -> Levels:
    """Turn real numbers into levels of a given range (MXNet, ``quantize``).

    By the documented formulas uint8 levels begin at ``min_range``: ``(x - min) * 255 / (max - min)``, rounded, halves
    up. int8 levels lie evenly around 0: ``x * 127 / reach``, rounded, halves away from 0; the reach is the distance of
    the farther end from 0. What lies outside the range becomes the outermost level, where MXNet's uint8 begin anew from
    0.

    In the oneDNN dialect uint8 levels begin at 0 whatever ``min_range`` is, ``x * 255 / reach``, and halves go to the
    even neighbour.

    Args:
        data: any shape, float32.
        min_range: ``(1,)`` the smallest number to stand for.
        max_range: ``(1,)`` the largest.
        out_type: int8, or uint8.
        dialect: whose numbers to give.

    Returns:
        Levels of the shape of ``data``, and the range they stand for, ``(1,)`` each: the given one, or for int8 its
        reach to both sides.

    Examples:
        >>> data = torch.tensor([-1.0, 0.0, 2.0, 5.0])
        >>> quantize(data, torch.tensor([-1.0]), torch.tensor([2.0]))[0]
        tensor([  0,  85, 255, 255], dtype=torch.uint8)
    """
    _check("quantize", data)
    low, high = number("quantize", "min_range", min_range), number("quantize", "max_range", max_range)
    return spread(data, low, high, getattr(torch, out_type), dialect, levels(getattr(torch, out_type)))


@op("_contrib_quantize_v2", outputs=_THREE, types=ranged(chosen), differentiable=False)
def quantize_v2(
    data: Tensor,
    out_type: Literal["auto", "int8", "uint8"] = "int8",
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
    dialect: Dialect = "native",
) -> Levels:
    """Turn real numbers into levels of a calibrated range, or of their own (MXNet, ``quantize_v2``).

    By the documented formulas the levels are those of ``quantize``. The oneDNN dialect has half a level more than it
    does there: ``x * 127.5 / reach`` and ``x * 255.5 / reach``.

    Args:
        data: any shape, float32; levels are passed on as they are.
        out_type: int8 or uint8; ``auto`` is uint8 if the calibrated range has no negative numbers, else int8.
        min_calib_range: the smallest number to stand for; that of ``data`` unless both are given.
        max_calib_range: the largest.
        dialect: whose numbers to give.

    Returns:
        Levels of the shape of ``data``, and the range they stand for, ``(1,)`` each.

    Examples:
        >>> quantize_v2(torch.tensor([-1.0, 0.25, 2.0]), min_calib_range=-1.0, max_calib_range=1.0)
        (tensor([-127,   32,  127], dtype=torch.int8), tensor([-1.]), tensor([1.]))
    """
    given = calibrated(min_calib_range, max_calib_range, data)
    if data.dtype in (torch.int8, torch.uint8):
        end = levels(data.dtype, dialect)
        ends = given or calibrated(-end if data.dtype == torch.int8 else 0.0, end, data)
        return data, *ends  # type: ignore[misc]  # both ends were given
    _check("quantize_v2", data)
    low, high = given or _ends(data)
    if out_type == "auto":
        out_type = "uint8" if given is not None and (min_calib_range or 0.0) >= 0 else "int8"
    dtype = getattr(torch, out_type)
    return spread(data, low, high, dtype, dialect, levels(dtype, dialect))


@op(
    "_contrib_quantize_asym",
    outputs=("output", "scale", "shift"),
    types=typed(output=torch.uint8),
    differentiable=False,
)
def quantize_asym(data: Tensor, min_calib_range: float | None = None, max_calib_range: float | None = None) -> Levels:
    """Turn real numbers into uint8 levels that begin at the smallest (MXNet, ``quantize_asym``).

    ``x * scale + shift``, rounded, halves up; what lies outside the range becomes the outermost level. MXNet's own
    crashes on a CPU.

    Args:
        data: any shape, float32.
        min_calib_range: the smallest number to stand for; that of ``data`` unless both are given.
        max_calib_range: the largest.

    Returns:
        Levels of the shape of ``data``, and ``(1,)`` each, the scale ``255 / (max - min)`` and the shift
        ``255 - max * scale``.

    Examples:
        >>> quantize_asym(torch.tensor([-1.0, 0.0, 4.0]))
        (tensor([  0,  51, 255], dtype=torch.uint8), tensor([51.]), tensor([51.]))
    """
    _check("quantize_asym", data)
    low, high = calibrated(min_calib_range, max_calib_range, data) or _ends(data)
    scale = per_number(255.0, high - low)
    shift = 255.0 - high * scale
    return (data.detach() * scale + shift).add_(0.5).clamp_(0.0, 255.0).to(torch.uint8), scale, shift


def spread(data: Tensor, low: Tensor, high: Tensor, dtype: torch.dtype, dialect: Dialect, count: float) -> Levels:
    """Turn real numbers into levels of a range, by either dialect.

    Args:
        data: any shape.
        low: ``(1,)`` one end of the range.
        high: ``(1,)`` the other.
        dtype: int8 or uint8.
        dialect: whose numbers to give.
        count: levels between 0 and the farther end.

    Returns:
        Levels of the shape of ``data``, and their range.
    """
    data, end = data.detach(), reach(low, high)
    if dialect == "onednn":
        found = to_nearest(data * per_number(count, end), dtype)
    elif dtype == torch.int8:
        found = away_from_zero(data * per_number(count, end))
    else:
        found = ((data - low) * per_number(count, high - low)).add_(0.5).clamp_(0.0, 255.0).to(torch.uint8)
    return (found, -end, end) if dtype == torch.int8 else (found, low, high)


def _ends(data: Tensor) -> tuple[Tensor, Tensor]:
    """Give the smallest and the largest of some numbers; 0 where there are none."""
    if data.numel() == 0:
        return torch.zeros(1, device=data.device), torch.zeros(1, device=data.device)
    low, high = torch.aminmax(data.detach())
    return low.reshape(1), high.reshape(1)


def _check(who: str, data: Tensor) -> None:
    if data.dtype != torch.float32:
        raise ArgumentTypeError(f"{who}: data must hold float32, got {data.dtype}")
