"""Arithmetic between arrays, symbols and numbers: which operators it means, as tables that the faces read.

Comparisons give 0 and 1 in the dtype of their operands, as MXNet's do.
"""

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["BINARY", "FUNCTIONS", "METHODS", "REFLECTED", "Binary"]


@dataclass(frozen=True, slots=True)
class Binary:
    """One binary operation.

    Attributes:
        meaning: it in words.
        array: operator for two arrays, which broadcast.
        symbol: operator for two symbols; MXNet 1.x does not broadcast there.
        scalar: operator for an array and a number.
        swapped: operator for a number and an array.
        number: the same for two numbers.
    """

    meaning: str
    array: str
    symbol: str
    scalar: str
    swapped: str
    number: Callable[[Any, Any], Any]


def _arithmetic(sign: str, array: str, symbol: str, scalar: str, swapped: str, number: Callable[..., Any]) -> Binary:
    return Binary(f"lhs {sign} rhs", f"broadcast_{array}", symbol, f"_{scalar}_scalar", f"_{swapped}_scalar", number)


def _comparison(sign: str, name: str, swapped: str, number: Callable[..., Any]) -> Binary:
    meaning = f"1 where lhs {sign} rhs, 0 elsewhere"
    return Binary(meaning, f"broadcast_{name}", f"_{name}", f"_{name}_scalar", f"_{swapped}_scalar", number)


def _even(meaning: str, name: str, number: Callable[..., Any]) -> Binary:
    """Describe an operation whose operands may change sides."""
    return Binary(meaning, f"broadcast_{name}", f"_{name}", f"_{name}_scalar", f"_{name}_scalar", number)


BINARY: dict[str, Binary] = {
    "add": _arithmetic("+", "add", "elemwise_add", "plus", "plus", operator.add),
    "sub": _arithmetic("-", "sub", "elemwise_sub", "minus", "rminus", operator.sub),
    "mul": _arithmetic("*", "mul", "elemwise_mul", "mul", "mul", operator.mul),
    "truediv": _arithmetic("/", "div", "elemwise_div", "div", "rdiv", operator.truediv),
    "mod": _arithmetic("%", "mod", "_mod", "mod", "rmod", operator.mod),
    "pow": _arithmetic("**", "power", "_power", "power", "rpower", operator.pow),
    "eq": _comparison("==", "equal", "equal", operator.eq),
    "ne": _comparison("!=", "not_equal", "not_equal", operator.ne),
    "gt": _comparison(">", "greater", "lesser", operator.gt),
    "ge": _comparison(">=", "greater_equal", "lesser_equal", operator.ge),
    "lt": _comparison("<", "lesser", "greater", operator.lt),
    "le": _comparison("<=", "lesser_equal", "greater_equal", operator.le),
}
"""The operations that Python has signs for, by the names of their methods."""

REFLECTED = ("add", "sub", "mul", "truediv", "mod", "pow")
"""Those of them that have a method for an operand on the left, and one in place."""

FUNCTIONS: dict[str, Binary] = {
    "add": BINARY["add"],
    "subtract": BINARY["sub"],
    "multiply": BINARY["mul"],
    "divide": BINARY["truediv"],
    "true_divide": BINARY["truediv"],
    "modulo": BINARY["mod"],
    "power": BINARY["pow"],
    "pow": BINARY["pow"],
    "maximum": _even("the larger of lhs and rhs", "maximum", max),
    "minimum": _even("the smaller of lhs and rhs", "minimum", min),
    "hypot": _even("the square root of lhs**2 + rhs**2", "hypot", math.hypot),
    "equal": BINARY["eq"],
    "not_equal": BINARY["ne"],
    "greater": BINARY["gt"],
    "greater_equal": BINARY["ge"],
    "lesser": BINARY["lt"],
    "lesser_equal": BINARY["le"],
    "logical_and": _even("1 where neither lhs nor rhs is 0", "logical_and", lambda lhs, rhs: bool(lhs and rhs)),
    "logical_or": _even("1 where lhs or rhs is not 0", "logical_or", lambda lhs, rhs: bool(lhs or rhs)),
    "logical_xor": _even("1 where one of lhs and rhs is 0", "logical_xor", lambda lhs, rhs: bool(lhs) != bool(rhs)),
}
"""The operations that MXNet has functions for, which take arrays and numbers on both sides."""

METHODS: tuple[str, ...] = tuple(
    """
    abs arccos arccosh arcsin arcsinh arctan arctanh argmax argmax_channel argmin argsort batch_take broadcast_axes
    broadcast_like broadcast_to cast cbrt ceil clip cos cosh degrees depth_to_space diag dot exp expand_dims expm1 fix
    flatten flip floor log log10 log1p log2 log_softmax max mean min nanprod nansum norm one_hot ones_like pad pick prod
    radians rcbrt reciprocal relu repeat reshape_like rint round rsqrt shape_array sigmoid sign sin sinh size_array
    slice slice_axis slice_like softmax softmin sort space_to_depth split sqrt square squeeze sum swapaxes take tan tanh
    tile topk transpose trunc zeros_like
    """.split()  # noqa: SIM905
)
"""Operators that are also methods of arrays and symbols, the array being the first input."""
