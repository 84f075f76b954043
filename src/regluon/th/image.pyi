# Made by tools/gen_stubs.py from the registry of operators.
# ruff: noqa
from torch import Tensor


__all__ = [
]
