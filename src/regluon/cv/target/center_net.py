"""Targets of CenterNet (Zhou et al., 2019, "Objects as Points")."""

from typing import Any

import numpy as np

from regluon import nd
from regluon.core.array import as_numpy
from regluon.core.errors import ArgumentError, ShapeError
from regluon.gluon.block import Block
from regluon.nd import NDArray

__all__ = ["CenterNetTargetGenerator"]

Targets = tuple[Any, Any, Any, Any, Any]


class CenterNetTargetGenerator(Block):
    """Make the targets of a CenterNet for one picture; GluonCV's ``CenterNetTargetGenerator``.

    An object's peak is where its centre lies, and spreads as far as a box may be shifted and still overlap its own by
    0.7. Boxes of no area are padding. Where two objects have one place, the later has it. No gradient flows.

    Args:
        num_class: C, the number of classes.
        output_width: W, width of the network's maps.
        output_height: H, their height.

    Examples:
        >>> heat, sizes, _, shifts, _ = CenterNetTargetGenerator(2, 16, 8)([[1, 0, 14.5, 8]], [[1]])
        >>> heat.asnumpy()[1, 4, 4:11].round(3)
        array([0.   , 0.056, 0.487, 1.   , 0.487, 0.056, 0.   ], dtype=float32)
        >>> sizes.asnumpy()[:, 4, 7], shifts.asnumpy()[:, 4, 7]
        (array([13.5,  8. ], dtype=float32), array([0.75, 0.  ], dtype=float32))
    """

    def __init__(self, num_class: int, output_width: int, output_height: int) -> None:
        super().__init__()
        self._num_class = num_class
        self._width, self._height = int(output_width), int(output_height)

    def forward(self, gt_boxes: Any, gt_ids: Any) -> Targets:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Make targets.

        Args:
            gt_boxes: ``(M, 4)`` corner boxes of objects in pixels of the maps; M may be 0.
            gt_ids: ``(M,)`` or ``(M, 1)`` their classes.

        Returns:
            The heatmap ``(C, H, W)``; widths and heights ``(2, H, W)`` and their mask; shifts of centres ``(2, H, W)``
            and their mask. Tensors for tensors, NDArrays otherwise.

        Raises:
            ArgumentError: a centre is outside the maps, or a class is none.
        """
        return _like(gt_boxes, self._targets(as_numpy(gt_boxes), as_numpy(gt_ids)))

    def for_batch(self, gt_boxes: Any, gt_ids: Any) -> Targets:
        """Make the targets of several pictures.

        Args:
            gt_boxes: ``(B, M, 4)`` corner boxes of objects in pixels of the maps, padded with -1; M may be 0.
            gt_ids: ``(B, M)`` or ``(B, M, 1)`` their classes.

        Returns:
            The same with B before, on the device of ``gt_boxes``.
        """
        pictures = zip(as_numpy(gt_boxes), as_numpy(gt_ids), strict=True)
        found = zip(*[self._targets(*picture) for picture in pictures], strict=True)
        return _like(gt_boxes, [np.stack(one) for one in found])

    def _targets(self, boxes: np.ndarray, ids: np.ndarray) -> list[np.ndarray]:
        boxes, ids = boxes.astype(np.float32).reshape(-1, 4), ids.reshape(-1)
        if len(boxes) != len(ids):
            raise ShapeError(
                f"CenterNetTargetGenerator: gt_ids must be one for each box, got {len(ids)} for {len(boxes)}"
            )
        sizes = boxes[:, 2:] - boxes[:, :2]
        real = (sizes > 0).all(axis=1)
        boxes, sizes, ids = boxes[real], sizes[real], ids[real].astype(np.int64)
        centers = (boxes[:, :2] + boxes[:, 2:]) / np.float32(2)
        self._check(boxes, centers, ids)
        cells = centers.astype(np.int64)
        radii = _radius(*np.ceil(sizes).astype(np.float64).T).astype(np.int64)
        heat = np.zeros((self._num_class, self._height, self._width), np.float32)
        across, down = cells.T
        for class_id, *place in zip(ids, across, down, radii, strict=True):
            _draw(heat[class_id], *place)
        maps = np.zeros((3, 2, self._height, self._width), np.float32)
        for map_, values in zip(maps, (sizes, centers - cells, np.ones_like(sizes)), strict=True):
            map_[:, down, across] = values.T
        return [heat, maps[0], maps[2], maps[1], maps[2].copy()]

    def _check(self, boxes: np.ndarray, centers: np.ndarray, ids: np.ndarray) -> None:
        extent = self._width, self._height
        for box, center, class_id in zip(boxes, centers, ids, strict=True):
            if not ((center >= 0) & (center < extent)).all():
                raise ArgumentError(
                    f"CenterNetTargetGenerator: gt_boxes must have their centres in maps of {self._width} x "
                    f"{self._height} pixels, whose pixels they count in, got {box.tolist()}"
                )
            if not 0 <= class_id < self._num_class:
                raise ArgumentError(
                    f"CenterNetTargetGenerator: gt_ids must be from 0 to {self._num_class - 1}, got {class_id}"
                )


def _radius(widths: np.ndarray, heights: np.ndarray, overlap: float = 0.7) -> np.ndarray:
    """Say how far peaks spread, ``(M,)``: the smallest of three radii, as CornerNet's code has them."""
    sums, areas = widths + heights, widths * heights
    inside = (sums + np.sqrt(sums**2 - 4 * areas * (1 - overlap) / (1 + overlap))) / 2
    within = (2 * sums + np.sqrt(4 * sums**2 - 16 * (1 - overlap) * areas)) / 2
    around = (-2 * overlap * sums + np.sqrt(4 * (overlap * sums) ** 2 + 16 * overlap * (1 - overlap) * areas)) / 2
    return np.minimum(np.minimum(inside, within), around)


def _draw(heat: np.ndarray, across: int, down: int, radius: int) -> None:
    """Raise a map ``(H, W)`` to a bell whose square reaches ``radius`` pixels to each side."""
    deviation = (2 * radius + 1) / 6
    top, left = max(down - radius, 0), max(across - radius, 0)
    part = heat[top : down + radius + 1, left : across + radius + 1]
    rows = np.arange(top, top + part.shape[0])[:, None] - down
    columns = np.arange(left, left + part.shape[1]) - across
    np.maximum(part, np.exp(-(rows**2 + columns**2) / (2 * deviation**2)), out=part, casting="same_kind")


def _like(boxes: Any, targets: list[np.ndarray]) -> Targets:
    """Return targets as what boxes are: tensors, or NDArrays, on their device."""
    if isinstance(boxes, (NDArray, np.ndarray, list, tuple)):
        context = boxes.context if isinstance(boxes, NDArray) else None
        one, two, three, four, five = (nd.array(target, ctx=context) for target in targets)
    else:
        one, two, three, four, five = (boxes.float().new_tensor(target) for target in targets)
    return one, two, three, four, five
