"""The losses of both stages of Faster R-CNN (Ren et al., 2015, equation 1), added up as GluonCV's training does."""

from collections.abc import Sequence
from typing import Any

from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.loss import HuberLoss, SigmoidBinaryCrossEntropyLoss, SoftmaxCrossEntropyLoss

__all__ = ["FasterRCNNLoss"]


class FasterRCNNLoss(HybridBlock):
    """Compute the four losses of a Faster R-CNN.

    Each is the sum over its anchors or samples, divided by the number of those that count in an average picture of the
    batch: for one picture, by their number; so a step of the optimizer divides by the number of pictures, as
    ``trainer.step(len(batch))`` does. Where nothing counts, the loss is 0; in GluonCV's script it is not a number.

    Args:
        rpn_rho: where the box loss of the proposals goes over from a square to a straight line.
        rcnn_rho: where that of the second stage does.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> scores, shifts = (nd.zeros((1, 4, 3)), nd.zeros((1, 1, 2, 4))), (nd.zeros((1, 9, 1)), nd.zeros((1, 9, 4)))
        >>> first = nd.zeros((1, 9)), nd.zeros((1, 9, 4)), nd.zeros((1, 9, 4))
        >>> second = nd.zeros((1, 4)), nd.zeros((1, 1, 2, 4)), nd.zeros((1, 1, 2, 4))
        >>> [one.asnumpy().round(3) for one in FasterRCNNLoss()(scores, shifts, second, first)][0]
        array([0.693], dtype=float32)
    """

    def __init__(self, rpn_rho: float = 1 / 9, rcnn_rho: float = 1.0, **names: Any) -> None:
        super().__init__(**names)
        self.rpn_class, self.rpn_box = SigmoidBinaryCrossEntropyLoss(from_sigmoid=False), HuberLoss(rho=rpn_rho)
        self.rcnn_class, self.rcnn_box = SoftmaxCrossEntropyLoss(), HuberLoss(rho=rcnn_rho)

    def hybrid_forward(
        self,
        F: Any,
        rcnn_preds: Sequence[Any],
        rpn_preds: Sequence[Any],
        rcnn_targets: Sequence[Any],
        rpn_targets: Sequence[Any],
    ) -> tuple[Any, Any, Any, Any]:
        """Compute.

        Args:
            F: the face.
            rcnn_preds: class scores ``(B, S, C + 1)`` and box offsets ``(B, P, C, 4)``.
            rpn_preds: scores ``(B, N, 1)`` and box offsets ``(B, N, 4)`` of the anchors.
            rcnn_targets: classes ``(B, S)``, -1 to ignore; box offsets and masks, ``(B, P, C, 4)``.
            rpn_targets: classes ``(B, N)``, 1, 0, or -1 to ignore; box offsets and masks, ``(B, N, 4)``.

        Returns:
            Losses ``(B,)``: class and box of the proposals, class and box of the second stage.
        """
        (scores, shifts), (classes, offsets, masks) = rpn_preds, rpn_targets
        counts = F.where(classes >= 0, F.ones_like(classes), F.zeros_like(classes))
        scores = F.reshape_like(scores, classes)
        first = self._share(F, self.rpn_class(scores, classes, counts), classes, counts)
        second = self._share(F, self.rpn_box(shifts, offsets, masks), shifts, counts)
        (scores, shifts), (classes, offsets, masks) = rcnn_preds, rcnn_targets
        counts = F.where(classes >= 0, F.ones_like(classes), F.zeros_like(classes))
        third = self._share(F, self.rcnn_class(scores, classes, F.expand_dims(counts, axis=-1)), classes, counts)
        return first, second, third, self._share(F, self.rcnn_box(shifts, offsets, masks), shifts, counts)

    def _share(self, F: Any, mean: Any, like: Any, counts: Any) -> Any:
        """Turn means over each picture into sums, divided by what counts in an average picture."""
        size = F.sum(F.ones_like(like), axis=0, exclude=True)
        average = F.mean(F.sum(counts, axis=1))
        # Where nothing counts sums are 0, so any number above 0 will do.
        return F.broadcast_div(mean * size, F._internal._maximum_scalar(average, scalar=1e-6))
