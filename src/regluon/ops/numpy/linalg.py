"""Linear algebra on the last two axes. From MXNet's ``_npi_*`` operators."""

from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, MXNetError, ShapeError
from regluon.ops.registry import op

__all__ = [
    "check", "cholesky", "det", "eig", "eigh", "eigvals", "eigvalsh", "inv", "pinv", "pinv_scalar_rcond", "qr",
    "slogdet", "solved", "svd",
]  # fmt: skip


def check(who: str, A: Tensor, square: bool = True) -> Tensor:
    """Return an array that has matrices of floats.

    Args:
        who: the operator, for messages.
        A: ``(*, M, N)``.
        square: whether M and N must be the same.
    """
    if A.ndim < 2 or (square and A.shape[-1] != A.shape[-2]):
        raise ShapeError(
            f"{who}: A must have {'square matrices' if square else 'matrices'}, got shape {tuple(A.shape)}"
        )
    if A.dtype not in (torch.float32, torch.float64):
        raise ArgumentError(f"{who}: A must be float32 or float64, got {A.dtype}")
    return A


def solved(who: str, compute: Callable[[], Any]) -> Any:
    """Run a routine of torch's; what it cannot solve is an MXNetError."""
    try:
        return compute()
    except torch.linalg.LinAlgError as error:
        raise MXNetError(f"{who}: {error}") from None


@op("_npi_inv")
def inv(A: Tensor) -> Tensor:
    """Invert matrices.

    Args:
        A: ``(*, M, M)``.

    Returns:
        ``(*, M, M)``.

    Examples:
        >>> inv(torch.tensor([[2.0, 0.0], [0.0, 4.0]]))
        tensor([[0.5000, 0.0000],
                [0.0000, 0.2500]])
    """
    return solved("inv", lambda: torch.linalg.inv(check("inv", A)))


@op("_npi_det")
def det(A: Tensor) -> Tensor:
    """Take determinants.

    Args:
        A: ``(*, M, M)``.

    Returns:
        ``(*)``.

    Examples:
        >>> det(torch.tensor([[2.0, 0.0], [0.0, 4.0]]))
        tensor(8.)
    """
    return torch.linalg.det(check("det", A))


@op("_npi_slogdet", outputs=("output0", "output1"))
def slogdet(A: Tensor) -> tuple[Tensor, Tensor]:
    """Take signs of determinants and logarithms of their sizes.

    Args:
        A: ``(*, M, M)``.

    Returns:
        ``(*)`` signs, and ``(*)`` logarithms.

    Examples:
        >>> slogdet(torch.tensor([[2.0, 0.0], [0.0, 0.5]]))
        (tensor(1.), tensor(0.))
    """
    sign, size = torch.linalg.slogdet(check("slogdet", A))
    return sign, size


@op("_npi_cholesky")
def cholesky(A: Tensor, lower: bool = True) -> Tensor:
    """Take the triangular matrices whose squares these are.

    Args:
        A: ``(*, M, M)``, symmetric and positive definite.
        lower: whether the lower triangle.

    Returns:
        ``(*, M, M)`` L with ``L L^T = A``, or its transpose.

    Examples:
        >>> cholesky(torch.tensor([[4.0, 0.0], [0.0, 9.0]]))
        tensor([[2., 0.],
                [0., 3.]])
    """
    return solved("cholesky", lambda: torch.linalg.cholesky(check("cholesky", A), upper=not lower))


@op("_npi_qr", outputs=("output0", "output1"))
def qr(A: Tensor) -> tuple[Tensor, Tensor]:
    """Part matrices into orthogonal and triangular ones.

    Args:
        A: ``(*, M, N)``, K the smaller of both.

    Returns:
        ``(*, M, K)`` Q and ``(*, K, N)`` R with ``Q R = A``.

    Examples:
        >>> [tuple(one.shape) for one in qr(torch.ones(3, 2))]
        [(3, 2), (2, 2)]
    """
    q, r = torch.linalg.qr(check("qr", A, square=False))
    return q, r


@op("_npi_svd", outputs=("output0", "output1", "output2"))
def svd(A: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Part matrices by singular values.

    Args:
        A: ``(*, M, N)``, M at most N.

    Returns:
        ``(*, M, M)`` U, ``(*, M)`` singular values and ``(*, M, N)`` V with ``U diag(L) V = A``.

    Examples:
        >>> svd(torch.tensor([[3.0, 0.0], [0.0, 2.0]]))[1]
        tensor([3., 2.])
    """
    if check("svd", A, square=False).shape[-2] > A.shape[-1]:
        raise ShapeError(f"svd: A must have at most as many rows as columns, got shape {tuple(A.shape)}; transpose it")
    u, values, v = torch.linalg.svd(A, full_matrices=False)
    return u, values, v


@op("_npi_eigh", outputs=("output0", "output1"))
def eigh(A: Tensor, UPLO: Literal["L", "U"] = "L") -> tuple[Tensor, Tensor]:
    """Take eigenvalues and eigenvectors of symmetric matrices.

    It has a gradient, where MXNet sends zeros.

    Args:
        A: ``(*, M, M)``.
        UPLO: which triangle is read.

    Returns:
        ``(*, M)`` values, the least first, and ``(*, M, M)`` vectors as columns.

    Examples:
        >>> eigh(torch.tensor([[3.0, 0.0], [0.0, 2.0]]))[0]
        tensor([2., 3.])
    """
    values, vectors = torch.linalg.eigh(check("eigh", A), UPLO=UPLO)
    # The largest element of each vector is positive, as in MXNet.
    largest = vectors.detach().abs().argmax(-2, keepdim=True)
    signs = torch.sign(torch.gather(vectors.detach(), -2, largest))
    return values, vectors * signs


@op("_npi_eigvalsh")
def eigvalsh(A: Tensor, UPLO: Literal["L", "U"] = "L") -> Tensor:
    """Take eigenvalues of symmetric matrices.

    It has a gradient, where MXNet sends zeros.

    Args:
        A: ``(*, M, M)``.
        UPLO: which triangle is read.

    Returns:
        ``(*, M)``, the least first.

    Examples:
        >>> eigvalsh(torch.tensor([[3.0, 0.0], [0.0, 2.0]]))
        tensor([2., 3.])
    """
    return torch.linalg.eigvalsh(check("eigvalsh", A), UPLO=UPLO)


@op("_npi_eig", outputs=("output0", "output1"), differentiable=False)
def eig(A: Tensor) -> tuple[Tensor, Tensor]:
    """Take eigenvalues and eigenvectors of matrices that have real ones; imaginary parts are dropped, as in MXNet.

    Args:
        A: ``(*, M, M)``.

    Returns:
        ``(*, M)`` values and ``(*, M, M)`` vectors as columns.

    Examples:
        >>> eig(torch.tensor([[3.0, 0.0], [0.0, 2.0]]))[0]
        tensor([3., 2.])
    """
    values, vectors = torch.linalg.eig(check("eig", A.detach()))
    return values.real.clone(), vectors.real.clone()


@op("_npi_eigvals", differentiable=False)
def eigvals(A: Tensor) -> Tensor:
    """Take eigenvalues of matrices that have real ones; imaginary parts are dropped, as in MXNet.

    Args:
        A: ``(*, M, M)``.

    Returns:
        ``(*, M)``.

    Examples:
        >>> eigvals(torch.tensor([[3.0, 0.0], [0.0, 2.0]]))
        tensor([3., 2.])
    """
    return torch.linalg.eigvals(check("eigvals", A.detach())).real.clone()


@op("_npi_pinv")
def pinv(A: Tensor, rcond: Tensor, hermitian: bool = False) -> Tensor:
    """Take pseudo-inverses.

    Args:
        A: ``(*, M, N)``.
        rcond: ``(*)``: singular values below this share of the greatest count as 0.
        hermitian: whether A is symmetric.

    Returns:
        ``(*, N, M)``.

    Examples:
        >>> pinv(torch.tensor([[2.0], [0.0]]), torch.tensor(1e-6))
        tensor([[0.5000, 0.0000]])
    """
    return torch.linalg.pinv(check("pinv", A, square=hermitian), rtol=rcond, hermitian=hermitian)


@op("_npi_pinv_scalar_rcond")
def pinv_scalar_rcond(A: Tensor, rcond: float = 1e-15, hermitian: bool = False) -> Tensor:
    """Take pseudo-inverses.

    Args:
        A: ``(*, M, N)``.
        rcond: singular values below this share of the greatest count as 0.
        hermitian: whether A is symmetric.

    Returns:
        ``(*, N, M)``.

    Examples:
        >>> pinv_scalar_rcond(torch.tensor([[2.0], [0.0]]))
        tensor([[0.5000, 0.0000]])
    """
    return torch.linalg.pinv(check("pinv", A, square=hermitian), rtol=rcond, hermitian=hermitian)
