"""Functions of elements: of one array, and of two that broadcast or an array and a number."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as onp

from regluon.core.errors import ArgumentError, ArgumentTypeError
from regluon.np.dispatch import convert, invoke, is_array, is_number

__all__ = [
    "abs",
    "absolute",
    "acos",
    "acosh",
    "add",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "around",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "bitwise_and",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "cbrt",
    "ceil",
    "clip",
    "copysign",
    "cos",
    "cosh",
    "deg2rad",
    "degrees",
    "divide",
    "equal",
    "exp",
    "expm1",
    "fabs",
    "fix",
    "floor",
    "floor_divide",
    "fmax",
    "fmin",
    "fmod",
    "gcd",
    "greater",
    "greater_equal",
    "hypot",
    "invert",
    "isfinite",
    "isinf",
    "isnan",
    "isneginf",
    "isposinf",
    "lcm",
    "ldexp",
    "less",
    "less_equal",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "mod",
    "multiply",
    "nan_to_num",
    "negative",
    "not_equal",
    "positive",
    "pow",
    "power",
    "rad2deg",
    "radians",
    "reciprocal",
    "remainder",
    "rint",
    "round",
    "round_",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "subtract",
    "tan",
    "tanh",
    "true_divide",
    "trunc",
]  # fmt: skip


class Unary(Protocol):
    """A function of the elements of one array."""

    __name__: str

    def __call__(self, x: Any, out: Any = None, where: Any = True, **kwargs: Any) -> Any: ...


class Binary(Protocol):
    """A function of the elements of two arrays, or of an array and a number."""

    __name__: str

    def __call__(self, x1: Any, x2: Any, out: Any = None, where: Any = True, **kwargs: Any) -> Any: ...


def _unary(name: str, registered: str = "", doc: str = "") -> Unary:
    operator = registered or f"_npi_{name}"
    number: Callable[[Any], Any] = getattr(onp, name)

    def function(x: Any, out: Any = None, where: Any = True, **kwargs: Any) -> Any:
        _plain(name, where, kwargs)
        if is_number(x):
            return number(x).item()
        return invoke(operator, x, out=out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        doc
        or f"""Compute numpy's ``{name}`` of each element.

    Args:
        x: array, or a number.
        out: an array to write into.
        where: only True.
        kwargs: none of numpy's further options.
    """
    )
    return function


def _plain(name: str, where: Any, kwargs: dict[str, Any]) -> None:
    """Refuse numpy's options that MXNet lacks."""
    if where is not True and where is not None:
        raise ArgumentError(f"{name}: where must be True, got {where!r:.40}")
    for key, value in kwargs.items():
        defaults = {"casting": "same_kind", "order": "K", "dtype": None, "subok": True}
        if key not in defaults or value != defaults[key]:
            raise ArgumentTypeError(f"{name}: has no option {key}={value!r}")


def _binary(name: str, swapped: str = "", number: Callable[[Any, Any], Any] | None = None) -> Binary:
    """Make the function of a binary operator; ``swapped`` is its form for a number before an array."""
    both, right = f"_npi_{name}", f"_npi_{name}_scalar"
    left = f"_npi_{swapped or name}_scalar"
    plain: Callable[[Any, Any], Any] = number or getattr(onp, name)

    def function(x1: Any, x2: Any, out: Any = None, where: Any = True, **kwargs: Any) -> Any:
        if kwargs or where is not True:
            _plain(name, where, kwargs)
        if is_array(x1):
            if is_array(x2):
                return invoke(both, x1, x2, out=out)
            if is_number(x2):
                return invoke(right, x1, scalar=float(x2), is_int=_is_int(x2), out=out)
            x2 = convert(x2, x1)
        elif is_array(x2):
            if is_number(x1):
                return invoke(left, x2, scalar=float(x1), is_int=_is_int(x1), out=out)
            x1 = convert(x1, x2)
        elif is_number(x1) and is_number(x2):
            return plain(x1, x2).item()
        for one in (x1, x2):
            if not is_array(one):
                raise ArgumentTypeError(
                    f"{name}: an operand must be mx.np.ndarray or a number, got {type(one).__name__}"
                )
        return invoke(both, x1, x2, out=out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""Compute numpy's ``{name}``, element by element; the operands broadcast.

    Args:
        x1: array, or a number.
        x2: array, or a number.
        out: an array to write into.
        where: only True.
        kwargs: none of numpy's further options.
    """
    return function


def _is_int(number: Any) -> bool:
    return isinstance(number, (bool, int, onp.integer, onp.bool_))


exp: Unary = _unary("exp")
expm1: Unary = _unary("expm1")
log: Unary = _unary("log")
log2: Unary = _unary("log2")
log10: Unary = _unary("log10")
log1p: Unary = _unary("log1p")
sqrt: Unary = _unary("sqrt")
cbrt: Unary = _unary("cbrt")
square: Unary = _unary("square")
reciprocal: Unary = _unary("reciprocal")
sin: Unary = _unary("sin")
cos: Unary = _unary("cos")
tan: Unary = _unary("tan")
arcsin: Unary = _unary("arcsin")
arccos: Unary = _unary("arccos")
arctan: Unary = _unary("arctan")
sinh: Unary = _unary("sinh")
cosh: Unary = _unary("cosh")
tanh: Unary = _unary("tanh")
arcsinh: Unary = _unary("arcsinh")
arccosh: Unary = _unary("arccosh")
arctanh: Unary = _unary("arctanh")
asin, acos, atan, asinh, acosh, atanh = arcsin, arccos, arctan, arcsinh, arccosh, arctanh
degrees: Unary = _unary("degrees")
radians: Unary = _unary("radians")
rad2deg: Unary = _unary("rad2deg", "_npi_degrees")
deg2rad: Unary = _unary("deg2rad", "_npi_radians")
absolute: Unary = _unary("absolute")
abs: Unary = _unary("abs")
fabs: Unary = _unary("fabs", "_npi_absolute")
negative: Unary = _unary("negative")
positive: Unary = _unary("positive", "_npi_copy")
sign: Unary = _unary("sign")
floor: Unary = _unary("floor")
ceil: Unary = _unary("ceil")
trunc: Unary = _unary("trunc")
fix: Unary = _unary("fix")
rint: Unary = _unary("rint")
isnan: Unary = _unary("isnan")
isinf: Unary = _unary("isinf")
isfinite: Unary = _unary("isfinite")
isposinf: Unary = _unary("isposinf")
isneginf: Unary = _unary("isneginf")
logical_not: Unary = _unary("logical_not")
bitwise_not: Unary = _unary("bitwise_not")
invert: Unary = _unary("invert", "_npi_bitwise_not")
bitwise_invert = bitwise_not

add: Binary = _binary("add")
subtract: Binary = _binary("subtract", "rsubtract")
multiply: Binary = _binary("multiply")
true_divide: Binary = _binary("true_divide", "rtrue_divide")
divide = true_divide
floor_divide: Binary = _binary("floor_divide", "rfloor_divide")
mod: Binary = _binary("mod", "rmod")
remainder = mod
fmod: Binary = _binary("fmod", "rfmod")
power: Binary = _binary("power", "rpower")
pow = power
maximum: Binary = _binary("maximum")
minimum: Binary = _binary("minimum")
fmax: Binary = _binary("fmax")
fmin: Binary = _binary("fmin")
arctan2: Binary = _binary("arctan2", "rarctan2")
atan2 = arctan2
hypot: Binary = _binary("hypot")
copysign: Binary = _binary("copysign", "rcopysign")
logaddexp: Binary = _binary("logaddexp")
ldexp: Binary = _binary("ldexp", "rldexp", lambda x1, x2: onp.float64(x1 * 2**x2))
bitwise_and: Binary = _binary("bitwise_and")
bitwise_or: Binary = _binary("bitwise_or")
bitwise_xor: Binary = _binary("bitwise_xor")
bitwise_left_shift: Binary = _binary("bitwise_left_shift", "rbitwise_left_shift", onp.left_shift)
bitwise_right_shift: Binary = _binary("bitwise_right_shift", "rbitwise_right_shift", onp.right_shift)
gcd: Binary = _binary("gcd")
lcm: Binary = _binary("lcm")
equal: Binary = _binary("equal")
not_equal: Binary = _binary("not_equal")
greater: Binary = _binary("greater", "less")
greater_equal: Binary = _binary("greater_equal", "less_equal")
less: Binary = _binary("less", "greater")
less_equal: Binary = _binary("less_equal", "greater_equal")
logical_and: Binary = _binary("logical_and")
logical_or: Binary = _binary("logical_or")
logical_xor: Binary = _binary("logical_xor")


def around(x: Any, decimals: int = 0, out: Any = None, **kwargs: Any) -> Any:
    """Round each element to some decimals, halves to the even neighbour; also ``round`` and ``round_``.

    Args:
        x: array, or a number.
        decimals: how many; below 0 they count places before the point.
        out: an array to write into.
        kwargs: none of numpy's further options.
    """
    _plain("around", True, kwargs)
    return onp.around(x, decimals) if is_number(x) else invoke("_npi_around", x, decimals=decimals, out=out)


round = round_ = around


def clip(a: Any, a_min: Any, a_max: Any, out: Any = None) -> Any:
    """Put the nearest bound for elements outside two bounds.

    Args:
        a: array.
        a_min: lower bound, none if None.
        a_max: upper bound, none if None.
        out: an array to write into.
    """
    if a_min is None and a_max is None:
        raise ArgumentError("clip: a_min and a_max must not both be None")
    low, high = (float("-inf") if a_min is None else a_min), (float("inf") if a_max is None else a_max)
    return invoke("clip", a, a_min=float(low), a_max=float(high), out=out)


def nan_to_num(
    x: Any, copy: bool = True, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None, **kwargs: Any
) -> Any:
    """Put numbers for NaN and for the infinities.

    Args:
        x: array.
        copy: whether to leave the array as it is, and give another.
        nan: for NaN.
        posinf: for positive infinity, the largest number of the type if None.
        neginf: for negative infinity, the lowest number of the type if None.
        kwargs: none of numpy's further options.
    """
    _plain("nan_to_num", True, kwargs)
    out = None if copy else x
    return invoke("_npi_nan_to_num", x, nan=nan, posinf=posinf, neginf=neginf, out=out)
