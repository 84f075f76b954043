"""Networks by name."""

import difflib
from collections.abc import Callable
from typing import Any, TypeVar

from regluon.core.errors import ArgumentTypeError, UnknownNameError
from regluon.gluon.hybrid import HybridBlock

__all__ = ["get_model", "get_model_list", "register_model"]

_MODELS: dict[str, Callable[..., HybridBlock]] = {}

F = TypeVar("F", bound=Callable[..., HybridBlock])


def register_model(function: F) -> F:
    """Let ``get_model`` find a function that makes a network, by the function's name."""
    name = function.__name__
    if name in _MODELS:
        raise ValueError(f"model {name!r} is registered twice")
    _MODELS[name] = function
    return function


def get_model(name: str, **kwargs: Any) -> HybridBlock:
    """Make a network.

    Args:
        name: its name, in any case of letters.
        kwargs: arguments of the function of that name.

    Raises:
        UnknownNameError: there is none of that name; close ones are listed.

    Examples:
        >>> net = get_model("ssd_128_small", classes=("cat", "dog"))
        >>> net.classes
        ('cat', 'dog')
    """
    if not isinstance(name, str):
        raise ArgumentTypeError(f"get_model: name must be a str, got {type(name).__name__}")
    found = _MODELS.get(name.lower())
    if found is None:
        close = difflib.get_close_matches(name.lower(), _MODELS, 3) or sorted(_MODELS)
        raise UnknownNameError(f"get_model: there is no model {name!r}; there are {', '.join(close)}")
    return found(**kwargs)


def get_model_list() -> list[str]:
    """List the names that ``get_model`` knows."""
    return sorted(_MODELS)
