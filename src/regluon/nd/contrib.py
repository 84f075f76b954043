"""Operators of MXNet's ``contrib``, on NDArrays; generated from the registry."""

from regluon.nd.lift import lift
from regluon.ops.namespaces import install

__all__ = install(globals(), "contrib", lift)  # pyright: ignore[reportUnsupportedDunderAll]
