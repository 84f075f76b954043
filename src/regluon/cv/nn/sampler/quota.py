"""Sampling of a limited number of positive and negative anchors."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.gluon.hybrid import HybridBlock
from regluon.nd import NDArray
from regluon.sym import Symbol

__all__ = ["Generator", "Quota", "QuotaSampler", "Source", "draw"]

Generator = np.random.Generator | np.random.RandomState

_LEAST = -1e38  # below every overlap, and a float32


@dataclass(frozen=True, slots=True)
class Quota:
    """The rule of a quota sampler.

    Attributes:
        num_sample: anchors to sample in each image.
        pos_thresh: overlap from which an anchor is positive.
        neg_thresh_high: overlap below which an anchor is negative.
        neg_thresh_low: overlap from which it is, 0 or below for none.
        pos_ratio: positive anchors are at most this part of all.
        neg_ratio: negative anchors are at most this part; what the positives leave if None.
        fill_negative: let negative anchors take the room that positive ones leave.
    """

    num_sample: int
    pos_thresh: float
    neg_thresh_high: float
    neg_thresh_low: float = float("-inf")
    pos_ratio: float = 0.5
    neg_ratio: float | None = None
    fill_negative: bool = True

    def __post_init__(self) -> None:
        parts = {
            "pos_ratio": self.pos_ratio,
            "neg_ratio": 1 - self.pos_ratio if self.neg_ratio is None else self.neg_ratio,
        }
        for name, part in parts.items():
            if not 0 <= part <= 1:
                raise ArgumentError(f"quota sampler: {name} must be in [0, 1], got {part}")
        if self.num_sample < 0:
            raise ArgumentError(f"quota sampler: num_sample must be at least 0, got {self.num_sample}")

    @property
    def most(self) -> tuple[int, int]:
        """The most positive and the most negative anchors; as in GluonCV halves of the first go to the even number."""
        neg_ratio = 1 - self.pos_ratio if self.neg_ratio is None else self.neg_ratio
        return round(self.pos_ratio * self.num_sample), int(neg_ratio * self.num_sample)


class Source:
    """Where a sampler's random numbers come from.

    Args:
        generator: a generator of NumPy's or of torch's, a seed, or None for the numbers of ``mx.random.seed``.
    """

    def __init__(self, generator: Any = None) -> None:
        if isinstance(generator, int):
            generator = np.random.default_rng(generator)
        if not (generator is None or hasattr(generator, "random") or hasattr(generator, "initial_seed")):
            raise ArgumentTypeError(
                "quota sampler: generator must be a generator of NumPy's or torch's, a seed or None, got "
                f"{generator!r:.40}"
            )
        self._generator = generator

    def draw(self, F: Any, like: Any) -> Any:
        """Draw numbers of 0 to below 1.

        Args:
            F: the face.
            like: ``(*)`` float32.

        Returns:
            ``(*)`` float32, on the device of ``like``.
        """
        if self._generator is None:
            return F.random.uniform_like(like)
        if isinstance(like, Symbol):
            raise ArgumentTypeError("quota sampler: generator must be None in a graph, which cannot hold one")
        tensor = like._tensor if isinstance(like, NDArray) else like
        if hasattr(self._generator, "random"):
            drawn = tensor.new_tensor(self._generator.random(tuple(tensor.shape)))
        else:
            drawn = tensor.new_empty(tensor.shape).uniform_(generator=self._generator)
        return NDArray(drawn, like._place) if isinstance(like, NDArray) else drawn


class QuotaSampler(HybridBlock):
    """Take at most so many positive and so many negative anchors, drawn at random; GluonCV's ``QuotaSampler``.

    An anchor is positive if it is matched or overlaps a ground truth by ``pos_thresh``, and negative if its largest
    overlap is from ``neg_thresh_low`` to below ``neg_thresh_high``; if both, negative. Thresholds of at most 1 and at
    least 0 count, but for ``neg_thresh_low``. Room that stays empty is ignored anchors, 0.

    In GluonCV ``neg_ratio`` cannot be given, the numbers are NumPy's, and an image with few positives leaves its larger
    number of negatives to all images after it in the batch; here every image has its own.

    Args:
        num_sample: anchors to sample in each image.
        pos_thresh: overlap from which an anchor is positive.
        neg_thresh_high: overlap below which an anchor is negative.
        neg_thresh_low: overlap from which it is.
        pos_ratio: positive anchors are at most this part of all.
        neg_ratio: negative anchors are at most this part; what the positives leave if None.
        fill_negative: let negative anchors take the room that positive ones leave.
        generator: where random numbers come from: a generator of NumPy's or of torch's, or a seed; those of
            ``mx.random.seed`` if None.

    Examples:
        >>> from regluon import nd
        >>> sampler = QuotaSampler(4, pos_thresh=0.5, neg_thresh_high=0.5, generator=0)
        >>> overlaps = nd.array([[[0.9], [0.6], [0.1], [0.2]]])
        >>> sampler(nd.array([[0, -1, -1, -1]]), overlaps).asnumpy()
        array([[ 1.,  1., -1., -1.]], dtype=float32)
    """

    def __init__(
        self,
        num_sample: int,
        pos_thresh: float,
        neg_thresh_high: float,
        neg_thresh_low: float = float("-inf"),
        pos_ratio: float = 0.5,
        neg_ratio: float | None = None,
        fill_negative: bool = True,
        *,
        generator: Any = None,
    ) -> None:
        super().__init__()
        self._quota = Quota(
            num_sample, pos_thresh, neg_thresh_high, neg_thresh_low, pos_ratio, neg_ratio, fill_negative
        )
        self._source = Source(generator)

    def hybrid_forward(self, F: Any, x: Any, ious: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Sample.

        Args:
            F: the face.
            x: ``(B, N)`` matches.
            ious: ``(B, N, M)`` overlaps.

        Returns:
            ``(B, N)`` samples, float32.
        """
        return draw(F, self._quota, x, ious, self._source, negative_wins=True)


def draw(F: Any, quota: Quota, matches: Any, ious: Any, source: Source, *, negative_wins: bool) -> Any:
    """Draw samples.

    Args:
        F: the face.
        quota: the rule.
        matches: ``(B, N)``.
        ious: ``(B, N, M)``.
        source: where random numbers come from.
        negative_wins: what an anchor is that could be both.

    Returns:
        ``(B, N)`` samples, float32.
    """
    if not isinstance(ious, Symbol) and (len(ious.shape) != 3 or tuple(ious.shape[:2]) != tuple(matches.shape)):
        raise ShapeError(
            f"quota sampler: ious must be (B, N, M) for matches (B, N), got {tuple(ious.shape)} and "
            f"{tuple(matches.shape)}"
        )
    matches = F.cast(F.BlockGrad(matches), dtype="float32")
    ones, zeros = F.ones_like(matches), F.zeros_like(matches)
    # One more column, so that there is a largest overlap where there are no ground truths.
    column = F.expand_dims(ones * _LEAST, axis=2)
    nearest = F.max(F.concat(F.cast(F.BlockGrad(ious), dtype="float32"), column, dim=2), axis=2)
    matched, near = F.where(matches >= 0, ones, zeros), nearest >= min(max(quota.pos_thresh, 0.0), 1.0)
    positive = F.where(near, ones, matched)
    low, high = max(quota.neg_thresh_low, 2 * _LEAST), min(max(quota.neg_thresh_high, 0.0), 1.0)
    negative = F.where(nearest >= low, F.where(nearest < high, ones, zeros), zeros)
    if negative_wins:
        positive = positive * (1 - negative)
    else:
        negative = negative * (1 - positive)
    most_positive, most_negative = quota.most
    count = F.sum(positive, axis=1, keepdims=True)
    keys = source.draw(F, zeros)
    room = F.ones_like(count) * most_negative
    if quota.fill_negative:
        room = F.broadcast_maximum(room, quota.num_sample - F.clip(count, a_min=0, a_max=most_positive))
    return _thinned(F, positive, keys, F.ones_like(count) * most_positive) - _thinned(F, negative, keys, room)


def _thinned(F: Any, chosen: Any, keys: Any, most: Any) -> Any:
    """Keep of each row the chosen elements with the least keys, so many at most."""
    order = F.argsort(F.where(chosen, keys, F.ones_like(keys) * 2), axis=1)
    return F.broadcast_lesser(F.argsort(order, axis=1), most) * chosen
