"""Operators whose registered names begin with an underscore, on symbols; generated from the registry."""

from regluon.sym.lift import lift
from regluon.ops.namespaces import install

__all__ = install(globals(), "_internal", lift)  # pyright: ignore[reportUnsupportedDunderAll]
