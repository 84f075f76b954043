"""Boxes that follow what is done to their picture: GluonCV's ``data.transforms.bbox``.

Boxes are NumPy arrays ``(N, 4+)`` of ``xmin, ymin, xmax, ymax`` in pixels; further columns stay as they are. Nothing is
written into the array that is given.
"""

from collections.abc import Sequence

import numpy as np

from regluon.core.errors import ArgumentError

__all__ = ["crop", "flip", "resize", "translate"]


def crop(
    bbox: np.ndarray, crop_box: Sequence[float | None] | None = None, allow_outside_center: bool = True
) -> np.ndarray:  # fmt: skip
    """Cut boxes off at the edges of a part of the picture, and count from its corner.

    Args:
        bbox: ``(N, 4+)`` boxes.
        crop_box: left, top, width and height of the part; None for an edge of the picture.
        allow_outside_center: keep boxes whose centre is outside of the part.

    Returns:
        ``(M, 4+)`` boxes, those of no area left out.

    Examples:
        >>> crop(np.array([[10, 10, 30, 50], [0, 0, 5, 5]]), (8, 20, 10, 10)).tolist()
        [[2, 0, 10, 10]]
    """
    if crop_box is None:
        return bbox.copy()
    if len(crop_box) != 4:
        raise ArgumentError(f"crop: crop_box must be left, top, width and height, got {tuple(crop_box)}")
    if all(one is None for one in crop_box):
        return bbox.copy()
    left, top, width, height = crop_box
    low = np.array([left or 0, top or 0])
    high = low + np.array([width or np.inf, height or np.inf])
    kept = np.ones(len(bbox), bool)
    if not allow_outside_center:
        centers = (bbox[:, :2] + bbox[:, 2:4]) / 2
        kept = ((low <= centers) & (centers < high)).all(axis=1)
    cut = bbox.copy()
    cut[:, :2] = np.maximum(bbox[:, :2], low) - low
    cut[:, 2:4] = np.minimum(bbox[:, 2:4], high) - low
    return cut[kept & (cut[:, :2] < cut[:, 2:4]).all(axis=1)]


def flip(bbox: np.ndarray, size: Sequence[float], flip_x: bool = False, flip_y: bool = False) -> np.ndarray:
    """Mirror boxes.

    Args:
        bbox: ``(N, 4+)`` boxes.
        size: width and height of the picture.
        flip_x: left becomes right.
        flip_y: top becomes bottom.

    Examples:
        >>> flip(np.array([[1, 2, 3, 5]]), (10, 20), flip_x=True).tolist()
        [[7, 2, 9, 5]]
    """
    flipped = bbox.copy()
    for axis, (extent, wanted) in enumerate(zip(_pair("flip", "size", size), (flip_x, flip_y), strict=True)):
        if wanted:
            flipped[:, [axis, axis + 2]] = extent - bbox[:, [axis + 2, axis]]
    return flipped


def resize(bbox: np.ndarray, in_size: Sequence[float], out_size: Sequence[float]) -> np.ndarray:
    """Scale boxes, in float64.

    Args:
        bbox: ``(N, 4+)`` boxes.
        in_size: old width and height of the picture.
        out_size: its new ones.

    Examples:
        >>> resize(np.array([[1, 2, 3, 5, 7]]), (10, 20), (20, 10)).tolist()
        [[2.0, 1.0, 6.0, 2.5, 7.0]]
    """
    scaled = bbox.astype(np.float64)
    sizes = zip(_pair("resize", "in_size", in_size), _pair("resize", "out_size", out_size), strict=True)
    for axis, (before, after) in enumerate(sizes):
        scaled[:, [axis, axis + 2]] = after / before * scaled[:, [axis, axis + 2]]
    return scaled


def translate(bbox: np.ndarray, x_offset: float = 0, y_offset: float = 0) -> np.ndarray:
    """Move boxes.

    Args:
        bbox: ``(N, 4+)`` boxes.
        x_offset: pixels to the right.
        y_offset: pixels down.

    Examples:
        >>> translate(np.array([[1, 2, 3, 5]]), 10, -1).tolist()
        [[11, 1, 13, 4]]
    """
    moved = bbox.copy()
    moved[:, :4] += np.array([x_offset, y_offset] * 2)
    return moved


def _pair(who: str, name: str, size: Sequence[float]) -> Sequence[float]:
    if len(size) != 2:
        raise ArgumentError(f"{who}: {name} must be width and height, got {tuple(size)}")
    return size
