"""Operators on arrays as such: arithmetic, shapes, reductions, elements, creation."""

from regluon.ops.tensor import (
    binary,
    cut,
    identity,
    index,
    join,
    order,
    pointwise,
    product,
    reduce,
    repeat,
    reshape,
    sequence,
    shapes,
    softmax,
    space,
    unary,
)

__all__ = [
    "binary",
    "cut",
    "identity",
    "index",
    "join",
    "order",
    "pointwise",
    "product",
    "reduce",
    "repeat",
    "reshape",
    "sequence",
    "shapes",
    "softmax",
    "space",
    "unary",
]
