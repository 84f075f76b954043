"""Steps by the gradient over its running root mean square."""

import torch
from torch import Tensor

from regluon.ops.registry import op
from regluon.ops.update.gradients import all_alike, bounded, check_shapes

__all__ = ["rmsprop_update", "rmspropalex_update"]


@op("rmsprop_update", complete=all_alike, mutates=("n",), differentiable=False)
def rmsprop_update(
    weight: Tensor,
    grad: Tensor,
    n: Tensor,
    lr: float,
    gamma1: float = 0.95,
    epsilon: float = 1e-8,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    clip_weights: float = -1.0,
) -> tuple[Tensor, Tensor]:
    """Step by the gradient over its running root mean square (Tieleman and Hinton, 2012; MXNet, ``rmsprop_update``).

    Weight decay is part of the gradient; ``epsilon`` is added to the square, before the root.

    Args:
        weight: ``(*)`` any shape.
        grad: its gradient, of the same shape.
        n: running mean of the gradient's square, of the same shape, replaced.
        lr: learning rate.
        gamma1: share of ``n`` that is kept.
        epsilon: added to ``n``.
        wd: weight decay.
        rescale_grad: factor of the gradient.
        clip_gradient: bound of the elements of scaled gradient and decay; negative for none.
        clip_weights: bound of the new weight's elements; negative for none.

    Returns:
        The new weight, then ``n``.

    Examples:
        >>> rmsprop_update(torch.ones(1), torch.tensor([2.0]), torch.zeros(1), lr=0.25, gamma1=0.75, epsilon=0.0)
        (tensor([0.5000]), tensor([1.]))
    """
    check_shapes("rmsprop_update", weight, grad=grad, n=n)
    weight = weight.detach()
    grad = bounded(grad.detach() * rescale_grad + weight * wd, clip_gradient)
    n = n.detach() * gamma1 + grad * grad * (1 - gamma1)
    return bounded(weight - grad / torch.sqrt(n + epsilon) * lr, clip_weights), n


@op("rmspropalex_update", complete=all_alike, mutates=("n", "g", "delta"), differentiable=False)
def rmspropalex_update(
    weight: Tensor,
    grad: Tensor,
    n: Tensor,
    g: Tensor,
    delta: Tensor,
    lr: float,
    gamma1: float = 0.95,
    gamma2: float = 0.9,
    epsilon: float = 1e-8,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    clip_weights: float = -1.0,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Step on as before, and by the gradient over its running deviation (Graves, 2013; MXNet, ``rmspropalex_update``).

    Weight decay is part of the gradient; ``epsilon`` is added to the square, before the root.

    Args:
        weight: ``(*)`` any shape.
        grad: its gradient, of the same shape.
        n: running mean of the gradient's square, of the same shape, replaced.
        g: running mean of the gradient, of the same shape, replaced.
        delta: the last step, of the same shape, replaced.
        lr: learning rate.
        gamma1: share of ``n`` and ``g`` that is kept.
        gamma2: share of the last step that is kept.
        epsilon: added to ``n - g ** 2``.
        wd: weight decay.
        rescale_grad: factor of the gradient.
        clip_gradient: bound of the elements of scaled gradient and decay; negative for none.
        clip_weights: bound of the new weight's elements; negative for none.

    Returns:
        The new weight, then ``n``, ``g`` and ``delta``.

    Examples:
        >>> one, zero = torch.ones(1), torch.zeros(1)
        >>> rmspropalex_update(one, 2 * one, zero, zero, one, lr=0.25, gamma1=0.5, gamma2=0.5, epsilon=0.0)
        (tensor([1.]), tensor([2.]), tensor([1.]), tensor([0.]))
    """
    check_shapes("rmspropalex_update", weight, grad=grad, n=n, g=g, delta=delta)
    weight = weight.detach()
    grad = bounded(grad.detach() * rescale_grad + weight * wd, clip_gradient)
    n = n.detach() * gamma1 + grad * grad * (1 - gamma1)
    g = g.detach() * gamma1 + grad * (1 - gamma1)
    delta = delta.detach() * gamma2 - grad / torch.sqrt(n - g * g + epsilon) * lr
    return bounded(weight + delta, clip_weights), n, g, delta
