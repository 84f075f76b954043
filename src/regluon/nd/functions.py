"""Functions on NDArrays that are not operators: arithmetic with numbers too, and what MXNet writes in Python."""

from collections.abc import Callable, Sequence
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.nd.lift import call
from regluon.nd.ndarray import NDArray
from regluon.ops.arithmetic import FUNCTIONS, Binary
from regluon.ops.composed import pairwise, parts_of

__all__ = [
    "add",
    "binary",
    "concatenate",
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
    "moveaxis",
    "multiply",
    "not_equal",
    "onehot_encode",
    "power",
    "split_v2",
    "subtract",
    "true_divide",
]

Pairwise = Callable[[NDArray | float, NDArray | float], NDArray]


def binary(name: str, rule: Binary) -> Pairwise:
    """Make the function of a binary operation; two arrays broadcast."""
    return pairwise(name, rule, NDArray, call(rule.array), call)


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


def full(shape: Any, val: float, ctx: Any = None, dtype: Any = "float32", out: NDArray | None = None) -> NDArray:
    """Make an array of one number.

    Args:
        shape: an int or a tuple of ints.
        val: the number; cut down to an int for int types.
        ctx: device, the current one if None.
        dtype: number type.
        out: an array to write into.
    """
    return call("_full")(shape=shape, value=val, ctx=ctx, dtype=dtype, out=out)


def split_v2(
    ary: NDArray, indices_or_sections: int | Sequence[int], axis: int = 0, squeeze_axis: bool = False
) -> NDArray | list[NDArray]:
    """Part an array along an axis.

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


def concatenate(arrays: Sequence[NDArray], axis: int = 0, always_copy: bool = True) -> NDArray:
    """Join arrays along an axis they have.

    Args:
        arrays: at least one; of the same sizes on the other axes.
        axis: the axis.
        always_copy: if false, a single array is returned itself.
    """
    if not arrays:
        raise ArgumentError("concatenate: arrays must be at least one, got none")
    if len(arrays) == 1 and not always_copy:
        return arrays[0]
    return call("Concat")(*arrays, dim=axis)


def moveaxis(tensor: NDArray, source: int | Sequence[int], destination: int | Sequence[int]) -> NDArray:
    """Move axes to other places; the others keep their order.

    Args:
        tensor: ``(*)``.
        source: the axes, as they are.
        destination: where each goes.
    """
    old, new = ([one] if isinstance(one, int) else list(one) for one in (source, destination))
    ndim = tensor.ndim
    if len(old) != len(new) or not all(-ndim <= one < ndim for one in [*old, *new]):
        raise ArgumentError(f"moveaxis: source and destination must be as many axes of {ndim}, got {old} and {new}")
    old, new = [one % ndim for one in old], [one % ndim for one in new]
    order = [axis for axis in range(ndim) if axis not in old]
    for place, axis in sorted(zip(new, old, strict=True)):
        order.insert(place, axis)
    return call("transpose")(tensor, axes=tuple(order))


def onehot_encode(indices: NDArray, out: NDArray) -> NDArray:
    """Write ones at given columns of an array, zeros elsewhere; ``nd.one_hot`` makes a new array instead.

    Args:
        indices: ``(N,)`` columns.
        out: ``(N, C)``, the array written into.
    """
    return call("one_hot")(indices, depth=out.shape[1], dtype=out.dtype, out=out)
