"""Losses on numbers."""

import math
from typing import Any

from regluon.gluon.loss.base import Loss

__all__ = ["HuberLoss", "L1Loss", "L2Loss", "PoissonNLLLoss"]


class L2Loss(Loss):
    """Half the mean squared difference.

    Args:
        weight: factor of the loss.
        batch_axis: the axis of samples.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> L2Loss()(nd.array([[1, 2]]), nd.array([[1, 4]])).asnumpy()
        array([1.], dtype=float32)
    """

    def __init__(self, weight: float | None = 1.0, batch_axis: int = 0, **names: Any) -> None:
        super().__init__(weight, batch_axis, **names)

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        """Return a loss for each sample of ``pred``; ``label`` is reshaped like it."""
        return self._averaged(F, F.square(F.reshape_like(label, pred) - pred) * 0.5, sample_weight)


class L1Loss(Loss):
    """Mean absolute difference.

    Args:
        weight: factor of the loss.
        batch_axis: the axis of samples.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> L1Loss()(nd.array([[1, 2]]), nd.array([[1, 4]])).asnumpy()
        array([1.], dtype=float32)
    """

    def __init__(self, weight: float | None = None, batch_axis: int = 0, **names: Any) -> None:
        super().__init__(weight, batch_axis, **names)

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        """Return a loss for each sample of ``pred``; ``label`` is reshaped like it."""
        return self._averaged(F, F.abs(F.reshape_like(label, pred) - pred), sample_weight)


class HuberLoss(Loss):
    """Mean of half the squared difference where it is small, of the absolute one where it is large (Huber, 1964).

    Args:
        rho: where the two meet.
        weight: factor of the loss.
        batch_axis: the axis of samples.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> HuberLoss()(nd.array([[1, 4]]), nd.array([[0, 0]])).asnumpy()  # (0.5 + 3.5) / 2
        array([2.], dtype=float32)
    """

    def __init__(self, rho: float = 1, weight: float | None = None, batch_axis: int = 0, **names: Any) -> None:
        super().__init__(weight, batch_axis, **names)
        self._rho = rho

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        """Return a loss for each sample of ``pred``; ``label`` is reshaped like it."""
        loss = F.abs(F.reshape_like(label, pred) - pred)
        loss = F.where(loss > self._rho, loss - 0.5 * self._rho, (0.5 / self._rho) * F.square(loss))
        return self._averaged(F, loss, sample_weight)


class PoissonNLLLoss(Loss):
    """Negative log likelihood of counts that are distributed as Poisson says; one number, the mean over everything.

    Args:
        weight: factor of the loss.
        from_logits: predictions are logarithms of the expected counts.
        batch_axis: without effect.
        compute_full: add the logarithm of the count's factorial, by Stirling's formula, for counts above 1. (MXNet
            multiplies the others' by 0, which makes not-a-number of a count of 0, and cannot be differentiated.)
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> PoissonNLLLoss()(nd.array([[0, 0]]), nd.array([[1, 2]])).asnumpy()
        array([1.], dtype=float32)
    """

    def __init__(
        self, weight: float | None = None, from_logits: bool = True, batch_axis: int = 0, compute_full: bool = False,
        **names: Any,
    ) -> None:  # fmt: skip
        super().__init__(weight, batch_axis, **names)
        self._from_logits, self._compute_full = from_logits, compute_full

    def hybrid_forward(
        self, F: Any, pred: Any, target: Any, sample_weight: Any = None, epsilon: float = 1e-8
    ) -> Any:  # fmt: skip
        """Return the loss; ``target`` is reshaped like ``pred``, ``epsilon`` is added to an expected count."""
        target = F.reshape_like(target, pred)
        loss = F.exp(pred) - target * pred if self._from_logits else pred - target * F.log(pred + epsilon)
        if self._compute_full:
            ones = F.ones_like(target)
            many = F.where(target > 1, target, ones)
            factorial = many * F.log(many) - many + 0.5 * F.log(many * (2 * math.pi))
            loss = loss + F.where(target > 1, factorial, ones * 0)
        return F.mean(self._weighted(F, loss, sample_weight))
