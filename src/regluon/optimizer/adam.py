"""Adam and its relatives: steps scaled by running means of the gradient and its square."""

import math
from typing import Any

import torch
from torch import Tensor

from regluon.nd.array import NDArray
from regluon.optimizer.base import Batch, Optimizer, complement, register, zeros_like

__all__ = ["Adam", "AdamW", "Adamax", "Moments", "Nadam"]


class Moments(Optimizer):
    """What the optimizers share that keep two running means of a weight.

    Args:
        learning_rate: the rate.
        beta1: weight of the old mean.
        beta2: weight of the old mean square.
        epsilon: added to the root of the mean square.
        kwargs: those of ``Optimizer``.
    """

    aggregate_num = 1 << 30

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon
        self._rest1, self._rest2 = complement(beta1), complement(beta2)

    def create_state(self, index: Any, weight: NDArray) -> tuple[NDArray, NDArray]:  # noqa: ARG002
        """Keep the two running means."""
        return zeros_like(weight), zeros_like(weight)

    def _moments(self, batch: Batch, grads: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        """Bring the running means up to date and return them."""
        means, squares = batch.state(0), batch.state(1)
        torch._foreach_mul_(means, self.beta1)
        torch._foreach_add_(means, grads, alpha=self._rest1)
        torch._foreach_mul_(squares, self.beta2)
        torch._foreach_addcmul_(squares, grads, grads, value=self._rest2)
        return means, squares

    def _corrected(self, batch: Batch) -> list[float]:
        """Return the rates, corrected for the means having begun at 0."""
        pairs = zip(batch.lrs, batch.counts, strict=True)
        return [lr * math.sqrt(1 - self.beta2**count) / (1 - self.beta1**count) for lr, count in pairs]


def _rooted(squares: list[Tensor], epsilon: float) -> tuple[Tensor, ...]:
    """Return roots of mean squares, plus epsilon."""
    roots = torch._foreach_sqrt(squares)
    torch._foreach_add_(roots, epsilon)
    return tuple(roots)


@register
class Adam(Moments):
    """Scale steps by running means of the gradient and its square (Kingma and Ba, 2014; MXNet, ``adam_update``).

    Weight decay is added to the gradient before it is clipped, and ``epsilon`` to the root before the means are
    corrected for having begun at 0.

    Args:
        learning_rate: the rate.
        beta1: weight of the old mean.
        beta2: weight of the old mean square.
        epsilon: added to the root of the mean square.
        lazy_update: accepted for MXNet's sake; arrays are dense here.
        kwargs: those of ``Optimizer``.
    """

    def __init__(
        self, learning_rate: float = 0.001, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8,
        lazy_update: bool = True, **kwargs: Any,  # noqa: ARG002
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, beta1, beta2, epsilon, **kwargs)

    def _apply(self, batch: Batch) -> None:
        means, squares = self._moments(batch, self._clipped(batch.decayed(self._rescaled(batch))))
        torch._foreach_addcdiv_(
            batch.weights, means, _rooted(squares, self.epsilon), [-lr for lr in self._corrected(batch)]
        )


@register
class AdamW(Moments):
    """Adam whose weight decay does not pass through the means (Loshchilov and Hutter, 2017; MXNet 2's ``AdamW``).

    Args:
        learning_rate: the rate.
        beta1: weight of the old mean.
        beta2: weight of the old mean square.
        epsilon: added to the root of the mean square.
        correct_bias: correct the means for having begun at 0; the decay's rate is corrected with them, as in MXNet.
        kwargs: those of ``Optimizer``.
    """

    def __init__(
        self, learning_rate: float = 0.001, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-6,
        correct_bias: bool = True, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, beta1, beta2, epsilon, **kwargs)
        self.correct_bias = correct_bias

    def _apply(self, batch: Batch) -> None:
        means, squares = self._moments(batch, self._clipped(self._rescaled(batch)))
        lrs = self._corrected(batch) if self.correct_bias else batch.lrs
        steps = torch._foreach_div(means, _rooted(squares, self.epsilon))
        torch._foreach_sub_(batch.weights, torch._foreach_mul(batch.decayed(list(steps)), lrs))


@register
class Adamax(Moments):
    """Adam with a running maximum in the place of the mean square (Kingma and Ba, 2014, section 7).

    Args:
        learning_rate: the rate.
        beta1: weight of the old mean.
        beta2: weight of the old maximum.
        kwargs: those of ``Optimizer``.
    """

    def __init__(self, learning_rate: float = 0.002, beta1: float = 0.9, beta2: float = 0.999, **kwargs: Any) -> None:
        super().__init__(learning_rate, beta1, beta2, 0.0, **kwargs)

    def _apply(self, batch: Batch) -> None:
        grads = self._clipped(batch.decayed(self._rescaled(batch)))
        means, largest = batch.state(0), batch.state(1)
        torch._foreach_mul_(means, self.beta1)
        torch._foreach_add_(means, grads, alpha=1 - self.beta1)
        torch._foreach_mul_(largest, self.beta2)
        torch._foreach_maximum_(largest, torch._foreach_abs(grads))
        rates = [-lr / (1 - self.beta1**count) for lr, count in zip(batch.lrs, batch.counts, strict=True)]
        torch._foreach_addcdiv_(batch.weights, means, largest, rates)


@register
class Nadam(Moments):
    """Adam with Nesterov's momentum (Dozat, 2016).

    The schedule of the momentum goes on with every weight, not with every step: so does MXNet's.

    Args:
        learning_rate: the rate.
        beta1: weight of the old mean.
        beta2: weight of the old mean square.
        epsilon: added to the root of the mean square.
        schedule_decay: how fast the momentum grows.
        kwargs: those of ``Optimizer``.
    """

    progress = ("m_schedule",)

    def __init__(
        self, learning_rate: float = 0.001, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8,
        schedule_decay: float = 0.004, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, beta1, beta2, epsilon, **kwargs)
        self.schedule_decay, self.m_schedule = schedule_decay, 1.0
        self._rest1, self._rest2 = 1 - beta1, 1 - beta2  # no kernel of MXNet's: it computes these in Python

    def _momentum(self, count: int) -> float:
        return self.beta1 * (1 - 0.5 * 0.96 ** (count * self.schedule_decay))

    def _apply(self, batch: Batch) -> None:
        grads = self._clipped(batch.decayed(self._rescaled(batch)))
        means, squares = self._moments(batch, grads)
        for i, count in enumerate(batch.counts):
            now, then = self._momentum(count), self._momentum(count + 1)
            self.m_schedule *= now
            ahead = grads[i] * ((1 - now) / (1 - self.m_schedule))
            ahead.add_(means[i], alpha=then / (1 - self.m_schedule * then))
            root = (squares[i] / (1 - self.beta2**count)).sqrt_().add_(self.epsilon)
            batch.weights[i].addcdiv_(ahead, root, value=-batch.lrs[i])
