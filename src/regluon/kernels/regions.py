"""What kernels on regions of images share."""

from functools import reduce

import torch
from torch import Tensor

__all__ = ["computing_type", "image_of", "round_half_away"]


def computing_type(*arrays: Tensor) -> torch.dtype:
    """Give the widest float type of arrays, at least float32: no kernel computes in half precision.

    Args:
        arrays: floats.

    Returns:
        float32 or float64.

    Examples:
        >>> computing_type(torch.zeros(1).half(), torch.zeros(1).bfloat16())
        torch.float32
    """
    return reduce(torch.promote_types, (one.dtype for one in arrays), torch.float32)


def image_of(rois: Tensor, images: int) -> Tensor:
    """Give the image that each region belongs to; -1 for those that belong to none, as their index says no image.

    Args:
        rois: ``(R, k)`` rows that begin with the index of an image, as a float.
        images: how many there are.

    Returns:
        ``(R,)`` int64.

    Examples:
        >>> image_of(torch.tensor([[1.0], [-1.0], [2.0], [float("nan")]]), 2)
        tensor([ 1, -1, -1, -1])
    """
    index = rois[:, 0].trunc()
    return torch.where((index >= 0) & (index < images), index, -1).long()


def round_half_away(values: Tensor) -> Tensor:
    """Round to whole numbers, halves away from zero, as C does.

    Args:
        values: floats of any shape.

    Returns:
        The same shape.

    Examples:
        >>> round_half_away(torch.tensor([0.5, -0.5, 0.49999997, 2.5, -1.4]))
        tensor([ 1., -1.,  0.,  3., -1.])
    """
    whole = values.trunc()
    return torch.where((values - whole).abs() >= 0.5, whole + values.sign(), whole)
