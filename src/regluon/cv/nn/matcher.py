"""Matchers: which ground truth, if any, each anchor answers for.

Every matcher maps overlaps ``(B, N, M)`` of N anchors with M ground truths to matches ``(B, N)``: an index in ``[0,
M)``, or -1 for none. Nothing else is encoded in a match; positive, negative and ignored are the sampler's business.
"""

from collections.abc import Sequence
from typing import Any

from regluon.core.errors import ArgumentError, NotSupportedError, ShapeError
from regluon.cv.nn.lookup import look_up
from regluon.gluon import nn
from regluon.gluon.block import Block
from regluon.gluon.hybrid import HybridBlock
from regluon.kernels.anchor_matching import anchors_at_most, match_to_boxes
from regluon.nd import NDArray
from regluon.ops.contrib.box_iou import edges_of

__all__ = ["BipartiteMatcher", "CompositeMatcher", "MaximumMatcher", "match_boxes"]


class MaximumMatcher(HybridBlock):
    """Match each anchor to the ground truth it overlaps most, the first of equals; GluonCV's ``MaximumMatcher``.

    Args:
        threshold: overlaps below this are no match; the threshold itself is one.

    Examples:
        >>> from regluon import nd
        >>> MaximumMatcher(0.5)(nd.array([[[0.2, 0.5], [0.4, 0.1]]])).asnumpy()
        array([[ 1., -1.]], dtype=float32)
    """

    def __init__(self, threshold: float) -> None:
        super().__init__()
        self._threshold = threshold

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Match ``(B, N, M)`` overlaps."""
        best = F.argmax(x, axis=-1)
        near = F.pick(x, best, axis=-1) >= self._threshold
        return F.where(near, best, F.ones_like(best) * -1)


class BipartiteMatcher(HybridBlock):
    """Match ground truths with the anchors that overlap them most; GluonCV's ``BipartiteMatcher``.

    First pairs are formed, the largest overlap first, each anchor and each ground truth at most once. Then an anchor
    left over joins in where its overlap equals the largest that some ground truth has with any anchor.

    Columns of padding (all 0, say) have every anchor at their largest overlap. So with ``share_max`` nothing stays
    unmatched beside them; SSD, which pads, does without.

    Args:
        threshold: pairs need an overlap above this.
        is_ascend: form pairs by the smallest overlap first, below the threshold; who joins in still goes by the
            largest.
        eps: how much less still counts as equal. Beside overlaps above 1e-5 the default vanishes in float32.
        share_max: let an anchor join in wherever it equals any ground truth's largest overlap; it then goes to the
            ground truth that it overlaps most. Otherwise it must equal the largest overlap of that one.

    Examples:
        >>> from regluon import nd
        >>> overlaps = nd.array([[[0.5, 0.9], [0.9, 0.3], [0.9, 0.8], [0.1, 0.2]]])
        >>> BipartiteMatcher()(overlaps).asnumpy()
        array([[ 1.,  0.,  0., -1.]], dtype=float32)
    """

    def __init__(
        self, threshold: float = 1e-12, is_ascend: bool = False, eps: float = 1e-12, share_max: bool = True
    ) -> None:
        super().__init__()
        self._threshold, self._is_ascend, self._eps, self._share_max = threshold, is_ascend, eps, share_max

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Match ``(B, N, M)`` overlaps."""
        match, _ = F.contrib.bipartite_matching(x, threshold=self._threshold, is_ascend=self._is_ascend)
        best = F.argmax(x, axis=-1)
        if self._share_max:
            joins = F.max(F.broadcast_greater_equal(x + self._eps, F.max(x, axis=1, keepdims=True)), axis=-1)
        else:
            joins = F.pick(x, best, axis=-1) + self._eps >= look_up(F, F.max(x, axis=1), best)
        return F.where(match < 0, F.where(joins, best, match), match)


class CompositeMatcher(HybridBlock):
    """Ask several matchers, each for the anchors that those before it left unmatched; GluonCV's ``CompositeMatcher``.

    Args:
        matchers: matchers, the first to decide first.

    Examples:
        >>> from regluon import nd
        >>> matcher = CompositeMatcher([BipartiteMatcher(share_max=False), MaximumMatcher(0.5)])
        >>> matcher(nd.array([[[0.4], [0.2]], [[0.7], [0.6]]])).asnumpy()
        array([[ 0., -1.],
               [ 0.,  0.]], dtype=float32)
    """

    def __init__(self, matchers: Sequence[HybridBlock]) -> None:
        super().__init__()
        if not matchers:
            raise ArgumentError("CompositeMatcher: matchers must be at least one, got none")
        self._matchers = nn.HybridSequential()
        self._matchers.add(*matchers)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Match ``(B, N, M)`` overlaps."""
        first, *others = [matcher(x) for matcher in self._matchers]
        for match in others:
            first = F.where(first < 0, match, first)
        return first


def match_boxes(matcher: Block, anchors: Any, boxes: Any) -> tuple[Any, Any]:
    """Match anchors with boxes as a matcher does with their overlaps, but never hold these.

    Of a million anchors and two thousand boxes the overlaps alone take 8 GB. Here, on the CPU, they are computed a
    block of anchors at a time, and the matches are the same.

    Args:
        matcher: a matcher of this module.
        anchors: ``(N, 4)`` corner boxes, NDArray or Tensor.
        boxes: ``(B, M, 4)`` corner boxes of ground truths, of the same kind; M is at least 1.

    Returns:
        What ``matcher`` answers, ``(B, N)``, and the largest overlap of each anchor with any box, ``(B, N)``.

    Examples:
        >>> from regluon import nd
        >>> anchors, boxes = nd.array([[0, 0, 2, 2], [2, 0, 4, 2]]), nd.array([[[0, 0, 2, 1]]])
        >>> [answer.asnumpy().tolist() for answer in match_boxes(MaximumMatcher(0.5), anchors, boxes)]
        [[[0.0, -1.0]], [[0.5, 0.0]]]
    """
    if anchors.ndim != 2 or boxes.ndim != 3 or anchors.shape[1] != 4 or boxes.shape[2] != 4 or not boxes.shape[1]:
        shapes = f"{tuple(anchors.shape)} and {tuple(boxes.shape)}"
        raise ShapeError(f"match_boxes: anchors and boxes must be (N, 4) and (B, M, 4) with M > 0, got {shapes}")
    own, others = (one.as_torch() if isinstance(one, NDArray) else one for one in (anchors, boxes))
    others = edges_of(others, "corner", wide=False).unflatten(1, others.shape[:2]).movedim(1, 0)
    match, largest = _match(matcher, edges_of(own, "corner", wide=True), others.contiguous())
    return (NDArray(match), NDArray(largest)) if isinstance(anchors, NDArray) else (match, largest)


def _match(matcher: Block, anchors: Any, boxes: Any) -> tuple[Any, Any]:
    """Give matches and largest overlaps of ``(5, N)`` anchors with ``(B, 5, M)`` boxes."""
    if isinstance(matcher, CompositeMatcher):
        (first, largest), *others = [_match(one, anchors, boxes) for one in matcher._matchers]
        for match, _ in others:
            first = match.where(first < 0, first)
        return first, largest
    if isinstance(matcher, MaximumMatcher):
        _, best, value, _ = match_to_boxes(anchors, boxes, float("inf"), False)
        return best.to(value.dtype).masked_fill(~(value >= matcher._threshold), -1), value
    if not isinstance(matcher, BipartiteMatcher):
        known = "BipartiteMatcher, MaximumMatcher and a CompositeMatcher of these"
        raise NotSupportedError(f"match_boxes: matcher must be one of {known}, got {type(matcher).__name__}")
    pairs, best, value, most = match_to_boxes(anchors, boxes, matcher._threshold, matcher._is_ascend)
    if matcher._share_max:
        joins = anchors_at_most(anchors, boxes, most, matcher._eps)
    else:
        joins = value + matcher._eps >= most.gather(1, best)
    return best.masked_fill(~joins, -1).where(pairs < 0, pairs).to(value.dtype), value
