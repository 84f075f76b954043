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
        overlaps = np.empty((boxes, count), anchors.dtype)
        for box in range(boxes):
            _overlap(anchors, areas, rows[box], box, overlaps[box], best, second)
        _match_boxes(overlaps, match)
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
def _overlap(
    anchors: np.ndarray,
    areas: np.ndarray,
    row: np.ndarray,
    box: int,
    overlaps: np.ndarray,
    best: np.ndarray,
    second: np.ndarray,
) -> None:
    # Overlaps of one box with all anchors, and of each anchor its greatest so far; what is not a number is less than 0.
    # Unsigned, or the compiler asks of each index whether it counts from the end, and vectorises nothing; and a loop of
    # its own for what is greatest: of too many arrays at a time it does not see that they lie apart.
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
    number = np.int32(box)
    for anchor in range(np.uint64(areas.size)):
        value = overlaps[anchor]
        second[anchor] = number if value > best[anchor] else second[anchor]
        best[anchor] = value if value > best[anchor] else best[anchor]


@compiled
def _match_boxes(overlaps: np.ndarray, match: np.ndarray) -> None:
    # The greatest overlap of all makes a pair, and so on; equal ones go to the lower anchor, then to the lower box.
    boxes = overlaps.shape[0]
    leaders = np.empty(boxes, np.int64)
    for box in range(boxes):
        leaders[box] = _leader(overlaps[box], match)
    # A leader that has been taken since is only looked for anew when its box is next: what comes is no better.
    while True:
        box, leader, value = -1, -1, overlaps.dtype.type(_LEAST_OVERLAP)
        for other in range(boxes):
            if leaders[other] < 0:
                continue
            rival = overlaps[other, leaders[other]]
            if rival > value or (rival == value and box >= 0 and leaders[other] < leader):
                box, leader, value = other, leaders[other], rival
        if box < 0:
            return
        if match[leader] < 0:
            match[leader] = box
            leaders[box] = -1
        else:
            leaders[box] = _leader(overlaps[box], match)


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
    rough = _rough_background(scores)[candidates]
    edge = max(np.partition(rough, wanted - 1)[wanted - 1] * _DOUBT, _TINY)
    likely = candidates[rough <= edge]
    background = _background(scores, likely)
    if background.max() > 1:  # not a number: the rough values of such say nothing
        likely = candidates
        background = _background(scores, likely)
    edge = np.partition(background, wanted - 1)[wanted - 1]
    ties = wanted - (background < edge).sum()
    chosen = np.empty(wanted, np.int64)
    count = 0
    for i in range(likely.size):
        tied = background[i] == edge
        if background[i] < edge or (tied and ties > 0):
            chosen[count] = likely[i]
            count += 1
            ties -= tied
    return chosen


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
def _background(scores: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    # Probabilities of background in MXNet's order of sums; 2 if not a number, which is no candidate's first choice.
    answer = np.empty(anchors.size, scores.dtype)
    for i in range(anchors.size):
        line = scores[:, anchors[i]]
        top = line[0]
        for value in line:
            top = value if value > top else top
        total = scores.dtype.type(0)
        for value in line:
            total += np.exp(value - top)
        probability = np.exp(line[0] - top) / total
        answer[i] = probability if probability <= 1 else 2
    return answer
