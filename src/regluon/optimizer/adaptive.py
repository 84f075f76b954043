"""Optimizers with a rate for every element, from what its gradients have been."""

from typing import Any

import torch

from regluon.core.errors import ArgumentError, ShapeError
from regluon.nd.array import NDArray
from regluon.optimizer.base import Batch, Optimizer, complement, register, zeros_like

__all__ = ["FTML", "AdaDelta", "AdaGrad", "Ftrl", "GroupAdaGrad", "RMSProp"]


@register
class AdaGrad(Optimizer):
    """Divide steps by the root of the sum of all squared gradients (Duchi et al., 2011).

    Args:
        eps: added to the sum.
        kwargs: those of ``Optimizer``.
    """

    aggregate_num = 1 << 30

    def __init__(self, eps: float = 1e-7, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.float_stable_eps = eps

    def create_state(self, index: Any, weight: NDArray) -> NDArray:  # noqa: ARG002
        """Keep the sum of squares."""
        return zeros_like(weight)

    def _apply(self, batch: Batch) -> None:
        grads, sums = self._clipped(self._rescaled(batch)), batch.state(0)
        torch._foreach_addcmul_(sums, grads, grads)
        roots = torch._foreach_sqrt(torch._foreach_add(sums, self.float_stable_eps))
        steps = batch.decayed(list(torch._foreach_div(grads, roots)))
        batch.subtract(batch.weights, steps)


@register
class GroupAdaGrad(AdaGrad):
    """AdaGrad with one sum for each row of a matrix, the mean over its columns; MXNet's ``optimizer.contrib``.

    Args:
        eps: added to the sum.
        kwargs: those of ``Optimizer``, weight decay excepted.
    """

    def __init__(self, eps: float = 1e-5, **kwargs: Any) -> None:
        super().__init__(eps, **kwargs)
        if self.wd:
            raise ArgumentError(f"GroupAdaGrad: wd must be 0, got {self.wd}")

    def create_state(self, index: Any, weight: NDArray) -> NDArray:  # noqa: ARG002
        """Keep the sum of each row."""
        if weight.ndim != 2:
            raise ShapeError(f"GroupAdaGrad: a weight must have 2 axes, got shape {weight.shape}")
        return NDArray(torch.zeros_like(weight._tensor[:, :1], requires_grad=False))

    def _apply(self, batch: Batch) -> None:
        grads = self._clipped(self._rescaled(batch))
        for weight, grad, (total,), lr in zip(batch.weights, grads, batch.states, batch.lrs, strict=True):
            total.add_(grad.square().mean(1, keepdim=True))
            weight.sub_(grad / (total + self.float_stable_eps).sqrt_(), alpha=lr)


@register
class AdaDelta(Optimizer):
    """Scale steps to the size of earlier steps (Zeiler, 2012).

    The learning rate plays no part, and weight decay comes after the scaling, as in MXNet.

    Args:
        rho: weight of the old means.
        epsilon: added below and above.
        kwargs: those of ``Optimizer``.
    """

    aggregate_num = 1 << 30

    def __init__(self, rho: float = 0.9, epsilon: float = 1e-5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rho, self.epsilon = rho, epsilon

    def create_state(self, index: Any, weight: NDArray) -> tuple[NDArray, NDArray]:  # noqa: ARG002
        """Keep the mean squares of gradients and of steps."""
        return zeros_like(weight), zeros_like(weight)

    def _apply(self, batch: Batch) -> None:
        grads, squares, sizes = self._clipped(self._rescaled(batch)), batch.state(0), batch.state(1)
        torch._foreach_mul_(squares, self.rho)
        torch._foreach_addcmul_(squares, grads, grads, value=1 - self.rho)
        scales = torch._foreach_div(torch._foreach_add(sizes, self.epsilon), torch._foreach_add(squares, self.epsilon))
        steps = torch._foreach_mul(torch._foreach_sqrt(scales), grads)
        torch._foreach_mul_(sizes, self.rho)
        torch._foreach_addcmul_(sizes, steps, steps, value=1 - self.rho)
        torch._foreach_sub_(batch.weights, batch.decayed(list(steps)))


@register
class RMSProp(Optimizer):
    """Divide steps by the root of a running mean square (Tieleman and Hinton, 2012; MXNet, ``rmsprop_update``).

    Args:
        learning_rate: the rate.
        gamma1: weight of the old mean square.
        gamma2: share of the last step that is kept, where ``centered``.
        epsilon: added to the mean square, under the root.
        centered: divide by the deviation, with momentum (Graves, 2013; MXNet, ``rmspropalex_update``).
        clip_weights: bound of each weight; none if None or 0.
        kwargs: those of ``Optimizer``.
    """

    aggregate_num = 1 << 30

    def __init__(
        self, learning_rate: float = 0.001, gamma1: float = 0.9, gamma2: float = 0.9, epsilon: float = 1e-8,
        centered: bool = False, clip_weights: float | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.gamma1, self.gamma2, self.epsilon = gamma1, gamma2, epsilon
        self.centered, self.clip_weights = centered, clip_weights

    def create_state(self, index: Any, weight: NDArray) -> tuple[NDArray, ...]:  # noqa: ARG002
        """Keep the mean square; centered, the mean and the last step as well."""
        return tuple(zeros_like(weight) for _ in range(3 if self.centered else 1))

    def _apply(self, batch: Batch) -> None:
        grads, squares = self._clipped(batch.decayed(self._rescaled(batch))), batch.state(0)
        torch._foreach_mul_(squares, self.gamma1)
        torch._foreach_addcmul_(squares, grads, grads, value=complement(self.gamma1))
        rates = [-lr for lr in batch.lrs]
        if self.centered:
            means, steps = batch.state(1), batch.state(2)
            torch._foreach_mul_(means, self.gamma1)
            torch._foreach_add_(means, grads, alpha=complement(self.gamma1))
            spread = torch._foreach_addcmul(squares, means, means, value=-1)
            torch._foreach_mul_(steps, self.gamma2)
            torch._foreach_addcdiv_(steps, grads, torch._foreach_sqrt(torch._foreach_add(spread, self.epsilon)), rates)
            torch._foreach_add_(batch.weights, steps)
        else:
            roots = torch._foreach_sqrt(torch._foreach_add(squares, self.epsilon))
            torch._foreach_addcdiv_(batch.weights, grads, roots, rates)
        if self.clip_weights:
            torch._foreach_clamp_min_(batch.weights, -self.clip_weights)
            torch._foreach_clamp_max_(batch.weights, self.clip_weights)


@register
class Ftrl(Optimizer):
    """Follow the regularised leader, which keeps weights at exactly 0 (McMahan et al., 2013; MXNet, ``ftrl_update``).

    Args:
        lamda1: weight of the absolute values.
        learning_rate: the rate.
        beta: added to the root of the sum of squares.
        kwargs: those of ``Optimizer``.
    """

    aggregate_num = 1 << 30

    def __init__(self, lamda1: float = 0.01, learning_rate: float = 0.1, beta: float = 1, **kwargs: Any) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.lamda1, self.beta = lamda1, beta

    def create_state(self, index: Any, weight: NDArray) -> tuple[NDArray, NDArray]:  # noqa: ARG002
        """Keep the corrected sum of gradients, and the sum of squares."""
        return zeros_like(weight), zeros_like(weight)

    def _apply(self, batch: Batch) -> None:
        grads = self._clipped(self._rescaled(batch))
        for weight, grad, (total, squares), lr, wd in zip(
            batch.weights, grads, batch.states, batch.lrs, batch.wds, strict=True
        ):
            root, before = torch.addcmul(squares, grad, grad).sqrt_(), squares.sqrt()
            total.add_(grad).sub_((root - before) * weight / lr)
            squares.addcmul_(grad, grad)
            found = (total.sign() * self.lamda1 - total) / ((self.beta + root) / lr + wd)
            weight.copy_(torch.where(total.abs() > self.lamda1, found, 0))


@register
class FTML(Optimizer):
    """Follow the moving leader (Zheng and Kwok, 2017; MXNet, ``ftml_update``).

    Args:
        beta1: weight of the old mean.
        beta2: weight of the old mean square.
        epsilon: added to the root of the mean square.
        kwargs: those of ``Optimizer``.
    """

    aggregate_num = 1 << 30

    def __init__(self, beta1: float = 0.6, beta2: float = 0.999, epsilon: float = 1e-8, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon

    def create_state(self, index: Any, weight: NDArray) -> tuple[NDArray, ...]:  # noqa: ARG002
        """Keep the scale, the mean square and the leader."""
        return zeros_like(weight), zeros_like(weight), zeros_like(weight)

    def _apply(self, batch: Batch) -> None:
        grads = self._clipped(batch.decayed(self._rescaled(batch)))
        for i, (scale, square, leader) in enumerate(batch.states):
            grad, weight, count = grads[i], batch.weights[i], batch.counts[i]
            square.mul_(self.beta2).addcmul_(grad, grad, value=complement(self.beta2))
            root = (square / complement(self.beta2, count)).sqrt_().add_(self.epsilon)
            new = root * (complement(self.beta1, count) / batch.lrs[i])
            leader.mul_(self.beta1).add_(grad, alpha=complement(self.beta1)).sub_((new - self.beta1 * scale) * weight)
            scale.copy_(new)
            weight.copy_(-leader / new)
