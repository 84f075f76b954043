"""Every operator with a public name, on torch tensors; generated from the registry."""

from regluon.th.lift import lift
from regluon.ops.namespaces import install

__all__ = install(globals(), "op", lift)  # pyright: ignore[reportUnsupportedDunderAll]
