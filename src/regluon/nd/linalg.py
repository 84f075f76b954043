"""Linear algebra, on NDArrays; generated from the registry."""

from regluon.nd.lift import lift
from regluon.ops.namespaces import install

__all__ = install(globals(), "linalg", lift)  # pyright: ignore[reportUnsupportedDunderAll]
