"""Arrays of other libraries."""

from typing import Any

import numpy as onp

from regluon import nd
from regluon.np.numpy_array import ndarray

__all__ = ["from_dlpack", "from_numpy", "to_dlpack_for_read", "to_dlpack_for_write"]


def from_numpy(ndarray_: onp.ndarray, zero_copy: bool = True) -> ndarray:
    """Make an array of numpy's, of its own type.

    Args:
        ndarray_: the array.
        zero_copy: share its memory.
    """
    return nd.from_numpy(ndarray_, zero_copy).as_np_ndarray()


def from_dlpack(dlpack: Any) -> ndarray:
    """Share the memory of another library's array."""
    return nd.from_dlpack(dlpack).as_np_ndarray()


def to_dlpack_for_read(data: ndarray) -> Any:
    """Return a DLPack capsule that shares the memory."""
    return data.to_dlpack_for_read()


def to_dlpack_for_write(data: ndarray) -> Any:
    """Return a DLPack capsule that shares the memory."""
    return data.to_dlpack_for_write()
