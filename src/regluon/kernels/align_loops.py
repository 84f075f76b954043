"""Averages of bilinear samples over the cells of regions, upright or turned, as compiled loops.

The samples of an upright region stand in lines and columns. So of each line of cells first the rows of the image are
put together, and then of each cell the columns; backward the other way round. No two calls write to one place, and
every sum has one order.
"""

import math

import numpy as np

from regluon.kernels.jit import compiled

__all__ = [
    "MOST",
    "add_to_pixels",
    "add_turned_to_pixels",
    "go_through_planes",
    "write_cells_of_pixels",
    "write_turned_cells",
]

# A cell with more samples along a side is infinite, or not a number, and gets none.
MOST = 1 << 14


@compiled
def go_through_planes(
    planes: np.ndarray,
    images: np.ndarray,
    rois: np.ndarray,
    cells: np.ndarray,
    some: tuple[int, int, int, int],
    by_cell: bool,
    back: bool,
    rule: tuple,
) -> None:
    """Fill cells from images with channels first, or add their gradient to these: best for few regions.

    Args:
        planes: ``(B, C, H, W)``; if ``back``, added to.
        images: ``(R,)`` integers, the image of each region, negative for none; then its cells are left alone.
        rois: ``(R, 5)``.
        cells: ``(R, c, h, w)``, written, or if ``back`` their gradient.
        some: first region to do and to leave, first channel to do and to leave.
        by_cell: whether each cell reads a channel of its own.
        back: whether the gradient goes from cells to pixels.
        rule: scale and shift, of the type of ``planes``, and the samples along each side of a cell, if positive.
    """
    _, _, height, width = cells.shape
    number = planes.dtype.type
    for region in range(some[0], some[1]):
        image = images[region]
        if image < 0:
            continue
        above, top, bottom, lower, count_y = _line(rois[region], 1, height, planes.shape[2], rule)
        before, left, right, nearer, count_x = _line(rois[region], 0, width, planes.shape[3], rule)
        count = number(max(count_y * count_x, 1))
        for channel in range(some[2], some[3]):
            for cell in range(height * width):
                i, j = divmod(cell, width)
                plane = planes[image, channel * height * width + cell if by_cell else channel]
                sent, total = cells[region, channel, i, j] / count if back else number(0), number(0)
                for row in range(above[i], above[i + 1]):
                    for column in range(before[j], before[j + 1]):
                        weights = _corners(lower[row], nearer[column])
                        for corner in range(4):
                            y, x = (
                                bottom[row] if corner > 1 else top[row],
                                right[column] if corner % 2 else left[column],
                            )
                            if back:
                                plane[y, x] += weights[corner] * sent
                            else:
                                total += weights[corner] * plane[y, x]
                if not back:
                    cells[region, channel, i, j] = total / count


@compiled
def write_cells_of_pixels(
    pixels: np.ndarray,
    images: np.ndarray,
    rois: np.ndarray,
    cells: np.ndarray,
    start: int,
    stop: int,
    rule: tuple,
) -> None:
    """Fill the cells of regions ``start`` to ``stop - 1`` from images with channels last: best for many regions.

    Args:
        pixels: ``(B, H, W, C)``.
        images: ``(R,)`` integers, the image of each region, negative for none; then its cells are left alone.
        rois: ``(R, 5)``.
        cells: ``(R, C, h, w)``, written.
        start: first region to do.
        stop: first region to leave.
        rule: scale and shift, of the type of ``pixels``, and the samples along each side of a cell, if positive.
    """
    _, channels, height, width = cells.shape
    number = pixels.dtype.type
    line = np.empty(pixels.shape[2] * channels, pixels.dtype)
    total = np.empty((height, width, channels), pixels.dtype)
    for region in range(start, stop):
        image = images[region]
        if image < 0:
            continue
        above, top, bottom, lower, count_y = _line(rois[region], 1, height, pixels.shape[1], rule)
        before, left, right, nearer, count_x = _line(rois[region], 0, width, pixels.shape[2], rule)
        count = number(max(count_y * count_x, 1))
        begin, end = _reach(before, left, right)
        first, last = begin * np.uint64(channels), end * np.uint64(channels)
        for i in range(height):
            # Of all pixels from the first column to the last; unsigned, or numba asks of each index whether it counts
            # from the end.
            for k in range(first, last):
                line[k] = 0
            for row in range(above[i], above[i + 1]):
                one, two = (number(1) - lower[row]) / count, lower[row] / count
                upper, down = pixels[image, top[row]].reshape(-1), pixels[image, bottom[row]].reshape(-1)
                for k in range(first, last):
                    line[k] += one * upper[k] + two * down[k]
            for j in range(width):
                own = total[i, j]
                for k in range(own.size):
                    own[k] = 0
                for column in range(before[j], before[j + 1]):
                    one, two = number(1) - nearer[column], nearer[column]
                    here = line[left[column] * channels : left[column] * channels + channels]
                    there = line[right[column] * channels : right[column] * channels + channels]
                    for k in range(own.size):
                        own[k] += one * here[k] + two * there[k]
        for channel in range(np.uint64(channels)):
            for i in range(np.uint64(height)):
                for j in range(np.uint64(width)):
                    cells[region, channel, i, j] = total[i, j, channel]


@compiled
def add_to_pixels(
    pixels: np.ndarray,
    images: np.ndarray,
    rois: np.ndarray,
    cells: np.ndarray,
    start: int,
    stop: int,
    block: int,
    rule: tuple,
) -> None:
    """Add the gradient of cells to the pixels they read, for blocks ``start`` to ``stop - 1`` of channels.

    Args:
        pixels: ``(B, H, W, C)``, added to.
        images: ``(R,)`` integers, the image of each region, negative for none.
        rois: ``(R, 5)``.
        cells: ``(R, h, w, C)``, the gradient of the cells.
        start: first block to do, counted over all images.
        stop: first block to leave.
        block: channels of a block.
        rule: scale and shift, of the type of ``pixels``, and the samples along each side of a cell, if positive.
    """
    _, height, width, channels = cells.shape
    number = pixels.dtype.type
    blocks = (channels + block - 1) // block
    # Made here: of arrays that it is given the compiler does not know that they lie apart.
    line = np.empty((pixels.shape[2], block), pixels.dtype)
    for unit in range(start, stop):
        image, begin = unit // blocks, np.uint64(unit % blocks * block)
        many = min(np.uint64(block), np.uint64(channels) - begin)
        for region in range(cells.shape[0]):
            if images[region] != image:
                continue
            above, top, bottom, lower, count_y = _line(rois[region], 1, height, pixels.shape[1], rule)
            before, left, right, nearer, count_x = _line(rois[region], 0, width, pixels.shape[2], rule)
            count = number(max(count_y * count_x, 1))
            first, last = _reach(before, left, right)
            for i in range(height):
                for x in range(first, last):
                    for k in range(many):
                        line[x, k] = 0
                for j in range(width):
                    for column in range(before[j], before[j + 1]):
                        far, near = (number(1) - nearer[column]) / count, nearer[column] / count
                        here, there, sent = line[left[column]], line[right[column]], cells[region, i, j, begin:]
                        _add_scaled(here, sent, far, many)
                        _add_scaled(there, sent, near, many)
                for row in range(above[i], above[i + 1]):
                    for x in range(first, last):
                        upper, down = pixels[image, top[row], x, begin:], pixels[image, bottom[row], x, begin:]
                        _add_scaled(upper, line[x], number(1) - lower[row], many)
                        _add_scaled(down, line[x], lower[row], many)


@compiled
def write_turned_cells(
    pixels: np.ndarray,
    images: np.ndarray,
    rois: np.ndarray,
    cells: np.ndarray,
    start: int,
    stop: int,
    rule: tuple,
) -> None:
    """Fill the cells of turned regions ``start`` to ``stop - 1``.

    Args:
        pixels: ``(B, H, W, C)``.
        images: ``(R,)`` integers, the image of each region, negative for none; then its cells are left alone.
        rois: ``(R, 6)``.
        cells: ``(R, C, h, w)``, written.
        start: first region to do.
        stop: first region to leave.
        rule: scale, of the type of ``pixels``, a number without meaning, and the samples along each side of a cell.
    """
    _, channels, height, width = cells.shape
    total = np.empty(channels, pixels.dtype)
    for region in range(start, stop):
        image = images[region]
        if image < 0:
            continue
        frame, count_y, count_x = _frame(rois[region], (height, width), rule)
        for cell in range(height * width):
            i, j = divmod(cell, width)
            for k in range(total.size):
                total[k] = 0
            for sample in range(count_y * count_x):
                y, x = _turned_sample(frame, (i, j), divmod(sample, count_x), (count_y, count_x))
                top, bottom, lower = _neighbours(y, pixels.shape[1])
                left, right, nearer = _neighbours(x, pixels.shape[2])
                if top >= 0 and left >= 0:
                    one, two, three, four = _corners(lower, nearer)
                    above, across = pixels[image, top, left], pixels[image, top, right]
                    below, farthest = pixels[image, bottom, left], pixels[image, bottom, right]
                    for k in range(total.size):
                        total[k] += one * above[k] + two * across[k] + three * below[k] + four * farthest[k]
            count = pixels.dtype.type(max(count_y * count_x, 1))
            for k in range(total.size):
                cells[region, k, i, j] = total[k] / count


@compiled
def add_turned_to_pixels(
    pixels: np.ndarray,
    images: np.ndarray,
    rois: np.ndarray,
    cells: np.ndarray,
    start: int,
    stop: int,
    block: int,
    rule: tuple,
) -> None:
    """Add the gradient of the cells of turned regions to pixels, for blocks ``start`` to ``stop - 1`` of channels.

    Args:
        pixels: ``(B, H, W, C)``, added to.
        images: ``(R,)`` integers, the image of each region, negative for none.
        rois: ``(R, 6)``.
        cells: ``(R, h, w, C)``, the gradient of the cells.
        start: first block to do, counted over all images.
        stop: first block to leave.
        block: channels of a block.
        rule: scale, of the type of ``pixels``, a number without meaning, and the samples along each side of a cell.
    """
    _, height, width, channels = cells.shape
    blocks = (channels + block - 1) // block
    for unit in range(start, stop):
        image, begin = unit // blocks, unit % blocks * block
        end = min(begin + block, channels)
        for region in range(cells.shape[0]):
            if images[region] != image:
                continue
            frame, count_y, count_x = _frame(rois[region], (height, width), rule)
            count = pixels.dtype.type(max(count_y * count_x, 1))
            for cell in range(height * width):
                i, j = divmod(cell, width)
                sent = cells[region, i, j, begin:end]
                for sample in range(count_y * count_x):
                    y, x = _turned_sample(frame, (i, j), divmod(sample, count_x), (count_y, count_x))
                    top, bottom, lower = _neighbours(y, pixels.shape[1])
                    left, right, nearer = _neighbours(x, pixels.shape[2])
                    if top < 0 or left < 0:
                        continue
                    weights = _corners(lower, nearer)
                    for corner in range(4):
                        row, column = bottom if corner > 1 else top, right if corner % 2 else left
                        target, part = pixels[image, row, column, begin:end], weights[corner] / count
                        for k in range(target.size):
                            target[k] += part * sent[k]


@compiled
def _add_scaled(target: np.ndarray, values: np.ndarray, weight: np.floating, many: np.uint64) -> None:
    for k in range(many):
        target[k] += weight * values[k]


@compiled
def _reach(before: np.ndarray, left: np.ndarray, right: np.ndarray) -> tuple[np.uint64, np.uint64]:
    # The first of the columns that a region reads and the one after the last; samples go from left to right.
    last = before[before.size - 1]
    return (np.uint64(left[0]), np.uint64(right[last - 1] + 1)) if last > 0 else (np.uint64(0), np.uint64(0))


@compiled
def _line(
    region: np.ndarray, axis: int, cells: int, size: int, rule: tuple
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:
    # Along x or y: for each cell where its samples begin; of each sample inside the image two neighbours and the weight
    # of the second; how many samples a cell counts. Samples outside of the image count, but read nothing.
    number = region.dtype.type
    scale, shift, wanted = rule
    start = region[1 + axis] * scale - shift
    side = region[3 + axis] * scale - shift - start
    if shift == 0:
        side = max(side, number(1))
    step = side / number(cells)
    count = _count(step, wanted)
    first, part = np.empty(cells + 1, np.int64), np.empty(cells * count, region.dtype)
    low, high = np.empty(cells * count, np.int64), np.empty(cells * count, np.int64)
    first[0] = 0
    inside = 0
    for cell in range(cells):
        for sample in range(count):
            place = start + number(cell) * step + (number(sample) + number(0.5)) * step / number(count)
            low[inside], high[inside], part[inside] = _neighbours(place, size)
            if low[inside] >= 0:
                inside += 1
        first[cell + 1] = inside
    return first, low, high, part, count


@compiled
def _frame(region: np.ndarray, grid: tuple[int, int], rule: tuple) -> tuple[tuple, int, int]:
    # Of a turned region its middle, cosine and sine, sides, and the sides of its cells; how many samples a cell has
    # along y and x.
    number = region.dtype.type
    scale, _, wanted = rule
    width, height = max(region[3] * scale, number(1)), max(region[4] * scale, number(1))
    angle = region[5] * number(math.pi) / number(180)
    step_y, step_x = height / number(grid[0]), width / number(grid[1])
    frame = (region[2] * scale, region[1] * scale, np.cos(angle), np.sin(angle), height, width, step_y, step_x)
    return frame, _count(step_y, wanted), _count(step_x, wanted)


@compiled
def _turned_sample(
    frame: tuple, cell: tuple[int, int], sample: tuple[int, int], count: tuple[int, int]
) -> tuple[np.floating, np.floating]:
    middle_y, middle_x, cosine, sine, height, width, step_y, step_x = frame
    number = type(middle_y)
    part_y, part_x = number(sample[0]) + number(0.5), number(sample[1]) + number(0.5)
    y = number(cell[0]) * step_y - height / number(2) + part_y * step_y / number(count[0])
    x = number(cell[1]) * step_x - width / number(2) + part_x * step_x / number(count[1])
    return y * cosine - x * sine + middle_y, x * cosine + y * sine + middle_x


@compiled
def _corners(lower: np.floating, nearer: np.floating) -> tuple[np.floating, np.floating, np.floating, np.floating]:
    one = type(lower)(1)
    return (one - lower) * (one - nearer), (one - lower) * nearer, lower * (one - nearer), lower * nearer


@compiled
def _count(side: np.floating, wanted: int) -> int:
    # Samples along a side of a cell: as many as it has pixels, if not told.
    if wanted > 0:
        return wanted
    return int(np.ceil(side)) if 0 < side <= MOST else 0


@compiled
def _neighbours(place: np.floating, size: int) -> tuple[int, int, np.floating]:
    # Two neighbours and the weight of the second; -1 for a place too far outside, or for NaN.
    zero = place - place
    if not (place >= -1 and place <= size):
        return -1, -1, zero
    if place <= 0:
        return 0, min(1, size - 1), zero
    low = int(place)
    if low >= size - 1:
        return size - 1, size - 1, zero
    return low, low + 1, place - type(place)(low)
