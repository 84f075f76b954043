"""What SSD has found: boxes with a class and a score."""

from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.kernels.multibox_detection import detect_boxes
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
        >>> import torch
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
    offsets = loc_pred.detach().reshape(images, anchors, 4)
    rule = (clip, threshold, nms_threshold, force_suppress, list(variances), nms_topk)
    return detect_boxes(cls_prob.detach(), offsets, anchor[0].detach(), *rule)
