"""A random part of a picture that its boxes agree with (Liu et al., 2016, section 2.2)."""

from collections.abc import Sequence

import numpy as np

from regluon.cv.transforms.bbox import crop
from regluon.cv.transforms.chance import Chance

__all__ = ["random_crop_with_constraints"]

Constraint = tuple[float | None, float | None]
Rectangle = tuple[int, int, int, int]

_OVERLAPS: tuple[Constraint, ...] = ((0.1, None), (0.3, None), (0.5, None), (0.7, None), (0.9, None), (None, 1))


def random_crop_with_constraints(
    bbox: np.ndarray,
    size: tuple[int, int],
    min_scale: float = 0.3,
    max_scale: float = 1,
    max_aspect_ratio: float = 2,
    constraints: Sequence[Constraint] | None = None,
    max_trial: int = 50,
    generator: np.random.Generator | None = None,
) -> tuple[np.ndarray, Rectangle]:
    """Choose a part of a picture; GluonCV's function of the same name.

    For each constraint a part is looked for; one of them, or the whole picture, is chosen in which the centre of a box
    lies. Where there is none, or no box, it is the whole picture or any part. A part as high or wide as the picture
    begins at its corner, where GluonCV fails.

    Args:
        bbox: ``(N, 4+)`` boxes.
        size: width and height of the picture.
        min_scale: the least part of its edges.
        max_scale: the largest part.
        max_aspect_ratio: the most that the shape may change.
        constraints: the least and the largest overlap that boxes may have with a part; None for no limit.
        max_trial: how often a part is drawn for each.
        generator: where chances come from; the global generators if not given.

    Returns:
        ``(M, 4+)`` boxes in the part; and its left, top, width and height.

    Examples:
        >>> boxes = np.array([[10.0, 10, 50, 50]])
        >>> kept, part = random_crop_with_constraints(boxes, (60, 60), generator=np.random.default_rng(3))
        >>> len(kept), len(part)
        (1, 4)
    """
    chance, (width, height) = Chance(generator), size
    parts: list[Rectangle] = [(0, 0, width, height)]
    for least, most in _OVERLAPS if constraints is None else constraints:
        for _ in range(max_trial):
            part = _draw(chance, width, height, (min_scale, max_scale), max_aspect_ratio)
            if not len(bbox):
                return bbox, part
            overlaps = _overlaps(bbox, part)
            if (least is None or least <= overlaps.min()) and (most is None or overlaps.max() <= most):
                parts.append(part)
                break
    while parts:
        part = parts.pop(chance.below(len(parts)))
        kept = crop(bbox, part, allow_outside_center=False)
        if kept.size:
            return kept, part
    return bbox, (0, 0, width, height)


def _draw(chance: Chance, width: int, height: int, scales: tuple[float, float], most: float) -> Rectangle:
    """Draw left, top, width and height of a part."""
    scale = chance.python_uniform(*scales)
    ratio = chance.python_uniform(max(1 / most, scale * scale), min(most, 1 / (scale * scale)))
    h, w = int(height * scale / np.sqrt(ratio)), int(width * scale * np.sqrt(ratio))
    top, left = chance.python_below(max(1, height - h)), chance.python_below(max(1, width - w))
    return left, top, w, h


def _overlaps(bbox: np.ndarray, part: Rectangle) -> np.ndarray:
    """Overlap boxes with a part: ``(N,)``."""
    left, top, width, height = part
    low = np.maximum(bbox[:, :2], [left, top])
    high = np.minimum(bbox[:, 2:4], [left + width, top + height])
    shared = (high - low).prod(axis=1) * (low < high).all(axis=1)
    return shared / ((bbox[:, 2:4] - bbox[:, :2]).prod(axis=1) + width * height - shared)
