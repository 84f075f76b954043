"""Overlap of boxes."""

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.kernels.pairwise_iou import pairwise_iou
from regluon.kernels.precision import at_least_single
from regluon.ops.contrib.box_format import Format
from regluon.ops.registry import op

__all__ = ["box_iou", "edges_of"]


@op("_contrib_box_iou", differentiable=False)
def box_iou(lhs: Tensor, rhs: Tensor, format: Format = "corner") -> Tensor:
    """Give the intersection over union of every box in ``lhs`` with every box in ``rhs`` (MXNet, ``box_iou``).

    No gradient flows.

    Args:
        lhs: ``(*N, 4)`` boxes, at least two axes.
        rhs: ``(*M, 4)`` boxes, at least two axes.
        format: ``corner`` is ``xmin, ymin, xmax, ymax``; ``center`` is ``x, y, w, h``.

    Returns:
        ``(*N, *M)`` overlaps in ``[0, 1]``; 0 where boxes do not meet, so between empty or inverted boxes too.

    Examples:
        >>> box_iou(torch.tensor([[0.0, 0.0, 2.0, 2.0]]), torch.tensor([[1.0, 0.0, 2.0, 2.0], [2.0, 0.0, 3.0, 2.0]]))
        tensor([[0.5000, 0.0000]])
    """
    for name, boxes in (("lhs", lhs), ("rhs", rhs)):
        if boxes.ndim < 2 or boxes.shape[-1] != 4:
            raise ShapeError(f"box_iou: {name} must be (..., N, 4), got shape {tuple(boxes.shape)}")
        if not boxes.is_floating_point():
            raise ArgumentTypeError(f"box_iou: {name} must hold floats, got {boxes.dtype}")
    if lhs.dtype != rhs.dtype:
        raise ArgumentError(f"box_iou: rhs must be {lhs.dtype} as lhs is, got {rhs.dtype}")
    # As in MXNet of a box whose coordinates are not numbers: one in lhs gives NaN, one in rhs does not overlap.
    own, others = edges_of(lhs, format, wide=format == "corner"), edges_of(rhs, format, wide=format == "center")
    overlap = pairwise_iou(own, others).to(lhs.dtype)
    return overlap.reshape(*lhs.shape[:-1], *rhs.shape[:-1])


def edges_of(boxes: Tensor, format: Format, wide: bool) -> Tensor:
    """Give left, top, right, bottom and area of boxes, of an inverted one 0.

    Args:
        boxes: ``(..., 4)`` boxes.
        format: ``corner`` is ``xmin, ymin, xmax, ymax``; ``center`` is ``x, y, w, h``.
        wide: whether edges that are not numbers are taken far out, else far in.

    Returns:
        ``(5, N)``, at least float32.

    Examples:
        >>> edges_of(torch.tensor([[2.0, 2.0, 2.0, 4.0]]), "center", True).T
        tensor([[1., 0., 3., 4., 8.]])
    """
    first, second, third, fourth = at_least_single(boxes.detach()).reshape(-1, 4).unbind(-1)
    if format == "center":
        width, height = third, fourth
        edges = (first - width / 2, second - height / 2, first + width / 2, second + height / 2)
    else:
        width, height = third - first, fourth - second
        edges = (first, second, third, fourth)
    low, high = (-torch.inf, torch.inf) if wide else (torch.inf, -torch.inf)
    edges = [torch.where(edge.isnan(), far, edge) for edge, far in zip(edges, (low, low, high, high), strict=True)]
    return torch.stack([*edges, torch.where((width < 0) | (height < 0), 0, width * height)])
