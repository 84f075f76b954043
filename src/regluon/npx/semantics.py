"""Whether Gluon works on numpy-style arrays: ``set_np`` and what belongs to it."""

import functools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

from regluon.core.errors import ArgumentError, ArgumentTypeError, NotSupportedError
from regluon.core.numpy_mode import numpy_mode

__all__ = [
    "is_np_array", "is_np_default_dtype", "is_np_shape", "np_array", "np_shape", "reset_np", "set_np",
    "set_np_default_dtype", "set_np_shape", "use_np", "use_np_array", "use_np_shape",
]  # fmt: skip

T = TypeVar("T", bound=Callable[..., Any])


def set_np(shape: bool = True, array: bool = True, dtype: bool = False) -> None:
    """Have Gluon's Parameters and data loaders give numpy-style arrays, in this thread and in those to come.

    Args:
        shape: numpy's rules for sizes; needed by the arrays.
        array: numpy-style arrays.
        dtype: only False: numbers are float32 by default.

    Examples:
        >>> from regluon import gluon, npx
        >>> npx.set_np()
        >>> layer = gluon.nn.Dense(2, in_units=3)
        >>> layer.initialize()
        >>> type(layer.weight.data()).__name__
        'ndarray'
        >>> npx.reset_np()
    """
    set_np_default_dtype(dtype)
    if array and not shape:
        raise ArgumentError("set_np: shape must be True where array is, got False")
    numpy_mode.settle(array, shape)


def reset_np() -> None:
    """Have Gluon give NDArrays again."""
    set_np(shape=False, array=False)


def is_np_array() -> bool:
    """Tell whether Gluon gives numpy-style arrays."""
    return numpy_mode.arrays


def is_np_shape() -> bool:
    """Tell whether numpy's rules for sizes hold."""
    return numpy_mode.shapes


def is_np_default_dtype() -> bool:
    """Tell whether numbers are float64 by default: never."""
    return False


def set_np_default_dtype(is_np_default_dtype: bool = True) -> bool:
    """Refuse float64 as the type of numbers by default."""
    if is_np_default_dtype:
        raise NotSupportedError("set_np: dtype must be False, as numbers are float32 by default; give dtype='float64'")
    return False


def set_np_shape(active: bool) -> bool:
    """Set whether numpy's rules for sizes hold; return what it was."""
    old = numpy_mode.shapes
    numpy_mode.settle(numpy_mode.arrays, bool(active))
    return old


@contextmanager
def _scope(arrays: bool | None, shapes: bool | None) -> Iterator[None]:
    old = numpy_mode.arrays, numpy_mode.shapes
    if arrays is not None:
        numpy_mode.arrays = arrays
    if shapes is not None:
        numpy_mode.shapes = shapes
    try:
        yield
    finally:
        numpy_mode.arrays, numpy_mode.shapes = old


def np_array(active: bool = True) -> AbstractContextManager[None]:
    """Give numpy-style arrays or not, inside a ``with``."""
    return _scope(active, None)


def np_shape(active: bool = True) -> AbstractContextManager[None]:
    """Have numpy's rules for sizes or not, inside a ``with``."""
    return _scope(None, active)


def use_np(func: T) -> T:
    """Have a function, or the methods of a class, run with numpy-style arrays.

    Args:
        func: the function or class.
    """
    return _used("use_np", func, True, True)


def use_np_array(func: T) -> T:
    """Have a function, or the methods of a class, run with numpy-style arrays; sizes keep their rules."""
    return _used("use_np_array", func, True, None)


def use_np_shape(func: T) -> T:
    """Have a function, or the methods of a class, run with numpy's rules for sizes."""
    return _used("use_np_shape", func, None, True)


def _used(who: str, func: Any, arrays: bool | None, shapes: bool | None) -> Any:
    if isinstance(func, type):
        for name, part in list(vars(func).items()):
            if callable(part) and not isinstance(part, (type, staticmethod, classmethod)):
                setattr(func, name, _used(who, part, arrays, shapes))
        return func
    if not callable(func):
        raise ArgumentTypeError(f"{who}: must be put before a function or a class, got {type(func).__name__}")

    @functools.wraps(func)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with _scope(arrays, shapes):
            return func(*args, **kwargs)

    return wrapped
