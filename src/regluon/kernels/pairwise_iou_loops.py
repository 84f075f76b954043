"""The overlap of every box with every other, as a compiled loop."""

import numpy as np

from regluon.kernels.jit import compiled

__all__ = ["write_overlaps"]


@compiled
def write_overlaps(lhs: np.ndarray, rhs: np.ndarray, overlaps: np.ndarray, start: int, stop: int) -> None:
    """Fill ``overlaps[start:stop]``.

    Args:
        lhs: ``(5, N)``: left, top, right, bottom and area of boxes; no edge is NaN.
        rhs: ``(5, M)``, of the same type.
        overlaps: ``(N, M)``, written.
        start: first box of ``lhs`` to do.
        stop: first box of ``lhs`` to leave.
    """
    left, top, right, bottom, area = rhs
    zero = rhs.dtype.type(0)
    for box in range(start, stop):
        x, y, x_end, y_end, extent = lhs[:, box]
        line = overlaps[box]
        for other in range(area.size):
            width = (x_end if x_end < right[other] else right[other]) - (x if x > left[other] else left[other])
            height = (y_end if y_end < bottom[other] else bottom[other]) - (y if y > top[other] else top[other])
            both = (width if width > zero else zero) * (height if height > zero else zero)
            line[other] = both / (extent + area[other] - both) if both != zero else both
