# Made by tools/gen_stubs.py from the registry of operators.
# ruff: noqa
from torch import Tensor

def gemm2(A: Tensor, B: Tensor, transpose_a: bool = ..., transpose_b: bool = ..., alpha: float = ..., axis: int = ..., *, name: str | None = ...) -> Tensor: ...

__all__ = [
    "gemm2",
]
