"""Operators on images, on NDArrays; generated from the registry."""

from regluon.nd.lift import lift
from regluon.ops.namespaces import install

__all__ = install(globals(), "image", lift)  # pyright: ignore[reportUnsupportedDunderAll]
