"""Operators on one array, element by element."""

from __future__ import annotations

from typing import List, Optional

import numpy as np

from golden.case import Case, Table, array, case, integers, normal, uniform

__all__ = ["TABLE"]

SPECIAL = array([0, -0.0, np.inf, -np.inf, np.nan])
HALVES = array([-2.5, -1.5, -1, -0.75, -0.5, -0.25, 0.25, 0.5, 0.75, 1, 1.5, 2.5])


def smooth(low: float, high: float, edges: Optional[List[float]] = None) -> List[Case]:
    """List the cases of a function that is at home between ``low`` and ``high``."""
    awkward = np.concatenate([SPECIAL, array(edges or [])])
    return [
        case("drawn", uniform(low, high, 3, 4)),
        case("awkward values", awkward),
        case("float16", uniform(low, high, 5, dtype="float16")),
        case("float64", uniform(low, high, 5, dtype="float64")),
    ]


def stepped() -> List[Case]:
    """List the cases of a function that rounds or only looks at the sign."""
    return [
        case("halves", HALVES),
        case("awkward values", SPECIAL),
        case("int32", integers(-4, 5, 6, dtype="int32")),
        case("float16", HALVES.astype("float16")),
        case("float64", HALVES.astype("float64")),
    ]


def with_integers(cases: List[Case]) -> List[Case]:
    """Add a case of whole numbers."""
    return [*cases, case("int32", integers(-4, 5, 6, dtype="int32"))]


CAST = [
    *(
        case(f"float32 to {kind}", array([-1.5, -0.5, 0, 0.5, 1.5, 2.75, 100.25]), dtype=kind)
        for kind in ("float16", "float32", "float64", "int8", "int32", "int64")
    ),
    case("float32 to uint8", array([0, 0.5, 1.75, 200, 255]), dtype="uint8"),
    case("float32 to bool", array([0, 0.5, -1, np.nan]), dtype="bool"),
    case("float64 to float32", array([0.1, 1e-50, 1e300], "float64"), dtype="float32"),
    case("float32 to float16 beyond its range", array([1e5, -1e5, 1e-8, 65504, 65520]), dtype="float16"),
    case("float16 to float32", array([0.1, 1, 2.5], "float16"), dtype="float32"),
    case("int32 to float32", array([1, -2, 16777217], "int32"), dtype="float32"),
    case("int64 to int32", array([1, -2, 2**31 + 5], "int64"), dtype="int32"),
    case("bool to float32", array([True, False], "bool"), dtype="float32"),
]

CLIP = [
    case("drawn", normal(3, 4), a_min=-0.5, a_max=0.75),
    case("values on the bounds", array([-1, -0.5, 0, 0.5, 1, np.inf, -np.inf, np.nan]), a_min=-0.5, a_max=0.5),
    case("six", uniform(-3, 9, 8), a_min=0.0, a_max=6.0),
    case("lower above upper", array([-2, 0, 2]), a_min=1.0, a_max=-1.0),
    case("int32", integers(-9, 9, 6, dtype="int32"), a_min=-2.0, a_max=3.0),
    case("float16", normal(5, dtype="float16"), a_min=-0.5, a_max=0.5),
    case("float64", normal(5, dtype="float64"), a_min=-0.1, a_max=0.1),
]

SMOOTH_L1 = [
    case("sigma 1", array([-3, -1, -0.5, 0, 0.5, 1, 3]), scalar=1.0),
    case("sigma 3", array([-3, -1 / 9, -0.1, 0, 0.1, 1 / 9, 3]), scalar=3.0),
    case("sigma below 1", normal(3, 4, scale=3.0), scalar=0.5, is_int=False),
    case("float16", normal(5, dtype="float16"), scalar=1.0),
    case("float64", normal(5, dtype="float64"), scalar=2.0),
]

HARD_SIGMOID = [
    case("defaults", array([-4, -2.5, -2, 0, 1, 2.5, 4])),
    case("alpha", normal(3, 4), alpha=0.5),
    case("beta", normal(3, 4), beta=0.25),
    case("float64", normal(5, dtype="float64"), alpha=0.1, beta=0.75),
]

MAKE_LOSS = [
    case("gradient 1 whatever is sent back", normal(2, 3)),
    case("float64", normal(4, dtype="float64")),
]

MAKE_LOSS_LAYER = [
    case("gradient 1 whatever is sent back", normal(2, 3)),
    case("grad_scale", normal(2, 3), grad_scale=0.25),
    case("normalization batch", normal(4, 3), normalization="batch"),
    case("normalization valid", normal(4, 3), normalization="valid", valid_thresh=0.5, grad_scale=2.0),
]

SIZES = [
    case("two axes", normal(2, 3)),
    case("one axis", normal(4)),
    case("four axes, int32", integers(0, 9, 1, 2, 1, 3, dtype="int32")),
]

PASSED_ON = with_integers(
    [
        case("drawn", normal(2, 3)),
        case("awkward values", SPECIAL),
        case("float16", normal(4, dtype="float16")),
    ]
)

WIDE = smooth(-4, 4, [-100, 100])
NOT_NEGATIVE = smooth(0.25, 4, [-1, 1, 1e-30])
INSIDE_ONE = smooth(-0.9, 0.9, [-1, 1, 2, -2])

TABLE: Table = {
    "abs": with_integers(stepped()[:2] + WIDE[:1]),
    "sign": stepped(),
    "negative": with_integers(smooth(-2, 2)),
    "reciprocal": smooth(0.5, 2, [-2]),
    "exp": WIDE,
    "log": NOT_NEGATIVE,
    "log2": NOT_NEGATIVE,
    "log10": NOT_NEGATIVE,
    "log1p": smooth(-0.5, 2, [-1, -2, 1e-6]),
    "expm1": smooth(-2, 2, [1e-6, 100, -100]),
    "sqrt": NOT_NEGATIVE,
    "rsqrt": NOT_NEGATIVE,
    "cbrt": smooth(-3, 3, [-8, 8]),
    "rcbrt": smooth(0.25, 3, [-8, 8]),
    "square": with_integers(smooth(-3, 3)),
    "sin": WIDE,
    "cos": WIDE,
    "tan": smooth(-1, 1, [100]),
    "arcsin": INSIDE_ONE,
    "arccos": INSIDE_ONE,
    "arctan": WIDE,
    "sinh": smooth(-2, 2, [100]),
    "cosh": smooth(-2, 2, [100]),
    "tanh": WIDE,
    "arcsinh": WIDE,
    "arccosh": smooth(1.25, 4, [1, 0.5]),
    "arctanh": INSIDE_ONE,
    "floor": stepped(),
    "ceil": stepped(),
    "round": stepped(),
    "rint": stepped(),
    "fix": stepped(),
    "trunc": stepped(),
    "sigmoid": WIDE,
    "softsign": WIDE,
    "relu": with_integers(WIDE),
    "erf": WIDE,
    "erfinv": smooth(-0.9, 0.9, [-1, 1, 2, 0.9999]),
    "gamma": smooth(0.5, 4, [-0.5, -1.5, 1]),
    "gammaln": smooth(0.5, 4, [-0.5, -1.5, 1]),
    "degrees": smooth(-3, 3),
    "radians": smooth(-180, 180),
    "logical_not": stepped(),
    "hard_sigmoid": HARD_SIGMOID,
    "smooth_l1": SMOOTH_L1,
    "BlockGrad": PASSED_ON,
    "_copy": PASSED_ON,
    "zeros_like": PASSED_ON,
    "ones_like": PASSED_ON,
    "make_loss": MAKE_LOSS,
    "MakeLoss": MAKE_LOSS_LAYER,
    "Cast": CAST,
    "clip": CLIP,
    "shape_array": SIZES,
    "size_array": SIZES,
}
