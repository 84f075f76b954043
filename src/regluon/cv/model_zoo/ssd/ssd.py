"""The SSD network (Liu et al., 2016), put together from the parts of ``cv.nn`` as GluonCV does."""

from collections.abc import Sequence
from typing import Any

from regluon import autograd
from regluon.core.errors import ArgumentError
from regluon.cv.anchor import SSDAnchorGenerator
from regluon.cv.nn.coder import MultiPerClassDecoder, NormalizedBoxCenterDecoder
from regluon.cv.nn.feature import FeatureExpander
from regluon.cv.nn.predictor import ConvPredictor
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock

__all__ = ["SSD"]


class SSD(HybridBlock):
    """Find objects in pictures ``(B, 3, H, W)``.

    While training it returns class scores ``(B, N, C + 1)`` (the background first), box offsets ``(B, N, 4)`` and
    anchors ``(1, N, 4)`` in centre format. Otherwise ids ``(B, K, 1)``, scores ``(B, K, 1)`` and boxes
    ``(B, K, 4)`` in pixels, the best first and -1 where there are no more.

    Args:
        network: backbone, or its name in the zoo.
        base_size: size of pictures that the anchors are made for.
        features: names of the backbone's outputs to look at.
        num_filters: channels of further layers, each of half the size of the one before.
        sizes: sizes of anchors in pixels, one more than there are layers; a layer has its own and the geometric mean
            with the next.
        ratios: for each layer, widths of anchors relative to their heights.
        steps: for each layer, the distance of anchors in pixels.
        classes: names of the classes.
        use_1x1_transition: put 1x1 convolutions between the further layers.
        use_bn: normalise in the further layers.
        reduce_ratio: channels of the 1x1 convolutions relative to those of the layer.
        min_depth: their least number of channels.
        global_pool: add a layer of one cell.
        stds: what offsets are divided by.
        nms_thresh: overlap from which the lower-scored of two boxes of a class is dropped.
        nms_topk: boxes that take part in that; -1 for all.
        post_nms: boxes that are returned; -1 for all.
        anchor_alloc_size: cells along each axis that the first layer's anchors are kept for; halved layer by layer.
        predictors_kernel: size of the predictors' kernels.
        predictors_pad: their padding.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        network: HybridBlock | str,
        base_size: int,
        features: Sequence[str],
        num_filters: Sequence[int],
        sizes: Sequence[float],
        ratios: Sequence[Sequence[float]],
        steps: Sequence[float],
        classes: Sequence[str],
        use_1x1_transition: bool = True,
        use_bn: bool = True,
        reduce_ratio: float = 1.0,
        min_depth: int = 128,
        global_pool: bool = False,
        stds: Sequence[float] = (0.1, 0.1, 0.2, 0.2),
        nms_thresh: float = 0.45,
        nms_topk: int = 400,
        post_nms: int = 100,
        anchor_alloc_size: int = 128,
        predictors_kernel: tuple[int, int] = (3, 3),
        predictors_pad: tuple[int, int] = (1, 1),
        **names: Any,
    ) -> None:
        super().__init__(**names)
        layers = len(features) + len(num_filters) + int(global_pool)
        if not len(ratios) == len(steps) == layers or len(sizes) != layers + 1:
            raise ArgumentError(
                f"SSD: ratios and steps must be one for each of {layers} layers and sizes one more, got {len(ratios)}, "
                f"{len(steps)} and {len(sizes)}"
            )
        if not classes:
            raise ArgumentError("SSD: classes must be at least one name, got none")
        self.classes, self.num_classes = tuple(classes), len(classes)
        self.nms_thresh, self.nms_topk, self.post_nms = nms_thresh, nms_topk, post_nms
        with self.name_scope():
            self.features = FeatureExpander(
                network,
                list(features),
                list(num_filters),
                use_1x1_transition,
                use_bn,
                reduce_ratio,
                min_depth,
                global_pool,
            )
            self.class_predictors = nn.HybridSequential()
            self.box_predictors = nn.HybridSequential()
            self.anchor_generators = nn.HybridSequential()
            allocated = anchor_alloc_size
            for i, (size, bigger, ratio, step) in enumerate(zip(sizes[:-1], sizes[1:], ratios, steps, strict=True)):
                anchors = SSDAnchorGenerator(
                    i, (base_size, base_size), (size, bigger), ratio, step, (allocated, allocated)
                )
                self.anchor_generators.add(anchors)
                allocated = max(allocated // 2, 16)  # deeper maps are smaller
                for predictors, width in ((self.class_predictors, self.num_classes + 1), (self.box_predictors, 4)):
                    predictors.add(ConvPredictor(anchors.num_depth * width, predictors_kernel, predictors_pad))
            self.bbox_decoder = NormalizedBoxCenterDecoder(tuple(stds))
            self.cls_decoder = MultiPerClassDecoder(self.num_classes + 1, thresh=0.01)

    def set_nms(self, nms_thresh: float = 0.45, nms_topk: int = 400, post_nms: int = 100) -> None:
        """Change how overlapping boxes are dropped.

        Args:
            nms_thresh: the overlap; outside of (0, 1) nothing is dropped.
            nms_topk: boxes that take part; -1 for all.
            post_nms: boxes that are returned; -1 for all.
        """
        self._clear_cached_op()
        self.nms_thresh, self.nms_topk, self.post_nms = nms_thresh, nms_topk, post_nms

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return predictions and anchors while training, else what is found."""
        features = self.features(x)
        if not isinstance(features, (list, tuple)):  # there is one layer
            features = [features]
        scores = self._predict(F, features, self.class_predictors, self.num_classes + 1)
        offsets = self._predict(F, features, self.box_predictors, 4)
        made = [make(one) for make, one in zip(self.anchor_generators, features, strict=True)]
        anchors = [F.reshape(one, shape=(1, -1)) for one in made]
        anchors = F.reshape(F.concat(*anchors, dim=1), shape=(1, -1, 4))
        if autograd.is_training():
            return [scores, offsets, anchors]
        return self._find(F, F.softmax(scores, axis=-1), self.bbox_decoder(offsets, anchors))

    def _predict(self, F: Any, features: Sequence[Any], predictors: Any, width: int) -> Any:
        """Join the predictions of all layers, one row of ``width`` for each anchor."""
        rows = [
            F.flatten(F.transpose(predict(map_), axes=(0, 2, 3, 1)))
            for map_, predict in zip(features, predictors, strict=True)
        ]
        return F.reshape(F.concat(*rows, dim=1), shape=(0, -1, width))

    def _find(self, F: Any, probabilities: Any, boxes: Any) -> tuple[Any, Any, Any]:
        """Make one row of id, score and box for each class and anchor, drop what overlaps, and part the columns."""
        ids, scores = self.cls_decoder(probabilities)
        columns = [F.reshape(F.transpose(one, axes=(0, 2, 1)), shape=(0, -1, 1)) for one in (ids, scores)]
        rows = F.concat(*columns, F.tile(boxes, reps=(1, self.num_classes, 1)), dim=-1)
        if 0 < self.nms_thresh < 1:
            rows = F.contrib.box_nms(
                rows, overlap_thresh=self.nms_thresh, topk=self.nms_topk, valid_thresh=0.01, id_index=0, score_index=1,
                coord_start=2, force_suppress=False,
            )  # fmt: skip
            if self.post_nms > 0:
                rows = F.slice_axis(rows, axis=1, begin=0, end=self.post_nms)
        return (
            F.slice_axis(rows, axis=2, begin=0, end=1),
            F.slice_axis(rows, axis=2, begin=1, end=2),
            F.slice_axis(rows, axis=2, begin=2, end=6),
        )
