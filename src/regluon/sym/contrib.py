"""Operators of MXNet's ``contrib``, on symbols; generated from the registry."""

from regluon.sym.lift import lift
from regluon.ops.namespaces import install

__all__ = install(globals(), "contrib", lift)  # pyright: ignore[reportUnsupportedDunderAll]
