"""Planes of another size as compiled loops: averages over windows, and interpolation between pixels.

Both are done along one axis at a time, whole rows together, so that the processor works on many numbers at once. Each
plane is done by one call alone, and every sum has one order.
"""

import numpy as np

from regluon.kernels.jit import compiled

__all__ = ["average_windows", "interpolate", "spread_interpolated", "spread_windows"]


@compiled
def average_windows(
    planes: np.ndarray, rows: np.ndarray, columns: np.ndarray, answer: np.ndarray, start: int, stop: int
) -> None:
    """Fill planes ``start`` to ``stop - 1`` with the averages of windows.

    Args:
        planes: ``(n, H, W)``.
        rows: ``(2, h)`` unsigned integers: of each window its first row and the one after its last.
        columns: ``(2, w)`` unsigned integers, likewise.
        answer: ``(n, h, w)``, written.
        start: first plane to do.
        stop: first plane to leave.
    """
    # Unsigned, or numba asks of each index whether it counts from the end.
    line, width, four = np.empty(planes.shape[2], planes.dtype), np.uint64(planes.shape[2]), np.uint64(4)
    for number in range(start, stop):
        plane = planes[number]
        for i in range(np.uint64(rows.shape[1])):
            for x in range(width):
                line[x] = plane[rows[0, i], x]
            for row in range(rows[0, i] + np.uint64(1), rows[1, i]):
                for x in range(width):
                    line[x] += plane[row, x]
            for j in range(np.uint64(columns.shape[1])):
                # Four sums side by side, for each number of one waits for that before.
                first = second = third = fourth = planes.dtype.type(0)
                x = columns[0, j]
                while x + four <= columns[1, j]:
                    first += line[x]
                    second += line[x + np.uint64(1)]
                    third += line[x + np.uint64(2)]
                    fourth += line[x + np.uint64(3)]
                    x += four
                while x < columns[1, j]:
                    first += line[x]
                    x += np.uint64(1)
                area = np.int64((rows[1, i] - rows[0, i]) * (columns[1, j] - columns[0, j]))
                answer[number, i, j] = (first + second + third + fourth) / planes.dtype.type(area)


@compiled
def spread_windows(
    heads: np.ndarray, rows: np.ndarray, columns: np.ndarray, answer: np.ndarray, start: int, stop: int
) -> None:
    """Spread the gradient of averages over their windows, for planes ``start`` to ``stop - 1``.

    Args:
        heads: ``(n, h, w)``, the gradient of the averages.
        rows: ``(2, h)`` unsigned integers: of each window its first row and the one after its last. Together windows
            cover all rows, each begins no sooner than the one before.
        columns: ``(2, w)`` unsigned integers, likewise.
        answer: ``(n, H, W)``, written.
        start: first plane to do.
        stop: first plane to leave.
    """
    line, width = np.empty(answer.shape[2], answer.dtype), np.uint64(answer.shape[2])
    for number in range(start, stop):
        plane, written = answer[number], np.uint64(0)
        for i in range(np.uint64(rows.shape[1])):
            for x in range(width):
                line[x] = 0
            for j in range(np.uint64(columns.shape[1])):
                area = np.int64((rows[1, i] - rows[0, i]) * (columns[1, j] - columns[0, j]))
                sent = heads[number, i, j] / answer.dtype.type(area)
                for x in range(columns[0, j], columns[1, j]):
                    line[x] += sent
            for row in range(rows[0, i], rows[1, i]):
                if row < written:
                    for x in range(width):
                        plane[row, x] += line[x]
                else:
                    for x in range(width):
                        plane[row, x] = line[x]
            written = rows[1, i]


@compiled
def interpolate(
    planes: np.ndarray,
    rows: np.ndarray,
    row_weights: np.ndarray,
    columns: np.ndarray,
    column_weights: np.ndarray,
    answer: np.ndarray,
    lines: np.ndarray,
    held: np.ndarray,
    start: int,
    stop: int,
) -> None:
    """Fill planes ``start`` to ``stop - 1`` with values between the pixels.

    Args:
        planes: ``(n, H, W)``.
        rows: ``(2, h)`` unsigned integers, the two neighbours of each row of the answer.
        row_weights: ``(2, h)``, what each counts.
        columns: ``(2, w)`` unsigned integers, the two neighbours of each column.
        column_weights: ``(2, w)``, what each counts.
        answer: ``(n, h, w)``, written.
        lines: ``(2, w)``, room for two rows; no two calls at a time may have the same.
        held: ``(2,)`` int64, room for their numbers.
        start: first plane to do.
        stop: first plane to leave.
    """
    width, none = np.uint64(columns.shape[1]), np.int64(-1)
    for number in range(start, stop):
        plane = planes[number]
        held[0] = held[1] = none
        for i in range(np.uint64(rows.shape[1])):
            # Two rows are held, wide as the answer's: neighbours of one row are often those of the next.
            upper = 0 if held[1] != np.int64(rows[0, i]) else 1
            for side in range(2):
                place, row = upper if side == 0 else 1 - upper, rows[side, i]
                if held[place] != np.int64(row):
                    held[place] = np.int64(row)
                    for j in range(width):
                        near = column_weights[0, j] * plane[row, columns[0, j]]
                        lines[place, j] = near + column_weights[1, j] * plane[row, columns[1, j]]
            one, two = row_weights[0, i], row_weights[1, i]
            above, below = lines[upper], lines[1 - upper]
            for j in range(width):
                answer[number, i, j] = one * above[j] + two * below[j]


@compiled
def spread_interpolated(
    heads: np.ndarray,
    rows: np.ndarray,
    row_weights: np.ndarray,
    columns: np.ndarray,
    column_weights: np.ndarray,
    answer: np.ndarray,
    line: np.ndarray,
    start: int,
    stop: int,
) -> None:
    """Send the gradient of values between pixels to these, for planes ``start`` to ``stop - 1``.

    Args:
        heads: ``(n, h, w)``, the gradient of the values.
        rows: ``(2, h)`` unsigned integers, the two neighbours of each row of the heads, from top to bottom.
        row_weights: ``(2, h)``, what each counts.
        columns: ``(2, w)`` unsigned integers, the two neighbours of each column.
        column_weights: ``(2, w)``, what each counts.
        answer: ``(n, H, W)``, written.
        line: ``(w,)``, room for a row; no two calls at a time may have the same.
        start: first plane to do.
        stop: first plane to leave.
    """
    width, count = np.uint64(columns.shape[1]), np.uint64(rows.shape[1])
    for number in range(start, stop):
        plane = answer[number]
        begin = np.uint64(0)
        for row in range(np.uint64(answer.shape[1])):
            for x in range(np.uint64(answer.shape[2])):
                plane[row, x] = 0
            # The heads that this row is a neighbour of follow one another.
            while begin < count and rows[1, begin] < row:
                begin += np.uint64(1)
            for j in range(width):
                line[j] = 0
            i = begin
            while i < count and rows[0, i] <= row:
                weight = answer.dtype.type(0)
                for side in range(2):
                    if rows[side, i] == row:
                        weight += row_weights[side, i]
                for j in range(width):
                    line[j] += weight * heads[number, i, j]
                i += np.uint64(1)
            for j in range(width):
                plane[row, columns[0, j]] += column_weights[0, j] * line[j]
                plane[row, columns[1, j]] += column_weights[1, j] * line[j]
