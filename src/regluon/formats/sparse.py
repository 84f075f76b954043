"""Dense arrays out of MXNet's two sparse storage kinds."""

import math
from collections.abc import Callable

import numpy as np

from regluon.core.errors import FormatError
from regluon.formats.reading import Allowance

__all__ = ["dense_from_csr", "dense_from_row_sparse"]

Complain = Callable[[str], FormatError]


def dense_from_row_sparse(
    values: np.ndarray, indices: np.ndarray, shape: tuple[int, ...], allowance: Allowance, complain: Complain
) -> np.ndarray:
    """Spread the stored rows over an array of zeros. Of two rows with one index the later counts, as in MXNet.

    Args:
        values: ``(K, *shape[1:])`` the rows that are stored.
        indices: ``(K,)`` which row each is.
        shape: of the result.
        allowance: pays for the result.
        complain: makes the error if the parts contradict each other.
    """
    if not shape or values.shape != (*indices.shape, *shape[1:]):
        raise complain(
            f"row_sparse values must be (number of indices, *shape[1:]), "
            f"got values {values.shape}, indices {indices.shape}, shape {shape}"
        )
    _check_indices("row_sparse indices", indices, shape[0], complain)
    dense = _zeros(shape, values.dtype, allowance, complain)
    dense[indices] = values
    return dense


def dense_from_csr(
    values: np.ndarray,
    pointers: np.ndarray,
    columns: np.ndarray,
    shape: tuple[int, ...],
    allowance: Allowance,
    complain: Complain,
) -> np.ndarray:
    """Spread compressed rows over an array of zeros. Of two values for one place the later counts, as in MXNet.

    Args:
        values: ``(K,)`` the stored values, row by row.
        pointers: ``(rows + 1,)`` where in ``values`` each row begins and the last one ends.
        columns: ``(K,)`` the column of each value.
        shape: ``(rows, columns)`` of the result.
        allowance: pays for the result.
        complain: makes the error if the parts contradict each other.
    """
    if len(shape) != 2 or pointers.shape != (shape[0] + 1,) or values.ndim != 1 or columns.shape != values.shape:
        raise complain(
            f"csr parts must be values (K,), indptr (rows + 1,), indices (K,) of a 2-D shape, "
            f"got {values.shape}, {pointers.shape}, {columns.shape} of shape {shape}"
        )
    _check_indices("csr indptr", pointers, len(values) + 1, complain)
    if pointers[0] != 0 or pointers[-1] != len(values) or (pointers[1:] < pointers[:-1]).any():
        raise complain(f"csr indptr must rise from 0 to the number of values, {len(values)}, and never fall")
    _check_indices("csr indices", columns, shape[1], complain)
    dense = _zeros(shape, values.dtype, allowance, complain)
    rows = np.repeat(np.arange(shape[0]), np.diff(pointers))
    dense[rows, columns] = values
    return dense


def _check_indices(what: str, indices: np.ndarray, end: int, complain: Complain) -> None:
    if indices.dtype.kind != "i":
        raise complain(f"{what} must be signed integers, got {indices.dtype}")
    if indices.size and not (indices.min() >= 0 and indices.max() < end):
        raise complain(f"{what} must be in [0, {end}), got {indices.min()} to {indices.max()}")


def _zeros(shape: tuple[int, ...], dtype: np.dtype, allowance: Allowance, complain: Complain) -> np.ndarray:
    size = math.prod(shape) * dtype.itemsize
    if not allowance.spend(size):
        raise complain(
            f"sparse arrays and compressed ones must together take at most expansion={allowance.limit} bytes "
            f"more than the file, but shape {shape} takes {size}; give a larger expansion if the file is trusted"
        )
    return np.zeros(shape, dtype)
