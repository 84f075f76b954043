# Made by tools/gen_stubs.py from the registry of operators.
# ruff: noqa
from regluon.sym.symbol import Symbol


__all__ = [
]
