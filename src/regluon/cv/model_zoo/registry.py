"""Networks by name."""

from collections.abc import Callable
from typing import Any, TypeVar

from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.model_zoo.registry import Zoo

__all__ = ["get_model", "get_model_list", "register", "register_model"]

_ZOO = Zoo()

F = TypeVar("F", bound=Callable[..., HybridBlock])


def register_model(function: F) -> F:
    """Let ``get_model`` find a function that makes a network, by the function's name."""
    return _ZOO.register(function.__name__, function)


def register(name: str, function: F) -> F:
    """Let ``get_model`` find a function that makes a network, under another name; return the function."""
    return _ZOO.register(name, function)


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
    return _ZOO.get(name, **kwargs)


def get_model_list() -> list[str]:
    """List the names that ``get_model`` knows."""
    return _ZOO.names()
