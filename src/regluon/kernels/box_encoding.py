"""Matched boxes as offsets from their anchors."""

import numpy as np
import torch
from torch import Tensor

from regluon.kernels import jit
from regluon.kernels.box_encoding_loops import write_offsets
from regluon.kernels.threads import over_batch

__all__ = ["encode_boxes", "encode_boxes_plain"]


@torch.library.custom_op("regluon::encode_boxes", mutates_args=())
def encode_boxes(
    chosen: Tensor, matches: Tensor, anchors: Tensor, refs: Tensor, scale: Tensor
) -> tuple[Tensor, Tensor]:
    """Express matched boxes as offsets from their anchors (MXNet 1.9.1, ``box_encode``).

    On the CPU this is a compiled loop, anchors spread over threads; elsewhere, and without numba, plain torch.

    Args:
        chosen: ``(B, N)`` booleans: the anchors that answer for a box.
        matches: ``(B, N)`` numbers of boxes in ``refs``, int64; one outside counts as the nearest.
        anchors: ``(B, N, 4)`` corner boxes, float32 or float64. No gradient flows.
        refs: ``(B, M, 4)`` corner boxes, M above 0, of the same type.
        scale: ``(2, 4)``, means and deviations, of the same type.

    Returns:
        ``(B, N, 4)`` offsets, 0 where no box is answered for, and ``(B, N, 4)`` masks, 1 where one is.

    Examples:
        >>> anchors, refs = torch.tensor([[[0.0, 0, 2, 2]]]), torch.tensor([[[1.0, 0, 3, 2]]])
        >>> scale = torch.tensor([[0.0] * 4, [1.0] * 4])
        >>> encode_boxes(torch.tensor([[True]]), torch.tensor([[0]]), anchors, refs, scale)
        (tensor([[[0.5000, 0.0000, 0.0000, 0.0000]]]), tensor([[[1., 1., 1., 1.]]]))
    """
    if anchors.device.type != "cpu" or not jit.available():
        return encode_boxes_plain(chosen, matches, anchors, refs, scale)
    offsets, masks = anchors.new_empty(anchors.shape), anchors.new_empty(anchors.shape)
    flat = [one.detach().reshape(-1).contiguous().numpy() for one in (chosen, matches)]
    boxes = [one.detach().contiguous().numpy() for one in (anchors.reshape(-1, 4), refs, scale)]
    written = [one.view(-1, 4).numpy() for one in (offsets, masks)]
    over_batch(
        lambda start, stop: write_offsets(*flat, *boxes, *written, np.empty(stop - start, np.int64), start, stop),
        chosen.numel(),
        anchors.numel(),
    )
    return offsets, masks


@encode_boxes.register_fake
def _(chosen: Tensor, matches: Tensor, anchors: Tensor, refs: Tensor, scale: Tensor) -> tuple[Tensor, Tensor]:
    del chosen, matches, refs, scale
    return anchors.new_empty(anchors.shape), anchors.new_empty(anchors.shape)


def encode_boxes_plain(
    chosen: Tensor, matches: Tensor, anchors: Tensor, refs: Tensor, scale: Tensor
) -> tuple[Tensor, Tensor]:
    """Answer as :func:`encode_boxes` does, in plain torch: for every device, and nothing is copied to the host.

    Args:
        chosen: ``(B, N)`` booleans: the anchors that answer for a box.
        matches: ``(B, N)`` numbers of boxes in ``refs``, int64; one outside counts as the nearest.
        anchors: ``(B, N, 4)`` corner boxes.
        refs: ``(B, M, 4)`` corner boxes, M above 0, of the same type.
        scale: ``(2, 4)``, means and deviations, of the same type.

    Returns:
        ``(B, N, 4)`` offsets, 0 where no box is answered for, and ``(B, N, 4)`` masks, 1 where one is.
    """
    anchors, refs, means, stds = anchors.detach(), refs.detach(), *scale.detach()
    index = matches.clamp(0, refs.shape[1] - 1).unsqueeze(-1).expand(-1, -1, 4)
    low, high = anchors.split(2, -1)
    ref_low, ref_high = refs.gather(1, index).split(2, -1)
    size = high - low
    shift = ((ref_low + ref_high) / 2 - (low + high) / 2) / size
    offsets = torch.cat([shift, torch.log((ref_high - ref_low) / size)], -1)
    chosen = chosen.unsqueeze(-1)
    masks = chosen.to(anchors.dtype).expand(anchors.shape).contiguous()
    return torch.where(chosen, (offsets - means) / stds, 0), masks
