"""Softmax and its relatives."""

import math
from typing import Any, Literal

import torch
from torch import Tensor

from regluon.core.dtype import torch_dtype
from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.ops.attr import DType
from regluon.ops.registry import Attributes, Shapes, op
from regluon.ops.tensor.pointwise import pointwise
from regluon.ops.tensor.shapes import all_alike, axis_of

__all__ = ["log_softmax", "softmax", "softmax_activation", "softmax_cross_entropy", "softmin"]


def _length_shape(shapes: Shapes, attributes: Attributes) -> Shapes:
    """Give the lengths the shape of the data without the axis."""
    data = shapes["data"]
    if data is None or "length" not in shapes:
        return shapes
    axis = axis_of("softmax", attributes["axis"], len(data))
    return {**shapes, "length": data[:axis] + data[axis + 1 :]}


@op("softmax", complete=_length_shape, omit=lambda attributes: () if attributes["use_length"] else ("length",))
def softmax(
    data: Tensor,
    length: Tensor | None = None,
    axis: int = -1,
    temperature: float | None = None,
    dtype: DType | None = None,
    use_length: bool | None = False,
) -> Tensor:
    """Turn numbers along an axis into shares: their exponentials divided by the sum of them.

    Args:
        data: ``(*A, N, *B)`` floats.
        length: ``(*A, *B)`` ints: how many of the N take part; the others get 0, and so do all for a length of 0.
        axis: the axis of size N.
        temperature: divide the numbers by this first.
        dtype: dtype of the result, that of ``data`` if None.
        use_length: whether there are lengths.

    Returns:
        ``(*A, N, *B)``.

    Examples:
        >>> softmax(torch.tensor([0.0, 0.0, 5.0]), torch.tensor([2]).reshape(()), use_length=True)
        tensor([0.5000, 0.5000, 0.0000])
    """
    axis = axis_of("softmax", axis, data.ndim)
    if bool(use_length) != (length is not None):
        rule = "be given" if use_length else "be left out"
        raise ArgumentTypeError(f"softmax: length must {rule} with use_length={use_length}")
    data = _scaled("softmax", data, temperature)
    if length is None:
        return _typed(torch.softmax(data, axis), dtype)
    kept = _kept(data, length, axis)
    # The second choice undoes the NaN of rows without any element.
    found = torch.where(kept, torch.softmax(data.masked_fill(~kept, -torch.inf), axis), 0)
    return _typed(found, dtype)


def _kept(data: Tensor, length: Tensor, axis: int) -> Tensor:
    rest = (*data.shape[:axis], *data.shape[axis + 1 :])
    if length.is_floating_point() or tuple(length.shape) != rest:
        raise ShapeError(
            f"softmax: length must be ints of shape {rest}, got {length.dtype} of shape {tuple(length.shape)}"
        )
    shape = [1] * data.ndim
    shape[axis] = -1
    return torch.arange(data.shape[axis], device=data.device).reshape(shape) < length.unsqueeze(axis)


@op("log_softmax", complete=all_alike)
def log_softmax(
    data: Tensor,
    axis: int = -1,
    temperature: float | None = None,
    dtype: DType | None = None,
    use_length: Literal[False] | None = False,
) -> Tensor:
    """Take the logarithm of ``softmax``.

    Args:
        data: ``(*)`` floats.
        axis: the axis.
        temperature: divide the numbers by this first.
        dtype: dtype of the result, that of ``data`` if None.
        use_length: False; MXNet takes no lengths here either.

    Returns:
        ``(*)``.

    Examples:
        >>> log_softmax(torch.tensor([0.0, 0.0]))
        tensor([-0.6931, -0.6931])
    """
    axis = axis_of("log_softmax", axis, data.ndim)
    return _typed(torch.log_softmax(_scaled("log_softmax", data, temperature), axis), dtype)


@op("softmin", complete=all_alike)
def softmin(
    data: Tensor,
    axis: int = -1,
    temperature: float | None = None,
    dtype: DType | None = None,
    use_length: Literal[False] | None = False,
) -> Tensor:
    """Take the ``softmax`` of the numbers with their signs changed.

    Args:
        data: ``(*)`` floats.
        axis: the axis.
        temperature: divide the numbers by this first.
        dtype: dtype of the result, that of ``data`` if None.
        use_length: False; MXNet takes no lengths here either.

    Returns:
        ``(*)``.

    Examples:
        >>> softmin(torch.tensor([0.0, 5.0]))
        tensor([0.9933, 0.0067])
    """
    axis = axis_of("softmin", axis, data.ndim)
    return _typed(torch.softmax(-_scaled("softmin", data, temperature), axis), dtype)


@op("SoftmaxActivation", complete=all_alike)
def softmax_activation(data: Tensor, mode: Literal["instance", "channel"] = "instance") -> Tensor:
    """Take the softmax over the channels, or over the last axis.

    Args:
        data: ``(B, *)`` floats; ``(B, C, *)`` with 3 axes or more for ``channel``.
        mode: over the second axis (``channel``) or the last. The gradient is that of the second in both cases.

    Returns:
        ``(B, *)``.

    Examples:
        >>> softmax_activation(torch.tensor([[0.0, 0.0]]))
        tensor([[0.5000, 0.5000]])
    """
    if mode == "channel" and data.ndim < 3:
        raise ShapeError(f"SoftmaxActivation: data must have 3 axes or more for channel, got shape {tuple(data.shape)}")
    return _Activation.apply(_scaled("SoftmaxActivation", data, None), 1 if mode == "channel" else -1)  # type: ignore[return-value]


class _Activation(torch.autograd.Function):
    """The softmax over an axis with MXNet's gradient, which is always that over the second axis."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, axis: int) -> Tensor:
        result = torch.softmax(data, axis)
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (result,) = ctx.saved_tensors
        axis = min(1, result.ndim - 1)
        return result * (grads[0] - (grads[0] * result).sum(axis, keepdim=True)), None


@op("softmax_cross_entropy")
def softmax_cross_entropy(data: Tensor, label: Tensor) -> Tensor:
    """Add up the cross entropies of the softmax of every row and its class.

    Shares below 1e-8 count as that, which their gradient ignores. From MXNet's ``softmax_cross_entropy``.

    Args:
        data: ``(B, C)`` floats.
        label: ``(B,)`` classes, clipped; no gradient reaches them.

    Returns:
        ``(1,)``.

    Examples:
        >>> softmax_cross_entropy(torch.zeros(1, 2), torch.tensor([1.0]))
        tensor([0.6931])
    """
    if data.ndim != 2 or tuple(label.shape) != (data.shape[0],):
        raise ShapeError(
            f"softmax_cross_entropy: data and label must be (B, C) and (B,), "
            f"got shapes {tuple(data.shape)} and {tuple(label.shape)}"
        )
    classes = label.detach().to(torch.int64).clamp(0, data.shape[1] - 1).unsqueeze(1)

    def loss(data: Tensor) -> Tensor:
        return -torch.log_softmax(data, 1).gather(1, classes).clamp(min=math.log(1e-8)).sum().reshape(1)

    def slope(data: Tensor, out: Tensor) -> Tensor:
        return torch.softmax(data, 1) - torch.zeros_like(data).scatter(1, classes, 1.0)

    return pointwise(loss, slope)(_scaled("softmax_cross_entropy", data, None))


def _scaled(who: str, data: Tensor, temperature: float | None) -> Tensor:
    if not data.is_floating_point():
        raise ArgumentError(f"{who}: data must be floats, got {data.dtype}; cast it")
    return data if temperature is None or temperature == 1 else data / temperature


def _typed(found: Tensor, dtype: str | None) -> Tensor:
    return found if dtype is None else found.to(torch_dtype(dtype))
