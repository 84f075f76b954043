"""Layers that turn channels into pixels (Shi et al., 2016).

A channel's number is, slowest first, that of the output channel and then its place along each axis within the block of
pixels it becomes part of.
"""

from collections.abc import Sequence
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.gluon.hybrid import HybridBlock

__all__ = ["PixelShuffle1D", "PixelShuffle2D", "PixelShuffle3D"]


class _PixelShuffle(HybridBlock):
    """What the ranks share."""

    _axes = 0

    def __init__(self, factor: int | Sequence[int], **names: Any) -> None:
        """Set the layer up.

        Args:
            factor: how often each axis grows; one int, or one for each axis.
            names: ``prefix`` and ``params``.
        """
        super().__init__(**names)
        factors = (factor,) * self._axes if isinstance(factor, int) else tuple(factor)
        if len(factors) != self._axes or not all(isinstance(one, int) and one > 0 for one in factors):
            raise ArgumentError(f"{type(self).__name__}: factor must be an int >= 1 or {self._axes} of them, got {factor!r}")
        self._factors = factors

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: N803
        """Shuffle."""
        # Part the channels, axis by axis: (N, C, f1, f2, ..., H, W, ...).
        for i in range(self._axes):
            left = [0] * (i + 1)
            x = F.reshape(x, shape=(*left, -4, -1, _product(self._factors[i:]), -2))
            if i:
                # The last part was joined with the factor before it.
                x = F.reshape(x, shape=(0, 0, *left[1:], -2))
        return x

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._factors if self._axes > 1 else self._factors[0]})"
