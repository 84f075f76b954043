"""Arithmetic and comparison: two arrays of one shape, of shapes that broadcast, and an array with a number."""

from __future__ import annotations

from typing import List

import numpy as np

from golden.case import Case, Table, array, case, integers, normal, uniform

__all__ = ["TABLE"]

#: Values whose sums, quotients, remainders and powers are awkward.
LEFT = array([0, 0, 1, -1, 2, -2, 5.5, -5.5, 5.5, -5.5, np.inf, -np.inf, np.nan])
RIGHT = array([0, 1, 0, 0, -2, 2, 2.5, 2.5, -2.5, -2.5, 2, 2, 1])
INTEGERS = {"dtype": "int32"}


def same_shape(positive: bool = False) -> List[Case]:
    """List the cases of an operator whose two inputs have one shape."""
    return [
        case("drawn", normal(2, 3, 2), uniform(0.5, 2, 2, 3, 2) if positive else normal(2, 3, 2)),
        case("awkward values", LEFT, RIGHT),
        case("int32", integers(-9, 9, 6, **INTEGERS), integers(1, 5, 6, **INTEGERS)),
        case("int64", integers(-9, 9, 4, dtype="int64"), integers(1, 5, 4, dtype="int64")),
        case("uint8", integers(0, 256, 6, dtype="uint8"), integers(1, 256, 6, dtype="uint8")),
        case("float16", normal(2, 3, dtype="float16"), uniform(0.5, 2, 2, 3, dtype="float16")),
        case("float64", normal(2, 3, dtype="float64"), uniform(0.5, 2, 2, 3, dtype="float64")),
    ]


def broadcast(low: float = -2, high: float = 2) -> List[Case]:
    """List the cases of arithmetic with broadcasting; inputs are drawn from ``[low, high]``."""
    return [
        case("same shape", uniform(low, high, 2, 3), uniform(low, high, 2, 3)),
        case("both sides broadcast", uniform(low, high, 2, 1, 3), uniform(low, high, 1, 4, 1)),
        case("one value", uniform(low, high, 2, 3), uniform(low, high, 1, 1)),
        case("awkward values", LEFT.reshape(13, 1), array([0, 2.5, -2])[None]),
        case("int32", integers(-9, 9, 2, 3, **INTEGERS), integers(1, 5, 1, 3, **INTEGERS)),
        case("float16", uniform(low, high, 2, 3, dtype="float16"), uniform(low, high, 2, 1, dtype="float16")),
        case("float64", uniform(low, high, 1, 3, dtype="float64"), uniform(low, high, 2, 1, dtype="float64")),
    ]


def compared() -> List[Case]:
    """List the cases of a comparison or logical operator with broadcasting."""
    return [
        case("both sides broadcast", integers(-1, 2, 2, 1, 3), integers(-1, 2, 1, 4, 1)),
        case("awkward values", LEFT.reshape(13, 1), array([0, 1, np.inf, np.nan])[None]),
        case("int32", integers(-1, 2, 2, 3, **INTEGERS), integers(-1, 2, 1, 3, **INTEGERS)),
        case("float16", integers(-1, 2, 2, 3, dtype="float16"), integers(-1, 2, 2, 1, dtype="float16")),
    ]


def with_number(scalar: float = 1.5, low: float = -3, high: float = 3) -> List[Case]:
    """List the cases of arithmetic with a number."""
    return [
        case("drawn", uniform(low, high, 2, 3), scalar=scalar),
        case("awkward values", LEFT, scalar=scalar),
        case("0", uniform(low, high, 2, 3), scalar=0.0),
        case("negative", uniform(low, high, 2, 3), scalar=-2.0),
        case("int32 with a whole number", integers(1, 9, 6, **INTEGERS), scalar=2.0),
        case("int32 with a fraction", integers(1, 9, 6, **INTEGERS), scalar=2.5),
        case("int32 with a fraction that is said to be one", integers(1, 9, 4, **INTEGERS), scalar=2.5, is_int=False),
        case("float16", uniform(low, high, 2, 3, dtype="float16"), scalar=scalar),
        case("float64", uniform(low, high, 2, 3, dtype="float64"), scalar=0.1),
    ]


def compared_with_number() -> List[Case]:
    """List the cases of a comparison or logical operator with a number."""
    return [
        case("equal values occur", integers(-2, 3, 2, 5), scalar=1.0),
        case("awkward values", LEFT, scalar=0.0),
        case("int32 with a whole number", integers(-2, 3, 6, **INTEGERS), scalar=1.0),
        case("int32 with a fraction", integers(-2, 3, 6, **INTEGERS), scalar=1.5),
        case("int32 with a fraction that is said to be one", integers(-2, 3, 6, **INTEGERS), scalar=1.5, is_int=False),
        case("float16", integers(-2, 3, 6, dtype="float16"), scalar=1.0),
    ]


ADD_N = [
    case("one", normal(2, 3)),
    case("two", normal(2, 3), normal(2, 3)),
    case("four", normal(2, 2), normal(2, 2), normal(2, 2), normal(2, 2)),
    case("five", *[normal(3) for _ in range(5)]),
    case("int32", integers(-9, 9, 4, **INTEGERS), integers(-9, 9, 4, **INTEGERS), integers(-9, 9, 4, **INTEGERS)),
    case("float16", normal(3, dtype="float16"), normal(3, dtype="float16"), normal(3, dtype="float16")),
    case("float64", normal(3, dtype="float64"), normal(3, dtype="float64"), normal(3, dtype="float64")),
]

COMPARISONS = ("equal", "not_equal", "greater", "greater_equal", "lesser", "lesser_equal")
LOGIC = ("logical_and", "logical_or", "logical_xor")

TABLE: Table = {
    "elemwise_add": same_shape(),
    "elemwise_sub": same_shape(),
    "elemwise_mul": same_shape(),
    "elemwise_div": same_shape(positive=True),
    "_grad_add": same_shape()[:2],
    "add_n": ADD_N,
    "broadcast_add": broadcast(),
    "broadcast_sub": broadcast(),
    "broadcast_mul": broadcast(),
    "broadcast_div": broadcast(0.5, 3),
    "broadcast_mod": broadcast(-5, 5),
    "broadcast_power": broadcast(0.25, 3),
    "broadcast_maximum": broadcast(),
    "broadcast_minimum": broadcast(),
    "broadcast_hypot": broadcast(),
    **{f"broadcast_{name}": compared() for name in (*COMPARISONS, *LOGIC)},
    "_plus_scalar": with_number(),
    "_minus_scalar": with_number(),
    "_rminus_scalar": with_number(),
    "_mul_scalar": with_number(),
    "_div_scalar": with_number(),
    "_rdiv_scalar": with_number(low=0.5),
    "_mod_scalar": with_number(),
    "_rmod_scalar": with_number(low=0.5),
    "_power_scalar": with_number(low=0.25),
    "_rpower_scalar": with_number(),
    "_maximum_scalar": with_number(),
    "_minimum_scalar": with_number(),
    "_hypot_scalar": with_number(),
    **{f"_{name}_scalar": compared_with_number() for name in (*COMPARISONS, *LOGIC)},
}
