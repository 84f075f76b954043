"""Deformable sampling as compiled loops: pixels in, columns of sampled values out, and the way back.

Images have their channels last, so that one sampling point reads four runs of neighbouring numbers. A column holds, for
each group of the convolution, tap after tap the group's channels. Each loop does the positions or channels it is told,
and no two parts write to the same place; every sum has one order.
"""

import numpy as np

from regluon.kernels.jit import compiled

__all__ = ["add_to_image", "write_columns", "write_slopes"]

# Partial sums of an inner product, added at the end: as many as vector registers hold.
_LANES = 16


@compiled
def write_columns(
    image: np.ndarray,
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
    """Sample an image for positions ``first + start`` to ``first + stop - 1`` of the output.

    Args:
        image: ``(H, W, C)``.
        offset: ``(offset_groups * 2 * K, P)``, of each tap y, then x.
        mask: ``(offset_groups * K, P)`` factors of the sampled values, or of size 0 for none.
        columns: ``(n, C * K)``, rows ``start`` to ``stop - 1`` are written.
        start: first row to do.
        stop: first row to leave.
        first: the position that row 0 stands for.
        window: width of the output, then kernel, stride, dilation and pad, each in y and x.
        groups: groups of the convolution.
        offset_groups: groups of channels that are sampled at different places.
        zero_padded: whether the image goes on with zeros, else its border is its end.
    """
    channels = image.shape[2]
    taps = window[1] * window[2]
    per_group, per_offset = channels // groups, channels // offset_groups
    for row in range(start, stop):
        for tap in range(taps):
            for chosen in range(offset_groups):
                y, x = _place(offset, image, first + row, tap, chosen, window)
                inside, top, bottom, upper, lower, _, _ = _axis(y, image.shape[0], zero_padded)
                across, left, right, near, far, _, _ = _axis(x, image.shape[1], zero_padded)
                if mask.size > 0:
                    factor = mask[chosen * taps + tap, first + row]
                    upper, lower = upper * factor, lower * factor
                begin = chosen * per_offset
                while begin < (chosen + 1) * per_offset:
                    group = begin // per_group
                    end = min((chosen + 1) * per_offset, (group + 1) * per_group)
                    target = group * taps * per_group + tap * per_group + begin - group * per_group
                    sampled = columns[row, target : target + end - begin]
                    if inside and across:
                        _blend(
                            sampled,
                            image[top, left, begin:end],
                            image[top, right, begin:end],
                            image[bottom, left, begin:end],
                            image[bottom, right, begin:end],
                            (upper * near, upper * far, lower * near, lower * far),
                        )
                    else:
                        sampled[:] = 0
                    begin = end


@compiled
def write_slopes(
    image: np.ndarray,
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
    """Send the gradient of columns back to offsets and masks.

    Args:
        image: ``(H, W, C)``.
        offset: ``(offset_groups * 2 * K, P)``, of each tap y, then x.
        mask: ``(offset_groups * K, P)``, or of size 0 for none.
        gradient: ``(n, C * K)``, that of the columns.
        offset_gradient: the shape of ``offset``, written at the positions done.
        mask_gradient: the shape of ``mask``, likewise.
        start: first row to do.
        stop: first row to leave.
        first: the position that row 0 stands for.
        window: width of the output, then kernel, stride, dilation and pad, each in y and x.
        groups: groups of the convolution.
        offset_groups: groups of channels that are sampled at different places.
        zero_padded: whether the image goes on with zeros, else its border is its end.
    """
    number = image.dtype.type
    channels = image.shape[2]
    taps = window[1] * window[2]
    per_group, per_offset = channels // groups, channels // offset_groups
    lanes = np.empty((4, _LANES), image.dtype)
    for row in range(start, stop):
        place = first + row
        for tap in range(taps):
            for chosen in range(offset_groups):
                y, x = _place(offset, image, place, tap, chosen, window)
                inside, top, bottom, upper, lower, upper_slope, lower_slope = _axis(y, image.shape[0], zero_padded)
                across, left, right, near, far, near_slope, far_slope = _axis(x, image.shape[1], zero_padded)
                slope_y = slope_x = whole = number(0)
                if inside and across:
                    lanes[:] = 0
                    begin = chosen * per_offset
                    while begin < (chosen + 1) * per_offset:
                        group = begin // per_group
                        end = min((chosen + 1) * per_offset, (group + 1) * per_group)
                        source = group * taps * per_group + tap * per_group + begin - group * per_group
                        _add_products(
                            lanes,
                            gradient[row, source : source + end - begin],
                            image[top, left, begin:end],
                            image[top, right, begin:end],
                            image[bottom, left, begin:end],
                            image[bottom, right, begin:end],
                        )
                        begin = end
                    top_left, top_right = _total(lanes[0]), _total(lanes[1])
                    bottom_left, bottom_right = _total(lanes[2]), _total(lanes[3])
                    above, below = near * top_left + far * top_right, near * bottom_left + far * bottom_right
                    whole = upper * above + lower * below
                    slope_y = upper_slope * above + lower_slope * below
                    slope_x = near_slope * (upper * top_left + lower * bottom_left)
                    slope_x += far_slope * (upper * top_right + lower * bottom_right)
                if mask.size > 0:
                    mask_gradient[chosen * taps + tap, place] = whole
                    slope_y *= mask[chosen * taps + tap, place]
                    slope_x *= mask[chosen * taps + tap, place]
                offset_gradient[2 * (chosen * taps + tap), place] = slope_y
                offset_gradient[2 * (chosen * taps + tap) + 1, place] = slope_x


@compiled
def add_to_image(
    image_gradient: np.ndarray,
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
) -> None:
    """Add the gradient of columns to where their values came from, for channels ``start`` to ``stop - 1``.

    Args:
        image_gradient: ``(H, W, C)``, added to.
        offset: ``(offset_groups * 2 * K, P)``, of each tap y, then x.
        mask: ``(offset_groups * K, P)``, or of size 0 for none.
        gradient: ``(n, C * K)``, that of the columns.
        start: first channel to do.
        stop: first channel to leave.
        first: the position that row 0 of the gradient stands for.
        window: width of the output, then kernel, stride, dilation and pad, each in y and x.
        groups: groups of the convolution.
        offset_groups: groups of channels that are sampled at different places.
        zero_padded: whether the image goes on with zeros, else its border is its end.
    """
    height, width, channels = image_gradient.shape
    taps = window[1] * window[2]
    per_group, per_offset = channels // groups, channels // offset_groups
    for row in range(gradient.shape[0]):
        for tap in range(taps):
            for chosen in range(start // per_offset, (stop - 1) // per_offset + 1):
                y, x = _place(offset, image_gradient, first + row, tap, chosen, window)
                inside, top, bottom, upper, lower, _, _ = _axis(y, height, zero_padded)
                across, left, right, near, far, _, _ = _axis(x, width, zero_padded)
                if not (inside and across):
                    continue
                if mask.size > 0:
                    factor = mask[chosen * taps + tap, first + row]
                    upper, lower = upper * factor, lower * factor
                begin = max(start, chosen * per_offset)
                while begin < min(stop, (chosen + 1) * per_offset):
                    group = begin // per_group
                    end = min(min(stop, (chosen + 1) * per_offset), (group + 1) * per_group)
                    source = group * taps * per_group + tap * per_group + begin - group * per_group
                    sent = gradient[row, source : source + end - begin]
                    _add_scaled(image_gradient[top, left, begin:end], sent, upper * near)
                    _add_scaled(image_gradient[top, right, begin:end], sent, upper * far)
                    _add_scaled(image_gradient[bottom, left, begin:end], sent, lower * near)
                    _add_scaled(image_gradient[bottom, right, begin:end], sent, lower * far)
                    begin = end


@compiled
def _place(
    offset: np.ndarray, image: np.ndarray, place: int, tap: int, chosen: int, window: tuple[int, ...]
) -> tuple[np.floating, np.floating]:
    # Where a tap reads: its point on the grid, and the offset from it.
    out_width, kernel_y, kernel_x, stride_y, stride_x, dilate_y, dilate_x, pad_y, pad_x = window
    number = image.dtype.type
    row, column = place // out_width, place % out_width
    channel = 2 * (chosen * kernel_y * kernel_x + tap)
    y = number(row * stride_y - pad_y + tap // kernel_x * dilate_y) + offset[channel, place]
    x = number(column * stride_x - pad_x + tap % kernel_x * dilate_x) + offset[channel + 1, place]
    return y, x


@compiled
def _axis(
    place: np.floating, size: int, zero_padded: bool
) -> tuple[bool, int, int, np.floating, np.floating, np.floating, np.floating]:
    # Whether a place counts, its two neighbours, their weights, and how fast these change. NaN does not count.
    zero, one = place - place, place - place
    one += 1
    if zero_padded:
        if not (place > -1 and place < size):
            return False, 0, 0, zero, zero, zero, zero
        low = int(np.floor(place))
        part = place - low
        return True, low, low, zero, zero, zero, zero
    if not (place >= 0 and place < size):
        return False, 0, 0, zero, zero, zero, zero
    return True, 0, 0, zero, zero, zero, zero
