"""Networks of MXNet's zoo by name."""

from collections.abc import Callable
from typing import Any, TypeVar

from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.model_zoo.registry import Zoo

__all__ = ["get_model", "register"]

_ZOO = Zoo()

F = TypeVar("F", bound=Callable[..., HybridBlock])


def register(name: str, function: F) -> F:
    """Let ``get_model`` find a function that makes a network under a name; return the function."""
    return _ZOO.register(name, function)


def get_model(name: str, **kwargs: Any) -> HybridBlock:
    """Make a network of MXNet's zoo.

    Args:
        name: its name, in any case of letters.
        kwargs: arguments of the function of that name.

    Raises:
        UnknownNameError: there is none of that name; close ones are listed.

    Examples:
        >>> get_model("resnet18_v1", classes=10).output
        Dense(512 -> 10, linear)
    """
    return _ZOO.get(name, **kwargs)
