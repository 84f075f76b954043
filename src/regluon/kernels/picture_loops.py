"""Pictures of another size in whole numbers, as a compiled loop.

A row of the answer is made of a few rows of the picture, each resized along its length first. Neighbours share them, so
they are kept until another row takes their place. Each row of the answer is done by one call alone.
"""

import numpy as np

from regluon.kernels.jit import compiled

__all__ = ["memory_for", "resize_rows"]

# Rows resized along their length, and which they are; sums of a row in whole numbers, and in floats.
Memory = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def memory_for(taps: int, length: int) -> Memory:
    """Allocate what the loop needs for one row at a time; no two calls at a time may have the same.

    Args:
        taps: how many rows each row of the answer looks at.
        length: numbers in a row of the answer.

    Returns:
        Arrays for the loop to write to.
    """
    lines, held = np.empty((taps, length), np.int32), np.empty(taps, np.int64)
    return lines, held, np.empty(length, np.int32), np.empty(length, np.float32)


@compiled
def resize_rows(
    pictures: np.ndarray,
    channels: int,
    columns: np.ndarray,
    column_weights: np.ndarray,
    rows: np.ndarray,
    row_weights: np.ndarray,
    rounding: int,
    answer: np.ndarray,
    memory: Memory,
    start: int,
    stop: int,
) -> None:
    """Fill rows ``start`` to ``stop - 1`` of the answer, counted through all pictures.

    Args:
        pictures: ``(n, H, W * C)`` uint8.
        channels: C.
        columns: ``(K, w)`` unsigned integers: the K columns that each column of the answer looks at.
        column_weights: ``(K, w)`` int32, of 2**11.
        rows: ``(K, h)`` unsigned integers, likewise.
        row_weights: ``(K, h)`` int32, of 2**11.
        rounding: 0 drops bits in between, as OpenCV's linear code does; 1 sums up in float32 and rounds to even, as
            its cubic code does; 2 rounds the sum.
        answer: ``(n, h, w * C)`` uint8, written.
        memory: what :func:`memory_for` gives, written.
        start: first row to do.
        stop: first row to leave.
    """
    # Unsigned, or numba asks of each index whether it counts from the end.
    taps, three = np.uint64(columns.shape[0]), np.uint64(channels)
    width, height, length = np.uint64(columns.shape[1]), np.uint64(answer.shape[1]), np.uint64(answer.shape[2])
    lines, held, sums, floats = memory
    for tap in range(taps):
        held[tap] = -1
    unit = np.float32(1.0 / (1 << 22))
    for number in range(np.uint64(start), np.uint64(stop)):
        image, y = number // height, number % height
        for k in range(taps):
            row = rows[k, y]
            place = np.int64(image) * pictures.shape[1] + np.int64(row)
            if held[row % taps] == place:
                continue
            held[row % taps] = place
            source, line = pictures[image, row], lines[row % taps]
            for x in range(width):
                for c in range(three):
                    total = np.int32(0)
                    for tap in range(taps):
                        value = np.int32(source[columns[tap, x] * three + c])
                        total = np.int32(total + np.int32(value * column_weights[tap, x]))
                    line[x * three + c] = total
        written = answer[image, y]
        if rounding == 0:
            low, high = lines[rows[0, y] % taps], lines[rows[1, y] % taps]
            first, second = row_weights[0, y], row_weights[1, y]
            for x in range(length):
                total = np.int32(np.int32((low[x] >> 4) * first) >> 16) + np.int32(
                    np.int32((high[x] >> 4) * second) >> 16
                )
                written[x] = np.uint8((total + 2) >> 2)
        elif rounding == 1:
            for k in range(taps):
                line, scale = lines[rows[k, y] % taps], np.float32(np.float32(row_weights[k, y]) * unit)
                for x in range(length):
                    part = np.float32(np.float32(line[x]) * scale)
                    floats[x] = part if k == 0 else np.float32(floats[x] + part)
            for x in range(length):
                written[x] = np.uint8(min(max(np.rint(floats[x]), np.float32(0)), np.float32(255)))
        else:
            sums[:] = 1 << 21
            for k in range(taps):
                line, weight = lines[rows[k, y] % taps], row_weights[k, y]
                for x in range(length):
                    sums[x] = np.int32(sums[x] + np.int32(line[x] * weight))
            for x in range(length):
                written[x] = np.uint8(min(max(sums[x] >> 22, 0), 255))
