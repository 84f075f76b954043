"""Arithmetic, comparison and logic of two arrays that broadcast, and of an array and a number, with numpy's types.

Two types meet in the wider one. An int array stays one beside an int, and becomes float64 beside a float; bools become
int64. Comparisons give bools. Gradients are MXNet's, at ties and at zero too; but that of
``arctan2`` of a number and an array is right here. From MXNet's ``_npi_*`` operators.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.numpy.promotion import as_quotient, together
from regluon.ops.registry import find, op, twin
from regluon.ops.tensor.pointwise import pointwise

__all__: list[str] = []

Function = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class _Rule:
    """One function of two elements.

    Attributes:
        effect: what it does.
        function: of two tensors of one type.
        answer: for ``[5, 3]`` and 3.
        swapped: its answer for 3 and ``[5, 3]``, where that form exists.
        ints: takes ints alone; beside a number, their type stays.
        floats: makes float32 of ints.
        compares: gives bools and no gradient.
        names: of the inputs.
    """

    effect: str
    function: Function
    answer: str
    swapped: str = ""
    ints: bool = False
    floats: bool = False
    compares: bool = False
    aliases: tuple[str, ...] = ()


def _known(name: str) -> Function:
    return find(name).function


def _logical(combine: Function) -> Function:
    return lambda lhs, rhs: combine(lhs != 0, rhs != 0)


def _of_bools(function: Function, bools: Function) -> Function:
    """Compute otherwise on bools, which torch has no arithmetic for."""
    return lambda lhs, rhs: bools(lhs, rhs) if lhs.dtype == torch.bool else function(lhs, rhs)


def _through_ints(function: Function) -> Function:
    return _of_bools(function, lambda lhs, rhs: function(lhs.to(torch.uint8), rhs.to(torch.uint8)).bool())


def _floor_divide(lhs: Tensor, rhs: Tensor) -> Tensor:
    """Divide and round down; ints divided by 0 give 0."""
    if lhs.is_floating_point():
        return torch.floor(lhs / rhs)
    none = rhs == 0
    found = torch.div(lhs, torch.where(none, torch.ones_like(rhs), rhs), rounding_mode="floor")
    return torch.where(none, torch.zeros_like(found), found)


def _fmod(lhs: Tensor, rhs: Tensor) -> Tensor:
    """Take the remainder with the sign of the first; of ints by 0, 0."""
    if lhs.is_floating_point():
        return torch.fmod(lhs, rhs)
    none = rhs == 0
    found = torch.fmod(lhs, torch.where(none, torch.ones_like(rhs), rhs))
    return torch.where(none, torch.zeros_like(found), found)


def _in_double(function: Function) -> Function:
    def compute(lhs: Tensor, rhs: Tensor) -> Tensor:
        return function(lhs, rhs) if lhs.is_floating_point() else function(lhs.double(), rhs.double()).to(lhs.dtype)

    return compute


def _ldexp(lhs: Tensor, rhs: Tensor) -> Tensor:
    return lhs * torch.pow(torch.full_like(rhs, 2), rhs)


_fmax = pointwise(torch.fmax, lambda lhs, rhs, out: (lhs >= rhs) | rhs.isnan(), lambda lhs, rhs, out: lhs < rhs)
_fmin = pointwise(torch.fmin, lambda lhs, rhs, out: (lhs <= rhs) | rhs.isnan(), lambda lhs, rhs, out: lhs > rhs)
_remainder = pointwise(_fmod, lambda lhs, rhs, out: 1, lambda lhs, rhs, out: -torch.floor(lhs / rhs))
_copysign = pointwise(
    torch.copysign,
    lambda lhs, rhs, out: torch.where((lhs < 0) == torch.signbit(rhs), 1, -1),
    lambda lhs, rhs, out: 0,
)
_hypot = pointwise(torch.hypot, lambda lhs, rhs, out: lhs / out, lambda lhs, rhs, out: rhs / out)
_log_of_2 = 0.6931471805599453
_scale = pointwise(
    _ldexp, lambda lhs, rhs, out: torch.pow(torch.full_like(rhs, 2), rhs), lambda lhs, rhs, out: out * _log_of_2
)
_quotient = pointwise(torch.true_divide, lambda lhs, rhs, out: 1 / rhs, lambda lhs, rhs, out: -lhs / (rhs * rhs))
_nothing = (lambda lhs, rhs, out: 0, lambda lhs, rhs, out: 0)

_RULES: dict[str, _Rule] = {
    "add": _Rule("Add two arrays", torch.add, "[8., 6.]"),
    "subtract": _Rule(
        "Subtract an array from another", _of_bools(torch.sub, torch.logical_xor), "[2., 0.]", "[-2.,  0.]"
    ),
    "multiply": _Rule("Multiply two arrays", torch.mul, "[15.,  9.]"),
    "true_divide": _Rule("Divide an array by another", _quotient, "[1.6667, 1.0000]", "[0.6000, 1.0000]", floats=True),
    "floor_divide": _Rule(
        "Divide an array by another and round down",
        _through_ints(pointwise(_floor_divide, *_nothing)),
        "[1., 1.]",
        "[0., 1.]",
    ),
    "mod": _Rule(
        "Take remainders, with the sign of the divisor",
        _through_ints(lambda lhs, rhs: _known("broadcast_mod")(lhs, rhs)),
        "[2., 0.]",
        "[3., 0.]",
    ),
    "fmod": _Rule("Take remainders, with the sign of the dividend", _through_ints(_remainder), "[2., 0.]", "[3., 0.]"),
    "power": _Rule(
        "Raise an array to the power of another",
        _through_ints(lambda lhs, rhs: _known("broadcast_power")(lhs, rhs)),
        "[125.,  27.]",
        "[243.,  27.]",
    ),
    "maximum": _Rule(
        "Take the larger element; NaN wins", lambda lhs, rhs: _known("broadcast_maximum")(lhs, rhs), "[5., 3.]"
    ),
    "minimum": _Rule(
        "Take the smaller element; NaN wins", lambda lhs, rhs: _known("broadcast_minimum")(lhs, rhs), "[3., 3.]"
    ),
    "fmax": _Rule("Take the larger element; a number wins over NaN", _fmax, "[5., 3.]"),
    "fmin": _Rule("Take the smaller element; a number wins over NaN", _fmin, "[3., 3.]"),
    "arctan2": _Rule(
        "Give the angles of points whose second and first coordinate these are",
        _in_double(torch.atan2),
        "[1.0304, 0.7854]",
        "[0.5404, 0.7854]",
    ),
    "hypot": _Rule("Take the hypotenuse of the sides", _in_double(_hypot), "[5.8310, 4.2426]"),
    "copysign": _Rule("Give numbers the signs of others", _in_double(_copysign), "[5., 3.]", "[3., 3.]"),
    "logaddexp": _Rule(
        "Take the logarithm of the sum of exponentials", _in_double(torch.logaddexp), "[5.1269, 3.6931]"
    ),
    "ldexp": _Rule("Multiply by a power of 2", _in_double(_scale), "[40., 24.]", "[96., 24.]"),
    "bitwise_and": _Rule("Keep the bits that both have", torch.bitwise_and, "[1, 3]", ints=True),
    "bitwise_or": _Rule("Keep the bits that any has", torch.bitwise_or, "[7, 3]", ints=True),
    "bitwise_xor": _Rule("Keep the bits that just one has", torch.bitwise_xor, "[6, 0]", ints=True),
    "bitwise_left_shift": _Rule("Move bits up", torch.bitwise_left_shift, "[40, 24]", "[96, 24]", ints=True),
    "bitwise_right_shift": _Rule("Move bits down", torch.bitwise_right_shift, "[0, 0]", "[0, 0]", ints=True),
    "gcd": _Rule("Take the greatest common divisor", _through_ints(torch.gcd), "[1, 3]", ints=True),
    "lcm": _Rule("Take the least common multiple", _through_ints(torch.lcm), "[15,  3]", ints=True),
    "equal": _Rule("Tell where elements are equal", torch.eq, "[False,  True]", compares=True),
    "not_equal": _Rule("Tell where elements differ", torch.ne, "[ True, False]", compares=True),
    "greater": _Rule("Tell where the first is greater", torch.gt, "[ True, False]", compares=True),
    "greater_equal": _Rule("Tell where the first is not less", torch.ge, "[True, True]", compares=True),
    "less": _Rule("Tell where the first is less", torch.lt, "[False, False]", compares=True),
    "less_equal": _Rule("Tell where the first is not greater", torch.le, "[False,  True]", compares=True),
    "logical_and": _Rule("Tell where neither is 0", _logical(torch.logical_and), "[True, True]", compares=True),
    "logical_or": _Rule("Tell where not both are 0", _logical(torch.logical_or), "[True, True]", compares=True),
    "logical_xor": _Rule("Tell where just one is 0", _logical(torch.logical_xor), "[False, False]", compares=True),
}

# The forms with a number that MXNet 1.x has with the same rules, by its names.
_SHARED = {
    "add": "_plus",
    "subtract": "_minus",
    "rsubtract": "_rminus",
    "multiply": "_mul",
    "mod": "_mod",
    "rmod": "_rmod",
    "power": "_power",
    "rpower": "_rpower",
    "maximum": "_maximum",
    "minimum": "_minimum",
    "hypot": "_hypot",
}


def _declare(name: str, rule: _Rule) -> None:
    def both(lhs: Tensor, rhs: Tensor) -> Tensor:
        pairs = zip(reversed(lhs.shape), reversed(rhs.shape), strict=False)
        if lhs.shape != rhs.shape and any(one != other and one != 1 and other != 1 for one, other in pairs):
            raise ShapeError(
                f"{name}: operands must broadcast together, got shapes {tuple(lhs.shape)} and {tuple(rhs.shape)}"
            )
        return rule.function(*_typed(name, rule, *together(lhs, rhs)))

    _describe(both, name, rule, "lhs: ``(*A)``.", "rhs: ``(*B)``, which broadcasts with ``(*A)``.", rule.answer)
    op(f"_npi_{name}", differentiable=not rule.compares)(both)


def _declare_scalar(name: str, rule: _Rule, swapped: bool = False) -> None:
    word = f"r{name}" if swapped else name

    def with_scalar(data: Tensor, scalar: float = 1.0, is_int: bool = True) -> Tensor:
        if rule.compares:
            number = _comparable(data, scalar)
            return rule.function(data, number)
        data, number = _typed(name, rule, *_with_number(rule, data, scalar, is_int))
        return rule.function(number, data) if swapped else rule.function(data, number)

    first = "scalar: the number, the {} operand.\n        is_int: whether an int array stays one beside it."
    _describe(
        with_scalar,
        f"{word}_scalar",
        rule,
        "data: ``(*)``.",
        first.format("first" if swapped else "second"),
        rule.swapped if swapped else rule.answer,
    )
    op(f"_npi_{word}_scalar", differentiable=not rule.compares)(with_scalar)


def _describe(function: Callable[..., Tensor], name: str, rule: _Rule, first: str, second: str, answer: str) -> None:
    point = "" if rule.ints else "."
    other = f"3{point}" if name.endswith("_scalar") else f"torch.tensor([3{point}, 3{point}])"
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""{rule.effect}.

    Args:
        {first}
        {second}

    Returns:
        ``(*)``: the shape of both together{", bools" if rule.compares else ""}.

    Examples:
        >>> import torch
        >>> {name}(torch.tensor([5{point}, 3{point}]), {other})
        tensor({answer})
    """


def _typed(name: str, rule: _Rule, lhs: Tensor, rhs: Tensor) -> tuple[Tensor, Tensor]:
    """Bring operands of one type to the one the function is computed in."""
    if rule.floats:
        return as_quotient(lhs), as_quotient(rhs)
    if rule.ints and lhs.is_floating_point():
        raise ArgumentError(f"{name}: operands must be ints or bools, got {lhs.dtype}")
    return lhs, rhs


def _with_number(rule: _Rule, data: Tensor, scalar: float, is_int: bool) -> tuple[Tensor, Tensor]:
    """Bring an array and a number to the type in which they meet."""
    if rule.floats:
        data = as_quotient(data)
    elif not data.is_floating_point() and not rule.ints and (not is_int or data.dtype == torch.bool):
        data = data.to(torch.int64 if is_int else torch.float64)
    if not data.is_floating_point():
        scalar = int(scalar) % 256 if data.dtype == torch.uint8 else int(scalar)
    return data, data.new_full((), scalar)


def _comparable(data: Tensor, scalar: float) -> Any:
    """Give a number as it is compared: as the array's type holds it, for a float array."""
    return data.new_full((), scalar) if data.is_floating_point() else scalar


for _name, _rule in _RULES.items():
    _declare(_name, _rule)
    if _name not in _SHARED:
        _declare_scalar(_name, _rule)
    if _rule.swapped and f"r{_name}" not in _SHARED:
        _declare_scalar(_name, _rule, swapped=True)
for _name, _old in _SHARED.items():
    twin(f"{_old}_scalar", f"_npi_{_name}_scalar")
