"""Number types: MXNet's names, numpy's types and torch's, in one table."""

from typing import Any

import numpy as np
import torch

from regluon.core.errors import ArgumentTypeError

__all__ = ["DTYPES", "dtype_name", "numpy_dtype", "torch_dtype"]

DTYPES: dict[str, torch.dtype] = {
    "float32": torch.float32,
    "float64": torch.float64,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "uint8": torch.uint8,
    "int8": torch.int8,
    "int16": torch.int16,
    "int32": torch.int32,
    "int64": torch.int64,
    "uint16": torch.uint16,
    "uint32": torch.uint32,
    "uint64": torch.uint64,
    "bool": torch.bool,
}
_NAMES = {dtype: name for name, dtype in DTYPES.items()}


def torch_dtype(dtype: Any) -> torch.dtype:
    """Return torch's type for a name, a numpy type, a Python type or a torch type.

    Args:
        dtype: ``"float32"``, ``np.float32``, ``np.dtype("f4")``, ``torch.float32``, or what else numpy takes for a
            type: ``float`` is 64 bit, as it is in MXNet.

    Examples:
        >>> torch_dtype("int8"), torch_dtype(np.float16), torch_dtype(float)
        (torch.int8, torch.float16, torch.float64)
    """
    if isinstance(dtype, torch.dtype) and dtype in _NAMES:
        return dtype
    if isinstance(dtype, str) and dtype in DTYPES:
        return DTYPES[dtype]
    spelled: Any = "" if dtype is None else dtype  # None would be float64 to numpy, which no caller means
    try:
        return DTYPES[np.dtype(spelled).name]
    except (TypeError, KeyError):
        raise ArgumentTypeError(f"dtype must be one of {', '.join(DTYPES)}, got {dtype!r}") from None


def dtype_name(dtype: Any) -> str:
    """Return MXNet's name of a type, such as ``"float32"``."""
    return _NAMES[torch_dtype(dtype)]


def numpy_dtype(dtype: Any) -> Any:
    """Return numpy's scalar type, such as ``np.float32``; ``torch.bfloat16`` stays, as numpy has none."""
    name = dtype_name(dtype)
    return torch.bfloat16 if name == "bfloat16" else np.dtype(name).type
