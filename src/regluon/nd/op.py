"""Every operator with a public name, on NDArrays; generated from the registry."""

from regluon.nd.lift import lift
from regluon.ops.namespaces import install

__all__ = install(globals(), "op", lift)  # pyright: ignore[reportUnsupportedDunderAll]
