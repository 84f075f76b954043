"""Exact correlation of levels with a weight of levels."""

import torch
from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.ops.attr import Shape
from regluon.ops.contrib.quantized.product import lowered, multiply

__all__ = ["correlate"]

# A sum of so many products of levels is the same in float32 in any order.
_MOST_IN_SINGLE = 2**24 // (255 * 128)


def correlate(
    who: str, data: Tensor, weight: Tensor, stride: Shape, dilate: Shape, pad: Shape, num_group: int = 1
) -> Tensor:
    """Correlate levels with a weight.

    Args:
        who: the operator, for errors.
        data: ``(N, *X, C)`` int8 or uint8.
        weight: ``(M, *kernel, C / num_group)`` int8.
        stride: steps of the window.
        dilate: distance of the window's taps.
        pad: zeros put before and after each axis.
        num_group: number of groups that the channels fall into.

    Returns:
        ``(N, *Y, M)`` int32.
    """
    filters, kernel = weight.shape[0], tuple(weight.shape[1:-1])
    if num_group > 1:
        dtype = torch.float32 if weight.shape[1:].numel() <= _MOST_IN_SINGLE else torch.float64
        function = (torch.nn.functional.conv1d, torch.nn.functional.conv2d, torch.nn.functional.conv3d)[len(kernel) - 1]
        arrays = data.movedim(-1, 1).to(dtype), weight.movedim(-1, 1).to(dtype)
        return function(*arrays, None, stride, pad, dilate, num_group).movedim(1, -1).to(torch.int32)
    # Before the windows multiply the data, as the product would do it after.
    unsigned = data.dtype == torch.uint8
    windows = _windows(who, lowered(data) if unsigned else data, kernel, stride, dilate, pad, -128 if unsigned else 0)
    size = windows.shape[: len(kernel) + 1]
    taps = windows.shape[len(kernel) + 1 :].numel()
    product = multiply(windows.reshape(size.numel(), taps), weight.reshape(filters, taps), unsigned)
    return product.reshape(*size, filters)


def _windows(who: str, data: Tensor, kernel: Shape, stride: Shape, dilate: Shape, pad: Shape, around: int) -> Tensor:
    """Lay out what each window covers, ``(N, *Y, *kernel, C)``, as a view of the padded data ``(N, *X, C)``."""
    if any(pad):
        data = torch.nn.functional.pad(
            data, [0, 0, *[width for width in reversed(pad) for _ in range(2)]], value=around
        )
    count = len(kernel)
    for axis, (taps, step, apart) in enumerate(zip(kernel, stride, dilate, strict=True), 1):
        reach = apart * (taps - 1) + 1
        if reach > data.shape[axis]:
            raise ShapeError(
                f"{who}: kernel must fit into the padded data, got kernel={kernel}, dilate={dilate}, pad={pad} for "
                f"axes of {tuple(data.shape[1 : count + 1])} with the padding"
            )
        data = data.unfold(axis, reach, step)[..., ::apart]
    # The taps came last, behind the channels.
    return data.movedim(count + 1, -1)
