"""Joining arrays of levels."""

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.core.mode import Dialect
from regluon.kernels.rescaling import rescale
from regluon.ops.contrib.quantized.levels import OUTPUTS, as_levels, levels, not_zero, number, per_number, reach
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
    ends = torch.cat([number(who, f"{('min', 'max')[k % 2]}{k // 2}", end) for k, end in enumerate(data[count:])])
    return _join(arrays, ends.reshape(count, 2), axis, dialect == "onednn")


@torch.library.custom_op("regluon::quantized_concat", mutates_args=())
def _join(arrays: list[Tensor], ends: Tensor, axis: int, onednn: bool) -> tuple[Tensor, Tensor, Tensor]:
    dtypes = [array.dtype for array in arrays]
    dtype = _joined_type(arrays)
    if onednn and ends.device.type == "cpu" and dtypes.count(dtype) == len(dtypes):
        # Most often all arrays are of one range, and nothing is to be reckoned.
        (low, high), *others = ends.tolist()
        if low <= 0 <= high and all(one == [low, high] for one in others):
            return torch.cat(arrays, axis), ends[0, :1].clone(), ends[0, 1:].clone()
    low, high = ends[:, 0].amin(0, True).clamp_(max=0.0), ends[:, 1].amax(0, True).clamp_(min=0.0)
    if not onednn:
        return _joined_by_formula(arrays, ends[:, 0], ends[:, 1], low, high, dtype, axis), low, high
    widths = torch.cat([ends.flatten(), low, high]).reshape(-1, 2).abs().amax(1)
    per_one = _counts([*dtypes, dtype], widths, "onednn") / not_zero(widths)
    return rescale(arrays, per_one[-1:] / per_one[:-1], dtype, False, axis), low, high


@_join.register_fake
def _(arrays: list[Tensor], ends: Tensor, axis: int, onednn: bool) -> tuple[Tensor, Tensor, Tensor]:
    del onednn
    joined = torch.cat([torch.empty_like(array, dtype=_joined_type(arrays)) for array in arrays], axis)
    return joined, ends.new_empty(1), ends.new_empty(1)


def _joined_type(arrays: list[Tensor]) -> torch.dtype:
    return torch.int8 if any(array.dtype == torch.int8 for array in arrays) else torch.uint8


def _joined_by_formula(
    arrays: list[Tensor], lows: Tensor, highs: Tensor, low: Tensor, high: Tensor, dtype: torch.dtype, axis: int
) -> Tensor:
    """Join what ``dequantize`` and then ``quantize`` make of each array."""
    dtypes = [array.dtype for array in arrays]
    unsigned = torch.tensor([kind == torch.uint8 for kind in dtypes], device=lows.device)
    step = torch.where(unsigned, highs - lows, reach(lows, highs)) / _counts(dtypes, lows, "native")
    shift = torch.where(unsigned, lows, 0.0)
    scale = per_number(levels(dtype), reach(low, high) if dtype == torch.int8 else high - low).expand_as(step)
    return rescale(arrays, step, dtype, True, axis, scale, shift, None if dtype == torch.int8 else low.expand_as(step))


def _counts(dtypes: list[torch.dtype], like: Tensor, dialect: Dialect) -> Tensor:
    return torch.tensor([levels(dtype, dialect) for dtype in dtypes], dtype=like.dtype, device=like.device)
