"""Which box each anchor belongs to, without the overlaps of all anchors with all boxes in memory.

The overlaps are those of ``box_iou`` and the pairs those of ``bipartite_matching``, to the last bit.
"""

import numpy as np
import torch
from torch import Tensor

from regluon.kernels.anchor_matching_loops import mark_equals, match_anchors, memory_for
from regluon.kernels.dispatch import runs_compiled
from regluon.kernels.matching import bipartite_match
from regluon.kernels.pairwise_iou import pairwise_iou_plain
from regluon.kernels.precision import single
from regluon.kernels.threads import over_batch

__all__ = ["anchors_at_most", "match_to_boxes"]


@torch.library.custom_op("regluon::match_to_boxes", mutates_args=())
def match_to_boxes(
    anchors: Tensor, boxes: Tensor, threshold: float, is_ascend: bool
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Pair anchors with boxes, and say what each overlaps most.

    On the CPU this is a compiled loop, images spread over threads, whose memory grows with anchors plus boxes;
    elsewhere, and without numba, plain torch, one image's overlaps at a time. No gradient flows.

    Args:
        anchors: ``(5, N)`` lines of left, top, right, bottom and area, float32 or float64; no edge is NaN.
        boxes: ``(B, 5, M)``, of the same type; M is at least 1.
        threshold: pairs need an overlap above it, below it with ``is_ascend``.
        is_ascend: whether to pair the smallest overlaps first.

    Returns:
        ``(B, N)`` int64, the box each anchor is paired with, -1 for none; ``(B, N)`` int64, the box that each anchor
        overlaps most, the first of equals; ``(B, N)`` by how much; ``(B, M)`` the most that any anchor overlaps a box.

    Examples:
        >>> squares = torch.tensor([[0.0, 0.0, 2.0, 2.0, 4.0], [2.0, 0.0, 4.0, 2.0, 4.0]]).T
        >>> boxes = torch.tensor([[[0.0, 0.0, 2.0, 1.0, 2.0]]]).mT
        >>> match_to_boxes(squares, boxes, 1e-12, False)
        (tensor([[ 0, -1]]), tensor([[0, 0]]), tensor([[0.5000, 0.0000]]), tensor([[0.5000]]))
    """
    images, many, count = len(boxes), boxes.shape[2], anchors.shape[1]
    if not runs_compiled(anchors):
        found = [_match_plain(anchors, one, threshold, is_ascend) for one in boxes]
        pairs, best, value, largest = zip(*found, strict=True)
        return torch.stack(pairs), torch.stack(best), torch.stack(value), torch.stack(largest)
    lines, others = anchors.detach().contiguous().numpy(), boxes.detach().contiguous().numpy()
    number = lines.dtype.type
    pairs, best = np.empty((images, count), np.int64), np.empty((images, count), np.int32)
    value, largest = np.empty((images, count), number), np.empty((images, many), number)
    sign = number(-1 if is_ascend else 1)
    rule = (number(single(threshold)) * sign, sign)
    arrays = (lines, others, pairs, best, value, largest)
    over_batch(
        lambda start, stop: match_anchors(*arrays, memory_for(others), start, stop, *rule),
        images,
        images * count * many,
    )
    return torch.from_numpy(pairs), torch.from_numpy(best).long(), torch.from_numpy(value), torch.from_numpy(largest)


@match_to_boxes.register_fake
def _(anchors: Tensor, boxes: Tensor, *_: object, **__: object) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    shape = (boxes.shape[0], anchors.shape[1])
    pairs, best = (anchors.new_empty(shape, dtype=torch.int64) for _ in range(2))
    return pairs, best, anchors.new_empty(shape), anchors.new_empty(boxes.shape[0], boxes.shape[2])


@torch.library.custom_op("regluon::anchors_at_most", mutates_args=())
def anchors_at_most(anchors: Tensor, boxes: Tensor, largest: Tensor, slack: float) -> Tensor:
    """Say which anchors overlap some box by as much as any anchor does.

    Args:
        anchors: ``(5, N)`` lines of left, top, right, bottom and area; no edge is NaN.
        boxes: ``(B, 5, M)``, of the same type.
        largest: ``(B, M)``, the most that any anchor overlaps a box.
        slack: how much less still counts as equal.

    Returns:
        ``(B, N)`` booleans.

    Examples:
        >>> squares = torch.tensor([[0.0, 0.0, 2.0, 2.0, 4.0], [2.0, 0.0, 4.0, 2.0, 4.0]]).T
        >>> boxes = torch.tensor([[[0.0, 0.0, 2.0, 1.0, 2.0]]]).mT
        >>> anchors_at_most(squares, boxes, torch.tensor([[0.5]]), 0.0)
        tensor([[ True, False]])
    """
    if not runs_compiled(anchors):
        overlaps = (pairwise_iou_plain(anchors, one) for one in boxes)
        return torch.stack([(one + slack >= most).any(1) for one, most in zip(overlaps, largest, strict=True)])
    lines, others = anchors.detach().contiguous().numpy(), boxes.detach().contiguous().numpy()
    most, equal = largest.contiguous().numpy(), np.empty((len(boxes), anchors.shape[1]), np.bool_)
    over_batch(
        lambda start, stop: mark_equals(lines, others, most, equal, start, stop, lines.dtype.type(slack)),
        len(others),
        others.size * equal.shape[1],
    )
    return torch.from_numpy(equal)


@anchors_at_most.register_fake
def _(anchors: Tensor, boxes: Tensor, *_: object, **__: object) -> Tensor:
    return anchors.new_empty(boxes.shape[0], anchors.shape[1], dtype=torch.bool)


def _match_plain(
    anchors: Tensor, boxes: Tensor, threshold: float, is_ascend: bool
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    overlaps = pairwise_iou_plain(anchors, boxes)
    pairs, _ = bipartite_match(overlaps.unsqueeze(0), threshold, is_ascend, -1)
    best = overlaps.argmax(1)
    return pairs[0].long(), best, overlaps.gather(1, best.unsqueeze(1)).squeeze(1), overlaps.amax(0)
