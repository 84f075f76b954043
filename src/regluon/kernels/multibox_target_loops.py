"""What SSD's anchors should predict, as a compiled loop: overlap, match, choose background.

Boxes are few and anchors many, so each box is held against all anchors in flat arrays. Of the anchors that may become
background only those get a true probability that a rough one, which costs a few instructions, cannot rule out.
"""

import numpy as np

from regluon.kernels.jit import compiled

__all__ = ["memory_for", "write_targets"]

# Overlaps up to this are none for the first stage of matching; MXNet's number.
_LEAST_OVERLAP = np.float32(1e-6)

# Anchors looked at together, so that what is known of them stays in the nearest cache.
_BLOCK = 512

# The bits of a float32, read as an integer, are about _ONE_BITS + _LN2_BITS * log(value): at most 6.15 % are added to
# the value, at powers of two nothing. What is below exp(_LOWEST) would leave the normal numbers.
_LN2_BITS = np.float32(2**23 / np.log(2))
_ONE_BITS = np.float32(127 * 2**23)
_LOWEST = np.float32(-80)

# So two rough probabilities are off against each other by a factor of 1.0615 squared at most.
_DOUBT = np.float32(1.13)
_TINY = np.float32(1e-30)

# The overlaps of leaders; numbers of leaders, candidates, likely and chosen ones; then lines of the type of the scores:
# background, a copy to select from, the best of a block; then in float32 rough background, a copy, sums and powers of a
# block; and the bits of these powers.
Memory = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def memory_for(anchors: np.ndarray, label: np.ndarray, cls_pred: np.ndarray) -> Memory:
    """Allocate what the loop needs for one image at a time; no two calls at a time may have the same.

    Args:
        anchors: ``(4, N)``.
        label: ``(B, M, W)``.
        cls_pred: ``(B, K, N)``.

    Returns:
        Arrays for the loop to write to.
    """
    boxes, most = label.shape[1], max(anchors.shape[1], label.shape[1], _BLOCK)
    rough = np.empty((4, most), np.float32)
    numbers, background = np.empty((4, most), np.int64), np.empty((3, most), cls_pred.dtype)
    return np.empty(boxes, anchors.dtype), numbers, background, rough, rough[3].view(np.int32)


@compiled
def write_targets(
    anchors: np.ndarray,
    label: np.ndarray,
    cls_pred: np.ndarray,
    offsets: np.ndarray,
    masks: np.ndarray,
    classes: np.ndarray,
    memory: Memory,
    start: int,
    stop: int,
    overlap_threshold: np.floating,
    ignore_label: np.floating,
    mining_ratio: np.float32,
    mining_thresh: np.floating,
    minimum: int,
    variances: np.ndarray,
) -> None:
    """Fill ``[start:stop]`` of offsets, masks and classes.

    Args:
        anchors: ``(4, N)``: left, top, right, bottom.
        label: ``(B, M, W)`` of the type of ``anchors``.
        cls_pred: ``(B, K, N)``.
        offsets: ``(B, N, 4)`` of the type of ``anchors``, written.
        masks: ``(B, N, 4)`` likewise.
        classes: ``(B, N)`` likewise.
        memory: what :func:`memory_for` gives, written.
        start: first image to do.
        stop: first image to leave.
        overlap_threshold: overlap above which an anchor answers for a box; not looked at if not positive.
        ignore_label: class of the anchors that are neither.
        mining_ratio: number of background anchors for each that answers for a box; all if not positive.
        mining_thresh: only anchors with lower overlaps may be chosen as background.
        minimum: least number of background anchors to choose, if there are as many.
        variances: ``(4,)``, what offsets are divided by.
    """
    count = anchors.shape[1]
    # Made here: of arrays that it is given the compiler does not know that they lie apart.
    areas, best = np.empty(count, anchors.dtype), np.empty(count, anchors.dtype)
    overlaps = np.empty(count, anchors.dtype)
    second, match = np.empty(count, np.int32), np.empty(count, np.int32)
    values, leaders = memory[0], memory[1][0]
    for anchor in range(count):
        areas[anchor] = (anchors[2, anchor] - anchors[0, anchor]) * (anchors[3, anchor] - anchors[1, anchor])
    for image in range(start, stop):
        rows = label[image]
        boxes = 0
        while boxes < rows.shape[0] and rows[boxes, 0] != -1:
            boxes += 1
        offsets[image] = 0
        masks[image] = 0
        classes[image] = 0 if boxes and mining_ratio <= 0 else ignore_label
        if boxes == 0:
            continue
        for anchor in range(count):
            best[anchor], second[anchor], match[anchor] = -1, 0, -1
        for box in range(boxes):
            _overlap(anchors, areas, rows[box], overlaps)
            _raise_best(count, overlaps, box, best, second)
            _lead(count, overlaps, match, box, leaders, values)
        _match_boxes(anchors, areas, rows[:boxes], leaders, values, overlaps, match)
        positives = 0
        for anchor in range(count):
            if match[anchor] < 0 and overlap_threshold > 0 and best[anchor] > overlap_threshold:
                match[anchor] = second[anchor]
            if match[anchor] >= 0:
                positives += 1
                row = rows[match[anchor]]
                masks[image, anchor] = 1
                classes[image, anchor] = row[0] + 1
                _write_offset(anchors[:, anchor], row, variances, offsets[image, anchor])
        if mining_ratio > 0:
            wanted = np.float32(positives) * mining_ratio
            number = count if wanted >= count else int(wanted) if wanted > 0 else 0
            wanted = number if number > minimum else minimum
            for anchor in _hardest(cls_pred[image], best, match, memory, mining_thresh, wanted):
                classes[image, anchor] = 0


@compiled
def _overlap(anchors: np.ndarray, areas: np.ndarray, row: np.ndarray, overlaps: np.ndarray) -> None:
    # Overlaps of one box with all anchors; what is not a number is less than 0. Unsigned, or the compiler asks of each
    # index whether it counts from the end, and vectorises nothing.
    x, y, x_end, y_end = row[1], row[2], row[3], row[4]
    extent = (x_end - x) * (y_end - y)
    zero = areas.dtype.type(0)
    nothing = areas.dtype.type(-1)
    for anchor in range(np.uint64(areas.size)):
        low = x if x > anchors[0, anchor] else anchors[0, anchor]
        width = (x_end if x_end < anchors[2, anchor] else anchors[2, anchor]) - low
        low = y if y > anchors[1, anchor] else anchors[1, anchor]
        height = (y_end if y_end < anchors[3, anchor] else anchors[3, anchor]) - low
        both = (width if width > zero else zero) * (height if height > zero else zero)
        union = areas[anchor] + extent - both
        value = both / union
        value = zero if union <= zero else value
        overlaps[anchor] = value if value >= zero else nothing


@compiled
def _raise_best(count: int, overlaps: np.ndarray, box: int, best: np.ndarray, second: np.ndarray) -> None:
    # Of each anchor its greatest overlap so far, and with which box. A loop of its own: of too many arrays at a time
    # the compiler does not see that they lie apart.
    number = np.int32(box)
    for anchor in range(np.uint64(count)):
        value = overlaps[anchor]
        second[anchor] = number if value > best[anchor] else second[anchor]
        best[anchor] = value if value > best[anchor] else best[anchor]


@compiled
def _match_boxes(
    anchors: np.ndarray,
    areas: np.ndarray,
    rows: np.ndarray,
    leaders: np.ndarray,
    values: np.ndarray,
    overlaps: np.ndarray,
    match: np.ndarray,
) -> None:
    # The greatest overlap of all makes a pair, and so on; equal ones go to the lower anchor, then to the lower box.
    # Each box has its leader, the free anchor of its greatest overlap, or -1. One that has been taken since is only
    # looked for anew when its box is next: what comes is no better.
    while True:
        box = -1
        for other in range(rows.shape[0]):
            if leaders[other] < 0:
                continue
            better = box < 0 or values[other] > values[box]
            if better or (values[other] == values[box] and leaders[other] < leaders[box]):
                box = other
        if box < 0:
            return
        if match[leaders[box]] < 0:
            match[leaders[box]] = box
            leaders[box] = -1
        else:
            _overlap(anchors, areas, rows[box], overlaps)
            _lead(areas.size, overlaps, match, box, leaders, values)


@compiled
def _lead(
    count: int, overlaps: np.ndarray, match: np.ndarray, box: int, leaders: np.ndarray, values: np.ndarray
) -> None:
    # Finds the first free anchor of the greatest overlap.
    leader, value = -1, overlaps.dtype.type(_LEAST_OVERLAP)
    for anchor in range(count):
        if overlaps[anchor] > value and match[anchor] < 0:
            leader, value = anchor, overlaps[anchor]
    leaders[box], values[box] = leader, value


@compiled
def _write_offset(anchor: np.ndarray, row: np.ndarray, variances: np.ndarray, offset: np.ndarray) -> None:
    two = anchor.dtype.type(2)
    for axis in range(2):
        size, box_size = anchor[axis + 2] - anchor[axis], row[axis + 3] - row[axis + 1]
        middle, box_middle = (anchor[axis + 2] + anchor[axis]) / two, (row[axis + 3] + row[axis + 1]) / two
        offset[axis] = (box_middle - middle) / size / variances[axis]
        offset[axis + 2] = np.log(box_size / size) / variances[axis + 2]


@compiled
def _hardest(
    scores: np.ndarray,
    best: np.ndarray,
    match: np.ndarray,
    memory: Memory,
    mining_thresh: np.floating,
    wanted: int,
) -> np.ndarray:
    # The wanted number of candidates that look least like background, the first ones of those that look alike.
    candidates, likely, chosen = memory[1][1], memory[1][2], memory[1][3]
    background, rough = memory[2][0], memory[3][0]
    count = 0
    for anchor in range(scores.shape[1]):
        candidates[count] = anchor
        count += match[anchor] < 0 and best[anchor] < mining_thresh
    candidates = candidates[:count]
    if wanted >= count or wanted == 0:
        return candidates if wanted >= count else candidates[:wanted]
    _write_rough_background(scores, memory[2][2], memory[3][2], memory[3][3], memory[4], rough)
    edge = _smallest(rough, candidates, wanted, memory[3][1]) * _DOUBT
    edge = edge if edge > _TINY else _TINY
    many = 0
    for anchor in candidates:
        likely[many] = anchor
        many += rough[anchor] <= edge
    likely = likely[:many]
    if not _write_background(scores, likely, background):  # the rough values of what is not a number say nothing
        likely = candidates
        _write_background(scores, likely, background)
    edge = _smallest(background, likely, wanted, memory[2][1])
    ties = wanted
    for anchor in likely:
        ties -= background[anchor] < edge
    count = 0
    for anchor in likely:
        tied = background[anchor] == edge
        if background[anchor] < edge or (tied and ties > 0):
            chosen[count] = anchor
            count += 1
            ties -= tied
    return chosen[:count]


@compiled
def _smallest(values: np.ndarray, places: np.ndarray, wanted: int, some: np.ndarray) -> np.floating:
    # The greatest of the wanted number of smallest values at the places, by quickselect; there are as many, none NaN.
    for i in range(places.size):
        some[i] = values[places[i]]
    first, last = 0, places.size - 1
    while first < last:
        middle = some[(first + last) // 2]
        low, high = first, last
        while low <= high:
            while some[low] < middle:
                low += 1
            while some[high] > middle:
                high -= 1
            if low <= high:
                some[low], some[high] = some[high], some[low]
                low += 1
                high -= 1
        if wanted - 1 <= high:
            last = high
        elif wanted - 1 >= low:
            first = low
        else:
            break
    return some[wanted - 1]


@compiled
def _write_rough_background(
    scores: np.ndarray, top: np.ndarray, total: np.ndarray, power: np.ndarray, bits: np.ndarray, answer: np.ndarray
) -> None:
    # Probabilities of background, at most 6.15 % off; 0 if very small. Vectorised: plain loops over flat arrays. `bits`
    # are those of `power`.
    classes, count = np.uint64(scores.shape[0]), np.uint64(scores.shape[1])
    block = np.uint64(_BLOCK)
    for begin in range(np.uint64(0), count, block):
        size = block if count - begin > block else count - begin
        for i in range(size):
            top[i] = scores[0, begin + i]
            total[i] = 0
        for number in range(np.uint64(1), classes):
            for i in range(size):
                score = scores[number, begin + i]
                top[i] = score if score > top[i] else top[i]
        for step in range(classes):
            number = classes - np.uint64(1) - step  # background comes last, and its power is kept
            for i in range(size):
                exponent = np.float32(scores[number, begin + i] - top[i])
                bits[i] = np.int32((exponent if exponent > _LOWEST else _LOWEST) * _LN2_BITS + _ONE_BITS)
            for i in range(size):
                total[i] += power[i]
        for i in range(size):
            rare = scores[0, begin + i] - top[i] < _LOWEST
            answer[begin + i] = np.float32(0) if rare else power[i] / total[i]


@compiled
def _write_background(scores: np.ndarray, anchors: np.ndarray, background: np.ndarray) -> bool:
    # Writes probabilities of background in MXNet's order of sums, and says whether all are numbers; what is not becomes
    # 2, which is no candidate's first choice.
    numbers = True
    for anchor in anchors:
        top = scores[0, anchor]
        for number in range(scores.shape[0]):
            top = scores[number, anchor] if scores[number, anchor] > top else top
        total = scores.dtype.type(0)
        for number in range(scores.shape[0]):
            total += np.exp(scores[number, anchor] - top)
        probability = np.exp(scores[0, anchor] - top) / total
        numbers &= probability <= 1
        background[anchor] = probability if probability <= 1 else 2
    return numbers
