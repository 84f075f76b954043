"""Flips of pictures, from MXNet's ``_image_flip_*`` operators.

They differ from MXNet in that the middle row of an odd number is there, which MXNet leaves unwritten. As in MXNet
the gradient passes as if nothing had been done. Chances are drawn from torch's global generator.
"""

from typing import Annotated

import torch
from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.ops.attr import Range
from regluon.ops.gradient import with_slope
from regluon.ops.registry import op

__all__ = ["flip_left_right", "flip_top_bottom", "random_flip_left_right", "random_flip_top_bottom"]


@op("_image_flip_left_right")
def flip_left_right(data: Tensor) -> Tensor:
    """Mirror a picture, left for right.

    Args:
        data: ``(H, W, C)``, C being 1 or 3.

    Returns:
        ``(H, W, C)``.

    Examples:
        >>> flip_left_right(torch.tensor([[[1], [2], [3]]])).flatten()
        tensor([3, 2, 1])
    """
    _shaped("_image_flip_left_right", data)
    return with_slope(data.flip(1), data)


@op("_image_flip_top_bottom")
def flip_top_bottom(data: Tensor) -> Tensor:
    """Turn a picture upside down, as a mirror below it would show it.

    Args:
        data: ``(H, W, C)``, C being 1 or 3.

    Returns:
        ``(H, W, C)``.

    Examples:
        >>> flip_top_bottom(torch.tensor([[[1]], [[2]]])).flatten()
        tensor([2, 1])
    """
    _shaped("_image_flip_top_bottom", data)
    return with_slope(data.flip(0), data)


@op("_image_random_flip_left_right")
def random_flip_left_right(data: Tensor, p: Annotated[float, Range(0, 1)] = 0.5) -> Tensor:
    """Mirror a picture by chance, left for right.

    Args:
        data: ``(H, W, C)``, C being 1 or 3.
        p: the chance; from MXNet 2.

    Returns:
        ``(H, W, C)``.

    Examples:
        >>> random_flip_left_right(torch.tensor([[[1], [2], [3]]]), p=1.0).flatten()
        tensor([3, 2, 1])
    """
    _shaped("_image_random_flip_left_right", data)
    return with_slope(torch.where(torch.rand((), device=data.device) < p, data.flip(1), data), data)


@op("_image_random_flip_top_bottom")
def random_flip_top_bottom(data: Tensor, p: Annotated[float, Range(0, 1)] = 0.5) -> Tensor:
    """Turn a picture upside down by chance.

    Args:
        data: ``(H, W, C)``, C being 1 or 3.
        p: the chance; from MXNet 2.

    Returns:
        ``(H, W, C)``.

    Examples:
        >>> random_flip_top_bottom(torch.tensor([[[1]], [[2]]]), p=1.0).flatten()
        tensor([2, 1])
    """
    _shaped("_image_random_flip_top_bottom", data)
    return with_slope(torch.where(torch.rand((), device=data.device) < p, data.flip(0), data), data)


def _shaped(who: str, data: Tensor) -> None:
    if data.ndim != 3 or data.shape[2] not in (1, 3):
        raise ShapeError(f"{who}: data must be (H, W, C) with 1 or 3 channels, got shape {tuple(data.shape)}")
