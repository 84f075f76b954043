"""Blocks that all run on the same input."""

from typing import Any

from regluon import nd, th
from regluon.gluon.nn.sequential import HybridSequential, Sequential
from regluon.nd.array import NDArray

__all__ = ["Concatenate", "Concurrent", "HybridConcatenate", "HybridConcurrent"]


class Concatenate(Sequential):
    """Run Blocks on the same input and join their outputs; MXNet 2's ``gluon.nn.Concatenate``.

    Args:
        axis: the axis to join along.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> from regluon.gluon import nn
        >>> net = nn.Concatenate()
        >>> net.add(nn.Identity(), nn.Lambda("relu"))
        >>> net(nd.array([[-1, 2]])).asnumpy()
        array([[-1.,  2.,  0.,  2.]], dtype=float32)
    """

    def __init__(self, axis: int = -1, **names: Any) -> None:
        super().__init__(**names)
        self.axis = axis

    def forward(self, x: Any, *args: Any) -> Any:
        """Run every Block and join."""
        face = nd if isinstance(x, NDArray) else th
        return face.concat(*[one(x, *args) for one in self], dim=self.axis)

    def _empty(self) -> "Concatenate":
        return type(self)(self.axis, prefix=self._prefix)


class HybridConcatenate(HybridSequential):
    """Run HybridBlocks on the same input and join their outputs; MXNet 2's ``gluon.nn.HybridConcatenate``.

    Args:
        axis: the axis to join along.
        names: ``prefix`` and ``params``.
    """

    def __init__(self, axis: int = -1, **names: Any) -> None:
        super().__init__(**names)
        self.axis = axis

    def hybrid_forward(self, F: Any, x: Any, *args: Any) -> Any:
        """Run every Block and join."""
        return F.concat(*[one(x, *args) for one in self], dim=self.axis)

    def _empty(self) -> "HybridConcatenate":
        return type(self)(self.axis, prefix=self._prefix)


class Concurrent(Concatenate):
    """``Concatenate`` by the name it has in MXNet 1.x's ``gluon.contrib.nn``."""


class HybridConcurrent(HybridConcatenate):
    """``HybridConcatenate`` by the name it has in MXNet 1.x's ``gluon.contrib.nn``."""
