"""The fully connected layer."""

from typing import Annotated

from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.kernels.linear import linear
from regluon.ops.attr import Range
from regluon.ops.registry import Attributes, Shapes, op

__all__ = ["fully_connected"]


def _shapes(shapes: Shapes, attributes: Attributes) -> Shapes:
    data, hidden = shapes["data"], attributes["num_hidden"]
    if data is None:
        return {}
    width = 1
    for size in data[1:] if attributes["flatten"] else data[-1:]:
        width *= size
    return {"weight": (hidden, width), "bias": (hidden,)}


@op("FullyConnected", complete=_shapes, omit=lambda attributes: ("bias",) if attributes["no_bias"] else ())
def fully_connected(
    data: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    num_hidden: Annotated[int, Range(1)],
    no_bias: bool = False,
    flatten: bool = True,
) -> Tensor:
    """Multiply data by a weight and add a bias (MXNet, ``FullyConnected``).

    Args:
        data: ``(N, *X)``.
        weight: ``(num_hidden, K)``, where K is the size of all of X, or of its last axis without ``flatten``.
        bias: ``(num_hidden,)``, left out if ``no_bias``.
        num_hidden: number of outputs.
        no_bias: whether there is no bias.
        flatten: whether all axes but the first are one, or the last axis is multiplied and the others stay.

    Returns:
        ``(N, num_hidden)``, or ``(N, *X[:-1], num_hidden)`` without ``flatten``.

    Examples:
        >>> import torch
        >>> fully_connected(torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 10.0]]), torch.tensor([0.5]), num_hidden=1)
        tensor([[21.5000]])
    """
    if flatten and data.ndim != 2:
        data = data.flatten(1) if data.ndim > 1 else data.unsqueeze(1)
    if no_bias is (bias is not None):
        rule = "left out, as no_bias is true" if no_bias else "given, unless no_bias is true"
        raise ArgumentError(f"FullyConnected: bias must be {rule}, got {None if bias is None else tuple(bias.shape)}")
    if weight.shape != (num_hidden, data.shape[-1]):
        raise ShapeError(
            f"FullyConnected: weight must have shape (num_hidden, K) = {(num_hidden, data.shape[-1])} for data of "
            f"shape {tuple(data.shape)}, got {tuple(weight.shape)}"
        )
    return linear(data, weight, bias)
