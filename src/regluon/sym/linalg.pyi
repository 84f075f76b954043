# Made by tools/gen_stubs.py from the registry of operators.
# ruff: noqa
from collections.abc import Mapping
from regluon.sym.symbol import Symbol

def gemm2(A: Symbol | None = ..., B: Symbol | None = ..., transpose_a: bool = ..., transpose_b: bool = ..., alpha: float = ..., axis: int = ..., *, name: str | None = ..., attr: Mapping[str, str] | None = ...) -> Symbol: ...

__all__ = [
    "gemm2",
]
