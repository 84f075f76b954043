"""How good detections of one class are, at every confidence: the curve behind an average precision."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["OperatingPoint", "PrecisionRecallCurve", "best_point"]


@dataclass(frozen=True, slots=True)
class PrecisionRecallCurve:
    """Precision and recall of a class as its detections are let in, the most confident first.

    Args:
        name: of the class.
        average_precision: the area that the metric in use makes of the curve.
        positives: how many objects there are to find.
        confidence: ``(K,)`` scores of the detections, falling.
        precision: ``(K,)`` right ones among the detections so far.
        recall: ``(K,)`` objects found so far.
    """

    name: str
    average_precision: float
    positives: int
    confidence: np.ndarray
    precision: np.ndarray
    recall: np.ndarray

    def at(self, confidence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return precision and recall of the detections that reach each of ``confidence`` ``(G,)``.

        Where there is no detection, precision is 1 and recall 0.
        """
        taken = np.searchsorted(-self.confidence, -np.asarray(confidence, self.confidence.dtype), side="right")
        precision = np.concatenate([[1.0], self.precision])
        recall = np.concatenate([[0.0], self.recall])
        return precision[taken], recall[taken]


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What detections are worth at one confidence: means over the classes."""

    confidence: float
    precision: float
    recall: float
    f1: float


def best_point(curves: Sequence[PrecisionRecallCurve]) -> OperatingPoint:
    """Find the confidence, to a thousandth, at which the mean F1 of the classes is best.

    Returns:
        The lowest such confidence; NaN throughout if there are no curves.

    Examples:
        >>> curve = PrecisionRecallCurve("a", 1.0, 2, np.array([0.75, 0.5]), np.ones(2), np.array([0.5, 1.0]))
        >>> best_point([curve])
        OperatingPoint(confidence=0.0, precision=1.0, recall=1.0, f1=1.0)
    """
    if not curves:
        return OperatingPoint(*[float("nan")] * 4)
    grid = np.linspace(0, 1, 1001)
    precision, recall = np.stack([curve.at(grid) for curve in curves], axis=1)
    f1 = (2 * precision * recall / np.maximum(precision + recall, 1e-12)).mean(axis=0)
    best = int(f1.argmax())
    means = float(precision[:, best].mean()), float(recall[:, best].mean())
    return OperatingPoint(float(grid[best]), *means, float(f1[best]))
