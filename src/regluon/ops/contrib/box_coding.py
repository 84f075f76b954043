"""Boxes as offsets from anchors, and back."""

import functools

import torch
from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.kernels.box_encoding import encode_boxes
from regluon.ops.contrib.box_format import Format
from regluon.ops.number import single
from regluon.ops.registry import op

__all__ = ["box_decode", "box_encode"]


@op("_contrib_box_encode", outputs=("output0", "output1"), differentiable=False)
def box_encode(
    samples: Tensor, matches: Tensor, anchors: Tensor, refs: Tensor, means: Tensor, stds: Tensor
) -> tuple[Tensor, Tensor]:
    """Express matched boxes as offsets from their anchors (Fast R-CNN, appendix C; MXNet, ``box_encode``).

    An offset is the difference of centres in anchor sizes, or the logarithm of the ratio of sizes, less its mean,
    divided by its deviation. No gradient flows. A match outside of ``refs`` counts as the nearest, where MXNet reads
    foreign memory.

    Args:
        samples: ``(B, N)``, above 0.5 for the anchors that answer for a box.
        matches: ``(B, N)`` numbers of boxes in ``refs``, cut to ints.
        anchors: ``(B, N, 4)`` corner boxes.
        refs: ``(B, M, 4)`` corner boxes.
        means: ``(4,)``.
        stds: ``(4,)``.

    Returns:
        ``(B, N, 4)`` offsets, 0 where there is no box to answer for, and ``(B, N, 4)`` masks, 1 where there is.

    Examples:
        >>> anchors, refs = torch.tensor([[[0.0, 0, 2, 2]]]), torch.tensor([[[1.0, 0, 3, 2]]])
        >>> box_encode(torch.ones(1, 1), torch.zeros(1, 1), anchors, refs, torch.zeros(4), torch.ones(4))
        (tensor([[[0.5000, 0.0000, 0.0000, 0.0000]]]), tensor([[[1., 1., 1., 1.]]]))
    """
    if samples.ndim != 2 or matches.shape != samples.shape or anchors.shape != (*samples.shape, 4):
        raise ShapeError(
            "box_encode: samples and matches must be (B, N) and anchors (B, N, 4), got shapes "
            f"{tuple(samples.shape)}, {tuple(matches.shape)} and {tuple(anchors.shape)}"
        )
    if refs.ndim != 3 or refs.shape[0] != samples.shape[0] or refs.shape[2] != 4:
        raise ShapeError(f"box_encode: refs must be ({samples.shape[0]}, M, 4), got shape {tuple(refs.shape)}")
    if means.numel() != 4 or stds.numel() != 4:
        raise ShapeError(f"box_encode: means and stds must be (4,), got {tuple(means.shape)} and {tuple(stds.shape)}")
    if refs.shape[1] == 0:
        return torch.zeros_like(anchors), torch.zeros_like(anchors)
    scale = torch.stack([means.detach().reshape(4), stds.detach().reshape(4)])
    boxes = (anchors.detach(), refs.detach(), scale)
    kind = functools.reduce(torch.promote_types, [one.dtype for one in boxes])
    # Half precision is kept, not computed in.
    dtype = torch.promote_types(kind, torch.float32)
    offsets, masks = encode_boxes(
        samples.detach() > 0.5, matches.detach().to(torch.int64), *[one.to(dtype) for one in boxes]
    )
    return offsets.to(kind), masks.to(anchors.dtype)


@op("_contrib_box_decode", differentiable=False)
def box_decode(
    data: Tensor,
    anchors: Tensor,
    std0: float = 1.0,
    std1: float = 1.0,
    std2: float = 1.0,
    std3: float = 1.0,
    clip: float = -1.0,
    format: Format = "center",
) -> Tensor:
    """Turn offsets from anchors into boxes: the inverse of ``box_encode`` with means 0 (MXNet, ``box_decode``).

    No gradient flows.

    Args:
        data: ``(B, N, 4)`` offsets.
        anchors: ``(1, N, 4)``, the same for all images.
        std0: factor of the first offset, in x.
        std1: factor of the second, in y.
        std2: factor of the third, of the width's logarithm.
        std3: factor of the fourth, of the height's logarithm.
        clip: upper bound of the last two before the exponential; none if 0 or negative.
        format: of the anchors; ``corner`` is ``xmin, ymin, xmax, ymax``, ``center`` is ``x, y, w, h``.

    Returns:
        ``(B, N, 4)`` corner boxes.

    Examples:
        >>> box_decode(torch.tensor([[[0.5, 0.0, 0.0, 0.0]]]), torch.tensor([[[1.0, 1.0, 2.0, 2.0]]]))
        tensor([[[1., 0., 3., 2.]]])
    """
    if data.ndim != 3 or data.shape[2] != 4 or anchors.shape != (1, *data.shape[1:]):
        raise ShapeError(
            "box_decode: data must be (B, N, 4) and anchors (1, N, 4), got shapes "
            f"{tuple(data.shape)} and {tuple(anchors.shape)}"
        )
    # Lines of equal coordinates: on the boxes of four numbers as they lie nothing would be vectorised.
    offsets, lines = _lines(data), _lines(anchors)
    for line, std in zip(offsets, (std0, std1, std2, std3), strict=True):
        line.mul_(single(std))
    if format == "corner":
        low, high = lines[:2], lines[2:]
        middle, size = (low + high) / 2, high - low
    else:
        middle, size = lines[:2], lines[2:]
    middle = offsets[:2].mul_(size).add_(middle)
    growth = offsets[2:]
    if clip > 0:
        growth.clamp_(max=single(clip))
    half = growth.exp_().mul_(size).div_(2)
    return torch.cat([middle - half, middle + half]).movedim(0, -1).contiguous()


def _lines(boxes: Tensor) -> Tensor:
    """Copy ``(B, N, 4)`` boxes as ``(4, B, N)``, a line of memory for each number of a box."""
    return boxes.detach().movedim(-1, 0).clone(memory_format=torch.contiguous_format)
