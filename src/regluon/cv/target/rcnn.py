"""Samples and targets of the second stage of R-CNNs (Girshick, 2015, Fast R-CNN, section 2.3)."""

from collections.abc import Sequence
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.cv.nn.bbox import BBoxBatchIOU
from regluon.cv.nn.coder import MultiClassEncoder, NormalizedPerClassBoxCenterEncoder
from regluon.cv.nn.lookup import look_up, look_up_boxes
from regluon.gluon.hybrid import HybridBlock

__all__ = ["RCNNTargetGenerator", "RCNNTargetSampler"]

# Ranks of proposals; the higher, the sooner they are taken.
_IGNORED, _NEGATIVE, _POSITIVE, _WANTED_NEGATIVE = 0, 2, 3, 4


class RCNNTargetSampler(HybridBlock):
    """Draw proposals to train with; GluonCV's ``RCNNTargetSampler``.

    Ground truths join the proposals. Shuffled, first of all at most ``num_sample * pos_ratio`` are taken, positive
    ones before negative ones; then, of all but the first so many of the shuffled list, negative ones before positive
    ones fill the rest. So a proposal can be taken twice, as in GluonCV. Proposals of score -1 come last and are
    ignored. There are always ``num_sample``, boxes of -1 where proposals are too few. No gradient flows.

    The order comes from numbers drawn by ``mx.random``, which ``mx.random.seed`` makes repeatable, or from ``keys``.

    Args:
        num_image: accepted for GluonCV's sake; any batch will do.
        num_proposal: accepted for GluonCV's sake.
        num_sample: proposals to draw in each image.
        pos_iou_thresh: overlap from which a proposal is positive.
        pos_ratio: positive proposals should not be more than this part.
        max_num_gt: accepted for GluonCV's sake; there may be any number of ground truths.

    Examples:
        >>> from regluon import nd
        >>> sample = RCNNTargetSampler(1, 3, num_sample=4, pos_iou_thresh=0.5, pos_ratio=0.5, max_num_gt=1)
        >>> rois = nd.array([[[0, 0, 9, 9], [1, 0, 9, 9], [20, 20, 30, 30]]])
        >>> boxes, samples, matches = sample(rois, nd.ones((1, 3, 1)), nd.array([[[0, 0, 9, 9]]]))
        >>> boxes.shape, samples.shape, matches.asnumpy().tolist()
        ((1, 4, 4), (1, 4), [[0.0, 0.0, 0.0, 0.0]])
    """

    def __init__(
        self,
        num_image: int,  # noqa: ARG002
        num_proposal: int,  # noqa: ARG002
        num_sample: int,
        pos_iou_thresh: float,
        pos_ratio: float,
        max_num_gt: int,  # noqa: ARG002
    ) -> None:
        super().__init__()
        self._num_sample, self._max_pos = num_sample, round(num_sample * pos_ratio)
        if not 0 < self._max_pos < num_sample:
            raise ArgumentError(
                f"RCNNTargetSampler: pos_ratio must leave room for positive and negative proposals among {num_sample}, "
                f"got {pos_ratio}"
            )
        self._pos_iou_thresh = pos_iou_thresh
        self.overlap = BBoxBatchIOU()

    def hybrid_forward(self, F: Any, rois: Any, scores: Any, gt_boxes: Any, keys: Any = None) -> tuple[Any, Any, Any]:
        """Draw.

        Args:
            F: the face.
            rois: ``(B, N, 4)`` corner boxes.
            scores: ``(B, N, 1)``, -1 for one to ignore.
            gt_boxes: ``(B, M, 4)`` corner boxes of ground truths, padded with -1; M may be 0.
            keys: ``(B, N + M)`` numbers below 2, whose order is that of the shuffled proposals and ground truths.

        Returns:
            With S for ``num_sample``: boxes ``(B, S, 4)``, the smallest first; samples ``(B, S)``, 1 for positive, -1
            for negative, 0 for ignored; and matches ``(B, S)``, 0 where there is none.
        """
        rois, scores = F.stop_gradient(rois), F.stop_gradient(scores)
        spare = F.ones_like(F.sum(gt_boxes, axis=1, keepdims=True)) * -1
        spares = F.tile(spare, reps=(1, self._num_sample + self._max_pos, 1))
        boxes = F.concat(rois, gt_boxes, spares, dim=1)
        known = F.concat(
            F.reshape(scores, shape=(0, 0)),
            F.sign(F.sum(F.concat(gt_boxes, spares, dim=1), axis=2) + 1),
            dim=1,
        )
        overlaps = self.overlap(boxes, F.concat(gt_boxes, spare, dim=1))
        nearest, matches = F.max(overlaps, axis=2), F.argmax(overlaps, axis=2)
        rank = F.where(known < 0, F.ones_like(known) * _IGNORED, F.ones_like(known) * _NEGATIVE)
        rank = F.where(nearest >= self._pos_iou_thresh, F.ones_like(rank) * _POSITIVE, rank)
        if keys is None:
            keys = F.random.uniform_like(F.concat(F.reshape(scores, shape=(0, 0)), F.sum(gt_boxes, axis=2), dim=1))
        late = F.ones_like(F.sum(spares, axis=2)) * 2
        index = F.argsort(F.concat(keys, late, dim=1), axis=1)
        chosen, samples = self._choose(F, index, look_up(F, rank, index))
        boxes, matches = look_up_boxes(F, boxes, chosen), look_up(F, matches, chosen)
        order = F.argsort(self._signed_area(F, boxes), axis=1)
        return look_up_boxes(F, boxes, order), look_up(F, samples, order), look_up(F, matches, order)

    def _choose(self, F: Any, index: Any, rank: Any) -> tuple[Any, Any]:
        """Take ``num_sample`` of the shuffled proposals; give their numbers and samples."""
        chosen, samples = [], []
        for first, count in ((0, self._max_pos), (self._max_pos, self._num_sample - self._max_pos)):
            index, rank = (F.slice_axis(one, axis=1, begin=first, end=None) for one in (index, rank))
            if first:
                rank = F.where(rank == _NEGATIVE, F.ones_like(rank) * _WANTED_NEGATIVE, rank)
            best = F.slice_axis(F.argsort(rank, axis=1, is_ascend=False), axis=1, begin=0, end=count)
            rank_of_best = look_up(F, rank, best)
            chosen.append(look_up(F, index, best))
            positive = F.where(rank_of_best == _POSITIVE, F.ones_like(best), F.ones_like(best) * -1)
            samples.append(F.where(rank_of_best == _IGNORED, F.zeros_like(best), positive))
        return F.concat(*chosen, dim=1), F.concat(*samples, dim=1)

    def _signed_area(self, F: Any, boxes: Any) -> Any:
        left, top, right, bottom = F.split(boxes, axis=2, num_outputs=4, squeeze_axis=True)
        return (right - left) * (bottom - top)


class RCNNTargetGenerator(HybridBlock):
    """Encode what sampled proposals should be predicted as; GluonCV's ``RCNNTargetGenerator``.

    No gradient flows.

    Args:
        num_class: C, the number of classes without the background.
        max_pos: P, the number of slots for positive proposals.
        per_device_batch_size: accepted for GluonCV's sake.
        means: what is subtracted from box offsets.
        stds: what they are divided by.
    """

    def __init__(
        self,
        num_class: int,
        max_pos: int = 128,
        per_device_batch_size: int = 1,
        means: Sequence[float] = (0.0, 0.0, 0.0, 0.0),
        stds: Sequence[float] = (0.1, 0.1, 0.2, 0.2),
    ) -> None:
        super().__init__()
        self._cls_encoder = MultiClassEncoder()
        self._box_encoder = NormalizedPerClassBoxCenterEncoder(num_class, max_pos, per_device_batch_size, stds, means)

    def hybrid_forward(
        self, F: Any, roi: Any, samples: Any, matches: Any, gt_label: Any, gt_box: Any
    ) -> tuple[Any, Any, Any, Any]:
        """Make targets.

        Args:
            F: the face.
            roi: ``(B, N, 4)`` corner boxes.
            samples: ``(B, N)``.
            matches: ``(B, N)``.
            gt_label: ``(B, M)`` or ``(B, M, 1)`` class ids of ground truths; M may be 0.
            gt_box: ``(B, M, 4)`` corner boxes.

        Returns:
            Classes ``(B, N)``, 0 for the background and -1 to ignore; box offsets ``(B, P, C, 4)``, alike for all
            classes; masks ``(B, P, C, 4)``; and indices ``(B, P)`` of the proposals in these, positive ones first.
        """
        labels, boxes = _one_more(F, F.reshape(gt_label, shape=(0, 0))), _one_more(F, gt_box)
        roi = F.stop_gradient(roi)
        offsets, masks, indices = self._box_encoder(samples, matches, roi, labels, boxes)
        return self._cls_encoder(samples, matches, labels), offsets, masks, indices


def _one_more(F: Any, ground_truths: Any) -> Any:
    """Pad ground truths ``(B, M, ...)`` by one of -1, so that there is one to look at."""
    row = F.sum(ground_truths, axis=1, keepdims=True)
    return F.concat(ground_truths, F.ones_like(row) * -1, dim=1)
