"""Flattening of levels."""

import torch
from torch import Tensor

from regluon.core.errors import ArgumentTypeError, ShapeError
from regluon.ops.contrib.quantized.levels import OUTPUTS, complete_ranges, number
from regluon.ops.contrib.quantized.types import like_data, ranged
from regluon.ops.registry import op

__all__ = ["quantized_flatten"]


@op(
    "_contrib_quantized_flatten",
    outputs=OUTPUTS,
    complete=complete_ranges,
    types=ranged(like_data),
    differentiable=False,
)
def quantized_flatten(data: Tensor, min_data: Tensor, max_data: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Make one axis of all but the first (MXNet, ``quantized_flatten``).

    Args:
        data: ``(N, *X)``, int8 or uint8; float32, too, passes MXNet's oneDNN build.
        min_data: ``(1,)`` the smallest number that data can stand for.
        max_data: ``(1,)`` the largest.

    Returns:
        ``(N, K)`` of the type of ``data``, and the given range.

    Examples:
        >>> end = torch.tensor([1.0])
        >>> quantized_flatten(torch.zeros(2, 3, 4, dtype=torch.int8), -end, end)[0].shape
        torch.Size([2, 12])
    """
    who = "quantized_flatten"
    if data.dtype not in (torch.int8, torch.uint8, torch.float32):
        raise ArgumentTypeError(f"{who}: data must hold int8, uint8 or float32, got {data.dtype}")
    if data.ndim < 1:
        raise ShapeError(f"{who}: data must have an axis or more, got shape ()")
    flat = data.flatten(1) if data.ndim > 1 else data.unsqueeze(1)
    return flat, number(who, "min_data", min_data), number(who, "max_data", max_data)
