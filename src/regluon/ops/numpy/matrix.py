"""Diagonals, triangles and products of matrices, with numpy's rules. From MXNet's ``_npi_*`` operators."""

from collections.abc import Sequence

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.registry import op
from regluon.ops.tensor.shapes import axes_of, axis_of

__all__ = [
    "cross", "diag", "diag_indices_from", "diagflat", "diagonal", "dot", "einsum", "fill_diagonal", "kron", "matmul",
    "tensordot", "tensordot_int_axes", "trace", "tril", "triu",
]  # fmt: skip

Sizes = tuple[int, ...]


@op("_npi_diag", "_np_diag")
def diag(data: Tensor, k: int = 0) -> Tensor:
    """Take a diagonal out of a matrix, or make a matrix of one.

    Args:
        data: ``(M, N)``, or ``(D,)``.
        k: how far the diagonal lies above the main one.

    Returns:
        ``(D,)``, or ``(D + |k|, D + |k|)``.

    Examples:
        >>> diag(torch.tensor([1, 2]))
        tensor([[1, 0],
                [0, 2]])
    """
    if data.ndim not in (1, 2):
        raise ShapeError(f"diag: data must have 1 or 2 axes, got shape {tuple(data.shape)}")
    return torch.diag(data, k)


@op("_npi_diagflat", "_np_diagflat")
def diagflat(data: Tensor, k: int = 0) -> Tensor:
    """Make a matrix whose diagonal is all elements of an array.

    Args:
        data: ``(*)`` of n elements.
        k: how far the diagonal lies above the main one.

    Returns:
        ``(n + |k|, n + |k|)``.

    Examples:
        >>> diagflat(torch.tensor([[1, 2]]))
        tensor([[1, 0],
                [0, 2]])
    """
    return torch.diagflat(data, k)


@op("_npi_diagonal", "_np_diagonal")
def diagonal(data: Tensor, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """Take the diagonals in the planes of two axes.

    Args:
        data: ``(*)`` of at least 2 axes.
        offset: how far the diagonal lies above the main one.
        axis1: the axis of rows.
        axis2: the axis of columns.

    Returns:
        ``(*, D)`` without the two axes.

    Examples:
        >>> diagonal(torch.tensor([[1, 2], [3, 4]]))
        tensor([1, 4])
    """
    return torch.diagonal(data, offset, *_plane("diagonal", data, axis1, axis2))


@op("_npi_trace", "_np_trace")
def trace(data: Tensor, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """Add up the diagonals in the planes of two axes.

    Args:
        data: ``(*)`` of at least 2 axes.
        offset: how far the diagonal lies above the main one.
        axis1: the axis of rows.
        axis2: the axis of columns.

    Returns:
        ``(*)`` without the two axes, in the dtype of ``data``.

    Examples:
        >>> trace(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
        tensor(5.)
    """
    return torch.diagonal(data, offset, *_plane("trace", data, axis1, axis2)).sum(-1, dtype=data.dtype)


def _plane(who: str, data: Tensor, axis1: int, axis2: int) -> tuple[int, int]:
    if data.ndim < 2:
        raise ShapeError(f"{who}: data must have at least 2 axes, got shape {tuple(data.shape)}")
    first, second = axes_of(who, (axis1, axis2), data.ndim, "axis1 and axis2")
    return first, second


@op("_npi_diag_indices_from", differentiable=False)
def diag_indices_from(data: Tensor) -> Tensor:
    """Give the places of the main diagonal.

    Args:
        data: ``(n, ..., n)`` of at least 2 axes.

    Returns:
        ``(axes, n)`` int64.

    Examples:
        >>> diag_indices_from(torch.zeros(2, 2))
        tensor([[0, 1],
                [0, 1]])
    """
    if data.ndim < 2 or len(set(data.shape)) > 1:
        raise ShapeError(f"diag_indices_from: data must be square with at least 2 axes, got {tuple(data.shape)}")
    return torch.arange(data.shape[0], device=data.device).expand(data.ndim, -1)


@op("_npi_tril")
def tril(data: Tensor, k: int = 0) -> Tensor:
    """Put zeros above a diagonal.

    Args:
        data: ``(*, M, N)``; of a row ``(N,)`` a matrix is made with the row N times.
        k: how far the diagonal lies above the main one.

    Returns:
        ``(*, M, N)``.

    Examples:
        >>> tril(torch.tensor([[1, 2], [3, 4]]))
        tensor([[1, 0],
                [3, 4]])
    """
    return torch.tril(_matrix(data), k)


@op("_npi_triu")
def triu(data: Tensor, k: int = 0) -> Tensor:
    """Put zeros below a diagonal.

    Args:
        data: ``(*, M, N)``; of a row ``(N,)`` a matrix is made with the row N times.
        k: how far the diagonal lies above the main one.

    Returns:
        ``(*, M, N)``.

    Examples:
        >>> triu(torch.tensor([[1, 2], [3, 4]]))
        tensor([[1, 2],
                [0, 4]])
    """
    return torch.triu(_matrix(data), k)


def _matrix(data: Tensor) -> Tensor:
    return data.expand(data.shape[0], -1) if data.ndim == 1 else data


@op("_npi_fill_diagonal")
def fill_diagonal(a: Tensor, val: tuple[float, ...], wrap: bool = False) -> Tensor:
    """Put numbers on the main diagonal.

    Args:
        a: ``(M, N)``, or ``(n, ..., n)``.
        val: the numbers, repeated as needed.
        wrap: begin anew below the square part of a tall matrix.

    Returns:
        The array with them.

    Examples:
        >>> fill_diagonal(torch.zeros(2, 2), (1.0,))
        tensor([[1., 0.],
                [0., 1.]])
    """
    if a.ndim < 2 or (a.ndim > 2 and len(set(a.shape)) > 1):
        raise ShapeError(f"fill_diagonal: a must be a matrix, or have all sizes equal, got {tuple(a.shape)}")
    step = sum(_strides(a.shape))
    end = a.numel() if wrap or a.ndim > 2 else min(a.numel(), a.shape[1] * a.shape[1])
    places = torch.arange(0, end, step, device=a.device)
    numbers = torch.tensor(val, dtype=a.dtype, device=a.device)
    chosen = numbers[torch.arange(len(places), device=a.device) % len(numbers)]
    return a.reshape(-1).index_put((places,), chosen).reshape(a.shape)


def _strides(shape: Sequence[int]) -> list[int]:
    """Count the elements from one to the next along each axis."""
    found = [1]
    for size in reversed(shape[1:]):
        found.append(found[-1] * size)
    return found


def _alike(who: str, a: Tensor, b: Tensor) -> None:
    if a.dtype != b.dtype:
        raise ArgumentError(f"{who}: b must be {a.dtype} as a is, got {b.dtype}; cast one of them")


@op("_npi_dot", "_np_dot")
def dot(a: Tensor, b: Tensor) -> Tensor:
    """Multiply as numpy's dot does: sum over the last axis of the first and the last but one of the second.

    Args:
        a: ``(*A, K)``; one without axes is a factor.
        b: ``(*B, K, N)``, or ``(K,)``.

    Returns:
        ``(*A, *B, N)``, or ``(*A)``.

    Examples:
        >>> dot(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
        tensor(11.)
    """
    _alike("dot", a, b)
    if not a.ndim or not b.ndim:
        return a * b
    axis = max(b.ndim - 2, 0)
    if a.shape[-1] != b.shape[axis]:
        raise ShapeError(
            f"dot: the last axis of a and axis {axis} of b must agree, got {tuple(a.shape)} and {tuple(b.shape)}"
        )
    return torch.tensordot(a, b, dims=([a.ndim - 1], [axis]))  # pyright: ignore[reportArgumentType]


@op("_npi_matmul")
def matmul(a: Tensor, b: Tensor) -> Tensor:
    """Multiply matrices; the axes before the last two broadcast.

    Args:
        a: ``(*, M, K)``, or ``(K,)``.
        b: ``(*, K, N)``, or ``(K,)``.

    Returns:
        ``(*, M, N)``, without the axis of a row.

    Examples:
        >>> matmul(torch.tensor([[1.0, 2.0]]), torch.tensor([3.0, 4.0]))
        tensor([11.])
    """
    _alike("matmul", a, b)
    if not a.ndim or not b.ndim:
        raise ShapeError(f"matmul: a and b must have axes, got shapes {tuple(a.shape)} and {tuple(b.shape)}; use *")
    if a.shape[-1] != b.shape[max(b.ndim - 2, 0)]:
        raise ShapeError(f"matmul: inner sizes must agree, got shapes {tuple(a.shape)} and {tuple(b.shape)}")
    return torch.matmul(a, b)


@op("_npi_tensordot")
def tensordot(a: Tensor, b: Tensor, a_axes_summed: Sizes, b_axes_summed: Sizes) -> Tensor:
    """Sum products over pairs of axes.

    Args:
        a: ``(*)``.
        b: ``(*)``.
        a_axes_summed: axes of ``a``.
        b_axes_summed: those of ``b`` that go with them.

    Returns:
        The other axes of ``a``, then those of ``b``.

    Examples:
        >>> tensordot(torch.ones(2, 3), torch.ones(3, 4), (1,), (0,)).shape
        torch.Size([2, 4])
    """
    _alike("tensordot", a, b)
    first = axes_of("tensordot", a_axes_summed, a.ndim, "a_axes_summed")
    second = axes_of("tensordot", b_axes_summed, b.ndim, "b_axes_summed")
    if [a.shape[one] for one in first] != [b.shape[one] for one in second]:
        raise ShapeError(
            f"tensordot: the summed axes must agree, got {first} of {tuple(a.shape)} and {second} of {tuple(b.shape)}"
        )
    return torch.tensordot(a, b, dims=(list(first), list(second)))  # pyright: ignore[reportArgumentType]


@op("_npi_tensordot_int_axes")
def tensordot_int_axes(a: Tensor, b: Tensor, axes: int) -> Tensor:
    """Sum products over the last axes of one array and the first of another.

    Args:
        a: ``(*A, *S)``.
        b: ``(*S, *B)``.
        axes: how many axes S has.

    Returns:
        ``(*A, *B)``.

    Examples:
        >>> tensordot_int_axes(torch.ones(2, 3), torch.ones(3, 4), 1).shape
        torch.Size([2, 4])
    """
    return tensordot(a, b, tuple(range(a.ndim - axes, a.ndim)), tuple(range(axes)))


@op("_npi_einsum")
def einsum(*data: Tensor, subscripts: str = "", optimize: int = 0) -> Tensor:
    """Sum products as Einstein's convention writes them.

    Args:
        data: ``(*)``, one or more.
        subscripts: letters for the axes of each, as in ``ij,jk->ik``.
        optimize: ignored: torch finds the order of products.

    Returns:
        The array whose axes stand after the arrow.

    Examples:
        >>> einsum(torch.ones(2, 3), torch.ones(3, 4), subscripts="ij,jk->ik").shape
        torch.Size([2, 4])
    """
    try:
        return torch.einsum(subscripts, *data)
    except RuntimeError as error:
        raise ShapeError(f"einsum: subscripts must fit the arrays, got {subscripts!r} ({error})") from None


@op("_npi_kron")
def kron(a: Tensor, b: Tensor) -> Tensor:
    """Take the Kronecker product: blocks of the second, times elements of the first.

    Args:
        a: ``(*)``.
        b: ``(*)``.

    Returns:
        Sizes are the products of theirs.

    Examples:
        >>> kron(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 1.0]))
        tensor([1., 1., 2., 2.])
    """
    return torch.kron(a, b)


@op("_npi_cross")
def cross(a: Tensor, b: Tensor, axisa: int = -1, axisb: int = -1, axisc: int = -1) -> Tensor:
    """Take the cross product of vectors of 2 or 3 elements.

    Args:
        a: ``(*, 3)`` or ``(*, 2)``.
        b: ``(*, 3)`` or ``(*, 2)``.
        axisa: the axis of vectors in ``a``.
        axisb: the axis of vectors in ``b``.
        axisc: the axis of vectors in the result.

    Returns:
        ``(*, 3)``; ``(*)`` if both have 2 elements.

    Examples:
        >>> cross(torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.0, 1.0, 0.0]))
        tensor([0., 0., 1.])
    """
    a = a.movedim(axis_of("cross", axisa, a.ndim, "axisa"), -1)
    b = b.movedim(axis_of("cross", axisb, b.ndim, "axisb"), -1)
    if a.shape[-1] not in (2, 3) or b.shape[-1] not in (2, 3):
        raise ShapeError(f"cross: vectors must have 2 or 3 elements, got {a.shape[-1]} and {b.shape[-1]}")
    if a.shape[-1] == b.shape[-1] == 2:
        return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    a, b = (one if one.shape[-1] == 3 else torch.nn.functional.pad(one, (0, 1)) for one in (a, b))
    found = torch.linalg.cross(*torch.broadcast_tensors(a, b))
    return found.movedim(-1, axis_of("cross", axisc, found.ndim, "axisc"))
