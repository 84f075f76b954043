"""Gradients that are not the derivative: what MXNet sends back where it does not differentiate."""

from typing import Any

import torch
from torch import Tensor

__all__ = ["wants_gradient", "with_gradient", "with_slope"]


def wants_gradient(*inputs: Tensor) -> bool:
    """Say whether a gradient may be asked for, so that what only serves it need not be computed otherwise."""
    return torch.is_grad_enabled() and any(one.requires_grad for one in inputs)


def with_slope(value: Tensor, data: Tensor, slope: Tensor | float = 1.0) -> Tensor:
    """Return a value that passes its gradient, times a slope, to the data it stands for.

    Args:
        value: what is returned; how it was computed does not matter.
        data: gets the gradient, of the shape of ``value``.
        slope: a number or an array of that shape.

    Examples:
        >>> data = torch.tensor([0.7], requires_grad=True)
        >>> with_slope(data.round(), data, 2.0).backward()
        >>> data.grad
        tensor([2.])
    """
    return _Slope.apply(value, data, slope) if wants_gradient(data) else value.detach()


def with_gradient(value: Tensor, gradient: Tensor, data: Tensor, other: Tensor) -> Tensor:
    """Return a value that sends a given gradient to its data, whatever comes from above, and zeros to another input.

    Args:
        value: what is returned.
        gradient: what ``data`` gets, of its shape.
        data: gets the gradient.
        other: gets zeros.

    Examples:
        >>> data = torch.tensor([0.7], requires_grad=True)
        >>> with_gradient(data * 2, torch.tensor([5.0]), data, torch.zeros(1)).backward()
        >>> data.grad
        tensor([5.])
    """
    return _Gradient.apply(value, gradient, data, other)


class _Slope(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, value: Tensor, data: Tensor, slope: Tensor | float) -> Tensor:
        ctx.save_for_backward(*([slope] if isinstance(slope, Tensor) else []))
        ctx.number = None if isinstance(slope, Tensor) else slope
        # Not a view: autograd lets nobody write into a view made here.
        return value.detach()

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        slope = ctx.saved_tensors[0] if ctx.number is None else ctx.number
        return None, grads[0] * slope, None


class _Gradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, value: Tensor, gradient: Tensor, data: Tensor, other: Tensor) -> Tensor:
        ctx.save_for_backward(gradient, other)
        # Not a view: autograd lets nobody write into a view made here.
        return value.detach()

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        gradient, other = ctx.saved_tensors
        return None, None, gradient, torch.zeros_like(other)
