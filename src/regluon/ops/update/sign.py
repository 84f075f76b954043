"""Steps of equal size in the direction of the gradient's sign."""

import torch
from torch import Tensor

from regluon.ops.registry import op
from regluon.ops.update.gradients import all_alike, bounded, check_shapes

__all__ = ["signsgd_update", "signum_update"]


@op("signsgd_update", complete=all_alike, differentiable=False)
def signsgd_update(
    weight: Tensor,
    grad: Tensor,
    lr: float,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
) -> Tensor:
    """Step against the gradient's sign (signSGD; MXNet, ``signsgd_update``): ``(1 - lr wd) weight - lr sign(grad)``.

    Args:
        weight: ``(*)`` any shape.
        grad: its gradient, of the same shape.
        lr: learning rate.
        wd: weight decay.
        rescale_grad: without effect, for only the sign counts.
        clip_gradient: without effect.

    Returns:
        The new weight.

    Examples:
        >>> signsgd_update(torch.tensor([1.0, 1.0]), torch.tensor([2.0, -0.1]), lr=0.25)
        tensor([0.7500, 1.2500])
    """
    check_shapes("signsgd_update", weight, grad=grad)
    return weight.detach() * (1 - lr * wd) - torch.sign(grad.detach()) * lr


@op("signum_update", complete=all_alike, mutates=("mom",), differentiable=False)
def signum_update(
    weight: Tensor,
    grad: Tensor,
    mom: Tensor,
    lr: float,
    momentum: float = 0.0,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    wd_lh: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """Step in the direction of the momentum's sign (Signum; MXNet, ``signum_update``).

    ``mom = momentum mom - (1 - momentum) (grad + wd weight)`` and ``(1 - lr wd_lh) weight + lr sign(mom)``.

    Args:
        weight: ``(*)`` any shape.
        grad: its gradient, of the same shape.
        mom: running mean of gradients, negated, of the same shape, replaced.
        lr: learning rate.
        momentum: share of the mean that is kept.
        wd: weight decay by way of the gradient.
        rescale_grad: factor of the gradient.
        clip_gradient: bound of the scaled gradient's elements; negative for none.
        wd_lh: weight decay beside the gradient (Loshchilov and Hutter).

    Returns:
        The new weight, then ``mom``.

    Examples:
        >>> signum_update(torch.tensor([1.0]), torch.tensor([2.0]), torch.tensor([0.5]), lr=0.25, momentum=0.5)
        (tensor([0.7500]), tensor([-0.7500]))
    """
    check_shapes("signum_update", weight, grad=grad, mom=mom)
    weight = weight.detach()
    grad = bounded(grad.detach() * rescale_grad, clip_gradient) + weight * wd
    new = mom.detach() * momentum - grad * (1 - momentum)
    return weight * (1 - lr * wd_lh) + torch.sign(new) * lr, new
