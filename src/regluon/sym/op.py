"""Every operator with a public name, on symbols; generated from the registry."""

from regluon.sym.lift import lift
from regluon.ops.namespaces import install

__all__ = install(globals(), "op", lift)  # pyright: ignore[reportUnsupportedDunderAll]
