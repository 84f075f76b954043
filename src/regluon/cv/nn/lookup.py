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
    rows, places = F.expand_dims(table, axis=1), F.expand_dims(index, axis=2)
    return F.pick(F.broadcast_like(rows, places, lhs_axes=(1,), rhs_axes=(1,)), index, axis=2)


def look_up_boxes(F: Any, boxes: Any, index: Any) -> Any:
    """Take boxes ``(B, N, 4)`` from lists ``(B, M, 4)`` as :func:`look_up` takes numbers."""
    columns = F.split(boxes, axis=2, num_outputs=4, squeeze_axis=True)
    return F.stack(*[look_up(F, column, index) for column in columns], axis=2)
