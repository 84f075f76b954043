"""Ways to make a batch of a list of items; from MXNet 2, for ``DataLoader(batchify_fn=...)``."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from regluon import nd
from regluon.core.array import as_numpy
from regluon.core.dtype import numpy_dtype
from regluon.core.errors import ArgumentError, ArgumentTypeError
from regluon.nd.ndarray import NDArray

__all__ = ["Append", "AsList", "Group", "Pad", "Stack"]


class Stack:
    """Stack items of one shape; items that are tuples or lists part by part.

    Args:
        use_shared_mem: accepted for MXNet's sake.

    Examples:
        >>> Stack()([np.zeros((2, 3)), np.ones((2, 3))]).shape
        (2, 2, 3)
    """

    def __init__(self, use_shared_mem: bool = False) -> None:
        self._use_shared_mem = use_shared_mem

    def __call__(self, data: Sequence[Any]) -> Any:
        """Make a batch of items."""
        if isinstance(data[0], NDArray):
            return nd.stack(*data)
        if isinstance(data[0], (tuple, list)):
            return [self(list(part)) for part in zip(*data, strict=True)]
        values = np.asarray(data)
        return nd.array(values, dtype=values.dtype)


class Pad:
    """Fill items up to the largest sizes among them, and stack them.

    Args:
        val: what to fill with; 0 if None.
        dtype: number type of the batch; that of the items if None.
        round_to: make sizes multiples of this.
        use_shared_mem: accepted for MXNet's sake.

    Examples:
        >>> Pad(val=-1)([[1, 2, 3], [4]]).asnumpy().tolist()
        [[1, 2, 3], [4, -1, -1]]
    """

    def __init__(
        self, val: float | None = None, dtype: Any = None, round_to: int | None = None, use_shared_mem: bool = False
    ) -> None:  # fmt: skip
        self._value = 0 if val is None else val
        self._dtype, self._round_to, self._use_shared_mem = dtype, round_to, use_shared_mem

    def __call__(self, data: Sequence[Any]) -> NDArray:
        """Make a batch of items."""
        if not isinstance(data[0], (NDArray, np.ndarray, list)):
            raise ArgumentTypeError(
                f"Pad: items must be arrays or lists of numbers, got {type(data[0]).__name__}; for items of several "
                "parts take Group(Pad(), Pad(), ...)"
            )
        items = [as_numpy(one) for one in data]
        if len({one.ndim for one in items}) > 1:
            raise ArgumentError(f"Pad: items must have one number of axes, got shapes {[one.shape for one in items]}")
        sizes = [max(one.shape[axis] for one in items) for axis in range(items[0].ndim)]
        if self._round_to is not None:
            sizes = [self._round_to * math.ceil(size / self._round_to) for size in sizes]
        dtype = items[0].dtype if self._dtype is None else numpy_dtype(self._dtype)
        batch = np.full((len(items), *sizes), self._value, dtype)
        for place, one in enumerate(items):
            batch[(place, *(slice(size) for size in one.shape))] = one
        return nd.array(batch, dtype=dtype)


class Append:
    """Make every item an array of its own; the batch is a list.

    Args:
        expand: give each an axis for the batch.
        batch_axis: where.
        use_shared_mem: accepted for MXNet's sake.

    Examples:
        >>> [one.shape for one in Append()([[1, 2], [3]])]
        [(1, 2), (1, 1)]
    """

    def __init__(self, expand: bool = True, batch_axis: int = 0, use_shared_mem: bool = False) -> None:
        self._expand, self._batch_axis, self._use_shared_mem = expand, batch_axis, use_shared_mem

    def __call__(self, data: Sequence[Any]) -> list[NDArray]:
        """Make a batch of items."""
        arrays = [one if isinstance(one, NDArray) else nd.array(one) for one in data]
        return [one.expand_dims(axis=self._batch_axis) for one in arrays] if self._expand else arrays


class Group:
    """Make batches of the parts of items, each part in a way of its own.

    Args:
        fn: the first way, or a list of all.
        args: the other ways.

    Examples:
        >>> padded, labels = Group(Pad(), Stack())([([1, 2], 0), ([3], 1)])
        >>> padded.shape, labels.shape
        ((2, 2), (2,))
    """

    def __init__(self, fn: Any, *args: Callable[[Sequence[Any]], Any]) -> None:
        if isinstance(fn, (list, tuple)) and args:
            raise ArgumentError("Group: takes either a list of functions or functions, got both")
        self._functions = tuple(fn) if isinstance(fn, (list, tuple)) else (fn, *args)
        for one in self._functions:
            if not callable(one):
                raise ArgumentTypeError(f"Group: fn must be functions, got {type(one).__name__}")

    def __call__(self, data: Sequence[Sequence[Any]]) -> tuple[Any, ...]:
        """Make a batch of items."""
        if len(data[0]) != len(self._functions):
            raise ArgumentError(
                f"Group: items must have as many parts as there are functions, {len(self._functions)}, got "
                f"{len(data[0])}"
            )
        return tuple(one([item[place] for item in data]) for place, one in enumerate(self._functions))


class AsList:
    """Leave the items in a list, as texts must be.

    Examples:
        >>> AsList()(("one", "two"))
        ['one', 'two']
    """

    def __call__(self, data: Sequence[Any]) -> list[Any]:
        """Make a batch of items."""
        return list(data)
