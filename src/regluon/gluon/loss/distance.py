"""Losses on how near samples are to each other."""

from typing import Any

from regluon.core.errors import ArgumentError
from regluon.gluon.loss.base import Loss

__all__ = ["CosineEmbeddingLoss", "SDMLLoss", "TripletLoss"]


class TripletLoss(Loss):
    """By how much the squared distance to a like sample, and a margin, exceed that to an unlike one.

    Args:
        margin: the margin.
        weight: factor of the loss.
        batch_axis: the axis of samples; the others are summed.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> TripletLoss()(nd.array([[0, 0]]), nd.array([[1, 1]]), nd.array([[0, 1]])).asnumpy()
        array([2.], dtype=float32)
    """

    def __init__(self, margin: float = 1, weight: float | None = None, batch_axis: int = 0, **names: Any) -> None:
        super().__init__(weight, batch_axis, **names)
        self._margin = margin

    def hybrid_forward(self, F: Any, pred: Any, positive: Any, negative: Any) -> Any:
        """Return a loss for each sample of ``pred``; the others are reshaped like it."""
        near = F.square(F.reshape_like(positive, pred) - pred)
        far = F.square(F.reshape_like(negative, pred) - pred)
        loss = F.sum(near - far, axis=self._batch_axis, exclude=True)
        return self._weighted(F, F.relu(loss + self._margin), None)


class CosineEmbeddingLoss(Loss):
    """``1 - cosine`` of two vectors that belong together (label 1), ``max(0, cosine - margin)`` of others (label -1).

    Args:
        weight: factor of the loss.
        batch_axis: without effect.
        margin: the margin.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> CosineEmbeddingLoss()(nd.array([[1, 0]]), nd.array([[0, 1]]), nd.array([1])).asnumpy()
        array([[1.]], dtype=float32)
    """

    def __init__(self, weight: float | None = None, batch_axis: int = 0, margin: float = 0, **names: Any) -> None:
        super().__init__(weight, batch_axis, **names)
        self._margin = margin

    def hybrid_forward(self, F: Any, input1: Any, input2: Any, label: Any, sample_weight: Any = None) -> Any:
        """Return the losses, ``(N, 1)``; ``input1`` is reshaped like ``input2``, ``(N, D)``."""
        input1, label = F.reshape_like(input1, input2), F.reshape(label, shape=(-1, 1))
        dot = F.sum(input1 * input2, axis=-1, keepdims=True)
        norms = F.norm(input1, axis=-1, keepdims=True) * F.norm(input2, axis=-1, keepdims=True)
        cosine = dot / F.broadcast_maximum(norms, F.ones_like(norms) * 1e-12)
        zeros = F.zeros_like(cosine)
        apart = F.relu(F.where(label == -1, cosine - self._margin, zeros))
        return self._weighted(F, F.where(label == 1, 1 - cosine, zeros) + apart, sample_weight)


class SDMLLoss(Loss):
    """Match each row of one batch with its own row of another, by softmax over distances (Bonadiman et al., 2019).

    Args:
        smoothing_parameter: share of the probability that is spread over the other rows, below 1.
        weight: without effect, as in MXNet.
        batch_axis: without effect.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> rows = nd.array([[0, 0], [9, 9]])
        >>> SDMLLoss(0.0)(rows, rows).asnumpy().round(4)
        array([0., 0.], dtype=float32)
    """

    def __init__(
        self, smoothing_parameter: float = 0.3, weight: float | None = 1.0, batch_axis: int = 0, **names: Any
    ) -> None:
        super().__init__(weight, batch_axis, **names)
        if not 0 <= smoothing_parameter < 1:
            raise ArgumentError(f"SDMLLoss: smoothing_parameter must be in [0, 1), got {smoothing_parameter}")
        self.smoothing_parameter = smoothing_parameter

    def hybrid_forward(self, F: Any, x1: Any, x2: Any) -> Any:
        """Return a loss for each row of ``x1``, ``(N, D)``, which belongs to the same row of ``x2``."""
        apart = F.square(F.broadcast_sub(F.expand_dims(x1, axis=1), F.expand_dims(x2, axis=0)))
        matched = F.log_softmax(-F.sum(apart, axis=2), axis=1)
        number = F.contrib.arange_like(x1, axis=0)
        own = F.broadcast_equal(F.expand_dims(number, axis=0), F.expand_dims(number, axis=1))
        share = F.broadcast_div(1 - own, F.sum(1 - own, axis=1, keepdims=True)) * self.smoothing_parameter
        wanted = own * (1 - self.smoothing_parameter) + share
        return F.sum(wanted * (F.log(wanted + 1e-12) - matched), axis=1)
