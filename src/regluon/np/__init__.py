"""Arrays with numpy's rules, and numpy's functions on them: MXNet 2's ``mx.np``."""

from regluon.np import (
    arrays,
    constants,
    creation,
    elementwise,
    left_out,
    linalg,
    matrix,
    official,
    random,
    reduction,
    search,
    shapes,
)
from regluon.np.arrays import *  # noqa: F403
from regluon.np.constants import *  # noqa: F403
from regluon.np.creation import *  # noqa: F403
from regluon.np.elementwise import *  # noqa: F403
from regluon.np.left_out import *  # noqa: F403
from regluon.np.matrix import *  # noqa: F403
from regluon.np.numpy_array import ndarray
from regluon.np.official import *  # noqa: F403
from regluon.np.printing import set_printoptions
from regluon.np.reduction import *  # noqa: F403
from regluon.np.search import *  # noqa: F403
from regluon.np.shapes import *  # noqa: F403

__all__ = ["linalg", "ndarray", "random", "set_printoptions"]
__all__ += arrays.__all__
__all__ += constants.__all__
__all__ += creation.__all__
__all__ += elementwise.__all__
__all__ += left_out.__all__
__all__ += matrix.__all__
__all__ += official.__all__
__all__ += reduction.__all__
__all__ += search.__all__
__all__ += shapes.__all__
