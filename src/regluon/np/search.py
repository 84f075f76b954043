"""Choosing, sorting and finding elements; differences and interpolation."""

from typing import Any

from regluon.core.errors import ArgumentError, ArgumentTypeError
from regluon.np.dispatch import invoke, is_array, is_number, parts
from regluon.np.shapes import concatenate, ravel

__all__ = [
    "argsort", "diff", "ediff1d", "flatnonzero", "interp", "nonzero", "polyval", "sort", "take", "unique",
    "unique_all", "unique_inverse", "unique_values", "unravel_index", "where",
]  # fmt: skip


def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """Choose elements of two arrays or numbers; without them, find what is not 0.

    Args:
        condition: array; what is not 0 chooses ``x``.
        x: array or number.
        y: array or number.
    """
    if x is None and y is None:
        return nonzero(condition)
    if x is None or y is None:
        raise ArgumentError("where: x and y must be both given or both not")
    if is_number(condition):
        return x if condition else y
    if is_number(x) and is_number(y):
        return invoke("_npi_where_scalar2", condition, x=float(x), y=float(y))
    if is_number(y):
        return invoke("_npi_where_lscalar", condition, x, scalar=float(y))
    if is_number(x):
        return invoke("_npi_where_rscalar", condition, y, scalar=float(x))
    return invoke("_npi_where", condition, x, y)


def take(a: Any, indices: Any, axis: int | None = None, mode: str = "raise", out: Any = None) -> Any:
    """Take slices at places along an axis.

    Args:
        a: array.
        indices: array of places.
        axis: the axis; if None, elements of the whole array, as one row.
        mode: places outside go to the ends (``clip``), around (``wrap``), or are refused (``raise``).
        out: an array to write into.
    """
    if is_number(indices):
        indices = invoke("_npi_full_like", a.sum(), fill_value=float(indices), dtype="int64")
    if axis is None:
        return invoke("_npi_take", ravel(a), indices, axis=0, mode=mode, out=out)
    return invoke("_npi_take", a, indices, axis=axis, mode=mode, out=out)


def nonzero(a: Any) -> tuple[Any, ...]:
    """Find the elements that are not 0: their places along each axis."""
    return tuple(invoke("_npi_nonzero", a).transpose())


def flatnonzero(a: Any) -> Any:
    """Find the elements that are not 0: their places through the whole array."""
    return nonzero(ravel(a))[0]


def sort(a: Any, axis: int | None = -1, descending: bool = False, stable: bool = True) -> Any:
    """Put elements in order.

    Args:
        a: array.
        axis: the axis; if None, through the whole array, as one row.
        descending: the greatest first.
        stable: equal elements keep their order, always.
    """
    _check_stable("sort", stable)
    return invoke("_npi_sort", a, axis="None" if axis is None else axis, is_ascend=not descending)


def argsort(a: Any, axis: int | None = -1, descending: bool = False, stable: bool = True) -> Any:
    """Find the places of elements in order, as int64.

    Args:
        a: array.
        axis: the axis; if None, through the whole array, as one row.
        descending: the greatest first.
        stable: equal elements keep their order, always.
    """
    _check_stable("argsort", stable)
    axis_text = "None" if axis is None else axis
    return invoke("_npi_argsort", a, axis=axis_text, is_ascend=not descending, dtype="int64")


def _check_stable(name: str, stable: Any) -> None:
    if not isinstance(stable, bool):
        raise ArgumentTypeError(f"{name}: stable must be a bool, got {stable!r}")


def unique(
    ar: Any, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False,
    axis: int | None = None,
) -> Any:  # fmt: skip
    """Find the different elements, in order.

    Args:
        ar: array.
        return_index: give the first place of each, too.
        return_inverse: give the number of each element among them, too.
        return_counts: give how often each comes, too.
        axis: compare slices of this axis; elements of the whole array if None.
    """
    options = {"return_index": return_index, "return_inverse": return_inverse, "return_counts": return_counts}
    found = parts(invoke("_npi_unique", ar, axis=axis, **options))
    return found[0] if len(found) == 1 else tuple(found)


def unique_values(x: Any) -> Any:
    """Find the different elements, in order."""
    return unique(x)


def unique_inverse(x: Any) -> Any:
    """Find the different elements, and the number of each element among them."""
    return unique(x, return_inverse=True)


def unique_all(x: Any) -> Any:
    """Find the different elements, their first places, each element's number among them, and how often each comes."""
    return unique(x, True, True, True)


def unravel_index(indices: Any, shape: Any, order: str = "C") -> Any:
    """Turn places counted through a whole array into places along its axes.

    Args:
        indices: array of ints.
        shape: sizes of the array.
        order: only ``C``.
    """
    if order != "C":
        raise ArgumentError(f"unravel_index: order must be 'C', got {order!r}")
    return tuple(invoke("_npi_unravel_index", indices, shape=tuple(shape)))


def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Take the differences of neighbours.

    Args:
        a: array.
        n: how many times.
        axis: along which axis.
        prepend: only None.
        append: only None.
    """
    if prepend is not None or append is not None:
        raise ArgumentError("diff: prepend and append must be None, as in MXNet")
    return invoke("_npi_diff", a, n=n, axis=axis)


def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """Take the differences of neighbours in the whole array, as one row.

    Args:
        ary: array.
        to_end: array or number put after them.
        to_begin: array or number put before them.
    """
    found = invoke("_npi_diff", ravel(ary), n=1, axis=-1)
    before, after = ([] if one is None else [_row(found, one)] for one in (to_begin, to_end))
    return concatenate([*before, found, *after]) if before or after else found


def _row(like: Any, value: Any) -> Any:
    if is_array(value):
        return ravel(value).astype(like.dtype)
    return ravel(invoke("_npi_full_like", like[:1].sum(), fill_value=float(value), dtype=like.dtype))


def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """Read a function off straight lines between points, in float64.

    Args:
        x: where: array or number.
        xp: ``(n,)`` first coordinates of the points, in order.
        fp: ``(n,)`` second coordinates.
        left: the value left of all points; that of the first if None.
        right: the value right of all points; that of the last if None.
        period: after what distance the function repeats.
    """
    options = {"left": left, "right": right, "period": period}
    if is_number(x):
        return invoke("_npi_interp", xp, fp, x_scalar=float(x), x_is_scalar=True, **options)
    return invoke("_npi_interp", xp, fp, x, **options)


def polyval(p: Any, x: Any) -> Any:
    """Compute a polynomial.

    Args:
        p: ``(n,)`` factors, that of the highest power first.
        x: array of where.
    """
    return invoke("_npi_polyval", p, x)
