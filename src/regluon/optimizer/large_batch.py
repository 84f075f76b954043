"""Optimizers for large batches: each layer's rate follows the norms of its weight and its gradient."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError
from regluon.nd.array import NDArray
from regluon.optimizer.adam import Moments
from regluon.optimizer.base import Batch, register
from regluon.optimizer.momentum import Momentum, descend

__all__ = ["LAMB", "LARS", "LBSGD"]


@register
class LARS(Momentum):
    """Descend with a rate for each layer, ``eta * |weight| / (|grad| + wd * |weight|)`` (You et al., 2017).

    Weights whose names end in ``gamma``, ``beta`` or ``bias`` keep the common rate.

    Args:
        momentum: share of the last step that is kept.
        lazy_update: accepted for MXNet's sake; arrays are dense here.
        eta: factor of the layers' rates.
        eps: added below.
        momentum_correction: scale the kept step when a scheduler changes the rate (Goyal et al., 2017).
        kwargs: those of ``Optimizer``.
    """

    progress = ("last_lr", "cur_lr")

    def __init__(
        self, momentum: float = 0.0, lazy_update: bool = True, eta: float = 0.001, eps: float = 0,  # noqa: ARG002
        momentum_correction: bool = True, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(momentum, **kwargs)
        self.eta, self.eps, self.momentum_correction = eta, eps, momentum_correction
        self.last_lr = self.cur_lr = None

    def set_wd_mult(self, args_wd_mult: Any) -> None:
        """Set factors of the weight decay by index or name; only names that end in ``_weight`` decay otherwise."""
        still = (name for name in self.idx2name.values() if not name.endswith("_weight"))
        self.wd_mult = {**dict.fromkeys(still, 0.0), **args_wd_mult}

    def _get_lrs(self, indices: Sequence[Any]) -> list[float]:
        now = self.learning_rate
        self.last_lr = now if self.cur_lr is None else self.cur_lr
        self.cur_lr = now
        return super()._get_lrs(indices)

    def _apply(self, batch: Batch) -> None:
        lrs = [self._layer_rate(batch, i) for i in range(len(batch.weights))]
        momentum = self.momentum
        if self.momentum_correction and self.last_lr:
            momentum *= (self.cur_lr or 0.0) / self.last_lr
        descend(replace(batch, lrs=lrs), batch.decayed(self._clipped(self._rescaled(batch))), momentum)

    def _layer_rate(self, batch: Batch, i: int) -> float:
        lr, name = batch.lrs[i], self.idx2name.get(batch.indices[i], "")
        if name.endswith(("gamma", "beta", "bias")):
            return lr
        weight = batch.weights[i].float().norm().item()
        grad = batch.grads[i].float().norm().item() * self.rescale_grad
        if weight > 0 and grad > 0:
            lr *= self.eta * weight / (grad + batch.wds[i] * weight + self.eps)
        return lr


@register
class LBSGD(Momentum):
    """Descend after every so many gradients with their mean, at a rate that warms up.

    Args:
        momentum: share of the last step that is kept.
        multi_precision: keep weights of 16 bits in 32 bits as well.
        warmup_strategy: growth of the rate from 1 to ``batch_scale`` times: ``linear``, ``power2`` or ``sqrt``;
            ``lars`` takes the ratio of the norms of weight and gradient.
        warmup_epochs: epochs until the rate is full.
        batch_scale: gradients of one update.
        updates_per_epoch: gradients of one epoch.
        begin_epoch: epoch that training begins with.
        num_epochs: accepted for MXNet's sake.
        kwargs: those of ``Optimizer``.
    """

    progress = ("_gathered",)

    def __init__(
        self,
        momentum: float = 0.0,
        multi_precision: bool = False,
        warmup_strategy: Literal["linear", "power2", "sqrt", "lars"] = "linear",
        warmup_epochs: int = 5,
        batch_scale: int = 1,
        updates_per_epoch: int = 32,
        begin_epoch: int = 0,
        num_epochs: int = 60,  # noqa: ARG002
        **kwargs: Any,
    ) -> None:
        super().__init__(momentum, multi_precision=multi_precision, **kwargs)
        self.aggregate_num = 0
        if warmup_strategy not in ("linear", "power2", "sqrt", "lars"):
            known = "'linear', 'power2', 'sqrt', 'lars'"
            raise ArgumentError(f"LBSGD: warmup_strategy must be one of {known}, got {warmup_strategy!r}")
        self.warmup_strategy, self.batch_scale = warmup_strategy, batch_scale
        self.warmup_updates, self.init_updates = warmup_epochs * updates_per_epoch, begin_epoch * updates_per_epoch
        self._gathered: dict[Any, tuple[Tensor, int]] = {}

    def step(self, indices: list[Any], weights: list[NDArray], grads: list[NDArray], states: list[Any]) -> None:
        """Update lists of weights in place; arguments as for ``update``."""
        lrs = self._get_lrs(indices)  # MXNet asks the scheduler before it counts the update
        self._update_count(indices)
        with torch.no_grad():
            self._apply(replace(self._batch(indices, weights, grads, states), lrs=lrs))

    def _apply(self, batch: Batch) -> None:
        for i, index in enumerate(batch.indices):
            total, count = self._gathered.get(index, (torch.zeros_like(batch.grads[i]), self.init_updates))
            total, count = total + batch.grads[i], count + 1
            ready = count % self.batch_scale == 0
            self._gathered[index] = torch.zeros_like(total) if ready else total, count
            if ready:
                self._update_one(batch, i, total / self.batch_scale, count)

    def _update_one(self, batch: Batch, i: int, grad: Tensor, count: int) -> None:
        weight = batch.weights[i]
        lr = batch.lrs[i] * (
            _ratio(weight, grad, batch.wds[i]) if self.warmup_strategy == "lars" else self._warmed(count)
        )
        one = Batch([weight], [grad], [batch.states[i]], [lr], [batch.wds[i]], [batch.counts[i]], [batch.indices[i]])
        descend(one, one.decayed(self._clipped(self._rescaled(one))), self.momentum)

    def _warmed(self, count: int) -> float:
        """Return the factor of the rate after so many gradients."""
        if count >= self.warmup_updates:
            return float(self.batch_scale)
        done = count / self.warmup_updates if self.warmup_updates > 1 else 0.0
        grown = {"linear": done, "power2": done * done, "sqrt": math.sqrt(done)}[self.warmup_strategy]
        return 1.0 + (self.batch_scale - 1) * grown


def _ratio(weight: Tensor, grad: Tensor, wd: float) -> float:
    """Return the root of the ratio of squared norms, between 0.01 and 100."""
    weights, grads = weight.square().sum().item(), grad.square().sum().item()
    return min(max(math.sqrt(weights / (grads + wd * weights + 1e-18)), 0.01), 100.0)


@register
class LAMB(Moments):
    """Adam with a rate for each layer, ``|weight| / |step|`` (You et al., 2019; MXNet, ``lamb_update_phase1``).

    Args:
        learning_rate: the rate.
        beta1: weight of the old mean.
        beta2: weight of the old mean square.
        epsilon: added to the root of the mean square.
        lower_bound: the least norm that a weight counts with.
        upper_bound: the largest.
        bias_correction: correct the means for having begun at 0.
        kwargs: those of ``Optimizer``.
    """

    def __init__(
        self, learning_rate: float = 0.001, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-6,
        lower_bound: float | None = None, upper_bound: float | None = None, bias_correction: bool = True, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, beta1, beta2, epsilon, **kwargs)
        self.lower_bound, self.upper_bound, self.bias_correction = lower_bound, upper_bound, bias_correction

    def _apply(self, batch: Batch) -> None:
        means, squares = self._moments(batch, self._clipped(self._rescaled(batch)))
        if self.bias_correction:
            means = torch._foreach_div(means, [1 - self.beta1**count for count in batch.counts])
            squares = torch._foreach_div(squares, [1 - self.beta2**count for count in batch.counts])
        roots = torch._foreach_sqrt(squares)
        torch._foreach_add_(roots, self.epsilon)
        steps = batch.decayed(list(torch._foreach_div(means, roots)))
        for weight, step, lr in zip(batch.weights, steps, batch.lrs, strict=True):
            norm, size = weight.norm(), step.norm()
            if self.lower_bound:
                norm = norm.clamp_min(self.lower_bound)
            if self.upper_bound:
                norm = norm.clamp_max(self.upper_bound)
            ratio = torch.where((norm == 0) | (size == 0), 1.0, norm / size)
            weight.sub_(step * ratio, alpha=lr)
