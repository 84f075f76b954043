"""Losses of detectors."""

from typing import Any

from regluon.core.errors import ArgumentError
from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.loss import Loss
from regluon.nd import NDArray
from regluon.sym import Symbol

__all__ = ["FocalLoss", "HeatmapFocalLoss", "MaskedL1Loss", "SSDMultiBoxLoss", "YOLOV3Loss"]


class SSDMultiBoxLoss(HybridBlock):
    """Loss of SSD with hard negative mining (Liu et al., 2016, section 2.2); GluonCV's ``SSDMultiBoxLoss``.

    Of anchors that are not positive those with the largest class loss count, ignored ones (-1) as background. All is
    divided by the number of positive anchors of all devices, 1 at least; so where there is none, and no
    ``min_hard_negatives``, the loss is 0. Targets of other anchors are not looked at, were they infinite.

    Args:
        negative_mining_ratio: negative anchors for each positive one in a picture.
        rho: where the box loss goes over from a square to a straight line.
        lambd: weight of the box loss.
        min_hard_negatives: the least number of negative anchors in a picture.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> scores, offsets = nd.zeros((1, 4, 2)), nd.zeros((1, 4, 4))
        >>> classes, boxes = nd.array([[1, 0, 0, 0]]), nd.ones((1, 4, 4))
        >>> total, of_classes, of_boxes = SSDMultiBoxLoss()(scores, offsets, classes, boxes)
        >>> total[0].asnumpy().round(4), of_boxes[0].asnumpy()
        (array([4.7726], dtype=float32), array([2.], dtype=float32))
    """

    def __init__(
        self,
        negative_mining_ratio: float = 3,
        rho: float = 1.0,
        lambd: float = 1.0,
        min_hard_negatives: int = 0,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        self._negative_mining_ratio = max(0, negative_mining_ratio)
        self._rho, self._lambd, self._min_hard_negatives = rho, lambd, max(0, min_hard_negatives)

    def hybrid_forward(
        self, F: Any, cls_pred: Any, box_pred: Any, cls_target: Any, box_target: Any
    ) -> tuple[list[Any], list[Any], list[Any]]:
        """Compute the losses; each argument is an array, or a list with one for each device.

        Args:
            F: the face.
            cls_pred: ``(B, N, C + 1)`` scores before the softmax, the background first.
            box_pred: ``(B, N, 4)`` offsets, of any shape.
            cls_target: ``(B, N)`` classes, 0 for the background.
            box_target: ``(B, N, 4)`` offsets.

        Returns:
            Sums, class losses and box losses: lists with ``(B,)`` for each device.
        """
        batches = list(zip(*map(_listed, (cls_pred, box_pred, cls_target, box_target)), strict=True))
        positives = [F.where(classes > 0, F.ones_like(classes), F.zeros_like(classes)) for *_, classes, _ in batches]
        counts = [F.sum(positive) for positive in positives]
        sums, class_losses, box_losses = [], [], []
        for (scores, offsets, classes, boxes), positive in zip(batches, positives, strict=True):
            total = F.add_n(*[_beside(positive, count) for count in counts])
            divisor = F._internal._maximum_scalar(total, scalar=1.0)
            class_loss = F.broadcast_div(self._class_loss(F, scores, classes, positive), divisor)
            box_loss = F.broadcast_div(self._box_loss(F, offsets, boxes, positive), divisor)
            class_losses.append(class_loss)
            box_losses.append(box_loss)
            sums.append(class_loss + box_loss * self._lambd)
        return sums, class_losses, box_losses

    def _class_loss(self, F: Any, scores: Any, classes: Any, positive: Any) -> Any:
        """Add the cross entropy of positive and hard negative anchors up, ``(B,)``."""
        loss = F.pick(F.log_softmax(scores, axis=-1), classes, axis=-1) * -1
        none = F.zeros_like(loss)
        rank = F.argsort(F.argsort(F.where(positive, none, loss), axis=1, is_ascend=False), axis=1)
        wanted = F.sum(positive, axis=1, keepdims=True) * self._negative_mining_ratio
        hard = F.broadcast_lesser(rank, F._internal._maximum_scalar(wanted, scalar=self._min_hard_negatives))
        return F.sum(F.where(hard + positive, loss, none), axis=0, exclude=True)

    def _box_loss(self, F: Any, offsets: Any, boxes: Any, positive: Any) -> Any:
        """Add the Huber loss of positive anchors up, ``(B,)``."""
        counts = F.broadcast_like(F.expand_dims(positive, axis=2), boxes)
        miss = F.abs(F.where(counts, F.reshape_like(offsets, boxes) - boxes, F.zeros_like(boxes)))
        loss = F.where(miss > self._rho, miss - 0.5 * self._rho, (0.5 / self._rho) * F.square(miss))
        return F.sum(loss, axis=0, exclude=True)


class FocalLoss(Loss):
    """Cross entropy that looks away from what is easy (Lin et al., 2017, Focal Loss); GluonCV's ``FocalLoss``.

    Args:
        axis: accepted for GluonCV's sake; sparse labels want the classes last.
        alpha: weight of the yeses; that of the noes is ``1 - alpha``.
        gamma: how much it looks away.
        sparse_label: labels are class numbers; otherwise 0 and 1 for each class.
        from_logits: predictions are probabilities already.
        batch_axis: the axis of samples.
        weight: factor of the loss.
        num_class: number of classes, for sparse labels.
        eps: added to probabilities before the logarithm.
        size_average: average over a sample; otherwise add up.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        axis: int = -1,
        alpha: float = 0.25,
        gamma: float = 2,
        sparse_label: bool = True,
        from_logits: bool = False,
        batch_axis: int = 0,
        weight: float | None = None,
        num_class: int | None = None,
        eps: float = 1e-12,
        size_average: bool = True,
        **names: Any,
    ) -> None:
        super().__init__(weight, batch_axis, **names)
        if sparse_label and (num_class is None or num_class < 1):
            raise ArgumentError(f"FocalLoss: num_class must be at least 1 for sparse labels, got {num_class}")
        self._axis, self._alpha, self._gamma, self._eps = axis, alpha, gamma, eps
        self._depth = num_class if sparse_label else None
        self._from_logits, self._size_average = from_logits, size_average

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        """Return a loss for each sample.

        Args:
            F: the face.
            pred: ``(B, ..., C)`` scores before the sigmoid.
            label: ``(B, ...)`` class numbers, or ``(B, ..., C)``.
            sample_weight: broadcasts with ``pred``.
        """
        yes = (label if self._depth is None else F.one_hot(label, depth=self._depth)) > 0
        right = pred if self._from_logits else F.sigmoid(pred)
        right = F.where(yes, right, 1 - right)
        ones = F.ones_like(right)
        share = F.where(yes, ones * self._alpha, ones * (1 - self._alpha))
        sure = F.log(F._internal._minimum_scalar(right + self._eps, scalar=1.0))
        loss = self._weighted(F, share * (1 - right) ** self._gamma * sure * -1, sample_weight)
        return (F.mean if self._size_average else F.sum)(loss, axis=self._batch_axis, exclude=True)


class HeatmapFocalLoss(Loss):
    """Focal loss of heatmaps whose peaks are objects (Zhou et al., 2019); GluonCV's ``HeatmapFocalLoss``.

    Args:
        from_logits: predictions are probabilities already.
        batch_axis: accepted for GluonCV's sake.
        weight: accepted for GluonCV's sake.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self, from_logits: bool = False, batch_axis: int = 0, weight: float | None = None, **names: Any
    ) -> None:
        super().__init__(weight, batch_axis, **names)
        self._from_logits = from_logits

    def hybrid_forward(self, F: Any, pred: Any, label: Any) -> Any:
        """Return one loss for the batch, ``(1,)``, divided by the number of peaks.

        Args:
            F: the face.
            pred: ``(B, C, H, W)`` scores before the sigmoid.
            label: ``(B, C, H, W)``, 1 at a peak and less around it.
        """
        if not self._from_logits:
            pred = F.sigmoid(pred)
        ones, zeros = F.ones_like(label), F.zeros_like(label)
        peak, rest = F.where(label == 1, ones, zeros), F.where(label < 1, (1 - label) ** 4, zeros)
        yes = F.sum(F.log(pred) * (1 - pred) ** 2 * peak)
        no = F.sum(F.log(1 - pred) * pred**2 * rest)
        return (yes + no) * -1 / F._internal._maximum_scalar(F.sum(peak), scalar=1.0)


class MaskedL1Loss(Loss):
    """Mean absolute difference where a mask says so; GluonCV's ``MaskedL1Loss``.

    Args:
        weight: factor of the loss.
        batch_axis: accepted for GluonCV's sake.
        names: ``prefix`` and ``params``.
    """

    def __init__(self, weight: float | None = None, batch_axis: int = 0, **names: Any) -> None:
        super().__init__(weight, batch_axis, **names)

    def hybrid_forward(self, F: Any, pred: Any, label: Any, mask: Any, sample_weight: Any = None) -> Any:
        """Return one loss for the batch, ``(1,)``; arrays are of one shape, and ``mask`` is 0 or 1."""
        loss = self._weighted(F, F.abs(label * mask - pred * mask), sample_weight)
        return F.sum(loss) / F._internal._maximum_scalar(F.sum(mask), scalar=1.0)


class YOLOV3Loss(Loss):
    """Loss of YOLOv3 (Redmon and Farhadi, 2018), as four losses to be added; GluonCV's ``YOLOV3Loss``.

    Args:
        batch_axis: the axis of samples.
        weight: factor of the losses.
        names: ``prefix`` and ``params``.
    """

    def __init__(self, batch_axis: int = 0, weight: float | None = None, **names: Any) -> None:
        super().__init__(weight, batch_axis, **names)

    def hybrid_forward(
        self,
        F: Any,
        objness: Any,
        box_centers: Any,
        box_scales: Any,
        cls_preds: Any,
        objness_t: Any,
        center_t: Any,
        scale_t: Any,
        weight_t: Any,
        class_t: Any,
        class_mask: Any,
    ) -> tuple[Any, Any, Any, Any]:
        """Compute the losses.

        Args:
            F: the face.
            objness: ``(B, N, 1)`` whether there is an object, before the sigmoid.
            box_centers: ``(B, N, 2)`` centres in their cells, before the sigmoid.
            box_scales: ``(B, N, 2)`` logarithms of sizes.
            cls_preds: ``(B, N, C)`` scores before the sigmoid.
            objness_t: ``(B, N, 1)``, above 0 for an object, its weight; 0 for none; below 0 for what is ignored.
            center_t: ``(B, N, 2)``.
            scale_t: ``(B, N, 2)``.
            weight_t: ``(B, N, 2)`` weights of the boxes.
            class_t: ``(B, N, C)`` 0 or 1.
            class_mask: ``(B, N, C)`` 0 for what is ignored.

        Returns:
            Losses of objects, centres, scales and classes, each ``(B,)``.
        """
        ones, zeros = F.ones_like(objness_t), F.zeros_like(objness_t)
        there = F.where(objness_t > 0, ones, objness_t)
        counts = F.where(objness_t > 0, objness_t, F.where(objness_t >= 0, ones, zeros))
        of_boxes = F.broadcast_mul(weight_t, objness_t)
        of_classes = F.broadcast_mul(class_mask, objness_t)
        return (
            self._added(F, _yes_or_no(F, objness, there), counts),
            self._added(F, _yes_or_no(F, box_centers, center_t), of_boxes),
            self._added(F, F.abs(box_scales - scale_t), of_boxes),
            self._added(F, _yes_or_no(F, cls_preds, class_t), of_classes),
        )

    def _added(self, F: Any, loss: Any, weights: Any) -> Any:
        return F.sum(self._weighted(F, loss, weights), axis=self._batch_axis, exclude=True)


def _yes_or_no(F: Any, pred: Any, label: Any) -> Any:
    """Compute the cross entropy of yes or no from scores before the sigmoid."""
    return F.relu(pred) - pred * label + F.Activation(F.abs(pred) * -1, act_type="softrelu")


def _listed(values: Any) -> list[Any]:
    return list(values) if isinstance(values, (list, tuple)) else [values]


def _beside(array: Any, value: Any) -> Any:
    """Bring a value to the device of an array; a graph is on one device."""
    if isinstance(array, Symbol):
        return value
    return value.as_in_context(array.context) if isinstance(array, NDArray) else value.to(array.device)
