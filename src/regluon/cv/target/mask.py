"""Targets of masks (He et al., 2017, Mask R-CNN, section 3)."""

from collections.abc import Sequence
from typing import Any

from regluon.cv.nn.lookup import look_up
from regluon.gluon.hybrid import HybridBlock

__all__ = ["MaskTargetGenerator"]


class MaskTargetGenerator(HybridBlock):
    """Cut the masks that regions should be predicted with out of those of ground truths.

    GluonCV's ``MaskTargetGenerator``. No gradient flows.

    Args:
        num_images: accepted for GluonCV's sake; any batch will do.
        num_rois: accepted for GluonCV's sake.
        num_classes: C, the number of classes without the background.
        mask_size: height and width of the masks.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        num_images: int,  # noqa: ARG002
        num_rois: int,  # noqa: ARG002
        num_classes: int,
        mask_size: Sequence[int],
        **names: Any,
    ) -> None:
        super().__init__(**names)
        self._num_classes, self._mask_size = num_classes, tuple(mask_size)

    def hybrid_forward(self, F: Any, rois: Any, gt_masks: Any, matches: Any, cls_targets: Any) -> tuple[Any, Any]:
        """Make targets.

        Args:
            F: the face.
            rois: ``(B, N, 4)`` corner boxes.
            gt_masks: ``(B, M, H, W)`` masks of ground truths.
            matches: ``(B, N)`` indices in ``[0, M)``; those below count as 0.
            cls_targets: ``(B, N)`` classes, 0 for the background.

        Returns:
            Masks ``(B, N, C, *mask_size)``, alike for all classes; and 1 where the class is the region's, else 0.
        """
        numbers = look_up(F, F.contrib.arange_like(F.sum(gt_masks, axis=(2, 3))), matches)
        rows = F.concat(F.expand_dims(numbers, axis=2), rois, dim=2)
        pooled = F.contrib.ROIAlign(
            F.expand_dims(F.reshape(gt_masks, shape=(-3, 0, 0)), axis=1),
            F.reshape(rows, shape=(-3, 0)),
            pooled_size=self._mask_size,
            spatial_scale=1.0,
            sample_ratio=2,
        )
        pooled = F.reshape_like(pooled, rois, lhs_begin=0, lhs_end=1, rhs_begin=0, rhs_end=2)
        masks = F.stop_gradient(F.broadcast_axis(pooled, axis=2, size=self._num_classes))
        own = F.one_hot(cls_targets - 1, depth=self._num_classes)
        own = F.expand_dims(F.expand_dims(own, axis=3), axis=4)
        return masks, F.broadcast_like(own, masks, lhs_axes=(3, 4), rhs_axes=(3, 4))
