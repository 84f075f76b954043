"""NDArray and the operators on it: ``nd.contrib.box_nms(nd.array(rows))``."""

from regluon.nd import _internal, contrib, fill, functions, image, linalg, np, npx, op, random
from regluon.nd.array import (
    NDArray,
    array,
    empty,
    from_dlpack,
    from_numpy,
    from_torch,
    to_dlpack_for_read,
    to_dlpack_for_write,
    waitall,
)
from regluon.nd.files import load, load_frombuffer, save
from regluon.nd.op import *  # noqa: F403

# isort: split
# Last, as some take the place of operators of the same name.
from regluon.nd.functions import *  # noqa: F403

__all__ = [
    "NDArray",
    "_internal",
    "array",
    "contrib",
    "empty",
    "fill",
    "from_dlpack",
    "from_numpy",
    "from_torch",
    "image",
    "linalg",
    "load",
    "load_frombuffer",
    "np",
    "npx",
    "op",
    "random",
    "save",
    "to_dlpack_for_read",
    "to_dlpack_for_write",
    "waitall",
]
__all__ += functions.__all__
__all__ += op.__all__
