"""Convolutions whose taps are moved by offsets, place by place."""

from collections.abc import Sequence
from typing import Annotated, Literal

from torch import Tensor

from regluon.core.errors import ArgumentError, ArgumentTypeError, NotSupportedError, ShapeError
from regluon.kernels.deformable import deformable_convolution as convolved
from regluon.ops.attr import Range, Shape
from regluon.ops.nn.spatial import per_axis
from regluon.ops.registry import Attributes, Shapes, op

__all__ = ["deformable_convolution", "modulated_deformable_convolution"]

Count = Annotated[int, Range(1)]
Size = Annotated[int, Range(0)]
Layout = Literal["NCW", "NCHW", "NCDHW"]


def _weight_shapes(shapes: Shapes, attributes: Attributes) -> Shapes:
    data, filters = shapes["data"], attributes["num_filter"]
    if data is None:
        return {}
    return {"weight": (filters, data[1] // attributes["num_group"], *attributes["kernel"]), "bias": (filters,)}


def _without_bias(attributes: Attributes) -> Sequence[str]:
    return ("bias",) if attributes["no_bias"] else ()


@op("_contrib_DeformableConvolution", complete=_weight_shapes, omit=_without_bias)
def deformable_convolution(
    data: Tensor,
    offset: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    kernel: Shape,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    num_filter: Count,
    num_group: Count = 1,
    num_deformable_group: Count = 1,
    workspace: Size = 1024,
    no_bias: bool = False,
    layout: Layout | None = None,
) -> Tensor:
    """Correlate data with a weight whose taps are moved (Dai et al., 2017; MXNet, ``DeformableConvolution``).

    A tap reads the data between pixels. As in MXNet, and unlike in other packages, it reads 0 outside of ``[0, H)`` and
    ``[0, W)``, and what lies beyond the middle of the last row or column is like that row or column. Each output axis has
    ``floor((x + 2 pad - dilate (kernel - 1) - 1) / stride) + 1`` places. Gradients of offsets are the slopes on the right
    of a pixel's middle, and 0 beyond the last one.

    Args:
        data: ``(B, C, H, W)``.
        offset: ``(B, num_deformable_group * 2 * kernel, Ho, Wo)``: for each tap, row by row, how far it is moved in y, then
            in x, in pixels.
        weight: ``(num_filter, C / num_group, *kernel)``.
        bias: ``(num_filter,)``, left out if ``no_bias``.
        kernel: size of the window in y and x.
        stride: steps of the window, 1 if not given.
        dilate: distance of the window's taps, 1 if not given.
        pad: how far the window begins before the data, 0 if not given.
        num_filter: number of output channels.
        num_group: groups of input and output channels.
        num_deformable_group: groups of input channels, each with offsets of its own.
        workspace: without effect.
        no_bias: whether there is no bias.
        layout: ``NCHW`` or not given.

    Returns:
        ``(B, num_filter, Ho, Wo)``.

    Examples:
        >>> import torch
        >>> data, weight = torch.arange(4.0).reshape(1, 1, 2, 2), torch.ones(1, 1, 1, 1)
        >>> offset = torch.tensor([0.5, 0.0]).reshape(1, 2, 1, 1).expand(1, 2, 2, 2)
        >>> deformable_convolution(data, offset, weight, kernel=(1, 1), num_filter=1, no_bias=True)
        tensor([[[[1., 2.],
                  [2., 3.]]]])
    """
    groups = (num_group, num_deformable_group)
    steps = (stride, dilate, pad)
    return _convolve(
        "DeformableConvolution", (data, offset, None, weight, bias), kernel, steps, num_filter, groups, no_bias, layout
    )


@op("_contrib_ModulatedDeformableConvolution", complete=_weight_shapes, omit=_without_bias)
def modulated_deformable_convolution(
    data: Tensor,
    offset: Tensor,
    mask: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    kernel: Shape,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    num_filter: Count,
    num_group: Count = 1,
    num_deformable_group: Count = 1,
    workspace: Size = 1024,
    no_bias: bool = False,
    im2col_step: Count = 64,
    layout: Layout | None = None,
) -> Tensor:
    """Correlate data with a weight whose taps are moved and scaled (Zhu et al., 2019; MXNet's operator of this name).

    A tap reads the data between pixels, which go on with zeros. Each output axis has
    ``floor((x + 2 pad - dilate (kernel - 1) - 1) / stride) + 1`` places. All inputs get gradients on every device; MXNet has
    them on GPUs alone.

    Args:
        data: ``(B, C, H, W)``.
        offset: ``(B, num_deformable_group * 2 * kernel, Ho, Wo)``: for each tap, row by row, how far it is moved in y, then
            in x, in pixels.
        mask: ``(B, num_deformable_group * kernel, Ho, Wo)``, what each tap's reading is multiplied by.
        weight: ``(num_filter, C / num_group, *kernel)``.
        bias: ``(num_filter,)``, left out if ``no_bias``.
        kernel: size of the window in y and x.
        stride: steps of the window, 1 if not given.
        dilate: distance of the window's taps, 1 if not given.
        pad: how far the window begins before the data, 0 if not given.
        num_filter: number of output channels.
        num_group: groups of input and output channels.
        num_deformable_group: groups of input channels, each with offsets of its own; it divides ``num_filter`` too.
        workspace: without effect.
        no_bias: whether there is no bias.
        im2col_step: without effect, but a batch that is larger must be a multiple of it.
        layout: ``NCHW`` or not given.

    Returns:
        ``(B, num_filter, Ho, Wo)``.

    Examples:
        >>> import torch
        >>> data, weight = torch.arange(4.0).reshape(1, 1, 2, 2), torch.ones(1, 1, 1, 1)
        >>> offset = torch.tensor([0.5, 0.0]).reshape(1, 2, 1, 1).expand(1, 2, 2, 2)
        >>> rule = {"kernel": (1, 1), "num_filter": 1, "no_bias": True}
        >>> modulated_deformable_convolution(data, offset, torch.ones(1, 1, 2, 2), weight, **rule)
        tensor([[[[1.0000, 2.0000],
                  [1.0000, 1.5000]]]])
    """
    who = "ModulatedDeformableConvolution"
    if num_filter % num_deformable_group:
        raise ArgumentError(f"{who}: num_filter must be a multiple of num_deformable_group={num_deformable_group}, got {num_filter}")
    groups, steps = (num_group, num_deformable_group), (stride, dilate, pad)
    found = _convolve(who, (data, offset, mask, weight, bias), kernel, steps, num_filter, groups, no_bias, layout)
    if data.shape[0] > im2col_step and data.shape[0] % im2col_step:
        raise ShapeError(
            f"{who}: data must be a batch of at most im2col_step={im2col_step} or a multiple of it, got {data.shape[0]}"
        )
    return found
