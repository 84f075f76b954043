"""Operators on arrays as such: arithmetic, shapes, reductions, elements, creation."""

from regluon.ops.tensor import binary, cut, identity, join, pointwise, reduce, repeat, reshape, shapes, space, unary

__all__ = ["binary", "cut", "identity", "join", "pointwise", "reduce", "repeat", "reshape", "shapes", "space", "unary"]
