"""Sampling of a limited number of positive and negative anchors."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from regluon import nd
from regluon.core.errors import ArgumentError, ShapeError
from regluon.gluon.block import Block
from regluon.nd import NDArray

__all__ = ["Generator", "Quota", "QuotaSampler", "draw"]

Generator = np.random.Generator | np.random.RandomState


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


class QuotaSampler(Block):
    """Take at most so many positive and so many negative anchors, drawn at random; GluonCV's ``QuotaSampler``.

    An anchor is positive if it is matched or overlaps a ground truth by ``pos_thresh``, and negative if its largest
    overlap is from ``neg_thresh_low`` to below ``neg_thresh_high``; if both, negative. Thresholds of at most 1 and at
    least 0 count, but for ``neg_thresh_low``. Room that stays empty is ignored anchors, 0.

    In GluonCV ``neg_ratio`` cannot be given, and an image with few positives leaves its larger number of negatives to
    all images after it in the batch; here every image has its own. ``carry_quota=True`` gives GluonCV's numbers.

    Args:
        num_sample: anchors to sample in each image.
        pos_thresh: overlap from which an anchor is positive.
        neg_thresh_high: overlap below which an anchor is negative.
        neg_thresh_low: overlap from which it is.
        pos_ratio: positive anchors are at most this part of all.
        neg_ratio: negative anchors are at most this part; what the positives leave if None.
        fill_negative: let negative anchors take the room that positive ones leave.
        generator: where random numbers come from, or a seed; NumPy's global ones if None, as in GluonCV.
        carry_quota: keep an image's number of negatives for those after it.

    Examples:
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
        generator: Generator | int | None = None,
        carry_quota: bool = False,
    ) -> None:
        super().__init__()
        self._quota = Quota(
            num_sample, pos_thresh, neg_thresh_high, neg_thresh_low, pos_ratio, neg_ratio, fill_negative
        )
        self._generator = np.random.default_rng(generator) if isinstance(generator, int) else generator
        self._carry_quota = carry_quota

    def forward(self, matches: Any, ious: Any) -> Any:  # type: ignore[override]
        """Sample.

        Args:
            matches: ``(B, N)``.
            ious: ``(B, N, M)`` overlaps.

        Returns:
            ``(B, N)`` samples, of the kind and on the device of ``matches``.
        """
        if isinstance(matches, NDArray):
            found = self._draw(matches.asnumpy(), ious.asnumpy())
            return nd.array(found, ctx=matches.context, dtype=matches.dtype)
        found = self._draw(matches.numpy(force=True), ious.numpy(force=True))
        return matches.new_tensor(found)

    def _draw(self, matches: np.ndarray, ious: np.ndarray) -> np.ndarray:
        return draw(self._quota, matches, ious, self._generator, negative_wins=True, carry_quota=self._carry_quota)


def draw(
    quota: Quota,
    matches: np.ndarray,
    ious: np.ndarray,
    generator: Generator | None,
    *,
    negative_wins: bool,
    carry_quota: bool,
) -> np.ndarray:
    """Draw samples.

    Args:
        quota: the rule.
        matches: ``(B, N)``.
        ious: ``(B, N, M)``.
        generator: where random numbers come from; NumPy's global ones if None.
        negative_wins: what an anchor is that could be both.
        carry_quota: keep an image's number of negatives for those after it.

    Returns:
        ``(B, N)`` samples in the dtype of ``matches``.
    """
    if ious.ndim != 3 or ious.shape[:2] != matches.shape:
        raise ShapeError(
            f"quota sampler: ious must be (B, N, M) for matches (B, N), got {ious.shape} and {matches.shape}"
        )
    source: Any = np.random if generator is None else generator
    nearest = ious.max(axis=2, initial=-np.inf)
    positive = (matches >= 0) | (nearest >= min(max(quota.pos_thresh, 0.0), 1.0))
    negative = (nearest >= quota.neg_thresh_low) & (nearest < min(max(quota.neg_thresh_high, 0.0), 1.0))
    samples = np.where(positive, 1, 0)
    samples = np.where(negative & (negative_wins | ~positive), -1, samples).astype(matches.dtype)
    most_positive, most_negative = quota.most
    allowed = most_negative
    for row in samples:
        count = int((row > 0).sum())
        _thin(row, row > 0, most_positive, source)
        if quota.fill_negative:
            least = allowed if carry_quota else most_negative
            allowed = max(quota.num_sample - min(count, most_positive), least)
        _thin(row, row < 0, allowed, source)
    return samples


def _thin(row: np.ndarray, chosen: np.ndarray, most: int, source: Any) -> None:
    """Set chosen elements to 0, drawn at random, until no more than ``most`` are left."""
    places = np.flatnonzero(chosen)
    if len(places) > most:
        row[source.choice(places, size=len(places) - most, replace=False)] = 0
