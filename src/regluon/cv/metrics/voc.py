"""Mean average precision as Pascal VOC counts it, with GluonCV's interface and numbers.

A detection is right if, among the true boxes of its class in its image, the one it overlaps most is overlapped
enough and not yet taken by a more confident detection. Boxes are VOC's: the last row and column of pixels belong to
them, so that 1 is added to the far corner.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from regluon.core.array import as_numpy
from regluon.core.errors import ArgumentTypeError, ShapeError
from regluon.cv.metrics.curve import OperatingPoint, PrecisionRecallCurve, best_point
from regluon.gluon.metric import EvalMetric

__all__ = ["VOC07MApMetric", "VOCMApMetric"]


class VOCMApMetric(EvalMetric):
    """Average over classes the area under the precision-recall curve. GluonCV's metric of the same name.

    The numbers are GluonCV's, save where many detections of a class have the very same score: GluonCV's order is
    then up to numpy's sort, here the later detection goes first (as there for up to 16). Where GluonCV fails,
    because nothing was seen yet, the value is NaN.

    Args:
        iou_thresh: the overlap a detection needs to be right.
        class_names: names of the classes; with them ``get`` gives a value for each, then ``mAP``.

    Examples:
        >>> metric = VOCMApMetric(class_names=["cat", "dog"])
        >>> boxes, labels = np.array([[[10, 10, 50, 50], [60, 60, 90, 90]]]), np.array([[0, 1]])
        >>> metric.update(boxes, labels, np.array([[0.9, 0.8]]), boxes[:, :1], labels[:, :1])
        >>> metric.get()
        (['cat', 'dog', 'mAP'], [1.0, nan, 1.0])
    """

    def __init__(self, iou_thresh: float = 0.5, class_names: Sequence[str] | None = None) -> None:
        who = type(self).__name__
        if class_names is not None:
            if isinstance(class_names, str) or not all(isinstance(name, str) for name in class_names):
                raise ArgumentTypeError(f"{who}: class_names must be a list of strings, got {class_names!r}")
            class_names = list(class_names)
        self.iou_thresh = iou_thresh
        self.class_names = class_names
        super().__init__("VOCMeanAP")
        if class_names is not None:
            self.name = [*class_names, "mAP"]

    def reset(self) -> None:
        """Forget all images."""
        super().reset()
        self._labels: list[np.ndarray] = []
        self._scores: list[np.ndarray] = []
        self._matches: list[np.ndarray] = []
        self._truths: list[np.ndarray] = []
        self._curves: list[PrecisionRecallCurve | None] | None = None

    def update(  # type: ignore[override]  # GluonCV's detection metrics take more than labels and predictions
        self,
        pred_bboxes: Any,
        pred_labels: Any,
        pred_scores: Any,
        gt_bboxes: Any,
        gt_labels: Any,
        gt_difficults: Any = None,
    ) -> None:
        """Add the images of a batch.

        Every argument is one array, or a list of arrays, one per part of the batch or one per image. Rows whose
        label is negative are padding.

        Args:
            pred_bboxes: ``(B, N, 4)`` detected boxes in corner form; ``(N, 4)`` for one image.
            pred_labels: ``(B, N)`` or ``(B, N, 1)`` classes.
            pred_scores: ``(B, N)`` or ``(B, N, 1)`` confidences.
            gt_bboxes: ``(B, M, 4)`` true boxes.
            gt_labels: ``(B, M)`` or ``(B, M, 1)`` classes.
            gt_difficults: ``(B, M)`` or ``(B, M, 1)`` flags: a box so marked need not be found, and finding it is
                neither right nor wrong. None, or a list with None in it, marks no box.
        """
        who = type(self).__name__
        found = list(_images(who, "pred", pred_bboxes, pred_labels, pred_scores))
        true = list(_images(who, "gt", gt_bboxes, gt_labels, gt_difficults))
        if len(found) != len(true):
            raise ShapeError(f"{who}: gt_bboxes must be of the {len(found)} images of pred_bboxes, got {len(true)}")
        for (boxes, labels, scores), (truths, truth_labels, difficult) in zip(found, true, strict=True):
            difficult = np.zeros(len(truths), bool) if difficult is None else difficult.astype(bool)
            order = scores.argsort(kind="stable")[::-1]
            boxes, labels, scores = boxes[order], labels[order], scores[order]
            self._labels.append(labels)
            self._scores.append(scores)
            self._matches.append(_match(boxes, labels, truths, truth_labels, difficult, self.iou_thresh))
            self._truths.append(truth_labels[~difficult])
        self._curves = None

    def get(self) -> tuple[Any, Any]:
        """Return the name and the mean, or all class names with ``mAP`` and their values.

        A class of which there is no true box has no value, NaN, and takes no part in the mean.
        """
        values = [float("nan") if curve is None else curve.average_precision for curve in self._all_curves()]
        known = [value for value in values if value == value]
        mean = sum(known) / len(known) if known else float("nan")
        if self.class_names is None:
            return self.name, mean
        count = len(self.class_names)
        return list(self.name), [*(values + [float("nan")] * count)[:count], mean]

    def curves(self) -> list[PrecisionRecallCurve]:
        """Return the curve of each class of which there is a true box, in the order of the classes."""
        return [curve for curve in self._all_curves() if curve is not None]

    def best_point(self) -> OperatingPoint:
        """Return the confidence at which the mean F1 of the classes is best, with precision and recall there."""
        return best_point(self.curves())

    def _all_curves(self) -> list[PrecisionRecallCurve | None]:
        """Return a curve for each class up to the last that has a true box, None for those that have not."""
        if self._curves is None:
            self._curves = self._make_curves() if self._truths else []
        return self._curves

    def _make_curves(self) -> list[PrecisionRecallCurve | None]:
        labels, scores, matches = (np.concatenate(rows) for rows in (self._labels, self._scores, self._matches))
        order = scores.argsort(kind="stable")[::-1]
        order = order[(matches[order] != _IGNORED)]
        order = order[labels[order].argsort(kind="stable")]
        labels, scores, matches = labels[order], scores[order], matches[order]
        curves: list[PrecisionRecallCurve | None] = []
        for label, positives in enumerate(np.bincount(np.concatenate(self._truths)).tolist()):
            rows = slice(*np.searchsorted(labels, [label, label + 1]))
            found = np.cumsum(matches[rows] == _RIGHT)
            precision, recall = found / np.arange(1, len(found) + 1), found / max(positives, 1)
            named = self.class_names is not None and label < len(self.class_names)
            name = self.class_names[label] if self.class_names is not None and named else str(label)
            area = self._average_precision(recall, precision)
            curve = PrecisionRecallCurve(name, area, positives, scores[rows], precision, recall)
            curves.append(curve if positives else None)
        return curves

    def _average_precision(self, recall: np.ndarray, precision: np.ndarray) -> float:
        recall = np.concatenate([[0.0], recall, [1.0]])
        precision = np.concatenate([[0.0], precision, [0.0]])
        highest = np.maximum.accumulate(precision[::-1])[::-1]
        steps = np.flatnonzero(recall[1:] != recall[:-1])
        return float(((recall[steps + 1] - recall[steps]) * highest[steps + 1]).sum())


class VOC07MApMetric(VOCMApMetric):
    """Average over classes the mean precision at recalls of 0, 0.1, ... 1, as VOC did in 2007.

    Args:
        iou_thresh: the overlap a detection needs to be right.
        class_names: names of the classes; with them ``get`` gives a value for each, then ``mAP``.

    Examples:
        >>> metric = VOC07MApMetric()
        >>> truths, labels = np.array([[[10, 10, 50, 50], [60, 60, 90, 90]]]), np.array([[0, 0]])
        >>> metric.update(truths[:, :1], labels[:, :1], np.array([[0.9]]), truths, labels)
        >>> name, value = metric.get()
        >>> name, round(value, 6)  # 6 of the 11 recalls are reached
        ('VOCMeanAP', 0.545455)
    """

    def _average_precision(self, recall: np.ndarray, precision: np.ndarray) -> float:
        highest = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0.0)
        return float((highest[np.searchsorted(recall, np.arange(0.0, 1.1, 0.1))] / 11.0).sum())


_IGNORED, _WRONG, _RIGHT = -1, 0, 1


def _images(who: str, side: str, boxes: Any, labels: Any, values: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Yield the boxes ``(N, 4)``, labels ``(N,)`` and values ``(N,)`` or None of each image, padding left out."""
    parts = [boxes, labels, values]
    if not isinstance(boxes, (list, tuple)):
        parts = [[part] for part in parts]
    elif values is None:
        parts[2] = [None] * len(boxes)
    if len({len(part) for part in parts}) > 1:
        raise ShapeError(
            f"{who}: boxes, labels and the rest of {side} must be lists of one length, "
            f"got {[len(part) for part in parts]}"
        )
    for box, label, value in zip(*parts, strict=True):
        box, label, value = as_numpy(box), as_numpy(label), None if value is None else as_numpy(value)
        if box.ndim < 3:
            box, label, value = box[None], label[None], None if value is None else value[None]
        box = box.reshape(len(box), 0, 4) if not box.size else box
        if box.ndim != 3 or box.shape[2] < 4:
            raise ShapeError(f"{who}: {side}_bboxes must be (B, N, 4), got {box.shape}")
        for name, array in (("labels", label), ("scores" if side == "pred" else "difficults", value)):
            if array is not None and array.size != len(box) * box.shape[1]:
                raise ShapeError(f"{who}: {side}_{name} must be (B, N) = {box.shape[:2]}, got {array.shape}")
        label = label.reshape(box.shape[:2])
        value = None if value is None else value.reshape(box.shape[:2])
        for image in range(len(box)):
            real = label[image] >= 0
            yield box[image][real], label[image][real].astype(np.int64), None if value is None else value[image][real]


def _match(
    boxes: np.ndarray,
    labels: np.ndarray,
    truths: np.ndarray,
    truth_labels: np.ndarray,
    difficult: np.ndarray,
    iou_thresh: float,
) -> np.ndarray:
    """Say of each detection of an image, the most confident first, whether it is right, wrong or ignored."""
    match = np.full(len(boxes), _WRONG, np.int8)
    if not (len(boxes) and len(truths)):
        return match
    overlap = np.where(labels[:, None] == truth_labels, _inclusive_iou(boxes, truths), -np.inf)
    best = overlap.argmax(axis=1)
    # The negation keeps what GluonCV does with boxes of no size, whose overlap is NaN: they count as found.
    found = np.flatnonzero(~(overlap.max(axis=1) < iou_thresh))
    _, first = np.unique(best[found], return_index=True)
    match[found[first]] = _RIGHT
    match[found[difficult[best[found]]]] = _IGNORED
    return match


def _inclusive_iou(lhs: np.ndarray, rhs: np.ndarray) -> np.ndarray:
    """Intersection over union ``(N, M)`` of ``(N, 4)`` with ``(M, 4)`` boxes that include their last pixels."""
    low = np.maximum(lhs[:, None, :2], rhs[:, :2])
    size = np.minimum(lhs[:, None, 2:4] + 1, rhs[:, 2:4] + 1) - low
    shared = size[..., 0] * size[..., 1] * (size > 0).all(axis=2)
    areas = [(boxes[:, 2] + 1 - boxes[:, 0]) * (boxes[:, 3] + 1 - boxes[:, 1]) for boxes in (lhs, rhs)]
    with np.errstate(invalid="ignore", divide="ignore"):
        return shared / (areas[0][:, None] + areas[1] - shared)
