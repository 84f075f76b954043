"""What losses share: weights, and the mean over everything but samples."""

from typing import Any

from regluon.core.errors import ArgumentTypeError
from regluon.gluon.hybrid import HybridBlock

__all__ = ["Loss"]


class Loss(HybridBlock):
    """Base of losses, which give one number for each sample.

    Args:
        weight: factor of the loss; None for 1.
        batch_axis: the axis that samples lie along; the others are averaged.
        names: ``prefix`` and ``params``.
    """

    def __init__(self, weight: float | None, batch_axis: int, **names: Any) -> None:
        super().__init__(**names)
        if weight is not None and (isinstance(weight, bool) or not isinstance(weight, (int, float))):
            raise ArgumentTypeError(f"{type(self).__name__}: weight must be a number or None, got {weight!r}")
        self._weight, self._batch_axis = weight, batch_axis

    def _weighted(self, F: Any, loss: Any, sample_weight: Any) -> Any:
        """Multiply by the weights of samples, which broadcast, and by the factor."""
        if sample_weight is not None:
            loss = F.broadcast_mul(loss, sample_weight)
        return loss if self._weight is None else loss * self._weight

    def _averaged(self, F: Any, loss: Any, sample_weight: Any) -> Any:
        """Weigh, and take the mean over all axes but that of samples."""
        return F.mean(self._weighted(F, loss, sample_weight), axis=self._batch_axis, exclude=True)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(batch_axis={self._batch_axis}, w={self._weight})"
