"""Operators on arrays as such: arithmetic, shapes, reductions, elements, creation."""

from regluon.ops.tensor import binary

__all__ = ["binary"]
