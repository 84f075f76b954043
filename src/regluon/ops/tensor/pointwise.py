"""Functions of elements whose gradient is said beside them, where torch's own would differ from MXNet's."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

__all__ = ["pointwise"]


def pointwise(function: Callable[..., Tensor], *derivatives: Callable[..., Any]) -> Callable[..., Tensor]:
    """Give a function of one or two tensors the derivatives MXNet uses.

    The derivatives are made of torch operations too, so gradients can be differentiated again.

    Args:
        function: of tensors that broadcast; its result may also be reduced over axes that are kept with size one.
        derivatives: one for each tensor: functions of the tensors and the result that give the factor of the result's
            gradient.

    Returns:
        The function with these derivatives.

    Examples:
        >>> steep = pointwise(torch.relu, lambda data, out: (data >= 0) * 2.0)
        >>> x = torch.tensor([-1.0, 0.0, 1.0], requires_grad=True)
        >>> steep(x).sum().backward()
        >>> x.grad
        tensor([0., 2., 2.])
    """

    def differentiable(first: Tensor, second: Tensor | None = None) -> Tensor:
        if first is second:
            # torch.compile refuses one tensor twice.
            second = first.view_as(first)
        return _Pointwise.apply(function, derivatives, first, second)  # type: ignore[return-value]

    return differentiable


class _Pointwise(torch.autograd.Function):
    # No *tensors here: torch.compile counts the parameters to find out whether ctx is among them.
    @staticmethod
    def forward(ctx: Any, function: Any, derivatives: Any, first: Tensor, second: Tensor | None) -> Tensor:
        tensors = (first,) if second is None else (first, second)
        result = function(*tensors)
        ctx.derivatives = derivatives
        ctx.save_for_backward(*tensors, result)
        return result

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (grad,) = grads
        *tensors, result = ctx.saved_tensors
        found: list[Tensor | None] = [None, None, None, None]
        for place, (tensor, derivative) in enumerate(zip(tensors, ctx.derivatives, strict=True), 2):
            if ctx.needs_input_grad[place]:
                found[place] = (grad * derivative(*tensors, result)).sum_to_size(tensor.shape)
        return tuple(found)
