"""Metrics of predicted classes."""

import math
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from regluon.core.array import as_numpy
from regluon.core.errors import ArgumentError, ShapeError
from regluon.gluon.metric.base import EvalMetric, check_label_shapes
from regluon.gluon.metric.registry import alias, register

__all__ = ["F1", "MCC", "PCC", "Accuracy", "TopKAccuracy"]


@register
@alias("acc")
class Accuracy(EvalMetric):
    """Count how often the predicted class is the true one.

    Args:
        axis: the axis of the classes in a prediction of scores.

    Examples:
        >>> metric = Accuracy()
        >>> metric.update([[0, 1, 1]], [[[0.3, 0.7], [0, 1.0], [0.4, 0.6]]])
        >>> round(float(metric.get()[1]), 6)
        0.666667
    """

    def __init__(
        self,
        axis: int = 1,
        name: str = "accuracy",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names, has_global_stats=True, axis=axis)
        self.axis = axis

    def update(self, labels: Any, preds: Any) -> None:
        """Add predictions: classes where their shape is the labels', scores per class where it is not."""
        labels, preds = check_label_shapes(labels, preds, wrap=True)
        for label, pred in zip(labels, preds, strict=True):
            label, pred = as_numpy(label), as_numpy(pred)
            if pred.shape != label.shape:
                pred = pred.argmax(axis=self.axis)
            label, pred = check_label_shapes(label.ravel().astype(np.int32), pred.ravel().astype(np.int32))
            self._add((pred == label).sum(), len(pred))


@register
@alias("top_k_accuracy", "top_k_acc")
class TopKAccuracy(EvalMetric):
    """Count how often the true class is among the ``top_k`` best-scored ones.

    Args:
        top_k: how many, at least 2. It is added to the name. At the number of classes and above, every class is
            among them (MXNet refuses to look further than there are classes).

    Examples:
        >>> metric = TopKAccuracy(top_k=2)
        >>> metric.update([[0, 1]], [[[0.3, 0.6, 0.1], [0.5, 0.1, 0.4]]])
        >>> name, value = metric.get()
        >>> name, float(value)
        ('top_k_accuracy_2', 0.5)
    """

    def __init__(
        self,
        top_k: int = 1,
        name: str = "top_k_accuracy",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
    ) -> None:
        if top_k <= 1:
            raise ArgumentError(f"TopKAccuracy: top_k must be at least 2 (Accuracy is for 1), got {top_k}")
        super().__init__(f"{name}_{top_k}", output_names, label_names, has_global_stats=True, top_k=top_k)
        self.top_k = top_k

    def get_config(self) -> dict[str, Any]:
        """Return what ``create(**config)`` needs, the name as it was given: MXNet's grows by a suffix each time."""
        return super().get_config() | {"name": self.name.removesuffix(f"_{self.top_k}")}

    def update(self, labels: Any, preds: Any) -> None:
        """Add ``(N,)`` labels with ``(N, C)`` scores, or lists of them."""
        labels, preds = check_label_shapes(labels, preds, wrap=True)
        for label, pred in zip(labels, preds, strict=True):
            label, pred = as_numpy(label).astype(np.int32).reshape(-1, 1), as_numpy(pred).astype(np.float32)
            if pred.ndim != 2 or len(pred) != len(label):
                raise ShapeError(f"{self.name}: preds must be (N, C) for the N={len(label)} labels, got {pred.shape}")
            top_k = min(self.top_k, pred.shape[1])
            best = np.argpartition(pred, -top_k)[:, -top_k:]
            self._add((best == label).sum(), len(pred))


class _BinaryScore(EvalMetric, ABC):
    """Score true and false positives and negatives.

    Args:
        average: ``macro`` averages the score of each update, ``micro`` scores all of them at once.
    """

    def __init__(
        self,
        name: str,
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
        average: str = "macro",
    ) -> None:
        if average not in ("macro", "micro"):
            raise ArgumentError(f"{type(self).__name__}: average must be one of 'macro', 'micro', got {average!r}")
        self.average = average
        super().__init__(name, output_names, label_names, has_global_stats=True, average=average)

    def update(self, labels: Any, preds: Any) -> None:
        """Add ``(N,)`` labels of 0 and 1 with ``(N, 2)`` scores, or lists of them."""
        labels, preds = check_label_shapes(labels, preds, wrap=True)
        counts = np.zeros((2, 2), np.int64)
        for label, pred in zip(labels, preds, strict=True):
            label, pred = as_numpy(label).ravel().astype(np.int32), as_numpy(pred)
            if pred.ndim != 2 or len(pred) != len(label):
                raise ShapeError(f"{self.name}: preds must be (N, 2) for the N={len(label)} labels, got {pred.shape}")
            if len(np.unique(label)) > 2:
                raise ArgumentError(f"{self.name}: labels must be of 2 classes, got {np.unique(label).tolist()}")
            np.add.at(counts, ((pred.argmax(axis=1) == 1).astype(int), (label == 1).astype(int)), 1)
        if self.average == "macro":
            self._add(self._score(counts), 1)
            return
        self._counts = self._counts + counts
        self._global_counts = self._global_counts + counts
        self.num_inst, self.global_num_inst = self._counts.sum(), self._global_counts.sum()
        self.sum_metric = self._score(self._counts) * self.num_inst
        self.global_sum_metric = self._score(self._global_counts) * self.global_num_inst

    def reset(self) -> None:
        """Forget everything."""
        self._global_counts = np.zeros((2, 2), np.int64)
        super().reset()

    def reset_local(self) -> None:
        """Forget what came since the last ``reset_local``."""
        self._counts = np.zeros((2, 2), np.int64)
        super().reset_local()

    @abstractmethod
    def _score(self, counts: np.ndarray) -> float:
        """Score counts ``(2, 2)``: the first axis is predicted 0 or 1, the second true 0 or 1."""


@register
class F1(_BinaryScore):
    """Take the harmonic mean of precision and recall of class 1 against class 0; 0 where both are 0.

    Args:
        average: ``macro`` averages the score of each update, ``micro`` scores all of them at once.

    Examples:
        >>> metric = F1()
        >>> metric.update([[0, 1, 1]], [[[0.3, 0.7], [0, 1.0], [0.4, 0.6]]])
        >>> round(float(metric.get()[1]), 6)
        0.8
    """

    def __init__(
        self,
        name: str = "f1",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
        average: str = "macro",
    ) -> None:
        super().__init__(name, output_names, label_names, average)

    def _score(self, counts: np.ndarray) -> float:
        (_, false_negatives), (false_positives, true_positives) = counts.tolist()
        precision = true_positives / max(true_positives + false_positives, 1)
        recall = true_positives / max(true_positives + false_negatives, 1)
        return 2 * precision * recall / (precision + recall) if true_positives else 0.0


@register
class MCC(_BinaryScore):
    """Take Matthews' correlation coefficient of class 1 against class 0; sums of 0 in its denominator count as 1.

    Args:
        average: ``macro`` averages the score of each update, ``micro`` scores all of them at once.

    Examples:
        >>> metric = MCC()
        >>> metric.update([[0, 1, 1]], [[[0.9, 0.1], [0, 1.0], [0.6, 0.4]]])
        >>> round(float(metric.get()[1]), 6)
        0.5
    """

    def __init__(
        self,
        name: str = "mcc",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
        average: str = "macro",
    ) -> None:
        super().__init__(name, output_names, label_names, average)

    def _score(self, counts: np.ndarray) -> float:
        sums = [float(total) for axis in (0, 1) for total in counts.sum(axis=axis) if total]
        (true_negatives, false_negatives), (false_positives, true_positives) = counts.tolist()
        agreement = float(true_positives * true_negatives - false_positives * false_negatives)
        return agreement / math.sqrt(math.prod(sums))


@register
class PCC(EvalMetric):
    """Take the discrete Pearson correlation of predicted and true classes: ``MCC`` for any number of classes.

    The classes are 0 to the largest one seen. All updates are scored at once.

    Examples:
        >>> metric = PCC()
        >>> metric.update([[0, 1, 2]], [[0, 1, 1]])
        >>> round(float(metric.get()[1]), 6)
        0.612372
    """

    def __init__(
        self,
        name: str = "pcc",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
        has_global_stats: bool = True,
    ) -> None:
        super().__init__(name, output_names, label_names, has_global_stats=has_global_stats)

    def update(self, labels: Any, preds: Any) -> None:
        """Add predictions: classes where their shape is the labels', scores per class on axis 1 where it is not."""
        labels, preds = check_label_shapes(labels, preds, wrap=True)
        for label, pred in zip(labels, preds, strict=True):
            label, pred = as_numpy(label).astype(np.int32), as_numpy(pred)
            pred = pred.argmax(axis=1) if pred.shape != label.shape else pred.astype(np.int32)
            label, pred = check_label_shapes(label.ravel(), pred.ravel())
            size = max(len(self._global_confusion), pred.max(initial=0) + 1, label.max(initial=0) + 1)
            batch = np.zeros((size, size))
            np.add.at(batch, (pred, label), 1)
            self._confusion = _grown(self._confusion, size) + batch
            self._global_confusion = _grown(self._global_confusion, size) + batch
        self.num_inst += 1
        self.global_num_inst += 1
        self.sum_metric = _discrete_correlation(self._confusion) * self.num_inst
        self.global_sum_metric = _discrete_correlation(self._global_confusion) * self.global_num_inst

    def reset(self) -> None:
        """Forget everything."""
        self._global_confusion = np.zeros((2, 2))
        super().reset()

    def reset_local(self) -> None:
        """Forget what came since the last ``reset_local``."""
        self._confusion = np.zeros((2, 2))
        super().reset_local()


def _grown(confusion: np.ndarray, size: int) -> np.ndarray:
    return np.pad(confusion, (0, size - len(confusion)))


def _discrete_correlation(confusion: np.ndarray) -> float:
    # Gorodkin, "Comparing two K-category assignments by a K-category correlation coefficient", 2004.
    total = confusion.sum()
    predicted, true = confusion.sum(axis=1), confusion.sum(axis=0)
    spread = (predicted * (total - predicted)).sum() * (true * (total - true)).sum()
    covariance = (confusion.diagonal() * total - predicted * true).sum()
    return covariance / math.sqrt(spread) if spread else float("nan")
