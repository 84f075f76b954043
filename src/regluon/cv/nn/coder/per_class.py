"""Boxes as offsets from anchors, with a target of its own for every class."""

from collections.abc import Sequence
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.cv.nn.coder.box import MEANS, STDS, NormalizedBoxCenterEncoder
from regluon.cv.nn.lookup import look_up, look_up_boxes
from regluon.gluon.hybrid import HybridBlock

__all__ = ["NormalizedPerClassBoxCenterEncoder"]


class NormalizedPerClassBoxCenterEncoder(HybridBlock):
    """Encode the boxes of positive anchors where each class has its own predictor.

    GluonCV's ``NormalizedPerClassBoxCenterEncoder``. Here it works before ``initialize()`` too, for any batch, and
    for fewer anchors than ``max_pos``, which then all have a slot.

    Args:
        num_class: C, the number of classes without the background.
        max_pos: P, the number of slots for positive anchors.
        per_device_batch_size: accepted for GluonCV's sake.
        stds: what the four offsets are divided by.
        means: what is subtracted before.
        all_anchors: keep every anchor and put classes first, as early releases of GluonCV did.

    Examples:
        >>> from regluon import nd
        >>> encode = NormalizedPerClassBoxCenterEncoder(num_class=2, max_pos=1)
        >>> anchors, refs, labels = nd.array([[[0, 0, 2, 2]] * 3]), nd.array([[[1, 0, 3, 2]]]), nd.array([[1]])
        >>> targets, masks, indices = encode(nd.array([[0, 1, -1]]), nd.zeros((1, 3)), anchors, labels, refs)
        >>> masks.asnumpy()[0, 0], indices.asnumpy()
        (array([[0., 0., 0., 0.],
                [1., 1., 1., 1.]], dtype=float32), array([[1.]], dtype=float32))
    """

    def __init__(
        self,
        num_class: int,
        max_pos: int = 128,
        per_device_batch_size: int = 1,  # noqa: ARG002
        stds: Sequence[float] = STDS,
        means: Sequence[float] = MEANS,
        *,
        all_anchors: bool = False,
    ) -> None:
        super().__init__()
        for name, value in (("num_class", num_class), ("max_pos", max_pos)):
            if value < 1:
                raise ArgumentError(f"{type(self).__name__}: {name} must be at least 1, got {value}")
        self._num_class, self._max_pos, self._all_anchors = num_class, max_pos, all_anchors
        self.encode = NormalizedBoxCenterEncoder(stds, means)

    def hybrid_forward(
        self, F: Any, samples: Any, matches: Any, anchors: Any, labels: Any, refs: Any
    ) -> tuple[Any, ...]:
        """Encode.

        Args:
            F: the face.
            samples: ``(B, N)``.
            matches: ``(B, N)``.
            anchors: ``(B, N, 4)`` corner boxes.
            labels: ``(B, M)`` class ids of ground truths.
            refs: ``(B, M, 4)`` corner boxes of ground truths.

        Returns:
            Targets ``(B, P, C, 4)``, alike for all classes; masks ``(B, P, C, 4)``, 1 where the anchor is positive
            and of the class; indices ``(B, P)`` of the anchors, positive ones first. With ``all_anchors`` only
            targets and masks, ``(C, B, N, 4)``.
        """
        targets, masks = self.encode(samples, matches, anchors, refs)
        positive = F.reshape(F.slice_axis(masks, axis=2, begin=0, end=1), shape=(0, 0))
        classes = look_up(F, labels, matches)
        if self._all_anchors:
            every = F.repeat(F.expand_dims(targets, axis=0), repeats=self._num_class, axis=0)
            return every, F.transpose(self._masks(F, positive, classes), axes=(2, 0, 1, 3))
        order = F.argsort(positive, axis=1, is_ascend=False)
        indices = F.slice(order, begin=(None, None), end=(None, self._max_pos))
        slots = F.expand_dims(look_up_boxes(F, targets, indices), axis=2)
        positive, classes = look_up(F, positive, indices), look_up(F, classes, indices)
        return F.tile(slots, reps=(1, 1, self._num_class, 1)), self._masks(F, positive, classes), indices

    def _masks(self, F: Any, positive: Any, classes: Any) -> Any:
        """Make ``(B, N, C, 4)`` masks of ``(B, N)`` positives and classes."""
        own = F.broadcast_mul(F.one_hot(classes, depth=self._num_class), F.expand_dims(positive, axis=2))
        return F.tile(F.expand_dims(own, axis=3), reps=(1, 1, 1, 4))
