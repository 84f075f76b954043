"""Functions of elements whose gradient is said beside them, where torch's own would differ from MXNet's."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

__all__ = ["pointwise"]


def pointwise(function: Callable[..., Tensor], *derivatives: Callable[..., Any]) -> Callable[..., Tensor]:
    """Give a function of tensors the derivatives MXNet uses.

    The derivatives are made of torch operations too, so gradients can be differentiated again.

    Args:
        function: of n tensors that broadcast; its result may also be reduced over axes that are kept with size one.
        derivatives: n functions of the n tensors and the result; each gives the factor of the result's gradient.

    Returns:
        The function with these derivatives.

    Examples:
        >>> steep = pointwise(torch.relu, lambda data, out: (data >= 0) * 2.0)
        >>> x = torch.tensor([-1.0, 0.0, 1.0], requires_grad=True)
        >>> steep(x).sum().backward()
        >>> x.grad
        tensor([0., 2., 2.])
    """

    def differentiable(*tensors: Tensor) -> Tensor:
        if len(tensors) == 2 and tensors[0] is tensors[1]:
            # torch.compile refuses one tensor twice.
            tensors = tensors[0], tensors[1].view_as(tensors[1])
        return _Pointwise.apply(function, derivatives, *tensors)  # type: ignore[return-value]

    return differentiable


class _Pointwise(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, function: Any, derivatives: Any, *tensors: Tensor) -> Tensor:
        result = function(*tensors)
        ctx.derivatives = derivatives
        ctx.save_for_backward(*tensors, result)
        return result

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (grad,) = grads
        *tensors, result = ctx.saved_tensors
        found: list[Tensor | None] = [None, None]
        for needed, tensor, derivative in zip(ctx.needs_input_grad[2:], tensors, ctx.derivatives, strict=True):
            slope = derivative(*tensors, result) if needed else None
            found.append((grad * slope).sum_to_size(tensor.shape) if needed else None)
        return tuple(found)
