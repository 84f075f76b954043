"""What SSD is trained for: a class and an offset for each anchor."""

from typing import Annotated

from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.kernels.multibox_target import anchor_targets
from regluon.ops.attr import Range
from regluon.ops.registry import op

__all__ = ["multibox_target"]

Variances = tuple[float, float, float, float]


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
        >>> import torch
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
    rule = (overlap_threshold, ignore_label, negative_mining_ratio, negative_mining_thresh, minimum_negative_samples)
    offsets, masks, classes = anchor_targets(
        anchor[0].detach(), label.detach(), cls_pred.detach(), *rule, list(variances)
    )
    return offsets.flatten(1), masks.flatten(1), classes
