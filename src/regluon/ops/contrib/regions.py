"""What the operators on regions of feature maps share."""

from typing import Annotated

from torch import Tensor

from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.ops.attr import Range

__all__ = ["PooledSize", "Scale", "check_pooled_size", "check_regions", "nothing"]

Scale = Annotated[float, Range(0, 1)]
"""Size of a feature map divided by that of the image."""

PooledSize = tuple[int, int]
"""Cells of a region along y and x."""


def check_regions(who: str, data: Tensor, rois: Tensor, columns: int = 5) -> None:
    """Refuse what is not a batch of feature maps and rows of regions.

    Raises:
        ShapeError: a shape is another.
        ArgumentTypeError: one of the two does not hold floats.
    """
    if data.ndim != 4 or 0 in data.shape[2:]:
        raise ShapeError(f"{who}: data must be (B, C, H, W), H and W not 0, got shape {tuple(data.shape)}")
    if rois.ndim != 2 or rois.shape[1] != columns:
        raise ShapeError(f"{who}: rois must be (R, {columns}), got shape {tuple(rois.shape)}")
    if not data.is_floating_point() or not rois.is_floating_point():
        raise ArgumentTypeError(f"{who}: data and rois must hold floats, got {data.dtype} and {rois.dtype}")


def check_pooled_size(who: str, pooled_size: PooledSize) -> None:
    """Refuse regions without cells.

    Raises:
        ArgumentError: there are none along an axis.
    """
    if min(pooled_size) < 1:
        raise ArgumentError(f"{who}: pooled_size must be two ints >= 1, got {pooled_size}")


def nothing(data: Tensor, *shape: int) -> Tensor:
    """Give the zeros that come out of data without images or channels, and let gradients find their way back.

    Args:
        data: an array without elements.
        shape: that of the answer.
    """
    return data.new_zeros(shape) + data.sum()
