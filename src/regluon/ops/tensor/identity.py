"""Operators that give their input back: as it is, in another dtype, or with another gradient; and some near them."""

from typing import Annotated, Any, Literal

import torch
from torch import Tensor

from regluon.core.dtype import torch_dtype
from regluon.ops.attr import DType, Range
from regluon.ops.registry import op
from regluon.ops.tensor.shapes import all_alike
from regluon.ops.types import typed

__all__ = [
    "block_grad",
    "cast",
    "identity",
    "identity_with_attr_like_rhs",
    "make_loss",
    "make_scaled_loss",
    "ones_like",
    "shape_array",
    "size_array",
    "zeros_like",
]


@op("_copy", "identity", "_copyto", complete=all_alike)
def identity(data: Tensor) -> Tensor:
    """Copy an array.

    Args:
        data: ``(*)``.

    Returns:
        ``(*)`` with memory of its own.

    Examples:
        >>> identity(torch.tensor([1.0, 2.0]))
        tensor([1., 2.])
    """
    return data.clone()


@op("BlockGrad", "stop_gradient", complete=all_alike, differentiable=False)
def block_grad(data: Tensor) -> Tensor:
    """Give an array that no gradient passes through.

    Args:
        data: ``(*)``.

    Returns:
        ``(*)``, the same values.

    Examples:
        >>> block_grad(torch.ones(2, requires_grad=True)).requires_grad
        False
    """
    return data.detach()


@op("Cast", "cast", complete=all_alike)
def cast(data: Tensor, dtype: DType) -> Tensor:
    """Bring an array to another number type.

    Floats are cut down to ints. An int type ends the gradient (in MXNet a gradient of ints would pass).

    Args:
        data: ``(*)``.
        dtype: the type.

    Returns:
        ``(*)`` of type ``dtype``.

    Examples:
        >>> cast(torch.tensor([1.7, -1.7]), dtype="int32")
        tensor([ 1, -1], dtype=torch.int32)
    """
    return data.to(torch_dtype(dtype), copy=True)


@op("_identity_with_attr_like_rhs", complete=all_alike)
def identity_with_attr_like_rhs(lhs: Tensor, rhs: Tensor) -> Tensor:
    """Copy the first array; the second only tells graphs its shape.

    Args:
        lhs: ``(*)``.
        rhs: ``(*)``.

    Returns:
        ``(*)``, the values of ``lhs``.

    Examples:
        >>> identity_with_attr_like_rhs(torch.zeros(2), torch.ones(2))
        tensor([0., 0.])
    """
    return lhs.clone()


@op("zeros_like", complete=all_alike, differentiable=False)
def zeros_like(data: Tensor, dtype: DType | None = None) -> Tensor:
    """Make an array of zeros like another.

    Args:
        data: ``(*)``.
        dtype: ignored, as by MXNet, whose models do give it.

    Returns:
        ``(*)`` in the dtype of ``data``.

    Examples:
        >>> zeros_like(torch.ones(2))
        tensor([0., 0.])
    """
    return torch.zeros_like(data)


@op("ones_like", complete=all_alike, differentiable=False)
def ones_like(data: Tensor, dtype: DType | None = None) -> Tensor:
    """Make an array of ones like another.

    Args:
        data: ``(*)``.
        dtype: ignored, as by MXNet, whose models do give it.

    Returns:
        ``(*)`` in the dtype of ``data``.

    Examples:
        >>> ones_like(torch.zeros(2))
        tensor([1., 1.])
    """
    return torch.ones_like(data)


@op("shape_array", types=typed(output=torch.int64), differentiable=False)
def shape_array(data: Tensor) -> Tensor:
    """Give an array's shape as an array.

    Args:
        data: n axes.

    Returns:
        ``(n,)`` sizes, int64.

    Examples:
        >>> shape_array(torch.zeros(2, 3))
        tensor([2, 3])
    """
    return torch.tensor(data.shape, dtype=torch.int64, device=data.device)


@op("size_array", types=typed(output=torch.int64), differentiable=False)
def size_array(data: Tensor) -> Tensor:
    """Give the number of an array's elements as an array.

    Args:
        data: ``(*)``.

    Returns:
        ``(1,)``, int64.

    Examples:
        >>> size_array(torch.zeros(2, 3))
        tensor([6])
    """
    return torch.tensor([data.numel()], dtype=torch.int64, device=data.device)


@op("make_loss", outputs=("loss",), complete=all_alike)
def make_loss(data: Tensor) -> Tensor:
    """Copy an array that is a loss: its gradient is 1, whatever is sent back through it.

    Args:
        data: ``(*)``.

    Returns:
        ``(*)``.

    Examples:
        >>> make_loss(torch.tensor([0.5, 0.25]))
        tensor([0.5000, 0.2500])
    """
    return _Loss.apply(data, data.new_ones(()))  # type: ignore[return-value]


@op("MakeLoss", complete=all_alike)
def make_scaled_loss(
    data: Tensor,
    grad_scale: float = 1.0,
    valid_thresh: Annotated[float, Range(0)] = 0.0,
    normalization: Literal["null", "batch", "valid"] = "null",
) -> Tensor:
    """Copy an array that is a loss, with a gradient that is the same everywhere, whatever is sent back through it.

    Args:
        data: ``(B, *)``.
        grad_scale: the gradient before it is divided.
        valid_thresh: elements above are valid.
        normalization: divide the gradient by 1, by B (``batch``), or by the number of valid elements, 1 at least.

    Returns:
        ``(B, *)``.

    Examples:
        >>> loss = torch.tensor([0.5, 0.25], requires_grad=True)
        >>> make_scaled_loss(loss, normalization="batch").sum().backward()
        >>> loss.grad
        tensor([0.5000, 0.5000])
    """
    scale = data.new_full((), grad_scale)
    if normalization == "batch":
        scale = scale / data.shape[0]
    elif normalization == "valid":
        scale = scale / (data > valid_thresh).sum().clamp(min=1)
    return _Loss.apply(data, scale)  # type: ignore[return-value]


class _Loss(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, data: Tensor, gradient: Tensor) -> Tensor:
        ctx.save_for_backward(gradient)
        return data.clone()

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (gradient,) = ctx.saved_tensors
        return gradient.to(grads[0].dtype).expand(grads[0].shape), None
