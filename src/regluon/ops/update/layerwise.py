"""Steps whose size adapts to rows of a weight, or to the whole of it."""

import torch
from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.ops.registry import Attributes, Shapes, op
from regluon.ops.types import typed
from regluon.ops.update.gradients import all_alike, bounded, check_shapes

__all__ = [
    "group_adagrad_update",
    "lamb_update_phase1",
    "lamb_update_phase2",
    "mp_lamb_update_phase1",
    "mp_lamb_update_phase2",
]


@op("lamb_update_phase1", complete=all_alike, mutates=("mean", "var"), differentiable=False)
def lamb_update_phase1(
    weight: Tensor,
    grad: Tensor,
    mean: Tensor,
    var: Tensor,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-6,
    *,
    t: int,
    bias_correction: bool = True,
    wd: float,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
) -> tuple[Tensor, Tensor, Tensor]:
    """Give the direction of a step (LAMB, You and others, 2020; MXNet, ``lamb_update_phase1``).

    ``mean / (sqrt(var) + epsilon) + wd weight``; ``lamb_update_phase2`` takes the step.

    Args:
        weight: ``(*)`` any shape.
        grad: its gradient, of the same shape.
        mean: running mean of the gradient, of the same shape, replaced.
        var: running mean of its square, of the same shape, replaced.
        beta1: share of ``mean`` that is kept.
        beta2: share of ``var`` that is kept.
        epsilon: added to the root.
        t: number of this step, from 1.
        bias_correction: whether to make up for the running means' having begun at 0.
        wd: weight decay.
        rescale_grad: factor of the gradient.
        clip_gradient: bound of the scaled gradient's elements; negative for none.

    Returns:
        The direction, then ``mean`` and ``var``.

    Examples:
        >>> one, zero = torch.ones(1), torch.zeros(1)
        >>> lamb_update_phase1(one, 2 * one, zero, zero, 0.5, 0.75, 0.0, t=1, wd=0.25)
        (tensor([1.2500]), tensor([1.]), tensor([1.]))
    """
    check_shapes("lamb_update_phase1", weight, grad=grad, mean=mean, var=var)
    weight = weight.detach()
    grad = bounded(grad.detach() * rescale_grad, clip_gradient)
    mean = mean.detach() * beta1 + grad * (1 - beta1)
    var = var.detach() * beta2 + grad * grad * (1 - beta2)
    first, second = (mean / (1 - beta1**t), var / (1 - beta2**t)) if bias_correction else (mean, var)
    return first / (torch.sqrt(second) + epsilon) + weight * wd, mean, var


def _norms(shapes: Shapes, attributes: Attributes) -> Shapes:
    return {"g": shapes["weight"] or shapes["g"], "weight": shapes["g"] or shapes["weight"], "r1": (1,), "r2": (1,)}


@op("lamb_update_phase2", complete=_norms, differentiable=False)
def lamb_update_phase2(
    weight: Tensor,
    g: Tensor,
    r1: Tensor,
    r2: Tensor,
    lr: float,
    lower_bound: float = -1.0,
    upper_bound: float = -1.0,
) -> Tensor:
    """Step in a direction by as much as the weight is long (LAMB; MXNet, ``lamb_update_phase2``).

    ``weight - lr r1 / r2 g``; the ratio is 1 if either norm is 0.

    Args:
        weight: ``(*)`` any shape.
        g: the direction that ``lamb_update_phase1`` gave, of the same shape.
        r1: ``(1,)`` norm of the weight.
        r2: ``(1,)`` norm of the direction.
        lr: learning rate.
        lower_bound: least norm of the weight to count with; negative for none.
        upper_bound: largest norm of the weight to count with; negative for none.

    Returns:
        The new weight.

    Examples:
        >>> lamb_update_phase2(torch.ones(1), torch.ones(1), torch.tensor([2.0]), torch.tensor([4.0]), lr=0.5)
        tensor([0.7500])
    """
    check_shapes("lamb_update_phase2", weight, g=g)
    length, way = r1.detach().reshape(()), r2.detach().reshape(())
    if lower_bound >= 0:
        length = length.clamp(min=lower_bound)
    if upper_bound >= 0:
        length = length.clamp(max=upper_bound)
    ratio = torch.where((length == 0) | (way == 0), 1.0, length / way)
    return weight.detach() - g.detach() * (ratio * lr).to(weight.dtype)


@op(
    "mp_lamb_update_phase1",
    complete=all_alike,
    types=typed(mean=torch.float32, var=torch.float32, weight32=torch.float32, output=torch.float32),
    mutates=("mean", "var"),
    differentiable=False,
)
def mp_lamb_update_phase1(
    weight: Tensor,
    grad: Tensor,
    mean: Tensor,
    var: Tensor,
    weight32: Tensor,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-6,
    *,
    t: int,
    bias_correction: bool = True,
    wd: float,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
) -> tuple[Tensor, Tensor, Tensor]:
    """Give the direction of a step in float32 for a weight of less (MXNet, ``mp_lamb_update_phase1``).

    Args:
        weight: ``(*)`` any shape; without effect.
        grad: its gradient, of the same shape.
        mean: running mean of the gradient in float32, replaced.
        var: running mean of its square in float32, replaced.
        weight32: the weight in float32.
        beta1: share of ``mean`` that is kept.
        beta2: share of ``var`` that is kept.
        epsilon: added to the root.
        t: number of this step, from 1.
        bias_correction: whether to make up for the running means' having begun at 0.
        wd: weight decay.
        rescale_grad: factor of the gradient.
        clip_gradient: bound of the scaled gradient's elements; negative for none.

    Returns:
        The direction, then ``mean`` and ``var``.

    Examples:
        >>> half, one, zero = torch.ones(1, dtype=torch.float16), torch.ones(1), torch.zeros(1)
        >>> mp_lamb_update_phase1(half, 2 * half, zero, zero, one, 0.5, 0.75, 0.0, t=1, wd=0.25)[0]
        tensor([1.2500])
    """
    check_shapes("mp_lamb_update_phase1", weight, grad=grad, mean=mean, var=var, weight32=weight32)
    return lamb_update_phase1(
        weight32, grad.to(weight32.dtype), mean, var, beta1, beta2, epsilon, t=t, bias_correction=bias_correction,
        wd=wd, rescale_grad=rescale_grad, clip_gradient=clip_gradient,
    )  # fmt: skip


@op(
    "mp_lamb_update_phase2",
    complete=lambda shapes, attributes: {**_norms(shapes, attributes), "weight32": shapes["weight"] or shapes["g"]},
    types=typed(g=torch.float32, r1=torch.float32, r2=torch.float32, weight32=torch.float32),
    mutates=("weight32",),
    differentiable=False,
)
def mp_lamb_update_phase2(
    weight: Tensor,
    g: Tensor,
    r1: Tensor,
    r2: Tensor,
    weight32: Tensor,
    lr: float,
    lower_bound: float = -1.0,
    upper_bound: float = -1.0,
) -> tuple[Tensor, Tensor]:
    """Step in float32 by as much as the weight is long, for a weight of less (MXNet, ``mp_lamb_update_phase2``).

    MXNet's CPU build leaves ``weight32`` as it was, so that steps do not add up; here it gets the new weight.

    Args:
        weight: ``(*)`` any shape; only its type matters.
        g: the direction that ``mp_lamb_update_phase1`` gave, of the same shape.
        r1: ``(1,)`` norm of the weight.
        r2: ``(1,)`` norm of the direction.
        weight32: the weight in float32, replaced.
        lr: learning rate.
        lower_bound: least norm of the weight to count with; negative for none.
        upper_bound: largest norm of the weight to count with; negative for none.

    Returns:
        The new weight, then ``weight32``.

    Examples:
        >>> half, one = torch.ones(1, dtype=torch.float16), torch.ones(1)
        >>> mp_lamb_update_phase2(half, one, 2 * one, 4 * one, one, lr=0.5)
        (tensor([0.7500], dtype=torch.float16), tensor([0.7500]))
    """
    check_shapes("mp_lamb_update_phase2", weight, g=g, weight32=weight32)
    new = lamb_update_phase2(weight32, g, r1, r2, lr, lower_bound, upper_bound)
    return new.to(weight.dtype), new


def _rows(shapes: Shapes, attributes: Attributes) -> Shapes:
    known = shapes["weight"] or shapes["grad"]
    return {"weight": known, "grad": known, "history": (known[0], *[1] * (len(known) - 1))} if known else {}


@op("_contrib_group_adagrad_update", complete=_rows, mutates=("history",), differentiable=False)
def group_adagrad_update(
    weight: Tensor,
    grad: Tensor,
    history: Tensor,
    lr: float,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    epsilon: float = 1e-5,
) -> tuple[Tensor, Tensor]:
    """Step by the gradient over the root of a sum of squares that a row has in common (``group_adagrad_update``).

    Source: Adaptive Subgradient Methods (Duchi and others, 2011). MXNet takes sparse gradients alone; those of rows
    that are not there are 0, which changes nothing.

    Args:
        weight: ``(N, *X)``.
        grad: its gradient, of the same shape.
        history: ``(N, 1, ...)`` sum over the steps of each row's mean square, replaced.
        lr: learning rate.
        rescale_grad: factor of the gradient.
        clip_gradient: bound of the scaled gradient's elements; negative for none.
        epsilon: added to the sum, before the root.

    Returns:
        The new weight, then ``history``.

    Examples:
        >>> group_adagrad_update(torch.ones(1, 2), torch.tensor([[1.0, 7.0]]), torch.zeros(1, 1), lr=0.5, epsilon=0.0)
        (tensor([[0.9000, 0.3000]]), tensor([[25.]]))
    """
    who = "group_adagrad_update"
    check_shapes(who, weight, grad=grad)
    if weight.ndim < 2 or history.shape != (weight.shape[0], *[1] * (weight.ndim - 1)):
        raise ShapeError(
            f"{who}: weight must be (N, ...) and history (N, 1, ...), got shapes {tuple(weight.shape)} and "
            f"{tuple(history.shape)}"
        )
    grad = bounded(grad.detach() * rescale_grad, clip_gradient)
    history = history.detach() + (grad * grad).mean(tuple(range(1, grad.ndim)), keepdim=True)
    return weight.detach() - grad / torch.sqrt(history + epsilon) * lr, history
