"""What SSD is trained for: a class and an offset for each anchor."""

from typing import Annotated

import torch
from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.kernels.matching import bipartite_match
from regluon.ops.attr import Range
from regluon.ops.registry import op

__all__ = ["multibox_target"]

Variances = tuple[float, float, float, float]

# Overlaps up to this are none for the first stage of matching; MXNet's number.
_LEAST_OVERLAP = 1e-6


@op("_contrib_MultiBoxTarget", outputs=("loc_target", "loc_mask", "cls_target"), differentiable=False)
def multibox_target(
    anchor: Tensor,
    label: Tensor,
    cls_pred: Tensor,
    overlap_threshold: float = 0.5,
    ignore_label: float = -1.0,
    negative_mining_ratio: float = -1.0,
    negative_mining_thresh: float = 0.5,
    minimum_negative_samples: Annotated[int, Range(0)] = 0,
    variances: Variances = (0.1, 0.1, 0.2, 0.2),
) -> tuple[Tensor, Tensor, Tensor]:
    """Say what each anchor should predict (SSD, section 2.2; MXNet, ``MultiBoxTarget``).

    First each box gets the anchor that overlaps it most, the greatest overlap of all first; then each anchor left
    answers for the box it overlaps most, if by more than ``overlap_threshold``. The other anchors are background; or,
    with ``negative_mining_ratio``, those of them that look least like it, as many as the ratio allows. An image without
    boxes is ignored. No gradient flows.

    Where there are too few anchors to choose background from, all of them are taken; MXNet's CPU build fails. It also
    passes over ``minimum_negative_samples``, which only its GPU build and this function honour.

    Args:
        anchor: ``(1, N, 4)`` corner boxes.
        label: ``(B, M, W)`` rows of class and corner box, W at least 5; the first row of class -1 ends an image's list.
        cls_pred: ``(B, K, N)`` scores of classes, background first.
        overlap_threshold: overlap above which an anchor answers for a box; not looked at if not positive.
        ignore_label: class of the anchors that are neither.
        negative_mining_ratio: number of background anchors for each that answers for a box; all if not positive.
        negative_mining_thresh: only anchors with lower overlaps may be chosen as background.
        minimum_negative_samples: least number of background anchors to choose, if there are as many.
        variances: what offsets are divided by.

    Returns:
        ``(B, 4 N)`` offsets, ``(B, 4 N)`` masks, 1 where there is an offset, and ``(B, N)`` classes: 0 for background,
        else one more than the label's.

    Examples:
        >>> anchor = torch.tensor([[[0.0, 0.0, 0.5, 0.5], [0.5, 0.5, 1.0, 1.0]]])
        >>> label = torch.tensor([[[2.0, 0.0, 0.0, 0.5, 0.4], [-1.0, -1, -1, -1, -1]]])
        >>> multibox_target(anchor, label, torch.zeros(1, 4, 2))[2]
        tensor([[3., 0.]])
    """
    anchors = anchor.shape[1] if anchor.ndim == 3 else 0
    if anchor.shape != (1, anchors, 4):
        raise ShapeError(f"MultiBoxTarget: anchor must be (1, N, 4), got shape {tuple(anchor.shape)}")
    if label.ndim != 3 or label.shape[2] < 5:
        raise ShapeError(f"MultiBoxTarget: label must be (B, M, 5 or more), got shape {tuple(label.shape)}")
    if cls_pred.ndim != 3 or cls_pred.shape[0] != label.shape[0] or cls_pred.shape[2] != anchors:
        raise ShapeError(
            f"MultiBoxTarget: cls_pred must be ({label.shape[0]}, K, {anchors}) for label of shape {tuple(label.shape)}"
            f" and anchor of shape {tuple(anchor.shape)}, got {tuple(cls_pred.shape)}"
        )
    anchor, label, cls_pred = anchor[0].detach(), label.detach(), cls_pred.detach()
    if label.shape[1] == 0:
        nothing = anchor.new_zeros(label.shape[0], 4 * anchors)
        return nothing, nothing.clone(), torch.full_like(nothing[:, :anchors], ignore_label)
    valid = (label[..., 0] != -1).to(torch.int32).cumprod(1).bool()
    # (B, N, M); rows that are no boxes overlap nothing, less than boxes far away.
    overlaps = torch.where(valid.unsqueeze(1), _overlaps(anchor, label[..., 1:5]), -1)
    first, _ = bipartite_match(overlaps, _LEAST_OVERLAP, False, -1)
    best, second = overlaps.max(2)
    positive = first >= 0
    match = torch.where(positive, first.to(torch.int64), second)
    if overlap_threshold > 0:
        positive = positive | (best > overlap_threshold)
    if negative_mining_ratio > 0:
        candidates = ~positive & (best < negative_mining_thresh)
        wanted = (positive.sum(1) * negative_mining_ratio).to(torch.int64).clamp(min=minimum_negative_samples)
        negative = _hardest(cls_pred, candidates, wanted) & valid[:, :1]
    else:
        negative = ~positive & valid[:, :1]
    boxes = label.gather(1, match.unsqueeze(-1).expand(-1, -1, label.shape[2]))
    other = torch.where(negative, 0, ignore_label).to(anchor.dtype)
    mask = positive.unsqueeze(-1)
    offsets = torch.where(mask, _offsets(anchor, boxes[..., 1:5], variances), 0)
    masks = mask.to(anchor.dtype).expand(offsets.shape)
    return offsets.flatten(1), masks.flatten(1), torch.where(positive, boxes[..., 0] + 1, other)


def _overlaps(anchor: Tensor, boxes: Tensor) -> Tensor:
    """Give ``(B, N, M)`` overlaps of ``(N, 4)`` anchors with ``(B, M, 4)`` boxes; 0 if both are empty."""
    left, top, right, bottom = anchor.unsqueeze(1).unbind(-1)
    box_left, box_top, box_right, box_bottom = boxes.unsqueeze(1).unbind(-1)
    width = (torch.minimum(right, box_right) - torch.maximum(left, box_left)).clamp_(min=0)
    height = (torch.minimum(bottom, box_bottom) - torch.maximum(top, box_top)).clamp_(min=0)
    both = width.mul_(height)
    areas = (right - left) * (bottom - top) + (box_right - box_left) * (box_bottom - box_top)
    union = areas.sub_(both)
    return torch.where(union <= 0, 0, both / union)


def _hardest(cls_pred: Tensor, candidates: Tensor, wanted: Tensor) -> Tensor:
    """Choose in each image the wanted number of candidates with the lowest probability of background."""
    background = torch.softmax(cls_pred, 1)[:, 0]
    order = torch.where(candidates, background, torch.inf).sort(dim=1, stable=True).indices
    places = torch.arange(order.shape[1], device=order.device).expand(order.shape)
    rank = torch.empty_like(order).scatter_(1, order, places)
    return candidates & (rank < wanted.unsqueeze(1))


def _offsets(anchor: Tensor, boxes: Tensor, variances: Variances) -> Tensor:
    """Express ``(B, N, 4)`` boxes as offsets from ``(N, 4)`` anchors."""
    size, box_size = anchor[..., 2:] - anchor[..., :2], boxes[..., 2:] - boxes[..., :2]
    middle, box_middle = (anchor[..., 2:] + anchor[..., :2]) / 2, (boxes[..., 2:] + boxes[..., :2]) / 2
    x, y = ((box_middle - middle) / size).unbind(-1)
    width, height = torch.log(box_size / size).unbind(-1)
    moved = (x / variances[0], y / variances[1], width / variances[2], height / variances[3])
    return torch.stack(moved, -1)
