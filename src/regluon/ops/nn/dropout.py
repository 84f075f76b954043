"""Dropout."""

from collections.abc import Sequence
from typing import Annotated, Literal

import torch
from torch import Tensor
from torch.nn import functional

from regluon.core.errors import ArgumentError
from regluon.ops.attr import Range, Shape
from regluon.ops.registry import op

__all__ = ["dropout"]


@op("Dropout", hidden=1)
def dropout(
    data: Tensor,
    p: Annotated[float, Range(0, 1)] = 0.5,
    mode: Literal["training", "always"] = "training",
    axes: Shape = (),
    cudnn_off: bool | None = False,
    training: bool = False,
) -> Tensor:
    """Set a random part of the elements to 0 and scale up the others, so that the mean stays (MXNet, ``Dropout``).

    With ``p=1`` all become 0; MXNet makes NaN of them.

    Args:
        data: ``(*X)``, any shape.
        p: the part that goes.
        mode: ``training`` copies the data outside of training, ``always`` does not.
        axes: axes along which one draw holds for all elements.
        cudnn_off: without effect.
        training: whether this is training.

    Returns:
        The shape of ``data``.

    Examples:
        >>> import torch
        >>> dropout(torch.ones(2), 0.5), dropout(torch.ones(2), 1.0, "always")
        (tensor([1., 1.]), tensor([0., 0.]))
    """
    if p == 0 or (mode == "training" and not training):
        return data.clone()
    if not axes:
        return data * _kept(data.shape, data, p) if data.device.type == "cpu" else functional.dropout(data, p)
    if not all(-data.ndim <= axis < data.ndim for axis in axes):
        raise ArgumentError(f"Dropout: axes must be axes of data of shape {tuple(data.shape)}, got {axes}")
    shape = list(data.shape)
    for axis in axes:
        shape[axis] = 1
    return data * _kept(shape, data, p)


def _kept(shape: Sequence[int], like: Tensor, p: float) -> Tensor:
    """Draw 0 for what goes and the scale for what stays: from uniform numbers, several times as fast as from coins."""
    draws = torch.rand(shape, device=like.device)
    return draws.ge_(p).mul_(0.0 if p == 1 else 1 / (1 - p)).to(like.dtype)
