"""Parts of pictures, from MXNet's ``_image_crop`` and MXNet 2's random crops.

Chances are drawn from torch's global generator.
"""

import math
from typing import Annotated, Literal

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.attr import Range
from regluon.ops.image.resize import resized
from regluon.ops.registry import op

__all__ = ["crop", "random_crop", "random_resized_crop"]

Size = Annotated[int, Range(1)]
AnyInterpolation = Literal[0, 1, 2, 3, 4, 9, 10]
CUBIC, AREA = 2, 3


@op("_image_crop")
def crop(data: Tensor, x: int, y: int, width: int, height: int) -> Tensor:
    """Cut a rectangle out of pictures.

    Args:
        data: ``(H, W, C)`` or ``(N, H, W, C)``.
        x: its first column.
        y: its first row.
        width: its columns.
        height: its rows.

    Returns:
        ``(height, width, C)`` or ``(N, height, width, C)``.

    Examples:
        >>> crop(torch.arange(12).reshape(3, 4, 1), x=1, y=2, width=3, height=1).flatten()
        tensor([ 9, 10, 11])
    """
    _shaped("_image_crop", data)
    rows, columns = data.shape[-3], data.shape[-2]
    if x < 0 or y < 0 or width < 1 or height < 1 or x + width > columns or y + height > rows:
        raise ArgumentError(
            f"_image_crop: x, y, width and height must lie within the {columns} columns and {rows} rows of data, "
            f"got {(x, y, width, height)}"
        )
    return data[..., y : y + height, x : x + width, :].clone()


@op("_image_random_crop", differentiable=False)
def random_crop(
    data: Tensor,
    xrange: tuple[float, float] = (0.0, 1.0),
    yrange: tuple[float, float] = (0.0, 1.0),
    width: Size = 1,
    height: Size = 1,
    interp: AnyInterpolation = 1,
) -> Tensor:
    """Cut a rectangle out of pictures at a random place.

    What is larger than the picture is made smaller in both directions until it fits, cut out, and then enlarged to the
    size that was asked for. From MXNet 2, from which it differs in that the last place is drawn as often as the others,
    where MXNet never draws it.

    Args:
        data: ``(H, W, C)`` or ``(N, H, W, C)``.
        xrange: where it may begin, as parts of the columns that are too many; ``(0.5, 0.5)`` is the middle.
        yrange: likewise for rows.
        width: its columns.
        height: its rows.
        interp: how to enlarge, as in ``resize``; 9 is cubic to enlarge, area to shrink, linear otherwise, 10 is any.

    Returns:
        ``(height, width, C)`` or ``(N, height, width, C)``.

    Examples:
        >>> random_crop(torch.arange(5).reshape(1, 5, 1), (0.5, 0.5), (0.5, 0.5), width=3, height=1).flatten()
        tensor([1, 2, 3])
    """
    _shaped("_image_random_crop", data)
    _check_range("_image_random_crop", "xrange", xrange)
    _check_range("_image_random_crop", "yrange", yrange)
    rows, columns = data.shape[-3], data.shape[-2]
    wide, tall = _fitting(columns, rows, width, height)
    left = _place(data, xrange, columns - wide)
    top = _place(data, yrange, rows - tall)
    part = data.index_select(-3, top + torch.arange(tall, device=data.device))
    part = part.index_select(-2, left + torch.arange(wide, device=data.device))
    return _sized("_image_random_crop", part, width, height, interp)


@op("_image_random_resized_crop", differentiable=False)
def random_resized_crop(
    data: Tensor,
    width: Size,
    height: Size,
    area: tuple[float, float] = (0.08, 1.0),
    ratio: tuple[float, float] = (3 / 4, 4 / 3),
    interp: AnyInterpolation = 1,
    max_trial: Annotated[int, Range(0)] = 10,
) -> Tensor:
    """Cut a rectangle of random size, shape and place out of pictures, and resize it.

    Where no draw fits, the middle is taken. The size is drawn outside of the graph that ``torch.compile`` makes.
    From MXNet 2.

    Args:
        data: ``(H, W, C)`` or ``(N, H, W, C)``.
        width: columns of the result.
        height: its rows.
        area: least and greatest part of the picture's area, drawn evenly.
        ratio: least and greatest width over height, whose logarithm is drawn evenly.
        interp: how to resize, as in ``random_crop``.
        max_trial: draws.

    Returns:
        ``(height, width, C)`` or ``(N, height, width, C)``.

    Examples:
        >>> random_resized_crop(torch.ones(8, 8, 3), 4, 2).shape
        torch.Size([2, 4, 3])
    """
    _shaped("_image_random_resized_crop", data)
    _check_range("_image_random_resized_crop", "area", area)
    if not 0 < ratio[0] <= ratio[1]:
        raise ArgumentError(f"_image_random_resized_crop: ratio must be 2 floats > 0 in order, got {ratio}")
    rows, columns = data.shape[-3], data.shape[-2]
    low, high = math.log(ratio[0]), math.log(ratio[1])
    for size, shape, left, top in torch.rand(max_trial, 4).tolist():
        target = (area[0] + size * (area[1] - area[0])) * rows * columns
        drawn = math.exp(low + shape * (high - low))
        wide, tall = round(math.sqrt(target * drawn)), round(math.sqrt(target / drawn))
        if 0 < wide <= columns and 0 < tall <= rows:
            x, y = int(left * (columns - wide + 1)), int(top * (rows - tall + 1))
            part = data[..., y : y + tall, x : x + wide, :]
            return _sized("_image_random_resized_crop", part, width, height, interp)
    return random_crop(data, (0.5, 0.5), (0.5, 0.5), width, height, interp)


def _shaped(who: str, data: Tensor) -> None:
    if data.ndim not in (3, 4):
        raise ShapeError(f"{who}: data must be (H, W, C) or (N, H, W, C), got shape {tuple(data.shape)}")


def _check_range(who: str, name: str, bounds: tuple[float, float]) -> None:
    if not 0 <= bounds[0] <= bounds[1] <= 1:
        raise ArgumentError(f"{who}: {name} must be 2 floats in [0, 1] in order, got {bounds}")


def _fitting(columns: int, rows: int, width: int, height: int) -> tuple[int, int]:
    """Return the greatest size of the given shape that fits, but no greater than the given one."""
    wide, tall = float(width), float(height)
    if rows < tall:
        wide, tall = wide * rows / tall, rows
    if columns < wide:
        wide, tall = columns, tall * columns / wide
    return max(1, int(wide)), max(1, int(tall))


def _place(data: Tensor, bounds: tuple[float, float], most: int) -> Tensor | int:
    """Draw a whole number up to ``most``, as an array on the device of the data."""
    low, high = bounds
    if low == high:
        return int(low * most)
    drawn = torch.rand((), device=data.device) * (high - low) + low
    return (drawn * (most + 1)).long().clamp(max=most)


def _sized(who: str, part: Tensor, width: int, height: int, interp: int) -> Tensor:
    """Resize a part unless it has the size."""
    rows, columns = part.shape[-3], part.shape[-2]
    if (columns, rows) == (width, height):
        return part.clone()
    if interp == 9:
        grows, shrinks = height > rows and width > columns, height < rows and width < columns
        interp = CUBIC if grows else AREA if shrinks else 1
    elif interp == 10:
        interp = int(torch.randint(5, ()))
    return resized(who, part, width, height, interp)
