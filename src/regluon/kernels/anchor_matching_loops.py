"""Matching anchors with boxes as a compiled loop that holds a block of overlaps at a time.

The overlaps of a block of anchors with one box after another stay in the processor's nearest cache. Of each box only
the few best anchors are listed for the greedy pairs; a list that is used up is written anew from where it ended, from
overlaps computed again. So memory grows with anchors plus boxes.
"""

import numpy as np

from regluon.kernels.jit import compiled

__all__ = ["mark_equals", "match_anchors", "memory_for"]

# Anchors looked at together, and anchors listed for a box at a time.
_BLOCK = 1024
_LISTED = 16

# For each box, the values and the anchors in its list; the length of the list and where it begins by now; the value up
# to which nothing enters it. And a block of overlaps.
Memory = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def memory_for(boxes: np.ndarray) -> Memory:
    """Allocate what :func:`match_anchors` needs for one image at a time; no two calls at a time may have the same.

    Args:
        boxes: ``(..., M)``.

    Returns:
        Arrays for the loop to write to.
    """
    many = boxes.shape[-1]
    lists = np.empty((many, _LISTED), boxes.dtype), np.empty((many, _LISTED), np.int64)
    return *lists, np.empty((2, many), np.int64), np.empty(many, boxes.dtype), np.empty(_BLOCK, boxes.dtype)


@compiled
def match_anchors(
    anchors: np.ndarray,
    boxes: np.ndarray,
    pairs: np.ndarray,
    best: np.ndarray,
    value: np.ndarray,
    largest: np.ndarray,
    memory: Memory,
    start: int,
    stop: int,
    threshold: np.floating,
    sign: np.floating,
) -> None:
    """Fill ``[start:stop]`` of pairs, best, value and largest.

    Args:
        anchors: ``(5, N)``: left, top, right, bottom and area; no edge is NaN.
        boxes: ``(B, 5, M)``, of the same type; M is at least 1.
        pairs: ``(B, N)`` integers, written: the box that an anchor is paired with, or -1.
        best: ``(B, N)`` 32-bit integers, written: the box that each anchor overlaps most, the first of equals.
        value: ``(B, N)``, written: by how much, NaN where an overlap is not a number.
        largest: ``(B, M)``, written: the most that any anchor overlaps a box, NaN if one does by no number.
        memory: what :func:`memory_for` gives, written.
        start: first image to do.
        stop: first image to leave.
        threshold: pairs need an overlap times ``sign`` above it.
        sign: 1 to pair the largest overlaps first, -1 for the smallest.
    """
    count, many = anchors.shape[1], boxes.shape[2]
    sizes, cutoffs, row = memory[2][0], memory[3], memory[4]
    first = (anchors.dtype.type(np.inf), -1)
    for image in range(start, stop):
        for anchor in range(count):
            pairs[image, anchor], best[image, anchor], value[image, anchor] = -1, 0, -1
        for box in range(many):
            sizes[box], cutoffs[box], largest[image, box] = 0, threshold, -1
        for begin in range(0, count, _BLOCK):
            size = min(_BLOCK, count - begin)
            own, found = best[image, begin : begin + size], value[image, begin : begin + size]
            for box in range(many):
                edges = boxes[image, :, box]
                _overlap(anchors, begin, edges, row[:size])
                largest[image, box] = _raise_best(row[:size], box, own, found, largest[image, box])
                _list(row[:size], begin, pairs[image], box, memory, sign, first)
        _pair(anchors, boxes[image], pairs[image], memory, threshold, sign)


@compiled
def mark_equals(
    anchors: np.ndarray,
    boxes: np.ndarray,
    largest: np.ndarray,
    equal: np.ndarray,
    start: int,
    stop: int,
    slack: np.floating,
) -> None:
    """Fill ``equal[start:stop]``: whether an anchor overlaps any box by as much as any anchor does, save for a slack.

    Args:
        anchors: ``(5, N)``: left, top, right, bottom and area; no edge is NaN.
        boxes: ``(B, 5, M)``, of the same type.
        largest: ``(B, M)``: the most that any anchor overlaps a box.
        equal: ``(B, N)`` booleans, written.
        start: first image to do.
        stop: first image to leave.
        slack: how much less still counts as equal, of the type of ``anchors``.
    """
    count = anchors.shape[1]
    row = np.empty(_BLOCK, anchors.dtype)
    for image in range(start, stop):
        for begin in range(0, count, _BLOCK):
            size = min(_BLOCK, count - begin)
            own = equal[image, begin : begin + size]
            for i in range(size):
                own[i] = False
            for box in range(boxes.shape[2]):
                _overlap(anchors, begin, boxes[image, :, box], row[:size])
                for i in range(np.uint64(size)):
                    own[i] |= row[i] + slack >= largest[image, box]


@compiled
def _overlap(anchors: np.ndarray, begin: int, edges: np.ndarray, row: np.ndarray) -> None:
    # Overlaps of anchors from `begin` on with one box, to the last bit those that `box_iou` gives. Unsigned, or the
    # compiler asks of each index whether it counts from the end, and vectorises nothing.
    left, top, right, bottom, area = edges[0], edges[1], edges[2], edges[3], edges[4]
    zero = anchors.dtype.type(0)
    first = np.uint64(begin)
    for i in range(np.uint64(row.size)):
        anchor = first + i
        low = anchors[0, anchor] if anchors[0, anchor] > left else left
        width = (anchors[2, anchor] if anchors[2, anchor] < right else right) - low
        low = anchors[1, anchor] if anchors[1, anchor] > top else top
        height = (anchors[3, anchor] if anchors[3, anchor] < bottom else bottom) - low
        both = (width if width > zero else zero) * (height if height > zero else zero)
        share = both / (anchors[4, anchor] + area - both)
        row[i] = share if both != zero else both


@compiled
def _raise_best(row: np.ndarray, box: int, best: np.ndarray, value: np.ndarray, largest: np.floating) -> np.floating:
    # Of each anchor its greatest overlap so far, and with which box; gives the greatest of the box. What is not a
    # number stays.
    number = np.int32(box)
    higher = unknown = np.int32(0)
    for i in range(np.uint64(row.size)):
        best[i] = number if row[i] > value[i] else best[i]
        value[i] = row[i] if row[i] > value[i] or row[i] != row[i] else value[i]
    for i in range(np.uint64(row.size)):
        higher += np.int32(row[i] > largest)
        unknown += np.int32(row[i] != row[i])
    if unknown > 0:
        return row.dtype.type(np.nan)
    if higher > 0:
        for i in range(np.uint64(row.size)):
            largest = row[i] if row[i] > largest else largest
    return largest


@compiled
def _list(
    row: np.ndarray,
    begin: int,
    pairs: np.ndarray,
    box: int,
    memory: Memory,
    sign: np.floating,
    after: tuple[np.floating, int],
) -> None:
    # Puts those of a block's free anchors that come after a given one into a box's list, best first, as far as there
    # is room; equal ones stay in their order.
    values, places, sizes, cutoffs = memory[0], memory[1], memory[2][0], memory[3]
    hits = np.int32(0)
    for i in range(np.uint64(row.size)):
        hits += np.int32(row[i] * sign > cutoffs[box])
    if hits == 0:
        return
    for i in range(row.size):
        value, anchor = row[i] * sign, begin + i
        if not value > cutoffs[box] or pairs[anchor] >= 0:
            continue
        if value > after[0] or (value == after[0] and anchor <= after[1]):
            continue
        place = sizes[box] if sizes[box] < _LISTED else _LISTED - 1
        sizes[box] = place + 1
        while place > 0 and values[box, place - 1] < value:
            values[box, place], places[box, place] = values[box, place - 1], places[box, place - 1]
            place -= 1
        values[box, place], places[box, place] = value, anchor
        if sizes[box] == _LISTED:
            cutoffs[box] = values[box, _LISTED - 1]


@compiled
def _pair(
    anchors: np.ndarray,
    boxes: np.ndarray,
    pairs: np.ndarray,
    memory: Memory,
    threshold: np.floating,
    sign: np.floating,
) -> None:
    # The best pair that is left, again and again; equal ones go to the lower anchor, then to the lower box.
    values, places, cutoffs, row = memory[0], memory[1], memory[3], memory[4]
    sizes, heads = memory[2][0], memory[2][1]
    many, count = sizes.size, pairs.size
    for box in range(many):
        heads[box] = 0
    while True:
        best = -1
        for box in range(many):
            head = heads[box]
            while head < sizes[box] and pairs[places[box, head]] >= 0:
                head += 1
            if head == _LISTED:
                after = (values[box, head - 1], places[box, head - 1])
                sizes[box], cutoffs[box], head = 0, threshold, 0
                for begin in range(0, count, _BLOCK):
                    size = min(_BLOCK, count - begin)
                    _overlap(anchors, begin, boxes[:, box], row[:size])
                    _list(row[:size], begin, pairs, box, memory, sign, after)
            heads[box] = head
            if head == sizes[box]:
                continue
            value, anchor = values[box, head], places[box, head]
            tied = best >= 0 and value == values[best, heads[best]]
            if best < 0 or value > values[best, heads[best]] or (tied and anchor < places[best, heads[best]]):
                best = box
        if best < 0:
            return
        pairs[places[best, heads[best]]] = best
        sizes[best] = heads[best] = 0
