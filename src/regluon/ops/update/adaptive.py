"""Steps whose size adapts to each element."""

import torch
from torch import Tensor

from regluon.ops.registry import op
from regluon.ops.types import typed
from regluon.ops.update.gradients import all_alike, bounded, check_shapes

__all__ = ["adam_update", "adamw_update", "ftml_update", "ftrl_update", "mp_adamw_update"]


@op("adam_update", "_sparse_adam_update", complete=all_alike, mutates=("mean", "var"), differentiable=False)
def adam_update(
    weight: Tensor,
    grad: Tensor,
    mean: Tensor,
    var: Tensor,
    lr: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    lazy_update: bool = True,
) -> tuple[Tensor, Tensor, Tensor]:
    """Step by the running mean of gradients over the root of that of their squares (Adam; MXNet, ``adam_update``).

    The correction of the bias is left to the caller, who puts it into ``lr``. Weight decay is part of the gradient.

    Args:
        weight: ``(*)`` any shape.
        grad: its gradient, of the same shape.
        mean: running mean of the gradient, of the same shape, replaced.
        var: running mean of its square, of the same shape, replaced.
        lr: learning rate.
        beta1: share of ``mean`` that is kept.
        beta2: share of ``var`` that is kept.
        epsilon: added to the root.
        wd: weight decay.
        rescale_grad: factor of the gradient.
        clip_gradient: bound of the elements of scaled gradient and decay; negative for none.
        lazy_update: without effect: arrays are dense.

    Returns:
        The new weight, then ``mean`` and ``var``.

    Examples:
        >>> zero = torch.zeros(1)
        >>> adam_update(torch.ones(1), torch.tensor([2.0]), zero, zero, lr=0.5, beta1=0.5, beta2=0.75, epsilon=0.0)
        (tensor([0.5000]), tensor([1.]), tensor([1.]))
    """
    check_shapes("adam_update", weight, grad=grad, mean=mean, var=var)
    weight = weight.detach()
    grad = bounded(grad.detach() * rescale_grad + weight * wd, clip_gradient)
    mean, var = _means(grad, mean, var, beta1, beta2)
    return weight - mean / (torch.sqrt(var) + epsilon) * lr, mean, var


@op("_adamw_update", complete=all_alike, mutates=("mean", "var"), differentiable=False)
def adamw_update(
    weight: Tensor,
    grad: Tensor,
    mean: Tensor,
    var: Tensor,
    rescale_grad: Tensor,
    lr: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    wd: float = 0.0,
    *,
    eta: float,
    clip_gradient: float = -1.0,
) -> tuple[Tensor, Tensor, Tensor]:
    """Step as ``adam_update`` with weight decay beside the gradient (Decoupled Weight Decay; MXNet, ``_adamw_update``).

    ``weight - eta (lr mean / (sqrt(var) + epsilon) + wd weight)``. Nothing changes if the scale is 0, infinite or not a
    number, as when gradients of half precision overflow.

    Args:
        weight: ``(*)`` any shape.
        grad: its gradient, of the same shape.
        mean: running mean of the gradient, of the same shape, replaced.
        var: running mean of its square, of the same shape, replaced.
        rescale_grad: ``(1,)`` factor of the gradient.
        lr: learning rate.
        beta1: share of ``mean`` that is kept.
        beta2: share of ``var`` that is kept.
        epsilon: added to the root.
        wd: weight decay.
        eta: factor of the whole step, of a schedule.
        clip_gradient: bound of the scaled gradient's elements; negative for none.

    Returns:
        The new weight, then ``mean`` and ``var``.

    Examples:
        >>> one, zero = torch.ones(1), torch.zeros(1)
        >>> adamw_update(one, 2 * one, zero, zero, one, 0.5, 0.5, 0.75, 0.0, eta=1.0, wd=0.25)
        (tensor([0.2500]), tensor([1.]), tensor([1.]))
    """
    check_shapes("_adamw_update", weight, grad=grad, mean=mean, var=var)
    return _adamw(weight, grad, mean, var, rescale_grad, lr, beta1, beta2, epsilon, wd, eta, clip_gradient)


@op(
    "_mp_adamw_update",
    complete=all_alike,
    types=typed(mean=torch.float32, var=torch.float32, weight32=torch.float32, rescale_grad=torch.float32),
    mutates=("mean", "var", "weight32"),
    differentiable=False,
)
def mp_adamw_update(
    weight: Tensor,
    grad: Tensor,
    mean: Tensor,
    var: Tensor,
    weight32: Tensor,
    rescale_grad: Tensor,
    lr: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    wd: float = 0.0,
    *,
    eta: float,
    clip_gradient: float = -1.0,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Step as ``_adamw_update`` in float32 for a weight of less (MXNet, ``_mp_adamw_update``).

    Args:
        weight: ``(*)`` any shape; only its type matters.
        grad: its gradient, of the same shape.
        mean: running mean of the gradient in float32, replaced.
        var: running mean of its square in float32, replaced.
        weight32: the weight in float32, replaced.
        rescale_grad: ``(1,)`` factor of the gradient.
        lr: learning rate.
        beta1: share of ``mean`` that is kept.
        beta2: share of ``var`` that is kept.
        epsilon: added to the root.
        wd: weight decay.
        eta: factor of the whole step, of a schedule.
        clip_gradient: bound of the scaled gradient's elements; negative for none.

    Returns:
        The new weight, then ``mean``, ``var`` and ``weight32``.

    Examples:
        >>> half, one, zero = torch.ones(1, dtype=torch.float16), torch.ones(1), torch.zeros(1)
        >>> mp_adamw_update(half, 2 * half, zero, zero, one, one, 0.5, 0.5, 0.75, 0.0, eta=1.0)[0]
        tensor([0.5000], dtype=torch.float16)
    """
    check_shapes("_mp_adamw_update", weight, grad=grad, mean=mean, var=var, weight32=weight32)
    grad = grad.to(weight32.dtype)
    new, mean, var = _adamw(weight32, grad, mean, var, rescale_grad, lr, beta1, beta2, epsilon, wd, eta, clip_gradient)
    return new.to(weight.dtype), mean, var, new


@op("ftml_update", complete=all_alike, mutates=("d", "v", "z"), differentiable=False)
def ftml_update(
    weight: Tensor,
    grad: Tensor,
    d: Tensor,
    v: Tensor,
    z: Tensor,
    lr: float,
    beta1: float = 0.6,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    *,
    t: int,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_grad: float = -1.0,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Follow the moving leader (FTML, Zheng and Kwok, 2017; MXNet, ``ftml_update``).

    Weight decay is part of the gradient.

    Args:
        weight: ``(*)`` any shape.
        grad: its gradient, of the same shape.
        d: the leader's denominator, of the same shape, replaced.
        v: running mean of the gradient's square, of the same shape, replaced.
        z: the leader's numerator, of the same shape, replaced.
        lr: learning rate.
        beta1: share of ``d`` and ``z`` that is kept.
        beta2: share of ``v`` that is kept.
        epsilon: added to the root.
        t: number of this step, from 1.
        wd: weight decay.
        rescale_grad: factor of the gradient.
        clip_grad: bound of the elements of scaled gradient and decay; negative for none.

    Returns:
        The new weight, then ``d``, ``v`` and ``z``.

    Examples:
        >>> one, zero = torch.ones(1), torch.zeros(1)
        >>> ftml_update(one, one, zero, zero, zero, lr=0.5, beta1=0.5, beta2=0.75, epsilon=0.0, t=1)[0]
        tensor([0.5000])
    """
    check_shapes("ftml_update", weight, grad=grad, d=d, v=v, z=z)
    weight = weight.detach()
    grad = bounded(grad.detach() * rescale_grad + weight * wd, clip_grad)
    v = v.detach() * beta2 + grad * grad * (1 - beta2)
    new = (torch.sqrt(v / (1 - beta2**t)) + epsilon) * ((1 - beta1**t) / lr)
    z = z.detach() * beta1 + grad * (1 - beta1) - (new - d.detach() * beta1) * weight
    return -z / new, new, v, z


@op("ftrl_update", "_sparse_ftrl_update", complete=all_alike, mutates=("z", "n"), differentiable=False)
def ftrl_update(
    weight: Tensor,
    grad: Tensor,
    z: Tensor,
    n: Tensor,
    lr: float,
    lamda1: float = 0.01,
    beta: float = 1.0,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
) -> tuple[Tensor, Tensor, Tensor]:
    """Follow the regularised leader (FTRL-Proximal, McMahan and others, 2013; MXNet, ``ftrl_update``).

    Args:
        weight: ``(*)`` any shape.
        grad: its gradient, of the same shape.
        z: the leader's numerator, of the same shape, replaced.
        n: sum of the gradient's squares, of the same shape, replaced.
        lr: learning rate.
        lamda1: weight of the sum of absolute weights; makes many of them 0.
        beta: added to the root.
        wd: weight of the sum of squared weights.
        rescale_grad: factor of the gradient.
        clip_gradient: bound of the scaled gradient's elements; negative for none.

    Returns:
        The new weight, then ``z`` and ``n``.

    Examples:
        >>> one, zero = torch.ones(1), torch.zeros(1)
        >>> ftrl_update(zero, one, zero, zero, lr=0.5, lamda1=0.5)
        (tensor([-0.1250]), tensor([1.]), tensor([1.]))
    """
    check_shapes("ftrl_update", weight, grad=grad, z=z, n=n)
    weight, n = weight.detach(), n.detach()
    grad = bounded(grad.detach() * rescale_grad, clip_gradient)
    total = n + grad * grad
    z = z.detach() + grad - (torch.sqrt(total) - torch.sqrt(n)) * weight / lr
    shrunk = (torch.sign(z) * lamda1 - z) / ((torch.sqrt(total) + beta) / lr + wd)
    return torch.where(z.abs() > lamda1, shrunk, 0.0), z, total


def _means(grad: Tensor, mean: Tensor, var: Tensor, beta1: float, beta2: float) -> tuple[Tensor, Tensor]:
    """Move the running means of a gradient and of its square."""
    return mean.detach() * beta1 + grad * (1 - beta1), var.detach() * beta2 + grad * grad * (1 - beta2)


def _adamw(
    weight: Tensor,
    grad: Tensor,
    mean: Tensor,
    var: Tensor,
    rescale_grad: Tensor,
    lr: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    wd: float,
    eta: float,
    clip: float,
) -> tuple[Tensor, Tensor, Tensor]:
    weight, mean, var = weight.detach(), mean.detach(), var.detach()
    scale = rescale_grad.detach().reshape(()).to(weight.dtype)
    new_mean, new_var = _means(bounded(grad.detach() * scale, clip), mean, var, beta1, beta2)
    new = weight - (new_mean / (torch.sqrt(new_var) + epsilon) * lr + weight * wd) * eta
    usable = torch.isfinite(scale) & (scale != 0)
    return torch.where(usable, new, weight), torch.where(usable, new_mean, mean), torch.where(usable, new_var, var)
