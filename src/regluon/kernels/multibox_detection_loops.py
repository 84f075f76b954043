"""What SSD has found, as compiled loops: the best class of each anchor, its box, and the order of scores."""

import numpy as np

from regluon.kernels.jit import compiled

__all__ = ["write_found", "write_ranked", "write_survivors_classes"]


@compiled
def write_found(
    cls_prob: np.ndarray,
    loc_pred: np.ndarray,
    anchors: np.ndarray,
    result: np.ndarray,
    counts: np.ndarray,
    start: int,
    stop: int,
    threshold: np.floating,
    clip: bool,
    variances: np.ndarray,
) -> None:
    """Fill ``result[start:stop]`` with rows of class, score and corner box in the order of the anchors, then -1.

    Args:
        cls_prob: ``(B, K, N)``, background first.
        loc_pred: ``(B, N, 4)`` offsets; all arrays are of one type.
        anchors: ``(N, 4)`` middles and sizes: x, y, w, h.
        result: ``(B, N, 6)``, written.
        counts: ``(B,)`` integers, written: the number of rows.
        start: first image to do.
        stop: first image to leave.
        threshold: least score.
        clip: whether to clip boxes to ``[0, 1]``.
        variances: ``(4,)`` factors of the offsets.
    """
    size = anchors.shape[0]
    best, classes = np.empty(size, cls_prob.dtype), np.empty(size, cls_prob.dtype)
    two, zero, one = cls_prob.dtype.type(2), cls_prob.dtype.type(0), cls_prob.dtype.type(1)
    for image in range(start, stop):
        # Of several best classes the first; what is not a number is nobody's best.
        best[:] = -1
        classes[:] = -1
        for number in range(1, cls_prob.shape[1]):
            _raise_best(cls_prob[image, number], number - 1, best, classes)
        count = 0
        for place in range(size):
            if classes[place] < 0 or not best[place] >= threshold:
                continue
            row, offset, anchor = result[image, count], loc_pred[image, place], anchors[place]
            row[0], row[1] = classes[place], best[place]
            for axis in range(2):
                middle = offset[axis] * variances[axis] * anchor[axis + 2] + anchor[axis]
                half = np.exp(offset[axis + 2] * variances[axis + 2]) * anchor[axis + 2] / two
                low, high = middle - half, middle + half
                if clip:
                    low = zero if low < zero else one if low > one else low
                    high = zero if high < zero else one if high > one else high
                row[2 + axis], row[4 + axis] = low, high
            count += 1
        result[image, count:] = -1
        counts[image] = count


@compiled
def _raise_best(scores: np.ndarray, number: int, best: np.ndarray, classes: np.ndarray) -> None:
    # Unsigned, or the compiler asks of each index whether it counts from the end, and vectorises nothing.
    own = scores.dtype.type(number)
    for place in range(np.uint64(scores.size)):
        higher = scores[place] > best[place]
        classes[place] = own if higher else classes[place]
        best[place] = scores[place] if higher else best[place]


@compiled
def write_ranked(
    result: np.ndarray, counts: np.ndarray, order: np.ndarray, ranked: np.ndarray, start: int, stop: int
) -> None:
    """Put the best rows first, and copy them; give all rows the class -1.

    Args:
        result: ``(B, N, 6)`` rows, changed.
        counts: ``(B,)`` integers, the number of rows of each image.
        order: ``(B, limit)`` integers, the numbers of the best rows, best first.
        ranked: ``(B, limit, 7)``, written: the best rows, and 1; after them only the last column, with -1. Rows past
            the limit stay where they are, those that the best ones come to are overwritten.
        start: first image to do.
        stop: first image to leave.
    """
    for image in range(start, stop):
        kept = min(order.shape[1], counts[image])
        for rank in range(order.shape[1]):
            ranked[image, rank, 6] = 1 if rank < kept else -1
            if rank < kept:
                for column in range(6):
                    ranked[image, rank, column] = result[image, order[image, rank], column]
        for rank in range(kept):
            for column in range(1, 6):
                result[image, rank, column] = ranked[image, rank, column]
        for row in range(counts[image]):
            result[image, row, 0] = -1


@compiled
def write_survivors_classes(result: np.ndarray, ranked: np.ndarray, order: np.ndarray, start: int, stop: int) -> None:
    """Give the rows that survive their class back.

    Args:
        result: ``(B, N, 6)`` rows, changed.
        ranked: ``(B, limit, 7)`` copies of the first of them.
        order: ``(B, limit)`` numbers of rows that survive, then -1.
        start: first image to do.
        stop: first image to leave.
    """
    for image in range(start, stop):
        for place in range(order.shape[1]):
            rank = order[image, place]
            if rank >= 0:
                result[image, rank, 0] = ranked[image, rank, 0]
