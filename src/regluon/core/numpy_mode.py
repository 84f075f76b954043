"""Whether Gluon's arrays are numpy's: what ``npx.set_np`` sets."""

import threading

__all__ = ["NumpyMode", "numpy_mode"]

# What threads begin with: the last that was set for good.
_START = {"arrays": False, "shapes": False}


class NumpyMode(threading.local):
    """What holds for one thread.

    Attributes:
        arrays: Parameters and data loaders give ``mx.np.ndarray``.
        shapes: ``()`` and 0 are known shapes and sizes.
    """

    arrays: bool
    shapes: bool

    def __init__(self) -> None:
        self.arrays, self.shapes = _START["arrays"], _START["shapes"]

    def settle(self, arrays: bool, shapes: bool) -> None:
        """Set it for this thread and for those to come."""
        self.arrays = _START["arrays"] = arrays
        self.shapes = _START["shapes"] = shapes


numpy_mode = NumpyMode()
