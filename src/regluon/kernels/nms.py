"""Non-maximum suppression: which boxes survive, and in which order.

The rule is that of MXNet 1.9.1's ``box_nms``: rows above a score take part, best first, equal scores in the order of
the rows; a row goes if a better surviving row of its class overlaps it by more than a threshold.
"""

import math

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.kernels import jit
from regluon.kernels.nms_loops import memory_for, write_survivors
from regluon.kernels.precision import at_least_single, bits_of, single
from regluon.kernels.threads import over_batch

__all__ = ["nms_order", "nms_order_plain"]

# Overlaps held at a time by the plain version: a million, so some 4 MB for each of its few intermediate results.
_TILE = 1 << 20
_BLOCK = 256


@torch.library.custom_op("regluon::nms_order", mutates_args=())
def nms_order(
    data: Tensor,
    overlap_thresh: float,
    valid_thresh: float,
    topk: int,
    coord_start: int,
    score_index: int,
    id_index: int,
    background_id: int,
    force_suppress: bool,
    center: bool,
    most: int = -1,
) -> Tensor:
    """Say which rows survive greedy suppression, best first (MXNet 1.9.1, ``box_nms``).

    A row takes part if its score is above ``valid_thresh`` (NaN never is) and its id is not ``background_id``; of these
    the ``topk`` best are looked at. A row goes if a surviving better row of its class has an intersection over union
    with it above ``overlap_thresh``; an inverted box has area 0, and 0 / 0 is no overlap. Ids count without their
    fraction. Both thresholds are taken in float32, as in MXNet. Half precision is computed in float32 (MXNet rounds
    every step to half), other types in their own. On the CPU this is a compiled loop, images spread over threads;
    elsewhere, and without numba, plain torch.

    Args:
        data: ``(B, n, k)`` rows, float; not changed. No gradient comes from the row numbers.
        overlap_thresh: the overlap above which a box goes.
        valid_thresh: the score above which a row takes part.
        topk: how many of an image's best rows are looked at, negative for all of them.
        coord_start: column of the first of four coordinates.
        score_index: column of the score.
        id_index: column of the class id, negative where there is one class; ``background_id`` then counts for nothing.
        background_id: the id whose rows take no part.
        force_suppress: whether boxes of different classes suppress each other.
        center: whether coordinates are ``x, y, w, h``, not ``xmin, ymin, xmax, ymax``.
        most: how many survivors are wanted, the best; negative for all of them.

    Returns:
        ``(B, n)`` int64 row numbers in ``data``, then -1.

    Examples:
        >>> rows = torch.tensor([[[0.9, 0, 0, 2, 2], [0.8, 0, 0, 2, 2], [0.95, 4, 4, 5, 5]]])
        >>> nms_order(rows, 0.5, 0.0, -1, 1, 0, -1, -1, False, False)
        tensor([[ 2,  0, -1]])
    """
    _check(data, coord_start, score_index, id_index)
    columns = (coord_start, score_index, id_index)
    if data.device.type != "cpu" or not jit.available():
        return nms_order_plain(
            data, overlap_thresh, valid_thresh, topk, *columns, background_id, force_suppress, center, most
        )
    values = at_least_single(data.detach()).contiguous().numpy()
    order = torch.empty(data.shape[:2], dtype=torch.int64)
    answer = order.numpy()
    number = values.dtype.type
    thresholds = (number(single(overlap_thresh)), number(single(valid_thresh)))
    rule = (*thresholds, _limit(topk, data.shape[1]), *columns, number(background_id), force_suppress, center)
    rule = (*rule, _limit(most, data.shape[1]))
    arrays = (values, bits_of(values), answer)
    over_batch(
        lambda start, stop: write_survivors(*arrays, memory_for(values), start, stop, *rule), len(values), values.size
    )
    return order


@nms_order.register_fake
def _(data: Tensor, *_: object, **__: object) -> Tensor:
    return data.new_empty(data.shape[:2], dtype=torch.int64)


def nms_order_plain(
    data: Tensor,
    overlap_thresh: float,
    valid_thresh: float,
    topk: int,
    coord_start: int,
    score_index: int,
    id_index: int,
    background_id: int,
    force_suppress: bool,
    center: bool,
    most: int = -1,
) -> Tensor:
    """Answer as :func:`nms_order` does, in plain torch: for every device, and nothing is copied to the host.

    Candidates are settled block by block: within a block one after the other, then the block's survivors are held
    against all later candidates, a tile of bounded size at a time.

    Args:
        data: ``(B, n, k)`` rows, float.
        overlap_thresh: the overlap above which a box goes.
        valid_thresh: the score above which a row takes part.
        topk: how many of an image's best rows are looked at, negative for all of them.
        coord_start: column of the first of four coordinates.
        score_index: column of the score.
        id_index: column of the class id, negative where there is one class.
        background_id: the id whose rows take no part.
        force_suppress: whether boxes of different classes suppress each other.
        center: whether coordinates are ``x, y, w, h``.
        most: how many survivors are wanted, negative for all of them.

    Returns:
        ``(B, n)`` int64 row numbers in ``data``, then -1.
    """
    rows = at_least_single(data.detach())
    images, count = data.shape[:2]
    scores = rows[..., score_index]
    valid = scores > single(valid_thresh)
    if id_index >= 0:
        valid = valid & (rows[..., id_index] != background_id)
    # Adding 0 makes -0 equal to 0 for sorts that look at bits. No valid score is -inf.
    best, order = torch.where(valid, scores + 0.0, -torch.inf).sort(dim=1, descending=True, stable=True)
    limit = _limit(topk, count)
    order = order[:, :limit]
    ranked = rows.gather(1, order.unsqueeze(-1).expand(-1, -1, rows.shape[-1]))
    classes = None if id_index < 0 or force_suppress else _class_ids(ranked[..., id_index])
    boxes = _measured(ranked[..., coord_start : coord_start + 4], center)
    alive = _sweep(boxes, classes, best[:, :limit] > -torch.inf, single(overlap_thresh))

    places = torch.where(alive, alive.cumsum(1) - 1, count)
    places = torch.where(places < _limit(most, count), places, count)
    survivors = order.new_full((images, count + 1), -1)
    return survivors.scatter_(1, places, order)[:, :count].contiguous()


def _check(data: Tensor, coord_start: int, score_index: int, id_index: int) -> None:
    if data.ndim != 3:
        raise ShapeError(f"nms_order: data must be (B, n, k), got shape {tuple(data.shape)}")
    if not data.is_floating_point():
        raise ArgumentTypeError(f"nms_order: data must be of a float type, got {data.dtype}")
    width = data.shape[2]
    if not (0 <= coord_start <= width - 4 and 0 <= score_index < width and id_index < width):
        raise ArgumentError(
            f"nms_order: coord_start, score_index and id_index must be columns of data with {width} columns, "
            f"got {coord_start}, {score_index} and {id_index}"
        )


def _limit(topk: int, count: int) -> int:
    return count if topk < 0 else min(topk, count)


def _class_ids(ids: Tensor) -> Tensor:
    # 32-bit integers, still in a float type; what does not fit, NaN included, becomes the smallest, as on x86 in C.
    whole = ids.trunc()
    return torch.where((whole >= -(2.0**31)) & (whole < 2.0**31), whole, -(2.0**31))


def _measured(coordinates: Tensor, center: bool) -> Tensor:
    # (5, B, N): left, top, right, bottom, area; the area of an inverted box is 0.
    first, second, third, fourth = coordinates.unbind(-1)
    if center:
        width, height = third, fourth
        left, right = first - third / 2, first + third / 2
        top, bottom = second - fourth / 2, second + fourth / 2
    else:
        left, top, right, bottom = first, second, third, fourth
        width, height = right - left, bottom - top
    area = torch.where((width < 0) | (height < 0), 0.0, width * height)
    return torch.stack([left, top, right, bottom, area])


def _sweep(boxes: Tensor, classes: Tensor | None, alive: Tensor, overlap_thresh: float) -> Tensor:
    images, count = alive.shape
    block = max(1, min(_BLOCK, math.isqrt(_TILE // max(1, images))))
    alive = alive.clone()
    for start in range(0, count, block):
        stop = min(start + block, count)
        judged = alive[:, start:stop]
        hits = _hits(boxes, classes, slice(start, stop), slice(start, stop), overlap_thresh).triu_(1)
        for i in range(stop - start):
            judged &= ~(hits[:, i] & judged[:, i : i + 1])
        tile = max(1, _TILE // max(1, images * block))
        for begin in range(stop, count, tile):
            later = slice(begin, min(begin + tile, count))
            hits = _hits(boxes, classes, slice(start, stop), later, overlap_thresh)
            alive[:, later] &= ~(hits & judged.unsqueeze(-1)).any(1)
    return alive


def _hits(boxes: Tensor, classes: Tensor | None, kept: slice, others: slice, overlap_thresh: float) -> Tensor:
    # (B, kept, others): whether one would remove the other. Compared as in the loops, for the sake of NaN coordinates.
    left, top, right, bottom, area = boxes[:, :, kept].unsqueeze(-1)
    other_left, other_top, other_right, other_bottom, other_area = boxes[:, :, others].unsqueeze(-2)
    width = torch.where(other_right < right, other_right, right) - torch.where(left < other_left, other_left, left)
    height = torch.where(other_bottom < bottom, other_bottom, bottom) - torch.where(top < other_top, other_top, top)
    both = torch.where(width > 0, width, 0.0) * torch.where(height > 0, height, 0.0)
    hits = both / (area + other_area - both) > overlap_thresh
    return hits if classes is None else hits & (classes[:, kept, None] == classes[:, None, others])
