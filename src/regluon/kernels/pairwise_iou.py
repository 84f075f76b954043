"""The overlap of every box with every other."""

import torch
from torch import Tensor

from regluon.kernels import jit
from regluon.kernels.pairwise_iou_loops import write_overlaps
from regluon.kernels.threads import over_batch

__all__ = ["pairwise_iou", "pairwise_iou_plain"]


@torch.library.custom_op("regluon::pairwise_iou", mutates_args=())
def pairwise_iou(lhs: Tensor, rhs: Tensor) -> Tensor:
    """Give the intersection over union of every box with every other (MXNet 1.9.1, ``box_iou``).

    On the CPU this is a compiled loop, boxes of ``lhs`` spread over threads; elsewhere, and without numba, plain torch.

    Args:
        lhs: ``(5, N)`` lines of left, top, right, bottom and area, float32 or float64; no edge is NaN. No gradient
            flows.
        rhs: ``(5, M)``, of the same type.

    Returns:
        ``(N, M)`` overlaps, 0 where boxes do not meet.

    Examples:
        >>> square, half = torch.tensor([[0.0, 0.0, 2.0, 2.0, 4.0], [1.0, 0.0, 2.0, 2.0, 2.0]]).unsqueeze(2)
        >>> pairwise_iou(square, half)
        tensor([[0.5000]])
    """
    if lhs.device.type != "cpu" or not jit.available():
        return pairwise_iou_plain(lhs, rhs)
    overlaps = lhs.new_empty(lhs.shape[1], rhs.shape[1])
    arrays = (lhs.detach().contiguous().numpy(), rhs.detach().contiguous().numpy(), overlaps.numpy())
    over_batch(lambda start, stop: write_overlaps(*arrays, start, stop), len(overlaps), overlaps.numel())
    return overlaps


@pairwise_iou.register_fake
def _(lhs: Tensor, rhs: Tensor) -> Tensor:
    return lhs.new_empty(lhs.shape[1], rhs.shape[1])


def pairwise_iou_plain(lhs: Tensor, rhs: Tensor) -> Tensor:
    """Answer as :func:`pairwise_iou` does, in plain torch: for every device, and nothing is copied to the host.

    Args:
        lhs: ``(5, N)`` lines of left, top, right, bottom and area.
        rhs: ``(5, M)``, of the same type.

    Returns:
        ``(N, M)`` overlaps, 0 where boxes do not meet.
    """
    left, top, right, bottom, area = lhs.detach().unsqueeze(2).unbind()
    other_left, other_top, other_right, other_bottom, other_area = rhs.detach().unbind()
    width = torch.minimum(right, other_right) - torch.maximum(left, other_left)
    height = torch.minimum(bottom, other_bottom) - torch.maximum(top, other_top)
    both = torch.where(width > 0, width, 0) * torch.where(height > 0, height, 0)
    # 0 / 0 is no overlap.
    return torch.where(both != 0, both / (area + other_area - both), both)
