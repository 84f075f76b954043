"""What SSD's anchors should predict, as a compiled loop: overlap, match, choose background.

Boxes are few and anchors many, so each box is held against all anchors in flat arrays. Of the anchors that may become
background only those get a true probability that a rough one, which costs a few instructions, cannot rule out.
"""

import numpy as np

from regluon.kernels.jit import compiled

__all__ = ["write_targets"]

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


@compiled
def write_targets(
    anchors: np.ndarray,
    label: np.ndarray,
    cls_pred: np.ndarray,
    offsets: np.ndarray,
    masks: np.ndarray,
    classes: np.ndarray,
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
    areas = (anchors[2] - anchors[0]) * (anchors[3] - anchors[1])
    best = np.empty(count, anchors.dtype)
    second = np.empty(count, np.int32)
    match = np.empty(count, np.int32)
    # Of one box at a time, so that memory does not grow with anchors times boxes.
    overlaps = np.empty(count, anchors.dtype)
    values = np.empty(label.shape[1], anchors.dtype)
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
        best[:] = -1
        second[:] = 0
        match[:] = -1
        leaders = np.empty(boxes, np.int64)
        for box in range(boxes):
            _overlap(anchors, areas, rows[box], overlaps)
            _raise_best(overlaps, box, best, second)
            leaders[box] = _leader(overlaps, match)
            values[box] = overlaps[max(leaders[box], 0)]
        _match_boxes(anchors, areas, rows, leaders, values, overlaps, match)
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
            for anchor in _hardest(cls_pred[image], best, match, mining_thresh, max(number, minimum)):
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
def _raise_best(overlaps: np.ndarray, box: int, best: np.ndarray, second: np.ndarray) -> None:
    # Of each anchor its greatest overlap so far, and with which box. A loop of its own: of too many arrays at a time
    # the compiler does not see that they lie apart.
    number = np.int32(box)
    for anchor in range(np.uint64(overlaps.size)):
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
        for other in range(leaders.size):
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
            leaders[box] = _leader(overlaps, match)
            values[box] = overlaps[max(leaders[box], 0)]


@compiled
def _leader(overlaps: np.ndarray, match: np.ndarray) -> int:
    # The first free anchor of the greatest overlap.
    leader, value = -1, overlaps.dtype.type(_LEAST_OVERLAP)
    for anchor in range(overlaps.size):
        if overlaps[anchor] > value and match[anchor] < 0:
            leader, value = anchor, overlaps[anchor]
    return leader


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
    scores: np.ndarray, best: np.ndarray, match: np.ndarray, mining_thresh: np.floating, wanted: int
) -> np.ndarray:
    # The wanted number of candidates that look least like background, the first ones of those that look alike.
    candidates = np.empty(best.size, np.int64)
    count = 0
    for anchor in range(best.size):
        candidates[count] = anchor
        count += match[anchor] < 0 and best[anchor] < mining_thresh
    candidates = candidates[:count]
    if wanted >= count or wanted == 0:
        return candidates[: min(wanted, count)]
    rough = _rough_background(scores)
    edge = max(_smallest(rough, candidates, wanted) * _DOUBT, _TINY)
    likely = np.empty(count, np.int64)
    many = 0
    for anchor in candidates:
        likely[many] = anchor
        many += rough[anchor] <= edge
    likely = likely[:many]
    background = np.empty(best.size, scores.dtype)
    if not _write_background(scores, likely, background):  # the rough values of what is not a number say nothing
        likely = candidates
        _write_background(scores, likely, background)
    edge = _smallest(background, likely, wanted)
    ties = wanted
    for anchor in likely:
        ties -= background[anchor] < edge
    chosen = np.empty(wanted, np.int64)
    count = 0
    for anchor in likely:
        tied = background[anchor] == edge
        if background[anchor] < edge or (tied and ties > 0):
            chosen[count] = anchor
            count += 1
            ties -= tied
    return chosen


@compiled
def _smallest(values: np.ndarray, places: np.ndarray, wanted: int) -> np.floating:
    # The greatest of the wanted number of smallest values at the places, by quickselect; there are as many, none NaN.
    some = np.empty(places.size, values.dtype)
    for i in range(places.size):
        some[i] = values[places[i]]
    first, last = 0, some.size - 1
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
def _rough_background(scores: np.ndarray) -> np.ndarray:
    # Probabilities of background, at most 6.15 % off; 0 if very small. Vectorised: plain loops over flat arrays.
    classes, count = scores.shape
    answer = np.empty(count, np.float32)
    top = np.empty(_BLOCK, scores.dtype)
    total = np.empty(_BLOCK, np.float32)
    bits = np.empty(_BLOCK, np.int32)
    power = bits.view(np.float32)
    for begin in range(np.uint64(0), np.uint64(count), np.uint64(_BLOCK)):
        size = min(np.uint64(_BLOCK), np.uint64(count) - begin)
        for i in range(size):
            top[i] = scores[0, begin + i]
        for number in range(np.uint64(1), np.uint64(classes)):
            for i in range(size):
                score = scores[number, begin + i]
                top[i] = score if score > top[i] else top[i]
        total[:] = 0
        for step in range(np.uint64(classes)):
            number = np.uint64(classes - 1) - step  # background comes last, and its power is kept
            for i in range(size):
                exponent = np.float32(scores[number, begin + i] - top[i])
                bits[i] = np.int32((exponent if exponent > _LOWEST else _LOWEST) * _LN2_BITS + _ONE_BITS)
            for i in range(size):
                total[i] += power[i]
        for i in range(size):
            rare = scores[0, begin + i] - top[i] < _LOWEST
            answer[begin + i] = np.float32(0) if rare else power[i] / total[i]
    return answer


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
