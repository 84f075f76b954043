"""Mask R-CNN (He et al., 2017), put together from the parts of ``cv.nn`` as GluonCV does."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from regluon import autograd
from regluon.core.errors import ArgumentError
from regluon.cv.model_zoo.rcnn.faster_rcnn import FasterRCNN
from regluon.cv.model_zoo.rcnn.rcnn import copy_rows
from regluon.cv.model_zoo.reuse import ReuseWeights, match_classes
from regluon.cv.target.mask import MaskTargetGenerator
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock
from regluon.initializer import Xavier

__all__ = ["Mask", "MaskRCNN"]


class Mask(HybridBlock):
    """Draw a mask of every class for each region; GluonCV's ``Mask``.

    Args:
        batch_images: accepted for GluonCV's sake; any batch will do.
        classes: names of the classes.
        mask_channels: channels of the layers before.
        num_fcn_convs: convolutions before the one that doubles the size.
        norm_layer: normalisation; only ``nn.SyncBatchNorm`` has an effect, as in GluonCV.
        norm_kwargs: its arguments.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        batch_images: int,  # noqa: ARG002
        classes: Sequence[str],
        mask_channels: int,
        num_fcn_convs: int = 0,
        norm_layer: Callable[..., HybridBlock] | None = None,
        norm_kwargs: Mapping[str, Any] | None = None,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        self.classes = tuple(classes)
        norms = [norm_layer] if norm_layer is nn.SyncBatchNorm else []
        with self.name_scope():
            if num_fcn_convs > 0:
                self.deconv = nn.HybridSequential()
                for _ in range(num_fcn_convs):
                    self.deconv.add(nn.Conv2D(mask_channels, 3, 1, 1, weight_initializer=_beginning()))
                    self.deconv.add(*[norm(**(norm_kwargs or {})) for norm in norms], nn.Activation("relu"))
                self.deconv.add(nn.Conv2DTranspose(mask_channels, 2, 2, weight_initializer=_beginning()))
                self.deconv.add(*[norm(**(norm_kwargs or {})) for norm in norms])
            else:
                self.deconv = nn.Conv2DTranspose(mask_channels, 2, 2, weight_initializer=_beginning())
            self.mask = nn.Conv2D(len(self.classes), 1, weight_initializer=_beginning())

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Draw, from features ``(R, channels, H, W)``, ``(R, C, 2 H, 2 W)`` scores before the sigmoid."""
        return self.mask(F.relu(self.deconv(x)))

    def reset_class(self, classes: Sequence[str], reuse_weights: ReuseWeights = None) -> None:
        """Change the classes: those that continue old ones keep their weights.

        Args:
            classes: names of the new classes.
            reuse_weights: ``{new: old}``, each a name or a number; or a list of names that are in both.
        """
        old, reused = self.mask, match_classes(reuse_weights, self.classes, classes, "Mask")
        if reused and not old.weight.initialized:
            raise ArgumentError("Mask: reset_class with reuse_weights must come after weights are loaded, or made")
        self._clear_cached_op()
        self.classes = tuple(classes)
        self.mask = nn.Conv2D(
            len(classes), 1, weight_initializer=_beginning(), in_channels=old.weight.shape[1], prefix=old.prefix
        )
        if old.weight.initialized or old.weight.is_deferred:
            self.mask.initialize(ctx=old.weight.list_ctx())
        if reused:
            copy_rows(old, self.mask, reused, 1)


class MaskRCNN(FasterRCNN):
    """Find objects in pictures ``(B, 3, H, W)`` and draw their masks; GluonCV's ``MaskRCNN``.

    Args:
        features: makes the feature map, or the maps of a pyramid.
        top_features: goes over the features of each region; None for nothing.
        classes: names of the classes.
        mask_channels: channels of the layers before the masks.
        rcnn_max_dets: the most objects that are returned.
        rpn_test_pre_nms: proposals that take part in suppression when not training.
        rpn_test_post_nms: proposals that are left then.
        target_roi_scale: size of masks while training, in sizes of a region's features.
        num_fcn_convs: convolutions before the one that doubles the size.
        norm_layer: normalisation of the masks' layers; only ``nn.SyncBatchNorm`` has an effect, as in GluonCV.
        norm_kwargs: its arguments.
        kwargs: further arguments of ``FasterRCNN``.
    """

    def __init__(
        self,
        features: HybridBlock,
        top_features: HybridBlock | None,
        classes: Sequence[str],
        mask_channels: int = 256,
        rcnn_max_dets: int = 1000,
        rpn_test_pre_nms: int = 6000,
        rpn_test_post_nms: int = 1000,
        target_roi_scale: int = 1,
        num_fcn_convs: int = 0,
        norm_layer: Callable[..., HybridBlock] | None = None,
        norm_kwargs: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            features, top_features, classes, rpn_test_pre_nms=rpn_test_pre_nms, rpn_test_post_nms=rpn_test_post_nms,
            additional_output=True, **kwargs,
        )  # fmt: skip
        self._rcnn_max_dets = min(rcnn_max_dets, rpn_test_pre_nms, rpn_test_post_nms)
        self._mask_size = tuple(side * target_roi_scale for side in self._roi_size)
        with self.name_scope():
            self.mask = Mask(1, self.classes, mask_channels, num_fcn_convs, norm_layer, norm_kwargs)
            self.mask_target = MaskTargetGenerator(1, self._num_sample, self.num_class, self._mask_size)

    def reset_class(self, classes: Sequence[str], reuse_weights: ReuseWeights = None) -> None:
        """Change the classes: those that continue old ones keep their weights.

        Args:
            classes: names of the new classes.
            reuse_weights: ``{new: old}``, each a name or a number; or a list of names that are in both.
        """
        super().reset_class(classes, reuse_weights)
        self.mask.reset_class(classes, reuse_weights)
        self.mask_target = MaskTargetGenerator(1, self._num_sample, self.num_class, self._mask_size)

    def hybrid_forward(self, F: Any, x: Any, gt_box: Any = None, gt_label: Any = None, keys: Any = None) -> Any:
        """Look at pictures; arguments are those of ``FasterRCNN``.

        Returns:
            Otherwise ids ``(B, K, 1)``, scores ``(B, K, 1)``, corner boxes ``(B, K, 4)``, the best first and -1 where
            there are no more, and probabilities of the masks ``(B, K, H, W)``. While training what ``FasterRCNN``
            returns, with masks ``(B, P, C, H, W)`` before the sigmoid after the box offsets.
        """
        if autograd.is_training():
            scores, shifts, *others, top, slots = super().hybrid_forward(F, x, gt_box, gt_label, keys)
            masks = self.mask(self._take(F, top, slots))
            return scores, shifts, _by_image(F, masks, slots), *others, slots
        ids, scores, boxes, features = super().hybrid_forward(F, x)
        flat = F.reshape(scores, shape=(0, 0))
        order = F.argsort(flat, axis=1, is_ascend=False)
        best = F.slice(order, begin=(None, None), end=(None, self._rcnn_max_dets))
        image = F.expand_dims(F.contrib.arange_like(best, axis=0), axis=1)
        first = F.broadcast_mul(image, F.sum(F.ones_like(flat), axis=1, keepdims=True))
        place = F.reshape(F.broadcast_add(best, first), shape=(-1,))
        ids, scores, boxes = (
            _by_image(F, F.take(F.reshape(one, shape=(-3, 0)), place), best) for one in (ids, scores, boxes)
        )
        masks = self.mask(self._look(F, features, boxes))
        # A mask of each class: that of the object's own is taken, the first class's where there is no object.
        own = F.clip(F.reshape(ids, shape=(-1,)), a_min=0, a_max=self.num_class - 1)
        own = own + F.contrib.arange_like(own, axis=0) * self.num_class
        masks = F.sigmoid(F.take(F.reshape(masks, shape=(-3, 0, 0)), own))
        return ids, scores, boxes, _by_image(F, masks, best)


def _by_image(F: Any, rows: Any, like: Any) -> Any:
    """Part rows ``(B * N, ...)`` by image, as in an array ``(B, N)``."""
    return F.reshape_like(rows, like, lhs_begin=0, lhs_end=1, rhs_begin=0, rhs_end=2)


def _beginning() -> Xavier:
    return Xavier(rnd_type="gaussian", factor_type="out", magnitude=2)
