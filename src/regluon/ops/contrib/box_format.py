"""The two ways to write a box: its corners, or its centre and size."""

from typing import Literal

import torch
from torch import Tensor

__all__ = ["Format", "to_center", "to_corner"]

Format = Literal["corner", "center"]
"""``corner`` is ``xmin, ymin, xmax, ymax``; ``center`` is ``x, y, w, h``."""


def to_corner(boxes: Tensor) -> Tensor:
    """Turn ``(..., 4)`` boxes of centre and size into corners.

    Examples:
        >>> to_corner(torch.tensor([2.0, 2.0, 2.0, 4.0]))
        tensor([1., 0., 3., 4.])
    """
    middle, half = boxes[..., :2], boxes[..., 2:] / 2
    return torch.cat([middle - half, middle + half], -1)


def to_center(boxes: Tensor) -> Tensor:
    """Turn ``(..., 4)`` corner boxes into centre and size.

    Examples:
        >>> to_center(torch.tensor([1.0, 0.0, 3.0, 4.0]))
        tensor([2., 2., 2., 4.])
    """
    low, high = boxes[..., :2], boxes[..., 2:]
    return torch.cat([(low + high) / 2, high - low], -1)
