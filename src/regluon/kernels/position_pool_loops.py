"""Position-sensitive average pooling as compiled loops: each channel is done for all regions in turn.

So one plane stays in the processor's nearest cache while every region reads it. No two calls write to one channel, nor
to one cell, and every sum has one order.
"""

import numpy as np

from regluon.kernels.jit import compiled

__all__ = ["add_to_planes", "write_cells", "write_edges"]


@compiled
def write_edges(rois: np.ndarray, edges: np.ndarray, size: tuple[int, int], scale: np.floating) -> None:
    """Write down which rows and columns the cells of each region cover.

    Args:
        rois: ``(R, 5)``.
        edges: ``(4, P, R)`` unsigned integers, written: first row, row after the last, first column, column after the
            last.
        size: rows and columns of an image.
        scale: what coordinates of regions are multiplied by, of their type.
    """
    number, cells = rois.dtype.type, edges.shape[1]
    for region in range(rois.shape[0]):
        for axis in range(2):
            start = _rounded(rois[region, 2 - axis]) * scale
            stop = (_rounded(rois[region, 4 - axis]) + number(1)) * scale
            step = max(stop - start, number(0.1)) / number(cells)
            for cell in range(cells):
                first = _within(np.floor(number(cell) * step + start), size[axis])
                last = _within(np.ceil(number(cell + 1) * step + start), size[axis])
                edges[2 * axis, cell, region], edges[2 * axis + 1, cell, region] = first, max(first, last)


@compiled
def write_cells(
    planes: np.ndarray,
    images: np.ndarray,
    edges: np.ndarray,
    cells: np.ndarray,
    start: int,
    stop: int,
    group: int,
    width: int,
) -> None:
    """Fill the cells that read channels ``start`` to ``stop - 1``.

    Args:
        planes: ``(B, C, H * W)``.
        images: ``(R,)`` integers, the image of each region, negative for none.
        edges: ``(4, P, R)``, see :func:`write_edges`.
        cells: ``(R, c, P, P)``, written.
        start: first channel to do.
        stop: first channel to leave.
        group: groups of cells along each axis; each reads a channel of its own.
        width: columns of an image.
    """
    values, side = planes.reshape(-1), cells.shape[2]
    step = np.uint64(width)
    for channel in range(start, stop):
        for cell in range(side * side):
            i, j = divmod(cell, side)
            if i * group // side != channel // group % group or j * group // side != channel % group:
                continue
            tops, bottoms, lefts, rights = edges[0, i], edges[1, i], edges[2, j], edges[3, j]
            own = cells[:, channel // (group * group), i, j]
            for region in range(np.uint64(images.size)):
                total, lines = values.dtype.type(0), bottoms[region] - tops[region]
                area = np.int64(lines * (rights[region] - lefts[region]))
                if images[region] >= 0 and area > 0:
                    row = (
                        np.uint64((images[region] * planes.shape[1] + channel) * planes.shape[2]) + tops[region] * step
                    )
                    for _ in range(lines):
                        for pixel in range(row + lefts[region], row + rights[region]):
                            total += values[pixel]
                        row += step
                    total /= values.dtype.type(area)
                own[region] = total


@compiled
def add_to_planes(
    planes: np.ndarray,
    images: np.ndarray,
    edges: np.ndarray,
    cells: np.ndarray,
    start: int,
    stop: int,
    group: int,
    width: int,
) -> None:
    """Spread the gradient of cells over what they cover, for channels ``start`` to ``stop - 1``.

    Args:
        planes: ``(B, C, H * W)``, added to.
        images: ``(R,)`` integers, the image of each region, negative for none.
        edges: ``(4, P, R)``, see :func:`write_edges`.
        cells: ``(R, c, P, P)``, the gradient of the cells.
        start: first channel to do.
        stop: first channel to leave.
        group: groups of cells along each axis; each reads a channel of its own.
        width: columns of an image.
    """
    values, side = planes.reshape(-1), cells.shape[2]
    step = np.uint64(width)
    for channel in range(start, stop):
        for cell in range(side * side):
            i, j = divmod(cell, side)
            if i * group // side != channel // group % group or j * group // side != channel % group:
                continue
            tops, bottoms, lefts, rights = edges[0, i], edges[1, i], edges[2, j], edges[3, j]
            own = cells[:, channel // (group * group), i, j]
            for region in range(np.uint64(images.size)):
                lines = bottoms[region] - tops[region]
                area = np.int64(lines * (rights[region] - lefts[region]))
                if images[region] >= 0 and area > 0:
                    sent = own[region] / values.dtype.type(area)
                    row = (
                        np.uint64((images[region] * planes.shape[1] + channel) * planes.shape[2]) + tops[region] * step
                    )
                    for _ in range(lines):
                        for pixel in range(row + lefts[region], row + rights[region]):
                            values[pixel] += sent
                        row += step


@compiled
def _rounded(value: np.floating) -> np.floating:
    # Halves go away from zero, as in C.
    whole = np.trunc(value)
    return whole + np.copysign(1, value) if abs(value - whole) >= 0.5 else whole


@compiled
def _within(edge: np.floating, size: int) -> int:
    # NaN covers nothing.
    if not edge > 0:
        return 0
    return size if edge >= size else int(edge)
