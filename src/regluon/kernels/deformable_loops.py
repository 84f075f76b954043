"""Deformable sampling as compiled loops: pixels in, columns of sampled values out, and the way back.

Images have their channels last, so that one sampling point reads four runs of neighbouring numbers. A row of columns
belongs to one place of the output and holds, for each group of the convolution, tap after tap the group's channels.
Each call does the rows or channels it is told; no two calls write to one place, and every sum has one order.
"""

import numpy as np

from regluon.kernels.jit import compiled

__all__ = ["add_to_images", "write_columns", "write_slopes"]


@compiled
def write_columns(
    data: np.ndarray,
    offset: np.ndarray,
    mask: np.ndarray,
    columns: np.ndarray,
    start: int,
    stop: int,
    first: int,
    window: tuple[int, ...],
    groups: int,
    offset_groups: int,
    zero_padded: bool,
) -> None:
    """Sample images for rows ``start`` to ``stop - 1`` of the columns.

    Args:
        data: ``(B, H, W, C)``.
        offset: ``(B, offset_groups * 2 * K, P)``, of each tap y, then x.
        mask: ``(B, offset_groups * K, P)`` factors of the sampled values, or of size 0 for none.
        columns: ``(n, C * K)``, written.
        start: first row to do.
        stop: first row to leave.
        first: the place, counted over all images, that row 0 stands for.
        window: width of the output, then kernel, stride, dilation and pad, each in y and x.
        groups: groups of the convolution.
        offset_groups: groups of channels that are sampled at different places.
        zero_padded: whether an image goes on with zeros, else its border is its end.
    """
    out_width, kernel_y, kernel_x, stride_y, stride_x, dilate_y, dilate_x, pad_y, pad_x = window
    taps = kernel_y * kernel_x
    channels = data.shape[3]
    per_group, per_offset = channels // groups, channels // offset_groups
    for row in range(start, stop):
        image, place = divmod(first + row, offset.shape[2])
        out_y, out_x = divmod(place, out_width)
        tap = 0
        for tap_y in range(kernel_y):
            for tap_x in range(kernel_x):
                y = out_y * stride_y - pad_y + tap_y * dilate_y
                x = out_x * stride_x - pad_x + tap_x * dilate_x
                for chosen in range(offset_groups):
                    source = chosen * taps + tap
                    rows = _axis(data, 1, y, offset[image, 2 * source, place], zero_padded)
                    across = _axis(data, 2, x, offset[image, 2 * source + 1, place], zero_padded)
                    inside = rows[0] and across[0]
                    above, below = rows[3], rows[4]
                    if mask.size > 0:
                        above *= mask[image, source, place]
                        below *= mask[image, source, place]
                    begin, last = chosen * per_offset, (chosen + 1) * per_offset
                    while begin < last:
                        group = begin // per_group
                        end = min(last, (group + 1) * per_group)
                        target = (group * (taps - 1) + tap) * per_group + begin
                        sampled = columns[row, target : target + end - begin]
                        if inside:
                            _blend(
                                sampled,
                                data[image, rows[1], across[1], begin:end],
                                data[image, rows[1], across[2], begin:end],
                                data[image, rows[2], across[1], begin:end],
                                data[image, rows[2], across[2], begin:end],
                                (above * across[3], above * across[4], below * across[3], below * across[4]),
                            )
                        else:
                            sampled[:] = 0
                        begin = end
                tap += 1


@compiled
def write_slopes(
    data: np.ndarray,
    offset: np.ndarray,
    mask: np.ndarray,
    gradient: np.ndarray,
    offset_gradient: np.ndarray,
    mask_gradient: np.ndarray,
    start: int,
    stop: int,
    first: int,
    window: tuple[int, ...],
    groups: int,
    offset_groups: int,
    zero_padded: bool,
) -> None:
    """Send the gradient of columns back to offsets and masks, for rows ``start`` to ``stop - 1``.

    Args:
        data: ``(B, H, W, C)``.
        offset: ``(B, offset_groups * 2 * K, P)``, of each tap y, then x.
        mask: ``(B, offset_groups * K, P)``, or of size 0 for none.
        gradient: ``(n, C * K)``, that of the columns.
        offset_gradient: the shape of ``offset``, written at the places of the rows.
        mask_gradient: the shape of ``mask``, likewise.
        start: first row to do.
        stop: first row to leave.
        first: the place, counted over all images, that row 0 stands for.
        window: width of the output, then kernel, stride, dilation and pad, each in y and x.
        groups: groups of the convolution.
        offset_groups: groups of channels that are sampled at different places.
        zero_padded: whether an image goes on with zeros, else its border is its end.
    """
    out_width, kernel_y, kernel_x, stride_y, stride_x, dilate_y, dilate_x, pad_y, pad_x = window
    taps = kernel_y * kernel_x
    channels = data.shape[3]
    per_group, per_offset = channels // groups, channels // offset_groups
    zero = data.dtype.type(0)
    for row in range(start, stop):
        image, place = divmod(first + row, offset.shape[2])
        out_y, out_x = divmod(place, out_width)
        tap = 0
        for tap_y in range(kernel_y):
            for tap_x in range(kernel_x):
                y = out_y * stride_y - pad_y + tap_y * dilate_y
                x = out_x * stride_x - pad_x + tap_x * dilate_x
                for chosen in range(offset_groups):
                    source = chosen * taps + tap
                    rows = _axis(data, 1, y, offset[image, 2 * source, place], zero_padded)
                    across = _axis(data, 2, x, offset[image, 2 * source + 1, place], zero_padded)
                    slope_y = slope_x = slope = zero
                    if rows[0] and across[0]:
                        products = (zero, zero, zero, zero)
                        begin, last = chosen * per_offset, (chosen + 1) * per_offset
                        while begin < last:
                            group = begin // per_group
                            end = min(last, (group + 1) * per_group)
                            target = (group * (taps - 1) + tap) * per_group + begin
                            products = _more_products(
                                products,
                                gradient[row, target : target + end - begin],
                                data[image, rows[1], across[1], begin:end],
                                data[image, rows[1], across[2], begin:end],
                                data[image, rows[2], across[1], begin:end],
                                data[image, rows[2], across[2], begin:end],
                            )
                            begin = end
                        above = across[3] * products[0] + across[4] * products[1]
                        below = across[3] * products[2] + across[4] * products[3]
                        slope = rows[3] * above + rows[4] * below
                        slope_y = rows[5] * above + rows[6] * below
                        slope_x = across[5] * (rows[3] * products[0] + rows[4] * products[2])
                        slope_x += across[6] * (rows[3] * products[1] + rows[4] * products[3])
                    if mask.size > 0:
                        mask_gradient[image, source, place] = slope
                        slope_y *= mask[image, source, place]
                        slope_x *= mask[image, source, place]
                    offset_gradient[image, 2 * source, place] = slope_y
                    offset_gradient[image, 2 * source + 1, place] = slope_x
                tap += 1


@compiled
def add_to_images(
    data_gradient: np.ndarray,
    offset: np.ndarray,
    mask: np.ndarray,
    gradient: np.ndarray,
    start: int,
    stop: int,
    first: int,
    window: tuple[int, ...],
    groups: int,
    offset_groups: int,
    zero_padded: bool,
    block: int,
) -> None:
    """Add the gradient of columns to where their values came from, for blocks ``start`` to ``stop - 1`` of channels.

    Args:
        data_gradient: ``(B, H, W, C)``, added to.
        offset: ``(B, offset_groups * 2 * K, P)``, of each tap y, then x.
        mask: ``(B, offset_groups * K, P)``, or of size 0 for none.
        gradient: ``(n, C * K)``, that of the columns.
        start: first block to do, counted over the images that the rows belong to.
        stop: first block to leave.
        first: the place, counted over all images, that row 0 of the gradient stands for.
        window: width of the output, then kernel, stride, dilation and pad, each in y and x.
        groups: groups of the convolution.
        offset_groups: groups of channels that are sampled at different places.
        zero_padded: whether an image goes on with zeros, else its border is its end.
        block: channels of a block.
    """
    out_width, kernel_y, kernel_x, stride_y, stride_x, dilate_y, dilate_x, pad_y, pad_x = window
    taps = kernel_y * kernel_x
    places, channels = offset.shape[2], data_gradient.shape[3]
    per_group, per_offset = channels // groups, channels // offset_groups
    blocks = (channels + block - 1) // block
    for number in range(start, stop):
        image = first // places + number // blocks
        lowest = number % blocks * block
        highest = min(lowest + block, channels)
        for row in range(max(image * places - first, 0), min((image + 1) * places - first, gradient.shape[0])):
            place = first + row - image * places
            out_y, out_x = divmod(place, out_width)
            tap = 0
            for tap_y in range(kernel_y):
                for tap_x in range(kernel_x):
                    y = out_y * stride_y - pad_y + tap_y * dilate_y
                    x = out_x * stride_x - pad_x + tap_x * dilate_x
                    for chosen in range(lowest // per_offset, (highest - 1) // per_offset + 1):
                        source = chosen * taps + tap
                        rows = _axis(data_gradient, 1, y, offset[image, 2 * source, place], zero_padded)
                        across = _axis(data_gradient, 2, x, offset[image, 2 * source + 1, place], zero_padded)
                        if not (rows[0] and across[0]):
                            continue
                        above, below = rows[3], rows[4]
                        if mask.size > 0:
                            above *= mask[image, source, place]
                            below *= mask[image, source, place]
                        begin, last = max(lowest, chosen * per_offset), min(highest, (chosen + 1) * per_offset)
                        while begin < last:
                            group = begin // per_group
                            end = min(last, (group + 1) * per_group)
                            target = (group * (taps - 1) + tap) * per_group + begin
                            sent = gradient[row, target : target + end - begin]
                            upper, lower = data_gradient[image, rows[1]], data_gradient[image, rows[2]]
                            _add_scaled(upper[across[1], begin:end], sent, above * across[3])
                            _add_scaled(upper[across[2], begin:end], sent, above * across[4])
                            _add_scaled(lower[across[1], begin:end], sent, below * across[3])
                            _add_scaled(lower[across[2], begin:end], sent, below * across[4])
                            begin = end
                    tap += 1


@compiled
def _axis(
    images: np.ndarray, axis: int, point: int, shift: np.floating, zero_padded: bool
) -> tuple[bool, int, int, np.floating, np.floating, np.floating, np.floating]:
    # Whether a place counts, its two neighbours, their weights, and how these change with it. NaN does not count.
    number = images.dtype.type
    zero, one, size = number(0), number(1), images.shape[axis]
    place = number(point) + shift
    if zero_padded:
        if not (place > -one and place < number(size)):
            return False, 0, 0, zero, zero, zero, zero
        low = int(np.floor(place))
        part = place - number(low)
        if low < 0:
            return True, 0, 0, zero, part, zero, one
        if low >= size - 1:
            return True, low, low, one - part, zero, -one, zero
        return True, low, low + 1, one - part, part, -one, one
    if not (place >= zero and place < number(size)):
        return False, 0, 0, zero, zero, zero, zero
    low = int(place)
    if low >= size - 1:
        return True, low, low, one, zero, zero, zero
    part = place - number(low)
    return True, low, low + 1, one - part, part, -one, one


@compiled
def _blend(
    sampled: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    third: np.ndarray,
    fourth: np.ndarray,
    weights: tuple[np.floating, np.floating, np.floating, np.floating],
) -> None:
    one, two, three, four = weights
    for i in range(sampled.size):
        sampled[i] = one * first[i] + two * second[i] + three * third[i] + four * fourth[i]


@compiled
def _add_scaled(target: np.ndarray, values: np.ndarray, weight: np.floating) -> None:
    for i in range(target.size):
        target[i] += weight * values[i]


@compiled
def _more_products(
    products: tuple[np.floating, np.floating, np.floating, np.floating],
    values: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    third: np.ndarray,
    fourth: np.ndarray,
) -> tuple[np.floating, np.floating, np.floating, np.floating]:
    # Adds inner products of values with each of the four; side by side, for each sum waits for the number before.
    one = two = three = four = values.dtype.type(0)
    for i in range(values.size):
        one += values[i] * first[i]
        two += values[i] * second[i]
        three += values[i] * third[i]
        four += values[i] * fourth[i]
    return products[0] + one, products[1] + two, products[2] + three, products[3] + four
