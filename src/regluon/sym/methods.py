"""The methods and the arithmetic of symbols that are operators; filled in from the registry by ``sym.fill``.

The generated stub beside this file lists them with their signatures.
"""

__all__ = ["SymbolMethods"]


class SymbolMethods:
    """Base of Symbol: ``x.sum(axis=1)`` is ``sym.sum(x, axis=1)``."""

    __slots__ = ()
