"""Faster R-CNN (Ren et al., 2015), put together from the parts of ``cv.nn`` as GluonCV does."""

from collections.abc import Sequence
from typing import Any

from regluon import autograd
from regluon.core.errors import ArgumentError
from regluon.cv.model_zoo.rcnn.rcnn import RCNN
from regluon.cv.model_zoo.rcnn.regions import Mode, number_images, pool_pyramid, pool_regions
from regluon.cv.model_zoo.rcnn.rpn import RPN
from regluon.cv.model_zoo.reuse import ReuseWeights
from regluon.cv.target import RCNNTargetGenerator, RCNNTargetSampler
from regluon.gluon.hybrid import HybridBlock

__all__ = ["FasterRCNN"]


class FasterRCNN(RCNN):
    """Find objects in pictures ``(B, 3, H, W)``: propose regions, then judge each; GluonCV's ``FasterRCNN``.

    GluonCV looks at one picture at a time, and trains on ``per_device_batch_size``; here any batch will do. Pictures
    that give fewer proposals than asked for are an error there.

    Args:
        features: makes the feature map, or the maps of a pyramid.
        top_features: goes over the features of each region; None for nothing.
        classes: names of the classes.
        box_features: goes over these before the predictors; None for the average.
        short: shorter side of pictures, or its least and largest while training.
        max_size: the most that their longer side may be.
        min_stage: level of the first feature map.
        max_stage: level of the last; a sixth makes proposals only.
        train_patterns: regular expression of the names of Parameters to train; all if None.
        nms_thresh: overlap above which the lower-scored of two boxes of a class is dropped.
        nms_topk: boxes of each class that take part in that; -1 for all.
        post_nms: kept for those who read it, as in GluonCV; it has no effect.
        roi_mode: average samples of the features (``align``), or take the largest (``pool``).
        roi_size: height and width of a region's features.
        strides: pixels for each of a feature map; for a pyramid, of each map.
        clip: upper bound of the sizes' offsets; None for none.
        rpn_channel: channels of the convolution in front of the proposals.
        base_size: size that scales are multiples of, in pixels.
        scales: sizes of anchors in base sizes; for a pyramid, of each map.
        ratios: heights of anchors relative to their widths.
        alloc_size: the most rows and columns of the first feature map.
        rpn_nms_thresh: overlap above which the lower-scored of two proposals is dropped.
        rpn_train_pre_nms: proposals that take part in that while training.
        rpn_train_post_nms: proposals that are left then.
        rpn_test_pre_nms: proposals that take part otherwise.
        rpn_test_post_nms: proposals that are left otherwise.
        rpn_min_size: the least width and height of a proposal, in pixels.
        per_device_batch_size: accepted for GluonCV's sake.
        num_sample: proposals to train with in each picture.
        pos_iou_thresh: overlap from which one is positive.
        pos_ratio: positive ones should not be more than this part.
        max_num_gt: accepted for GluonCV's sake.
        additional_output: return the features, too.
        force_nms: drop overlapping boxes whatever their classes.
        minimal_opset: use common operators only. (GluonCV cannot train then.)
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        features: HybridBlock,
        top_features: HybridBlock | None,
        classes: Sequence[str],
        box_features: HybridBlock | None = None,
        short: int | Sequence[int] = 600,
        max_size: int = 1000,
        min_stage: int = 4,
        max_stage: int = 4,
        train_patterns: str | None = None,
        nms_thresh: float = 0.3,
        nms_topk: int = 400,
        post_nms: int = 100,
        roi_mode: Mode = "align",
        roi_size: Sequence[int] = (14, 14),
        strides: Any = 16,
        clip: float | None = None,
        rpn_channel: int = 1024,
        base_size: float = 16,
        scales: Sequence[Any] = (8, 16, 32),
        ratios: Sequence[float] = (0.5, 1, 2),
        alloc_size: Sequence[int] = (128, 128),
        rpn_nms_thresh: float = 0.7,
        rpn_train_pre_nms: int = 12000,
        rpn_train_post_nms: int = 2000,
        rpn_test_pre_nms: int = 6000,
        rpn_test_post_nms: int = 300,
        rpn_min_size: float = 16,
        per_device_batch_size: int = 1,
        num_sample: int = 128,
        pos_iou_thresh: float = 0.5,
        pos_ratio: float = 0.25,
        max_num_gt: int = 300,
        additional_output: bool = False,
        force_nms: bool = False,
        minimal_opset: bool = False,
        **names: Any,
    ) -> None:
        super().__init__(
            features, top_features, classes, box_features, short, max_size, train_patterns, nms_thresh, nms_topk,
            post_nms, roi_mode, roi_size, strides, clip, force_nms, minimal_opset, **names,
        )  # fmt: skip
        self.num_stages = max_stage - min_stage + 1
        lengths = [len(one) if isinstance(one, Sequence) else 1 for one in (scales, strides)]
        if self.num_stages > 1 and lengths != [self.num_stages] * 2:
            raise ArgumentError(
                f"{type(self).__name__}: scales and strides must be one for each of {self.num_stages} stages, got "
                f"{lengths[0]} and {lengths[1]}"
            )
        self._stages = min_stage, max_stage - 1 if max_stage > 5 else max_stage
        self.ashape = alloc_size[0]
        self._additional_output = additional_output
        self._num_sample, self._max_pos = num_sample, int(num_sample * pos_ratio)
        train_post_nms = min(rpn_train_post_nms, rpn_train_pre_nms)
        with self.name_scope():
            self.rpn = RPN(
                rpn_channel, strides, base_size, scales, ratios, alloc_size, clip, rpn_nms_thresh, rpn_train_pre_nms,
                train_post_nms, rpn_test_pre_nms, min(rpn_test_post_nms, rpn_test_pre_nms), rpn_min_size,
                multi_level=self.num_stages > 1, minimal_opset=minimal_opset,
            )  # fmt: skip
            self.sampler = RCNNTargetSampler(
                per_device_batch_size, train_post_nms, num_sample, pos_iou_thresh, pos_ratio, max_num_gt
            )
        self._target_generator = RCNNTargetGenerator(self.num_class, self._max_pos)

    @property
    def target_generator(self) -> RCNNTargetGenerator:
        """What makes the targets of the second stage."""
        return self._target_generator

    def reset_class(self, classes: Sequence[str], reuse_weights: ReuseWeights = None) -> None:
        """Change the classes: new predictors begin at random, except for classes that continue old ones.

        Args:
            classes: names of the new classes.
            reuse_weights: ``{new: old}``, each a name or a number; or a list of names that are in both. Where a class
                is reused, the background is too.
        """
        super().reset_class(classes, reuse_weights)
        self._target_generator = RCNNTargetGenerator(self.num_class, self._max_pos)

    def hybrid_forward(self, F: Any, x: Any, gt_box: Any = None, gt_label: Any = None, keys: Any = None) -> Any:
        """Look at pictures.

        Args:
            F: the face.
            x: ``(B, 3, H, W)``.
            gt_box: for training, ``(B, M, 4)`` corner boxes of ground truths, padded with -1; M may be 0.
            gt_label: for training, ``(B, M, 1)`` their classes, padded with -1.
            keys: for training, numbers that say in which order proposals are drawn, as for ``RCNNTargetSampler``.

        Returns:
            Otherwise ids ``(B, K, 1)``, scores ``(B, K, 1)`` and corner boxes ``(B, K, 4)`` in pixels: class by class,
            the best first, and -1 where there are no more. With ``additional_output`` also the feature maps.

            While training, with S samples, P slots for positive ones, C classes and N anchors: class scores ``(B, S,
            C + 1)``, box offsets ``(B, P, C, 4)``, the sampled boxes ``(B, S, 4)``, samples and matches ``(B, S)``;
            scores ``(B, N, 1)`` and offsets ``(B, N, 4)`` of the anchors, and these, ``(1, N, 4)`` or a list of
            levels; targets: classes ``(B, S)``, offsets and masks ``(B, P, C, 4)``; and which samples the slots hold
            ``(B, P)``. With ``additional_output`` the regions' features come before these.
        """
        features = self.features(x)
        features = list(features) if isinstance(features, (list, tuple)) else [features]
        if not autograd.is_training():
            _, boxes = self.rpn(x, *features)
            of_class, of_box = self._heads(F, self._look(F, features, boxes))
            found = self._find(F, boxes, self.class_predictor(of_class), self.box_predictor(of_box))
            return (*found, features) if self._additional_output else found
        if gt_box is None or gt_label is None:
            raise ArgumentError(f"{type(self).__name__}: gt_box and gt_label must be given while training, got none")
        scores, boxes, *of_anchors = self.rpn(x, *features)
        given = (boxes, scores, gt_box) if keys is None else (boxes, scores, gt_box, keys)
        boxes, samples, matches = self.sampler(*given)
        top = self._look(F, features, boxes)
        of_class, of_box = self._heads(F, top)
        class_scores = _by_image(F, self.class_predictor(of_class), samples)
        classes, offsets, masks, slots = self.target_generator(boxes, samples, matches, gt_label, gt_box)
        shifts = _by_image(F, self.box_predictor(self._take(F, of_box, slots)), slots)
        shifts = F.reshape(shifts, shape=(0, 0, self.num_class, 4))
        extra = (top,) if self._additional_output else ()
        return class_scores, shifts, boxes, samples, matches, *of_anchors, classes, offsets, masks, *extra, slots

    def _pool(self, F: Any, features: Sequence[Any], boxes: Any) -> Any:
        """Cut the features of boxes ``(B, N, 4)`` out: ``(B * N, C, *roi_size)``."""
        rois = number_images(F, boxes)
        if self.num_stages == 1:
            return pool_regions(F, features[0], rois, self._roi_mode, self._roi_size, self._strides)
        return pool_pyramid(F, features, rois, self._roi_mode, self._roi_size, self._strides, self._stages)

    def _look(self, F: Any, features: Sequence[Any], boxes: Any) -> Any:
        """Cut the features of boxes ``(B, N, 4)`` out and go over them, for all heads: ``(B * N, C, h, w)``."""
        top = self._pool(F, features, boxes)
        return top if self.top_features is None else self.top_features(top)

    def _heads(self, F: Any, top: Any) -> tuple[Any, Any]:
        """Go over the features of regions, for their classes and for their offsets."""
        if self.box_features is None:
            both = F.contrib.AdaptiveAvgPooling2D(top, output_size=1)
        else:
            both = self.box_features(top)
        return both, both

    def _take(self, F: Any, rows: Any, slots: Any) -> Any:
        """Take the rows ``(B * S, ...)`` that slots ``(B, P)`` name, image by image: ``(B * P, ...)``."""
        first = F.contrib.arange_like(slots, axis=0) * self._num_sample
        numbers = F.broadcast_add(slots, F.reshape(first, shape=(-1, 1)))
        return F.take(rows, F.reshape(numbers, shape=(-1,)))

    def _find(self, F: Any, boxes: Any, class_scores: Any, shifts: Any) -> tuple[Any, Any, Any]:
        """Make a row of id, score and box for each class and region, drop what overlaps, and part the columns."""
        probabilities = F.softmax(_by_image(F, class_scores, boxes), axis=-1)
        shifts = F.reshape(_by_image(F, shifts, boxes), shape=(0, 0, self.num_class, 4))
        columns = [F.expand_dims(F.transpose(one, axes=(0, 2, 1)), axis=3) for one in self.cls_decoder(probabilities)]
        shifted = self.box_decoder(F.transpose(shifts, axes=(0, 2, 1, 3)), F.expand_dims(boxes, axis=1))
        rows = F.concat(*columns, shifted, dim=-1)
        if self.force_nms:
            rows = F.reshape(rows, shape=(0, -3, 0))
        rows = F.contrib.box_nms(
            rows, overlap_thresh=self.nms_thresh, topk=self.nms_topk, valid_thresh=0.0001, id_index=0, score_index=1,
            coord_start=2, force_suppress=self.force_nms,
        )  # fmt: skip
        rows = rows if self.force_nms else F.reshape(rows, shape=(0, -3, 0))
        return (
            F.slice_axis(rows, axis=2, begin=0, end=1),
            F.slice_axis(rows, axis=2, begin=1, end=2),
            F.slice_axis(rows, axis=2, begin=2, end=6),
        )


def _by_image(F: Any, rows: Any, like: Any) -> Any:
    """Part rows ``(B * N, K)`` by image, as in an array ``(B, N, ...)``."""
    return F.reshape_like(rows, like, lhs_begin=0, lhs_end=1, rhs_begin=0, rhs_end=2)
