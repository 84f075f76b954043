"""What SSD's anchors should predict: a class, and the offset to a box.

The rule is that of MXNet 1.9.1's ``MultiBoxTarget``; the operator of that name describes it.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from regluon.kernels import jit
from regluon.kernels.matching import bipartite_match
from regluon.kernels.multibox_target_loops import memory_for, write_targets
from regluon.kernels.precision import at_least_single
from regluon.kernels.threads import over_batch

__all__ = ["anchor_targets", "anchor_targets_plain"]

# Overlaps up to this are none for the first stage of matching; MXNet's number.
_LEAST_OVERLAP = 1e-6


@torch.library.custom_op("regluon::anchor_targets", mutates_args=())
def anchor_targets(
    anchor: Tensor,
    label: Tensor,
    cls_pred: Tensor,
    overlap_threshold: float,
    ignore_label: float,
    mining_ratio: float,
    mining_thresh: float,
    minimum: int,
    variances: Sequence[float],
) -> tuple[Tensor, Tensor, Tensor]:
    """Say what each anchor should predict (MXNet 1.9.1, ``MultiBoxTarget``).

    Half precision is computed in float32, other types in their own. An overlap that is not a number is none; a score
    that is not a number makes an anchor the last to be chosen as background. On the CPU this is a compiled loop, images
    spread over threads; elsewhere, and without numba, plain torch.

    Args:
        anchor: ``(N, 4)`` corner boxes, float; no input is changed, and none gets a gradient.
        label: ``(B, M, W)`` rows of class and corner box; the first row of class -1 ends an image's list.
        cls_pred: ``(B, K, N)`` scores of classes, background first.
        overlap_threshold: overlap above which an anchor answers for a box; not looked at if not positive.
        ignore_label: class of the anchors that are neither.
        mining_ratio: number of background anchors for each that answers for a box; all if not positive.
        mining_thresh: only anchors with lower overlaps may be chosen as background.
        minimum: least number of background anchors to choose, if there are as many.
        variances: four numbers, what offsets are divided by.

    Returns:
        ``(B, N, 4)`` offsets, ``(B, N, 4)`` masks in the type of ``anchor``, and ``(B, N)`` classes.

    Examples:
        >>> anchor = torch.tensor([[0.0, 0.0, 0.5, 0.5], [0.5, 0.5, 1.0, 1.0]])
        >>> label = torch.tensor([[[2.0, 0.0, 0.0, 0.5, 0.4]]])
        >>> anchor_targets(anchor, label, torch.zeros(1, 4, 2), 0.5, -1.0, -1.0, 0.5, 0, [0.1, 0.1, 0.2, 0.2])[2]
        tensor([[3., 0.]])
    """
    rule = (overlap_threshold, ignore_label, mining_ratio, mining_thresh, minimum, variances)
    if anchor.device.type != "cpu" or not jit.available():
        return anchor_targets_plain(anchor, label, cls_pred, *rule)
    kind = torch.promote_types(anchor.dtype, label.dtype)
    wide = at_least_single(anchor.detach().to(kind))
    edges = wide.t().contiguous()
    offsets = edges.new_empty(label.shape[0], anchor.shape[0], 4)
    masks, classes = torch.empty_like(offsets), torch.empty_like(offsets[..., 0])
    boxes = label.detach().to(wide.dtype).contiguous().numpy()
    scores = at_least_single(cls_pred.detach()).contiguous().numpy()
    arrays = (edges.numpy(), boxes, scores, offsets.numpy(), masks.numpy(), classes.numpy())
    number = arrays[0].dtype.type
    numbers = (
        number(overlap_threshold), number(ignore_label), np.float32(mining_ratio), number(mining_thresh), minimum,
        np.array(variances, number),
    )  # fmt: skip
    work = max(scores.size, boxes.shape[1] * masks.numel() // 4)
    over_batch(
        lambda start, stop: write_targets(*arrays, memory_for(*arrays[:3]), start, stop, *numbers), len(boxes), work
    )
    return offsets.to(kind), masks.to(anchor.dtype), classes.to(kind)


@anchor_targets.register_fake
def _(anchor: Tensor, label: Tensor, *_: object, **__: object) -> tuple[Tensor, Tensor, Tensor]:
    kind = torch.promote_types(anchor.dtype, label.dtype)
    shape = (label.shape[0], anchor.shape[0], 4)
    return anchor.new_empty(shape, dtype=kind), anchor.new_empty(shape), anchor.new_empty(shape[:2], dtype=kind)


def anchor_targets_plain(
    anchor: Tensor,
    label: Tensor,
    cls_pred: Tensor,
    overlap_threshold: float,
    ignore_label: float,
    mining_ratio: float,
    mining_thresh: float,
    minimum: int,
    variances: Sequence[float],
) -> tuple[Tensor, Tensor, Tensor]:
    """Answer as :func:`anchor_targets` does, in plain torch: for every device, and nothing is copied to the host.

    Args:
        anchor: ``(N, 4)`` corner boxes, float.
        label: ``(B, M, W)`` rows of class and corner box.
        cls_pred: ``(B, K, N)`` scores of classes, background first.
        overlap_threshold: overlap above which an anchor answers for a box; not looked at if not positive.
        ignore_label: class of the anchors that are neither.
        mining_ratio: number of background anchors for each that answers for a box; all if not positive.
        mining_thresh: only anchors with lower overlaps may be chosen as background.
        minimum: least number of background anchors to choose, if there are as many.
        variances: four numbers, what offsets are divided by.

    Returns:
        ``(B, N, 4)`` offsets, ``(B, N, 4)`` masks in the type of ``anchor``, and ``(B, N)`` classes.
    """
    kind = torch.promote_types(anchor.dtype, label.dtype)
    edges, rows = at_least_single(anchor.detach().to(kind)), at_least_single(label.detach().to(kind))
    shape = (label.shape[0], anchor.shape[0], 4)
    if label.shape[1] == 0:
        ignored = edges.new_full(shape[:2], ignore_label)
        return edges.new_zeros(shape, dtype=kind), anchor.new_zeros(shape), ignored.to(kind)
    valid = (rows[..., 0] != -1).to(torch.int32).cumprod(1).bool()
    # (B, N, M); rows that are no boxes overlap nothing, less than boxes far away.
    overlaps = _overlaps(edges, rows[..., 1:5])
    overlaps = torch.where(valid.unsqueeze(1) & ~overlaps.isnan(), overlaps, -1)
    first, _ = bipartite_match(overlaps, _LEAST_OVERLAP, False, -1)
    best, second = overlaps.max(2)
    positive = first >= 0
    match = torch.where(positive, first.to(torch.int64), second)
    if overlap_threshold > 0:
        positive = positive | (best > overlap_threshold)
    negative = ~positive & valid[:, :1]
    if mining_ratio > 0:
        wanted = (positive.sum(1).float() * mining_ratio).clamp(max=shape[1]).to(torch.int64).clamp(min=minimum)
        negative = _hardest(at_least_single(cls_pred.detach()), negative & (best < mining_thresh), wanted)
    boxes = rows.gather(1, match.unsqueeze(-1).expand(-1, -1, rows.shape[2]))
    other = torch.where(negative, 0, ignore_label).to(edges.dtype)
    mask = positive.unsqueeze(-1)
    offsets = torch.where(mask, _offsets(edges, boxes[..., 1:5], variances), 0)
    classes = torch.where(positive, boxes[..., 0] + 1, other)
    return offsets.to(kind), mask.to(anchor.dtype).repeat(1, 1, 4), classes.to(kind)


def _overlaps(anchor: Tensor, boxes: Tensor) -> Tensor:
    """Give ``(B, N, M)`` overlaps of ``(N, 4)`` anchors with ``(B, M, 4)`` boxes; 0 if both are empty."""
    left, top, right, bottom = anchor.unsqueeze(1).unbind(-1)
    box_left, box_top, box_right, box_bottom = boxes.unsqueeze(1).unbind(-1)
    width = torch.minimum(right, box_right) - torch.maximum(left, box_left)
    height = torch.minimum(bottom, box_bottom) - torch.maximum(top, box_top)
    both = torch.where(width > 0, width, 0) * torch.where(height > 0, height, 0)
    union = (right - left) * (bottom - top) + (box_right - box_left) * (box_bottom - box_top) - both
    return torch.where(union <= 0, 0, both / union)


def _hardest(cls_pred: Tensor, candidates: Tensor, wanted: Tensor) -> Tensor:
    """Choose in each image the wanted number of candidates with the lowest probability of background."""
    background = torch.softmax(cls_pred, 1)[:, 0].nan_to_num(2)
    order = torch.where(candidates, background, torch.inf).sort(dim=1, stable=True).indices
    places = torch.arange(order.shape[1], device=order.device).expand(order.shape)
    rank = torch.empty_like(order).scatter_(1, order, places)
    return candidates & (rank < wanted.unsqueeze(1))


def _offsets(anchor: Tensor, boxes: Tensor, variances: Sequence[float]) -> Tensor:
    """Express ``(B, N, 4)`` boxes as offsets from ``(N, 4)`` anchors."""
    size, box_size = anchor[..., 2:] - anchor[..., :2], boxes[..., 2:] - boxes[..., :2]
    middle, box_middle = (anchor[..., 2:] + anchor[..., :2]) / 2, (boxes[..., 2:] + boxes[..., :2]) / 2
    x, y = ((box_middle - middle) / size).unbind(-1)
    width, height = torch.log(box_size / size).unbind(-1)
    moved = (x / variances[0], y / variances[1], width / variances[2], height / variances[3])
    return torch.stack(moved, -1)
