"""Functions on symbols that are not operators: arithmetic with numbers too, and what MXNet writes in Python."""

from collections.abc import Callable, Sequence
from typing import Any

from regluon.ops.arithmetic import FUNCTIONS, Binary
from regluon.ops.composed import pairwise, parts_of
from regluon.ops.registry import find
from regluon.sym.lift import call, lift
from regluon.sym.symbol import Symbol

__all__ = [
    "arange",
    "binary",
    "eye",
    "full",
    "hypot",
    "linspace",
    "maximum",
    "minimum",
    "ones",
    "pow",
    "power",
    "split_v2",
    "zeros",
]

Pairwise = Callable[[Symbol | float, Symbol | float], Symbol]

# The names that MXNet's arithmetic gives to nodes, where they are not those of the operators.
_SPELLINGS = {"elemwise_add": "_plus", "elemwise_sub": "_minus", "elemwise_mul": "_mul", "elemwise_div": "_div"}


def binary(name: str, rule: Binary, joined: bool = True) -> Pairwise:
    """Make the function of a binary operation; two symbols do not broadcast, as in MXNet.

    Args:
        name: its name.
        rule: the operation.
        joined: whether nodes with a number are called ``_plusscalar0`` rather than ``_plus_scalar0``.
    """

    def named(registered: str) -> Callable[..., Symbol]:
        hint = registered.replace("_scalar", "scalar") if joined else registered
        return lift(find(registered), _SPELLINGS.get(registered, hint))

    return pairwise(name, rule, Symbol, named(rule.symbol), named)


maximum: Pairwise = binary("maximum", FUNCTIONS["maximum"])
minimum: Pairwise = binary("minimum", FUNCTIONS["minimum"])
hypot: Pairwise = binary("hypot", FUNCTIONS["hypot"])
power: Pairwise = binary("power", FUNCTIONS["power"])
pow: Pairwise = power


def zeros(shape: Any, dtype: Any = "float32", **options: Any) -> Symbol:
    """Make a symbol of zeros.

    Args:
        shape: an int or a tuple of ints.
        dtype: number type.
        options: ``name``, ``attr``, ``ctx``.
    """
    return call("_zeros")(shape=shape, dtype=dtype, **options)


def ones(shape: Any, dtype: Any = "float32", **options: Any) -> Symbol:
    """Make a symbol of ones; arguments as for ``zeros``."""
    return call("_ones")(shape=shape, dtype=dtype, **options)


def full(shape: Any, val: float, dtype: Any = "float32", **options: Any) -> Symbol:
    """Make a symbol of one number.

    Args:
        shape: an int or a tuple of ints.
        val: the number; cut down to an int for int types.
        dtype: number type.
        options: ``name``, ``attr``, ``ctx``.
    """
    return call("_full")(shape=shape, value=float(val), dtype=dtype, **options)


def eye(N: int, M: int = 0, k: int = 0, dtype: Any = "float32", **options: Any) -> Symbol:
    """Make a symbol of a matrix with ones on a diagonal and zeros elsewhere.

    Args:
        N: number of rows.
        M: number of columns; N if below 1.
        k: diagonal number, from the main one to the right.
        dtype: number type.
        options: ``name``, ``attr``, ``ctx``.
    """
    return call("_eye")(N=N, M=M, k=k, dtype=dtype, **options)


def arange(
    start: float,
    stop: float | None = None,
    step: float = 1.0,
    repeat: int = 1,
    infer_range: bool = False,
    name: str | None = None,
    dtype: Any = "float32",
    **options: Any,
) -> Symbol:
    """Make a symbol of evenly spaced numbers.

    Args:
        start: the first; if ``stop`` is None, that is 0 and this the ``stop``.
        stop: the number to end before.
        step: the distance, which may be negative.
        repeat: how often each number comes.
        infer_range: let the graph find ``stop``, which is not supported.
        name: name of the node.
        dtype: number type.
        options: ``attr``, ``ctx``.
    """
    given = {"start": start, "stop": stop, "step": step, "repeat": repeat, "infer_range": infer_range, "dtype": dtype}
    return call("_arange")(name=name, **given, **options)


def linspace(
    start: float,
    stop: float,
    num: int,
    endpoint: bool = True,
    name: str | None = None,
    dtype: Any = "float32",
    **options: Any,
) -> Symbol:
    """Make a symbol of so many evenly spaced numbers.

    Args:
        start: the first.
        stop: the last, or the one after the last.
        num: how many.
        endpoint: whether ``stop`` is among them.
        name: name of the node.
        dtype: number type.
        options: ``attr``, ``ctx``.
    """
    given = {"start": start, "stop": stop, "num": num, "endpoint": endpoint, "dtype": dtype}
    return call("_linspace")(name=name, **given, **options)


def split_v2(
    ary: Symbol, indices_or_sections: int | Sequence[int], axis: int = 0, squeeze_axis: bool = False
) -> Symbol:
    """Part an array along an axis.

    Args:
        ary: ``(*)``.
        indices_or_sections: the number of parts, of which the first are longer by one where it does not divide the
            axis; or where the second and further parts begin.
        axis: the axis.
        squeeze_axis: take the axis out of the parts, which must all have size 1 there.

    Returns:
        A symbol with an output for each part.
    """
    return call("_split_v2")(ary, axis=axis, squeeze_axis=squeeze_axis, **parts_of(indices_or_sections))
