"""What the current thread is doing: recording operations, training or predicting, speaking which quantisation dialect.

``autograd.record()`` and its relatives set the flags for calls on NDArrays; a Block called with plain tensors sets them
from torch's own. ``quantization.dialect()`` sets the dialect. Operators never read any of it: the faces do, and pass it
on.
"""

import os
import threading
from typing import Literal, get_args

from regluon.core.errors import ArgumentError

__all__ = ["DIALECTS", "Dialect", "Mode", "current_dialect", "mode"]

Dialect = Literal["native", "onednn"]
"""Whose numbers quantised operators give: those of MXNet's documented formulas, or those of its build on oneDNN."""

DIALECTS: tuple[Dialect, ...] = get_args(Dialect)


def _from_environment() -> Dialect:
    given = os.environ.get("REGLUON_QUANTIZE_DIALECT", "native")
    for name in DIALECTS:
        if given == name:
            return name
    choices = ", ".join(map(repr, DIALECTS))
    raise ArgumentError(f"environment: REGLUON_QUANTIZE_DIALECT must be one of {choices}, got {given!r}")


_DIALECT = _from_environment()


class Mode(threading.local):
    """What holds for one thread.

    Attributes:
        recording: operations on NDArrays are kept for ``backward``.
        training: layers such as Dropout and BatchNorm behave as in training.
        tracing: a network is being called with Symbols, so that its Parameters stand for theirs.
        dialect: whose numbers quantised operators give.
    """

    recording: bool
    training: bool
    tracing: bool
    dialect: Dialect

    def __init__(self) -> None:
        # Set per thread, and on the instance: a compiled graph guards on these names being there.
        self.recording = False
        self.training = False
        self.tracing = False
        self.dialect = _DIALECT


mode = Mode()


def current_dialect() -> Dialect:
    """Return the dialect of this thread; what a lowered graph calls, as it is asked anew at every run."""
    return mode.dialect
