"""Boxes from heatmaps."""

from typing import Any

from regluon.cv.nn.lookup import look_up
from regluon.gluon.hybrid import HybridBlock

__all__ = ["CenterNetDecoder"]


class CenterNetDecoder(HybridBlock):
    """Make boxes of the highest points of a heatmap (Zhou et al., 2019); GluonCV's ``CenterNetDecoder``.

    Every point counts: a network keeps only peaks by pooling the map first. GluonCV takes 256 images at most and
    loses count in maps of over 2^24 numbers; here neither is so. Of equal scores the first comes first.

    Args:
        topk: K, the number of boxes of each image.
        scale: pixels of the picture for each of the map.

    Examples:
        >>> from regluon import nd
        >>> heat, sizes, shifts = nd.array([[[[0, 0.9], [0, 0]]]]), nd.ones((1, 2, 2, 2)), nd.zeros((1, 2, 2, 2))
        >>> ids, scores, boxes = CenterNetDecoder(topk=1)(heat, sizes, shifts)
        >>> boxes.asnumpy()
        array([[[ 2., -2.,  6.,  2.]]], dtype=float32)
    """

    def __init__(self, topk: int = 100, scale: float = 4.0) -> None:
        super().__init__()
        self._topk, self._scale = topk, scale

    def hybrid_forward(self, F: Any, x: Any, wh: Any, reg: Any) -> tuple[Any, Any, Any]:
        """Decode.

        Args:
            F: the face.
            x: ``(B, C, H, W)`` scores, float32.
            wh: ``(B, 2, H, W)`` widths and heights of the box around each point, in pixels of the map.
            reg: ``(B, 2, H, W)`` shifts of the point in x and y.

        Returns:
            Ids ``(B, K)``, scores ``(B, K)`` and corner boxes ``(B, K, 4)`` in pixels of the picture.
        """
        scores, found = F.topk(F.reshape(x, shape=(0, -1)), k=self._topk, ret_typ="both", dtype="int64")
        shape = F.shape_array(x)
        width = F.slice_axis(shape, axis=0, begin=3, end=4)
        area = width * F.slice_axis(shape, axis=0, begin=2, end=3)
        ids, place = F.broadcast_div(found, area), F.broadcast_mod(found, area)
        across, down = F.broadcast_mod(place, width), F.broadcast_div(place, width)
        centers = [
            F.cast(pixel, dtype="float32") + shift
            for pixel, shift in zip((across, down), self._at(F, reg, place), strict=True)
        ]
        halves = [size / 2 for size in self._at(F, wh, place)]
        low = [center - half for center, half in zip(centers, halves, strict=True)]
        high = [center + half for center, half in zip(centers, halves, strict=True)]
        return F.cast(ids, dtype="float32"), scores, F.stack(*low, *high, axis=2) * self._scale

    def _at(self, F: Any, maps: Any, place: Any) -> list[Any]:
        """Look both of two maps ``(B, 2, H, W)`` up at places ``(B, K)``."""
        rows = F.split(F.reshape(maps, shape=(0, 0, -1)), axis=1, num_outputs=2, squeeze_axis=True)
        return [look_up(F, row, place) for row in rows]
