"""Parts of pictures. Chances are drawn from Python's generator (``random.seed``), in MXNet's order."""

import math
import random
from typing import Any

from regluon.core.errors import ArgumentTypeError
from regluon.image.resize import choose_interpolation, imresize, scale_down, size_of

__all__ = ["center_crop", "fixed_crop", "random_crop", "random_size_crop"]

# Left, top, width, height.
Rectangle = tuple[int, int, int, int]


def fixed_crop(
    src: Any, x0: int, y0: int, w: int, h: int, size: tuple[int, int] | None = None, interp: int = 2
) -> Any:  # fmt: skip
    """Cut a rectangle out of a picture, and resize it if told to.

    Args:
        src: ``(H, W, C)``.
        x0: its first column.
        y0: its first row.
        w: its columns.
        h: its rows.
        size: width and height to resize to.
        interp: how, see ``resize_short``.

    Examples:
        >>> from regluon import nd
        >>> fixed_crop(nd.ones((4, 5, 3)), 1, 0, 2, 3).shape
        (3, 2, 3)
    """
    part = src[y0 : y0 + h, x0 : x0 + w]
    if size is None or (w, h) == tuple(size):
        return part
    width, height = size
    interp = choose_interpolation("fixed_crop", interp, (h, w, height, width))
    return imresize(part, width, height, interp=interp)


def random_crop(src: Any, size: tuple[int, int], interp: int = 2) -> tuple[Any, Rectangle]:
    """Cut a rectangle out of a picture at a random place; where it does not fit, a smaller one that is enlarged.

    Args:
        src: ``(H, W, C)``.
        size: width and height.
        interp: how to resize, see ``resize_short``.

    Returns:
        The part, and left, top, width and height of it in the picture.
    """
    height, width = size_of("random_crop", src)
    new_width, new_height = scale_down((width, height), size)
    left = random.randint(0, width - new_width)
    top = random.randint(0, height - new_height)
    return fixed_crop(src, left, top, new_width, new_height, size, interp), (left, top, new_width, new_height)


def center_crop(src: Any, size: tuple[int, int], interp: int = 2) -> tuple[Any, Rectangle]:
    """Cut the middle out of a picture; where it does not fit, a smaller one that is enlarged.

    Args:
        src: ``(H, W, C)``.
        size: width and height.
        interp: how to resize, see ``resize_short``.

    Returns:
        The part, and left, top, width and height of it in the picture.

    Examples:
        >>> from regluon import nd
        >>> center_crop(nd.ones((4, 5, 3)), (3, 2))[1]
        (1, 1, 3, 2)
    """
    height, width = size_of("center_crop", src)
    new_width, new_height = scale_down((width, height), size)
    left, top = (width - new_width) // 2, (height - new_height) // 2
    return fixed_crop(src, left, top, new_width, new_height, size, interp), (left, top, new_width, new_height)


def random_size_crop(
    src: Any,
    size: tuple[int, int],
    area: float | tuple[float, float] | None = None,
    ratio: tuple[float, float] = (3 / 4, 4 / 3),
    interp: int = 2,
    *,
    min_area: float | None = None,
) -> tuple[Any, Rectangle]:
    """Cut a rectangle of random size, shape and place out of a picture, and resize it.

    Where ten draws do not fit, the middle is taken.

    Args:
        src: ``(H, W, C)``.
        size: width and height of the result.
        area: least and greatest part of the picture's area; one number is the least, and 1 the greatest.
        ratio: least and greatest width over height.
        interp: how to resize, see ``resize_short``.
        min_area: ``area`` by its old name.

    Returns:
        The result, and left, top, width and height of it in the picture.
    """
    area = min_area if area is None else area
    if area is None:
        raise ArgumentTypeError("random_size_crop: area must be given, a float or 2 of them")
    height, width = size_of("random_size_crop", src)
    least, most = (area, 1.0) if isinstance(area, (int, float)) else area
    for _ in range(10):
        target = random.uniform(least, most) * height * width
        shape = math.exp(random.uniform(math.log(ratio[0]), math.log(ratio[1])))
        new_width, new_height = round(math.sqrt(target * shape)), round(math.sqrt(target / shape))
        if new_width <= width and new_height <= height:
            left = random.randint(0, width - new_width)
            top = random.randint(0, height - new_height)
            return fixed_crop(src, left, top, new_width, new_height, size, interp), (left, top, new_width, new_height)
    return center_crop(src, size, interp)
