"""Images of another size: averages over windows, and bilinear interpolation.

Both are linear, so that the gradient of the gradient is the operator itself.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from regluon.kernels.dispatch import runs_compiled
from regluon.kernels.precision import at_least_single
from regluon.kernels.resample_loops import average_windows, interpolate, spread_interpolated, spread_windows
from regluon.kernels.threads import over_batch

__all__ = ["adaptive_average", "bilinear"]

# Of fewer numbers torch's own operators are done before a loop is called.
_SMALL = 10_000


def adaptive_average(data: Tensor, height: int, width: int) -> Tensor:
    """Average images over ``height`` times ``width`` windows that cover them.

    Window i covers rows ``floor(i H / height)`` to ``ceil((i + 1) H / height) - 1``; columns likewise. Half precision
    is computed in float32. On the CPU this is a compiled loop, planes spread over threads; elsewhere, without numba, in
    traced graphs, for small images and where channels lie last in memory it is torch's own operator.

    Args:
        data: ``(N, C, H, W)``, float.
        height: windows along H.
        width: windows along W.

    Returns:
        ``(N, C, height, width)`` in the type of ``data``.

    Examples:
        >>> adaptive_average(torch.arange(5.0).reshape(1, 1, 1, 5), 1, 3)
        tensor([[[[0.5000, 2.0000, 3.5000]]]])
    """
    if not _has_loop(data, height, width):
        return functional.adaptive_avg_pool2d(data, (height, width))
    return _average(at_least_single(data), height, width).to(data.dtype)


def bilinear(data: Tensor, height: int, width: int, align_corners: bool) -> Tensor:
    """Interpolate images between the four nearest pixels.

    Pixel i of the answer lies at ``i (H - 1) / (height - 1)`` with ``align_corners``, else at
    ``(i + 0.5) H / height - 0.5``, but not before the first. Half precision is computed in float32. On the CPU this is
    a compiled loop, planes spread over threads; elsewhere, without numba, in traced graphs, for small images and where
    channels lie last in memory it is torch's own operator.

    Args:
        data: ``(N, C, H, W)``, float.
        height: rows of the answer.
        width: columns of the answer.
        align_corners: whether corners lie on corners.

    Returns:
        ``(N, C, height, width)`` in the type of ``data``.

    Examples:
        >>> bilinear(torch.tensor([[[[1.0, 3.0]]]]), 1, 3, True)
        tensor([[[[1., 2., 3.]]]])
    """
    if not _has_loop(data, height, width):
        return functional.interpolate(data, (height, width), mode="bilinear", align_corners=align_corners)
    return _interpolate(at_least_single(data), height, width, align_corners).to(data.dtype)


def _has_loop(data: Tensor, height: int, width: int) -> bool:
    # What traces a graph knows more of torch's own operators than of ours; channels that lie last it does as fast, and
    # averages of whole images.
    if torch.compiler.is_compiling() or not runs_compiled(data) or not data.is_contiguous() or height * width < 2:
        return False
    return max(data.numel(), data.shape[0] * data.shape[1] * height * width) >= _SMALL and data.numel() > 0


@torch.library.custom_op("regluon::adaptive_average", mutates_args=())
def _average(data: Tensor, height: int, width: int) -> Tensor:
    planes = data.detach().contiguous().flatten(0, 1).numpy()
    answer = _memory(planes, height, width)
    windows = _windows(planes.shape[1], height), _windows(planes.shape[2], width)
    over_batch(lambda start, stop: average_windows(planes, *windows, answer, start, stop), len(planes), planes.size)
    return torch.from_numpy(answer).unflatten(0, data.shape[:2])


@torch.library.custom_op("regluon::adaptive_average_backward", mutates_args=())
def _average_backward(gradient: Tensor, height: int, width: int) -> Tensor:
    heads = gradient.detach().contiguous().flatten(0, 1).numpy()
    answer = _memory(heads, height, width)
    windows = _windows(height, heads.shape[1]), _windows(width, heads.shape[2])
    over_batch(lambda start, stop: spread_windows(heads, *windows, answer, start, stop), len(heads), answer.size)
    return torch.from_numpy(answer).unflatten(0, gradient.shape[:2])


@torch.library.custom_op("regluon::bilinear", mutates_args=())
def _interpolate(data: Tensor, height: int, width: int, align_corners: bool) -> Tensor:
    planes = data.detach().contiguous().flatten(0, 1).numpy()
    answer = _memory(planes, height, width)
    kind = planes.dtype.str
    places = (
        *_neighbours(planes.shape[1], height, align_corners, kind),
        *_neighbours(planes.shape[2], width, align_corners, kind),
    )

    def work(start: int, stop: int) -> None:
        interpolate(planes, *places, answer, np.empty((2, width), planes.dtype), np.empty(2, np.int64), start, stop)

    over_batch(work, len(planes), answer.size)
    return torch.from_numpy(answer).unflatten(0, data.shape[:2])


@torch.library.custom_op("regluon::bilinear_backward", mutates_args=())
def _interpolate_backward(gradient: Tensor, height: int, width: int, align_corners: bool) -> Tensor:
    heads = gradient.detach().contiguous().flatten(0, 1).numpy()
    answer, kind = _memory(heads, height, width), heads.dtype.str
    places = (
        *_neighbours(height, heads.shape[1], align_corners, kind),
        *_neighbours(width, heads.shape[2], align_corners, kind),
    )
    length = heads.shape[2]
    over_batch(
        lambda start, stop: spread_interpolated(heads, *places, answer, np.empty(length, kind), start, stop),
        len(heads),
        heads.size,
    )
    return torch.from_numpy(answer).unflatten(0, gradient.shape[:2])


def _of_size(data: Tensor, height: int, width: int, *_: object) -> Tensor:
    return data.new_empty(*data.shape[:2], height, width)


def _remember(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    del output
    ctx.size, ctx.rule = inputs[0].shape[2:], inputs[3:]


def _and_back(there: Any, back: Any) -> None:
    # Each is the gradient of the other.
    there.register_fake(_of_size)
    there.register_autograd(
        lambda ctx, gradient: (back(gradient, *ctx.size, *ctx.rule), *(None for _ in range(2 + len(ctx.rule)))),
        setup_context=_remember,
    )


_and_back(_average, _average_backward)
_and_back(_average_backward, _average)
_and_back(_interpolate, _interpolate_backward)
_and_back(_interpolate_backward, _interpolate)


def _memory(like: np.ndarray, height: int, width: int) -> np.ndarray:
    # From numpy, which asks for large pages: to get so much memory page by page takes longer than to fill it.
    return np.empty((len(like), height, width), like.dtype)


@lru_cache(maxsize=256)
def _windows(size: int, count: int) -> np.ndarray:
    first = [i * size // count for i in range(count)]
    return np.array([first, [-(-(i + 1) * size // count) for i in range(count)]], np.uint64)


@lru_cache(maxsize=256)
def _neighbours(size: int, count: int, align_corners: bool, kind: str) -> tuple[np.ndarray, np.ndarray]:
    # (2, count) places of two pixels each, and what they count; computed in the type of the images, as in MXNet.
    number = np.dtype(kind).type
    steps = np.arange(count, dtype=kind)
    if align_corners:
        place = steps * (number(size - 1) / number(count - 1) if count > 1 else number(0))
    else:
        place = np.maximum((steps + number(0.5)) * (number(size) / number(count)) - number(0.5), number(0))
    low = np.minimum(place.astype(np.int64), size - 1)
    part = np.clip(place - low.astype(kind), 0, 1).astype(kind)
    places = np.stack([low, np.minimum(low + 1, size - 1)]).astype(np.uint64)
    return places, np.stack([number(1) - part, part])
