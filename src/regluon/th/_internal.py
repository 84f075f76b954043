"""Operators whose registered names begin with an underscore, on torch tensors; generated from the registry."""

from regluon.th.lift import lift
from regluon.ops.namespaces import install

__all__ = install(globals(), "_internal", lift)  # pyright: ignore[reportUnsupportedDunderAll]
