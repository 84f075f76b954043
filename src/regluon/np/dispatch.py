"""One text for every kind of array: the functions of ``mx.np`` call operators through here.

Each kind (``mx.np.ndarray``, torch's tensors, symbols) says how operators are called on it. A function without arrays
makes what ``creating`` says: arrays, or symbols while a graph is traced.
"""

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as onp

from regluon.core.errors import ArgumentTypeError
from regluon.nd.ndarray import NDArray

__all__ = [
    "Making",
    "Speaker",
    "convert",
    "create",
    "creating",
    "invoke",
    "is_array",
    "is_number",
    "listed",
    "parts",
    "speak",
]

Call = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Speaker:
    """How one kind of arrays is spoken to.

    Attributes:
        call: gives the function of an operator's registered name.
        parts: lists the outputs in what a function with several outputs returns.
        convert: makes an array of this kind of numpy's, beside another array; None where there can be none.
    """

    call: Callable[[str], Call]
    parts: Callable[[Any], list[Any]]
    convert: Callable[[onp.ndarray, Any], Any] | None = None


_SPEAKERS: dict[type, Speaker] = {}


class _Creating(threading.local):
    def __init__(self) -> None:
        self.kind: type | None = None


_creating = _Creating()
_FIRST: list[type] = []


def speak(kind: type, speaker: Speaker) -> None:
    """Say how a kind of arrays is spoken to; the first is what functions without arrays make."""
    _SPEAKERS[kind] = speaker
    _FIRST.append(kind)


def is_array(value: Any) -> bool:
    """Tell arrays and symbols from numbers and lists."""
    return type(value) in _SPEAKERS or isinstance(value, tuple(_SPEAKERS))


def is_number(value: Any) -> bool:
    """Tell Python's and numpy's numbers from other things."""
    return isinstance(value, (bool, int, float, onp.number, onp.bool_))


def _speaker(value: Any) -> Speaker | None:
    found = _SPEAKERS.get(type(value))
    if found is None:
        found = next((one for kind, one in _SPEAKERS.items() if isinstance(value, kind)), None)
    return found


def invoke(registered: str, *inputs: Any, **options: Any) -> Any:
    """Call an operator on arrays of any one kind.

    Args:
        registered: its registered name.
        inputs: the arrays; those that may be left out can be None.
        options: its attributes, and ``out``.
    """
    for one in inputs:
        speaker = _speaker(one)
        if speaker is not None:
            return speaker.call(registered)(*inputs, **{key: one for key, one in options.items() if one is not None})
    kinds = ", ".join(type(one).__name__ for one in inputs) or "nothing"
    way = "; call as_np_ndarray() on it" if any(isinstance(one, NDArray) for one in inputs) else ""
    raise ArgumentTypeError(f"{_plain(registered)}: inputs must be mx.np.ndarray, got {kinds}{way}")


def create(registered: str, **options: Any) -> Any:
    """Call an operator that takes no arrays.

    Args:
        registered: its registered name.
        options: its attributes, and ``out``.
    """
    speaker = _SPEAKERS[_creating.kind or _FIRST[0]]
    return speaker.call(registered)(**{key: one for key, one in options.items() if one is not None})


@contextmanager
def creating(kind: type) -> Iterator[None]:
    """Have functions without arrays make this kind, inside a ``with``."""
    old, _creating.kind = _creating.kind, kind
    try:
        yield
    finally:
        _creating.kind = old


class Making:
    """A module's functions, those without arrays making arrays of one kind: ``sym.np`` and its like.

    Args:
        module: the module.
        kind: the class of arrays.
    """

    def __init__(self, module: Any, kind: type) -> None:
        self._module, self._kind = module, kind

    def __getattr__(self, name: str) -> Any:
        found, kind = getattr(self._module, name), self._kind
        if isinstance(found, ModuleType):
            return Making(found, kind)
        if not callable(found) or isinstance(found, type):
            return found

        @functools.wraps(found)
        def function(*args: Any, **kwargs: Any) -> Any:
            with creating(kind):
                return found(*args, **kwargs)

        return function


def parts(value: Any) -> list[Any]:
    """List the outputs of a function that has one or several."""
    speaker = _speaker(value)
    return list(value) if speaker is None else speaker.parts(value)


def listed(who: str, arrays: Any) -> list[Any]:
    """List arrays that were given as a list or tuple, or as the rows of one array."""
    found = list(arrays)
    kind = next((_speaker(one) for one in found if is_array(one)), None)
    if kind is not None and kind.convert is not None:
        like = next(one for one in found if is_array(one))
        found = [kind.convert(one, like) if isinstance(one, onp.ndarray) else one for one in found]
    if not found or not all(is_array(one) for one in found):
        raise ArgumentTypeError(f"{who}: arrays must be a list of mx.np.ndarray, got {arrays!r:.60}")
    return found


def convert(value: Any, like: Any) -> Any:
    """Make an array of numpy's one that meets another array."""
    speaker = _speaker(like)
    if isinstance(value, onp.ndarray) and speaker is not None and speaker.convert is not None:
        return speaker.convert(value, like)
    return value


def _plain(registered: str) -> str:
    for prefix in ("_npi_", "_npx_", "_np_"):
        registered = registered.removeprefix(prefix)
    return registered
