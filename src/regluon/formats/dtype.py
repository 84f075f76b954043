"""MXNet's number types and their codes in files.

numpy has no bfloat16. MXNet's own Python side stands it in by a structured dtype of one field, and so do we:
the bits stay exact, the shape stays the array's, and ``array["bfloat16"]`` is what another library needs.
"""

import numpy as np

from regluon.core.errors import ArgumentTypeError

__all__ = ["BFLOAT16", "DTYPES", "dtype_code", "little_endian", "widen_bfloat16"]

BFLOAT16 = np.dtype([("bfloat16", "<u2")])

# The position is the code (mshadow's TypeFlag). MXNet 1.9.1 itself stops at bool, and knows bfloat16 besides.
DTYPES: tuple[np.dtype, ...] = (
    *(np.dtype(name) for name in ("<f4", "<f8", "<f2", "u1", "<i4", "i1", "<i8", "?", "<i2", "<u2", "<u4", "<u8")),
    BFLOAT16,
)


def dtype_code(dtype: np.dtype) -> int:
    """Look up the code of a number type that :func:`little_endian` let through."""
    return DTYPES.index(dtype)


def little_endian(array: object, who: str) -> np.ndarray:
    """Lay an array out as files have it: little endian, rows first.

    Args:
        array: an array of any shape, of one of the types in ``DTYPES``.
        who: the start of the message if it is anything else.
    """
    if not isinstance(array, np.ndarray):
        raise ArgumentTypeError(f"{who} must be a numpy array, got {type(array).__name__}")
    dtype = array.dtype.newbyteorder("<")
    if dtype not in DTYPES:
        names = ", ".join(_name(choice) for choice in DTYPES)
        raise ArgumentTypeError(f"{who} must have one of the types {names}, got {array.dtype}")
    return np.asarray(array, dtype, order="C")


def widen_bfloat16(array: np.ndarray) -> np.ndarray:
    """Turn bfloat16 into float32, exactly; leave every other type alone.

    Examples:
        >>> widen_bfloat16(np.array([0x3F80, 0xC000], "<u2").view(BFLOAT16))
        array([ 1., -2.], dtype=float32)
    """
    if array.dtype != BFLOAT16:
        return array
    # A bfloat16 is the upper half of the float32 of the same value.
    return (array["bfloat16"].astype(np.uint32) << 16).view(np.float32)


def _name(dtype: np.dtype) -> str:
    return "bfloat16" if dtype == BFLOAT16 else dtype.name
