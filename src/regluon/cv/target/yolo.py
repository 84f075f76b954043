"""Targets of YOLOv3 (Redmon and Farhadi, 2018)."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.cv.nn.bbox import BBoxBatchIOU, BBoxCenterToCorner, BBoxCornerToCenter
from regluon.gluon.hybrid import HybridBlock

__all__ = ["YOLOV3DynamicTargetGeneratorSimple", "YOLOV3PrefetchTargetGenerator", "YOLOV3TargetMerger"]


class YOLOV3PrefetchTargetGenerator(HybridBlock):
    """Make the targets that do not depend on what the network says; GluonCV's ``YOLOV3PrefetchTargetGenerator``.

    An object is answered for by one anchor: that of all maps' whose shape is most like its own, in the cell where the
    object's centre lies. Where two objects want the same one, the later has it. Objects with a coordinate below 0 are
    padding; GluonCV also drops those that come after. A centre beyond the picture counts as on its edge, where GluonCV
    takes some other cell. No gradient flows.

    Args:
        num_class: number of classes.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> picture, features = nd.zeros((1, 3, 32, 32)), nd.zeros((1, 8, 2, 2))
        >>> anchors, cells = nd.array([[[[8, 8]]]]), nd.array([[[[0, 0]], [[1, 0]], [[0, 1]], [[1, 1]]]])
        >>> boxes, ids = nd.array([[[20, 4, 28, 20], [-1, -1, -1, -1]]]), nd.array([[[1], [-1]]])
        >>> generate = YOLOV3PrefetchTargetGenerator(2)
        >>> there, centers, scales, weights, classes = generate(picture, [features], [anchors], [cells], boxes, ids)
        >>> there.asnumpy().ravel(), centers.asnumpy()[0, 1]
        (array([0., 1., 0., 0.], dtype=float32), array([0.5 , 0.75], dtype=float32))
        >>> scales.asnumpy()[0, 1].round(3), classes.asnumpy()[0, 1]
        (array([0.   , 0.693], dtype=float32), array([0., 1.], dtype=float32))
    """

    def __init__(self, num_class: int, **names: Any) -> None:
        super().__init__(**names)
        self._num_class = num_class
        self.bbox2center = BBoxCornerToCenter()
        self.bbox2corner = BBoxCenterToCorner()

    def hybrid_forward(
        self,
        F: Any,
        img: Any,
        xs: Sequence[Any],
        anchors: Sequence[Any],
        offsets: Sequence[Any],
        gt_boxes: Any,
        gt_ids: Any,
        gt_mixratio: Any = None,
    ) -> tuple[Any, Any, Any, Any, Any]:
        """Make targets of ``N`` anchors: all of the first map's, cell by cell, then those of the next.

        Args:
            F: the face.
            img: ``(B, 3, H, W)`` pictures, of which only the size counts.
            xs: for each map ``(B, C, h, w)``, of which only the size counts.
            anchors: for each map the ``(1, 1, A, 2)`` widths and heights of its anchors.
            offsets: for each map ``(1, h * w, 1, 2)``, x and y of its cells.
            gt_boxes: ``(B, M, 4)`` corner boxes of objects, padded with -1; M may be 0.
            gt_ids: ``(B, M, 1)`` their classes, padded with -1.
            gt_mixratio: ``(B, M, 1)`` how much of each object is there, where pictures are mixed.

        Returns:
            Objects ``(B, N, 1)``, 1 (or the mix) for one and 0 for none; centres in their cells ``(B, N, 2)``;
            logarithms of sizes relative to the anchor's ``(B, N, 2)``; weights ``(B, N, 2)``; and classes
            ``(B, N, num_class)``, 0 or 1 for an object and -1 for none.
        """
        if not len(xs) == len(anchors) == len(offsets):
            raise ArgumentError(
                f"YOLOV3PrefetchTargetGenerator: xs, anchors and offsets must be one for each map, got {len(xs)}, "
                f"{len(anchors)} and {len(offsets)}"
            )
        # Object 0 is one more row of padding: anchors that no object wants take their targets from it.
        boxes, ids = _padded(F, gt_boxes), _padded(F, F.reshape(gt_ids, shape=(0, 0, 1)))
        valid = F._internal._greater_equal_scalar(F.min(boxes, axis=-1, keepdims=True), scalar=0.0)
        boxes = self.bbox2center(boxes)
        center, size = F.slice_axis(boxes, axis=-1, begin=0, end=2), F.slice_axis(boxes, axis=-1, begin=2, end=4)
        shapes = [F.reshape(one, shape=(-1, 2)) for one in anchors]
        overlaps = [self._overlaps(F, one, size) for one in shapes]
        best_map = F.argmax(F.stack(*[F.max(one, axis=1) for one in overlaps]), axis=0)
        number = F.expand_dims(F.contrib.arange_like(boxes, axis=1), axis=0)
        place = F.broadcast_div(F.cast(center, dtype="float64"), _extent(F, img))
        winners, inner, shape = [], [], []
        for i, (map_, cells) in enumerate(zip(xs, offsets, strict=True)):
            chosen = F._internal._equal_scalar(best_map, scalar=i)
            anchor = F.argmax(overlaps[i], axis=1)
            cell, inside = _cell(F, F.broadcast_mul(place, _extent(F, map_)), map_)
            bid = F.expand_dims(F.broadcast_mul(chosen, number) * F.squeeze(valid, axis=-1), axis=1)
            own = F.reshape(F.contrib.arange_like(shapes[i], axis=0), shape=(1, -1, 1))
            own = F.broadcast_mul(F.broadcast_equal(own, F.expand_dims(anchor, axis=1)), bid)
            winners.append(_highest(F, own, cell, cells))
            chosen = F.expand_dims(chosen, axis=-1)
            inner.append(F.broadcast_mul(inside, chosen))
            shape.append(F.broadcast_mul(F.take(shapes[i], anchor), chosen))
        there = valid if gt_mixratio is None else valid * _padded(F, gt_mixratio)
        area = F.prod(F.broadcast_div(size, F.cast(_extent(F, img), dtype="float32")), axis=-1, keepdims=True)
        scale = F.log(F.broadcast_div(F._internal._maximum_scalar(size, scalar=1.0), F.add_n(*shape)))
        regression = [F.add_n(*inner), scale, F.tile(2 - area, reps=(1, 1, 2))]
        classes = F.one_hot(F.squeeze(ids, axis=-1), depth=self._num_class)
        classes = F.broadcast_mul(classes + 1, valid) - 1
        rows = F.concat(there, *[F.broadcast_mul(one, valid) for one in regression], classes, dim=-1)
        rows = _gathered(F, F.stop_gradient(rows), F.concat(*winners, dim=1))
        ends = (0, 1, 3, 5, 7, 7 + self._num_class)
        parts = [F.slice_axis(rows, axis=-1, begin=begin, end=end) for begin, end in pairwise(ends)]
        return parts[0], parts[1], parts[2], parts[3], parts[4]

    def _overlaps(self, F: Any, shapes: Any, sizes: Any) -> Any:
        """Overlap anchors ``(A, 2)`` with objects ``(B, M, 2)`` as if their centres were one: ``(B, A, M)``."""
        corners = [self.bbox2corner(F.concat(one * 0, one, dim=-1)) for one in (shapes, sizes)]
        return F.transpose(F.contrib.box_iou(*corners), axes=(1, 0, 2))


class YOLOV3DynamicTargetGeneratorSimple(HybridBlock):
    """Say what is to be ignored: predictions that overlap an object; GluonCV's class of the same name.

    Args:
        num_class: number of classes.
        ignore_iou_thresh: the overlap above which a prediction is ignored.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> found, objects = nd.array([[[0, 0, 4, 4], [0, 0, 4, 9]]]), nd.array([[[0, 0, 4, 5]]])
        >>> YOLOV3DynamicTargetGeneratorSimple(1, 0.7)(found, objects)[0].asnumpy().ravel()
        array([-1., -0.], dtype=float32)
    """

    def __init__(self, num_class: int, ignore_iou_thresh: float, **names: Any) -> None:
        super().__init__(**names)
        self._num_class, self._ignore_iou_thresh = num_class, ignore_iou_thresh
        self._batch_iou = BBoxBatchIOU()

    def hybrid_forward(self, F: Any, box_preds: Any, gt_boxes: Any) -> tuple[Any, Any, Any, Any, Any]:
        """Make targets.

        Args:
            F: the face.
            box_preds: ``(B, N, 4)`` corner boxes, or any that can be reshaped so.
            gt_boxes: ``(B, M, 4)`` corner boxes of objects, padded with -1; M may be 0.

        Returns:
            Objects ``(B, N, 1)``, -1 for what is ignored and 0 elsewhere; zeros ``(B, N, 2)`` for centres, sizes and
            weights; and classes ``(B, N, num_class)``, all -1.
        """
        boxes = F.stop_gradient(F.reshape(box_preds, shape=(0, -1, 4)))
        overlap = F.max(self._batch_iou(boxes, _padded(F, gt_boxes)), axis=-1, keepdims=True)
        nothing = F.zeros_like(F.slice_axis(boxes, axis=-1, begin=0, end=2))
        classes = F.tile(F.ones_like(overlap) * -1, reps=(1, 1, self._num_class))
        ignored = F._internal._greater_scalar(overlap, scalar=self._ignore_iou_thresh)
        return ignored * -1, nothing, nothing, nothing, classes


class YOLOV3TargetMerger(HybridBlock):
    """Put both kinds of targets together; GluonCV's ``YOLOV3TargetMerger``. No gradient flows.

    Args:
        num_class: number of classes.
        ignore_iou_thresh: the overlap with an object above which a prediction is neither right nor wrong.
        names: ``prefix`` and ``params``.
    """

    def __init__(self, num_class: int, ignore_iou_thresh: float, **names: Any) -> None:
        super().__init__(**names)
        self._num_class = num_class
        self._dynamic_target = YOLOV3DynamicTargetGeneratorSimple(num_class, ignore_iou_thresh)
        # GluonCV's script of training sets it.
        self._label_smooth = False

    def hybrid_forward(
        self,
        F: Any,
        box_preds: Any,
        gt_boxes: Any,
        obj_t: Any,
        centers_t: Any,
        scales_t: Any,
        weights_t: Any,
        clas_t: Any,
    ) -> list[Any]:
        """Make targets.

        Args:
            F: the face.
            box_preds: ``(B, N, 4)`` predicted corner boxes.
            gt_boxes: ``(B, M, 4)`` corner boxes of objects, padded with -1.
            obj_t: objects, from ``YOLOV3PrefetchTargetGenerator`` as are the rest.
            centers_t: centres.
            scales_t: sizes.
            weights_t: weights.
            clas_t: classes.

        Returns:
            The five, with -1 for objects where predictions are ignored; and a mask ``(B, N, num_class)`` of classes
            that count.
        """
        dynamic = self._dynamic_target(box_preds, gt_boxes)
        there = F._internal._greater_scalar(obj_t, scalar=0.0)
        both, all_ = F.tile(there, reps=(1, 1, 2)), F.tile(there, reps=(1, 1, self._num_class))
        masks = there, both, both, both, all_
        fixed = obj_t, centers_t, scales_t, weights_t, clas_t
        merged = [F.where(*three) for three in zip(masks, fixed, dynamic, strict=True)]
        if self._label_smooth:
            merged[-1] = self._smoothed(F, merged[-1])
        counts = all_ * F._internal._greater_equal_scalar(merged[-1], scalar=0.0)
        return [F.stop_gradient(one) for one in (*merged, counts)]

    def _smoothed(self, F: Any, classes: Any) -> Any:
        """Take a little from the right class and give the others as much each; ignored ones stay."""
        little = min(1 / self._num_class, 1 / 40)
        right = F.where(classes > 0.5, classes - little, classes)
        return F.where(F.abs(right) > 0.5, right, F.ones_like(right) * little)


def _padded(F: Any, objects: Any) -> Any:
    """Put a row of -1 before objects ``(B, M, K)``."""
    row = F.sum(objects, axis=1, keepdims=True)
    return F.concat(F.ones_like(row) * -1, objects, dim=1)


def _extent(F: Any, picture: Any) -> Any:
    """Return width and height of ``(B, C, H, W)`` as ``(1, 1, 2)``."""
    size = F.slice_axis(F.cast(F.shape_array(picture), dtype="float64"), axis=0, begin=2, end=4)
    return F.reshape(F.reverse(size, axis=0), shape=(1, 1, 2))


def _cell(F: Any, place: Any, map_: Any) -> tuple[Any, Any]:
    """Part places ``(B, M, 2)`` into the cell's x and y and where in the cell they are."""
    cell = F.broadcast_minimum(F.floor(place), _extent(F, map_) - 1)
    cell = F._internal._maximum_scalar(cell, scalar=0.0)
    inside = F.clip(place - cell, a_min=0.0, a_max=1.0)
    return F.cast(cell, dtype="float32"), F.cast(inside, dtype="float32")


def _highest(F: Any, bids: Any, cell: Any, cells: Any) -> Any:
    """Find who has each anchor.

    Args:
        F: the face.
        bids: ``(B, A, M)`` number of the object where it wants that anchor, else 0.
        cell: ``(B, M, 2)`` the objects' cells.
        cells: ``(1, N, 1, 2)`` x and y of all cells.

    Returns:
        The highest number ``(B, N * A)``.
    """
    column, row = (
        F.broadcast_equal(F.squeeze(one, axis=-1), F.expand_dims(F.squeeze(own, axis=-1), axis=1))
        for one, own in zip(F.split(cells, axis=-1, num_outputs=2), F.split(cell, axis=-1, num_outputs=2), strict=True)
    )
    here = F.expand_dims(column * row, axis=2)
    return F.reshape(F.max(F.broadcast_mul(here, F.expand_dims(bids, axis=1)), axis=-1), shape=(0, -1))


def _gathered(F: Any, rows: Any, index: Any) -> Any:
    """Take rows ``(B, M, K)`` by numbers ``(B, N)``: ``(B, N, K)``."""
    batch = F.broadcast_like(F.expand_dims(F.contrib.arange_like(index, axis=0), axis=1), index)
    return F.gather_nd(rows, F.stack(batch, index))
