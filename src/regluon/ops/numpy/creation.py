"""Arrays made of nothing but numbers, with numpy's sizes: ``()`` has no axes, and 0 is a size.

From MXNet's ``_npi_*`` operators of these names.
"""

import math
from typing import Annotated, Literal

import torch
from torch import Tensor

from regluon.core.device import as_device
from regluon.core.dtype import torch_dtype
from regluon.core.errors import ArgumentError
from regluon.ops.attr import DType, Place, Range
from regluon.ops.registry import op

__all__ = [
    "arange", "eye", "full", "full_like", "identity", "indices", "linspace", "logspace", "ones", "tri", "tril_indices",
    "zeros",
]  # fmt: skip

Sizes = tuple[int, ...]


def _type(dtype: DType | None) -> torch.dtype:
    return torch_dtype(dtype or "float32")


@op("_npi_zeros", differentiable=False)
def zeros(shape: Sizes = (), ctx: Place | None = None, dtype: DType | None = None) -> Tensor:
    """Make an array of zeros.

    Args:
        shape: its sizes.
        ctx: device, the current one if None.
        dtype: number type; float32 if None.

    Returns:
        ``(*shape)``.

    Examples:
        >>> zeros((2,))
        tensor([0., 0.])
    """
    return torch.zeros(shape, dtype=_type(dtype), device=as_device(ctx).torch)


@op("_npi_ones", differentiable=False)
def ones(shape: Sizes = (), ctx: Place | None = None, dtype: DType | None = None) -> Tensor:
    """Make an array of ones.

    Args:
        shape: its sizes.
        ctx: device, the current one if None.
        dtype: number type; float32 if None.

    Returns:
        ``(*shape)``.

    Examples:
        >>> ones((2,))
        tensor([1., 1.])
    """
    return torch.ones(shape, dtype=_type(dtype), device=as_device(ctx).torch)


@op("_npi_full", differentiable=False)
def full(
    shape: Sizes = (),
    ctx: Place | None = None,
    dtype: DType | None = None,
    double_value: float = 0.0,
    int_value: int = 0,
    uint_value: int = 0,
    value_type: Literal[0, 1, 2] = 2,
) -> Tensor:
    """Make an array of one number.

    Args:
        shape: its sizes.
        ctx: device, the current one if None.
        dtype: number type; float32 if None.
        double_value: the number, where ``value_type`` is 2.
        int_value: the number, where it is 1.
        uint_value: the number, where it is 0.
        value_type: which of the three counts.

    Returns:
        ``(*shape)``.

    Examples:
        >>> full((2,), double_value=1.5)
        tensor([1.5000, 1.5000])
    """
    value = (uint_value, int_value, double_value)[value_type]
    return torch.full(shape, value, dtype=_type(dtype), device=as_device(ctx).torch)


@op("_npi_full_like", differentiable=False)
def full_like(a: Tensor, fill_value: float, ctx: Place | None = None, dtype: DType | None = None) -> Tensor:
    """Make an array of one number in the shape of another.

    Args:
        a: ``(*)``.
        fill_value: the number.
        ctx: ignored: the result is where ``a`` is.
        dtype: number type; that of ``a`` if None.

    Returns:
        ``(*)``.

    Examples:
        >>> full_like(torch.ones(2), 3.0)
        tensor([3., 3.])
    """
    return torch.full_like(a, fill_value, dtype=None if dtype is None else torch_dtype(dtype), requires_grad=False)


@op("_npi_arange", differentiable=False)
def arange(
    start: float,
    stop: float | None = None,
    step: float = 1.0,
    repeat: int = 1,
    infer_range: bool = False,
    ctx: Place | None = None,
    dtype: DType | None = None,
) -> Tensor:
    """Count from one number up to another.

    Args:
        start: the first number; where ``stop`` is None, the end, and 0 the first.
        stop: the end, excluded.
        step: the distance of neighbours.
        repeat: how often each number comes.
        infer_range: ignored.
        ctx: device, the current one if None.
        dtype: number type; float32 if None.

    Returns:
        ``(n,)``.

    Examples:
        >>> arange(1, 4)
        tensor([1., 2., 3.])
    """
    if step == 0:
        raise ArgumentError("arange: step must not be 0, got 0")
    if stop is None:
        start, stop = 0.0, start
    count = max(math.ceil((stop - start) / step), 0)
    kind = _type(dtype)
    numbers = torch.arange(count, dtype=torch.float64, device=as_device(ctx).torch) * step + start
    return numbers.to(kind).repeat_interleave(repeat) if repeat > 1 else numbers.to(kind)


def _spaced(start: float, stop: float, num: int, endpoint: bool, ctx: Place | None) -> Tensor:
    """Divide a stretch evenly, in float64."""
    places = torch.arange(num, dtype=torch.float64, device=as_device(ctx).torch)
    parts = num - 1 if endpoint else num
    return places * ((stop - start) / parts if parts > 0 else 0.0) + start


@op("_npi_linspace", differentiable=False)
def linspace(
    start_double: float = 0.0,
    stop_double: float = 0.0,
    start_int: int = 0,
    stop_int: int = 0,
    start_uint: int = 0,
    stop_uint: int = 0,
    num: Annotated[int, Range(0)] = 50,
    endpoint: bool = True,
    ctx: Place | None = None,
    dtype: DType | None = None,
    value_type: Literal[0, 1, 2] = 2,
) -> Tensor:
    """Divide the stretch from one number to another evenly.

    Args:
        start_double: the first number, where ``value_type`` is 2.
        stop_double: the end, where it is 2.
        start_int: the first number, where it is 1.
        stop_int: the end, where it is 1.
        start_uint: the first number, where it is 0.
        stop_uint: the end, where it is 0.
        num: how many numbers.
        endpoint: whether the end is one of them.
        ctx: device, the current one if None.
        dtype: number type; float32 if None.
        value_type: which of the three pairs counts.

    Returns:
        ``(num,)``.

    Examples:
        >>> linspace(0.0, 1.0, num=3)
        tensor([0.0000, 0.5000, 1.0000])
    """
    start = (start_uint, start_int, start_double)[value_type]
    stop = (stop_uint, stop_int, stop_double)[value_type]
    return _spaced(start, stop, num, endpoint, ctx).to(_type(dtype))


@op("_npi_logspace", differentiable=False)
def logspace(
    start: float,
    stop: float,
    num: Annotated[int, Range(0)] = 50,
    endpoint: bool = True,
    base: float = 10.0,
    ctx: Place | None = None,
    dtype: DType | None = None,
) -> Tensor:
    """Raise a base to powers that divide a stretch evenly.

    Args:
        start: the first power.
        stop: the end.
        num: how many numbers.
        endpoint: whether the end is one of the powers.
        base: the base.
        ctx: device, the current one if None.
        dtype: number type; float32 if None.

    Returns:
        ``(num,)``.

    Examples:
        >>> logspace(0, 2, num=3)
        tensor([  1.,  10., 100.])
    """
    powers = _spaced(start, stop, num, endpoint, ctx)
    return torch.pow(powers.new_full((), base), powers).to(_type(dtype))


@op("_npi_eye", differentiable=False)
def eye(N: int, M: int | None = None, k: int = 0, ctx: Place | None = None, dtype: DType | None = None) -> Tensor:
    """Make a matrix of zeros with ones on a diagonal.

    Args:
        N: number of rows.
        M: number of columns; N if None.
        k: how far the diagonal lies above the main one.
        ctx: device, the current one if None.
        dtype: number type; float32 if None.

    Returns:
        ``(N, M)``.

    Examples:
        >>> eye(2, k=1)
        tensor([[0., 1.],
                [0., 0.]])
    """
    return _on_diagonal(N, N if M is None else M, k, ctx, torch.eq).to(_type(dtype))


@op("_npi_identity", differentiable=False)
def identity(shape: Sizes = (), ctx: Place | None = None, dtype: DType | None = None) -> Tensor:
    """Make a square matrix of zeros with ones on the main diagonal.

    Args:
        shape: twice its size.
        ctx: device, the current one if None.
        dtype: number type; float32 if None.

    Returns:
        ``(n, n)``.

    Examples:
        >>> identity((2, 2))
        tensor([[1., 0.],
                [0., 1.]])
    """
    if len(shape) != 2:
        raise ArgumentError(f"identity: shape must be of 2 sizes, got {shape}")
    return _on_diagonal(shape[0], shape[1], 0, ctx, torch.eq).to(_type(dtype))


@op("_npi_tri", differentiable=False)
def tri(N: int, M: int | None = None, k: int = 0, dtype: DType | None = None, ctx: Place | None = None) -> Tensor:
    """Make a matrix of ones on and below a diagonal, zeros above.

    Args:
        N: number of rows.
        M: number of columns; N if None.
        k: how far the diagonal lies above the main one.
        dtype: number type; float32 if None.
        ctx: device, the current one if None.

    Returns:
        ``(N, M)``.

    Examples:
        >>> tri(2)
        tensor([[1., 0.],
                [1., 1.]])
    """
    return _on_diagonal(N, N if M is None else M, k, ctx, torch.le).to(_type(dtype))


def _on_diagonal(rows: int, columns: int, k: int, ctx: Place | None, compare: object) -> Tensor:
    device = as_device(ctx).torch
    across = torch.arange(columns, device=device)
    down = torch.arange(rows, device=device)[:, None] + k
    return across == down if compare is torch.eq else across <= down


@op("_npi_indices", differentiable=False)
def indices(dimensions: Sizes, dtype: DType | None = None, ctx: Place | None = None) -> Tensor:
    """Give the place of every element of an array, axis by axis.

    Args:
        dimensions: sizes of the array.
        dtype: number type; int64 if None.
        ctx: device, the current one if None.

    Returns:
        ``(n, *dimensions)`` for n axes.

    Examples:
        >>> indices((1, 2))
        tensor([[[0, 0]],
        <BLANKLINE>
                [[0, 1]]])
    """
    device = as_device(ctx).torch
    kind = torch_dtype(dtype or "int64")
    if not dimensions:
        return torch.zeros((0,), dtype=kind, device=device)
    axes = [torch.arange(size, dtype=kind, device=device) for size in dimensions]
    return torch.stack(torch.meshgrid(*axes, indexing="ij"))


@op("_npi_tril_indices", outputs=("output0", "output1"), differentiable=False)
def tril_indices(n: int, k: int = 0, m: int | None = None) -> tuple[Tensor, Tensor]:
    """Give rows and columns of the elements on and below a diagonal of a matrix.

    Args:
        n: number of rows.
        k: how far the diagonal lies above the main one.
        m: number of columns; n if None.

    Returns:
        Two ``(e,)`` int64, for e elements.

    Examples:
        >>> tril_indices(2)
        (tensor([0, 1, 1]), tensor([0, 0, 1]))
    """
    rows, columns = torch.tril_indices(n, n if m is None else m, k)
    return rows, columns


def _declare_window(name: str, weights: tuple[float, float, float], answer: str) -> None:
    first, second, third = weights

    def window(M: int, ctx: Place | None = None, dtype: DType | None = None) -> Tensor:
        places = torch.arange(max(M, 0), dtype=torch.float64, device=as_device(ctx).torch)
        if M == 1:
            return torch.ones_like(places).to(_type(dtype))
        angle = 2 * math.pi * places / (M - 1)
        return (first - second * torch.cos(angle) + third * torch.cos(2 * angle)).to(_type(dtype))

    window.__name__ = window.__qualname__ = name
    window.__doc__ = f"""Make the weights of the {name.title()} window.

    Args:
        M: how many.
        ctx: device, the current one if None.
        dtype: number type; float32 if None.

    Returns:
        ``(M,)``.

    Examples:
        >>> {name}(3)
        tensor([{answer}])
    """
    op(f"_npi_{name}", differentiable=False)(window)


_declare_window("hanning", (0.5, 0.5, 0.0), "0., 1., 0.")
_declare_window("hamming", (0.54, 0.46, 0.0), "0.0800, 1.0000, 0.0800")
_declare_window("blackman", (0.42, 0.5, 0.08), "-1.3878e-17,  1.0000e+00, -1.3878e-17")
