"""Count sketch: many dimensions thrown together into few, so that inner products stay about the same."""

from typing import Annotated

from torch import Tensor

from regluon.core.errors import ArgumentTypeError, ShapeError
from regluon.kernels.checks import require
from regluon.kernels.precision import at_least_single
from regluon.ops.attr import Range
from regluon.ops.registry import op

__all__ = ["count_sketch"]


@op("_contrib_count_sketch")
def count_sketch(
    data: Tensor, h: Tensor, s: Tensor, out_dim: Annotated[int, Range(1)], processing_batch_size: int = 32
) -> Tensor:
    """Add each number, times its sign, to its place (Pham and Pagh, 2013; MXNet, ``count_sketch``).

    MXNet has this on GPUs alone. Only the data get a gradient. Places that are not there are an error, where MXNet
    writes beyond its memory.

    Args:
        data: ``(N, d)`` or ``(N1, N2, N3, d)``.
        h: ``(1, d)`` places from 0 to ``out_dim - 1``; of more rows the first counts.
        s: ``(1, d)`` signs, 1 or -1; of more rows the first counts.
        out_dim: number of places.
        processing_batch_size: without effect.

    Returns:
        ``(..., out_dim)``.

    Examples:
        >>> import torch
        >>> count_sketch(torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[0, 1, 0]]), torch.tensor([[1, -1, 1]]), 2)
        tensor([[ 4., -2.]])
    """
    if data.ndim not in (2, 4) or data.shape[-1] == 0:
        raise ShapeError(
            f"count_sketch: data must be (N, d) or (N1, N2, N3, d), d not 0, got shape {tuple(data.shape)}"
        )
    if not data.is_floating_point():
        raise ArgumentTypeError(f"count_sketch: data must hold floats, got {data.dtype}")
    width = data.shape[-1]
    for name, array in (("h", h), ("s", s)):
        if array.ndim != 2 or array.shape[1] != width or array.shape[0] == 0:
            raise ShapeError(f"count_sketch: {name} must be (1, {width}) for d={width}, got shape {tuple(array.shape)}")
    place = h.detach()[0].long()
    place = require(place, (place >= 0) & (place < out_dim), f"count_sketch: h must be in [0, {out_dim})")
    values = at_least_single(data)
    signed = values * s.detach()[0].to(values.dtype)
    return values.new_zeros(*data.shape[:-1], out_dim).index_add(-1, place, signed).to(data.dtype)
