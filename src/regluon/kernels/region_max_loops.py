"""The largest pixel of each cell of a region, as a compiled loop: each channel is done for all regions in turn."""

import numpy as np

from regluon.kernels.jit import compiled

__all__ = ["write_largest"]


@compiled
def write_largest(
    planes: np.ndarray,
    images: np.ndarray,
    rows: np.ndarray,
    columns: np.ndarray,
    answer: np.ndarray,
    start: int,
    stop: int,
    width: int,
    least: np.floating,
) -> None:
    """Find the largest pixels in channels ``start`` to ``stop - 1``; of equal ones the first, NaN never.

    Args:
        planes: ``(B, C, H * W)``.
        images: ``(R,)`` integers, the image of each region, negative for none.
        rows: ``(2, R, h)`` unsigned integers: of each cell its first row and the one after its last.
        columns: ``(2, R, w)`` unsigned integers, likewise.
        answer: ``(R, C, h, w)``, written: where in all of the data the pixel stands, -1 for none.
        start: first channel to do.
        stop: first channel to leave.
        width: columns of an image.
        least: the least finite number of the type of ``planes``: pixels above it count.
    """
    values, step = planes.reshape(-1), np.uint64(width)
    for channel in range(start, stop):
        for region in range(images.size):
            if images[region] < 0:
                answer[region, channel] = -1
                continue
            plane = np.uint64((images[region] * planes.shape[1] + channel) * planes.shape[2])
            for i in range(rows.shape[2]):
                for j in range(columns.shape[2]):
                    best, largest = -1, least
                    for row in range(rows[0, region, i], rows[1, region, i]):
                        start_of_row = plane + row * step
                        for pixel in range(start_of_row + columns[0, region, j], start_of_row + columns[1, region, j]):
                            if values[pixel] > largest:
                                best, largest = np.int64(pixel), values[pixel]
                    answer[region, channel, i, j] = best
