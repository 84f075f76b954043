"""Operators with numpy's rules, under the names that MXNet 2's graphs have them."""

from regluon.ops.numpy import (
    arithmetic,
    creation,
    elementwise,
    extension,
    join,
    linalg,
    matrix,
    promotion,
    random,
    reduction,
    repeat,
    sample,
    search,
    shape,
    solve,
    statistics,
)

__all__ = [
    "arithmetic",
    "creation",
    "elementwise",
    "extension",
    "join",
    "linalg",
    "matrix",
    "promotion",
    "random",
    "reduction",
    "repeat",
    "sample",
    "search",
    "shape",
    "solve",
    "statistics",
]
