"""Arithmetic and comparison of two arrays, and of an array and a number.

Comparisons and logic give 0 and 1 in the dtype of their first operand, as MXNet's do; division by zero, ``0 ** 0`` and
the sign of a remainder follow it too. All from MXNet's ``elemwise_*``, ``broadcast_*`` and ``_*_scalar`` operators.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.registry import Attributes, Shapes, op

__all__ = ["add_n"]

Function = Callable[[Any, Any], Tensor]


def _modulo(lhs: Tensor, rhs: Any) -> Tensor:
    """Take the remainder with the divisor's sign, 0 where the divisor is 0."""
    if isinstance(rhs, Tensor):
        return torch.where(rhs == 0, 0, torch.remainder(lhs, torch.where(rhs == 0, 1, rhs))).to(lhs.dtype)
    return torch.zeros_like(lhs) if rhs == 0 else torch.remainder(lhs, rhs)


def _maximum(lhs: Tensor, rhs: Any) -> Tensor:
    # Not torch.maximum: its gradient is halved between equal operands, MXNet's goes whole to the first.
    return torch.where(lhs >= rhs, lhs, rhs)


def _minimum(lhs: Tensor, rhs: Any) -> Tensor:
    return torch.where(lhs <= rhs, lhs, rhs)


def _hypot(lhs: Tensor, rhs: Any) -> Tensor:
    return torch.sqrt(lhs * lhs + rhs * rhs)


def _logical(combine: Function) -> Function:
    return lambda lhs, rhs: combine(lhs != 0, rhs != 0)


_ARITHMETIC: dict[str, tuple[Function, str]] = {
    "add": (torch.add, "Add"),
    "sub": (torch.sub, "Subtract"),
    "mul": (torch.mul, "Multiply"),
    "div": (torch.true_divide, "Divide"),
    "mod": (_modulo, "Take the remainder of"),
    "power": (torch.pow, "Raise to a power"),
    "maximum": (_maximum, "Take the larger of"),
    "minimum": (_minimum, "Take the smaller of"),
    "hypot": (_hypot, "Take the hypotenuse of"),
}
_COMPARISON: dict[str, tuple[Function, str]] = {
    "equal": (torch.eq, "equal"),
    "not_equal": (torch.ne, "differ"),
    "greater": (torch.gt, "the first is greater"),
    "greater_equal": (torch.ge, "the first is at least the second"),
    "lesser": (torch.lt, "the first is lesser"),
    "lesser_equal": (torch.le, "the first is at most the second"),
    "logical_and": (_logical(torch.logical_and), "both are not 0"),
    "logical_or": (_logical(torch.logical_or), "either is not 0"),
    "logical_xor": (_logical(torch.logical_xor), "just one is not 0"),
}
_BROADCAST_ALIASES = {"add": ("broadcast_plus",), "sub": ("broadcast_minus",)}
_SAME_SHAPE_NAMES = {
    "add": ("elemwise_add", "_plus", "_add", "_Plus"),
    "sub": ("elemwise_sub", "_minus", "_sub", "_Minus"),
    "mul": ("elemwise_mul", "_mul", "_Mul"),
    "div": ("elemwise_div", "_div", "_Div"),
    "mod": ("_mod", "_Mod"),
    "power": ("_power", "_Power"),
    "maximum": ("_maximum", "_Maximum"),
    "minimum": ("_minimum", "_Minimum"),
    "hypot": ("_hypot",),
    **{name: (f"_{name}",) for name in _COMPARISON},
}
_SCALAR_NAMES = {"add": "plus", "sub": "minus"}
_SWAPPED = {"sub": "rminus", "div": "rdiv", "mod": "rmod", "power": "rpower"}


def _same_shape(shapes: Shapes, attributes: Attributes) -> Shapes:
    known = next((shape for shape in shapes.values() if shape is not None), None)
    return {name: known if shape is None else shape for name, shape in shapes.items()}


def _declare_broadcast(name: str, function: Function, doc: str, compares: bool) -> None:
    def broadcast(lhs: Tensor, rhs: Tensor) -> Tensor:
        if lhs.dtype != rhs.dtype:
            raise ArgumentError(f"broadcast_{name}: rhs must be {lhs.dtype} as lhs is, got {rhs.dtype}")
        result = function(lhs, rhs)
        return result if result.dtype == lhs.dtype else _as(lhs, result)

    _finish(broadcast, f"broadcast_{name}", f"{doc}, broadcast against each other.")
    op(f"broadcast_{name}", *_BROADCAST_ALIASES.get(name, ()), differentiable=not compares)(broadcast)


def _declare_same_shape(name: str, function: Function, doc: str, compares: bool) -> None:
    registered = _SAME_SHAPE_NAMES[name]

    def elementwise(lhs: Tensor, rhs: Tensor) -> Tensor:
        if lhs.shape != rhs.shape:
            raise ShapeError(
                f"{registered[0]}: lhs and rhs must have one shape, got {tuple(lhs.shape)} and {tuple(rhs.shape)}; "
                f"broadcast_{name} broadcasts"
            )
        result = function(lhs, rhs)
        return result if result.dtype == lhs.dtype else _as(lhs, result)

    _finish(elementwise, registered[0].strip("_"), f"{doc}, which have one shape.")
    op(*registered, complete=_same_shape, differentiable=not compares)(elementwise)


def _declare_scalar(name: str, function: Function, doc: str, compares: bool) -> None:
    def with_scalar(data: Tensor, scalar: float) -> Tensor:
        return _as(data, function(data, _number(data, scalar)))

    plain = _SCALAR_NAMES.get(name, name)
    _finish(with_scalar, f"{plain}_scalar", f"{doc}: an array and a number.")
    op(f"_{plain}_scalar", f"_{plain.title().replace('_', '')}Scalar", differentiable=not compares)(with_scalar)


def _declare_swapped(name: str, function: Function, doc: str) -> None:
    def with_scalar_first(data: Tensor, scalar: float) -> Tensor:
        return _as(data, function(torch.full_like(data, _number(data, scalar)), data))

    plain = _SWAPPED[name]
    _finish(with_scalar_first, f"{plain}_scalar", f"{doc}: a number and an array, the number first.")
    op(f"_{plain}_scalar", f"_{'R' + plain[1:].title()}Scalar")(with_scalar_first)


def _finish(function: Callable[..., Any], name: str, doc: str) -> None:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc


def _as(data: Tensor, result: Tensor) -> Tensor:
    """Bring a result to the dtype of the array it is made from."""
    return result.to(data.dtype)


def _number(data: Tensor, scalar: float) -> float | int:
    """Give the number in the array's kind: an int array meets an int, so that nothing is promoted."""
    if data.is_floating_point() or not isinstance(scalar, float) or not scalar.is_integer():
        return scalar
    return int(scalar)


for _name, (_function, _doc) in _ARITHMETIC.items():
    _declare_broadcast(_name, _function, f"{_doc} two arrays", compares=False)
    _declare_same_shape(_name, _function, f"{_doc} two arrays", compares=False)
    _declare_scalar(_name, _function, _doc, compares=False)
    if _name in _SWAPPED:
        _declare_swapped(_name, _function, _doc)
for _name, (_function, _doc) in _COMPARISON.items():
    _declare_broadcast(_name, _function, f"Give 1 where {_doc}, else 0; two arrays", compares=True)
    _declare_same_shape(_name, _function, f"Give 1 where {_doc}, else 0; two arrays", compares=True)
    _declare_scalar(_name, _function, f"Give 1 where {_doc}, else 0", compares=True)


@op("add_n", "ElementWiseSum", complete=_same_shape)
def add_n(*args: Tensor) -> Tensor:
    """Add arrays of one shape.

    Args:
        args: one or more arrays.

    Examples:
        >>> import torch
        >>> add_n(torch.ones(2), torch.ones(2), torch.ones(2))
        tensor([3., 3.])
    """
    if not args or any(one.shape != args[0].shape for one in args):
        raise ShapeError(f"add_n: args must be arrays of one shape, got {[tuple(one.shape) for one in args]}")
    total = args[0]
    for one in args[1:]:
        total = total + one
    return total if len(args) > 1 else total.clone()
