"""Anchors of SSD (Liu et al., 2016, section 2.2): the same few boxes around every cell of a feature map."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from regluon.core.errors import ArgumentError
from regluon.gluon.hybrid import HybridBlock

__all__ = ["LiteAnchorGenerator", "SSDAnchorGenerator"]


class SSDAnchorGenerator(HybridBlock):
    """Lay anchors out over a feature map; GluonCV's ``SSDAnchorGenerator``.

    Around each cell, rows of cells first, there are: a square of the first size; one of the geometric mean of both
    sizes; and for each ratio after the first a box of the first size's area. The anchors of a map of ``alloc_size``
    cells are a constant, of which a map takes its upper left part.

    Args:
        index: number of the feature map, for the constant's name.
        im_size: height and width of the picture.
        sizes: the first size, and the one that the mean is taken with, in pixels.
        ratios: widths of anchors relative to their heights; the first must be there and does nothing.
        step: distance of cells in pixels.
        alloc_size: the most rows and columns of a feature map.
        offsets: the centre of the first cell in y and x, in cells.
        clip: cut centres, widths and heights off at the picture's width and height.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> anchors = SSDAnchorGenerator(0, (32, 32), (16, 25), (1, 4), step=16, alloc_size=(2, 2))
        >>> anchors.initialize()
        >>> anchors(nd.zeros((1, 8, 1, 1))).asnumpy()
        array([[[ 8.,  8., 16., 16.],
                [ 8.,  8., 20., 20.],
                [ 8.,  8., 32.,  8.]]], dtype=float32)
    """

    def __init__(
        self,
        index: int,
        im_size: Sequence[int],
        sizes: Sequence[float],
        ratios: Sequence[float],
        step: float,
        alloc_size: Sequence[int] = (128, 128),
        offsets: Sequence[float] = (0.5, 0.5),
        clip: bool = False,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        for name, values in (("im_size", im_size), ("sizes", sizes), ("alloc_size", alloc_size), ("offsets", offsets)):
            if len(values) != 2:
                raise ArgumentError(f"{type(self).__name__}: {name} must be 2 numbers, got {tuple(values)}")
        if not len(ratios):
            raise ArgumentError(f"{type(self).__name__}: ratios must be at least one, got none")
        self._limits = (im_size[1], im_size[0]) * 2 if clip else None
        shapes = self._shapes(index, tuple(sizes), tuple(ratios))
        self._depth = len(shapes)
        self.anchors = self.params.get_constant(f"anchor_{index}", _lay_out(shapes, step, alloc_size, offsets))

    @property
    def num_depth(self) -> int:
        """Number of anchors around each cell."""
        return self._depth

    def _shapes(self, index: int, sizes: tuple[float, ...], ratios: tuple[float, ...]) -> list[tuple[float, float]]:  # noqa: ARG002
        """List widths and heights."""
        mean = math.sqrt(sizes[0] * sizes[1])
        return [(sizes[0], sizes[0]), (mean, mean), *(_stretched(sizes[0], ratio) for ratio in ratios[1:])]

    def hybrid_forward(self, F: Any, x: Any, anchors: Any) -> Any:
        """Give the anchors of a feature map ``(B, C, H, W)``, ``(1, N, 4)`` center boxes in pixels."""
        boxes = F.reshape(F.slice_like(anchors, x, axes=(2, 3)), shape=(1, -1, 4))
        if self._limits is None:
            return boxes
        columns = zip(F.split(boxes, axis=-1, num_outputs=4), self._limits, strict=True)
        return F.concat(*[F.clip(column, a_min=0.0, a_max=limit) for column, limit in columns], dim=-1)


class LiteAnchorGenerator(SSDAnchorGenerator):
    """Lay anchors out as small SSDs have them; GluonCV's ``LiteAnchorGenerator``.

    Arguments are those of ``SSDAnchorGenerator``. Around each cell there are a square of half the first size; for
    each ratio after the first a box of the first size's area; and, except in the first feature map, a square of the
    geometric mean of both sizes.
    """

    def _shapes(self, index: int, sizes: tuple[float, ...], ratios: tuple[float, ...]) -> list[tuple[float, float]]:
        """List widths and heights."""
        mean = math.sqrt(sizes[0] * sizes[1])
        shapes = [(sizes[0] / 2, sizes[0] / 2), *(_stretched(sizes[0], ratio) for ratio in ratios[1:])]
        return shapes if index == 0 else [*shapes, (mean, mean)]


def _stretched(size: float, ratio: float) -> tuple[float, float]:
    return size * math.sqrt(ratio), size / math.sqrt(ratio)


def _lay_out(
    shapes: Sequence[tuple[float, float]], step: float, alloc_size: Sequence[int], offsets: Sequence[float]
) -> np.ndarray:
    """Put boxes around every cell: ``(1, 1, H, W, 4 * len(shapes))``."""
    rows, columns = ((np.arange(size) + offset) * step for size, offset in zip(alloc_size, offsets, strict=True))
    boxes = np.empty((1, 1, *alloc_size, len(shapes), 4), np.float32)
    boxes[..., 0], boxes[..., 1] = columns[:, None], rows[:, None, None]
    boxes[..., 2:] = np.array(shapes)
    return boxes.reshape(1, 1, *alloc_size, -1)
