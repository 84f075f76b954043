"""Region proposals: the best boxes that a region proposal network sees, without much overlap.

(Ren et al., Faster R-CNN, 2015.)
"""

import math
from typing import Annotated

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.kernels.checks import require
from regluon.kernels.nms import nms_order
from regluon.kernels.precision import at_least_single
from regluon.ops.attr import Range
from regluon.ops.number import single
from regluon.ops.registry import Attributes, op

__all__ = ["multi_proposal", "proposal"]

Numbers = tuple[float, ...]
Rows = Annotated[int, Range(0)]
Stride = Annotated[int, Range(1)]


def _outputs(attributes: Attributes) -> tuple[str, ...]:
    return ("output", "score") if attributes["output_score"] else ("output",)


@op("_contrib_Proposal", outputs=_outputs, hidden=1, differentiable=False)
def proposal(
    cls_prob: Tensor,
    bbox_pred: Tensor,
    im_info: Tensor,
    rpn_pre_nms_top_n: int = 6000,
    rpn_post_nms_top_n: Rows = 300,
    threshold: float = 0.7,
    rpn_min_size: int = 16,
    scales: Numbers = (4.0, 8.0, 16.0, 32.0),
    ratios: Numbers = (0.5, 1.0, 2.0),
    feature_stride: Stride = 16,
    output_score: bool = False,
    iou_loss: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """Propose regions of one image (Faster R-CNN, section 3.1; MXNet, ``Proposal``); the rules are those of several.

    Args:
        cls_prob: ``(1, 2 A, H, W)`` scores; those of the second half are for an object.
        bbox_pred: ``(1, 4 A, H, W)`` offsets.
        im_info: ``(1, 3)``: height and width of the image, and its scale.
        rpn_pre_nms_top_n: how many of the best boxes are looked at; all if not positive.
        rpn_post_nms_top_n: rows of the answer.
        threshold: the intersection over union above which a box goes.
        rpn_min_size: least width and height in the image before it was scaled.
        scales: sizes of the anchors, in strides.
        ratios: heights of the anchors by their widths.
        feature_stride: pixels of the image for one of the map.
        output_score: whether scores are given as well.
        iou_loss: whether offsets are those of the corners.

    Returns:
        ``(rpn_post_nms_top_n, 5)`` rows of 0 and corner box, and with ``output_score`` their scores,
        ``(rpn_post_nms_top_n, 1)``.

    Examples:
        >>> scores = torch.tensor([[0.1, 0.2], [0.9, 0.8]]).reshape(1, 2, 1, 2)
        >>> rule = {"rpn_post_nms_top_n": 3, "rpn_min_size": 4, "scales": (1,), "ratios": (1,)}
        >>> proposal(scores, torch.zeros(1, 4, 1, 2), torch.tensor([[16.0, 32.0, 1.0]]), **rule)
        tensor([[ 0.,  0.,  0., 15., 15.],
                [ 0., 16.,  0., 31., 15.],
                [ 0.,  0.,  0., 15., 15.]])
    """
    if cls_prob.ndim == 4 and cls_prob.shape[0] != 1:
        raise ShapeError(
            f"Proposal: cls_prob must be of one image (MultiProposal takes several), got shape {tuple(cls_prob.shape)}"
        )
    anchors = _check("Proposal", cls_prob, bbox_pred, im_info, scales, ratios, feature_stride)
    boxes, scores = _candidates(
        "Proposal", cls_prob, bbox_pred, im_info, anchors, feature_stride, rpn_min_size, iou_loss
    )
    rows, scores = _best(boxes, scores, rpn_pre_nms_top_n, rpn_post_nms_top_n, threshold)
    rows, scores = rows.to(cls_prob.dtype), scores.to(cls_prob.dtype)
    return (rows, scores) if output_score else rows


@op("_contrib_MultiProposal", outputs=_outputs, hidden=1, differentiable=False)
def multi_proposal(
    cls_prob: Tensor,
    bbox_pred: Tensor,
    im_info: Tensor,
    rpn_pre_nms_top_n: int = 6000,
    rpn_post_nms_top_n: Rows = 300,
    threshold: float = 0.7,
    rpn_min_size: int = 16,
    scales: Numbers = (4.0, 8.0, 16.0, 32.0),
    ratios: Numbers = (0.5, 1.0, 2.0),
    feature_stride: Stride = 16,
    output_score: bool = False,
    iou_loss: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """Propose regions of several images (Faster R-CNN, section 3.1; MXNet, ``MultiProposal``).

    Anchors stand at every pixel of the map, of each ratio every scale, and offsets make boxes of them, which are
    clipped to the image. Pixels of the map beyond the image score -1. So do boxes smaller than ``rpn_min_size``; as in
    MXNet they are not left out, but made larger by that size, and come last. Of the best boxes, equal ones in their
    order, one goes if a better one overlaps it by more than ``threshold``. If fewer rows than asked for are left, they
    start over. Widths count the last pixel. Scores that are not numbers come last. No gradient flows.

    Args:
        cls_prob: ``(B, 2 A, H, W)`` scores; those of the second half are for an object.
        bbox_pred: ``(B, 4 A, H, W)`` offsets.
        im_info: ``(B, 3)``: height and width of each image, and its scale.
        rpn_pre_nms_top_n: how many of the best boxes are looked at; all if not positive.
        rpn_post_nms_top_n: rows of the answer for each image.
        threshold: the intersection over union above which a box goes.
        rpn_min_size: least width and height in the image before it was scaled.
        scales: sizes of the anchors, in strides.
        ratios: heights of the anchors by their widths.
        feature_stride: pixels of the image for one of the map.
        output_score: whether scores are given as well.
        iou_loss: whether offsets are those of the corners.

    Returns:
        ``(B * rpn_post_nms_top_n, 5)`` rows of image and corner box, and with ``output_score`` their
        ``(B * rpn_post_nms_top_n, 1)`` scores.

    Examples:
        >>> scores = torch.tensor([[[0.1], [0.9]], [[0.2], [0.8]]]).reshape(2, 2, 1, 1)
        >>> rule = {"rpn_post_nms_top_n": 1, "rpn_min_size": 4, "scales": (1,), "ratios": (1,), "output_score": True}
        >>> multi_proposal(scores, torch.zeros(2, 4, 1, 1), torch.tensor([[16.0, 16.0, 1.0], [9.0, 16.0, 1.0]]), **rule)
        (tensor([[ 0.,  0.,  0., 15., 15.],
                [ 1.,  0.,  0., 15.,  8.]]), tensor([[ 0.9000],
                [-1.0000]]))
    """
    anchors = _check("MultiProposal", cls_prob, bbox_pred, im_info, scales, ratios, feature_stride)
    boxes, scores = _candidates(
        "MultiProposal", cls_prob, bbox_pred, im_info, anchors, feature_stride, rpn_min_size, iou_loss
    )
    rows, scores = _best(boxes, scores, rpn_pre_nms_top_n, rpn_post_nms_top_n, threshold)
    rows, scores = rows.to(cls_prob.dtype), scores.to(cls_prob.dtype)
    return (rows, scores) if output_score else rows


def _check(
    who: str,
    cls_prob: Tensor,
    bbox_pred: Tensor,
    im_info: Tensor,
    scales: Numbers,
    ratios: Numbers,
    feature_stride: int,
) -> list[list[float]]:
    """Refuse what does not go together, and give the anchors of the first pixel."""
    count = len(scales) * len(ratios)
    if not count or min(*scales, *ratios) <= 0:
        raise ArgumentError(f"{who}: scales and ratios must be positive numbers, got {scales} and {ratios}")
    if cls_prob.ndim != 4 or cls_prob.shape[1] != 2 * count or 0 in cls_prob.shape[2:]:
        raise ShapeError(
            f"{who}: cls_prob must be (B, 2 A, H, W) with A={count} for {len(scales)} scales and {len(ratios)} ratios, "
            f"got shape {tuple(cls_prob.shape)}"
        )
    images, _, height, width = cls_prob.shape
    if tuple(bbox_pred.shape) != (images, 4 * count, height, width) or tuple(im_info.shape) != (images, 3):
        raise ShapeError(
            f"{who}: bbox_pred must be {(images, 4 * count, height, width)} and im_info {(images, 3)} for cls_prob of "
            f"shape {tuple(cls_prob.shape)}, got {tuple(bbox_pred.shape)} and {tuple(im_info.shape)}"
        )
    if not all(one.is_floating_point() for one in (cls_prob, bbox_pred, im_info)):
        raise ArgumentTypeError(
            f"{who}: inputs must hold floats, got {cls_prob.dtype}, {bbox_pred.dtype} and {im_info.dtype}"
        )
    return [_anchor(single(scale), single(ratio), feature_stride) for ratio in ratios for scale in scales]


def _anchor(scale: float, ratio: float, stride: int) -> list[float]:
    """Give the corners of an anchor around the middle of the first pixel; MXNet rounds its sides."""
    area = math.floor(single(stride * stride / ratio))
    width = single(math.floor(single(math.sqrt(area)) + 0.5) * scale)
    height = single(math.floor(single(single(width / scale) * ratio) + 0.5) * scale)
    middle = 0.5 * (stride - 1)
    return [
        middle - 0.5 * (width - 1),
        middle - 0.5 * (height - 1),
        middle + 0.5 * (width - 1),
        middle + 0.5 * (height - 1),
    ]


def _candidates(
    who: str,
    cls_prob: Tensor,
    bbox_pred: Tensor,
    im_info: Tensor,
    anchors: list[list[float]],
    stride: int,
    min_size: int,
    iou_loss: bool,
) -> tuple[Tensor, Tensor]:
    """Give ``(4, B, n)`` corners and ``(B, n)`` scores of all boxes, pixel by pixel, the anchors of each in turn."""
    images, _, height, width = cls_prob.shape
    scores, offsets, info = (at_least_single(one.detach()) for one in (cls_prob, bbox_pred, im_info))
    covered = (info[:, :2] / stride).trunc()
    size = torch.tensor([height, width], device=info.device)
    rule = f"{who}: im_info must be of images that a map of {height} x {width} covers at a stride of {stride}"
    info = require(info, (covered <= size).all(1), rule)
    rows, columns, scale = info.reshape(images, 3, 1, 1, 1).unbind(1)
    y = torch.arange(height, device=info.device).reshape(-1, 1, 1) * stride
    x = torch.arange(width, device=info.device).reshape(-1, 1) * stride
    first = torch.tensor(anchors, dtype=scores.dtype, device=scores.device).unbind(1)
    # (B, H, W, A) from here on
    parts = offsets.reshape(images, len(anchors), 4, height, width).permute(2, 0, 3, 4, 1)
    place = (first[0] + x, first[1] + y, first[2] + x, first[3] + y)
    left, top, right, bottom = _shifted(place, parts, iou_loss)
    left, right = (torch.minimum(edge, columns - 1).clamp(min=0) for edge in (left, right))
    top, bottom = (torch.minimum(edge, rows - 1).clamp(min=0) for edge in (top, bottom))
    least = min_size * scale
    small = (right - left + 1 < least) | (bottom - top + 1 < least)
    grown = torch.where(small, least / 2, 0)
    outside = (y >= (rows / stride).trunc() * stride) | (x >= (columns / stride).trunc() * stride)
    score = torch.where(small | outside, -1, scores[:, len(anchors) :].permute(0, 2, 3, 1))
    boxes = torch.stack([left - grown, top - grown, right + grown, bottom + grown])
    return boxes.flatten(2), score.flatten(1)


def _shifted(place: tuple[Tensor, ...], parts: Tensor, iou_loss: bool) -> tuple[Tensor, ...]:
    left, top, right, bottom = place
    if iou_loss:
        return left + parts[0], top + parts[1], right + parts[2], bottom + parts[3]
    width, height = right - left + 1, bottom - top + 1
    x = parts[0] * width + (left + 0.5 * (width - 1))
    y = parts[1] * height + (top + 0.5 * (height - 1))
    half_width, half_height = 0.5 * (parts[2].exp() * width - 1), 0.5 * (parts[3].exp() * height - 1)
    return x - half_width, y - half_height, x + half_width, y + half_height


def _best(boxes: Tensor, scores: Tensor, before: int, after: int, threshold: float) -> tuple[Tensor, Tensor]:
    """Give rows of image and box, and scores, of the best boxes that overlap little, again and again if few."""
    _, images, count = boxes.shape
    before = min(before, count) if before > 0 else count
    # What is not a number is no score; an overlap that counts last pixels is one of boxes that end one later.
    rank = scores.nan_to_num(-torch.inf).clamp(min=torch.finfo(scores.dtype).min)
    rows = torch.stack([rank, boxes[0], boxes[1], boxes[2] + 1, boxes[3] + 1], -1)
    order = nms_order(rows, threshold, -math.inf, before, 1, 0, -1, -1, False, False, max(1, after))
    kept = (order >= 0).sum(1, keepdim=True).clamp(min=1, max=max(1, min(after, before)))
    chosen = order.gather(1, torch.arange(after, device=order.device) % kept).clamp(min=0)
    image = torch.arange(images, device=order.device, dtype=boxes.dtype).unsqueeze(1).expand(-1, after)
    found = torch.stack([image, *(edge.gather(1, chosen) for edge in boxes)], -1)
    return found.flatten(0, 1), scores.gather(1, chosen).flatten().unsqueeze(1)
