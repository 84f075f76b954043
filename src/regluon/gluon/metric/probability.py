"""Metrics of predicted probabilities: how likely the true classes were thought to be."""

import math
from typing import Any

import numpy as np

from regluon.core.array import as_numpy
from regluon.core.errors import ArgumentError, ShapeError
from regluon.gluon.metric.base import EvalMetric, check_label_shapes
from regluon.gluon.metric.registry import alias, register

__all__ = ["CrossEntropy", "NegativeLogLikelihood", "Perplexity"]


@register
class Perplexity(EvalMetric):
    """Raise e to the mean negative logarithm of the probability of the true class.

    Args:
        ignore_label: elements of this label do not count; None counts all.
        axis: the axis of the classes in a prediction.

    Examples:
        >>> metric = Perplexity(ignore_label=None)
        >>> metric.update([[0, 1, 1]], [[[0.3, 0.7], [0, 1.0], [0.4, 0.6]]])
        >>> round(metric.get()[1], 6)
        1.771098
    """

    def __init__(
        self,
        ignore_label: int | None,
        axis: int = -1,
        name: str = "perplexity",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names, has_global_stats=True, ignore_label=ignore_label, axis=axis)
        self.ignore_label = ignore_label
        self.axis = axis

    def update(self, labels: Any, preds: Any) -> None:
        """Add arrays of probabilities, and labels of their shape without the axis of the classes.

        A label outside the classes counts as the nearest one, as in MXNet's ``pick``.
        """
        labels, preds = check_label_shapes(labels, preds, wrap=True)
        for label, pred in zip(labels, preds, strict=True):
            label, pred = as_numpy(label).ravel(), np.moveaxis(as_numpy(pred), self.axis, -1)
            if label.size * pred.shape[-1] != pred.size:
                raise ShapeError(
                    f"{self.name}: labels must be one for every {pred.shape[-1]} of the predictions {pred.shape}, "
                    f"got {label.size} labels"
                )
            rows = pred.reshape(label.size, -1)
            chosen = np.clip(label.astype(np.int64), 0, rows.shape[1] - 1)
            likelihood = np.maximum(1e-10, rows[np.arange(label.size), chosen])
            if self.ignore_label is not None:
                likelihood = likelihood[label != self.ignore_label]
            self._add(-float(np.log(likelihood).sum()), likelihood.size)

    def _value(self, total: Any, count: Any) -> float:
        return math.exp(total / count) if count else float("nan")


class _LogLikelihood(EvalMetric):
    """Average the negative logarithm of the probability of the true class.

    Args:
        eps: added to every probability, for a probability of 0 has no logarithm.
    """

    def __init__(
        self, eps: float, name: str, output_names: list[str] | None = None, label_names: list[str] | None = None
    ) -> None:
        if not eps >= 0:
            raise ArgumentError(f"{type(self).__name__}: eps must be at least 0, got {eps}")
        super().__init__(name, output_names, label_names, has_global_stats=True, eps=eps)
        self.eps = eps

    def update(self, labels: Any, preds: Any) -> None:
        """Add ``(N,)`` labels with ``(N, C)`` probabilities, or lists of them."""
        labels, preds = check_label_shapes(labels, preds, wrap=True)
        for label, pred in zip(labels, preds, strict=True):
            label, pred = as_numpy(label).ravel(), as_numpy(pred)
            if pred.ndim != 2 or len(pred) != len(label):
                raise ShapeError(f"{self.name}: preds must be (N, C) for the N={len(label)} labels, got {pred.shape}")
            likelihood = pred[np.arange(len(label)), label.astype(np.int64)]
            self._add((-np.log(likelihood + self.eps)).sum(), len(label))


@register
@alias("ce")
class CrossEntropy(_LogLikelihood):
    """Average the cross entropy of the labels with the predicted probabilities.

    Args:
        eps: added to every probability, for a probability of 0 has no logarithm.

    Examples:
        >>> metric = CrossEntropy()
        >>> metric.update([[0, 1, 1]], [[[0.3, 0.7], [0, 1.0], [0.4, 0.6]]])
        >>> round(float(metric.get()[1]), 6)
        0.571599
    """

    def __init__(
        self,
        eps: float = 1e-12,
        name: str = "cross-entropy",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
    ) -> None:
        super().__init__(eps, name, output_names, label_names)


@register
@alias("nll_loss")
class NegativeLogLikelihood(_LogLikelihood):
    """Average the negative log-likelihood of the labels: the number that ``CrossEntropy`` gives, by another name.

    Args:
        eps: added to every probability, for a probability of 0 has no logarithm.

    Examples:
        >>> metric = NegativeLogLikelihood()
        >>> metric.update([[0, 1, 1]], [[[0.3, 0.7], [0, 1.0], [0.4, 0.6]]])
        >>> round(float(metric.get()[1]), 6)
        0.571599
    """

    def __init__(
        self,
        eps: float = 1e-12,
        name: str = "nll-loss",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
    ) -> None:
        super().__init__(eps, name, output_names, label_names)
