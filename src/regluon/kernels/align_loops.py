"""Averages of bilinear samples over the cells of regions, upright or turned, as compiled loops.

The samples of a region are first written down: of each the four pixels it reads and their weights. They serve all
channels, forward and backward. No two calls write to one place, and every sum has one order.
"""

import math

import numpy as np

from regluon.kernels.jit import compiled

__all__ = ["MOST", "add_to_pixels", "add_to_planes", "write_cells_of_pixels", "write_cells_of_planes"]

# A cell with more samples along a side is infinite, or not a number, and gets none.
MOST = 1 << 14

# Samples of a cell that memory is taken for at once; of very many, most lie outside of the image.
_OFTEN = 1 << 8


@compiled
def write_cells_of_planes(
    planes: np.ndarray,
    images: np.ndarray,
    rois: np.ndarray,
    cells: np.ndarray,
    start: int,
    stop: int,
    by_cell: bool,
    rule: tuple,
) -> None:
    """Fill the cells of regions ``start`` to ``stop - 1`` from images with channels first: best for few regions.

    Args:
        planes: ``(B, C, H, W)``.
        images: ``(R,)`` integers, the image of each region, negative for none.
        rois: ``(R, 5)``, or ``(R, 6)`` for turned regions.
        cells: ``(R, c, h, w)``, written.
        start: first region to do.
        stop: first region to leave.
        by_cell: whether each cell reads a channel of its own.
        rule: scale and shift, of the type of ``planes``, and the samples along each side of a cell, if positive.
    """
    _, channels, height, width = cells.shape
    for region in range(start, stop):
        image = images[region]
        if image < 0:
            cells[region] = 0
            continue
        first, pixel, weight, count = _samples(rois[region], planes.shape[2:], (height, width), rule)
        answer, values = cells[region].reshape(channels, -1), planes[image].reshape(-1)
        for channel in range(channels):
            for cell in range(height * width):
                plane = np.uint64((channel * height * width + cell if by_cell else channel) * planes[0, 0].size)
                total = values.dtype.type(0)
                for tap in range(first[cell], first[cell + 1]):
                    total += weight[tap] * values[plane + pixel[tap]]
                answer[channel, cell] = total / count


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
        images: ``(R,)`` integers, the image of each region, negative for none.
        rois: ``(R, 5)``, or ``(R, 6)`` for turned regions.
        cells: ``(R, C, h, w)``, written.
        start: first region to do.
        stop: first region to leave.
        rule: scale and shift, of the type of ``pixels``, and the samples along each side of a cell, if positive.
    """
    _, channels, height, width = cells.shape
    totals = np.empty((height * width, channels), pixels.dtype)
    for region in range(start, stop):
        image = images[region]
        if image < 0:
            cells[region] = 0
            continue
        first, pixel, weight, count = _samples(rois[region], pixels.shape[1:3], (height, width), rule)
        values = pixels[image].reshape(-1, channels)
        for cell in range(height * width):
            total = totals[cell]
            total[:] = 0
            for tap in range(first[cell], first[cell + 1], np.uint64(4)):
                # Written out here: handing rows of an array to a function costs more than to add them.
                one, two, three, four = weight[tap], weight[tap + 1], weight[tap + 2], weight[tap + 3]
                above, right = values[pixel[tap]], values[pixel[tap + 1]]
                below, across = values[pixel[tap + 2]], values[pixel[tap + 3]]
                for i in range(total.size):
                    total[i] += one * above[i] + two * right[i] + three * below[i] + four * across[i]
        answer = cells[region].reshape(channels, -1)
        for channel in range(channels):
            for cell in range(height * width):
                answer[channel, cell] = totals[cell, channel] / count


@compiled
def add_to_planes(
    planes: np.ndarray,
    images: np.ndarray,
    rois: np.ndarray,
    cells: np.ndarray,
    start: int,
    stop: int,
    by_cell: bool,
    rule: tuple,
) -> None:
    """Add the gradient of cells to the pixels they read, for channels ``start`` to ``stop - 1`` of the cells.

    Args:
        planes: ``(B, C, H, W)``, added to.
        images: ``(R,)`` integers, the image of each region, negative for none.
        rois: ``(R, 5)``, or ``(R, 6)`` for turned regions.
        cells: ``(R, c, h, w)``, the gradient of the cells.
        start: first channel to do.
        stop: first channel to leave.
        by_cell: whether each cell reads a channel of its own.
        rule: scale and shift, of the type of ``planes``, and the samples along each side of a cell, if positive.
    """
    _, _, height, width = cells.shape
    for region in range(cells.shape[0]):
        image = images[region]
        if image < 0:
            continue
        first, pixel, weight, count = _samples(rois[region], planes.shape[2:], (height, width), rule)
        heads, values = cells[region].reshape(cells.shape[1], -1), planes[image].reshape(-1)
        for channel in range(start, stop):
            for cell in range(height * width):
                plane = np.uint64((channel * height * width + cell if by_cell else channel) * planes[0, 0].size)
                sent = heads[channel, cell] / count
                for tap in range(first[cell], first[cell + 1]):
                    values[plane + pixel[tap]] += weight[tap] * sent


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
        rois: ``(R, 5)``, or ``(R, 6)`` for turned regions.
        cells: ``(R, h, w, C)``, the gradient of the cells.
        start: first block to do, counted over all images.
        stop: first block to leave.
        block: channels of a block.
        rule: scale and shift, of the type of ``pixels``, and the samples along each side of a cell, if positive.
    """
    _, height, width, channels = cells.shape
    blocks = (channels + block - 1) // block
    for number in range(start, stop):
        image, begin = number // blocks, number % blocks * block
        end = min(begin + block, channels)
        values = pixels[image].reshape(-1, channels)
        for region in range(cells.shape[0]):
            if images[region] != image:
                continue
            first, pixel, weight, count = _samples(rois[region], pixels.shape[1:3], (height, width), rule)
            for cell in range(height * width):
                sent = cells[region, cell // width, cell % width, begin:end]
                for tap in range(first[cell], first[cell + 1]):
                    target, part = values[pixel[tap], begin:end], weight[tap] / count
                    for i in range(target.size):
                        target[i] += part * sent[i]


@compiled
def _samples(
    region: np.ndarray, size: tuple[int, int], grid: tuple[int, int], rule: tuple
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.floating]:
    # For each cell where its taps begin; of each tap the pixel and its weight, four to a sample; how many samples a
    # cell counts. Samples outside of the image count, but read nothing. Pixels are unsigned, or numba asks of each
    # whether it counts from the end, which takes most of the time.
    if region.size == 6:
        return _turned_samples(region, size, grid, rule)
    number = region.dtype.type
    scale, shift, wanted = rule
    x, y = region[1] * scale - shift, region[2] * scale - shift
    width, height = region[3] * scale - shift - x, region[4] * scale - shift - y
    if shift == 0:
        width, height = max(width, number(1)), max(height, number(1))
    above, top, bottom, lower, count_y = _line(region, y, height / number(grid[0]), grid[0], size[0], wanted)
    before, left, right, nearer, count_x = _line(region, x, width / number(grid[1]), grid[1], size[1], wanted)
    first = np.zeros(grid[0] * grid[1] + 1, np.uint64)
    pixel = np.empty(4 * above[-1] * before[-1], np.uint64)
    weight = np.empty(pixel.size, region.dtype)
    taps = cell = 0
    for i in range(grid[0]):
        for j in range(grid[1]):
            for row in range(above[i], above[i + 1]):
                for column in range(before[j], before[j + 1]):
                    corners = (top[row], bottom[row], left[column], right[column])
                    _write_taps(pixel, weight, taps, corners, lower[row], nearer[column], size[1])
                    taps += 4
            cell += 1
            first[cell] = taps
    return first, pixel, weight, number(max(count_y * count_x, 1))


@compiled
def _line(
    region: np.ndarray, start: np.floating, step: np.floating, cells: int, size: int, wanted: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:
    # Along one axis: for each cell where its samples begin; of each sample inside the image two neighbours and the
    # weight of the second; how many samples a cell counts.
    number = region.dtype.type
    count = _count(step, wanted)
    first = np.zeros(cells + 1, np.int64)
    low, high = np.empty(cells * count, np.int64), np.empty(cells * count, np.int64)
    part = np.empty(cells * count, region.dtype)
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
def _turned_samples(
    region: np.ndarray, size: tuple[int, int], grid: tuple[int, int], rule: tuple
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.floating]:
    number = region.dtype.type
    scale, _, wanted = rule
    width, height = max(region[3] * scale, number(1)), max(region[4] * scale, number(1))
    angle = region[5] * number(math.pi) / number(180)
    cosine, sine = np.cos(angle), np.sin(angle)
    step_y, step_x = height / number(grid[0]), width / number(grid[1])
    count_y, count_x = _count(step_y, wanted), _count(step_x, wanted)
    first = np.zeros(grid[0] * grid[1] + 1, np.uint64)
    pixel = np.empty(4 * grid[0] * grid[1] * min(count_y * count_x, _OFTEN), np.uint64)
    weight = np.empty(pixel.size, region.dtype)
    taps = cell = 0
    for i in range(grid[0]):
        for j in range(grid[1]):
            for sample in range(count_y * count_x):
                part_y, part_x = number(sample // count_x) + number(0.5), number(sample % count_x) + number(0.5)
                y = number(i) * step_y - height / number(2) + part_y * step_y / number(count_y)
                x = number(j) * step_x - width / number(2) + part_x * step_x / number(count_x)
                top, bottom, lower = _neighbours(y * cosine - x * sine + region[2] * scale, size[0])
                left, right, nearer = _neighbours(x * cosine + y * sine + region[1] * scale, size[1])
                if top >= 0 and left >= 0:
                    if taps == pixel.size:
                        pixel, weight = np.append(pixel, pixel), np.append(weight, weight)
                    _write_taps(pixel, weight, taps, (top, bottom, left, right), lower, nearer, size[1])
                    taps += 4
            cell += 1
            first[cell] = taps
    return first, pixel, weight, number(max(count_y * count_x, 1))


@compiled
def _write_taps(
    pixel: np.ndarray,
    weight: np.ndarray,
    taps: int,
    corners: tuple[int, int, int, int],
    lower: np.floating,
    nearer: np.floating,
    width: int,
) -> None:
    top, bottom, left, right = corners
    upper, far = weight.dtype.type(1) - lower, weight.dtype.type(1) - nearer
    pixel[taps], weight[taps] = top * width + left, upper * far
    pixel[taps + 1], weight[taps + 1] = top * width + right, upper * nearer
    pixel[taps + 2], weight[taps + 2] = bottom * width + left, lower * far
    pixel[taps + 3], weight[taps + 3] = bottom * width + right, lower * nearer


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
