"""From many levels to few."""

from typing import Literal

import torch
from torch import Tensor

from regluon.core.mode import Dialect
from regluon.kernels.rescaling import as_numbers, rescale
from regluon.ops.contrib.quantized.levels import (
    INT32_LEVELS,
    as_levels,
    calibrated,
    complete_ranges,
    levels,
    number,
    per_level,
    per_number,
    reach,
)
from regluon.ops.contrib.quantized.types import chosen, ranged
from regluon.ops.registry import op

__all__ = ["requantize"]


@op(
    "_contrib_requantize",
    outputs=("output0", "output1", "output2"),
    complete=complete_ranges,
    types=ranged(chosen, data=torch.int32),
    differentiable=False,
)
def requantize(
    data: Tensor,
    min_range: Tensor,
    max_range: Tensor,
    out_type: Literal["auto", "int8", "uint8"] = "int8",
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
    dialect: Dialect = "native",
) -> tuple[Tensor, Tensor, Tensor]:
    """Turn int32 levels into int8 or uint8 levels of a calibrated range, or of their own (MXNet, ``requantize``).

    The number that a level stands for, ``q * reach / (2 ** 31 - 1)``, times ``127 / R`` or ``255 / R``, where R is the
    reach of the new range. Rounded, halves away from 0 and int8 never beyond 127; in the oneDNN dialect halves to the
    even neighbour. MXNet's documented kernels know int8 alone, and its oneDNN build gives the wrong sign where a level
    is about as large as int32 allows, and 127 where all levels are 0.

    Args:
        data: any shape, int32.
        min_range: ``(1,)`` the smallest number that int32 levels stand for.
        max_range: ``(1,)`` the largest.
        out_type: int8 or uint8; ``auto`` is uint8 if the calibrated range has no negative numbers, else int8.
        min_calib_range: the smallest number to stand for; that of ``data`` unless both are given.
        max_calib_range: the largest.
        dialect: whose numbers to give.

    Returns:
        Levels of the shape of ``data``, and their range, ``(1,)`` each: -R to R, or 0 to R for uint8.

    Examples:
        >>> data, end = torch.tensor([-1000, 500, 250], dtype=torch.int32), torch.tensor([2147483.647])
        >>> requantize(data, -end, end)
        (tensor([-127,   64,   32], dtype=torch.int8), tensor([-1.]), tensor([1.]))
    """
    data = as_levels("requantize", "data", data, torch.int32)
    low, high = number("requantize", "min_range", min_range), number("requantize", "max_range", max_range)
    given = calibrated(min_calib_range, max_calib_range, data)
    if out_type == "auto":
        out_type = "uint8" if given is not None and (min_calib_range or 0.0) >= 0 else "int8"
    dtype = getattr(torch, out_type)
    step = per_level(reach(low, high), INT32_LEVELS)
    if given is not None:
        end = reach(*given)
    elif data.numel():
        # Rounding keeps order, so that the number farthest from 0 belongs to the level farthest from 0.
        end = as_numbers(torch.stack(torch.aminmax(data)), step).abs().amax(0, True)
    else:
        end = torch.zeros_like(step)
    scale = per_number(levels(dtype), end)
    if dialect == "onednn":
        found = rescale([data], step * scale, dtype, False)
    else:
        found = rescale([data], step, dtype, True, 0, scale)
    return found, -end if dtype == torch.int8 else torch.zeros_like(end), end
