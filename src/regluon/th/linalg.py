"""Linear algebra, on torch tensors; generated from the registry."""

from regluon.th.lift import lift
from regluon.ops.namespaces import install

__all__ = install(globals(), "linalg", lift)  # pyright: ignore[reportUnsupportedDunderAll]
