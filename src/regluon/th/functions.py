"""Functions on torch tensors that are not operators: arithmetic with numbers too, and what MXNet writes in Python."""

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

from regluon.ops.arithmetic import FUNCTIONS, Binary
from regluon.ops.composed import pairwise, parts_of
from regluon.th.lift import call

__all__ = [
    "add",
    "binary",
    "divide",
    "equal",
    "full",
    "greater",
    "greater_equal",
    "hypot",
    "lesser",
    "lesser_equal",
    "logical_and",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "modulo",
    "multiply",
    "not_equal",
    "power",
    "split_v2",
    "subtract",
    "true_divide",
]

Pairwise = Callable[[Tensor | float, Tensor | float], Tensor]


def binary(name: str, rule: Binary) -> Pairwise:
    """Make the function of a binary operation; two tensors broadcast."""
    return pairwise(name, rule, Tensor, call(rule.array), call)


add: Pairwise = binary("add", FUNCTIONS["add"])
subtract: Pairwise = binary("subtract", FUNCTIONS["subtract"])
multiply: Pairwise = binary("multiply", FUNCTIONS["multiply"])
divide: Pairwise = binary("divide", FUNCTIONS["divide"])
true_divide: Pairwise = binary("true_divide", FUNCTIONS["true_divide"])
modulo: Pairwise = binary("modulo", FUNCTIONS["modulo"])
power: Pairwise = binary("power", FUNCTIONS["power"])
maximum: Pairwise = binary("maximum", FUNCTIONS["maximum"])
minimum: Pairwise = binary("minimum", FUNCTIONS["minimum"])
hypot: Pairwise = binary("hypot", FUNCTIONS["hypot"])
equal: Pairwise = binary("equal", FUNCTIONS["equal"])
not_equal: Pairwise = binary("not_equal", FUNCTIONS["not_equal"])
greater: Pairwise = binary("greater", FUNCTIONS["greater"])
greater_equal: Pairwise = binary("greater_equal", FUNCTIONS["greater_equal"])
lesser: Pairwise = binary("lesser", FUNCTIONS["lesser"])
lesser_equal: Pairwise = binary("lesser_equal", FUNCTIONS["lesser_equal"])
logical_and: Pairwise = binary("logical_and", FUNCTIONS["logical_and"])
logical_or: Pairwise = binary("logical_or", FUNCTIONS["logical_or"])
logical_xor: Pairwise = binary("logical_xor", FUNCTIONS["logical_xor"])


def full(shape: Any, val: float, ctx: Any = None, dtype: Any = "float32") -> Tensor:
    """Make a tensor of one number.

    Args:
        shape: an int or a tuple of ints.
        val: the number; cut down to an int for int types.
        ctx: device, the current one if None.
        dtype: number type.
    """
    return call("_full")(shape=shape, value=val, ctx=ctx, dtype=dtype)


def split_v2(
    ary: Tensor, indices_or_sections: int | Sequence[int], axis: int = 0, squeeze_axis: bool = False
) -> Tensor | tuple[Tensor, ...]:
    """Part a tensor along an axis.

    Args:
        ary: ``(*)``.
        indices_or_sections: the number of parts, of which the first are longer by one where it does not divide the
            axis; or where the second and further parts begin.
        axis: the axis.
        squeeze_axis: take the axis out of the parts, which must all have size 1 there.

    Returns:
        The parts; the part itself if there is one.
    """
    return call("_split_v2")(ary, axis=axis, squeeze_axis=squeeze_axis, **parts_of(indices_or_sections))
