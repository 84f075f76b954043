"""Pictures of other sizes."""

import random
from typing import Any, cast

from torch import Tensor

from regluon import nd, th
from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.image.resize import Interpolation

__all__ = ["choose_interpolation", "imresize", "resize_short", "scale_down", "size_of"]

LINEAR, CUBIC, AREA = 1, 2, 3


def imresize(src: Any, w: int, h: int, interp: int = 1, out: Any = None) -> Any:
    """Resize a picture as OpenCV does.

    Args:
        src: ``(H, W, C)`` uint8 or float.
        w: the new width.
        h: the new height.
        interp: 0 nearest, 1 linear, 2 cubic, 3 area, 4 Lanczos.
        out: an array of the right shape to write to.

    Returns:
        ``(h, w, C)``.

    Examples:
        >>> imresize(nd.ones((2, 3, 1)), 6, 4).shape
        (4, 6, 1)
    """
    if isinstance(src, Tensor):
        return th.image.resize(src, size=(w, h), interp=cast(Interpolation, interp))
    return nd.image.resize(src, size=(w, h), interp=cast(Interpolation, interp), out=out)


def resize_short(src: Any, size: int, interp: int = 2) -> Any:
    """Resize a picture so that its shorter edge has a length.

    Args:
        src: ``(H, W, C)``.
        size: the length.
        interp: 0 to 4 as in ``imresize``; 9 is cubic to enlarge, area to shrink, linear otherwise; 10 is any.

    Examples:
        >>> resize_short(nd.ones((2, 3, 1)), 4).shape
        (4, 6, 1)
    """
    height, width = size_of("resize_short", src)
    new_height, new_width = (size * height // width, size) if height > width else (size, size * width // height)
    interp = choose_interpolation("resize_short", interp, (height, width, new_height, new_width))
    return imresize(src, new_width, new_height, interp=interp)


def scale_down(src_size: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
    """Make a size smaller, keeping its shape, until it fits into a picture.

    Args:
        src_size: width and height of the picture.
        size: width and height.

    Examples:
        >>> scale_down((640, 480), (720, 120))
        (640, 106)
    """
    width, height = float(size[0]), float(size[1])
    most_width, most_height = src_size
    if most_height < height:
        width, height = width * most_height / height, most_height
    if most_width < width:
        width, height = most_width, height * most_width / width
    return int(width), int(height)


def choose_interpolation(who: str, interp: int, sizes: tuple[int, int, int, int]) -> int:
    """Return the number of the way to resize: 9 depends on the sizes, 10 is drawn.

    Args:
        who: begins what errors say.
        interp: the number.
        sizes: old height and width, new height and width.
    """
    if interp == 9:
        height, width, new_height, new_width = sizes
        if new_height > height and new_width > width:
            return CUBIC
        return AREA if new_height < height and new_width < width else LINEAR
    if interp == 10:
        return random.randint(0, 4)
    if interp not in range(5):
        raise ArgumentError(f"{who}: interp must be one of 0, 1, 2, 3, 4, 9, 10, got {interp!r}")
    return interp


def size_of(who: str, src: Any) -> tuple[int, int]:
    """Return height and width of a picture."""
    if len(src.shape) != 3:
        raise ShapeError(f"{who}: src must be (H, W, C), got shape {tuple(src.shape)}")
    return src.shape[0], src.shape[1]
