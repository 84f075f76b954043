"""NDArray and the operators on it: ``nd.contrib.box_nms(nd.array(rows))``."""

from regluon.nd import _internal, contrib, fill, image, linalg, op, random
from regluon.nd.array import NDArray, array, empty, from_numpy, from_torch, waitall
from regluon.nd.files import load, load_frombuffer, save
from regluon.nd.op import *  # noqa: F403

__all__ = [  # noqa: PLE0604
    "NDArray",
    "_internal",
    "array",
    "contrib",
    "empty",
    "fill",
    "from_numpy",
    "from_torch",
    "image",
    "linalg",
    "load",
    "load_frombuffer",
    "op",
    "random",
    "save",
    "waitall",
]
__all__ += op.__all__  # pyright: ignore[reportUnsupportedDunderAll]
