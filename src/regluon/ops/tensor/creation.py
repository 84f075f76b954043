"""Arrays made of nothing but numbers.

MXNet registers these with an underscore and wraps them in Python; here they have the wrappers' signatures, so that
``nd.zeros`` and ``sym.zeros`` are the operators, and the attribute names of graph files.
"""

import math
from typing import Annotated

import torch
from torch import Tensor

from regluon.core.device import as_device
from regluon.core.dtype import torch_dtype
from regluon.core.errors import ArgumentError, NotSupportedError
from regluon.ops.attr import FLOAT32, DType, Place, Range
from regluon.ops.registry import op

__all__ = ["arange", "eye", "full", "linspace", "ones", "zeros"]


@op("_zeros", "_zeros_without_dtype", differentiable=False)
def zeros(shape: tuple[int, ...], ctx: Place | None = None, dtype: DType | None = FLOAT32) -> Tensor:
    """Make an array of zeros.

    Args:
        shape: its sizes.
        ctx: device, the current one if None.
        dtype: number type; None means float32.

    Returns:
        ``(*shape)``.

    Examples:
        >>> zeros((2,))
        tensor([0., 0.])
    """
    return _filled("_zeros", shape, 0, ctx, dtype)


@op("_ones", differentiable=False)
def ones(shape: tuple[int, ...], ctx: Place | None = None, dtype: DType | None = FLOAT32) -> Tensor:
    """Make an array of ones.

    Args:
        shape: its sizes.
        ctx: device, the current one if None.
        dtype: number type; None means float32.

    Returns:
        ``(*shape)``.

    Examples:
        >>> ones((2,))
        tensor([1., 1.])
    """
    return _filled("_ones", shape, 1, ctx, dtype)


@op("_full", differentiable=False)
def full(shape: tuple[int, ...], value: float, ctx: Place | None = None, dtype: DType | None = FLOAT32) -> Tensor:
    """Make an array of one number.

    Args:
        shape: its sizes.
        value: the number; cut down to an int for int types.
        ctx: device, the current one if None.
        dtype: number type; None means float32.

    Returns:
        ``(*shape)``.

    Examples:
        >>> full((2,), 3.5)
        tensor([3.5000, 3.5000])
    """
    return _filled("_full", shape, value, ctx, dtype)


@op("_arange", differentiable=False)
def arange(
    start: float,
    stop: float | None = None,
    step: float = 1.0,
    repeat: Annotated[int, Range(1)] = 1,
    infer_range: bool = False,
    ctx: Place | None = None,
    dtype: DType | None = FLOAT32,
) -> Tensor:
    """Make an array of evenly spaced numbers.

    Args:
        start: the first; if ``stop`` is None, that is 0 and this the ``stop``.
        stop: the number to end before.
        step: the distance, which may be negative. For int types the start and it are cut down to ints.
        repeat: how often each number comes.
        infer_range: let a graph find ``stop`` from the shape it needs, which is not supported.
        ctx: device, the current one if None.
        dtype: number type; None means float32.

    Returns:
        ``(N,)``.

    Raises:
        NotSupportedError: ``infer_range`` is true.

    Examples:
        >>> arange(1, 4, repeat=2)
        tensor([1., 1., 2., 2., 3., 3.])
    """
    if infer_range:
        raise NotSupportedError("_arange: infer_range must be False, got True; give stop")
    low, high = (0, start) if stop is None else (start, stop)
    if step == 0 or (high - low) / step <= 0:
        raise ArgumentError(f"_arange: step must lead from start to stop, got {step} from {low} to {high}")
    kind = torch_dtype(dtype or "float32")
    count = math.ceil((high - low) / step)
    if not kind.is_floating_point:
        low, step = int(low), int(step)
    place = as_device(ctx).torch
    numbers = torch.arange(count, device=place).to(kind)
    # Rounded one by one to the dtype, as MXNet does; torch.arange rounds once.
    numbers = numbers * torch.full((), step, dtype=kind, device=place) + torch.full((), low, dtype=kind, device=place)
    return numbers if repeat == 1 else numbers.repeat_interleave(repeat)


@op("_eye", differentiable=False)
def eye(
    N: Annotated[int, Range(1)],
    M: int = 0,
    k: int = 0,
    ctx: Place | None = None,
    dtype: DType | None = FLOAT32,
) -> Tensor:
    """Make a matrix with ones on a diagonal and zeros elsewhere.

    Args:
        N: number of rows.
        M: number of columns; N if below 1.
        k: diagonal number, from the main one to the right.
        ctx: device, the current one if None.
        dtype: number type; None means float32.

    Returns:
        ``(N, M)``.

    Examples:
        >>> eye(2, 3, 1)
        tensor([[0., 1., 0.],
                [0., 0., 1.]])
    """
    place = as_device(ctx).torch
    rows, columns = torch.arange(N, device=place), torch.arange(M if M > 0 else N, device=place)
    return (rows.unsqueeze(1) + k == columns).to(torch_dtype(dtype or "float32"))


@op("_linspace", differentiable=False)
def linspace(
    start: float,
    stop: float,
    num: Annotated[int, Range(1)],
    endpoint: bool = True,
    ctx: Place | None = None,
    dtype: DType | None = FLOAT32,
) -> Tensor:
    """Make an array of so many evenly spaced numbers.

    Args:
        start: the first.
        stop: the last, or the one after the last.
        num: how many.
        endpoint: whether ``stop`` is among them.
        ctx: device, the current one if None.
        dtype: number type; None means float32.

    Returns:
        ``(num,)``.

    Examples:
        >>> linspace(0, 1, 5)
        tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    gaps = num - 1 if endpoint else num
    step = (stop - start) / gaps if gaps else 0.0
    numbers = torch.arange(num, dtype=torch.float64, device=as_device(ctx).torch) * step + start
    return numbers.to(torch_dtype(dtype or "float32"))


def _filled(who: str, shape: tuple[int, ...], value: float, ctx: Place | None, dtype: str | None) -> Tensor:
    if any(size < 0 for size in shape):
        raise ArgumentError(f"{who}: shape must be sizes >= 0, got {shape}")
    kind = torch_dtype(dtype or "float32")
    number = value if kind.is_floating_point or kind == torch.bool else int(value)
    return torch.full(shape, number, dtype=kind, device=as_device(ctx).torch)
