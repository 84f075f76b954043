"""Operators on images, on symbols; generated from the registry."""

from regluon.sym.lift import lift
from regluon.ops.namespaces import install

__all__ = install(globals(), "image", lift)  # pyright: ignore[reportUnsupportedDunderAll]
