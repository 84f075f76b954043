"""Diagonals, triangles and products of matrices."""

from typing import Any

from regluon.core.errors import ArgumentError, ArgumentTypeError
from regluon.np.dispatch import convert, invoke, is_array, is_number
from regluon.np.shapes import ravel

__all__ = [
    "cross", "diag", "diag_indices_from", "diagflat", "diagonal", "dot", "einsum", "fill_diagonal", "inner", "kron",
    "matmul", "outer", "tensordot", "trace", "tril", "triu", "vdot", "vecdot",
]  # fmt: skip


def diag(v: Any, k: int = 0) -> Any:
    """Take a diagonal out of a matrix, or make a matrix of one; ``k`` is how far it lies above the main one."""
    return invoke("_npi_diag", v, k=k)


def diagflat(v: Any, k: int = 0) -> Any:
    """Make a matrix whose diagonal is all elements of an array."""
    return invoke("_npi_diagflat", v, k=k)


def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Take the diagonals in the planes of two axes."""
    return invoke("_npi_diagonal", a, offset=offset, axis1=axis1, axis2=axis2)


def diag_indices_from(arr: Any) -> Any:
    """Give the places of the main diagonal, along each axis."""
    return tuple(invoke("_npi_diag_indices_from", arr))


def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """Put numbers on the main diagonal, in place.

    Args:
        a: array.
        val: a number, or a list of them that is repeated.
        wrap: begin anew below the square part of a tall matrix.
    """
    numbers = tuple(float(one) for one in (val if isinstance(val, (tuple, list)) else (val,)))
    a[...] = invoke("_npi_fill_diagonal", a, val=numbers, wrap=wrap)


def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, out: Any = None) -> Any:
    """Add up the diagonals in the planes of two axes."""
    return invoke("_npi_trace", a, offset=offset, axis1=axis1, axis2=axis2, out=out)


def tril(m: Any, k: int = 0) -> Any:
    """Put zeros above a diagonal."""
    return invoke("_npi_tril", m, k=k)


def triu(m: Any, k: int = 0) -> Any:
    """Put zeros below a diagonal."""
    return invoke("_npi_triu", m, k=k)


def _pair(name: str, a: Any, b: Any) -> tuple[Any, Any]:
    a, b = convert(a, b), convert(b, a)
    for one in (a, b):
        if not is_array(one):
            raise ArgumentTypeError(f"{name}: an operand must be mx.np.ndarray, got {type(one).__name__}")
    return a, b


def dot(a: Any, b: Any, out: Any = None) -> Any:
    """Multiply as numpy's dot does: sum over the last axis of the first and the last but one of the second."""
    if is_number(a) or is_number(b):
        return a * b
    return invoke("_npi_dot", *_pair("dot", a, b), out=out)


def matmul(a: Any, b: Any, out: Any = None) -> Any:
    """Multiply matrices; the axes before the last two broadcast. Also ``a @ b``."""
    return invoke("_npi_matmul", *_pair("matmul", a, b), out=out)


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Sum products over pairs of axes.

    Args:
        a: array.
        b: array.
        axes: how many of the last axes of ``a`` and the first of ``b``; or two lists of axes.
    """
    if isinstance(axes, int):
        return invoke("_npi_tensordot_int_axes", a, b, axes=axes)
    if len(axes) != 2:
        raise ArgumentError(f"tensordot: axes must be an int or 2 lists of axes, got {axes!r}")
    first, second = (tuple(one) if isinstance(one, (tuple, list)) else (one,) for one in axes)
    return invoke("_npi_tensordot", a, b, a_axes_summed=first, b_axes_summed=second)


def inner(a: Any, b: Any) -> Any:
    """Sum products over the last axes of both."""
    return tensordot(a, b, [-1, -1])


def outer(a: Any, b: Any) -> Any:
    """Multiply each element of one array with each of another, both as rows."""
    return tensordot(ravel(a), ravel(b), 0)


def vdot(a: Any, b: Any) -> Any:
    """Sum the products of all elements, both arrays as rows."""
    return tensordot(ravel(a), ravel(b), 1)


def vecdot(a: Any, b: Any, axis: int = -1) -> Any:
    """Sum the products along one axis; the others broadcast."""
    return (a * b).sum(axis=axis)


def kron(a: Any, b: Any) -> Any:
    """Take the Kronecker product: blocks of the second, times elements of the first."""
    return invoke("_npi_kron", a, b)


def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """Take the cross product of vectors of 2 or 3 elements.

    Args:
        a: array.
        b: array.
        axisa: the axis of vectors in ``a``.
        axisb: the axis of vectors in ``b``.
        axisc: the axis of vectors in the result.
        axis: all three.
    """
    first, second, third = (axisa, axisb, axisc) if axis is None else (axis, axis, axis)
    return invoke("_npi_cross", a, b, axisa=first, axisb=second, axisc=third)


def einsum(subscripts: str, *operands: Any, out: Any = None, optimize: Any = False) -> Any:
    """Sum products as Einstein's convention writes them.

    Args:
        subscripts: letters for the axes of each array, as in ``ij,jk->ik``.
        operands: the arrays.
        out: an array to write into.
        optimize: whether to look for a good order of products.
    """
    return invoke("_npi_einsum", *operands, subscripts=subscripts, optimize=int(bool(optimize)), out=out)
