"""The YOLOv3 network (Redmon and Farhadi, 2018)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from regluon import autograd
from regluon.core.errors import ArgumentError, ArgumentTypeError, NotSupportedError
from regluon.cv.loss import YOLOV3Loss
from regluon.cv.model_zoo.backbones.darknet import darknet_unit
from regluon.cv.model_zoo.reuse import ReuseWeights, match_classes
from regluon.cv.model_zoo.yolo.head import YOLODetectionBlockV3, YOLOOutputV3
from regluon.cv.target import YOLOV3TargetMerger
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock

__all__ = ["YOLOV3"]

_TARGETS = "gt_boxes, obj_t, centers_t, scales_t, weights_t, clas_t"


class YOLOV3(HybridBlock):
    """Find objects in pictures ``(B, 3, H, W)``; GluonCV's ``YOLOV3``.

    Predicting, it returns ids ``(B, K, 1)``, scores ``(B, K, 1)`` and boxes ``(B, K, 4)`` in pixels, the best first
    and -1 where there are no more. Training, called with targets, it returns losses; without, what
    ``YOLOV3PrefetchTargetGenerator`` makes targets of. (GluonCV wants targets while it records, and passes over them
    while it does not.)

    Args:
        stages: parts of the backbone, each on top of the one before; the network looks at what comes out of each.
        channels: for each map from the last to the first, channels of its ``YOLODetectionBlockV3``.
        anchors: for each map from the first to the last, widths and heights in turn, in pixels.
        strides: for each map from the first to the last, the distance of its cells in pixels.
        classes: names of the classes.
        alloc_size: the most rows and columns of a map.
        nms_thresh: overlap from which the lower-scored of two boxes of a class is dropped; outside of (0, 1) none is.
        nms_topk: boxes that take part in that; -1 for all.
        post_nms: boxes that are returned; -1 for all.
        pos_iou_thresh: 1; there is nothing below.
        ignore_iou_thresh: a prediction that overlaps an object more than this is not told that there is none.
        norm_layer: class of the normalisations.
        norm_kwargs: arguments of it.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> stages = [nn.Conv2D(4, 3, 2, 1), nn.Conv2D(8, 3, 2, 1)]
        >>> net = YOLOV3(stages, [8, 4], [[8, 8], [16, 16]], [2, 4], ("cat", "dog"), (16, 16))
        >>> net.initialize()
        >>> [one.shape for one in net(nd.zeros((1, 3, 32, 32)))]
        [(1, 100, 1), (1, 100, 1), (1, 100, 4)]
    """

    def __init__(
        self,
        stages: Sequence[HybridBlock],
        channels: Sequence[int],
        anchors: Sequence[Sequence[float]],
        strides: Sequence[int],
        classes: Sequence[str],
        alloc_size: tuple[int, int] = (128, 128),
        nms_thresh: float = 0.45,
        nms_topk: int = 400,
        post_nms: int = 100,
        pos_iou_thresh: float = 1.0,
        ignore_iou_thresh: float = 0.7,
        norm_layer: Callable[..., HybridBlock] = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        if not len(stages) == len(channels) == len(anchors) == len(strides):
            raise ArgumentError(
                f"YOLOV3: stages, channels, anchors and strides must be one for each map, got {len(stages)}, "
                f"{len(channels)}, {len(anchors)} and {len(strides)}"
            )
        if pos_iou_thresh < 1:
            raise NotSupportedError(f"YOLOV3: pos_iou_thresh must be 1, got {pos_iou_thresh}")
        self._classes = _names(classes)
        self.nms_thresh, self.nms_topk, self.post_nms = nms_thresh, nms_topk, post_nms
        self._ignore_iou_thresh = ignore_iou_thresh
        self._target_generator = YOLOV3TargetMerger(self.num_class, ignore_iou_thresh)
        self._loss = YOLOV3Loss()
        norm = norm_layer, norm_kwargs
        with self.name_scope():
            self.stages = nn.HybridSequential()
            self.transitions = nn.HybridSequential()
            self.yolo_blocks = nn.HybridSequential()
            self.yolo_outputs = nn.HybridSequential()
            deepest_first = zip(stages, channels, anchors[::-1], strides[::-1], strict=True)
            for i, (stage, width, anchor, stride) in enumerate(deepest_first):
                self.stages.add(stage)
                self.yolo_blocks.add(YOLODetectionBlockV3(width, *norm))
                self.yolo_outputs.add(YOLOOutputV3(i, self.num_class, anchor, stride, alloc_size))
                if i > 0:
                    self.transitions.add(darknet_unit(width, 1, 0, 1, *norm))

    @property
    def num_class(self) -> int:
        """Number of classes."""
        return len(self._classes)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self._classes

    def set_nms(self, nms_thresh: float = 0.45, nms_topk: int = 400, post_nms: int = 100) -> None:
        """Change how overlapping boxes are dropped.

        Args:
            nms_thresh: the overlap; outside of (0, 1) nothing is dropped.
            nms_topk: boxes that take part; -1 for all.
            post_nms: boxes that are returned; -1 for all.
        """
        self._clear_cached_op()
        self.nms_thresh, self.nms_topk, self.post_nms = nms_thresh, nms_topk, post_nms

    def reset_class(self, classes: Sequence[str], reuse_weights: ReuseWeights = None) -> None:
        """Change the classes; new predictors begin at random, except for classes that continue old ones.

        Args:
            classes: names of the new classes.
            reuse_weights: ``{new: old}``, each a name or a number; or a list of names that are in both. Where a class
                is reused, what predicts boxes is too.

        Raises:
            ArgumentError: there is no such class, or there are no weights yet to be reused.

        Examples:
            >>> from regluon import nd
            >>> net = YOLOV3([nn.Conv2D(4, 3, 2, 1)], [8], [[8, 8]], [2], ("cat", "dog"), (8, 8))
            >>> net.initialize()
            >>> found = net(nd.zeros((1, 3, 16, 16)))
            >>> net.reset_class(["dog", "cow"], reuse_weights=["dog"])
            >>> net.classes
            ('dog', 'cow')
        """
        classes = _names(classes)
        reused = match_classes(reuse_weights, self._classes, classes)
        for output in self.yolo_outputs:
            output.reset_class(classes, reused)  # type: ignore[reportCallIssue]
        self._clear_cached_op()
        self._classes = classes
        smooth = self._target_generator._label_smooth
        self._target_generator = YOLOV3TargetMerger(self.num_class, self._ignore_iou_thresh)
        self._target_generator._label_smooth = smooth

    def hybrid_forward(self, F: Any, x: Any, *args: Any) -> Any:
        """Find objects, or compute losses.

        Args:
            F: the face.
            x: ``(B, 3, H, W)`` pictures.
            args: while training, boxes ``(B, M, 4)`` and the five targets of ``YOLOV3PrefetchTargetGenerator``.

        Returns:
            Ids, scores and boxes. While training, with targets: losses of objects, centres, sizes and classes, each
            ``(B,)``. Without: boxes ``(B, N, 4)``; lists of anchors, of cells and of maps ``(1, 1, H, W)``, whose
            size alone counts; and raw centres ``(B, N, 2)``, sizes, objects ``(B, N, 1)`` and classes ``(B, N, C)``.
        """
        if args and not autograd.is_training():
            raise ArgumentTypeError(f"YOLOV3: targets must be given while training alone, got {len(args)}")
        if len(args) not in (0, 6):
            raise ArgumentTypeError(f"YOLOV3: targets must be the six {_TARGETS}, got {len(args)}")
        tips = self._tips(F, x)
        outputs = [output(tip) for output, tip in zip(self.yolo_outputs, tips, strict=True)]
        if not autograd.is_training():
            return self._find(F, F.concat(*outputs, dim=1))
        boxes, *raw, anchors, cells = zip(*outputs, strict=True)
        boxes = F.concat(*boxes, dim=1)
        centers, scales, there, classes = (
            F.concat(*[F.reshape(one, shape=(0, -3, -1)) for one in ones], dim=1) for ones in raw
        )
        if args:
            targets = self._target_generator(boxes, *args)
            return self._loss(there, centers, scales, classes, *targets)
        maps = [F.zeros_like(F.slice(tip, begin=(0, 0), end=(1, 1))) for tip in tips]
        return boxes, list(anchors), list(cells), maps, centers, scales, there, classes

    def _tips(self, F: Any, x: Any) -> list[Any]:
        """Compute what to predict from: a map for each stage, that of the last one first."""
        routes = []
        for stage in self.stages:
            x = stage(x)
            routes.append(x)
        tips = []
        for i, block in enumerate(self.yolo_blocks):
            if i > 0:
                route = routes[-1 - i]
                x = F.repeat(F.repeat(self.transitions[i - 1](x), repeats=2, axis=-1), repeats=2, axis=-2)
                x = F.concat(F.slice_like(x, route * 0, axes=(2, 3)), route, dim=1)
            x, tip = block(x)
            tips.append(tip)
        return tips

    def _find(self, F: Any, rows: Any) -> tuple[Any, Any, Any]:
        """Drop what overlaps, and part the columns."""
        if 0 < self.nms_thresh < 1:
            rows = F.contrib.box_nms(
                rows, overlap_thresh=self.nms_thresh, valid_thresh=0.01, topk=self.nms_topk, id_index=0, score_index=1,
                coord_start=2, force_suppress=False,
            )  # fmt: skip
            if self.post_nms > 0:
                rows = F.slice_axis(rows, axis=1, begin=0, end=self.post_nms)
        return (
            F.slice_axis(rows, axis=-1, begin=0, end=1),
            F.slice_axis(rows, axis=-1, begin=1, end=2),
            F.slice_axis(rows, axis=-1, begin=2, end=6),
        )


def _names(classes: Sequence[str]) -> tuple[str, ...]:
    if isinstance(classes, str) or not classes:
        raise ArgumentError(f"YOLOV3: classes must be at least one name, got {classes or 'none'}")
    return tuple(classes)
