"""Samplers that follow the matches: every anchor, or positive ones and the negatives that are hardest."""

from typing import Any

from regluon.core.errors import ArgumentError
from regluon.gluon.hybrid import HybridBlock

__all__ = ["NaiveSampler", "OHEMSampler"]


class NaiveSampler(HybridBlock):
    """Take matched anchors as positive and all others as negative; GluonCV's ``NaiveSampler``.

    Examples:
        >>> from regluon import nd
        >>> NaiveSampler()(nd.array([[2, -1, 0]])).asnumpy()
        array([[ 1., -1.,  1.]], dtype=float32)
    """

    def __init__(self) -> None:
        super().__init__()

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Sample from ``(B, N)`` matches."""
        ones = F.ones_like(x)
        return F.where(x >= 0, ones, ones * -1)


class OHEMSampler(HybridBlock):
    """Take matched anchors as positive and the hardest others as negative.

    Online hard example mining (Shrivastava et al., 2016) as SSD does it; GluonCV's ``OHEMSampler``. Hard is what the
    network gives little probability of being background. An anchor that is matched or that overlaps a ground truth by
    ``thresh`` or more is never negative; where the others are fewer than asked for, GluonCV goes on to such anchors,
    even positive ones. GluonCV also loses what exceeds the range of an exponential. Of equally hard anchors the first
    are taken. No gradient flows.

    Args:
        ratio: negatives for each positive; a fraction of a negative is dropped.
        min_samples: the least number of negatives.
        thresh: overlap from which an anchor cannot be negative.

    Examples:
        >>> from regluon import nd
        >>> logits = nd.array([[[2, 1], [0, 2], [1, 1], [0, 9]]])
        >>> OHEMSampler(ratio=1)(nd.array([[0, -1, -1, -1]]), logits, nd.array([[0.9, 0.1, 0.1, 0.6]])).asnumpy()
        array([[ 1., -1.,  0.,  0.]], dtype=float32)
    """

    def __init__(self, ratio: float, min_samples: int = 0, thresh: float = 0.5) -> None:
        super().__init__()
        if ratio <= 0:
            raise ArgumentError(f"OHEMSampler: ratio must be above 0, got {ratio}")
        self._ratio, self._min_samples, self._thresh = ratio, min_samples, thresh

    def hybrid_forward(self, F: Any, x: Any, logits: Any, ious: Any) -> Any:
        """Sample.

        Args:
            F: the face.
            x: ``(B, N)`` matches.
            logits: ``(B, N, C + 1)`` scores before the softmax, the background first.
            ious: overlaps with ground truths, ``(B, N, M)``, or ``(B, N)`` largest ones.

        Returns:
            ``(B, N)`` samples, float32.
        """
        matches = F.cast(F.BlockGrad(x), dtype="float32")
        ones, zeros = F.ones_like(matches), F.zeros_like(matches)
        positive = F.where(matches >= 0, ones, zeros)
        nearest = F.max(F.reshape(F.BlockGrad(ious), shape=(0, 0, -1)), axis=2)
        free = F.where(nearest < self._thresh, ones - positive, zeros)
        background = F.slice_axis(F.log_softmax(F.BlockGrad(logits), axis=-1), axis=2, begin=0, end=1)
        hardness = F.cast(F.reshape(background, shape=(0, -1)) * -1, dtype="float32")
        order = F.argsort(F.where(free, hardness, ones * -1), axis=1, is_ascend=False)
        rank = F.argsort(order, axis=1)
        wanted = F._internal._maximum_scalar(
            F.sum(positive, axis=1, keepdims=True) * self._ratio, scalar=self._min_samples
        )
        negative = F.broadcast_lesser(rank, F.floor(wanted)) * free
        return positive - negative
