"""What SSD has found: boxes with a class and a score.

The rule is that of MXNet 1.9.1's ``MultiBoxDetection``; the operator of that name describes it.
"""

import struct
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from regluon.kernels import jit
from regluon.kernels.multibox_detection_loops import write_found, write_ranked, write_survivors_classes
from regluon.kernels.nms import nms_order
from regluon.kernels.nms_loops import memory_for, write_ranks, write_survivors
from regluon.kernels.precision import at_least_single, bits_of
from regluon.kernels.threads import over_batch

__all__ = ["detect_boxes", "detect_boxes_plain"]


@torch.library.custom_op("regluon::detect_boxes", mutates_args=())
def detect_boxes(
    cls_prob: Tensor,
    loc_pred: Tensor,
    anchor: Tensor,
    clip: bool,
    threshold: float,
    nms_threshold: float,
    force_suppress: bool,
    variances: Sequence[float],
    topk: int,
) -> Tensor:
    """Turn predictions into boxes and suppress those that better ones overlap (MXNet 1.9.1, ``MultiBoxDetection``).

    Half precision is computed in float32, other types in their own. On the CPU these are compiled loops, images spread
    over threads; elsewhere, and without numba, plain torch.

    Args:
        cls_prob: ``(B, K, N)`` probabilities of classes, background first; no input is changed, and none gets a
            gradient.
        loc_pred: ``(B, N, 4)`` offsets.
        anchor: ``(N, 4)`` corner boxes.
        clip: whether to clip boxes to ``[0, 1]``.
        threshold: least probability.
        nms_threshold: the intersection over union from which on a box goes; rows stay in the order of the anchors if
            it is not in (0, 1].
        force_suppress: whether boxes of different classes suppress each other.
        variances: four factors of the offsets.
        topk: how many of the best rows are kept; all if not positive.

    Returns:
        ``(B, N, 6)`` rows of class (without background), probability and corner box, then rows of -1.

    Examples:
        >>> probability = torch.tensor([[[0.1, 0.3], [0.9, 0.7]]])
        >>> anchor = torch.tensor([[0.0, 0.0, 0.5, 0.5], [0.0, 0.0, 0.5, 0.4]])
        >>> detect_boxes(probability, torch.zeros(1, 2, 4), anchor, True, 0.01, 0.5, False, [0.1] * 4, -1)[..., 0]
        tensor([[ 0., -1.]])
    """
    rule = (clip, threshold, nms_threshold, force_suppress, variances, topk)
    if cls_prob.device.type != "cpu" or not jit.available():
        return detect_boxes_plain(cls_prob, loc_pred, anchor, *rule)
    kind = _kind(cls_prob, loc_pred, anchor)
    scores = at_least_single(cls_prob.detach().to(kind)).contiguous()
    corners = anchor.detach().to(scores.dtype)
    frames = torch.cat([(corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]], 1)
    result = scores.new_empty(loc_pred.shape[0], loc_pred.shape[1], 6)
    offsets = loc_pred.detach().to(scores.dtype).contiguous()
    values, rows = scores.numpy(), result.numpy()
    inputs = (values, offsets.numpy(), frames.numpy(), rows)
    number = values.dtype.type
    counts = np.empty(len(rows), np.int64)
    numbers = (number(threshold), clip, np.array(variances, number))
    limit = min(topk, rows.shape[1]) if topk > 0 else rows.shape[1]
    overlap = number(_below(nms_threshold)) if 0 < nms_threshold <= 1 else None
    ranked, order = np.empty((len(rows), limit, 7), number), np.empty((len(rows), limit), np.int64)
    lowest = number(-np.inf)

    def work(start: int, stop: int) -> None:
        write_found(*inputs, counts, start, stop, *numbers)
        if overlap is None:
            return
        memory = memory_for(rows)
        write_ranks(rows, bits_of(rows), counts, order, memory, start, stop, 1, lowest)
        write_ranked(rows, counts, order, ranked, start, stop)
        # Equal scores keep the order of the rows, which is settled; so the last column only says which take part.
        columns = (2, 6, 0)
        rule = (overlap, number(0), limit, *columns, number(-1), force_suppress, False, limit)
        write_survivors(ranked, bits_of(ranked), order, memory, start, stop, *rule)
        write_survivors_classes(rows, ranked, order, start, stop)

    over_batch(work, len(rows), values.size)
    return result.to(kind)


@detect_boxes.register_fake
def _(cls_prob: Tensor, loc_pred: Tensor, anchor: Tensor, *_: object, **__: object) -> Tensor:
    return cls_prob.new_empty((*loc_pred.shape[:2], 6), dtype=_kind(cls_prob, loc_pred, anchor))


def detect_boxes_plain(
    cls_prob: Tensor,
    loc_pred: Tensor,
    anchor: Tensor,
    clip: bool,
    threshold: float,
    nms_threshold: float,
    force_suppress: bool,
    variances: Sequence[float],
    topk: int,
) -> Tensor:
    """Answer as :func:`detect_boxes` does, in plain torch: for every device, and nothing is copied to the host.

    Args:
        cls_prob: ``(B, K, N)`` probabilities of classes, background first.
        loc_pred: ``(B, N, 4)`` offsets.
        anchor: ``(N, 4)`` corner boxes.
        clip: whether to clip boxes to ``[0, 1]``.
        threshold: least probability.
        nms_threshold: the intersection over union from which on a box goes.
        force_suppress: whether boxes of different classes suppress each other.
        variances: four factors of the offsets.
        topk: how many of the best rows are kept; all if not positive.

    Returns:
        ``(B, N, 6)`` rows of class (without background), probability and corner box, then rows of -1.
    """
    kind = _kind(cls_prob, loc_pred, anchor)
    probabilities, offsets, corners = (
        at_least_single(values.detach().to(kind)) for values in (cls_prob, loc_pred, anchor)
    )
    # NaN is nobody's best.
    score, index = probabilities[:, 1:].nan_to_num(-1, torch.inf, -torch.inf).max(1)
    valid = (score > -1) & (score >= threshold)
    boxes = _decoded(offsets, corners, variances)
    if clip:
        boxes = boxes.clamp(0, 1)
    rows = torch.cat([index.to(score.dtype).unsqueeze(-1), score.unsqueeze(-1), boxes], -1)
    count = valid.sum(1, keepdim=True)
    place = torch.arange(rows.shape[1], device=rows.device).expand(score.shape)
    in_anchor_order = _first(valid, place)
    if not 0 < nms_threshold <= 1:
        return torch.where((place < count).unsqueeze(-1), _ordered(rows, in_anchor_order), -1).to(kind)

    by_score = torch.where(valid, score, -torch.inf).sort(dim=1, descending=True, stable=True).indices
    kept = count.clamp(max=topk) if topk > 0 else count
    best = _ordered(rows, by_score)
    alive = _survivors(best, place, kept, nms_threshold, force_suppress)
    result = torch.where((place < kept).unsqueeze(-1), best, _ordered(rows, in_anchor_order))
    classes = torch.where(alive, result[..., 0], -1)
    result = torch.cat([classes.unsqueeze(-1), result[..., 1:]], -1)
    return torch.where((place < count).unsqueeze(-1), result, -1).to(kind)


def _kind(cls_prob: Tensor, loc_pred: Tensor, anchor: Tensor) -> torch.dtype:
    return torch.promote_types(cls_prob.dtype, torch.promote_types(loc_pred.dtype, anchor.dtype))


def _decoded(offsets: Tensor, anchor: Tensor, variances: Sequence[float]) -> Tensor:
    """Turn ``(B, N, 4)`` offsets from ``(N, 4)`` anchors into corner boxes."""
    size = anchor[..., 2:] - anchor[..., :2]
    middle = (anchor[..., :2] + anchor[..., 2:]) / 2
    x, y, width, height = offsets.unbind(-1)
    middle = torch.stack([x * variances[0], y * variances[1]], -1) * size + middle
    half = torch.exp(torch.stack([width * variances[2], height * variances[3]], -1)) * size / 2
    return torch.cat([middle - half, middle + half], -1)


def _first(chosen: Tensor, place: Tensor) -> Tensor:
    """Give ``(B, N)`` numbers of the chosen places in order; what comes after them does not matter."""
    # One place more, where those that are not chosen go.
    order = torch.zeros(place.shape[0], place.shape[1] + 1, dtype=place.dtype, device=place.device)
    goal = torch.where(chosen, chosen.cumsum(1) - 1, place.shape[1])
    return order.scatter_(1, goal, place)[:, :-1]


def _ordered(rows: Tensor, order: Tensor) -> Tensor:
    return rows.gather(1, order.unsqueeze(-1).expand(rows.shape))


def _survivors(best: Tensor, place: Tensor, kept: Tensor, nms_threshold: float, force_suppress: bool) -> Tensor:
    """Say which of the best rows, sorted by score, no better one suppresses."""
    # Equal scores keep the order of the rows, which is settled; so the score says only which rows are looked at.
    looked_at = torch.where(place < kept, 1, -1).to(best.dtype).unsqueeze(-1)
    rows = torch.cat([best[..., :1], looked_at, best[..., 2:]], -1)
    order = nms_order(rows, _below(nms_threshold), 0.0, -1, 2, 1, 0, -1, force_suppress, False)
    alive = torch.zeros(place.shape[0], place.shape[1] + 1, dtype=torch.bool, device=place.device)
    return alive.scatter_(1, torch.where(order >= 0, order, place.shape[1]), True)[:, :-1]


def _below(number: float) -> float:
    """Give the greatest float32 below a positive one: to be above it is to be at least that."""
    return struct.unpack("f", struct.pack("I", struct.unpack("I", struct.pack("f", number))[0] - 1))[0]
