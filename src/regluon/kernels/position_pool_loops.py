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
                edges[2 * axis, cell, region] = _within(np.floor(number(cell) * step + start), size[axis])
                edges[2 * axis + 1, cell, region] = _within(np.ceil(number(cell + 1) * step + start), size[axis])


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
            for region in range(images.size):
                total = values.dtype.type(0)
                top, bottom = edges[0, i, region], edges[1, i, region]
                left, right = edges[2, j, region], edges[3, j, region]
                if images[region] >= 0 and top < bottom and left < right:
                    plane = np.uint64((images[region] * planes.shape[1] + channel) * planes.shape[2])
                    for row in range(plane + top * step, plane + bottom * step, step):
                        for pixel in range(row + left, row + right):
                            total += values[pixel]
                    total /= values.dtype.type(np.int64((bottom - top) * (right - left)))
                cells[region, channel // (group * group), i, j] = total


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
            for region in range(images.size):
                top, bottom = edges[0, i, region], edges[1, i, region]
                left, right = edges[2, j, region], edges[3, j, region]
                if images[region] >= 0 and top < bottom and left < right:
                    area = values.dtype.type(np.int64((bottom - top) * (right - left)))
                    sent = cells[region, channel // (group * group), i, j] / area
                    plane = np.uint64((images[region] * planes.shape[1] + channel) * planes.shape[2])
                    for row in range(plane + top * step, plane + bottom * step, step):
                        for pixel in range(row + left, row + right):
                            values[pixel] += sent


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
