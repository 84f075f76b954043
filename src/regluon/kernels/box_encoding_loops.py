"""Matched boxes as offsets from their anchors, as a compiled loop."""

import numpy as np

from regluon.kernels.jit import compiled

__all__ = ["write_offsets"]


@compiled
def write_offsets(
    chosen: np.ndarray,
    matches: np.ndarray,
    anchors: np.ndarray,
    refs: np.ndarray,
    scale: np.ndarray,
    offsets: np.ndarray,
    masks: np.ndarray,
    rows: np.ndarray,
    start: int,
    stop: int,
) -> None:
    """Fill ``offsets`` and ``masks`` for anchors ``start`` to ``stop - 1`` of all images.

    Args:
        chosen: ``(B * N,)`` booleans.
        matches: ``(B * N,)`` numbers of boxes in ``refs``, int64; one outside counts as the nearest.
        anchors: ``(B * N, 4)`` corner boxes.
        refs: ``(B, M, 4)`` corner boxes, M above 0.
        scale: ``(2, 4)``: means and deviations.
        offsets: ``(B * N, 4)``, written.
        masks: ``(B * N, 4)``, written.
        rows: ``(stop - start,)`` int64, room for the numbers of those chosen.
        start: first anchor to do.
        stop: first anchor to leave.
    """
    kind = anchors.dtype.type
    zero, two = kind(0), kind(2)
    # Whether an anchor is chosen cannot be foreseen, so nothing is to depend on it but what is counted.
    count = 0
    for row in range(start, stop):
        for k in range(4):
            offsets[row, k] = zero
            masks[row, k] = kind(chosen[row])
        rows[count] = row
        count += chosen[row]
    last = refs.shape[1] - 1
    each = len(anchors) // len(refs) if len(refs) > 0 else 1
    image, end = -1, start
    for place in range(count):
        row = rows[place]
        if row >= end:
            image = row // each
            end = (image + 1) * each
        match = matches[row]
        match = 0 if match < 0 else last if match > last else match
        for axis in range(2):
            low, high = anchors[row, axis], anchors[row, axis + 2]
            ref_low, ref_high = refs[image, match, axis], refs[image, match, axis + 2]
            size = high - low
            shift = ((ref_low + ref_high) / two - (low + high) / two) / size
            growth = np.log((ref_high - ref_low) / size)
            offsets[row, axis] = (shift - scale[0, axis]) / scale[1, axis]
            offsets[row, axis + 2] = (growth - scale[0, axis + 2]) / scale[1, axis + 2]
