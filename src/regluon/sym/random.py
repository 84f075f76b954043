"""Random arrays, on symbols; generated from the registry."""

from regluon.sym.lift import lift
from regluon.ops.namespaces import install

__all__ = install(globals(), "random", lift)  # pyright: ignore[reportUnsupportedDunderAll]
