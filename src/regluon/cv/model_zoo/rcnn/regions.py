"""What networks see of a region: features cut out of a map, or out of the fitting level of a pyramid."""

from collections.abc import Sequence
from typing import Any, Literal

__all__ = ["Mode", "number_images", "pool_pyramid", "pool_regions"]

Mode = Literal["align", "pool"]

# A region of this size in pixels belongs to level 4 (Lin et al., 2017, Feature Pyramid Networks, equation 1).
_CANONICAL_SIZE, _CANONICAL_LEVEL = 224.0, 4


def number_images(F: Any, boxes: Any) -> Any:
    """Put the number of its image before each box: ``(B, N, 4)`` to ``(B * N, 5)``; no gradient flows."""
    image = F.contrib.arange_like(boxes, axis=0)
    first = F.slice_axis(boxes, axis=2, begin=0, end=1)
    numbers = F.broadcast_like(F.reshape(image, shape=(-1, 1, 1)), first)
    return F.stop_gradient(F.reshape(F.concat(numbers, boxes, dim=2), shape=(-3, 0)))


def pool_regions(F: Any, features: Any, rois: Any, mode: Mode, size: Sequence[int], stride: float) -> Any:
    """Cut regions out of a feature map.

    Args:
        F: the face.
        features: ``(B, C, H, W)``.
        rois: ``(R, 5)`` rows of image number and corner box in pixels; those of image -1 give 0.
        mode: average samples between the pixels, or take the largest pixel.
        size: height and width of the result.
        stride: pixels for each of the map.

    Returns:
        ``(R, C, *size)``.
    """
    if mode == "pool":
        return F.ROIPooling(features, rois, pooled_size=tuple(size), spatial_scale=1.0 / stride)
    return F.contrib.ROIAlign(features, rois, pooled_size=tuple(size), spatial_scale=1.0 / stride, sample_ratio=2)


def pool_pyramid(
    F: Any,
    features: Sequence[Any],
    rois: Any,
    mode: Mode,
    size: Sequence[int],
    strides: Sequence[float],
    stages: tuple[int, int],
) -> Any:
    """Cut each region out of the level of a pyramid that fits its size.

    Args:
        F: the face.
        features: maps ``(B, C, H, W)``, the largest first.
        rois: ``(R, 5)`` rows of image number and corner box in pixels.
        mode: as for :func:`pool_regions`.
        size: height and width of the result.
        strides: pixels for each of a map.
        stages: level of the first map, and of the last that counts.

    Returns:
        ``(R, C, *size)``.
    """
    _, left, top, right, bottom = F.split(rois, axis=-1, num_outputs=5)
    side = F.sqrt((right - left + 1) * (bottom - top + 1))
    level = F.floor(_CANONICAL_LEVEL + F.log2(side / _CANONICAL_SIZE + 1e-6))
    level = F.clip(level, a_min=stages[0], a_max=stages[1])
    pooled = []
    for map_, stride, number in zip(features, strides, range(stages[0], stages[1] + 1), strict=False):
        here = F.broadcast_like(level == number, rois)
        pooled.append(pool_regions(F, map_, F.where(here, rois, F.ones_like(rois) * -1), mode, size, stride))
    return F.add_n(*pooled)
