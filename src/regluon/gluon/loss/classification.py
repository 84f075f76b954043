"""Losses on classes, and on yes or no."""

from typing import Any, Literal

from regluon.core.errors import ArgumentError
from regluon.gluon.loss.base import Loss

__all__ = [
    "HingeLoss",
    "KLDivLoss",
    "LogisticLoss",
    "SigmoidBCELoss",
    "SigmoidBinaryCrossEntropyLoss",
    "SoftmaxCELoss",
    "SoftmaxCrossEntropyLoss",
    "SquaredHingeLoss",
]


class SigmoidBinaryCrossEntropyLoss(Loss):
    """Cross entropy of independent yes-or-no predictions; also ``SigmoidBCELoss``.

    Args:
        from_sigmoid: predictions are probabilities already.
        weight: factor of the loss.
        batch_axis: the axis of samples.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> SigmoidBCELoss()(nd.array([[0, 0]]), nd.array([[0, 1]])).asnumpy().round(4)
        array([0.6931], dtype=float32)
    """

    def __init__(
        self, from_sigmoid: bool = False, weight: float | None = None, batch_axis: int = 0, **names: Any
    ) -> None:
        super().__init__(weight, batch_axis, **names)
        self._from_sigmoid = from_sigmoid

    def hybrid_forward(
        self, F: Any, pred: Any, label: Any, sample_weight: Any = None, pos_weight: Any = None
    ) -> Any:  # fmt: skip
        """Return a loss for each sample; ``pos_weight`` broadcasts and weighs the yeses."""
        label = F.reshape_like(label, pred)
        if not self._from_sigmoid:
            # Written so that no exponential overflows.
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
        return self._averaged(F, loss, sample_weight)


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

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        """Return a loss for each sample of ``pred``."""
        if not self._from_logits:
            pred = F.log_softmax(pred, axis=self._axis)
        if self._sparse_label:
            loss = -F.pick(pred, label, axis=self._axis, keepdims=True)
        else:
            loss = -F.sum(pred * F.reshape_like(label, pred), axis=self._axis, keepdims=True)
        return self._averaged(F, loss, sample_weight)


SoftmaxCELoss = SoftmaxCrossEntropyLoss


class KLDivLoss(Loss):
    """Kullback-Leibler divergence of predictions from labels, both of them distributions.

    Args:
        from_logits: predictions are logarithms of probabilities; otherwise they are softmaxed first.
        axis: the axis of that softmax.
        weight: factor of the loss.
        batch_axis: the axis of samples; the others are summed.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> KLDivLoss(from_logits=False)(nd.array([[0, 0]]), nd.array([[1, 0]])).asnumpy().round(4)
        array([0.6931], dtype=float32)
    """

    def __init__(
        self, from_logits: bool = True, axis: int = -1, weight: float | None = None, batch_axis: int = 0, **names: Any
    ) -> None:
        super().__init__(weight, batch_axis, **names)
        self._from_logits, self._axis = from_logits, axis

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        """Return a loss for each sample."""
        if not self._from_logits:
            pred = F.log_softmax(pred, axis=self._axis)
        loss = self._weighted(F, label * (F.log(label + 1e-12) - pred), sample_weight)
        return F.sum(loss, axis=self._batch_axis, exclude=True)


class HingeLoss(Loss):
    """By how much predictions miss a margin on the side of labels, which are -1 or 1.

    Args:
        margin: the margin.
        weight: factor of the loss.
        batch_axis: the axis of samples.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> HingeLoss()(nd.array([[0.25, 3]]), nd.array([[1, 1]])).asnumpy()
        array([0.375], dtype=float32)
    """

    def __init__(self, margin: float = 1, weight: float | None = None, batch_axis: int = 0, **names: Any) -> None:
        super().__init__(weight, batch_axis, **names)
        self._margin = margin

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        """Return a loss for each sample of ``pred``; ``label`` is reshaped like it."""
        return self._averaged(F, self._missed(F, pred, label), sample_weight)

    def _missed(self, F: Any, pred: Any, label: Any) -> Any:
        return F.relu(self._margin - pred * F.reshape_like(label, pred))


class SquaredHingeLoss(HingeLoss):
    """The square of what ``HingeLoss`` gives for each prediction.

    Args:
        margin: the margin.
        weight: factor of the loss.
        batch_axis: the axis of samples.
        names: ``prefix`` and ``params``.
    """

    def _missed(self, F: Any, pred: Any, label: Any) -> Any:
        return F.square(super()._missed(F, pred, label))


class LogisticLoss(Loss):
    """Cross entropy of yes-or-no predictions whose labels are -1 or 1.

    Args:
        weight: factor of the loss.
        batch_axis: the axis of samples.
        label_format: ``signed`` for labels -1 and 1, ``binary`` for 0 and 1.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> LogisticLoss()(nd.array([[0, 0]]), nd.array([[-1, 1]])).asnumpy().round(4)
        array([0.6931], dtype=float32)
    """

    def __init__(
        self, weight: float | None = None, batch_axis: int = 0, label_format: Literal["signed", "binary"] = "signed",
        **names: Any,
    ) -> None:  # fmt: skip
        super().__init__(weight, batch_axis, **names)
        if label_format not in ("signed", "binary"):
            raise ArgumentError(f"LogisticLoss: label_format must be one of 'signed', 'binary', got {label_format!r}")
        self._label_format = label_format

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        """Return a loss for each sample of ``pred``; ``label`` is reshaped like it."""
        label = F.reshape_like(label, pred)
        if self._label_format == "signed":
            label = (label + 1.0) / 2.0
        loss = F.relu(pred) - pred * label + F.Activation(-F.abs(pred), act_type="softrelu")
        return self._averaged(F, loss, sample_weight)
