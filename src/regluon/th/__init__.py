"""The operators on plain torch tensors: ``th.contrib.box_nms(rows)``."""

from regluon.th import _internal, contrib, image, linalg, op, random
from regluon.th.op import *  # noqa: F403

__all__ = ["_internal", "contrib", "image", "linalg", "op", "random"]  # noqa: PLE0604
__all__ += op.__all__  # pyright: ignore[reportUnsupportedDunderAll]
