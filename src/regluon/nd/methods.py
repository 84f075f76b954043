"""The methods and the arithmetic of arrays that are operators; filled in from the registry by ``nd.fill``.

The generated stub beside this file lists them with their signatures.
"""

__all__ = ["ArrayMethods"]


class ArrayMethods:
    """Base of NDArray: ``x.sum(axis=1)`` is ``nd.sum(x, axis=1)``."""

    __slots__ = ()
