"""Deformable position-sensitive pooling as compiled loops: cell by cell, region by region, channel by channel.

The channels that the cells of one place read stay in the processor's cache while all regions are served. No two calls
write to one channel, cell or shift, and every sum has one order.
"""

import numpy as np

from regluon.kernels.jit import compiled

__all__ = ["add_to_planes", "memory_for", "write_cells", "write_shifts"]

# Of a cell, the numbers of the pixels that it reads; their weights, and how these change with x and with y.
Memory = tuple[np.ndarray, np.ndarray]


def memory_for(planes: np.ndarray, samples: int) -> Memory:
    """Allocate what the loops need for one cell at a time; no two calls at a time may have the same.

    Args:
        planes: the array that is read, or its gradient.
        samples: samples along each axis of a cell.

    Returns:
        Arrays for the loops to write to.
    """
    # Unsigned, or numba asks of each index whether it counts from the end.
    return np.empty(4 * samples * samples, np.uint64), np.empty((3, 4 * samples * samples), planes.dtype)


@compiled
def write_cells(
    planes: np.ndarray,
    images: np.ndarray,
    frames: np.ndarray,
    shifts: np.ndarray,
    parts: np.ndarray,
    cells: np.ndarray,
    memory: Memory,
    pixels: np.ndarray,
    total: np.ndarray,
    start: int,
    stop: int,
    group: int,
    samples: int,
    block: int,
) -> None:
    """Fill the cells of units ``start`` to ``stop - 1``: blocks of channels of the output, for each group anew.

    Args:
        planes: ``(B, c * group * group, H, W)``.
        images: ``(R,)`` integers, the image of each region, negative for none; then its cells are left alone.
        frames: ``(R, 4)``: first x and y, width and height of each region.
        shifts: ``(R, classes, 2, part, part)`` in x and y, as parts of a region's width and height.
        parts: ``(P,)`` integers: along an axis, whose shift a cell takes.
        cells: ``(R, c, P, P)``, written.
        memory: what :func:`memory_for` gives, written.
        pixels: ``(H * W, block)``, room for the channels of a block; no two calls at a time may have the same.
        total: ``(block,)``, room for a cell.
        start: first unit to do.
        stop: first unit to leave.
        group: groups of cells along each axis; each reads channels of its own.
        samples: samples along each axis of a cell.
        block: channels of a block.
    """
    channels, side, groups = cells.shape[1], cells.shape[2], group * group
    per_class, size = channels // shifts.shape[1], planes.shape[2:]
    pixel, weights = memory
    for unit in range(start, stop):
        place, first = unit % groups, unit // groups * block
        last = min(first + block, channels)
        for image in range(planes.shape[0]):
            # The channels side by side, so that what a sample reads of them is summed together.
            for channel in range(np.uint64(last - first)):
                plane = planes[image, (first + channel) * groups + place]
                for row in range(np.uint64(size[0])):
                    for column in range(np.uint64(size[1])):
                        pixels[row * np.uint64(size[1]) + column, channel] = plane[row, column]
            for cell in range(side * side):
                i, j = divmod(cell, side)
                if i * group // side * group + j * group // side != place:
                    continue
                for region in range(images.size):
                    if images[region] != image:
                        continue
                    for kind in range(first // per_class, (last - 1) // per_class + 1):
                        shift = shifts[region, kind, :, parts[i], parts[j]]
                        taps, count = _taps(frames[region], shift, (i, j, side, samples), size, pixel, weights)
                        low = np.uint64(max(first, kind * per_class) - first)
                        high = np.uint64(min(last, (kind + 1) * per_class) - first)
                        for k in range(low, high):
                            total[k] = 0
                        for tap in range(np.uint64(0), taps, np.uint64(4)):
                            one, two, three, four = weights[0, tap : tap + np.uint64(4)]
                            above, across = pixels[pixel[tap]], pixels[pixel[tap + np.uint64(1)]]
                            below, farthest = pixels[pixel[tap + np.uint64(2)]], pixels[pixel[tap + np.uint64(3)]]
                            for k in range(low, high):
                                total[k] += one * above[k] + two * across[k] + three * below[k] + four * farthest[k]
                        count = max(count, planes.dtype.type(1))
                        for k in range(low, high):
                            cells[region, first + k, i, j] = total[k] / count


@compiled
def add_to_planes(
    planes: np.ndarray,
    images: np.ndarray,
    frames: np.ndarray,
    shifts: np.ndarray,
    parts: np.ndarray,
    cells: np.ndarray,
    memory: Memory,
    start: int,
    stop: int,
    group: int,
    samples: int,
) -> None:
    """Add the gradient of cells to the pixels they read, for units ``start`` to ``stop - 1``.

    Args:
        planes: ``(B, c * group * group, H, W)``, added to.
        images: ``(R,)`` integers, the image of each region, negative for none.
        frames: ``(R, 4)``: first x and y, width and height of each region.
        shifts: ``(R, classes, 2, part, part)`` in x and y, as parts of a region's width and height.
        parts: ``(P,)`` integers: along an axis, whose shift a cell takes.
        cells: ``(R, c, P, P)``, the gradient of the cells.
        memory: what :func:`memory_for` gives, written.
        start: first unit to do, a channel of the output, counted for each group of cells anew.
        stop: first unit to leave.
        group: groups of cells along each axis; each reads channels of its own.
        samples: samples along each axis of a cell.
    """
    values, size, groups = planes.reshape(-1), planes[0, 0].size, group * group
    channels, side = cells.shape[1], cells.shape[2]
    per_class = channels // shifts.shape[1]
    pixel, weights = memory
    for unit in range(start // channels, (stop - 1) // channels + 1):
        lowest, highest = max(start - unit * channels, 0), min(stop - unit * channels, channels)
        for cell in range(side * side):
            i, j = divmod(cell, side)
            if i * group // side * group + j * group // side != unit:
                continue
            for region in range(images.size):
                if images[region] < 0:
                    continue
                for kind in range(lowest // per_class, (highest - 1) // per_class + 1):
                    shift = shifts[region, kind, :, parts[i], parts[j]]
                    taps, count = _taps(frames[region], shift, (i, j, side, samples), planes.shape[2:], pixel, weights)
                    for channel in range(max(lowest, kind * per_class), min(highest, (kind + 1) * per_class)):
                        plane = np.uint64(((images[region] * channels + channel) * groups + unit) * size)
                        sent = cells[region, channel, i, j] / count
                        for tap in range(taps):
                            values[plane + pixel[tap]] += weights[0, tap] * sent


@compiled
def write_shifts(
    planes: np.ndarray,
    images: np.ndarray,
    frames: np.ndarray,
    shifts: np.ndarray,
    parts: np.ndarray,
    cells: np.ndarray,
    gradient: np.ndarray,
    memory: Memory,
    start: int,
    stop: int,
    group: int,
    samples: int,
) -> None:
    """Send the gradient of the cells of regions ``start`` to ``stop - 1`` back to their shifts.

    Args:
        planes: ``(B, c * group * group, H, W)``.
        images: ``(R,)`` integers, the image of each region, negative for none.
        frames: ``(R, 4)``: first x and y, width and height of each region.
        shifts: ``(R, classes, 2, part, part)`` in x and y, as parts of a region's width and height.
        parts: ``(P,)`` integers: along an axis, whose shift a cell takes.
        cells: ``(R, c, P, P)``, the gradient of the cells.
        gradient: the shape of ``shifts``, added to.
        memory: what :func:`memory_for` gives, written.
        start: first region to do.
        stop: first region to leave.
        group: groups of cells along each axis; each reads channels of its own.
        samples: samples along each axis of a cell.
    """
    values, size, groups = planes.reshape(-1), planes[0, 0].size, group * group
    channels, side = cells.shape[1], cells.shape[2]
    per_class = channels // shifts.shape[1]
    pixel, weights = memory
    for region in range(start, stop):
        if images[region] < 0:
            continue
        for cell in range(side * side):
            i, j = divmod(cell, side)
            unit = i * group // side * group + j * group // side
            for kind in range(shifts.shape[1]):
                shift = shifts[region, kind, :, parts[i], parts[j]]
                taps, count = _taps(frames[region], shift, (i, j, side, samples), planes.shape[2:], pixel, weights)
                for channel in range(kind * per_class, (kind + 1) * per_class):
                    plane = np.uint64(((images[region] * channels + channel) * groups + unit) * size)
                    slope_x = slope_y = values.dtype.type(0)
                    for tap in range(taps):
                        value = values[plane + pixel[tap]]
                        slope_x += weights[1, tap] * value
                        slope_y += weights[2, tap] * value
                    sent = cells[region, channel, i, j] / max(count, values.dtype.type(1))
                    gradient[region, kind, 0, parts[i], parts[j]] += sent * slope_x * frames[region, 2]
                    gradient[region, kind, 1, parts[i], parts[j]] += sent * slope_y * frames[region, 3]


@compiled
def _taps(
    frame: np.ndarray,
    shift: np.ndarray,
    cell: tuple[int, int, int, int],
    size: tuple[int, int],
    pixel: np.ndarray,
    weights: np.ndarray,
) -> tuple[np.uint64, np.floating]:
    # Writes the pixels that a cell reads, four for each sample inside the image, their weights, and how these change
    # with x and with y. Returns how many pixels and how many samples there are.
    i, j, side, samples = cell
    number = frame.dtype.type
    one, half = number(1), number(0.5)
    width, height = frame[2] / number(side), frame[3] / number(side)
    first_x, first_y = (
        number(j) * width + frame[0] + shift[0] * frame[2],
        number(i) * height + frame[1] + shift[1] * frame[3],
    )
    step_x, step_y = width / number(samples), height / number(samples)
    taps = 0
    for row in range(samples):
        y = first_y + number(row) * step_y
        if not (y >= -half and y <= number(size[0]) - half):
            continue
        y = min(max(y, number(0)), number(size[0] - 1))
        top, bottom = int(np.floor(y)), int(np.ceil(y))
        lower = y - number(top)
        tall = one if bottom > top else number(0)
        for column in range(samples):
            x = first_x + number(column) * step_x
            if not (x >= -half and x <= number(size[1]) - half):
                continue
            x = min(max(x, number(0)), number(size[1] - 1))
            left, right = int(np.floor(x)), int(np.ceil(x))
            nearer = x - number(left)
            wide = one if right > left else number(0)
            corner = 0
            for line, line_weight, line_slope in ((top, one - lower, -tall), (bottom, lower, tall)):
                for place, place_weight, place_slope in ((left, one - nearer, -wide), (right, nearer, wide)):
                    pixel[taps + corner] = line * size[1] + place
                    weights[0, taps + corner] = line_weight * place_weight
                    weights[1, taps + corner] = line_weight * place_slope
                    weights[2, taps + corner] = line_slope * place_weight
                    corner += 1
            taps += 4
    return np.uint64(taps), number(taps // 4)
