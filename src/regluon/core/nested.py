"""Lists within lists: flat for whoever works on the leaves, nested for people."""

from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["flatten", "regroup", "transform"]


def flatten(value: Any) -> list[Any]:
    """List the leaves of nested lists and tuples in order; None counts as no leaf."""
    if isinstance(value, (list, tuple)):
        return [leaf for one in value for leaf in flatten(one)]
    return [] if value is None else [value]


def regroup(leaves: Iterator[Any], shape: Any) -> Any:
    """Nest leaves as another value is nested.

    Examples:
        >>> regroup(iter([1, 2, 3]), ["a", ("b", None, "c")])
        [1, (2, None, 3)]
    """
    if isinstance(shape, (list, tuple)):
        return type(shape)([regroup(leaves, one) for one in shape])
    return None if shape is None else next(leaves)


def transform(function: Callable[[Any], Any], value: Any) -> Any:
    """Apply a function to every leaf."""
    return regroup(iter([function(leaf) for leaf in flatten(value)]), value)
