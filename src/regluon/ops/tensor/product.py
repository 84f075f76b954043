"""Products of vectors, matrices and batches of matrices."""

from typing import Literal

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.registry import op
from regluon.ops.tensor.shapes import axis_of

__all__ = ["batch_dot", "dot", "linalg_gemm2"]

Storage = Literal["default", "csr", "row_sparse"]


@op("dot")
def dot(
    lhs: Tensor,
    rhs: Tensor,
    transpose_a: bool = False,
    transpose_b: bool = False,
    forward_stype: Storage | None = None,
) -> Tensor:
    """Multiply and add up along the last axis of one array and the first of another.

    Args:
        lhs: ``(*A, N)``, or ``(N, *A)`` if transposed.
        rhs: ``(N, *B)``, or ``(*B, N)`` if transposed.
        transpose_a: use the first axis of ``lhs``.
        transpose_b: use the last axis of ``rhs``.
        forward_stype: ignored: the result is dense.

    Returns:
        ``(*A, *B)``; ``(1,)`` for two vectors.

    Examples:
        >>> dot(torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0], [4.0]]))
        tensor([[11.]])
    """
    if lhs.ndim == rhs.ndim == 1 and (transpose_a or transpose_b):
        raise ArgumentError("dot: transpose_a and transpose_b must be false for two vectors, got true")
    left, right = 0 if transpose_a else lhs.ndim - 1, rhs.ndim - 1 if transpose_b else 0
    if lhs.shape[left] != rhs.shape[right]:
        raise ShapeError(
            f"dot: lhs and rhs must agree in axes {left} and {right}, "
            f"got shapes {tuple(lhs.shape)} and {tuple(rhs.shape)}"
        )
    _check_types("dot", lhs, rhs)
    found = torch.tensordot(lhs, rhs, dims=([left], [right]))  # pyright: ignore[reportArgumentType]
    return found if found.ndim else found.reshape(1)


@op("batch_dot")
def batch_dot(
    lhs: Tensor,
    rhs: Tensor,
    transpose_a: bool = False,
    transpose_b: bool = False,
    forward_stype: Storage | None = None,
) -> Tensor:
    """Multiply matrices, pair by pair.

    Args:
        lhs: ``(*, N, K)``, or ``(*, K, N)`` if transposed.
        rhs: ``(*, K, M)``, or ``(*, M, K)`` if transposed.
        transpose_a: transpose the matrices of ``lhs``.
        transpose_b: transpose those of ``rhs``.
        forward_stype: ignored: the result is dense.

    Returns:
        ``(*, N, M)``.

    Examples:
        >>> batch_dot(torch.ones(2, 1, 3), torch.ones(2, 3, 1)).flatten()
        tensor([3., 3.])
    """
    if lhs.ndim < 3:
        raise ShapeError(f"batch_dot: lhs must have 3 axes or more, got shape {tuple(lhs.shape)}")
    return _multiply("batch_dot", lhs, rhs, transpose_a, transpose_b)


@op("_linalg_gemm2", "linalg_gemm2")
def linalg_gemm2(
    A: Tensor,
    B: Tensor,
    transpose_a: bool = False,
    transpose_b: bool = False,
    alpha: float = 1.0,
    axis: int = -2,
) -> Tensor:
    """Multiply matrices, pair by pair, and by a number.

    Args:
        A: ``(*, N, K)``, or ``(*, K, N)`` if transposed.
        B: ``(*, K, M)``, or ``(*, M, K)`` if transposed.
        transpose_a: transpose the matrices of ``A``.
        transpose_b: transpose those of ``B``.
        alpha: the number.
        axis: axis of the matrices' rows; columns are the last axis.

    Returns:
        ``(*, N, M)`` with the rows at ``axis``.

    Examples:
        >>> linalg_gemm2(torch.ones(1, 3), torch.ones(3, 1), alpha=2.0)
        tensor([[6.]])
    """
    if A.ndim < 2:
        raise ShapeError(f"_linalg_gemm2: A must have 2 axes or more, got shape {tuple(A.shape)}")
    place = axis_of("_linalg_gemm2", axis, A.ndim)
    if place == A.ndim - 1:
        raise ShapeError(f"_linalg_gemm2: axis must not be the last, got {axis} for shape {tuple(A.shape)}")
    if place == A.ndim - 2:
        return _multiply("_linalg_gemm2", A, B, transpose_a, transpose_b) * alpha
    found = _multiply("_linalg_gemm2", A.movedim(place, -2), B.movedim(place, -2), transpose_a, transpose_b)
    return found.movedim(-2, place) * alpha


def _multiply(who: str, lhs: Tensor, rhs: Tensor, transpose_left: bool, transpose_right: bool) -> Tensor:
    left = lhs.mT if transpose_left else lhs
    right = rhs.mT if transpose_right else rhs
    if left.shape[:-2] != right.shape[:-2] or left.shape[-1] != right.shape[-2]:
        raise ShapeError(
            f"{who}: the matrices must pair up and fit, got shapes {tuple(lhs.shape)} and {tuple(rhs.shape)} with "
            f"transpose_a={transpose_left} and transpose_b={transpose_right}"
        )
    _check_types(who, lhs, rhs)
    return torch.matmul(left, right)


def _check_types(who: str, lhs: Tensor, rhs: Tensor) -> None:
    if lhs.dtype != rhs.dtype:
        raise ArgumentError(f"{who}: both arrays must be of one dtype, got {lhs.dtype} and {rhs.dtype}; cast one")
