"""Resizing as OpenCV does it, from MXNet's ``_image_resize``.

Pictures of uint8 go through OpenCV's whole-number arithmetic, so that they come out the same to the last bit nearly
everywhere: 11 bits for a weight, a rounding of its own for each way to interpolate.
"""

from typing import Literal

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, NotSupportedError, ShapeError
from regluon.kernels.picture import DROPPED, EVEN, HALF_UP, resize_whole
from regluon.ops.image import taps
from regluon.ops.image.taps import Taps
from regluon.ops.registry import op

__all__ = ["NEAREST", "Interpolation", "resize", "resized"]

Interpolation = Literal[0, 1, 2, 3, 4]
"""OpenCV's numbers: nearest, linear, cubic, area, Lanczos."""

NEAREST, LINEAR, CUBIC, AREA, LANCZOS = range(5)


@op("_image_resize")
def resize(
    data: Tensor, size: tuple[int, ...] = (), keep_ratio: bool = False, interp: Interpolation = 1
) -> Tensor:  # fmt: skip
    """Resize pictures.

    Differs from MXNet in that gradients flow, where MXNet's fail.

    Args:
        data: ``(H, W, C)`` or ``(N, H, W, C)``, uint8 or float.
        size: ``(width, height)``, or one number for both.
        keep_ratio: where ``size`` is one number, make it the shorter edge and keep the shape.
        interp: 0 takes the nearest pixel, 1 is linear, 2 cubic, 3 averages the area that is covered, 4 is Lanczos.

    Returns:
        ``(height, width, C)`` or ``(N, height, width, C)`` of the same dtype.

    Examples:
        >>> resize(torch.tensor([0, 10, 20, 30], dtype=torch.uint8).reshape(1, 4, 1), size=(2, 1)).flatten().tolist()
        [5, 25]
    """
    if data.ndim not in (3, 4):
        raise ShapeError(f"_image_resize: data must be (H, W, C) or (N, H, W, C), got shape {tuple(data.shape)}")
    if len(size) not in (1, 2) or min(size) < 1:
        raise ArgumentError(f"_image_resize: size must be 1 or 2 ints >= 1, got {size}")
    width, height = size[-2:] if len(size) == 2 else _square(data, size[0], keep_ratio)
    return resized("_image_resize", data, width, height, interp)


def resized(who: str, data: Tensor, width: int, height: int, interp: int) -> Tensor:
    """Resize ``(*, H, W, C)`` to ``(*, height, width, C)``."""
    if data.dtype not in (torch.uint8, torch.float32, torch.float64):
        raise NotSupportedError(f"{who}: data must be uint8, float32 or float64 to be resized, got {data.dtype}")
    old_height, old_width = data.shape[-3], data.shape[-2]
    if (old_height, old_width) == (height, width):
        return data.clone()
    if not old_height or not old_width:
        raise ShapeError(f"{who}: data must have pixels, got shape {tuple(data.shape)}")
    if interp == NEAREST:
        columns = data.index_select(-2, taps.nearest(old_width, width, data.device))
        return columns.index_select(-3, taps.nearest(old_height, height, data.device))
    whole = taps.shrinks_whole(old_height, height) and taps.shrinks_whole(old_width, width)
    halves = (old_height, old_width) == (2 * height, 2 * width)
    if (interp == AREA and width <= old_width and height <= old_height) or (interp == LINEAR and halves):
        return _averaged(data, width, height) if whole else _covered(data, width, height)
    across, down = _tables(interp, data, width, height)
    if data.dtype == torch.uint8:
        return _whole(data, interp, across, down)
    return _rows(_swapped(_rows(_swapped(data), across)), down)


def _square(data: Tensor, size: int, keep_ratio: bool) -> tuple[int, int]:
    """Return width and height for a size that is one number."""
    height, width = data.shape[-3], data.shape[-2]
    if not keep_ratio:
        return size, size
    return (size * width // height, size) if height < width else (size, size * height // width)


def _tables(interp: int, data: Tensor, width: int, height: int) -> tuple[Taps, Taps]:
    old_height, old_width, device = data.shape[-3], data.shape[-2], data.device
    if interp in (LINEAR, AREA):
        cells = interp == AREA
        return (
            taps.linear(old_width, width, device, cells=cells, inside=True),
            taps.linear(old_height, height, device, cells=cells),
        )
    make = taps.cubic if interp == CUBIC else taps.lanczos
    return make(old_width, width, device), make(old_height, height, device)


def _averaged(data: Tensor, width: int, height: int) -> Tensor:
    """Average blocks of one whole size."""
    old_height, old_width = data.shape[-3], data.shape[-2]
    tall, wide = old_height // height, old_width // width
    blocks = data.unflatten(-2, (width, wide)).unflatten(-4, (height, tall))
    if data.dtype != torch.uint8:
        return blocks.mean((-4, -2))
    total = blocks.sum((-4, -2), dtype=torch.int32)
    if (tall, wide) == (2, 2):
        return ((total + 2) >> 2).to(torch.uint8)
    return (total.float() * (1.0 / torch.tensor(float(tall * wide)))).round().to(torch.uint8)


def _covered(data: Tensor, width: int, height: int) -> Tensor:
    """Average by how much of each pixel is covered."""
    values = data.float() if data.dtype == torch.uint8 else data
    values = _rows(_swapped(values), taps.area(data.shape[-2], width, data.device))
    values = _rows(_swapped(values), taps.area(data.shape[-3], height, data.device))
    return values.round().to(torch.uint8) if data.dtype == torch.uint8 else values


def _whole(data: Tensor, interp: int, across: Taps, down: Taps) -> Tensor:
    """Resize uint8 in OpenCV's whole-number arithmetic."""
    rounding = EVEN if interp == CUBIC else HALF_UP if interp == LANCZOS else DROPPED
    pictures = data.reshape(-1, *data.shape[-3:])
    found = resize_whole(pictures, across.index, across.weight, down.index, down.weight, rounding)
    return found.reshape(*data.shape[:-3], *found.shape[1:])


def _swapped(data: Tensor) -> Tensor:
    """Make columns of rows: whole rows are picked several times faster than whole columns."""
    return data.transpose(-3, -2).contiguous()


def _rows(data: Tensor, table: Taps) -> Tensor:
    """Sum up the rows that each output looks at, in the order in which OpenCV does."""
    weight = table.weight[..., None, None]
    total = data.index_select(-3, table.index[0]) * weight[0]
    for index, factor in zip(table.index[1:], weight[1:], strict=True):
        total = total + data.index_select(-3, index) * factor
    return total
