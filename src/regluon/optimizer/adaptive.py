"""Optimizers that adapt the rate of each element."""

import math
from typing import Any

from torch import Tensor

from regluon.nd.array import NDArray
from regluon.optimizer.base import Optimizer, register, stated, zeros_like

__all__ = ["Adam"]


@register
class Adam(Optimizer):
    """Scale steps by running means of the gradient and its square (Kingma and Ba, 2014).

    Weight decay is added to the gradient, and ``epsilon`` to the root before the correction of the bias, as in MXNet's
    ``adam_update``.

    Args:
        learning_rate: the rate.
        beta1: weight of the old mean.
        beta2: weight of the old mean square.
        epsilon: added to the root.
        lazy_update: accepted for MXNet's sake; arrays are dense here.
        kwargs: those of ``Optimizer``.
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        lazy_update: bool = True,  # noqa: ARG002
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon

    def create_state(self, index: Any, weight: NDArray) -> tuple[NDArray, NDArray]:  # noqa: ARG002
        """Keep the two running means."""
        return zeros_like(weight), zeros_like(weight)

    def step(self, index: Any, weight: Tensor, grad: Tensor, state: Any) -> None:
        """Update one weight in place."""
        lr, wd, count = self._lr(index), self._wd(index), self._counts[index]
        lr *= math.sqrt(1.0 - self.beta2**count) / (1.0 - self.beta1**count)
        grad = grad.add(weight, alpha=wd) if wd else grad
        mean, square = stated(state)
        mean.mul_(self.beta1).add_(grad, alpha=1 - self.beta1)
        square.mul_(self.beta2).addcmul_(grad, grad, value=1 - self.beta2)
        weight.addcdiv_(mean, square.sqrt().add_(self.epsilon), value=-lr)
