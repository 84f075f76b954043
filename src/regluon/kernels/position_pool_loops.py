"""Position-sensitive average pooling as compiled loops: the channels of one place are done for all regions in turn.

Forward they are first put side by side, pixel by pixel, so that a cell's channels are summed together; what is read
stays in the processor's nearer caches while every region reads it. No two calls write to one channel, nor to one cell,
and every sum has one order.
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
    pixels: np.ndarray,
    total: np.ndarray,
    start: int,
    stop: int,
    group: int,
    width: int,
    block: int,
) -> None:
    """Fill the cells of units ``start`` to ``stop - 1``: blocks of channels of the output, for each group anew.

    Args:
        planes: ``(B, C, H * W)``.
        images: ``(R,)`` integers, the image of each region, negative for none; then its cells are left alone.
        edges: ``(4, P, R)``, see :func:`write_edges`.
        cells: ``(R, c, P, P)``, written.
        pixels: ``(H * W, block)``, room for the channels of a block; no two calls at a time may have the same.
        total: ``(block,)``, room for a cell.
        start: first unit to do.
        stop: first unit to leave.
        group: groups of cells along each axis; each reads a channel of its own.
        width: columns of an image.
        block: channels of a block.
    """
    size, channels, side, groups = planes.shape[2], cells.shape[1], cells.shape[2], group * group
    for unit in range(start, stop):
        place, first = unit % groups, unit // groups * block
        # Unsigned, or numba asks of each index whether it counts from the end.
        many, step = np.uint64(block if first + block < channels else channels - first), np.uint64(width)
        for image in range(planes.shape[0]):
            for channel in range(many):
                plane = planes[image, (first + channel) * groups + place]
                for pixel in range(np.uint64(size)):
                    pixels[pixel, channel] = plane[pixel]
            for cell in range(side * side):
                i, j = divmod(cell, side)
                if i * group // side * group + j * group // side != place:
                    continue
                tops, bottoms, lefts, rights = edges[0, i], edges[1, i], edges[2, j], edges[3, j]
                for region in range(images.size):
                    if images[region] != image:
                        continue
                    for channel in range(many):
                        total[channel] = 0
                    lines, across = bottoms[region] - tops[region], rights[region] - lefts[region]
                    row = tops[region] * step + lefts[region]
                    for _ in range(lines):
                        for pixel in range(row, row + across):
                            for channel in range(many):
                                total[channel] += pixels[pixel, channel]
                        row += step
                    pixel_count = np.int64(lines * across)
                    area = planes.dtype.type(pixel_count if pixel_count > 1 else 1)
                    for channel in range(many):
                        cells[region, first + channel, i, j] = total[channel] / area


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
