"""Padding."""

from collections.abc import Sequence
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.gluon.hybrid import HybridBlock

__all__ = ["ReflectionPad2D"]


class ReflectionPad2D(HybridBlock):
    """Pad height and width of ``(N, C, H, W)`` with the image mirrored at its edges, which are not repeated.

    Args:
        padding: an int, less than both sizes; or 8 ints, two for each axis.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> ReflectionPad2D(1)(nd.array([[[[1, 2], [3, 4]]]])).asnumpy()[0, 0]
        array([[4., 3., 4., 3.],
               [2., 1., 2., 1.],
               [4., 3., 4., 3.],
               [2., 1., 2., 1.]], dtype=float32)
    """

    def __init__(self, padding: int | Sequence[int] = 0, **names: Any) -> None:
        super().__init__(**names)
        sizes = (0, 0, 0, 0, padding, padding, padding, padding) if isinstance(padding, int) else tuple(padding)
        if len(sizes) != 8 or not all(isinstance(one, int) and one >= 0 for one in sizes):
            raise ArgumentError(f"ReflectionPad2D: padding must be an int >= 0 or 8 of them, got {padding!r}")
        self._padding = sizes

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Pad."""
        return F.pad(x, mode="reflect", pad_width=self._padding)
