"""Borders around pictures."""

from typing import Any

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError
from regluon.image.resize import size_of

__all__ = ["copyMakeBorder"]

CONSTANT, REPLICATE, REFLECT, WRAP, REFLECT_101 = range(5)


def copyMakeBorder(
    src: Any,
    top: int,
    bot: int,
    left: int,
    right: int,
    type: int = 0,
    value: float = 0.0,
    values: float | tuple[float, ...] = (),
) -> Any:
    """Put a border around a picture.

    Args:
        src: ``(H, W, C)``.
        top: rows above.
        bot: rows below.
        left: columns to the left.
        right: columns to the right.
        type: OpenCV's number: 0 one colour, 1 repeats the edge, 2 mirrors the picture, 3 begins it anew, 4 mirrors it
            without its edge.
        value: number of all channels of the colour.
        values: numbers by channel, instead.

    Returns:
        ``(top + H + bot, left + W + right, C)``.

    Examples:
        >>> from regluon import nd
        >>> copyMakeBorder(nd.array([[[1], [2]]]), 0, 0, 1, 2, type=1).asnumpy().ravel()
        array([1., 1., 2., 2., 2.], dtype=float32)
    """
    if min(top, bot, left, right) < 0:
        raise ArgumentError(f"copyMakeBorder: margins must be >= 0, got {(top, bot, left, right)}")
    if type not in range(5):
        raise ArgumentError(f"copyMakeBorder: type must be one of 0, 1, 2, 3, 4, got {type!r}")
    height, width = size_of("copyMakeBorder", src)
    data = src if isinstance(src, Tensor) else src._tensor
    rows = _sources(height, top, bot, type).to(data.device)
    columns = _sources(width, left, right, type).to(data.device)
    found = data.index_select(0, rows.clamp(0, height - 1)).index_select(1, columns.clamp(0, width - 1))
    if type == CONSTANT:
        numbers = [values] if isinstance(values, (int, float)) else list(values) or [value]
        channels = data.shape[2]
        if len(numbers) != 1 and len(numbers) < channels:
            raise ArgumentError(f"copyMakeBorder: values must be 1 or {channels} floats, got {tuple(numbers)}")
        color = torch.tensor(numbers[:channels], dtype=torch.float64, device=data.device).to(data.dtype)
        inside = (_inside(rows, height)[:, None] & _inside(columns, width))[..., None]
        found = torch.where(inside, found, color)
    return found if isinstance(src, Tensor) else src._kind(found, src._place)


def _sources(size: int, before: int, after: int, kind: int) -> Tensor:
    """Return where along an axis each row or column comes from; outside of it for one colour."""
    place = torch.arange(-before, size + after)
    if kind == WRAP:
        return place % size
    if kind == REFLECT:
        place = place % (2 * size)
        return torch.minimum(place, 2 * size - 1 - place)
    if kind == REFLECT_101 and size > 1:
        place = place % (2 * size - 2)
        return torch.minimum(place, 2 * size - 2 - place)
    return place if kind == CONSTANT else place.clamp(0, size - 1)


def _inside(place: Tensor, size: int) -> Tensor:
    return (place >= 0) & (place < size)
