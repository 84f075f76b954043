"""Turned pictures."""

from numbers import Number
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from regluon.core.array import as_numpy
from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError

__all__ = ["imrotate", "random_rotate"]


def imrotate(src: Any, rotation_degrees: Any, zoom_in: bool = False, zoom_out: bool = False) -> Any:
    """Turn pictures about their middle; what comes from outside is 0.

    Args:
        src: ``(C, H, W)`` or ``(N, C, H, W)`` float32.
        rotation_degrees: the angle, counted so that a positive one turns the picture against the clock; N of them for
            several pictures, if one is not for all.
        zoom_in: enlarge until nothing from outside is seen.
        zoom_out: shrink until all of the picture is seen.

    Returns:
        An array of the shape of ``src``.

    Examples:
        >>> from regluon import nd
        >>> imrotate(nd.array([[[1, 2], [3, 4]]]), 90).asnumpy().round(3).tolist()
        [[[2.0, 4.0], [1.0, 3.0]]]
    """
    if zoom_in and zoom_out:
        raise ArgumentError("imrotate: zoom_in and zoom_out must not both be true")
    data = src if isinstance(src, Tensor) else src._tensor
    if data.dtype != torch.float32:
        raise ArgumentTypeError(f"imrotate: src must be float32, got {data.dtype}; ToTensor makes it so")
    if data.ndim not in (3, 4):
        raise ShapeError(f"imrotate: src must be (C, H, W) or (N, C, H, W), got shape {tuple(data.shape)}")
    if data.ndim == 3 and not isinstance(rotation_degrees, Number):
        raise ArgumentTypeError(
            f"imrotate: rotation_degrees must be one number for one picture, got {type(rotation_degrees).__name__}"
        )
    pictures = data if data.ndim == 4 else data[None]
    angles = torch.from_numpy(np.float32(as_numpy(rotation_degrees)).reshape(-1)).to(data.device)
    if angles.numel() == 1:
        angles = angles.expand(len(pictures))
    if len(angles) != len(pictures):
        raise ArgumentError(
            f"imrotate: rotation_degrees must be as many as there are pictures, {len(pictures)}, got {len(angles)}"
        )
    turned = _turned(pictures, torch.pi * angles / 180, zoom_in, zoom_out).reshape(data.shape)
    return turned if isinstance(src, Tensor) else src._kind(turned, src._place)


def random_rotate(src: Any, angle_limits: tuple[float, float], zoom_in: bool = False, zoom_out: bool = False) -> Any:
    """Turn pictures by angles drawn evenly from numpy's generator (``numpy.random.seed``).

    Args:
        src: ``(C, H, W)`` or ``(N, C, H, W)`` float32; each picture gets an angle of its own.
        angle_limits: least and greatest angle in degrees.
        zoom_in: see ``imrotate``.
        zoom_out: see ``imrotate``.
    """
    count = None if len(src.shape) == 3 else src.shape[0]
    return imrotate(src, np.random.uniform(*angle_limits, size=count), zoom_in, zoom_out)


def _turned(pictures: Tensor, angles: Tensor, zoom_in: bool, zoom_out: bool) -> Tensor:
    height, width = pictures.shape[-2:]
    tall, wide = (height - 1) / 2, (width - 1) / 2
    rows = (torch.arange(height, dtype=torch.float32, device=pictures.device) - tall)[:, None]
    columns = torch.arange(width, dtype=torch.float32, device=pictures.device) - wide
    angles = angles[:, None, None]
    cosine, sine = torch.cos(angles), torch.sin(angles)
    # The grid is turned in pixels, and only then measured in halves of the picture, so that its shape stays.
    grid = torch.stack([(columns * cosine - rows * sine) / wide, (columns * sine + rows * cosine) / tall], -1)
    if zoom_in or zoom_out:
        grid = grid * _zoom(height, width, angles, zoom_out)[..., None]
    return grid_sample(pictures, grid, mode="bilinear", padding_mode="zeros", align_corners=True)


def _zoom(height: int, width: int, angles: Tensor, out: bool) -> Tensor:
    """Return how much larger the turned corners make the picture, or how much smaller the picture must be taken."""
    tall, wide = torch.tensor(float(height)), torch.tensor(float(width))
    length, corner, turn = torch.hypot(tall, wide), torch.atan(tall / wide), angles.abs()
    across = torch.maximum((length * torch.cos(corner + turn)).abs(), (length * torch.cos(corner - turn)).abs())
    down = torch.maximum((length * torch.sin(corner + turn)).abs(), (length * torch.sin(corner - turn)).abs())
    if out:
        return torch.maximum(across / wide, down / tall)
    return torch.minimum(wide / across, tall / down)
