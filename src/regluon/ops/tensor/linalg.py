"""Linear algebra on batches of matrices, MXNet's ``linalg``: names of LAPACK, products and triangles included."""

import torch
from torch import Tensor

from regluon.core.errors import ArgumentTypeError, ShapeError
from regluon.ops.registry import Attributes, op

__all__ = [
    "det",
    "extractdiag",
    "gemm",
    "inverse",
    "makediag",
    "potrf",
    "potri",
    "slogdet",
    "sumlogdiag",
    "syevd",
    "syrk",
    "trmm",
    "trsm",
]


@op("_linalg_gemm", "linalg_gemm")
def gemm(
    A: Tensor,
    B: Tensor,
    C: Tensor,
    transpose_a: bool = False,
    transpose_b: bool = False,
    alpha: float = 1.0,
    beta: float = 1.0,
    axis: int = -2,
) -> Tensor:
    """Multiply matrices and add a third (BLAS, ``gemm``): ``alpha A B + beta C``.

    Args:
        A: ``(*, M, K)``, or ``(*, K, M)`` if transposed.
        B: ``(*, K, N)``, or ``(*, N, K)`` if transposed.
        C: ``(*, M, N)``.
        transpose_a: whether to turn ``A``.
        transpose_b: whether to turn ``B``.
        alpha: factor of the product.
        beta: factor of ``C``.
        axis: where the rows are; the columns are the last axis.

    Returns:
        ``(*, M, N)``.

    Examples:
        >>> gemm(torch.eye(2), torch.ones(2, 2), torch.ones(2, 2), alpha=2.0)
        tensor([[3., 3.],
                [3., 3.]])
    """
    left, right, added = (_matrices("_linalg_gemm", one.movedim(axis, -2)) for one in (A, B, C))
    product = (left.mT if transpose_a else left) @ (right.mT if transpose_b else right)
    return (alpha * product + beta * added).movedim(-2, axis)


@op("_linalg_syrk", "linalg_syrk")
def syrk(A: Tensor, transpose: bool = False, alpha: float = 1.0) -> Tensor:
    """Multiply matrices by their own transpose (BLAS, ``syrk``).

    Args:
        A: ``(*, M, N)``.
        transpose: whether the transpose comes first.
        alpha: factor of the product.

    Returns:
        ``(*, M, M)``, or ``(*, N, N)`` if ``transpose``.

    Examples:
        >>> syrk(torch.tensor([[1.0, 2.0]]))
        tensor([[5.]])
    """
    A = _matrices("_linalg_syrk", A)
    return alpha * (A.mT @ A if transpose else A @ A.mT)


@op("_linalg_trmm", "linalg_trmm")
def trmm(
    A: Tensor, B: Tensor, transpose: bool = False, rightside: bool = False, lower: bool = True, alpha: float = 1.0
) -> Tensor:
    """Multiply by triangular matrices (BLAS, ``trmm``).

    Args:
        A: ``(*, M, M)``, of which a triangle counts.
        B: ``(*, M, N)``, or ``(*, N, M)`` if ``rightside``.
        transpose: whether to turn ``A``.
        rightside: whether ``A`` stands on the right.
        lower: which triangle.
        alpha: factor of the product.

    Returns:
        The shape of ``B``.

    Examples:
        >>> trmm(torch.tensor([[2.0, 9.0], [1.0, 3.0]]), torch.ones(2, 1))
        tensor([[2.],
                [4.]])
    """
    triangle = _triangle(_matrices("_linalg_trmm", A), lower)
    triangle = triangle.mT if transpose else triangle
    return alpha * (B @ triangle if rightside else triangle @ B)


@op("_linalg_trsm", "linalg_trsm")
def trsm(
    A: Tensor, B: Tensor, transpose: bool = False, rightside: bool = False, lower: bool = True, alpha: float = 1.0
) -> Tensor:
    """Solve equations of triangular matrices (BLAS, ``trsm``): ``A X = alpha B``.

    Args:
        A: ``(*, M, M)``, of which a triangle counts.
        B: ``(*, M, N)``, or ``(*, N, M)`` if ``rightside``.
        transpose: whether to turn ``A``.
        rightside: whether ``A`` stands on the right, ``X A = alpha B``.
        lower: which triangle.
        alpha: factor of ``B``.

    Returns:
        The shape of ``B``.

    Examples:
        >>> trsm(torch.tensor([[2.0, 9.0], [1.0, 4.0]]), torch.tensor([[2.0], [5.0]]))
        tensor([[1.],
                [1.]])
    """
    triangle = _triangle(_solvable("_linalg_trsm", A), lower)
    upper = lower is transpose
    triangle = triangle.mT if transpose else triangle
    return torch.linalg.solve_triangular(triangle, alpha * B, upper=upper, left=not rightside)


@op("_linalg_potrf", "linalg_potrf")
def potrf(A: Tensor) -> Tensor:
    """Factor symmetric positive matrices into a lower triangle and its transpose (LAPACK, ``potrf``).

    Args:
        A: ``(*, N, N)``.

    Returns:
        ``(*, N, N)``, the lower triangle.

    Examples:
        >>> potrf(torch.tensor([[4.0]]))
        tensor([[2.]])
    """
    return torch.linalg.cholesky(_solvable("_linalg_potrf", A))


@op("_linalg_potri", "linalg_potri")
def potri(A: Tensor) -> Tensor:
    """Invert symmetric positive matrices of which the lower factor is known (LAPACK, ``potri``).

    Args:
        A: ``(*, N, N)``, what ``potrf`` gives.

    Returns:
        ``(*, N, N)``, the inverse of ``A`` times its transpose.

    Examples:
        >>> potri(torch.tensor([[2.0]]))
        tensor([[0.2500]])
    """
    A = _solvable("_linalg_potri", A)
    inverse = torch.linalg.solve_triangular(
        A, torch.eye(A.shape[-1], dtype=A.dtype, device=A.device).expand_as(A), upper=False
    )
    return inverse.mT @ inverse


@op("_linalg_sumlogdiag", "linalg_sumlogdiag")
def sumlogdiag(A: Tensor) -> Tensor:
    """Sum the logarithms of diagonals.

    Args:
        A: ``(*, N, N)``, positive on the diagonal.

    Returns:
        ``(*)``, ``(1,)`` for one matrix.

    Examples:
        >>> sumlogdiag(torch.eye(3))
        tensor([0.])
    """
    return _at_least_one(_matrices("_linalg_sumlogdiag", A).diagonal(dim1=-2, dim2=-1).log().sum(-1))


@op("_linalg_det", "linalg_det")
def det(A: Tensor) -> Tensor:
    """Give determinants.

    Args:
        A: ``(*, N, N)``.

    Returns:
        ``(*)``, ``(1,)`` for one matrix.

    Examples:
        >>> det(torch.tensor([[2.0, 0.0], [0.0, 3.0]]))
        tensor([6.])
    """
    return _at_least_one(torch.linalg.det(_solvable("_linalg_det", A)))


@op("_linalg_slogdet", "linalg_slogdet", outputs=("sign", "logabsdet"))
def slogdet(A: Tensor) -> tuple[Tensor, Tensor]:
    """Give signs of determinants, and the logarithms of what they are without.

    Args:
        A: ``(*, N, N)``.

    Returns:
        ``(*)`` each, ``(1,)`` for one matrix.

    Examples:
        >>> slogdet(-torch.eye(3))
        (tensor([-1.]), tensor([0.]))
    """
    sign, size = torch.linalg.slogdet(_solvable("_linalg_slogdet", A))
    return _at_least_one(sign), _at_least_one(size)


@op("_linalg_inverse", "linalg_inverse")
def inverse(A: Tensor) -> Tensor:
    """Invert matrices.

    Args:
        A: ``(*, N, N)``.

    Returns:
        ``(*, N, N)``.

    Examples:
        >>> inverse(torch.tensor([[2.0, 0.0], [0.0, 4.0]]))
        tensor([[0.5000, 0.0000],
                [0.0000, 0.2500]])
    """
    return torch.linalg.inv(_solvable("_linalg_inverse", A))


def _pair(attributes: Attributes) -> tuple[str, str]:
    return "output0", "output1"


@op("_linalg_syevd", outputs=_pair)
def syevd(A: Tensor) -> tuple[Tensor, Tensor]:
    """Give eigenvectors and eigenvalues of symmetric matrices (LAPACK, ``syevd``).

    Args:
        A: ``(*, N, N)``.

    Returns:
        ``(*, N, N)`` with an eigenvector in each row, whose sign is anyone's; and ``(*, N)`` values in order.

    Examples:
        >>> syevd(torch.tensor([[2.0, 0.0], [0.0, 1.0]]))[1]
        tensor([1., 2.])
    """
    values, vectors = torch.linalg.eigh(_solvable("_linalg_syevd", A))
    return vectors.mT, values


@op("_linalg_extractdiag", "linalg_extractdiag")
def extractdiag(A: Tensor, offset: int = 0) -> Tensor:
    """Take a diagonal out of matrices.

    Args:
        A: ``(*, N, N)``.
        offset: which, to the right of the main one.

    Returns:
        ``(*, N - |offset|)``.

    Examples:
        >>> extractdiag(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), offset=1)
        tensor([2.])
    """
    return _matrices("_linalg_extractdiag", A).diagonal(offset, -2, -1)


@op("_linalg_makediag", "linalg_makediag")
def makediag(A: Tensor, offset: int = 0) -> Tensor:
    """Make matrices of a diagonal and zeros.

    Args:
        A: ``(*, N)``.
        offset: which diagonal, to the right of the main one.

    Returns:
        ``(*, N + |offset|, N + |offset|)``.

    Examples:
        >>> makediag(torch.tensor([2.0]), offset=1)
        tensor([[0., 2.],
                [0., 0.]])
    """
    return torch.diag_embed(A, offset)


def _matrices(who: str, A: Tensor) -> Tensor:
    if A.ndim < 2:
        raise ShapeError(f"{who}: A must have 2 axes or more, got shape {tuple(A.shape)}")
    return A


def _solvable(who: str, A: Tensor) -> Tensor:
    if A.dtype not in (torch.float32, torch.float64):
        raise ArgumentTypeError(f"{who}: A must hold float32 or float64, as LAPACK knows no others, got {A.dtype}")
    return _matrices(who, A)


def _triangle(A: Tensor, lower: bool) -> Tensor:
    return A.tril() if lower else A.triu()


def _at_least_one(values: Tensor) -> Tensor:
    return values if values.ndim else values.reshape(1)
