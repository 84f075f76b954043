# Made by tools/gen_stubs.py from the registry of operators.
# ruff: noqa
from typing import Any
from regluon.nd.ndarray import NDArray

def gemm2(A: NDArray, B: NDArray, transpose_a: bool = ..., transpose_b: bool = ..., alpha: float = ..., axis: int = ..., *, out: Any = ..., name: str | None = ...) -> NDArray: ...

__all__ = [
    "gemm2",
]
