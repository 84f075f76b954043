"""Operators of MXNet's ``contrib``, on torch tensors; generated from the registry."""

from regluon.th.lift import lift
from regluon.ops.namespaces import install

__all__ = install(globals(), "contrib", lift)  # pyright: ignore[reportUnsupportedDunderAll]
