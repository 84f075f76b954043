"""Arithmetic and comparison of two arrays, and of an array and a number.

Comparisons and logic give 0 and 1 in the dtype of their first operand, as MXNet's do; division by zero, ``0 ** 0`` and
the sign of a remainder follow it too, and so do the gradients at ties and at zero. A number is first brought to the
array's dtype: an int array meets the number cut down to an int. All from MXNet's ``elemwise_*``, ``broadcast_*`` and
``_*_scalar`` operators.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.autocast import widened
from regluon.ops.registry import Attributes, Types, op
from regluon.ops.tensor.pointwise import pointwise
from regluon.ops.tensor.shapes import all_alike

__all__ = ["add_n"]

Function = Callable[[Any, Any], Tensor]


@dataclass(frozen=True, slots=True)
class _Rule:
    """One function of two elements, under all the names MXNet has for it.

    Attributes:
        effect: what it does to ``{}``, such as "two arrays of one shape" or "an array and a number".
        function: of two tensors; the second may be a number where ``plain``.
        answer: for ``[5, 3]`` and 3, for the examples.
        same_shape: registered names of the form for arrays of one shape.
        broadcast: further names of the form that broadcasts.
        scalar: word in the name of the form with a number, if it differs.
        swapped: such a word for the number before the array.
        swapped_answer: for 3 and ``[5, 3]``.
        plain: made of torch functions that take Python numbers and whose gradients are MXNet's.
        compares: gives 0 or 1 and has no gradient.
    """

    effect: str
    function: Function
    answer: str
    same_shape: tuple[str, ...]
    broadcast: tuple[str, ...] = ()
    scalar: str = ""
    swapped: str = ""
    swapped_answer: str = ""
    plain: bool = False
    compares: bool = False


def _divide(lhs: Tensor, rhs: Any) -> Tensor:
    return torch.true_divide(lhs, rhs) if lhs.is_floating_point() else torch.div(lhs, rhs, rounding_mode="trunc")


def _in_double(function: Function) -> Function:
    """Take ints through float64, for torch functions that refuse ints or some of their values."""

    def compute(lhs: Tensor, rhs: Tensor) -> Tensor:
        return function(lhs, rhs) if lhs.is_floating_point() else function(lhs.double(), rhs.double())

    return compute


def _remainder(lhs: Tensor, rhs: Tensor) -> Tensor:
    """Take the remainder with the divisor's sign, 0 where the divisor is 0."""
    none = rhs == 0
    return torch.where(none, torch.zeros_like(lhs), torch.remainder(lhs, torch.where(none, torch.ones_like(rhs), rhs)))


_mod = pointwise(_remainder, lambda lhs, rhs, out: 1, lambda lhs, rhs, out: -torch.floor(lhs / rhs))
_power = pointwise(
    _in_double(torch.pow),
    lambda lhs, rhs, out: rhs * torch.pow(lhs, rhs - 1),
    lambda lhs, rhs, out: out * torch.log(lhs),
)
# Between equal operands torch halves the gradient; MXNet gives all of it to the first.
_maximum = pointwise(torch.maximum, lambda lhs, rhs, out: lhs >= rhs, lambda lhs, rhs, out: lhs < rhs)
_minimum = pointwise(torch.minimum, lambda lhs, rhs, out: lhs <= rhs, lambda lhs, rhs, out: lhs > rhs)


def _logical(combine: Function) -> Function:
    return lambda lhs, rhs: combine(lhs != 0, rhs != 0)


def _comparison(effect: str, function: Function, answer: str, name: str) -> _Rule:
    # MXNet spells the old names of comparisons with every word capital: _Greater_Equal.
    names = (f"_{name}", f"_{name.title()}")
    return _Rule(f"Compare {{}}: 1 where {effect}, else 0", function, answer, names, compares=True)


_RULES: dict[str, _Rule] = {
    "add": _Rule(
        "Add {}",
        torch.add,
        "[8., 6.]",
        ("elemwise_add", "_plus", "_add", "_Plus", "_grad_add"),
        ("broadcast_plus",),
        "plus",
        plain=True,
    ),
    "sub": _Rule(
        "Subtract {}: the second from the first",
        torch.sub,
        "[2., 0.]",
        ("elemwise_sub", "_minus", "_sub", "_Minus"),
        ("broadcast_minus",),
        "minus",
        "rminus",
        "[-2.,  0.]",
        plain=True,
    ),
    "mul": _Rule("Multiply {}", torch.mul, "[15.,  9.]", ("elemwise_mul", "_mul", "_Mul"), plain=True),
    "div": _Rule(
        "Divide {}: the first by the second",
        _divide,
        "[1.6667, 1.0000]",
        ("elemwise_div", "_div", "_Div"),
        swapped="rdiv",
        swapped_answer="[0.6000, 1.0000]",
        plain=True,
    ),
    "mod": _Rule(
        "Take remainders of {}: of the first divided by the second",
        _mod,
        "[2., 0.]",
        ("_mod", "_Mod"),
        swapped="rmod",
        swapped_answer="[3., 0.]",
    ),
    "power": _Rule(
        "Take powers of {}: the first to the second",
        _power,
        "[125.,  27.]",
        ("_power", "_Power"),
        swapped="rpower",
        swapped_answer="[243.,  27.]",
    ),
    "maximum": _Rule("Take the larger of {}", _maximum, "[5., 3.]", ("_maximum", "_Maximum")),
    "minimum": _Rule("Take the smaller of {}", _minimum, "[3., 3.]", ("_minimum", "_Minimum")),
    "hypot": _Rule("Take the hypotenuse of {}", _in_double(torch.hypot), "[5.8310, 4.2426]", ("_hypot", "_Hypot")),
    "equal": _comparison("they are equal", torch.eq, "[0., 1.]", "equal"),
    "not_equal": _comparison("they differ", torch.ne, "[1., 0.]", "not_equal"),
    "greater": _comparison("the first is greater", torch.gt, "[1., 0.]", "greater"),
    "greater_equal": _comparison("the first is at least the second", torch.ge, "[1., 1.]", "greater_equal"),
    "lesser": _comparison("the first is lesser", torch.lt, "[0., 0.]", "lesser"),
    "lesser_equal": _comparison("the first is at most the second", torch.le, "[0., 1.]", "lesser_equal"),
    "logical_and": _comparison("neither is 0", _logical(torch.logical_and), "[1., 1.]", "logical_and"),
    "logical_or": _comparison("not both are 0", _logical(torch.logical_or), "[1., 1.]", "logical_or"),
    "logical_xor": _comparison("just one is 0", _logical(torch.logical_xor), "[0., 0.]", "logical_xor"),
}


def _declare_broadcast(name: str, rule: _Rule) -> None:
    registered = f"broadcast_{name}"

    def broadcast(lhs: Tensor, rhs: Tensor) -> Tensor:
        if lhs.dtype != rhs.dtype:
            lhs, rhs = _of_one_type(registered, lhs, rhs)
        pairs = zip(reversed(lhs.shape), reversed(rhs.shape), strict=False)
        if lhs.shape != rhs.shape and any(one != other and one != 1 and other != 1 for one, other in pairs):
            raise ShapeError(
                f"{registered}: lhs and rhs must broadcast, got shapes {tuple(lhs.shape)} and {tuple(rhs.shape)}"
            )
        return _as(lhs, rule.function(lhs, rhs))

    shapes = "``(*A)``", "``(*B)``, which broadcasts with ``(*A)``, of the same dtype"
    _describe(broadcast, registered, rule.effect.format("two arrays that broadcast"), shapes, rule.answer)
    op(registered, *rule.broadcast, differentiable=not rule.compares)(broadcast)


def _declare_same_shape(name: str, rule: _Rule) -> None:
    registered = rule.same_shape[0]

    def elementwise(lhs: Tensor, rhs: Tensor) -> Tensor:
        if lhs.shape != rhs.shape:
            raise ShapeError(
                f"{registered}: lhs and rhs must have one shape, got {tuple(lhs.shape)} and {tuple(rhs.shape)}; "
                f"broadcast_{name} broadcasts"
            )
        if lhs.dtype != rhs.dtype:
            lhs, rhs = _of_one_type(registered, lhs, rhs)
        return _as(lhs, rule.function(lhs, rhs))

    shapes = "``(*A)``", "``(*A)``, of the same dtype"
    _describe(elementwise, registered.strip("_"), rule.effect.format("two arrays of one shape"), shapes, rule.answer)
    op(*rule.same_shape, complete=all_alike, differentiable=not rule.compares)(elementwise)


def _of_one_type(who: str, lhs: Tensor, rhs: Tensor) -> list[Tensor]:
    pair = widened([lhs, rhs])
    if pair[0].dtype != pair[1].dtype:
        raise ArgumentError(f"{who}: rhs must be {lhs.dtype} as lhs is, got {rhs.dtype}; cast one of them")
    return pair


def _declare_scalar(name: str, rule: _Rule) -> None:
    def with_scalar(data: Tensor, scalar: float = 1.0, is_int: bool = True) -> Tensor:
        data = _typed(data, is_int)
        return _as(data, rule.function(data, _number(data, scalar, rule.plain)))

    plain = rule.scalar or name
    _describe_scalar(with_scalar, plain, rule.effect.format("an array and a number"), rule.answer)
    names = f"_{plain}_scalar", f"_{_old_name(plain)}Scalar"
    op(*names, types=_scalar_types, differentiable=not rule.compares)(with_scalar)


def _declare_swapped(rule: _Rule) -> None:
    def with_scalar_first(data: Tensor, scalar: float = 1.0, is_int: bool = True) -> Tensor:
        data = _typed(data, is_int)
        return _as(data, rule.function(_number(data, scalar, plain=False), data))

    plain = rule.swapped
    _describe_scalar(with_scalar_first, plain, rule.effect.format("a number and an array"), rule.swapped_answer)
    op(f"_{plain}_scalar", f"_R{_old_name(plain[1:])}Scalar", types=_scalar_types)(with_scalar_first)


def _scalar_types(known: Types, attributes: Attributes) -> Types:
    """Data and result are of one type, unless ints or bools meet a number that does not fit them."""
    data = known["data"] or known["output"]
    result = data
    if data is not None and not data.is_floating_point and not (attributes["is_int"] and data != torch.bool):
        result = torch.int64 if attributes["is_int"] else torch.float64
    return {"data": data, "output": result}


def _old_name(name: str) -> str:
    """Spell a name as MXNet once did: ``greater_equal`` as ``GreaterEqual``."""
    return name.title().replace("_", "")


def _describe(function: Function, name: str, effect: str, shapes: tuple[str, str], answer: str) -> None:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""{effect}.

    Args:
        lhs: {shapes[0]}.
        rhs: {shapes[1]}.

    Returns:
        The shape of both together, in their dtype.

    Examples:
        >>> import torch
        >>> {name}(torch.tensor([5.0, 3.0]), torch.tensor([3.0, 3.0]))
        tensor({answer})
    """


def _describe_scalar(function: Callable[..., Tensor], name: str, effect: str, answer: str) -> None:
    function.__name__ = function.__qualname__ = f"{name}_scalar"
    function.__doc__ = f"""{effect}.

    Args:
        data: ``(*)``.
        scalar: the number, cut down to an int for an int array.
        is_int: whether an int array stays one; if not, it becomes float64. MXNet's wrappers set it for int numbers.

    Returns:
        ``(*)`` in the dtype of ``data``.

    Examples:
        >>> import torch
        >>> {name}_scalar(torch.tensor([5.0, 3.0]), 3.0)
        tensor({answer})
    """


def _as(data: Tensor, result: Tensor) -> Tensor:
    """Bring a result to the dtype of the array it is made from."""
    return result if result.dtype == data.dtype else result.to(data.dtype)


def _typed(data: Tensor, is_int: bool) -> Tensor:
    """Bring an array to the type in which it meets a number."""
    if data.is_floating_point() or (is_int and data.dtype != torch.bool):
        return data
    return data.to(torch.int64 if is_int else torch.float64)


def _number(data: Tensor, scalar: float, plain: bool) -> Tensor | float:
    """Bring a number to the array's dtype: as a tensor without axes, or as it is where torch does just the same."""
    if not data.is_floating_point():
        scalar = int(scalar) % 256 if data.dtype == torch.uint8 else int(scalar)
    if plain and data.dtype not in (torch.float16, torch.bfloat16):
        return scalar
    return data.new_full((), scalar)


for _name, _rule in _RULES.items():
    _declare_broadcast(_name, _rule)
    _declare_same_shape(_name, _rule)
    _declare_scalar(_name, _rule)
    if _rule.swapped:
        _declare_swapped(_rule)


@op("add_n", "ElementWiseSum", complete=all_alike)
def add_n(*args: Tensor) -> Tensor:
    """Add arrays of one shape.

    Args:
        args: one or more ``(*)``.

    Returns:
        ``(*)``.

    Examples:
        >>> add_n(torch.ones(2), torch.ones(2), torch.ones(2))
        tensor([3., 3.])
    """
    if not args or any(one.shape != args[0].shape for one in args):
        raise ShapeError(f"add_n: args must be arrays of one shape, got {[tuple(one.shape) for one in args]}")
    total = args[0]
    for one in args[1:]:
        total = total + one
    return total if len(args) > 1 else total.clone()
