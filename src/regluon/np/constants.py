"""Numbers and number types."""

import numpy as onp

__all__ = [
    "NAN",
    "NINF",
    "NZERO",
    "PINF",
    "PZERO",
    "NaN",
    "bool",
    "bool_",
    "boolean_dtypes",
    "dtype",
    "e",
    "finfo",
    "float16",
    "float32",
    "float64",
    "floating_dtypes",
    "iinfo",
    "inf",
    "int8",
    "int16",
    "int32",
    "int64",
    "integer_dtypes",
    "nan",
    "newaxis",
    "numeric_dtypes",
    "pi",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
]  # fmt: skip

pi: float = onp.pi
e: float = onp.e
inf = PINF = float("inf")
NINF = -inf
nan = NAN = NaN = float("nan")
PZERO, NZERO = 0.0, -0.0
newaxis = None

dtype = onp.dtype
float16: onp.dtype = onp.dtype("float16")
float32: onp.dtype = onp.dtype("float32")
float64: onp.dtype = onp.dtype("float64")
int8: onp.dtype = onp.dtype("int8")
int16: onp.dtype = onp.dtype("int16")
int32: onp.dtype = onp.dtype("int32")
int64: onp.dtype = onp.dtype("int64")
uint8: onp.dtype = onp.dtype("uint8")
uint16: onp.dtype = onp.dtype("uint16")
uint32: onp.dtype = onp.dtype("uint32")
uint64: onp.dtype = onp.dtype("uint64")
bool = bool_ = onp.dtype("bool")
finfo, iinfo = onp.finfo, onp.iinfo
boolean_dtypes = [bool_]
integer_dtypes = [int8, int16, int32, int64, uint8, uint16, uint32, uint64]
floating_dtypes = [float16, float32, float64]
numeric_dtypes = [*integer_dtypes, *floating_dtypes]
