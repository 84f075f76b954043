"""Deformable position-sensitive pooling as compiled loops: cell by cell, region by region, then all channels of a class.

The channels that the cells of one place read stay in the processor's cache while all regions are served. No two calls write
to one channel, cell or shift, and every sum has one order.
"""

import numpy as np

from regluon.kernels.jit import compiled

__all__ = ["add_to_planes", "write_cells", "write_shifts"]


@compiled
def write_cells(
    planes: np.ndarray,
    images: np.ndarray,
    frames: np.ndarray,
    shifts: np.ndarray,
    parts: np.ndarray,
    cells: np.ndarray,
    start: int,
    stop: int,
    rule: tuple[int, int],
) -> None:
    """Fill cells, for units ``start`` to ``stop - 1``: channels of the output within groups of cells.

    Args:
        planes: ``(B, c * group * group, H, W)``.
        images: ``(R,)`` integers, the image of each region, negative for none.
        frames: ``(R, 4)``: first x and y, width and height of each region.
        shifts: ``(R, classes, 2, part, part)`` in x and y, as parts of a region's width and height.
        parts: ``(P,)`` integers: along an axis, whose shift a cell takes.
        cells: ``(R, c, P, P)``, written.
        start: first unit to do.
        stop: first unit to leave.
        rule: groups of cells along each axis, samples along each axis of a cell.
    """
    group, samples = rule
    values, size = planes.reshape(-1), planes[0, 0].size
    channels, side = cells.shape[1:3]
    per_class = channels // shifts.shape[1]
    pixel, weight, _, _ = _room(planes, samples)
    for which in range(start // channels, (stop - 1) // channels + 1):
        lowest, highest = max(start - which * channels, 0), min(stop - which * channels, channels)
        for cell in range(side * side):
            i, j = divmod(cell, side)
            if i * group // side * group + j * group // side != which:
                continue
            for region in range(images.size):
                first = np.uint64((images[region] * channels * group * group + which) * size)
                for kind in range(lowest // per_class, (highest - 1) // per_class + 1):
                    shift = shifts[region, kind, :, parts[i], parts[j]]
                    taps, count = _taps(planes, frames[region], shift, i, j, side, (pixel, weight))
