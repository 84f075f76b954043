"""Steps along the gradient, with momentum or without."""

import torch
from torch import Tensor

from regluon.ops.registry import op
from regluon.ops.types import typed
from regluon.ops.update.gradients import all_alike, bounded, check_shapes

__all__ = [
    "mp_nag_mom_update",
    "mp_sgd_mom_update",
    "mp_sgd_update",
    "nag_mom_update",
    "sgd_mom_update",
    "sgd_update",
]

_TWO_PRECISIONS = typed(mom=torch.float32, weight32=torch.float32)


@op("sgd_update", "_sparse_sgd_update", complete=all_alike, differentiable=False)
def sgd_update(
    weight: Tensor,
    grad: Tensor,
    lr: float,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    lazy_update: bool = True,
) -> Tensor:
    """Step down along the gradient (MXNet, ``sgd_update``): ``(1 - lr wd) weight - lr grad``.

    Args:
        weight: ``(*)`` any shape.
        grad: its gradient, of the same shape.
        lr: learning rate.
        wd: weight decay.
        rescale_grad: factor of the gradient.
        clip_gradient: bound of the scaled gradient's elements; negative for none.
        lazy_update: without effect: arrays are dense.

    Returns:
        The new weight.

    Examples:
        >>> sgd_update(torch.tensor([1.0]), torch.tensor([2.0]), lr=0.25)
        tensor([0.5000])
    """
    check_shapes("sgd_update", weight, grad=grad)
    return _decayed(weight, grad, lr, wd, rescale_grad, clip_gradient)


@op("mp_sgd_update", complete=all_alike, types=_TWO_PRECISIONS, mutates=("weight32",), differentiable=False)
def mp_sgd_update(
    weight: Tensor,
    grad: Tensor,
    weight32: Tensor,
    lr: float,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    lazy_update: bool = True,
) -> tuple[Tensor, Tensor]:
    """Step down along the gradient in float32 for a weight of less (MXNet, ``mp_sgd_update``).

    Args:
        weight: ``(*)`` any shape; only its type matters.
        grad: its gradient, of the same shape.
        weight32: the weight in float32, replaced.
        lr: learning rate.
        wd: weight decay.
        rescale_grad: factor of the gradient.
        clip_gradient: bound of the scaled gradient's elements; negative for none.
        lazy_update: without effect: arrays are dense.

    Returns:
        The new weight, then ``weight32``.

    Examples:
        >>> half, single = torch.ones(1, dtype=torch.float16), torch.ones(1)
        >>> mp_sgd_update(half, half, single, lr=0.25)
        (tensor([0.7500], dtype=torch.float16), tensor([0.7500]))
    """
    check_shapes("mp_sgd_update", weight, grad=grad, weight32=weight32)
    new = _decayed(weight32, grad.to(weight32.dtype), lr, wd, rescale_grad, clip_gradient)
    return new.to(weight.dtype), new


@op("sgd_mom_update", "_sparse_sgd_mom_update", complete=all_alike, mutates=("mom",), differentiable=False)
def sgd_mom_update(
    weight: Tensor,
    grad: Tensor,
    mom: Tensor,
    lr: float,
    momentum: float = 0.0,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    lazy_update: bool = True,
) -> tuple[Tensor, Tensor]:
    """Step on as before, turned down along the gradient (MXNet, ``sgd_mom_update``).

    ``mom = momentum mom - lr (grad + wd weight)``, and the weight moves by that.

    Args:
        weight: ``(*)`` any shape.
        grad: its gradient, of the same shape.
        mom: the last step, of the same shape, replaced.
        lr: learning rate.
        momentum: share of the last step that is kept.
        wd: weight decay.
        rescale_grad: factor of the gradient.
        clip_gradient: bound of the scaled gradient's elements; negative for none.
        lazy_update: without effect: arrays are dense.

    Returns:
        The new weight, then ``mom``.

    Examples:
        >>> sgd_mom_update(torch.tensor([1.0]), torch.tensor([2.0]), torch.tensor([0.5]), lr=0.25, momentum=0.5)
        (tensor([0.7500]), tensor([-0.2500]))
    """
    check_shapes("sgd_mom_update", weight, grad=grad, mom=mom)
    new = _step(weight, grad, mom, lr, momentum, wd, rescale_grad, clip_gradient)
    return weight.detach() + new, new


@op("mp_sgd_mom_update", complete=all_alike, types=_TWO_PRECISIONS, mutates=("mom", "weight32"), differentiable=False)
def mp_sgd_mom_update(
    weight: Tensor,
    grad: Tensor,
    mom: Tensor,
    weight32: Tensor,
    lr: float,
    momentum: float = 0.0,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    lazy_update: bool = True,
) -> tuple[Tensor, Tensor, Tensor]:
    """Step as ``sgd_mom_update`` in float32 for a weight of less (MXNet, ``mp_sgd_mom_update``).

    Args:
        weight: ``(*)`` any shape; only its type matters.
        grad: its gradient, of the same shape.
        mom: the last step in float32, replaced.
        weight32: the weight in float32, replaced.
        lr: learning rate.
        momentum: share of the last step that is kept.
        wd: weight decay.
        rescale_grad: factor of the gradient.
        clip_gradient: bound of the scaled gradient's elements; negative for none.
        lazy_update: without effect: arrays are dense.

    Returns:
        The new weight, then ``mom`` and ``weight32``.

    Examples:
        >>> half, single = torch.ones(1, dtype=torch.float16), torch.ones(1)
        >>> mp_sgd_mom_update(half, half, single, single, lr=0.25, momentum=0.5)
        (tensor([1.2500], dtype=torch.float16), tensor([0.2500]), tensor([1.2500]))
    """
    check_shapes("mp_sgd_mom_update", weight, grad=grad, mom=mom, weight32=weight32)
    step = _step(weight32, grad.to(weight32.dtype), mom, lr, momentum, wd, rescale_grad, clip_gradient)
    new = weight32.detach() + step
    return new.to(weight.dtype), step, new


@op("nag_mom_update", complete=all_alike, mutates=("mom",), differentiable=False)
def nag_mom_update(
    weight: Tensor,
    grad: Tensor,
    mom: Tensor,
    lr: float,
    momentum: float = 0.0,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
) -> tuple[Tensor, Tensor]:
    """Step on as before and then some, as Nesterov does (MXNet, ``nag_mom_update``).

    ``mom`` becomes what it does in ``sgd_mom_update``; the weight moves by ``momentum mom - lr (grad + wd weight)``
    with the new one.

    Args:
        weight: ``(*)`` any shape.
        grad: its gradient, of the same shape.
        mom: the last step, of the same shape, replaced.
        lr: learning rate.
        momentum: share of the last step that is kept.
        wd: weight decay.
        rescale_grad: factor of the gradient.
        clip_gradient: bound of the scaled gradient's elements; negative for none.

    Returns:
        The new weight, then ``mom``.

    Examples:
        >>> nag_mom_update(torch.tensor([1.0]), torch.tensor([2.0]), torch.tensor([0.5]), lr=0.25, momentum=0.5)
        (tensor([0.3750]), tensor([-0.2500]))
    """
    check_shapes("nag_mom_update", weight, grad=grad, mom=mom)
    return _nesterov(weight, grad, mom, lr, momentum, wd, rescale_grad, clip_gradient)


@op("mp_nag_mom_update", complete=all_alike, types=_TWO_PRECISIONS, mutates=("mom", "weight32"), differentiable=False)
def mp_nag_mom_update(
    weight: Tensor,
    grad: Tensor,
    mom: Tensor,
    weight32: Tensor,
    lr: float,
    momentum: float = 0.0,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
) -> tuple[Tensor, Tensor, Tensor]:
    """Step as ``nag_mom_update`` in float32 for a weight of less (MXNet, ``mp_nag_mom_update``).

    As in MXNet the decay that goes into the kept ``mom`` is that of the new weight.

    Args:
        weight: ``(*)`` any shape; only its type matters.
        grad: its gradient, of the same shape.
        mom: the last step in float32, replaced.
        weight32: the weight in float32, replaced.
        lr: learning rate.
        momentum: share of the last step that is kept.
        wd: weight decay.
        rescale_grad: factor of the gradient.
        clip_gradient: bound of the scaled gradient's elements; negative for none.

    Returns:
        The new weight, then ``mom`` and ``weight32``.

    Examples:
        >>> half, single = torch.ones(1, dtype=torch.float16), torch.ones(1)
        >>> mp_nag_mom_update(half, half, single, single, lr=0.25)
        (tensor([0.7500], dtype=torch.float16), tensor([-0.2500]), tensor([0.7500]))
    """
    check_shapes("mp_nag_mom_update", weight, grad=grad, mom=mom, weight32=weight32)
    grad = grad.to(weight32.dtype)
    new, _ = _nesterov(weight32, grad, mom, lr, momentum, wd, rescale_grad, clip_gradient)
    return new.to(weight.dtype), _step(new, grad, mom, lr, momentum, wd, rescale_grad, clip_gradient), new


def _decayed(weight: Tensor, grad: Tensor, lr: float, wd: float, rescale_grad: float, clip_gradient: float) -> Tensor:
    grad = bounded(grad.detach() * rescale_grad, clip_gradient)
    return weight.detach() * (1 - lr * wd) - grad * lr


def _step(
    weight: Tensor, grad: Tensor, mom: Tensor, lr: float, momentum: float, wd: float, rescale_grad: float, clip: float
) -> Tensor:
    grad = bounded(grad.detach() * rescale_grad, clip)
    return mom.detach() * momentum - (grad + weight.detach() * wd) * lr


def _nesterov(
    weight: Tensor, grad: Tensor, mom: Tensor, lr: float, momentum: float, wd: float, rescale_grad: float, clip: float
) -> tuple[Tensor, Tensor]:
    weight = weight.detach()
    grad = (bounded(grad.detach() * rescale_grad, clip) + weight * wd) * lr
    step = mom.detach() * momentum - grad
    return weight + step * momentum - grad, step
