"""Losses: how far predictions are from labels, one number for each sample."""

from typing import Any

from regluon.core.errors import ArgumentError
from regluon.gluon.hybrid import HybridBlock

__all__ = [
    "HuberLoss",
    "L1Loss",
    "L2Loss",
    "Loss",
    "SigmoidBCELoss",
    "SigmoidBinaryCrossEntropyLoss",
    "SoftmaxCELoss",
    "SoftmaxCrossEntropyLoss",
]


class Loss(HybridBlock):
    """Base of losses.

    Args:
        weight: factor of the loss; None for 1.
        batch_axis: the axis that samples lie along; the others are averaged.
        names: ``prefix`` and ``params``.
    """

    def __init__(self, weight: float | None, batch_axis: int, **names: Any) -> None:
        super().__init__(**names)
        self._weight, self._batch_axis = weight, batch_axis

    def _weighted(self, F: Any, loss: Any, sample_weight: Any) -> Any:  # noqa: N803
        """Multiply by the weights of samples (which broadcast) and by the factor."""
        if sample_weight is not None:
            loss = F.broadcast_mul(loss, sample_weight)
        return loss if self._weight is None else loss * self._weight

    def _averaged(self, F: Any, loss: Any) -> Any:  # noqa: N803
        return F.mean(loss, axis=self._batch_axis, exclude=True)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(batch_axis={self._batch_axis}, w={self._weight})"


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

    def __init__(self, weight: float = 1.0, batch_axis: int = 0, **names: Any) -> None:
        super().__init__(weight, batch_axis, **names)

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:  # noqa: N803
        """Return a loss for each sample of ``pred``; ``label`` is reshaped like it."""
        loss = F.square(F.reshape_like(label, pred) - pred)
        if sample_weight is not None:
            loss = F.broadcast_mul(loss, sample_weight)
        return self._averaged(F, loss * (1.0 if self._weight is None else self._weight) * 0.5)


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

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:  # noqa: N803
        """Return a loss for each sample of ``pred``; ``label`` is reshaped like it."""
        loss = F.abs(F.reshape_like(label, pred) - pred)
        return self._averaged(F, self._weighted(F, loss, sample_weight))


class HuberLoss(Loss):
    """Mean of half the squared difference where it is small, of the absolute one where it is large (Huber, 1964).

    Args:
        rho: where the two meet.
        weight: factor of the loss.
        batch_axis: the axis of samples.
        names: ``prefix`` and ``params``.
    """

    def __init__(self, rho: float = 1, weight: float | None = None, batch_axis: int = 0, **names: Any) -> None:
        super().__init__(weight, batch_axis, **names)
        self._rho = rho

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:  # noqa: N803
        """Return a loss for each sample of ``pred``; ``label`` is reshaped like it."""
        loss = F.abs(F.reshape_like(label, pred) - pred)
        loss = F.where(loss > self._rho, loss - 0.5 * self._rho, (0.5 / self._rho) * F.square(loss))
        return self._averaged(F, self._weighted(F, loss, sample_weight))


class SigmoidBinaryCrossEntropyLoss(Loss):
    """Cross entropy of independent yes-or-no predictions; also ``SigmoidBCELoss``.

    Args:
        from_sigmoid: predictions are probabilities already.
        weight: factor of the loss.
        batch_axis: the axis of samples.
        names: ``prefix`` and ``params``.
    """

    def __init__(self, from_sigmoid: bool = False, weight: float | None = None, batch_axis: int = 0, **names: Any) -> None:
        super().__init__(weight, batch_axis, **names)
        self._from_sigmoid = from_sigmoid

    def hybrid_forward(
        self, F: Any, pred: Any, label: Any, sample_weight: Any = None, pos_weight: Any = None  # noqa: N803
    ) -> Any:  # fmt: skip
        """Return a loss for each sample; ``pos_weight`` broadcasts and weighs the yeses."""
        label = F.reshape_like(label, pred)
        if not self._from_sigmoid:
            tail = F.Activation(-F.abs(pred), act_type="softrelu")
            if pos_weight is None:
                loss = F.relu(pred) - pred * label + tail
            else:
                weighed = 1 + F.broadcast_mul(pos_weight - 1, label)
                loss = pred - pred * label + weighed * (tail + F.relu(-pred))
        else:
            eps = 1e-12
            yes = F.log(pred + eps) * label
            if pos_weight is not None:
                yes = F.broadcast_mul(yes, pos_weight)
            loss = -(yes + F.log(1.0 - pred + eps) * (1.0 - label))
        return self._averaged(F, self._weighted(F, loss, sample_weight))


SigmoidBCELoss = SigmoidBinaryCrossEntropyLoss


class SoftmaxCrossEntropyLoss(Loss):
    """Cross entropy of a choice among classes; also ``SoftmaxCELoss``.

    Args:
        axis: the axis of classes.
        sparse_label: labels are class numbers; otherwise probabilities of the classes.
        from_logits: predictions are logarithms of probabilities already.
        weight: factor of the loss.
        batch_axis: the axis of samples.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> SoftmaxCrossEntropyLoss()(nd.array([[0, 0]]), nd.array([1])).asnumpy().round(4)
        array([0.6931], dtype=float32)
    """

    def __init__(
        self,
        axis: int = -1,
        sparse_label: bool = True,
        from_logits: bool = False,
        weight: float | None = None,
        batch_axis: int = 0,
        **names: Any,
    ) -> None:
        super().__init__(weight, batch_axis, **names)
        if isinstance(axis, bool) or not isinstance(axis, int):
            raise ArgumentError(f"SoftmaxCrossEntropyLoss: axis must be an int, got {axis!r}")
        self._axis, self._sparse_label, self._from_logits = axis, sparse_label, from_logits

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:  # noqa: N803
        """Return a loss for each sample of ``pred``."""
        if not self._from_logits:
            pred = F.log_softmax(pred, axis=self._axis)
        if self._sparse_label:
            loss = -F.pick(pred, label, axis=self._axis, keepdims=True)
        else:
            loss = -F.sum(pred * F.reshape_like(label, pred), axis=self._axis, keepdims=True)
        return self._averaged(F, self._weighted(F, loss, sample_weight))


SoftmaxCELoss = SoftmaxCrossEntropyLoss
