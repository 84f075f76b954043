"""Non-maximum suppression of rows that hold a box and its score."""

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.kernels.nms import nms_order
from regluon.ops.contrib.box_format import Format, to_center, to_corner
from regluon.ops.gradient import with_slope
from regluon.ops.registry import op

__all__ = ["box_nms"]


@op("_contrib_box_nms", "_contrib_box_non_maximum_suppression", outputs=("output0",), hidden=1)
def box_nms(
    data: Tensor,
    overlap_thresh: float = 0.5,
    valid_thresh: float = 0.0,
    topk: int = -1,
    coord_start: int = 2,
    score_index: int = 1,
    id_index: int = -1,
    background_id: int = -1,
    force_suppress: bool = False,
    in_format: Format = "corner",
    out_format: Format = "corner",
) -> Tensor:
    """Keep the best-scored box of each group that overlaps; sort; fill the rest with -1 (MXNet, ``box_nms``).

    A row takes part if its score is above ``valid_thresh``; with ``id_index`` also only if its class is not
    ``background_id``, so that by default rows of class -1 go. Of these the ``topk`` best are looked at, the best first
    and equal scores in the order of the rows: a row goes if a kept one of its class overlaps it by more than
    ``overlap_thresh``.

    As in MXNet: ``topk=0`` gives the data as they are; where the format changes, rows whose first coordinate is
    negative are left as they are; and the gradient of a row is copied to where the row came from, whatever the change
    of format.

    Args:
        data: ``(..., n, k)`` rows of k numbers.
        overlap_thresh: the intersection over union above which a box goes.
        valid_thresh: the score above which a row takes part.
        topk: how many of the best rows are looked at; negative for all.
        coord_start: column of the first of four coordinates.
        score_index: column of the score.
        id_index: column of the class, cut to an int; negative where there is one class.
        background_id: the class whose rows take no part.
        force_suppress: whether boxes of different classes suppress each other.
        in_format: ``corner`` is ``xmin, ymin, xmax, ymax``; ``center`` is ``x, y, w, h``.
        out_format: likewise, for the output.

    Returns:
        The shape of ``data``: the kept rows, best first, then rows of -1.

    Examples:
        >>> rows = torch.tensor([[0, 0.9, 0, 0, 2, 2], [0, 0.8, 0, 0, 2, 2], [0, 0.95, 4, 4, 5, 5]])
        >>> box_nms(rows)
        tensor([[ 0.0000,  0.9500,  4.0000,  4.0000,  5.0000,  5.0000],
                [ 0.0000,  0.9000,  0.0000,  0.0000,  2.0000,  2.0000],
                [-1.0000, -1.0000, -1.0000, -1.0000, -1.0000, -1.0000]])
    """
    _check(data, coord_start, score_index, id_index)
    if topk == 0:
        return data.clone()
    rows = data.unsqueeze(0) if data.ndim == 2 else data.flatten(0, -3)
    order = nms_order(
        rows.detach(),
        overlap_thresh,
        valid_thresh,
        topk,
        coord_start,
        score_index,
        id_index,
        background_id,
        force_suppress,
        in_format == "center",
    ).unsqueeze(-1)
    kept = torch.where(order >= 0, rows.gather(1, order.clamp(min=0).expand(rows.shape)), -1)
    if in_format != out_format:
        change = to_corner if in_format == "center" else to_center
        before, boxes, after = kept.detach().tensor_split([coord_start, coord_start + 4], -1)
        boxes = torch.where(boxes[..., :1] < 0, boxes, change(boxes))
        kept = with_slope(torch.cat([before, boxes, after], -1), kept)
    return kept.reshape(data.shape)


def _check(data: Tensor, coord_start: int, score_index: int, id_index: int) -> None:
    width = data.shape[-1] if data.ndim >= 2 else 0
    least = 6 if id_index >= 0 else 5
    if width < least:
        raise ShapeError(f"box_nms: data must be (..., n, k) with k >= {least}, got shape {tuple(data.shape)}")
    if not data.is_floating_point():
        raise ArgumentTypeError(f"box_nms: data must hold floats, got {data.dtype}")
    if not 0 <= coord_start <= width - 4:
        raise ArgumentError(f"box_nms: coord_start must be in [0, {width - 4}] for rows of {width}, got {coord_start}")
    others = (("score_index", score_index), ("id_index", id_index))
    for name, index in others if id_index >= 0 else others[:1]:
        if not 0 <= index < width or 0 <= index - coord_start < 4:
            raise ArgumentError(
                f"box_nms: {name} must be one of the {width} columns outside of coordinates {coord_start} to "
                f"{coord_start + 3}, got {index}"
            )
    if id_index == score_index:
        raise ArgumentError(f"box_nms: id_index must differ from score_index={score_index}, got {id_index}")
