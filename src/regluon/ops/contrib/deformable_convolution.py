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
    ``[0, W)``, and what lies beyond the middle of the last row or column is like that row or column. Each output axis
    has ``floor((x + 2 pad - dilate (kernel - 1) - 1) / stride) + 1`` places. Gradients of offsets are the slopes on the
    right of a pixel's middle, and 0 beyond the last one.

    Args:
        data: ``(B, C, H, W)``.
        offset: ``(B, num_deformable_group * 2 * kernel, Ho, Wo)``: for each tap, row by row, how far it is moved in y,
            then in x, in pixels.
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
    ``floor((x + 2 pad - dilate (kernel - 1) - 1) / stride) + 1`` places. All inputs
    get gradients on every device; MXNet has them on GPUs alone.

    Args:
        data: ``(B, C, H, W)``.
        offset: ``(B, num_deformable_group * 2 * kernel, Ho, Wo)``: for each tap, row by row, how far it is moved in y,
            then in x, in pixels.
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
        raise ArgumentError(
            f"{who}: num_filter must be a multiple of num_deformable_group={num_deformable_group}, got {num_filter}"
        )
    if data.ndim == 4 and data.shape[0] > im2col_step and data.shape[0] % im2col_step:
        raise ShapeError(
            f"{who}: data must be a batch of at most im2col_step={im2col_step} or a multiple of it, got {data.shape[0]}"
        )
    groups, steps = (num_group, num_deformable_group), (stride, dilate, pad)
    return _convolve(who, (data, offset, mask, weight, bias), kernel, steps, num_filter, groups, no_bias, layout)


def _convolve(
    who: str,
    arrays: tuple[Tensor, Tensor, Tensor | None, Tensor, Tensor | None],
    kernel: Shape,
    steps: tuple[Shape, Shape, Shape],
    num_filter: int,
    groups: tuple[int, int],
    no_bias: bool,
    layout: Layout | None,
) -> Tensor:
    data, offset, mask, weight, bias = arrays
    if len(kernel) != 2 or layout not in (None, "NCHW"):
        raise NotSupportedError(
            f"{who}: kernel must have two axes and layout be 'NCHW', got kernel={kernel}, layout={layout!r}"
        )
    stride, dilate, pad = (
        per_axis(who, name, given, kernel, default)
        for name, given, default in zip(("stride", "dilate", "pad"), steps, (1, 1, 0), strict=True)
    )
    if min(*kernel, *stride, *dilate) < 1 or min(pad) < 0:
        raise ArgumentError(
            f"{who}: kernel, stride and dilate must be at least 1 and pad at least 0, got {kernel}, {stride}, {dilate} "
            f"and {pad}"
        )
    if no_bias is (bias is not None):
        rule = "left out, as no_bias is true" if no_bias else "given, unless no_bias is true"
        raise ArgumentError(f"{who}: bias must be {rule}, got {None if bias is None else tuple(bias.shape)}")
    if not all(one is None or one.is_floating_point() for one in arrays):
        kinds = ", ".join(str(one.dtype) for one in arrays if one is not None)
        raise ArgumentTypeError(f"{who}: all inputs must hold floats, got {kinds}")
    _check_channels(who, data, weight, bias, kernel, num_filter, groups)
    size = [
        (x + 2 * p - d * (k - 1) - 1) // s + 1
        for x, k, s, d, p in zip(data.shape[2:], kernel, stride, dilate, pad, strict=True)
    ]
    if min(size) < 1:
        raise ShapeError(
            f"{who}: kernel must fit into the padded data, got kernel={kernel}, dilate={dilate}, pad={pad} for data of "
            f"shape {tuple(data.shape)}"
        )
    taps = groups[1] * kernel[0] * kernel[1]
    for name, array, each in (("offset", offset, 2), ("mask", mask, 1)):
        expected = (data.shape[0], each * taps, *size)
        if array is not None and tuple(array.shape) != expected:
            raise ShapeError(
                f"{who}: {name} must be (B, {each} * num_deformable_group * kernel, Ho, Wo) = {expected} for data of "
                f"shape {tuple(data.shape)}, got {tuple(array.shape)}"
            )
    found = convolved(data, offset, mask, weight, stride, dilate, pad, *groups, mask is not None)
    return found if bias is None else found + bias.to(found.dtype).reshape(-1, 1, 1)


def _check_channels(
    who: str,
    data: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    kernel: Shape,
    num_filter: int,
    groups: tuple[int, int],
) -> None:
    if data.ndim != 4 or 0 in data.shape[1:]:
        raise ShapeError(f"{who}: data must be (B, C, H, W), no axis but B being 0, got shape {tuple(data.shape)}")
    num_group, num_deformable_group = groups
    channels = data.shape[1]
    if channels % num_group or num_filter % num_group or channels % num_deformable_group:
        raise ArgumentError(
            f"{who}: num_group must divide the channels of data and num_filter, and num_deformable_group the channels, "
            f"got num_group={num_group}, num_deformable_group={num_deformable_group} and num_filter={num_filter} for "
            f"data of shape {tuple(data.shape)}"
        )
    expected = (num_filter, channels // num_group, *kernel)
    if tuple(weight.shape) != expected:
        raise ShapeError(
            f"{who}: weight must be (num_filter, C / num_group, *kernel) = {expected} for data of shape "
            f"{tuple(data.shape)}, got {tuple(weight.shape)}"
        )
    if bias is not None and tuple(bias.shape) != (num_filter,):
        raise ShapeError(f"{who}: bias must be (num_filter,) = ({num_filter},), got {tuple(bias.shape)}")
