"""The loop of gradient descent with momentum: each number is read and written once."""

import numpy as np

from regluon.kernels.jit import compiled

__all__ = ["write_steps"]


@compiled
def write_steps(
    weight: np.ndarray, grad: np.ndarray, kept: np.ndarray, factors: np.ndarray, start: int, stop: int
) -> None:
    """Move weights, and what is kept of the last step, in place.

    Args:
        weight: ``(N,)``.
        grad: ``(N,)``.
        kept: ``(N,)`` the last step.
        factors: rate, momentum, weight decay, factor and bound of the gradient, in the type of the weight.
        start: first place.
        stop: place after the last.
    """
    rate, momentum, decay, scale, bound = factors
    for i in range(start, stop):
        slope = min(max(grad[i] * scale, -bound), bound)
        # Rounded by itself, as MXNet does.
        decayed = weight[i] * decay
        step = kept[i] * momentum - rate * (slope + decayed)
        kept[i] = step
        weight[i] += step
