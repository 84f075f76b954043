"""Entries of each image's own list, found by index."""

from typing import Any

__all__ = ["look_up", "look_up_boxes"]


def look_up(F: Any, table: Any, index: Any) -> Any:
    """Take entries from the rows of a table.

    Args:
        F: the face.
        table: ``(B, M)``.
        index: ``(B, N)``, cut to ints and clipped to ``[0, M)``.

    Returns:
        ``(B, N)``.
    """
    # Not by `pick`, which wants the table once for each of the N: (B, N, M) numbers.
    last = F.max(F.cast(F.contrib.arange_like(table, axis=1), dtype="float32"))
    place = F._internal._maximum_scalar(F.cast(index, dtype="float32"), scalar=0.0)
    place = F.broadcast_minimum(place, F.reshape(last, shape=(1, 1)))
    row = F.expand_dims(F.contrib.arange_like(place, axis=0), axis=1)
    return F.gather_nd(table, F.stack(F.broadcast_like(row, place), place, axis=0))


def look_up_boxes(F: Any, boxes: Any, index: Any) -> Any:
    """Take boxes ``(B, N, 4)`` from lists ``(B, M, 4)`` as :func:`look_up` takes numbers."""
    columns = F.split(boxes, axis=2, num_outputs=4, squeeze_axis=True)
    return F.stack(*[look_up(F, column, index) for column in columns], axis=2)
