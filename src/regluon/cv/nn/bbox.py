"""Arithmetic of boxes.

A box is four numbers along one axis, the last unless ``axis`` says otherwise: ``corner`` boxes are ``xmin, ymin,
xmax, ymax``, ``center`` boxes are ``x, y, width, height``. Coordinates are floats and nothing is added to a width, so
the box from 2 to 5 is 3 wide. An inverted box has negative sides until an operation says otherwise.
"""

from typing import Any, Literal

import numpy as np

from regluon.core.errors import ArgumentError
from regluon.gluon.hybrid import HybridBlock

__all__ = [
    "BBoxArea",
    "BBoxBatchIOU",
    "BBoxCenterToCorner",
    "BBoxClipToImage",
    "BBoxCornerToCenter",
    "BBoxSplit",
    "NumPyBBoxCornerToCenter",
]

Format = Literal["corner", "center"]

# The largest float16, so that overlaps stay finite where boxes are halves.
_LARGEST_SIDE = 65504.0


class BBoxCornerToCenter(HybridBlock):
    """Turn corner boxes into center boxes; GluonCV's ``BBoxCornerToCenter``.

    Args:
        axis: the axis of the four numbers.
        split: return the four columns, each with the axis of size 1, instead of boxes.

    Examples:
        >>> from regluon import nd
        >>> BBoxCornerToCenter()(nd.array([[0, 0, 4, 2]])).asnumpy()
        array([[2., 1., 4., 2.]], dtype=float32)
    """

    def __init__(self, axis: int = -1, split: bool = False) -> None:
        super().__init__()
        self._axis, self._split = axis, split

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Convert ``(..., 4)`` boxes."""
        left, top, right, bottom = F.split(x, axis=self._axis, num_outputs=4)
        width, height = right - left, bottom - top
        columns = left + width * 0.5, top + height * 0.5, width, height
        return columns if self._split else F.concat(*columns, dim=self._axis)


class BBoxCenterToCorner(HybridBlock):
    """Turn center boxes into corner boxes; GluonCV's ``BBoxCenterToCorner``.

    Args:
        axis: the axis of the four numbers.
        split: return the four columns, each with the axis of size 1, instead of boxes.

    Examples:
        >>> from regluon import nd
        >>> BBoxCenterToCorner()(nd.array([[2, 1, 4, 2]])).asnumpy()
        array([[0., 0., 4., 2.]], dtype=float32)
    """

    def __init__(self, axis: int = -1, split: bool = False) -> None:
        super().__init__()
        self._axis, self._split = axis, split

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Convert ``(..., 4)`` boxes."""
        x, y, width, height = F.split(x, axis=self._axis, num_outputs=4)
        across, down = width * 0.5, height * 0.5
        columns = x - across, y - down, x + across, y + down
        return columns if self._split else F.concat(*columns, dim=self._axis)


class BBoxSplit(HybridBlock):
    """Part boxes into their four columns; GluonCV's ``BBoxSplit``.

    Args:
        axis: the axis of the four numbers.
        squeeze_axis: take the axis out; otherwise it stays with size 1.
        names: ``prefix`` and ``params``.
    """

    def __init__(self, axis: int, squeeze_axis: bool = False, **names: Any) -> None:
        super().__init__(**names)
        self._axis, self._squeeze_axis = axis, squeeze_axis

    def hybrid_forward(self, F: Any, x: Any) -> list[Any]:
        """Part ``(..., 4)`` boxes into 4 arrays ``(..., 1)``, or ``(...)``."""
        return list(F.split(x, axis=self._axis, num_outputs=4, squeeze_axis=self._squeeze_axis))


class BBoxArea(HybridBlock):
    """Compute areas of boxes; a side below 0 counts as 0. GluonCV's ``BBoxArea``.

    GluonCV looks for corner boxes along the last axis whatever ``axis`` is; here ``axis`` counts for both formats.

    Args:
        axis: the axis of the four numbers.
        fmt: the boxes' format.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> BBoxArea()(nd.array([[0, 0, 4, 2], [1, 1, 0, 0]])).asnumpy()
        array([[8.],
               [0.]], dtype=float32)
    """

    def __init__(self, axis: int = -1, fmt: Format = "corner", **names: Any) -> None:
        super().__init__(**names)
        self._axis, self._fmt = axis, _checked("BBoxArea", fmt)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Reduce ``(..., 4)`` boxes to ``(..., 1)`` areas."""
        left, top, width, height = F.split(x, axis=self._axis, num_outputs=4)
        if self._fmt == "corner":
            width, height = width - left, height - top
        width, height = (F.where(side > 0, side, F.zeros_like(side)) for side in (width, height))
        return width * height


class BBoxBatchIOU(HybridBlock):
    """Compute the overlaps of all boxes of an image with all others; GluonCV's ``BBoxBatchIOU``.

    An overlap is the area of the intersection over that of the union. Sides of the boxes themselves are not cut at 0,
    so an inverted box may have an area. GluonCV fails on center boxes or gives one overlap for each pair in order;
    here both formats give all pairs.

    Args:
        axis: the axis of the four numbers.
        fmt: the boxes' format.
        offset: added to all sides, 1 for boxes of whole pixels.
        eps: added to the union, so that two empty boxes overlap by 0.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> BBoxBatchIOU()(nd.array([[[0, 0, 2, 2]]]), nd.array([[[0, 0, 2, 2], [0, 1, 2, 3]]])).asnumpy().round(4)
        array([[[1.    , 0.3333]]], dtype=float32)
    """

    def __init__(
        self, axis: int = -1, fmt: Format = "corner", offset: float = 0, eps: float = 1e-15, **names: Any
    ) -> None:
        super().__init__(**names)
        self._offset, self._eps = offset, eps
        self.to_corner = BBoxCenterToCorner(axis) if _checked("BBoxBatchIOU", fmt) == "center" else None
        self.split = BBoxSplit(axis, squeeze_axis=True)

    def hybrid_forward(self, F: Any, a: Any, b: Any) -> Any:
        """Compare ``(B, N, 4)`` with ``(B, M, 4)``; overlaps are ``(B, N, M)``."""
        first, second = (self.split(x if self.to_corner is None else self.to_corner(x)) for x in (a, b))
        rows = [F.expand_dims(column, axis=2) for column in first]
        columns = [F.expand_dims(column, axis=1) for column in second]
        shared = self._side(F, rows, columns, 0) * self._side(F, rows, columns, 1)
        union = F.broadcast_add(self._area(rows), self._area(columns)) - shared
        return shared / (union + self._eps)

    def _side(self, F: Any, rows: Any, columns: Any, axis: int) -> Any:
        """Measure all intersections along x or y."""
        low = F.broadcast_maximum(rows[axis], columns[axis])
        high = F.broadcast_minimum(rows[axis + 2], columns[axis + 2])
        return F.clip(high - low + self._offset, a_min=0.0, a_max=_LARGEST_SIDE)

    def _area(self, box: Any) -> Any:
        left, top, right, bottom = box
        return (right - left + self._offset) * (bottom - top + self._offset)


class BBoxClipToImage(HybridBlock):
    """Cut boxes off at the edges of their image, which are 0, its width and its height; GluonCV's ``BBoxClipToImage``.

    So a coordinate may equal the width, not just the last pixel's number. All images of a batch count as equally
    large.

    Args:
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> BBoxClipToImage()(nd.array([[[-3, 2, 40, 50]]]), nd.zeros((1, 3, 20, 30))).asnumpy()
        array([[[ 0.,  2., 30., 20.]]], dtype=float32)
    """

    def __init__(self, **names: Any) -> None:
        super().__init__(**names)

    def hybrid_forward(self, F: Any, x: Any, img: Any) -> Any:
        """Cut ``(B, N, 4)`` float32 corner boxes off at the edges of ``(B, C, H, W)`` images."""
        size = F.slice_axis(F.cast(F.shape_array(img), dtype="float32"), axis=0, begin=2, end=4)
        edges = F.reshape(F.tile(F.reverse(size, axis=0), reps=(2,)), shape=(1, 1, 4))
        return F.broadcast_minimum(F._internal._maximum_scalar(x, scalar=0.0), edges)


class NumPyBBoxCornerToCenter:
    """Turn corner boxes in NumPy arrays into center boxes; GluonCV's ``NumPyBBoxCornerToCenter``.

    Args:
        axis: the axis of the four numbers.
        split: return the four columns, each with the axis of size 1, instead of boxes.

    Examples:
        >>> NumPyBBoxCornerToCenter()(np.array([[0.0, 0.0, 4.0, 2.0]]))
        array([[2., 1., 4., 2.]])
    """

    def __init__(self, axis: int = -1, split: bool = False) -> None:
        self._axis, self._split = axis, split

    def __call__(self, x: np.ndarray) -> np.ndarray | tuple[np.ndarray, ...]:
        """Convert ``(..., 4)`` boxes."""
        left, top, right, bottom = np.split(x, 4, axis=self._axis)
        width, height = right - left, bottom - top
        columns = left + width / 2, top + height / 2, width, height
        return columns if self._split else np.concatenate(columns, axis=self._axis)


def _checked(who: str, fmt: str) -> str:
    if fmt not in ("corner", "center"):
        raise ArgumentError(f"{who}: fmt must be one of 'corner', 'center', got {fmt!r}")
    return fmt
