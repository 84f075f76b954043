"""The operators on plain torch tensors: ``th.contrib.box_nms(rows)``."""

from regluon.th import _internal, contrib, functions, image, linalg, np, npx, op, random
from regluon.th.op import *  # noqa: F403

# isort: split
# Last, as some take the place of operators of the same name.
from regluon.th.functions import *  # noqa: F403

__all__ = ["_internal", "contrib", "image", "linalg", "np", "npx", "op", "random"]
__all__ += functions.__all__
__all__ += op.__all__
