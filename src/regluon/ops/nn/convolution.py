"""Convolution and its transpose in one to three dimensions."""

from typing import Annotated, Literal

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.attr import Range, Shape
from regluon.ops.autocast import narrowed
from regluon.ops.nn.spatial import Layout, has_channels_last, per_axis
from regluon.ops.registry import Attributes, Shapes, op

__all__ = ["convolution", "convolution_windows", "deconvolution"]

Tune = Literal["off", "limited_workspace", "fastest"]
Count = Annotated[int, Range(1)]


def _convolution_shapes(shapes: Shapes, attributes: Attributes) -> Shapes:
    return _weight_shapes(shapes, attributes, transposed=False)


def _deconvolution_shapes(shapes: Shapes, attributes: Attributes) -> Shapes:
    return _weight_shapes(shapes, attributes, transposed=True)


def _weight_shapes(shapes: Shapes, attributes: Attributes, transposed: bool) -> Shapes:
    data, filters, groups = shapes["data"], attributes["num_filter"], attributes["num_group"]
    if data is None:
        return {}
    last = (attributes["layout"] or "NC")[-1] == "C" and attributes["layout"] is not None
    channels = data[-1 if last else 1]
    first, second = (channels, filters // groups) if transposed else (filters, channels // groups)
    kernel = tuple(attributes["kernel"])
    return {"weight": (first, *kernel, second) if last else (first, second, *kernel), "bias": (filters,)}


def _without_bias(attributes: Attributes) -> tuple[str, ...]:
    return ("bias",) if attributes["no_bias"] else ()


@op("Convolution", complete=_convolution_shapes, omit=_without_bias)
def convolution(
    data: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    kernel: Shape,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    num_filter: Count,
    num_group: Count = 1,
    workspace: int = 1024,
    no_bias: bool = False,
    cudnn_tune: Tune | None = None,
    cudnn_off: bool = False,
    layout: Layout | None = None,
) -> Tensor:
    """Correlate data with a weight, in one to three dimensions (MXNet, ``Convolution``).

    Each output axis has ``floor((x + 2 pad - dilate (kernel - 1) - 1) / stride) + 1`` places. Groups split input and
    output channels evenly. Layouts with channels last, which MXNet's CPU build refuses, give what the others do.

    Args:
        data: ``(N, C, *X)``, or ``(N, *X, C)`` in a layout with channels last.
        weight: ``(num_filter, C / num_group, *kernel)``, or ``(num_filter, *kernel, C / num_group)``.
        bias: ``(num_filter,)``, left out if ``no_bias``.
        kernel: size of the window, one number per axis.
        stride: steps of the window, 1 if not given.
        dilate: distance of the window's taps, 1 if not given.
        pad: zeros put before and after each axis, 0 if not given.
        num_filter: number of output channels.
        num_group: number of groups.
        workspace: without effect.
        no_bias: whether there is no bias.
        cudnn_tune: without effect.
        cudnn_off: without effect.
        layout: order of the axes of data; channels first if not given.

    Returns:
        ``(N, num_filter, *Y)``, or ``(N, *Y, num_filter)``.

    Examples:
        >>> data, weight = torch.arange(4.0).reshape(1, 1, 4), torch.tensor([[[1.0, 10.0]]])
        >>> convolution(data, weight, kernel=(2,), num_filter=1, no_bias=True)
        tensor([[[10., 21., 32.]]])
    """
    last = has_channels_last("Convolution", layout, data)
    if last:
        data, weight = data.movedim(-1, 1), weight.movedim(-1, 1)
    windows = convolution_windows(data, weight, bias, kernel, stride, dilate, pad, num_filter, num_group, no_bias)
    stride, pad, dilate = windows
    data, weight, bias = narrowed(data, weight, bias)
    result = torch.convolution(data, weight, bias, stride, pad, dilate, False, [0] * len(kernel), num_group)
    return result.movedim(1, -1) if last else result


def convolution_windows(
    data: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilate: tuple[int, ...],
    pad: tuple[int, ...],
    num_filter: int,
    num_group: int,
    no_bias: bool,
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Check what a convolution is given, channels first.

    Returns:
        Stride, padding and dilation, a number for each axis.

    Raises:
        ShapeError: the arguments do not fit together.
    """
    _check("Convolution", data, bias, kernel, no_bias)
    stride = per_axis("Convolution", "stride", stride, kernel, 1)
    dilate = per_axis("Convolution", "dilate", dilate, kernel, 1)
    pad = per_axis("Convolution", "pad", pad, kernel, 0)
    if weight.shape[0] != num_filter or weight.shape[2:] != kernel:
        raise ShapeError(
            f"Convolution: weight must have shape (num_filter, C / num_group, *kernel) with num_filter={num_filter} "
            f"and kernel={kernel}, got {tuple(weight.shape)}"
        )
    if weight.shape[1] * num_group != data.shape[1]:
        raise ShapeError(
            f"Convolution: weight of shape {tuple(weight.shape)} with num_group={num_group} takes "
            f"{weight.shape[1] * num_group} input channels, but data of shape {tuple(data.shape)} has {data.shape[1]}"
        )
    if num_filter % num_group:
        raise ShapeError(f"Convolution: num_group must divide num_filter={num_filter}, got {num_group}")
    for x, k, d, p in zip(data.shape[2:], kernel, dilate, pad, strict=True):
        if d * (k - 1) + 1 > x + 2 * p:
            raise ShapeError(
                f"Convolution: kernel must fit into the padded data, got kernel={kernel}, dilate={dilate}, pad={pad} "
                f"for data of shape {tuple(data.shape)}"
            )
    return stride, pad, dilate


@op("Deconvolution", complete=_deconvolution_shapes, omit=_without_bias)
def deconvolution(
    data: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    kernel: Shape,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    adj: Shape = (),
    target_shape: Shape = (),
    num_filter: Count,
    num_group: Count = 1,
    workspace: int = 512,
    no_bias: bool = True,
    cudnn_tune: Tune | None = None,
    cudnn_off: bool = False,
    layout: Layout | None = None,
) -> Tensor:
    """Spread data over windows: the transpose of a convolution (MXNet, ``Deconvolution``).

    Each output axis has ``stride (x - 1) + dilate (kernel - 1) + 1 - 2 pad + adj`` places.

    Args:
        data: ``(N, C, *X)``, or ``(N, *X, C)`` in a layout with channels last.
        weight: ``(C, num_filter / num_group, *kernel)``, or ``(C, *kernel, num_filter / num_group)``.
        bias: ``(num_filter,)``, left out if ``no_bias``.
        kernel: size of the window, one number per axis.
        stride: steps of the window, 1 if not given.
        dilate: distance of the window's taps, 1 if not given.
        pad: how much is cut off before and after each axis, 0 if not given.
        adj: how much less is cut off after each axis, 0 if not given; less than ``stride``.
        target_shape: size of the output, instead of ``pad`` and ``adj``: what is too much is cut off both sides, an odd
            rest before.
        num_filter: number of output channels.
        num_group: number of groups.
        workspace: without effect.
        no_bias: whether there is no bias.
        cudnn_tune: without effect.
        cudnn_off: without effect.
        layout: order of the axes of data; channels first if not given.

    Returns:
        ``(N, num_filter, *Y)``, or ``(N, *Y, num_filter)``.

    Examples:
        >>> data, weight = torch.tensor([[[1.0, 2.0]]]), torch.tensor([[[1.0, 10.0]]])
        >>> deconvolution(data, weight, kernel=(2,), stride=(2,), num_filter=1)
        tensor([[[ 1., 10.,  2., 20.]]])
    """
    last = has_channels_last("Deconvolution", layout, data)
    if last:
        data, weight = data.movedim(-1, 1), weight.movedim(-1, 1)
    _check("Deconvolution", data, bias, kernel, no_bias)
    stride = per_axis("Deconvolution", "stride", stride, kernel, 1)
    dilate = per_axis("Deconvolution", "dilate", dilate, kernel, 1)
    pad = per_axis("Deconvolution", "pad", pad, kernel, 0)
    adj = per_axis("Deconvolution", "adj", adj, kernel, 0)
    sizes = zip(data.shape[2:], stride, dilate, kernel, strict=True)
    full = [(x - 1) * s + d * (k - 1) + 1 for x, s, d, k in sizes]
    if any(target_shape):
        target_shape = per_axis("Deconvolution", "target_shape", target_shape, kernel, 0)
        if not all(0 < want <= size for want, size in zip(target_shape, full, strict=True)):
            raise ShapeError(f"Deconvolution: target_shape must be in 1 to {tuple(full)}, got {target_shape}")
        pad = tuple([(size - want + 1) // 2 for want, size in zip(target_shape, full, strict=True)])
        adj = tuple([(size - want) % 2 for want, size in zip(target_shape, full, strict=True)])
    if any(a >= s for a, s in zip(adj, stride, strict=True)):
        raise ShapeError(f"Deconvolution: adj must be less than stride={stride}, got {adj}")
    if any(size - 2 * p + a < 1 for size, p, a in zip(full, pad, adj, strict=True)):
        raise ShapeError(f"Deconvolution: pad must leave something of the output of {tuple(full)}, got {pad}")
    if data.shape[1] % num_group or num_filter % num_group:
        raise ShapeError(
            f"Deconvolution: num_group must divide the {data.shape[1]} channels of data and num_filter={num_filter}, "
            f"got {num_group}"
        )
    if weight.shape != (data.shape[1], num_filter // num_group, *kernel):
        raise ShapeError(
            f"Deconvolution: weight must have shape (C, num_filter / num_group, *kernel) = "
            f"{(data.shape[1], num_filter // num_group, *kernel)} for data of shape {tuple(data.shape)}, "
            f"got {tuple(weight.shape)}"
        )
    data, weight, bias = narrowed(data, weight, bias)
    result = torch.convolution(data, weight, bias, stride, pad, dilate, True, adj, num_group)
    return result.movedim(1, -1) if last else result


def _check(who: str, data: Tensor, bias: Tensor | None, kernel: tuple[int, ...], no_bias: bool) -> None:
    if not 1 <= len(kernel) <= 3 or data.ndim != len(kernel) + 2:
        raise ShapeError(f"{who}: data must have two axes more than kernel={kernel}, got shape {tuple(data.shape)}")
    if no_bias is (bias is not None):
        rule = "left out, as no_bias is true" if no_bias else "given, unless no_bias is true"
        raise ArgumentError(f"{who}: bias must be {rule}, got {None if bias is None else tuple(bias.shape)}")
