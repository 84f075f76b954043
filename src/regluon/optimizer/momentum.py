"""Stochastic gradient descent with momentum, as MXNet defines it: the rate is inside the momentum."""

from typing import Any

from torch import Tensor

from regluon.nd.array import NDArray
from regluon.optimizer.base import Optimizer, register, zeros_like

__all__ = ["NAG", "SGD"]


@register
class SGD(Optimizer):
    """Descend along the gradient, with momentum and weight decay.

    ``v = momentum * v - lr * (grad + wd * weight)`` and ``weight += v``. Source: MXNet's ``sgd_mom_update``.

    Args:
        momentum: share of the last step that is kept.
        lazy_update: accepted for MXNet's sake; arrays are dense here.
        kwargs: those of ``Optimizer``.
    """

    def __init__(self, momentum: float = 0.0, lazy_update: bool = True, **kwargs: Any) -> None:  # noqa: ARG002
        super().__init__(**kwargs)
        self.momentum = momentum

    def create_state(self, index: Any, weight: NDArray) -> NDArray | None:  # noqa: ARG002
        """Keep the last step, where there is momentum."""
        return zeros_like(weight) if self.momentum else None

    def step(self, index: Any, weight: Tensor, grad: Tensor, state: Any) -> None:
        """Update one weight in place."""
        lr, wd = self._lr(index), self._wd(index)
        grad = grad.add(weight, alpha=wd) if wd else grad
        if state is None:
            weight.sub_(grad, alpha=lr)
        else:
            weight.add_(state._tensor.mul_(self.momentum).sub_(grad, alpha=lr))


@register
class NAG(SGD):
    """Descend with Nesterov's momentum: the gradient is looked up ahead.

    Args:
        momentum: share of the last step that is kept.
        kwargs: those of ``Optimizer``.
    """

    def __init__(self, momentum: float = 0.0, **kwargs: Any) -> None:
        super().__init__(momentum, **{"learning_rate": 0.1, **kwargs})

    def step(self, index: Any, weight: Tensor, grad: Tensor, state: Any) -> None:
        """Update one weight in place."""
        if state is None:
            super().step(index, weight, grad, state)
            return
        lr, wd = self._lr(index), self._wd(index)
        grad = grad.add(weight, alpha=wd) if wd else grad
        step = state._tensor.mul_(self.momentum).sub_(grad, alpha=lr)
        weight.add_(step, alpha=self.momentum).sub_(grad, alpha=lr)
