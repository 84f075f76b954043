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
_ALIASES = {"float": "float32", "double": "float64", "int": "int32", "long": "int64", "half": "float16"}


def torch_dtype(dtype: Any) -> torch.dtype:
    """Return torch's type for a name, a numpy type, a Python type or a torch type.

    Args:
        dtype: ``"float32"``, ``np.float32``, ``np.dtype("f4")``, ``float`` (32 bit, as in MXNet), ``torch.float32``.

    Examples:
        >>> torch_dtype("int8"), torch_dtype(np.float64), torch_dtype(float)
        (torch.int8, torch.float64, torch.float32)
    """
    if isinstance(dtype, torch.dtype):
        return dtype
    if isinstance(dtype, str):
        found = DTYPES.get(_ALIASES.get(dtype, dtype))
        if found is not None:
            return found
    elif dtype in (float, int, bool):
        return {float: torch.float32, int: torch.int32, bool: torch.bool}[dtype]
    try:
        return DTYPES[np.dtype(dtype).name]
    except (TypeError, KeyError):
        raise ArgumentTypeError(f"dtype must be one of {', '.join(DTYPES)}, got {dtype!r}") from None


def dtype_name(dtype: Any) -> str:
    """Return MXNet's name of a type, such as ``"float32"``."""
    return _NAMES[torch_dtype(dtype)]


def numpy_dtype(dtype: Any) -> Any:
    """Return numpy's scalar type, such as ``np.float32``; ``torch.bfloat16`` stays, as numpy has none."""
    name = dtype_name(dtype)
    return torch.bfloat16 if name == "bfloat16" else np.dtype(name).type
