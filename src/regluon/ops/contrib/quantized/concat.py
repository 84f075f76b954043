"""Joining arrays of levels."""

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.core.mode import Dialect
from regluon.ops.contrib.quantized.dequantize import meaning
from regluon.ops.contrib.quantized.levels import (
    OUTPUTS,
    as_levels,
    levels,
    number,
    per_number,
    reach,
    to_nearest,
)
from regluon.ops.contrib.quantized.quantize import spread
from regluon.ops.contrib.quantized.types import joined
from regluon.ops.registry import op

__all__ = ["quantized_concat"]


@op("_contrib_quantized_concat", outputs=OUTPUTS, types=joined, differentiable=False, per_argument=3)
def quantized_concat(*data: Tensor, dim: int = 1, dialect: Dialect = "native") -> tuple[Tensor, Tensor, Tensor]:
    """Join arrays of levels along an axis, in levels of one range (MXNet, ``quantized_concat``).

    The range spans those of all arrays, and 0. The levels are int8 if any array's are. Arrays of other levels get new
    ones: those of the numbers they stand for, by the formulas of ``dequantize`` and ``quantize``. In the oneDNN dialect
    they are scaled by the ratio of the two reaches, halves rounded to the even neighbour.

    Args:
        data: n arrays, int8 or uint8, of shapes that differ on one axis alone; then the smallest and the largest number
            of the first, ``(1,)`` each, those of the second and so on.
        dim: the axis.
        dialect: whose numbers to give.

    Returns:
        Levels, and their range, ``(1,)`` each.

    Examples:
        >>> one, two = torch.tensor([[100]], dtype=torch.int8), torch.tensor([[100]], dtype=torch.int8)
        >>> quantized_concat(one, two, *[torch.tensor([end]) for end in (-1.0, 1.0, -2.0, 2.0)])
        (tensor([[ 50, 100]], dtype=torch.int8), tensor([-2.]), tensor([2.]))
    """
    who = "quantized_concat"
    count = len(data) // 3
    if not data or len(data) % 3:
        raise ArgumentError(f"{who}: data must be n arrays and then n pairs of min and max, got {len(data)} arrays")
    arrays = [as_levels(who, f"data{place}", array) for place, array in enumerate(data[:count])]
    if not -arrays[0].ndim <= dim < arrays[0].ndim:
        raise ArgumentError(f"{who}: dim must be an axis of data of shape {tuple(arrays[0].shape)}, got {dim}")
    axis = dim % arrays[0].ndim
    kept = [(*array.shape[:axis], *array.shape[axis + 1 :]) for array in arrays]
    if any(shape != kept[0] for shape in kept):
        shapes = [tuple(array.shape) for array in arrays]
        raise ShapeError(f"{who}: data must have shapes that differ on axis {dim} alone, got {shapes}")
    lows = [number(who, f"min{place}", end) for place, end in enumerate(data[count::2])]
    highs = [number(who, f"max{place}", end) for place, end in enumerate(data[count + 1 :: 2])]
    low, high = torch.cat(lows).amin(0, True).clamp(max=0.0), torch.cat(highs).amax(0, True).clamp(min=0.0)
    dtype = torch.int8 if any(array.dtype == torch.int8 for array in arrays) else torch.uint8
    return (
        torch.cat(
            [
                _in_range(array, own_low, own_high, low, high, dtype, dialect)
                for array, own_low, own_high in zip(arrays, lows, highs, strict=True)
            ],
            dim,
        ),
        low,
        high,
    )


def _in_range(
    array: Tensor, own_low: Tensor, own_high: Tensor, low: Tensor, high: Tensor, dtype: torch.dtype, dialect: Dialect
) -> Tensor:
    """Bring levels of one range to those of another."""
    if dialect == "native":
        return spread(meaning(array, own_low, own_high, dialect), low, high, dtype, dialect, levels(dtype))[0]
    own, all_ = (
        per_number(levels(kind, dialect), end)
        for kind, end in ((array.dtype, reach(own_low, own_high)), (dtype, reach(low, high)))
    )
    return to_nearest(array * (all_ / own), dtype)
