"""Stochastic gradient descent and its relatives, as MXNet defines them: the rate is inside the momentum."""

import math
from typing import Any

import torch
from torch import Tensor

from regluon.kernels import descent as kernel
from regluon.nd.array import NDArray
from regluon.optimizer.base import Batch, Optimizer, complement, register, zeros_like

__all__ = ["DCASGD", "NAG", "SGD", "SGLD", "CcSGD", "Momentum", "Signum"]


class Momentum(Optimizer):
    """What the optimizers share that may keep their last step.

    Args:
        momentum: share of the last step that is kept.
        kwargs: those of ``Optimizer``.
    """

    aggregate_num = 1 << 30

    def __init__(self, momentum: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.momentum = momentum

    def create_state(self, index: Any, weight: NDArray) -> Any:  # noqa: ARG002
        """Keep the last step, where there is momentum."""
        return zeros_like(weight) if self.momentum else None


@register
class SGD(Momentum):
    """Descend along the gradient, with momentum and weight decay (MXNet, ``sgd_mom_update``).

    ``v = momentum * v - lr * (grad + wd * weight)`` and ``weight += v``.

    Args:
        momentum: share of the last step that is kept.
        lazy_update: accepted for MXNet's sake; arrays are dense here.
        kwargs: those of ``Optimizer``.

    Examples:
        >>> from regluon import nd
        >>> weight = nd.array([1.0])
        >>> SGD(learning_rate=0.5).update(0, weight, nd.array([1.0]), None)
        >>> weight.asnumpy()
        array([0.5], dtype=float32)
    """

    def __init__(self, momentum: float = 0.0, lazy_update: bool = True, **kwargs: Any) -> None:  # noqa: ARG002
        super().__init__(momentum, **kwargs)

    def _apply(self, batch: Batch) -> None:
        if batch.states[0] and kernel.descend(
            batch.weights, batch.grads, batch.state(0), batch.lrs, batch.wds, self.momentum, self.rescale_grad,
            self.clip_gradient,
        ):  # fmt: skip
            return
        descend(batch, batch.decayed(self._clipped(self._rescaled(batch))), self.momentum)


def descend(batch: Batch, grads: list[Tensor], momentum: float) -> None:
    """Subtract gradients times the rates from weights, with momentum where the states hold one."""
    if not batch.states[0]:
        batch.subtract(batch.weights, grads)
        return
    kept = batch.state(0)
    torch._foreach_mul_(kept, momentum)
    batch.subtract(kept, grads)
    torch._foreach_add_(batch.weights, kept)


@register
class CcSGD(SGD):
    """The same as ``SGD``, by an older name."""


@register
class NAG(Momentum):
    """Descend with Nesterov's momentum: the gradient is looked up ahead (MXNet, ``nag_mom_update``).

    ``v' = momentum * v - lr * (grad + wd * weight)`` and ``weight += momentum * v' - lr * (grad + wd * weight)``; then
    ``v = momentum * v - lr * (grad + wd * weight)`` of the new weight, for MXNet reads the weight it has just written.

    Args:
        momentum: share of the last step that is kept.
        kwargs: those of ``Optimizer``.
    """

    def _apply(self, batch: Batch) -> None:
        grads = self._clipped(self._rescaled(batch))
        decayed = batch.decayed(grads)
        if not batch.states[0]:
            batch.subtract(batch.weights, decayed)
            return
        kept = batch.state(0)
        torch._foreach_mul_(kept, self.momentum)
        torch._foreach_add_(batch.weights, kept, alpha=self.momentum)
        batch.subtract(batch.weights, decayed, 1 + self.momentum)
        batch.subtract(kept, batch.decayed(grads))


@register
class Signum(Momentum):
    """Step by the sign of the momentum alone (Bernstein et al., 2018; MXNet, ``signum_update``).

    Without momentum it is the sign of the gradient, and ``wd`` plays no part.

    Args:
        learning_rate: the rate.
        momentum: share of the old mean.
        wd_lh: decay of the weight itself, apart from the gradient (Loshchilov and Hutter, 2017).
        kwargs: those of ``Optimizer``.
    """

    def __init__(self, learning_rate: float = 0.01, momentum: float = 0.9, wd_lh: float = 0.0, **kwargs: Any) -> None:
        super().__init__(momentum, learning_rate=learning_rate, **kwargs)
        self.wd_lh = wd_lh

    def _apply(self, batch: Batch) -> None:
        grads = self._clipped(self._rescaled(batch))
        if batch.states[0]:
            means = batch.state(0)
            torch._foreach_mul_(means, self.momentum)
            torch._foreach_add_(means, batch.decayed(grads), alpha=complement(self.momentum))
            torch._foreach_mul_(batch.weights, [1 - lr * self.wd_lh for lr in batch.lrs])
            grads = means
        batch.subtract(batch.weights, list(torch._foreach_sign(grads)))


@register
class DCASGD(Momentum):
    """Descend where gradients come late, and correct them for it (Zheng et al., 2016).

    Args:
        momentum: share of the last step that is kept.
        lamda: weight of the correction.
        kwargs: those of ``Optimizer``.
    """

    def __init__(self, momentum: float = 0.0, lamda: float = 0.04, **kwargs: Any) -> None:
        super().__init__(momentum, **kwargs)
        self.lamda = lamda

    def create_state(self, index: Any, weight: NDArray) -> tuple[NDArray, NDArray]:  # noqa: ARG002
        """Keep the last step and the last weight."""
        return zeros_like(weight), weight.copy()

    def _apply(self, batch: Batch) -> None:
        grads = self._clipped(self._rescaled(batch))
        for weight, grad, (kept, last), lr, wd in zip(
            batch.weights, grads, batch.states, batch.lrs, batch.wds, strict=True
        ):
            late = self.lamda * grad * grad * (weight - last)
            kept.mul_(self.momentum).sub_(grad + wd * weight + late, alpha=lr)
            last.copy_(weight)
            weight.add_(kept)


@register
class SGLD(Optimizer):
    """Descend with noise, to draw from the posterior (Patterson and Teh, 2013).

    ``weight -= lr / 2 * (grad + wd * weight)``, plus normal noise of variance ``lr``.

    Args:
        kwargs: those of ``Optimizer``.
    """

    aggregate_num = 1 << 30

    def _apply(self, batch: Batch) -> None:
        batch.subtract(batch.weights, batch.decayed(self._clipped(self._rescaled(batch))), 0.5)
        for weight, lr in zip(batch.weights, batch.lrs, strict=True):
            weight.add_(torch.randn_like(weight), alpha=math.sqrt(lr))
