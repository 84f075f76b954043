"""What SSD has found: boxes with a class and a score."""

import struct

import torch
from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.kernels.nms import nms_order
from regluon.ops.registry import op

__all__ = ["multibox_detection"]

Variances = tuple[float, float, float, float]


@op("_contrib_MultiBoxDetection", differentiable=False)
def multibox_detection(
    cls_prob: Tensor,
    loc_pred: Tensor,
    anchor: Tensor,
    clip: bool = True,
    threshold: float = 0.01,
    background_id: int = 0,
    nms_threshold: float = 0.5,
    force_suppress: bool = False,
    variances: Variances = (0.1, 0.1, 0.2, 0.2),
    nms_topk: int = -1,
) -> Tensor:
    """Turn predictions into boxes and suppress those that better ones overlap (SSD; MXNet, ``MultiBoxDetection``).

    Each anchor gives its best class other than background, if its probability is at least ``threshold``. The rows are
    sorted by it; a row whose box overlaps that of a better one of its class by ``nms_threshold`` or more gets the class
    -1 and keeps score and box. No gradient flows.

    As in MXNet: class 0 is background, whatever ``background_id``; a ``nms_threshold`` not in (0, 1] leaves the rows in
    the order of the anchors; and with more than ``nms_topk`` rows the best of them come first, and the others are
    overwritten by those that stand there in the order of the anchors, with class -1.

    Args:
        cls_prob: ``(B, K, N)`` probabilities of classes, background first.
        loc_pred: ``(B, 4 N)`` offsets.
        anchor: ``(1, N, 4)`` corner boxes.
        clip: whether to clip boxes to ``[0, 1]``.
        threshold: least probability.
        background_id: without effect.
        nms_threshold: the intersection over union from which on a box goes.
        force_suppress: whether boxes of different classes suppress each other.
        variances: factors of the offsets.
        nms_topk: how many of the best rows are kept; all if not positive.

    Returns:
        ``(B, N, 6)`` rows of class (without background), probability and corner box, then rows of -1.

    Examples:
        >>> probability = torch.tensor([[[0.1, 0.3], [0.9, 0.7]]])
        >>> anchor = torch.tensor([[[0.0, 0.0, 0.5, 0.5], [0.0, 0.0, 0.5, 0.4]]])
        >>> multibox_detection(probability, torch.zeros(1, 8), anchor)
        tensor([[[ 0.0000,  0.9000,  0.0000,  0.0000,  0.5000,  0.5000],
                 [-1.0000,  0.7000,  0.0000,  0.0000,  0.5000,  0.4000]]])
    """
    if cls_prob.ndim != 3 or cls_prob.shape[1] < 2:
        raise ShapeError(
            f"MultiBoxDetection: cls_prob must be (B, K, N) with K >= 2, got shape {tuple(cls_prob.shape)}"
        )
    images, _, anchors = cls_prob.shape
    if loc_pred.shape != (images, 4 * anchors) or anchor.shape != (1, anchors, 4):
        raise ShapeError(
            f"MultiBoxDetection: loc_pred must be {(images, 4 * anchors)} and anchor {(1, anchors, 4)} for cls_prob of "
            f"shape {tuple(cls_prob.shape)}, got {tuple(loc_pred.shape)} and {tuple(anchor.shape)}"
        )
    cls_prob, loc_pred, anchor = cls_prob.detach(), loc_pred.detach(), anchor.detach()
    # NaN is nobody's best.
    score, index = cls_prob[:, 1:].nan_to_num(-1, torch.inf, -torch.inf).max(1)
    valid = (score > -1) & (score >= threshold)
    boxes = _decoded(loc_pred.reshape(images, anchors, 4), anchor, variances)
    if clip:
        boxes = boxes.clamp(0, 1)
    rows = torch.cat([index.to(score.dtype).unsqueeze(-1), score.unsqueeze(-1), boxes], -1)
    count = valid.sum(1, keepdim=True)
    place = torch.arange(anchors, device=rows.device).expand(images, -1)
    in_anchor_order = _first(valid, place)
    if not 0 < nms_threshold <= 1:
        return torch.where((place < count).unsqueeze(-1), _ordered(rows, in_anchor_order), -1)

    by_score = torch.where(valid, score, -torch.inf).sort(dim=1, descending=True, stable=True).indices
    kept = count.clamp(max=nms_topk) if nms_topk > 0 else count
    best = _ordered(rows, by_score)
    alive = _survivors(best, place, kept, nms_threshold, force_suppress)
    result = torch.where((place < kept).unsqueeze(-1), best, _ordered(rows, in_anchor_order))
    classes = torch.where(alive, result[..., 0], -1)
    result = torch.cat([classes.unsqueeze(-1), result[..., 1:]], -1)
    return torch.where((place < count).unsqueeze(-1), result, -1)


def _decoded(offsets: Tensor, anchor: Tensor, variances: Variances) -> Tensor:
    """Turn ``(B, N, 4)`` offsets from ``(1, N, 4)`` anchors into corner boxes."""
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
