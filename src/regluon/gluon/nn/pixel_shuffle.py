"""Layers that turn channels into pixels (Shi et al., 2016).

A channel's number is, slowest first, that of the output channel and then its place along each axis within the block of
pixels it becomes part of.
"""

import math
from typing import Any

from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.nn.sizes import Size, each

__all__ = ["PixelShuffle1D", "PixelShuffle2D", "PixelShuffle3D"]


class _PixelShuffle(HybridBlock):
    """What the ranks share."""

    _axes = 0

    def __init__(self, factor: Size, **names: Any) -> None:
        """Set the layer up.

        Args:
            factor: how often each axis grows; one int, or one for each axis.
            names: ``prefix`` and ``params``.
        """
        super().__init__(**names)
        self._factors = each(type(self).__name__, "factor", factor, self._axes, 1)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Shuffle."""
        x = F.reshape(x, shape=(0, -4, -1, math.prod(self._factors), -2))
        # Axis by axis, as MXNet transposes no array of eight: bring the block behind the axis, join its first part.
        for i, factor in enumerate(self._factors):
            before, after = (0,) * (2 + i), (-2,) if i < self._axes - 1 else ()
            x = F.swapaxes(x, dim1=2 + i, dim2=3 + i)
            if after:
                x = F.reshape(x, shape=(*before, 0, -4, factor, math.prod(self._factors[i + 1 :]), *after))
            x = F.reshape(x, shape=(*before, -3, *after))
        return x

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._factors if self._axes > 1 else self._factors[0]})"


class PixelShuffle1D(_PixelShuffle):
    """Turn ``(N, f * C, W)`` into ``(N, C, f * W)``; MXNet's ``PixelShuffle1D``.

    Examples:
        >>> from regluon import nd
        >>> PixelShuffle1D(2)(nd.array([[[1, 2], [3, 4]]])).asnumpy()
        array([[[1., 3., 2., 4.]]], dtype=float32)
    """

    _axes = 1


class PixelShuffle2D(_PixelShuffle):
    """Turn ``(N, f1 * f2 * C, H, W)`` into ``(N, C, f1 * H, f2 * W)``; MXNet's ``PixelShuffle2D``.

    Examples:
        >>> from regluon import nd
        >>> PixelShuffle2D((2, 3))(nd.zeros((1, 12, 3, 5))).shape
        (1, 2, 6, 15)
    """

    _axes = 2


class PixelShuffle3D(_PixelShuffle):
    """Turn ``(N, f1 * f2 * f3 * C, D, H, W)`` into ``(N, C, f1 * D, f2 * H, f3 * W)``; MXNet's ``PixelShuffle3D``.

    Examples:
        >>> from regluon import nd
        >>> PixelShuffle3D(2)(nd.zeros((1, 8, 3, 5, 7))).shape
        (1, 1, 6, 10, 14)
    """

    _axes = 3
