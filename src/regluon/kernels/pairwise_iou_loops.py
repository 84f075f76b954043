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
    # Unsigned, or the compiler asks of each index whether it counts from the end; and arrays as they are, for of lines
    # taken out of them it does not see that they lie apart. Either way nothing would be vectorised.
    count = np.uint64(rhs.shape[1])
    zero = rhs.dtype.type(0)
    for box in range(start, stop):
        left, top, right, bottom, area = lhs[0, box], lhs[1, box], lhs[2, box], lhs[3, box], lhs[4, box]
        for other in range(count):
            low = left if left > rhs[0, other] else rhs[0, other]
            width = (right if right < rhs[2, other] else rhs[2, other]) - low
            low = top if top > rhs[1, other] else rhs[1, other]
            height = (bottom if bottom < rhs[3, other] else rhs[3, other]) - low
            both = (width if width > zero else zero) * (height if height > zero else zero)
            value = both / (area + rhs[4, other] - both)
            overlaps[box, other] = value if both != zero else both
