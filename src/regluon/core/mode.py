"""What the current thread is doing: recording operations, training or predicting.

``autograd.record()`` and its relatives set this state for calls on NDArrays; a Block called with plain
tensors sets it from torch's own flags. Operators never read it: the faces do, and pass it on.
"""

import threading

__all__ = ["Mode", "mode"]


class Mode(threading.local):
    """The two flags of one thread.

    Attributes:
        recording: operations on NDArrays are kept for ``backward``.
        training: layers such as Dropout and BatchNorm behave as in training.
    """

    recording: bool
    training: bool

    def __init__(self) -> None:
        # Set per thread, and on the instance: a compiled graph guards on these names being there.
        self.recording = False
        self.training = False


mode = Mode()
