"""Reductions over axes, and what is found along them."""

from collections.abc import Sequence
from typing import Any

from regluon.core.errors import ArgumentError, ArgumentTypeError
from regluon.np.dispatch import invoke, is_array, is_number

__all__ = [
    "all", "amax", "amin", "any", "argmax", "argmin", "average", "bincount", "cumsum", "histogram", "max", "mean",
    "median", "min", "percentile", "prod", "product", "quantile", "sometrue", "std", "sum", "var",
]  # fmt: skip

Axis = int | Sequence[int] | None


def _plain(name: str, where: Any) -> None:
    if where is not None and where is not True:
        raise ArgumentError(f"{name}: where must be True, got {where!r:.40}")


def sum(
    a: Any, axis: Axis = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None,
    where: Any = None,
) -> Any:  # fmt: skip
    """Add the elements along axes.

    Args:
        a: array.
        axis: an axis, or several; all if None.
        dtype: number type of the result; that of ``a`` if None, int64 for bools.
        out: an array to write into.
        keepdims: keep the axes with size 1.
        initial: a number to begin with.
        where: only True.
    """
    _plain("sum", where)
    return invoke("_npi_sum", a, axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, out=out)


def prod(
    a: Any, axis: Axis = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None,
    where: Any = None,
) -> Any:  # fmt: skip
    """Multiply the elements along axes; also ``product``.

    Args:
        a: array.
        axis: an axis, or several; all if None.
        dtype: number type of the result; that of ``a`` if None, int64 for bools.
        out: an array to write into.
        keepdims: keep the axes with size 1.
        initial: a number to begin with.
        where: only True.
    """
    _plain("prod", where)
    return invoke("_npi_prod", a, axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, out=out)


product = prod


def mean(
    a: Any, axis: Axis = None, dtype: Any = None, out: Any = None, keepdims: bool = False, where: Any = None
) -> Any:
    """Average the elements along axes.

    Args:
        a: array.
        axis: an axis, or several; all if None.
        dtype: number type of the result; float32 if None, as in MXNet.
        out: an array to write into.
        keepdims: keep the axes with size 1.
        where: only True.
    """
    _plain("mean", where)
    return invoke("_npi_mean", a, axis=axis, dtype=dtype or "float32", keepdims=keepdims, out=out)


def std(
    a: Any, axis: Axis = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False,
    where: Any = None,
) -> Any:  # fmt: skip
    """Take the standard deviation along axes.

    Args:
        a: array.
        axis: an axis, or several; all if None.
        dtype: number type of the result; that of ``a`` if None.
        out: an array to write into.
        ddof: taken off the number of elements that the sum of squares is divided by.
        keepdims: keep the axes with size 1.
        where: only True.
    """
    _plain("std", where)
    return invoke("_npi_std", a, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims, out=out)


def var(
    a: Any, axis: Axis = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False,
    where: Any = None,
) -> Any:  # fmt: skip
    """Take the variance along axes.

    Args:
        a: array.
        axis: an axis, or several; all if None.
        dtype: number type of the result; that of ``a`` if None.
        out: an array to write into.
        ddof: taken off the number of elements that the sum of squares is divided by.
        keepdims: keep the axes with size 1.
        where: only True.
    """
    _plain("var", where)
    return invoke("_npi_var", a, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims, out=out)


def max(a: Any, axis: Axis = None, out: Any = None, keepdims: bool = False, where: Any = None) -> Any:
    """Take the greatest element along axes; also ``amax``.

    Args:
        a: array.
        axis: an axis, or several; all if None.
        out: an array to write into.
        keepdims: keep the axes with size 1.
        where: only True.
    """
    _plain("max", where)
    return invoke("_npi_max", a, axis=axis, keepdims=keepdims, out=out)


def min(a: Any, axis: Axis = None, out: Any = None, keepdims: bool = False, where: Any = None) -> Any:
    """Take the least element along axes; also ``amin``.

    Args:
        a: array.
        axis: an axis, or several; all if None.
        out: an array to write into.
        keepdims: keep the axes with size 1.
        where: only True.
    """
    _plain("min", where)
    return invoke("_npi_min", a, axis=axis, keepdims=keepdims, out=out)


def amax(a: Any, axis: Axis = None, out: Any = None, keepdims: bool = False, where: Any = None) -> Any:
    """Take the greatest element along axes.

    Args:
        a: array.
        axis: an axis, or several; all if None.
        out: an array to write into.
        keepdims: keep the axes with size 1.
        where: only True.
    """
    _plain("amax", where)
    return invoke("_npi_amax", a, axis=axis, keepdims=keepdims, out=out)


def amin(a: Any, axis: Axis = None, out: Any = None, keepdims: bool = False, where: Any = None) -> Any:
    """Take the least element along axes.

    Args:
        a: array.
        axis: an axis, or several; all if None.
        out: an array to write into.
        keepdims: keep the axes with size 1.
        where: only True.
    """
    _plain("amin", where)
    return invoke("_npi_amin", a, axis=axis, keepdims=keepdims, out=out)


def all(a: Any, axis: Axis = None, out: Any = None, keepdims: bool = False) -> Any:
    """Tell whether no element along axes is 0.

    Args:
        a: array.
        axis: an axis, or several; all if None.
        out: an array to write into.
        keepdims: keep the axes with size 1.
    """
    return invoke("_npi_all", a, axis=axis, keepdims=keepdims, out=out)


def any(a: Any, axis: Axis = None, out: Any = None, keepdims: bool = False) -> Any:
    """Tell whether some element along axes is not 0; also ``sometrue``.

    Args:
        a: array.
        axis: an axis, or several; all if None.
        out: an array to write into.
        keepdims: keep the axes with size 1.
    """
    return invoke("_npi_any", a, axis=axis, keepdims=keepdims, out=out)


sometrue = any


def argmax(a: Any, axis: int | None = None, out: Any = None, keepdims: bool = False) -> Any:
    """Find the place of the greatest element, the first of several, as int64.

    Args:
        a: array.
        axis: the axis; if None, the place is counted through the whole array.
        out: an array to write into.
        keepdims: keep the axis with size 1.
    """
    return invoke("_npi_argmax", a, axis=axis, keepdims=keepdims, out=out)


def argmin(a: Any, axis: int | None = None, out: Any = None, keepdims: bool = False) -> Any:
    """Find the place of the least element, the first of several, as int64.

    Args:
        a: array.
        axis: the axis; if None, the place is counted through the whole array.
        out: an array to write into.
        keepdims: keep the axis with size 1.
    """
    return invoke("_npi_argmin", a, axis=axis, keepdims=keepdims, out=out)


def cumsum(a: Any, axis: int | None = None, dtype: Any = None, out: Any = None) -> Any:
    """Add up the elements so far.

    Args:
        a: array.
        axis: the axis; if None, through the whole array, as one row.
        dtype: number type of the result; that of ``a`` if None, int64 for bools.
        out: an array to write into.
    """
    return invoke("_npi_cumsum", a, axis=axis, dtype=dtype, out=out)


def average(a: Any, axis: Axis = None, weights: Any = None, returned: bool = False, out: Any = None) -> Any:
    """Average the elements along axes, each with its weight.

    Args:
        a: array.
        axis: an axis, or several; all if None.
        weights: array of the same shape, or of one weight for each element of the axis; all alike if None.
        returned: give the sums of the weights too.
        out: an array to write into.
    """
    inputs = (a,) if weights is None else (a, weights)
    found = invoke("_npi_average", *inputs, axis=axis, returned=returned, weighted=weights is not None, out=out)
    return tuple(found) if returned else found


def bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """Count how often each int comes.

    Args:
        x: ``(n,)`` ints from 0 on.
        weights: ``(n,)`` what each one counts; 1 if None.
        minlength: the least length of the result.
    """
    inputs = (x,) if weights is None else (x, weights)
    return invoke("_npi_bincount", *inputs, minlength=minlength, has_weights=weights is not None)


def histogram(
    a: Any, bins: Any = 10, range: Any = None, normed: Any = None, weights: Any = None, density: Any = None
) -> Any:
    """Count the elements between bounds.

    Args:
        a: array.
        bins: array of bounds in order, or the number of bins of one size.
        range: the two ends, with a number of bins.
        normed: only None.
        weights: only None.
        density: only None.

    Returns:
        Counts and bounds.
    """
    if normed or weights is not None or density:
        raise ArgumentError("histogram: normed, weights and density must not be given, as in MXNet")
    if is_array(bins):
        return tuple(invoke("_npi_histogram", a, bins))
    if not is_number(bins) or range is None:
        raise ArgumentTypeError("histogram: bins must be an array of bounds, or an int together with a range")
    return tuple(invoke("_npi_histogram", a, bin_cnt=int(bins), range=tuple(range)))


def percentile(
    a: Any, q: Any, axis: Axis = None, out: Any = None, overwrite_input: Any = None, interpolation: str = "linear",
    keepdims: bool = False,
) -> Any:  # fmt: skip
    """Find the values below which given percentages of the elements lie.

    Args:
        a: array.
        q: a percentage, or an array of them.
        axis: an axis, or several; all if None.
        out: an array to write into.
        overwrite_input: only None.
        interpolation: ``linear``, ``lower``, ``higher``, ``midpoint`` or ``nearest``.
        keepdims: keep the axes with size 1.
    """
    if overwrite_input is not None:
        raise ArgumentError(f"percentile: overwrite_input must be None, got {overwrite_input!r}")
    options = {"axis": axis, "interpolation": interpolation, "keepdims": keepdims, "out": out}
    if is_number(q):
        return invoke("_npi_percentile", a, q_scalar=float(q), **options)
    return invoke("_npi_percentile", a, q, **options)


def quantile(
    a: Any, q: Any, axis: Axis = None, out: Any = None, overwrite_input: Any = None, interpolation: str = "linear",
    keepdims: bool = False,
) -> Any:  # fmt: skip
    """Find the values below which given shares of the elements lie.

    Args:
        a: array.
        q: a share in [0, 1], or an array of them.
        axis: an axis, or several; all if None.
        out: an array to write into.
        overwrite_input: only None.
        interpolation: ``linear``, ``lower``, ``higher``, ``midpoint`` or ``nearest``.
        keepdims: keep the axes with size 1.
    """
    return percentile(a, q * 100, axis, out, overwrite_input, interpolation, keepdims)


def median(a: Any, axis: Axis = None, out: Any = None, overwrite_input: Any = None, keepdims: bool = False) -> Any:
    """Find the values below which half of the elements lie.

    Args:
        a: array.
        axis: an axis, or several; all if None.
        out: an array to write into.
        overwrite_input: only None.
        keepdims: keep the axes with size 1.
    """
    return percentile(a, 50.0, axis, out, overwrite_input, "linear", keepdims)
