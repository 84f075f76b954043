"""Pooling in one to three dimensions."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.attr import Shape
from regluon.ops.nn.spatial import Layout, has_channels_last, per_axis
from regluon.ops.registry import Attributes, op

__all__ = ["pooling"]

Convention = Literal["valid", "full", "same"]


@dataclass(frozen=True, slots=True)
class _Window:
    """How windows lie along one axis.

    Attributes:
        size: places of the data.
        kernel: places of a window.
        stride: from one window to the next.
        pad: how far the first window begins before the data.
        count: number of windows.
    """

    size: int
    kernel: int
    stride: int
    pad: int
    count: int

    @property
    def after(self) -> int:
        """How far the last window ends behind the data; negative if before its end."""
        return (self.count - 1) * self.stride + self.kernel - self.size - self.pad


def _workspace(attributes: Attributes) -> int:
    """Count the output that MXNet's build on oneDNN keeps the places of the largest in; graph files tell it."""
    return int(attributes["pool_type"] == "max" and attributes["layout"] in (None, "NCW", "NCHW", "NCDHW"))


# Of fewer channels, or of fewer numbers in all, it does not pay to lay them out anew.
_CHANNELS, _MANY = 8, 20_000


@op("Pooling", hidden=_workspace)
def pooling(
    data: Tensor,
    kernel: Shape = (),
    pool_type: Literal["max", "avg", "sum", "lp"] = "max",
    global_pool: bool = False,
    cudnn_off: bool = False,
    pooling_convention: Convention = "valid",
    stride: Shape = (),
    pad: Shape = (),
    p_value: int | None = None,
    count_include_pad: bool | None = None,
    layout: Layout | None = None,
) -> Tensor:
    """Make one number of each window (MXNet, ``Pooling``).

    A window that lies wholly outside the data, as there are with ``full`` and wide strides, gives the least number of
    the type for ``max`` and 0 else. The gradient of ``max`` goes to the first of equal numbers. NaN in a window gives
    NaN, where MXNet's CPU build passes over it.

    Args:
        data: ``(N, C, *X)``, or ``(N, *X, C)`` in a layout with channels last.
        kernel: size of the window, one number per axis.
        pool_type: ``lp`` is ``(sum of x ** p) ** (1 / p)``, negative numbers taken as they are.
        global_pool: whether there is one window, the whole of X; ``kernel``, ``stride`` and ``pad`` are then ignored.
        cudnn_off: without effect.
        pooling_convention: number of windows along an axis. ``valid``: ``floor((x + 2 pad - kernel) / stride) + 1``.
            ``full``: the same rounded up. ``same``: ``x / stride`` rounded up, without padding.
        stride: steps of the window, 1 if not given.
        pad: how far the first window begins before the data, 0 if not given.
        p_value: p of ``lp``, 1 to 3.
        count_include_pad: whether ``avg`` divides by the places in data and ``pad`` (true if not given) or by those in
            data alone; never by what lies behind ``pad``.
        layout: order of the axes of data; channels first if not given.

    Returns:
        ``(N, C, *Y)``, or ``(N, *Y, C)``.

    Examples:
        >>> data = torch.tensor([[[1.0, 5.0, 2.0]]])
        >>> pooling(data, (2,)), pooling(data, (2,), "avg", stride=(2,), pooling_convention="full")
        (tensor([[[5., 5.]]]), tensor([[[3., 2.]]]))
    """
    last = has_channels_last("Pooling", layout, data)
    if last:
        data = data.movedim(-1, 1)
    if not 3 <= data.ndim <= 5:
        raise ShapeError(
            f"Pooling: data must have one to three axes besides batch and channels, got {tuple(data.shape)}"
        )
    if pool_type == "lp" and p_value not in (1, 2, 3):
        raise ArgumentError(f"Pooling: p_value must be 1, 2 or 3 for pool_type='lp', got {p_value}")
    if global_pool:
        windows = [_Window(size, size, 1, 0, 1) for size in data.shape[2:]]
    else:
        windows = _windows(data, kernel, stride, pad, pooling_convention)
    if len(windows) == 1:
        # Torch has fewer types and choices in one dimension.
        windows.insert(0, _Window(1, 1, 1, 0, 1))
        result = _pool(data.unsqueeze(2), windows, pool_type, p_value, count_include_pad is not False).squeeze(2)
    else:
        result = _pool(data, windows, pool_type, p_value, count_include_pad is not False)
    return result.movedim(1, -1) if last else result


def _windows(
    data: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...], pad: tuple[int, ...], convention: Convention
) -> list[_Window]:
    if len(kernel) != data.ndim - 2:
        raise ShapeError(
            f"Pooling: kernel must have {data.ndim - 2} numbers for data of shape {tuple(data.shape)}, got {kernel}"
        )
    stride = per_axis("Pooling", "stride", stride, kernel, 1)
    pad = per_axis("Pooling", "pad", pad, kernel, 0)
    if min(kernel) < 1 or min(stride) < 1 or min(pad) < 0:
        raise ArgumentError(
            f"Pooling: kernel and stride must be >= 1 and pad >= 0, got kernel={kernel}, stride={stride}, pad={pad}"
        )
    if convention == "same" and any(pad):
        raise ArgumentError(f"Pooling: pad must be 0 with pooling_convention='same', got {pad}")
    windows = []
    for x, k, s, p in zip(data.shape[2:], kernel, stride, pad, strict=True):
        if k > x + 2 * p and convention != "same":
            raise ShapeError(
                f"Pooling: kernel must fit into the padded data, got kernel={kernel} and pad={pad} for data of shape "
                f"{tuple(data.shape)}"
            )
        room = x - 1 if convention == "same" else x + 2 * p - k
        windows.append(_Window(x, k, s, p, 1 + (-(-room // s) if convention == "full" else room // s)))
    return windows


def _pool(data: Tensor, windows: list[_Window], pool_type: str, p_value: int | None, count_pad: bool) -> Tensor:
    """Pool data with channels first in two or three dimensions."""
    if pool_type == "max":
        return _max(data, windows)
    if pool_type == "avg":
        return _average(data, windows, count_pad)
    if pool_type == "sum" or p_value == 1:
        return _sum(data, windows)
    total = _sum(data * data if p_value == 2 else data * data * data, windows)
    # Where the sum is 0 the root has no slope; MXNet sends back 0.
    nonzero = torch.where(total == 0, 1, total)
    root = torch.sqrt(nonzero) if p_value == 2 else nonzero.sign() * nonzero.abs() ** (1 / 3)
    return torch.where(total == 0, 0, root)


def _max(data: Tensor, windows: list[_Window]) -> Tensor:
    data = _side_by_side(data)
    maximum = functional.max_pool2d if data.ndim == 4 else functional.max_pool3d
    kernel, stride = [w.kernel for w in windows], [w.stride for w in windows]
    if _fits(windows):
        return maximum(data, kernel, stride, [w.pad for w in windows])
    return maximum(_padded(data, windows, torch.finfo(data.dtype).min), kernel, stride)


def _average(data: Tensor, windows: list[_Window], count_pad: bool) -> Tensor:
    if all(w.count == 1 and w.kernel == w.size and w.pad == 0 for w in windows):
        return data.mean(tuple(range(2, data.ndim)), keepdim=True)
    if _fits(windows):
        data = _side_by_side(data)
        average = functional.avg_pool2d if data.ndim == 4 else functional.avg_pool3d
        kernel, stride, pad = [w.kernel for w in windows], [w.stride for w in windows], [w.pad for w in windows]
        return average(data, kernel, stride, pad, False, count_pad)
    result = _sum(data, windows)
    for axis, window in enumerate(windows, 2):
        places = _places(window, count_pad, data.device).to(data.dtype)
        result = result / places.reshape(-1, *[1] * (data.ndim - axis - 1))
    return result


def _side_by_side(data: Tensor) -> Tensor:
    """Put the channels of each pixel side by side in memory: on the CPU torch pools them many times as fast so."""
    if torch.compiler.is_compiling() or data.device.type != "cpu" or data.ndim != 4:
        return data
    if data.shape[1] < _CHANNELS or data.numel() < _MANY or not data.is_contiguous():
        return data
    return data.contiguous(memory_format=torch.channels_last)


def _sum(data: Tensor, windows: list[_Window]) -> Tensor:
    average = functional.avg_pool2d if data.ndim == 4 else functional.avg_pool3d
    kernel, stride = [w.kernel for w in windows], [w.stride for w in windows]
    if _fits(windows):
        return average(data, kernel, stride, [w.pad for w in windows], divisor_override=1)
    return average(_padded(data, windows, 0), kernel, stride, divisor_override=1)


def _fits(windows: list[_Window]) -> bool:
    """Say whether torch's own padding will do: at most half the kernel, windows no larger than data, ending in it."""
    return all(2 * w.pad <= w.kernel <= w.size and w.pad - w.stride < w.after <= w.pad for w in windows)


def _padded(data: Tensor, windows: list[_Window], value: float) -> Tensor:
    """Put a value before and behind each axis, as far as the windows reach; cut off what they do not reach."""
    widths = [width for w in reversed(windows) for width in (w.pad, w.after)]
    return functional.pad(data, widths, value=value) if any(widths) else data


def _places(window: _Window, count_pad: bool, device: torch.device) -> Tensor:
    """Count the places of each window along an axis, at least 1."""
    start = torch.arange(window.count, device=device) * window.stride - window.pad
    if count_pad:
        end = (start + window.kernel).clamp(max=window.size + window.pad)
    else:
        end = (start + window.kernel).clamp(max=window.size)
        start = start.clamp(min=0)
    return (end - start).clamp(min=1)
