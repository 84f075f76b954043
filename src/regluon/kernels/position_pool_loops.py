"""Position-sensitive average pooling as compiled loops: every channel is read by a few cells, for all regions in turn.

So one plane stays in the processor's nearest cache while all regions are served. No two calls write to one channel, and
every sum has one order.
"""

import numpy as np

from regluon.kernels.jit import compiled

__all__ = ["add_to_planes", "write_cells", "write_edges"]


@compiled
def write_edges(rois: np.ndarray, edges: np.ndarray, height: int, width: int, scale: np.floating) -> None:
    """Write down which rows and columns the cells of each region cover.

    Args:
        rois: ``(R, 5)``.
        edges: ``(4, P, R)`` integers, written: first row, row after the last, first column, column after the last.
        height: rows of the image.
        width: columns of the image.
        scale: what coordinates of regions are multiplied by, of their type.
    """
    number, cells = rois.dtype.type, edges.shape[1]
    for region in range(rois.shape[0]):
        for axis in range(2):
            size = width if axis else height
            start = _rounded(rois[region, 2 - axis]) * scale
            stop = (_rounded(rois[region, 4 - axis]) + number(1)) * scale
            step = max(stop - start, number(0.1)) / number(cells)
            for cell in range(cells):
                edges[2 * axis, cell, region] = _within(np.floor(number(cell) * step + start), size)
                edges[2 * axis + 1, cell, region] = _within(np.ceil(number(cell + 1) * step + start), size)


@compiled
def write_cells(
    planes: np.ndarray,
    images: np.ndarray,
    edges: np.ndarray,
    cells: np.ndarray,
    start: int,
    stop: int,
    group: int,
) -> None:
    """Fill the cells that read channels ``start`` to ``stop - 1``.

    Args:
        planes: ``(B, C, H * W)``.
        images: ``(R,)``, the image of each region, negative for none.
        edges: ``(4, P, R)``, as :func:`write_edges` writes them, with the width of an image as ``edges[4, 0, 0]``.
        cells: ``(R, c, P, P)``, written.
        start: first channel to do.
        stop: first channel to leave.
        group: groups of cells along each axis, each with a channel of its own.
    """
    zero, width = planes.dtype.type(0), edges[4, 0, 0]
    side = cells.shape[2]
    for channel in range(start, stop):
        for i in range(side):
            for j in range(side):
                if i * group // side != channel // group % group or j * group // side != channel % group:
                    continue
                for region in range(images.size):
                    total = zero
                    top, bottom = edges[0, i, region], edges[1, i, region]
                    left, right = edges[2, j, region], edges[3, j, region]
                    if images[region] >= 0 and top < bottom and left < right:
                        plane = planes[images[region], channel]
                        for row in range(top * width, bottom * width, width):
                            for pixel in range(row + left, row + right):
                                total += plane[pixel]
                        total /= np.float32((bottom - top) * (right - left))
                    cells[region, channel // (group * group), i, j] = total
