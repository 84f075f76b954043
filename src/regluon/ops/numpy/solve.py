"""Equations and what belongs to them: solving, least squares, ranks. From MXNet's ``_npi_*`` operators."""

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.numpy.linalg import check, solved
from regluon.ops.registry import op
from regluon.ops.tensor.shapes import axes_of

__all__ = ["lstsq", "matrix_rank", "matrix_rank_none_tol", "solve", "tensorinv", "tensorsolve"]


@op("_npi_solve")
def solve(A: Tensor, B: Tensor) -> Tensor:
    """Solve linear equations.

    Args:
        A: ``(*, M, M)``.
        B: ``(*, M, N)``, or ``(M,)``.

    Returns:
        The x of ``A x = B``.

    Examples:
        >>> solve(torch.tensor([[2.0, 0.0], [0.0, 4.0]]), torch.tensor([2.0, 4.0]))
        tensor([1., 1.])
    """
    return solved("solve", lambda: torch.linalg.solve(check("solve", A), B))


@op("_npi_matrix_rank", differentiable=False)
def matrix_rank(M: Tensor, tol: Tensor, hermitian: bool = False) -> Tensor:
    """Count the singular values above a bound.

    Args:
        M: ``(*, M, N)``.
        tol: ``(*)``: the bound.
        hermitian: whether M is symmetric.

    Returns:
        ``(*)`` int64.

    Examples:
        >>> matrix_rank(torch.tensor([[2.0, 0.0], [0.0, 0.1]]), torch.tensor(0.5))
        tensor(1)
    """
    return torch.linalg.matrix_rank(M, atol=tol, rtol=0.0, hermitian=hermitian)


@op("_npi_matrix_rank_none_tol", differentiable=False)
def matrix_rank_none_tol(
    M: Tensor,
    finfoEps32: float = 0.0,
    finfoEps64: float = 0.0,
    hermitian: bool = False,
) -> Tensor:
    """Count the singular values above the rounding error of the greatest.

    Args:
        M: ``(*, M, N)``.
        finfoEps32: ignored: the rounding error of float32 is known.
        finfoEps64: ignored: the rounding error of float64 is known.
        hermitian: whether M is symmetric.

    Returns:
        ``(*)`` int64.

    Examples:
        >>> matrix_rank_none_tol(torch.ones(2, 2))
        tensor(1)
    """
    return torch.linalg.matrix_rank(M, hermitian=hermitian)


@op("_npi_lstsq", outputs=("output0", "output1", "output2", "output3"), differentiable=False)
def lstsq(
    A: Tensor,
    B: Tensor,
    rcond: float = -1.0,
    finfoEps32: float = 0.0,
    finfoEps64: float = 0.0,
    new_default: bool = False,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Solve linear equations as well as can be, by least squares.

    Args:
        A: ``(M, N)``.
        B: ``(M,)`` or ``(M, K)``.
        rcond: singular values below this share of the greatest count as 0; below 0 the rounding error.
        finfoEps32: ignored: the rounding error of float32 is known.
        finfoEps64: ignored: the rounding error of float64 is known.
        new_default: use the rounding error times the larger size.

    Returns:
        ``(N,)`` or ``(N, K)`` x, the sums of the squares left over (none if A has not full rank), the rank, and the
        singular values.

    Examples:
        >>> lstsq(torch.tensor([[1.0], [1.0]]), torch.tensor([1.0, 3.0]))[0].round()
        tensor([2.])
    """
    A, B = check("lstsq", A.detach(), square=False), B.detach()
    if A.ndim != 2 or B.ndim not in (1, 2) or A.shape[0] != B.shape[0]:
        raise ShapeError(f"lstsq: A must be (M, N) and B (M,) or (M, K), got {tuple(A.shape)} and {tuple(B.shape)}")
    rounding = torch.finfo(A.dtype).eps
    share = rounding * max(A.shape) if new_default else rounding if rcond < 0 else rcond
    columns = B[:, None] if B.ndim == 1 else B
    u, values, v = torch.linalg.svd(A, full_matrices=False)
    large = values > share * values.max()
    inverse = torch.where(large, 1 / torch.where(large, values, 1), 0)
    found = v.T @ (inverse[:, None] * (u.T @ columns))
    rank = large.sum()
    left = torch.square(columns - A @ found).sum(0)
    if A.shape[0] <= A.shape[1] or int(rank) < A.shape[1]:
        left = left[:0]
    return (found[:, 0] if B.ndim == 1 else found), left, rank, values


@op("_npi_tensorinv")
def tensorinv(a: Tensor, ind: int = 2) -> Tensor:
    """Invert an array as the matrix from its last axes to its first.

    Args:
        a: ``(*A, *B)`` of as many elements in A as in B.
        ind: how many axes A has.

    Returns:
        ``(*B, *A)``.

    Examples:
        >>> tensorinv(torch.eye(4).reshape(2, 2, 4), ind=2).shape
        torch.Size([4, 2, 2])
    """
    if ind <= 0:
        raise ArgumentError(f"tensorinv: ind must be an int >= 1, got {ind}")
    return solved("tensorinv", lambda: torch.linalg.tensorinv(a, ind))


@op("_npi_tensorsolve")
def tensorsolve(a: Tensor, b: Tensor, a_axes: tuple[int, ...] = ()) -> Tensor:
    """Solve ``tensordot(a, x, x.ndim) = b``.

    Args:
        a: ``(*B, *X)``.
        b: ``(*B)``.
        a_axes: axes of ``a`` that are first moved to the end.

    Returns:
        ``(*X)``.

    Examples:
        >>> tensorsolve(torch.eye(2), torch.tensor([1.0, 2.0]))
        tensor([1., 2.])
    """
    axes = axes_of("tensorsolve", a_axes, a.ndim, "a_axes") if a_axes else None
    return solved("tensorsolve", lambda: torch.linalg.tensorsolve(a, b, axes))
