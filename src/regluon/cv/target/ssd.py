"""Targets of SSD (Liu et al., 2016, section 2.2)."""

from collections.abc import Sequence
from typing import Any

from regluon.cv.nn.bbox import BBoxCenterToCorner
from regluon.cv.nn.coder import MultiClassEncoder, NormalizedBoxCenterEncoder
from regluon.cv.nn.matcher import BipartiteMatcher, CompositeMatcher, MaximumMatcher, match_boxes
from regluon.cv.nn.sampler import NaiveSampler, OHEMSampler
from regluon.gluon.hybrid import HybridBlock
from regluon.sym import Symbol

__all__ = ["SSDTargetGenerator"]


class SSDTargetGenerator(HybridBlock):
    """Make the targets of an SSD; GluonCV's ``SSDTargetGenerator``.

    Every ground truth gets the anchor that overlaps it most, and each anchor the ground truth that it overlaps by
    ``iou_thresh`` or more. Nothing is matched where nothing overlaps; GluonCV matches every anchor of a picture that
    has only padding with it, which makes targets infinite. No gradient flows. Outside of graphs the overlaps of all
    anchors with all ground truths are never held at once, so memory grows with their sum.

    Args:
        iou_thresh: overlap from which an anchor is positive.
        neg_thresh: overlap from which one cannot be negative.
        negative_mining_ratio: negative anchors for each positive one, those that the network gets most wrong; all
            where it is 0 or below.
        stds: what box offsets are divided by.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> anchors = nd.array([[[2, 2, 4, 4], [6, 2, 4, 4], [2, 6, 4, 4]]])
        >>> boxes, ids = nd.array([[[0, 0, 4, 5], [-1, -1, -1, -1]]]), nd.array([[[7], [-1]]])
        >>> generate = SSDTargetGenerator(negative_mining_ratio=-1)
        >>> classes, offsets, masks = generate(anchors, nd.zeros((1, 3, 9)), boxes, ids)
        >>> classes.asnumpy(), offsets.asnumpy()[0, 0].round(3)
        (array([[8., 0., 0.]], dtype=float32), array([0.   , 1.25 , 0.   , 1.116], dtype=float32))
    """

    def __init__(
        self,
        iou_thresh: float = 0.5,
        neg_thresh: float = 0.5,
        negative_mining_ratio: float = 3,
        stds: Sequence[float] = (0.1, 0.1, 0.2, 0.2),
        **names: Any,
    ) -> None:
        super().__init__(**names)
        self._mines = negative_mining_ratio > 0
        self.matcher = CompositeMatcher([BipartiteMatcher(share_max=False), MaximumMatcher(iou_thresh)])
        self.sampler = OHEMSampler(negative_mining_ratio, thresh=neg_thresh) if self._mines else NaiveSampler()
        self.class_encoder = MultiClassEncoder()
        self.box_encoder = NormalizedBoxCenterEncoder(stds)
        self.center_to_corner = BBoxCenterToCorner()

    def hybrid_forward(self, F: Any, anchors: Any, cls_preds: Any, gt_boxes: Any, gt_ids: Any) -> tuple[Any, Any, Any]:
        """Make targets.

        Args:
            F: the face.
            anchors: ``(1, N, 4)`` center boxes.
            cls_preds: ``(B, N, C + 1)`` scores before the softmax, the background first.
            gt_boxes: ``(B, M, 4)`` corner boxes of ground truths, padded with -1; M may be 0.
            gt_ids: ``(B, M, 1)`` or ``(B, M)`` their classes, padded with -1.

        Returns:
            Classes ``(B, N)``, 0 for the background and -1 for none; box offsets ``(B, N, 4)``; and their masks.
        """
        boxes, ids = _one_more(F, gt_boxes), _one_more(F, F.reshape(gt_ids, shape=(0, 0, 1)))
        corners = self.center_to_corner(F.reshape(anchors, shape=(-1, 4)))
        if isinstance(corners, Symbol):
            overlaps = F.transpose(F.contrib.box_iou(corners, boxes), axes=(1, 0, 2))
            matches, nearest = self.matcher(overlaps), F.max(overlaps, axis=2)
        else:
            matches, nearest = match_boxes(self.matcher, corners, boxes)
        # Who is matched without any overlap answers for nobody.
        matches = F.where(nearest > 0, matches, F.ones_like(matches) * -1)
        samples = self.sampler(matches, cls_preds, nearest) if self._mines else self.sampler(matches)
        offsets, masks = self.box_encoder(samples, matches, F.expand_dims(corners, axis=0), boxes)
        return self.class_encoder(samples, matches, ids), offsets, masks


def _one_more(F: Any, ground_truths: Any) -> Any:
    """Pad ground truths ``(B, M, K)`` by one row of -1, so that there is one to look at."""
    row = F.sum(ground_truths, axis=1, keepdims=True)
    return F.concat(ground_truths, F.ones_like(row) * -1, dim=1)
