"""The loop that measures a detector."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from regluon.core.array import as_numpy

__all__ = ["evaluate"]


class _Metric(Protocol):
    def update(self, pred_bboxes: Any, pred_labels: Any, pred_scores: Any, gt_bboxes: Any, gt_labels: Any) -> None: ...


M = TypeVar("M", bound=_Metric)


def evaluate(find: Callable[[Any], Any], batches: Iterable[tuple[Any, Any]], metric: M) -> M:
    """Show a detector pictures and a metric what it finds.

    Args:
        find: takes the pictures of a batch and gives ids ``(B, K, 1)``, scores ``(B, K, 1)`` and boxes ``(B, K, 4)``,
            -1 where there are no more.
        batches: pairs of pictures, as ``find`` takes them, and labels ``(B, M, 5)``: rows of corner box and class, -1
            where there are no more.
        metric: such as ``VOCMApMetric``.

    Returns:
        The metric.

    Examples:
        >>> import numpy as np
        >>> from regluon.cv.metrics import VOCMApMetric
        >>> label = np.array([[[2, 2, 8, 8, 0]]], np.float32)
        >>> found = np.zeros((1, 1, 1)), np.ones((1, 1, 1)), label[..., :4]
        >>> evaluate(lambda pictures: found, [(None, label)], VOCMApMetric(0.5, ["cat"])).get()[1][-1]
        1.0
    """
    for pictures, labels in batches:
        ids, scores, boxes = (as_numpy(one) for one in find(pictures))
        truth = as_numpy(labels)
        metric.update(boxes, ids, scores, truth[..., :4], truth[..., 4:5])
    return metric
