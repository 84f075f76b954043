"""Sizes given as one int, or as one for each axis."""

from collections.abc import Sequence
from numbers import Integral

from regluon.core.errors import ArgumentError

__all__ = ["LAYOUTS", "Size", "check_layout", "each"]

Size = int | Sequence[int]

LAYOUTS = {1: ("NCW", "NWC"), 2: ("NCHW", "NHWC"), 3: ("NCDHW", "NDHWC")}
"""Orders of the axes of images, by the number of their own axes; the first is the default."""


def each(who: str, name: str, value: Size, axes: int, least: int = 0) -> tuple[int, ...]:
    """Bring a size to one int for each axis.

    Raises:
        ArgumentError: there are too few or too many, or one is too small.

    Examples:
        >>> each("Conv2D", "strides", 2, 2)
        (2, 2)
    """
    sizes = (value,) * axes if isinstance(value, Integral) else tuple(value) if isinstance(value, Sequence) else ()
    if len(sizes) != axes or not all(isinstance(one, Integral) and int(one) >= least for one in sizes):
        one_each = "an int" if axes == 1 else f"an int or {axes} ints"
        raise ArgumentError(f"{who}: {name} must be {one_each} >= {least}, got {value!r}")
    return tuple(int(one) for one in sizes)


def check_layout(who: str, layout: str | None, axes: int) -> str:
    """Return a layout, the default one for None.

    Raises:
        ArgumentError: it is not one of so many axes.
    """
    known = LAYOUTS[axes]
    if layout is None:
        return known[0]
    if layout not in known:
        raise ArgumentError(f"{who}: layout must be one of {', '.join(map(repr, known))}, got {layout!r}")
    return layout
