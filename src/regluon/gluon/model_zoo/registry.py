"""Networks by name."""

import difflib
from collections.abc import Callable
from typing import Any, TypeVar

from regluon.core.errors import ArgumentTypeError, UnknownNameError
from regluon.gluon.hybrid import HybridBlock

__all__ = ["Zoo"]

F = TypeVar("F", bound=Callable[..., HybridBlock])


class Zoo:
    """Functions that make networks, by name in small letters."""

    def __init__(self) -> None:
        self._functions: dict[str, Callable[..., HybridBlock]] = {}

    def register(self, name: str, function: F) -> F:
        """Let ``get`` find a function under a name; return the function."""
        if name in self._functions:
            raise ValueError(f"model {name!r} is registered twice")
        self._functions[name] = function
        return function

    def get(self, name: str, **kwargs: Any) -> HybridBlock:
        """Make a network.

        Args:
            name: its name, in any case of letters.
            kwargs: arguments of the function of that name.

        Raises:
            UnknownNameError: there is none of that name; close ones are listed.
        """
        if not isinstance(name, str):
            raise ArgumentTypeError(f"get_model: name must be a str, got {type(name).__name__}")
        found = self._functions.get(name.lower())
        if found is None:
            close = difflib.get_close_matches(name.lower(), self._functions, 3) or self.names()
            raise UnknownNameError(f"get_model: there is no model {name!r}; there are {', '.join(close)}")
        return found(**kwargs)

    def names(self) -> list[str]:
        """List the names, sorted."""
        return sorted(self._functions)
