"""Anchors of region proposal networks (Ren et al., 2015, Faster R-CNN): boxes of a few shapes around every cell."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from regluon.core.errors import ArgumentError
from regluon.gluon.hybrid import HybridBlock

__all__ = ["RPNAnchorGenerator"]


class RPNAnchorGenerator(HybridBlock):
    """Lay anchors out over a feature map; GluonCV's ``RPNAnchorGenerator``.

    A cell of ``stride`` pixels is reshaped by each ratio, its sides rounded to whole pixels, and then scaled; around
    each cell, rows of cells first, there are all scales of the first ratio, then of the next. Sides count pixels, so
    that the anchor from 2 to 5 is 4 wide. The anchors of a map of ``alloc_size`` cells are a constant, of which a map
    takes its upper left part.

    Args:
        stride: distance of cells in pixels.
        base_size: size that scales are multiples of, in pixels.
        ratios: heights of anchors relative to their widths, or one.
        scales: sizes of anchors in base sizes, or one.
        alloc_size: the most rows and columns of a feature map.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> anchors = RPNAnchorGenerator(16, 16, ratios=(0.5, 1), scales=2, alloc_size=(8, 8))
        >>> anchors.initialize()
        >>> anchors(nd.zeros((1, 3, 1, 2))).asnumpy()
        array([[[-15.,  -4.,  30.,  19.],
                [ -8.,  -8.,  23.,  23.],
                [  1.,  -4.,  46.,  19.],
                [  8.,  -8.,  39.,  23.]]], dtype=float32)
    """

    def __init__(
        self,
        stride: int,
        base_size: float,
        ratios: Sequence[float] | float,
        scales: Sequence[float] | float,
        alloc_size: Sequence[int],
        **names: Any,
    ) -> None:
        super().__init__(**names)
        if base_size <= 0:
            raise ArgumentError(f"{type(self).__name__}: base_size must be above 0, got {base_size}")
        if len(alloc_size) != 2:
            raise ArgumentError(f"{type(self).__name__}: alloc_size must be 2 numbers, got {tuple(alloc_size)}")
        sides = np.array(scales, np.float64).reshape(-1) * base_size
        shapes = _shapes(stride, sides, np.array(ratios, np.float64).reshape(-1))
        self._depth = len(shapes)
        self.anchors = self.params.get_constant("anchor_", _lay_out(shapes, stride, alloc_size))

    @property
    def num_depth(self) -> int:
        """Number of anchors around each cell."""
        return self._depth

    def hybrid_forward(self, F: Any, x: Any, anchors: Any) -> Any:
        """Give the anchors of a feature map ``(B, C, H, W)``, ``(1, N, 4)`` corner boxes in pixels."""
        return F.reshape(F.slice_like(anchors, x, axes=(2, 3)), shape=(1, -1, 4))


def _shapes(stride: int, sides: np.ndarray, ratios: np.ndarray) -> np.ndarray:
    """Make the anchors ``(K, 4)`` of the first cell."""
    widths = np.round(np.sqrt(stride * stride / ratios))
    heights = np.round(widths * ratios)
    sizes = np.stack([widths, heights], axis=1)[:, None] * (sides / stride)[None, :, None]
    half = 0.5 * (sizes.reshape(-1, 2) - 1)
    middle = 0.5 * (stride - 1)
    return np.concatenate([middle - half, middle + half], axis=1)


def _lay_out(shapes: np.ndarray, stride: int, alloc_size: Sequence[int]) -> np.ndarray:
    """Put the anchors of the first cell around every cell: ``(1, 1, H, W, 4 K)``."""
    rows, columns = (np.arange(size) * stride for size in alloc_size)
    boxes = np.tile(shapes, (*alloc_size, 1, 1))
    boxes[..., 0::2] += columns[:, None, None]
    boxes[..., 1::2] += rows[:, None, None, None]
    return boxes.reshape(1, 1, *alloc_size, -1).astype(np.float32)
