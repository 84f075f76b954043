"""Automatic names and default attributes of symbols and blocks, as MXNet 1.x gives them."""

import threading
from types import TracebackType
from typing import Self

from regluon.core.errors import ArgumentTypeError

__all__ = ["AttrScope", "NameManager", "Prefix", "current_attributes", "current_names"]


class NameManager:
    """Count the things of each kind and name them ``<kind><n>``; the innermost ``with`` counts.

    Examples:
        >>> with NameManager() as names:
        ...     names.get(None, "conv"), names.get(None, "conv"), names.get("head", "conv")
        ('conv0', 'conv1', 'head')
    """

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._outer: list[NameManager] = []

    def get(self, name: str | None, hint: str) -> str:
        """Return ``name``, or the next free name of the kind ``hint``."""
        if name:
            return name
        count = self._counts.get(hint, 0)
        self._counts[hint] = count + 1
        return f"{hint}{count}"

    def __enter__(self) -> Self:
        self._outer.append(_scope.names)
        _scope.names = self
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        _scope.names = self._outer.pop()


class Prefix(NameManager):
    """Put a prefix before every name, given or counted."""

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._prefix = prefix

    def get(self, name: str | None, hint: str) -> str:
        """Return the prefix and the name."""
        return self._prefix + super().get(name, hint)


class AttrScope:
    """Give every symbol made inside a ``with`` the same attributes (``lr_mult``, ``ctx_group``, ...).

    Args:
        attributes: names and texts.
    """

    def __init__(self, **attributes: str) -> None:
        for name, value in attributes.items():
            if not isinstance(value, str):
                raise ArgumentTypeError(f"AttrScope: {name} must be a str, got {value!r:.60}")
        self._own = attributes
        self._outer: list[dict[str, str]] = []

    def __enter__(self) -> Self:
        self._outer.append(_scope.attributes)
        _scope.attributes = {**_scope.attributes, **self._own}
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        _scope.attributes = self._outer.pop()


class _Scope(threading.local):
    def __init__(self) -> None:
        self.names = NameManager()
        self.attributes: dict[str, str] = {}


_scope = _Scope()


def current_names() -> NameManager:
    """Return the name manager in force."""
    return _scope.names


def current_attributes() -> dict[str, str]:
    """Return the attributes that new symbols get."""
    return _scope.attributes
