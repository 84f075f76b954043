"""Pictures that are resized, laid on canvases and mirrored: GluonCV's ``data.transforms.image``.

A picture is ``(H, W, C)``, an NDArray or a torch tensor; the answer is of the same kind. Chances come from the global
generators as in GluonCV, or from ``generator``. Nothing is written into the picture that is given.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from regluon import nd
from regluon.core.errors import ArgumentError
from regluon.cv.transforms.chance import Chance
from regluon.image import resize as mx_resize
from regluon.nd.ndarray import NDArray

__all__ = [
    "imresize",
    "random_expand",
    "random_flip",
    "random_pca_lighting",
    "resize_contain",
    "resize_long",
    "resize_short_within",
    "ten_crop",
]

Rectangle = tuple[int, int, int, int]
Fill = float | Sequence[float]

_EIGENVALUES = (55.46, 4.794, 1.148)
_EIGENVECTORS = ((-0.5675, 0.7192, 0.4009), (-0.5808, -0.0045, -0.8140), (-0.5836, -0.6948, 0.4203))


def imresize(src: Any, w: int, h: int, interp: int = 1) -> Any:
    """Resize a picture as OpenCV does.

    Args:
        src: ``(H, W, C)``.
        w: the new width.
        h: the new height.
        interp: 0 nearest, 1 linear, 2 cubic, 3 area, 4 Lanczos; 9 is cubic to enlarge, area to shrink, linear
            otherwise; 10 is any.

    Examples:
        >>> imresize(nd.ones((2, 3, 1)), 6, 4, interp=9).shape
        (4, 6, 1)
    """
    height, width = mx_resize.size_of("imresize", src)
    return mx_resize.imresize(src, w, h, mx_resize.choose_interpolation("imresize", interp, (height, width, h, w)))


def resize_long(src: Any, size: int, interp: int = 2) -> Any:
    """Resize a picture so that its longer edge has a length; arguments as for ``imresize``.

    Examples:
        >>> resize_long(nd.ones((2, 4, 1)), 8).shape
        (4, 8, 1)
    """
    height, width = mx_resize.size_of("resize_long", src)
    if height > width:
        return imresize(src, size * width // height, size, interp)
    return imresize(src, size, size * height // width, interp)


def resize_short_within(src: Any, short: int, max_size: int, mult_base: int = 1, interp: int = 2) -> Any:
    """Resize a picture so that its shorter edge has a length, but the longer one is not too long.

    Args:
        src: ``(H, W, C)``.
        short: the length.
        max_size: the most that the longer edge may have.
        mult_base: edges are multiples of it.
        interp: as for ``imresize``.

    Examples:
        >>> [resize_short_within(nd.ones((20, 40, 1)), 10, most).shape for most in (100, 16)]
        [(10, 20, 1), (8, 16, 1)]
    """
    height, width = mx_resize.size_of("resize_short_within", src)
    shorter, longer = sorted((height, width))
    scale = short / shorter
    if np.round(scale * longer / mult_base) * mult_base > max_size:
        scale = float(np.floor(max_size / mult_base) * mult_base) / longer
    w, h = (int(np.round(one * scale / mult_base) * mult_base) for one in (width, height))
    return imresize(src, w, h, interp)


def random_pca_lighting(
    src: Any,
    alphastd: float,
    eigval: Sequence[float] | None = None,
    eigvec: Sequence[Sequence[float]] | None = None,
    generator: np.random.Generator | None = None,
) -> Any:
    """Shift colours along the axes along which those of photographs vary (Krizhevsky et al., 2012, section 4.1).

    Args:
        src: ``(H, W, 3)`` float.
        alphastd: how far; 0 leaves the picture as it is.
        eigval: how much they vary.
        eigvec: the axes, one a column.
        generator: where chances come from.
    """
    if alphastd <= 0:
        return src
    alpha = Chance(generator).normal(alphastd, 3)
    shift = np.dot(np.array(_EIGENVECTORS if eigvec is None else eigvec) * alpha, eigval or _EIGENVALUES)
    pixels = _opened(src)
    return _closed(pixels + torch.tensor(shift, dtype=pixels.dtype, device=pixels.device), src)


def random_expand(
    src: Any, max_ratio: float = 4, fill: Fill = 0, keep_ratio: bool = True,
    generator: np.random.Generator | None = None,
) -> tuple[Any, Rectangle]:  # fmt: skip
    """Lay a picture on a larger canvas at a random place.

    Args:
        src: ``(H, W, C)``.
        max_ratio: the most that the canvas is larger.
        fill: its colour, one number or one for each channel.
        keep_ratio: whether it is as much wider as it is higher.
        generator: where chances come from.

    Returns:
        The canvas; and where the picture begins in x and y, and the width and height of the canvas.
    """
    height, width = mx_resize.size_of("random_expand", src)
    if max_ratio <= 1:
        return src, (0, 0, width, height)
    chance = Chance(generator)
    across = chance.python_uniform(1, max_ratio)
    down = across if keep_ratio else chance.python_uniform(1, max_ratio)
    new_height, new_width = int(height * down), int(width * across)
    top, left = chance.python_below(new_height - height + 1), chance.python_below(new_width - width + 1)
    return _laid("random_expand", src, new_height, new_width, top, left, fill), (left, top, new_width, new_height)


def random_flip(
    src: Any, px: float = 0, py: float = 0, copy: bool = False, generator: np.random.Generator | None = None
) -> tuple[Any, tuple[bool, bool]]:
    """Mirror a picture by chance.

    Args:
        src: ``(H, W, C)``.
        px: probability that left becomes right.
        py: probability that top becomes bottom.
        copy: return another array even where nothing is done.
        generator: where chances come from.

    Returns:
        The picture; and whether it was mirrored in x and in y.
    """
    chance = Chance(generator)
    flip_y, flip_x = chance.coin(py), chance.coin(px)
    axes = [axis for axis, wanted in ((0, flip_y), (1, flip_x)) if wanted]
    if axes:
        return _closed(_opened(src).flip(axes), src), (flip_x, flip_y)
    return (_closed(_opened(src).clone(), src) if copy else src), (flip_x, flip_y)


def resize_contain(src: Any, size: tuple[int, int], fill: Fill = 0) -> tuple[Any, Rectangle]:
    """Lay a picture in the middle of a canvas, made smaller where it does not fit.

    GluonCV mixes a ``fill`` of several numbers up; here there is one for each channel.

    Args:
        src: ``(H, W, C)``.
        size: width and height of the canvas.
        fill: its colour, one number or one for each channel.

    Returns:
        The canvas; and where the picture begins in x and y, and its width and height.

    Examples:
        >>> canvas, place = resize_contain(nd.ones((20, 40, 1)), (10, 10))
        >>> canvas.shape, place
        ((10, 10, 1), (0, 2, 10, 5))
    """
    height, width = mx_resize.size_of("resize_contain", src)
    new_width, new_height = size
    scale = min(new_height / height, new_width / width, 1)
    w, h = int(width * scale), int(height * scale)
    if scale < 1:
        src = mx_resize.imresize(src, w, h)
    top, left = (new_height - h) // 2, (new_width - w) // 2
    return _laid("resize_contain", src, new_height, new_width, top, left, fill), (left, top, w, h)


def ten_crop(src: Any, size: tuple[int, int]) -> Any:
    """Cut the middle and the corners out of a picture, and mirror them.

    Args:
        src: ``(H, W, C)``.
        size: width and height of a part.

    Returns:
        ``(10, size[1], size[0], C)``: the middle, then the corners top left, bottom left, top right and bottom right;
        then the same mirrored.

    Examples:
        >>> ten_crop(nd.ones((4, 5, 3)), (2, 3)).shape
        (10, 3, 2, 3)
    """
    height, width = mx_resize.size_of("ten_crop", src)
    w, h = size
    if height < h or width < w:
        raise ArgumentError(f"ten_crop: size must be at most {(width, height)}, that of the picture, got {(w, h)}")
    right, bottom = width - w, height - h
    places = ((bottom // 2, right // 2), (0, 0), (bottom, 0), (0, right), (bottom, right))
    pixels = _opened(src)
    parts = torch.stack([pixels[top : top + h, left : left + w] for top, left in places])
    return _closed(torch.cat([parts, parts.flip(2)]), src)


def _opened(src: Any) -> torch.Tensor:
    return src.as_torch() if isinstance(src, NDArray) else src


def _closed(pixels: torch.Tensor, like: Any) -> Any:
    return nd.from_torch(pixels) if isinstance(like, NDArray) else pixels


def _laid(who: str, src: Any, height: int, width: int, top: int, left: int, fill: Fill) -> Any:
    """Lay a picture on a canvas of its number type."""
    pixels = _opened(src)
    color = torch.as_tensor(fill, device=pixels.device).to(pixels.dtype)
    if color.numel() not in (1, pixels.shape[2]):
        raise ArgumentError(f"{who}: fill must be 1 number or {pixels.shape[2]}, one for each channel, got {fill}")
    canvas = color.expand(height, width, pixels.shape[2]).clone()
    canvas[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return _closed(canvas, src)
