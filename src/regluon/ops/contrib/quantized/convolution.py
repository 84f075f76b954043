"""Convolution on levels."""

from typing import Annotated, Literal

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.core.mode import Dialect
from regluon.ops.attr import Range, Shape
from regluon.ops.contrib.quantized.correlation import correlate
from regluon.ops.contrib.quantized.levels import OUTPUTS, complete_ranges
from regluon.ops.contrib.quantized.product import as_product, finish, without_bias
from regluon.ops.contrib.quantized.types import ranged
from regluon.ops.nn.spatial import Layout, has_channels_last, per_axis
from regluon.ops.registry import Attributes, Shapes, op

__all__ = ["quantized_conv"]

Count = Annotated[int, Range(1)]
Tune = Literal["off", "limited_workspace", "fastest"]


def _shapes(shapes: Shapes, attributes: Attributes) -> Shapes:
    data, filters = shapes["data"], attributes["num_filter"]
    if data is None:
        return complete_ranges(shapes, attributes)
    last = (attributes["layout"] or "NC")[-1] == "C" and attributes["layout"] is not None
    kernel = tuple(attributes["kernel"])
    weight = (filters, *kernel, data[-1]) if last else (filters, data[1], *kernel)
    return {**complete_ranges(shapes, attributes), "weight": weight, "bias": (filters,)}


@op(
    "_contrib_quantized_conv",
    outputs=OUTPUTS,
    complete=_shapes,
    types=ranged(torch.int32, weight=torch.int8, bias=torch.int8),
    omit=without_bias,
    differentiable=False,
)
def quantized_conv(
    data: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    min_data: Tensor | None = None,
    max_data: Tensor | None = None,
    min_weight: Tensor | None = None,
    max_weight: Tensor | None = None,
    min_bias: Tensor | None = None,
    max_bias: Tensor | None = None,
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
    dialect: Dialect = "native",
) -> tuple[Tensor, Tensor, Tensor]:
    """Correlate levels with a weight, in one to three dimensions (MXNet, ``quantized_conv``).

    Given by position, the ranges of data and weight follow the weight if ``no_bias``, else the bias. A uint8 level is
    taken to stand for a share of the range's reach: the range should begin at 0. MXNet's builds each refuse one of int8
    and uint8 data, and more than its GPUs can do; the one with oneDNN adds the bias without scaling it and counts 127
    levels of uint8 data. Here all of them work, the bias is scaled and uint8 has 255, as in
    ``quantized_fully_connected``, in both dialects.

    Args:
        data: ``(N, C, *X)``, int8 or uint8, or ``(N, *X, C)`` in a layout with channels last.
        weight: ``(num_filter, C, *kernel)``, int8, or ``(num_filter, *kernel, C)``.
        bias: ``(num_filter,)``, int8, left out if ``no_bias``.
        min_data: ``(1,)`` the smallest number that data can stand for.
        max_data: ``(1,)`` the largest.
        min_weight: ``(1,)`` the same of weight.
        max_weight: ``(1,)``
        min_bias: ``(1,)`` the same of bias, left out if ``no_bias``.
        max_bias: ``(1,)``
        kernel: size of the window, one number per axis.
        stride: steps of the window, 1 if not given.
        dilate: distance of the window's taps, 1 if not given.
        pad: zeros put before and after each axis, 0 if not given.
        num_filter: number of output channels.
        num_group: 1, as in MXNet.
        workspace: without effect.
        no_bias: whether there is no bias.
        cudnn_tune: without effect.
        cudnn_off: without effect.
        layout: order of the axes of data; channels first if not given.
        dialect: whose numbers to give; matters to the bias.

    Returns:
        int32 levels ``(N, num_filter, *Y)``, or ``(N, *Y, num_filter)``, and their range.

    Examples:
        >>> data = torch.arange(4, dtype=torch.uint8).reshape(1, 1, 4)
        >>> weight = torch.tensor([[[1, -2]]], dtype=torch.int8)
        >>> ends = [torch.tensor([end]) for end in (0.0, 2.0, -1.0, 1.0)]
        >>> quantized_conv(data, weight, None, *ends, kernel=(2,), num_filter=1, no_bias=True)
        (tensor([[[-2, -3, -4]]], dtype=torch.int32), tensor([-132622.1250]), tensor([132622.1250]))
    """
    who = "quantized_conv"
    ends = [min_data, max_data, min_weight, max_weight, min_bias, max_bias]
    data, weight, bias = as_product(who, data, weight, bias, no_bias, ends)
    if num_group != 1:
        raise ArgumentError(f"{who}: num_group must be 1, got {num_group}")
    last = has_channels_last(who, layout, data)
    if not last:
        data, weight = data.movedim(1, -1), weight.movedim(1, -1)
    if not 1 <= len(kernel) <= 3 or data.ndim != len(kernel) + 2:
        raise ShapeError(f"{who}: data must have two axes more than kernel={kernel}, got shape {tuple(data.shape)}")
    if weight.shape != (num_filter, *kernel, data.shape[-1]):
        wanted = (num_filter, *kernel, data.shape[-1]) if last else (num_filter, data.shape[-1], *kernel)
        got = weight if last else weight.movedim(-1, 1)
        raise ShapeError(f"{who}: weight must have shape {wanted} for this data, got {tuple(got.shape)}")
    stride, dilate = per_axis(who, "stride", stride, kernel, 1), per_axis(who, "dilate", dilate, kernel, 1)
    pad = per_axis(who, "pad", pad, kernel, 0)
    product = correlate(who, data, weight, stride, dilate, pad)
    product, low, high = finish(who, product, data, bias, ends, -1, dialect)
    return product if last else product.movedim(-1, 1), low, high
