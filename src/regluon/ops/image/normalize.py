"""From pictures to what networks take, from MXNet's ``_image_to_tensor`` and ``_image_normalize``."""

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.registry import op
from regluon.ops.types import typed

__all__ = ["normalize", "to_tensor"]


@op("_image_to_tensor", types=typed(data=None, output=torch.float32))
def to_tensor(data: Tensor) -> Tensor:
    """Bring pixels from 0..255 to 0..1, and channels to the front.

    Differs from MXNet in that gradients flow, where MXNet's fail.

    Args:
        data: ``(H, W, C)`` or ``(N, H, W, C)`` of any dtype.

    Returns:
        ``(C, H, W)`` or ``(N, C, H, W)`` float32.

    Examples:
        >>> to_tensor(torch.tensor([[[0, 255]]], dtype=torch.uint8))
        tensor([[[0.]],
                [[1.]]])
    """
    if data.ndim not in (3, 4):
        raise ShapeError(f"_image_to_tensor: data must be (H, W, C) or (N, H, W, C), got shape {tuple(data.shape)}")
    return (data.movedim(-1, -3).float() / 255.0).contiguous()


@op("_image_normalize")
def normalize(
    data: Tensor, mean: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0), std: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)
) -> Tensor:  # fmt: skip
    """Take a mean from every channel and divide it by a deviation.

    Differs from MXNet in that the defaults work, where MXNet's are of a length that it refuses.

    Args:
        data: ``(C, H, W)`` or ``(N, C, H, W)``, C being 1 or 3.
        mean: one number, or one for each channel.
        std: likewise.

    Returns:
        An array of the shape and dtype of ``data``; whole numbers are cut off.

    Examples:
        >>> normalize(torch.tensor([[[5.0]], [[6.0]], [[7.0]]]), mean=(1.0, 2.0, 3.0), std=(2.0,)).flatten()
        tensor([2., 2., 2.])
    """
    if data.ndim not in (3, 4) or data.shape[-3] not in (1, 3):
        raise ShapeError(
            f"_image_normalize: data must be (C, H, W) or (N, C, H, W) with 1 or 3 channels, got shape "
            f"{tuple(data.shape)}"
        )
    work = data if data.is_floating_point() else data.float()
    return ((work - _by_channel("mean", mean, 0.0, work)) / _by_channel("std", std, 1.0, work)).to(data.dtype)


def _by_channel(name: str, values: tuple[float, ...], default: float, data: Tensor) -> Tensor:
    """Lay numbers along the channels."""
    channels = data.shape[-3]
    if values == (default,) * 4:
        values = (default,)
    if len(values) not in (1, channels):
        raise ArgumentError(f"_image_normalize: {name} must be 1 or {channels} floats, got {values}")
    # MXNet keeps these in float32.
    return torch.tensor(values, dtype=torch.float32, device=data.device).to(data.dtype).reshape(-1, 1, 1)
