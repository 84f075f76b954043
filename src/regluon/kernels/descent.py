"""Gradient descent with momentum in one pass over memory."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from regluon.kernels.descent_loops import write_steps
from regluon.kernels.dispatch import runs_compiled
from regluon.kernels.threads import over_batch

__all__ = ["descend"]

# Fewer numbers than these are not worth the compiler's first second.
_FEW = 1 << 18


def descend(
    weights: Sequence[Tensor],
    grads: Sequence[Tensor],
    kept: Sequence[Tensor],
    rates: Sequence[float],
    decays: Sequence[float],
    momentum: float,
    scale: float,
    bound: float | None,
) -> bool:
    """Step as ``kept = momentum * kept - rate * (grad + decay * weight)`` and ``weight += kept``, in place.

    Args:
        weights: ``(*)`` each.
        grads: their gradients, of the same shapes; they are multiplied by ``scale``, then cut at ``bound``.
        kept: the last steps, of the same shapes.
        rates: the learning rate of each.
        decays: the weight decay of each.
        momentum: share of the last step that is kept.
        scale: factor of the gradients.
        bound: of the scaled gradients; none if None or 0.

    Returns:
        Whether it was done: weights on the CPU that are many and lie densely in one order are served, and others left
        as they were.
    """
    if sum(one.numel() for one in weights) < _FEW or not all(map(_is_served, weights, grads, kept)):
        return False
    for weight, grad, last, rate, decay in zip(weights, grads, kept, rates, decays, strict=True):
        arrays = [one.detach().view(-1).numpy() for one in (weight, grad, last)]
        factors = np.array([rate, momentum, decay, scale, bound or np.inf], arrays[0].dtype)
        over_batch(_Part(arrays, factors), weight.numel(), weight.numel())
    # NumPy writes past torch, which counts writes: graphs that keep something of their weights look at the count.
    torch.autograd.graph.increment_version([*weights, *kept])
    return True


class _Part:
    """A part of one weight's step."""

    def __init__(self, arrays: list[np.ndarray], factors: np.ndarray) -> None:
        self._arrays, self._factors = arrays, factors

    def __call__(self, start: int, stop: int) -> None:
        """Do the places from one to before another."""
        write_steps(*self._arrays, self._factors, start, stop)


def _is_served(weight: Tensor, grad: Tensor, kept: Tensor) -> bool:
    kinds = {one.dtype for one in (weight, grad, kept)}
    dense = all(one.is_contiguous() for one in (weight, grad, kept))
    return len(kinds) == 1 and weight.dtype in (torch.float32, torch.float64) and dense and runs_compiled(weight)
