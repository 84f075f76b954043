"""Greedy suppression as compiled loops: rank, group by class, sweep.

Each image is sorted once (radix sort, stable); candidates of one class are put side by side, and each is compared only
with the kept boxes of its class, which stand in flat arrays, so that the processor compares many at a time. Memory is
linear in the number of rows.
"""

import numpy as np

from regluon.kernels.jit import compiled

__all__ = ["Memory", "memory_for", "write_ranks", "write_survivors"]

_DIGIT_BITS = 11
_DIGITS = 1 << _DIGIT_BITS
_TOP_SHIFT = 64 - _DIGIT_BITS

# Kept boxes compared at a time: wide enough to fill vector registers, narrow enough to stop soon after a hit.
_BLOCK = 64

_LARGEST = 0x7FFFFFFFFFFFFFFF
_CLASS_OFFSET = 1 << 31

# Lines of integers: keys and numbers of rows, room to sort both, counts of digits, ranks and room to sort them, who is
# alive. And lines of the edges of boxes.
Memory = tuple[np.ndarray, np.ndarray]


def memory_for(rows: np.ndarray) -> Memory:
    """Allocate what the loops need for one image at a time; no two calls at a time may have the same.

    Args:
        rows: ``(..., n, k)``.

    Returns:
        Arrays for the loops to write to.
    """
    count = rows.shape[-2]
    return np.empty((8, max(count, _DIGITS)), np.int64), np.empty((5, count), rows.dtype)


@compiled
def write_survivors(
    data: np.ndarray,
    bits: np.ndarray,
    order: np.ndarray,
    memory: Memory,
    start: int,
    stop: int,
    overlap_thresh: np.floating,
    valid_thresh: np.floating,
    limit: int,
    coord_start: int,
    score_index: int,
    id_index: int,
    background_id: np.floating,
    force_suppress: bool,
    center: bool,
    most: int,
) -> None:
    """Fill ``order[start:stop]`` with the row numbers of each image's survivors in rank order, then -1.

    Args:
        data: ``(B, n, k)`` rows.
        bits: the same numbers, their bits read as integers.
        order: ``(B, n)`` integers, written.
        memory: what :func:`memory_for` gives, written.
        start: first image to do.
        stop: first image to leave.
        overlap_thresh: the overlap above which a box goes, of the type of ``data``.
        valid_thresh: the score above which a row takes part, of the type of ``data``.
        limit: how many of the best rows are looked at.
        coord_start: column of the first coordinate.
        score_index: column of the score.
        id_index: column of the class id, -1 for none.
        background_id: the id whose rows take no part, of the type of ``data``.
        force_suppress: whether boxes of different classes suppress each other.
        center: whether coordinates are ``x, y, w, h``, not corners.
        most: how many survivors are wanted.
    """
    lines, edges = memory
    by_class = id_index >= 0 and not force_suppress
    for image in range(start, stop):
        rows = data[image]
        ranked = _ranked(rows, bits[image], lines, score_index, valid_thresh, id_index, background_id, limit)
        classes, ranks, alive = lines[0][: ranked.size], lines[5][: ranked.size], lines[7]
        for rank in range(ranked.size):
            classes[rank] = _class_key(rows[ranked[rank], id_index]) if by_class else 0
            ranks[rank] = rank
            alive[rank] = 0
        if by_class:
            classes, ranks = _sorted(classes, ranks, lines[2], lines[6], lines[4])
        # Class by class, nothing is known of the best survivors of all before the end.
        enough = ranked.size if by_class else most
        boxes = rows[:, coord_start : coord_start + 4]
        _mark_alive(boxes, ranked, classes, ranks, edges, alive, overlap_thresh, center, enough)
        survivors = 0
        for rank in range(ranked.size):
            if alive[rank] and survivors < most:
                order[image, survivors] = ranked[rank]
                survivors += 1
        order[image, survivors:] = -1


@compiled
def write_ranks(
    data: np.ndarray,
    bits: np.ndarray,
    counts: np.ndarray,
    ranks: np.ndarray,
    memory: Memory,
    start: int,
    stop: int,
    score_index: int,
    valid_thresh: np.floating,
) -> None:
    """Fill ``ranks[start:stop]`` with the numbers of each image's best rows, best first, equal ones in their order.

    Args:
        data: ``(B, n, k)`` rows.
        bits: the same numbers, their bits read as integers.
        counts: ``(B,)`` integers, how many of an image's rows are looked at.
        ranks: ``(B, limit)`` integers, written as far as there are rows.
        memory: what :func:`memory_for` gives, written.
        start: first image to do.
        stop: first image to leave.
        score_index: column of the score.
        valid_thresh: what all of the scores are above, of the type of ``data``.
    """
    for image in range(start, stop):
        rows = data[image][: counts[image]]
        numbers = _ranked(rows, bits[image], memory[0], score_index, valid_thresh, -1, valid_thresh, ranks.shape[1])
        for rank in range(numbers.size):
            ranks[image, rank] = numbers[rank]


@compiled
def _ranked(
    rows: np.ndarray,
    bits: np.ndarray,
    lines: np.ndarray,
    score_index: int,
    valid_thresh: np.floating,
    id_index: int,
    background_id: np.floating,
    limit: int,
) -> np.ndarray:
    # The numbers of the best rows that take part, best first, in the second or the fourth line.
    keys, numbers = lines[0], lines[1]
    # A key is smaller, read as unsigned, the higher the score.
    every = -1 if bits.itemsize == 8 else 0xFFFFFFFF
    flipped = (every >> 1) & _LARGEST
    count = 0
    for row in range(rows.shape[0]):
        score = rows[row, score_index]
        if score > valid_thresh and (id_index < 0 or rows[row, id_index] != background_id):
            key = np.int64(bits[row, score_index]) if score != 0 else 0  # -0 ties with 0
            keys[count] = key ^ flipped if key >= 0 else key & every
            numbers[count] = row
            count += 1
    count = _leaders(keys[:count], numbers, lines[4], limit)
    _, numbers = _sorted(keys[:count], numbers[:count], lines[2], lines[3], lines[4])
    return numbers[:limit]


@compiled
def _leaders(keys: np.ndarray, numbers: np.ndarray, counts: np.ndarray, limit: int) -> int:
    # Puts first what may be among the `limit` smallest keys, in its order, and says how many these are; looks at one
    # digit only.
    if limit >= keys.size // 2:
        return keys.size
    differing = _differing_bits(keys)
    shift = 0
    while shift < _TOP_SHIFT and (differing < 0 or (differing >> shift) >= _DIGITS):
        shift += 1
    counts[:_DIGITS] = 0
    for key in keys:
        counts[(key >> shift) & (_DIGITS - 1)] += 1
    digit = 0
    total = counts[0]
    while total < limit:
        digit += 1
        total += counts[digit]
    count = 0
    for i in range(keys.size):
        if ((keys[i] >> shift) & (_DIGITS - 1)) <= digit:
            keys[count] = keys[i]
            numbers[count] = numbers[i]
            count += 1
    return count


@compiled
def _sorted(
    keys: np.ndarray, numbers: np.ndarray, other_keys: np.ndarray, other_numbers: np.ndarray, places: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    # Stable sort of both by keys read as unsigned: one pass for each digit in which any two keys differ. The answer is
    # where it was or in the other two arrays, of which each has as much room.
    differing = _differing_bits(keys)
    count = keys.size
    for shift in range(0, 64, _DIGIT_BITS):
        if (differing >> shift) & (_DIGITS - 1) == 0:
            continue
        places[:_DIGITS] = 0
        for i in range(count):
            places[(keys[i] >> shift) & (_DIGITS - 1)] += 1
        place = 0
        for digit in range(_DIGITS):
            size = places[digit]
            places[digit] = place
            place += size
        for i in range(count):
            digit = (keys[i] >> shift) & (_DIGITS - 1)
            place = places[digit]
            places[digit] = place + 1
            other_keys[place] = keys[i]
            other_numbers[place] = numbers[i]
        keys, other_keys = other_keys, keys
        numbers, other_numbers = other_numbers, numbers
    return keys[:count], numbers[:count]


@compiled
def _differing_bits(keys: np.ndarray) -> int:
    differing = 0
    for key in keys:
        differing |= key ^ keys[0]
    return differing


@compiled
def _class_key(value: np.floating) -> np.int64:
    # Ids are cut to 32-bit integers; what does not fit, NaN included, becomes the smallest one, as on x86 in C.
    if value > -_CLASS_OFFSET and value < _CLASS_OFFSET:
        return np.int64(value) + _CLASS_OFFSET
    return np.int64(0)


@compiled
def _mark_alive(
    boxes: np.ndarray,
    ranked: np.ndarray,
    classes: np.ndarray,
    ranks: np.ndarray,
    edges: np.ndarray,
    alive: np.ndarray,
    overlap_thresh: np.floating,
    center: bool,
    enough: int,
) -> None:
    # Marks each rank that survives, but no more than enough; `ranks` go class by class, `classes` beside them.
    left, top, right, bottom, area = edges[0], edges[1], edges[2], edges[3], edges[4]
    for i in range(ranks.size):
        box = boxes[ranked[ranks[i]]]
        if center:
            width, height = box[2], box[3]
            half_width, half_height = width / boxes.dtype.type(2), height / boxes.dtype.type(2)
            left[i], top[i] = box[0] - half_width, box[1] - half_height
            right[i], bottom[i] = box[0] + half_width, box[1] + half_height
        else:
            left[i], top[i], right[i], bottom[i] = box[0], box[1], box[2], box[3]
            width, height = box[2] - box[0], box[3] - box[1]
        area[i] = 0 if width < 0 or height < 0 else width * height
    # The kept boxes of the class at hand stand in [first, last), in place of boxes already judged.
    first = last = 0
    for i in range(ranks.size):
        if i > 0 and classes[i] != classes[i - 1]:
            first = last = i
        if last >= enough:
            break
        if not _covered(left, top, right, bottom, area, first, last, i, overlap_thresh):
            alive[ranks[i]] = 1
            left[last], top[last], right[last], bottom[last] = left[i], top[i], right[i], bottom[i]
            area[last] = area[i]
            last += 1


@compiled
def _covered(
    left: np.ndarray,
    top: np.ndarray,
    right: np.ndarray,
    bottom: np.ndarray,
    area: np.ndarray,
    first: int,
    last: int,
    i: int,
    overlap_thresh: np.floating,
) -> bool:
    # Whether any box in [first, last) overlaps box i by more than the threshold; 0 / 0 is no overlap. Which of the two
    # comes first in a comparison decides about NaN coordinates, and is as in MXNet.
    # Unsigned numbers, or numba asks of each index whether it counts from the end, and nothing is vectorised.
    zero = area.dtype.type(0)
    x, y, x_end, y_end, extent = left[i], top[i], right[i], bottom[i], area[i]
    end = np.uint64(last)
    for begin in range(np.uint64(first), end, np.uint64(_BLOCK)):
        hits = np.int32(0)
        stop = begin + np.uint64(_BLOCK)
        for kept in range(begin, end if end < stop else stop):
            low = x if left[kept] < x else left[kept]
            width = (x_end if x_end < right[kept] else right[kept]) - low
            low = y if top[kept] < y else top[kept]
            height = (y_end if y_end < bottom[kept] else bottom[kept]) - low
            both = (width if width > zero else zero) * (height if height > zero else zero)
            hits += np.int32(both / (area[kept] + extent - both) > overlap_thresh)
        if hits:
            return True
    return False
