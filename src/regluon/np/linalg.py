"""Linear algebra: ``mx.np.linalg``."""

from collections.abc import Sequence
from typing import Any

import numpy as onp

from regluon.core.errors import ArgumentError, ShapeError
from regluon.np import elementwise, reduction, shapes
from regluon.np.dispatch import invoke, is_array, is_number
from regluon.np.matrix import cross, diagonal, matmul, outer, tensordot, trace, vecdot
from regluon.np.official import linalg_function

__all__ = [
    "cholesky", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh", "inv", "lstsq", "matmul",
    "matrix_norm", "matrix_power", "matrix_rank", "matrix_transpose", "multi_dot", "norm", "outer", "pinv", "qr",
    "slogdet", "solve", "svd", "svdvals", "tensordot", "tensorinv", "tensorsolve", "trace", "vecdot", "vector_norm",
]  # fmt: skip

Axis = int | Sequence[int] | None

cond = linalg_function("cond")
matrix_power = linalg_function("matrix_power")
multi_dot = linalg_function("multi_dot")


def norm(x: Any, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Any:
    """Take the norm of vectors or matrices.

    Args:
        x: array.
        ord: None for the root of the sum of squares; for vectors a number, ``inf`` or ``-inf``; for matrices ``fro``,
            ``nuc``, 1, -1, 2, -2, ``inf`` or ``-inf``.
        axis: the axis of vectors, or the two of matrices; all if None.
        keepdims: keep the axes with size 1.
    """
    if axis is None and ord is None:
        return elementwise.sqrt(reduction.sum(elementwise.square(x), None, None, None, keepdims))
    axes = tuple(range(x.ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    if len(axes) == 1:
        return vector_norm(x, 2 if ord is None else ord, axes[0], keepdims)
    if len(axes) != 2:
        raise ShapeError(f"norm: axis must name 1 or 2 axes where ord is given, got {axes}")
    return _matrix_norm(x, ord, axes, keepdims)


def vector_norm(x: Any, ord: Any = 2, axis: Axis = None, keepdims: bool = False) -> Any:
    """Take the norm of vectors along axes.

    Args:
        x: array.
        ord: a number: the root of the sum of powers; 0 counts what is not 0; ``inf`` and ``-inf`` are extremes.
        axis: an axis, or several; all if None.
        keepdims: keep the axes with size 1.
    """
    size = elementwise.abs(x)
    if ord in (onp.inf, "inf"):
        return reduction.max(size, axis, None, keepdims)
    if ord in (-onp.inf, "-inf"):
        return reduction.min(size, axis, None, keepdims)
    if not is_number(ord):
        raise ArgumentError(f"norm: ord of vectors must be a number, got {ord!r}")
    if ord == 0:
        return reduction.sum((x != 0).astype(x.dtype), axis, None, None, keepdims)
    if ord == 1:
        return reduction.sum(size, axis, None, None, keepdims)
    if ord == 2:
        return elementwise.sqrt(reduction.sum(elementwise.square(x), axis, None, None, keepdims))
    return elementwise.power(reduction.sum(elementwise.power(size, ord), axis, None, None, keepdims), 1 / ord)


def matrix_norm(x: Any, ord: Any = "fro", axis: Sequence[int] = (-2, -1), keepdims: bool = False) -> Any:
    """Take the norm of matrices; ``ord`` as for ``norm``."""
    return _matrix_norm(x, ord, tuple(axis), keepdims)


def _matrix_norm(x: Any, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    if ord in (None, "fro", "f"):
        return elementwise.sqrt(reduction.sum(elementwise.square(x), axes, None, None, keepdims))
    rows, columns = (one % x.ndim for one in axes)
    if ord in (1, -1, onp.inf, -onp.inf):
        first, second = (rows, columns) if ord in (1, -1) else (columns, rows)
        sums = reduction.sum(elementwise.abs(x), first, None, None, True)
        found = (reduction.max if ord > 0 else reduction.min)(sums, second, None, True)
        return found if keepdims else shapes.squeeze(found, (rows, columns))
    if ord not in (2, -2, "nuc"):
        raise ArgumentError(f"norm: ord of matrices must be 'fro', 'nuc', 1, 2, inf or below 0 those, got {ord!r}")
    values = svdvals(shapes.moveaxis(x, (rows, columns), (-2, -1)))
    take = {2: reduction.max, -2: reduction.min, "nuc": reduction.sum}[ord]
    found = take(values, -1)
    return shapes.expand_dims(shapes.expand_dims(found, min(rows, columns)), max(rows, columns)) if keepdims else found


def svd(a: Any) -> tuple[Any, Any, Any]:
    """Part matrices by singular values.

    Args:
        a: ``(*, M, N)``, M at most N.

    Returns:
        ``(*, M, M)`` U, ``(*, M)`` L and ``(*, M, N)`` V with ``U diag(L) V = a``.
    """
    u, values, v = invoke("_npi_svd", a)
    return u, values, v


def svdvals(a: Any) -> Any:
    """Take singular values, the greatest first."""
    wide = a.shape[-2] <= a.shape[-1]
    return svd(a if wide else shapes.swapaxes(a, -1, -2))[1]


def inv(a: Any) -> Any:
    """Invert matrices."""
    return invoke("_npi_inv", a)


def det(a: Any) -> Any:
    """Take determinants."""
    return invoke("_npi_det", a)


def slogdet(a: Any) -> tuple[Any, Any]:
    """Take signs of determinants and logarithms of their sizes."""
    sign, size = invoke("_npi_slogdet", a)
    return sign, size


def solve(a: Any, b: Any) -> Any:
    """Find the x of ``a x = b``."""
    return invoke("_npi_solve", a, b)


def cholesky(a: Any, upper: bool = False) -> Any:
    """Take the triangular matrix L with ``L L^T = a``, or its transpose."""
    return invoke("_npi_cholesky", a, lower=not upper)


def qr(a: Any, mode: str = "reduced") -> tuple[Any, Any]:
    """Part matrices into orthogonal and triangular ones.

    Args:
        a: ``(*, M, N)``.
        mode: only ``reduced``.
    """
    if mode not in (None, "reduced"):
        raise ArgumentError(f"qr: mode must be 'reduced', got {mode!r}")
    q, r = invoke("_npi_qr", a)
    return q, r


def eigh(a: Any, upper: bool = False) -> tuple[Any, Any]:
    """Take eigenvalues and eigenvectors of symmetric matrices, of which one triangle is read."""
    values, vectors = invoke("_npi_eigh", a, UPLO=_triangle(upper))
    return values, vectors


def eigvalsh(a: Any, upper: bool = False) -> Any:
    """Take eigenvalues of symmetric matrices, of which one triangle is read."""
    return invoke("_npi_eigvalsh", a, UPLO=_triangle(upper))


def _triangle(upper: Any) -> str:
    return upper if isinstance(upper, str) else "U" if upper else "L"


def eig(a: Any) -> tuple[Any, Any]:
    """Take eigenvalues and eigenvectors of matrices that have real ones."""
    values, vectors = invoke("_npi_eig", a)
    return values, vectors


def eigvals(a: Any) -> Any:
    """Take eigenvalues of matrices that have real ones."""
    return invoke("_npi_eigvals", a)


def pinv(a: Any, rtol: Any = None, hermitian: bool = False) -> Any:
    """Take pseudo-inverses.

    Args:
        a: ``(*, M, N)``.
        rtol: singular values below this share of the greatest count as 0; the rounding error times the size if None.
        hermitian: whether the matrices are symmetric.
    """
    if is_array(rtol):
        return invoke("_npi_pinv", a, rtol, hermitian=hermitian)
    share = onp.finfo(a.dtype).eps * max(a.shape[-2:]) if rtol is None else rtol
    return invoke("_npi_pinv_scalar_rcond", a, rcond=float(share), hermitian=hermitian)


def matrix_rank(M: Any, rtol: Any = None, hermitian: bool = False) -> Any:
    """Count the singular values above a bound, or above the rounding error if None."""
    if M.ndim < 2:
        return (M != 0).any().astype("int64")
    if rtol is None:
        return invoke("_npi_matrix_rank_none_tol", M, hermitian=hermitian)
    tol = rtol if is_array(rtol) else invoke("_npi_full_like", M.sum(), fill_value=float(rtol))
    return invoke("_npi_matrix_rank", M, tol, hermitian=hermitian)


def lstsq(a: Any, b: Any, rcond: Any = "warn") -> tuple[Any, Any, Any, Any]:
    """Solve linear equations by least squares.

    Args:
        a: ``(M, N)``.
        b: ``(M,)`` or ``(M, K)``.
        rcond: singular values below this share of the greatest count as 0; the rounding error for ``warn``, times the
            larger size for None.

    Returns:
        The solution, the sums of the squares left over, the rank, and the singular values.
    """
    share = float(rcond) if is_number(rcond) else -1.0
    x, left, rank, values = invoke("_npi_lstsq", a, b, rcond=share, new_default=rcond is None)
    return x, left, rank, values


def tensorinv(a: Any, ind: int = 2) -> Any:
    """Invert an array as the matrix from its last axes to its first ``ind``."""
    return invoke("_npi_tensorinv", a, ind=ind)


def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """Find the x of ``tensordot(a, x, x.ndim) = b``; ``axes`` of ``a`` are first moved to the end."""
    return invoke("_npi_tensorsolve", a, b, a_axes=() if axes is None else tuple(axes))


def matrix_transpose(a: Any) -> Any:
    """Exchange the last two axes."""
    return shapes.swapaxes(a, -1, -2)
