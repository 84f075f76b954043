"""Pictures of another size in the whole-number arithmetic of OpenCV 3.4, to the last bit."""

import numpy as np
import torch
from torch import Tensor

from regluon.kernels.dispatch import runs_compiled
from regluon.kernels.picture_loops import memory_for, resize_rows
from regluon.kernels.threads import over_batch

__all__ = ["BITS", "DROPPED", "EVEN", "HALF_UP", "resize_whole"]

DROPPED, EVEN, HALF_UP = range(3)
"""How sums are rounded: bits dropped in between, as linear; float32 to even, as cubic; half up, as Lanczos."""

BITS = 11
"""Bits of a weight."""

# Of fewer numbers torch's own operators are done before a loop is called.
_SMALL = 2_000


def resize_whole(
    data: Tensor, columns: Tensor, column_weights: Tensor, rows: Tensor, row_weights: Tensor, rounding: int
) -> Tensor:  # fmt: skip
    """Sum up columns, then rows, of pictures.

    On the CPU this is a compiled loop, rows spread over threads; elsewhere, without numba, in traced graphs and for
    small pictures it is plain torch. Both give the same bits.

    Args:
        data: ``(N, H, W, C)`` uint8.
        columns: ``(K, w)`` int64, the columns that each column of the answer looks at.
        column_weights: ``(K, w)`` float32, how much each counts.
        rows: ``(K, h)`` int64, likewise.
        row_weights: ``(K, h)`` float32.
        rounding: ``DROPPED``, for which K is 2, ``EVEN`` or ``HALF_UP``.

    Returns:
        ``(N, h, w, C)`` uint8.

    Examples:
        >>> data = torch.tensor([10, 20], dtype=torch.uint8).reshape(1, 1, 2, 1)
        >>> ends, one = torch.tensor([[0, 0, 1], [0, 1, 1]]), torch.zeros(2, 1, dtype=torch.int64)
        >>> weights = torch.tensor([[1.0, 0.5, 1.0], [0.0, 0.5, 0.0]])
        >>> resize_whole(data, ends, weights, one, torch.tensor([[1.0], [0.0]]), DROPPED).flatten()
        tensor([10, 15, 20], dtype=torch.uint8)
    """
    weights = [(one * (1 << BITS)).round().int() for one in (column_weights, row_weights)]
    size = max(data.numel(), data.shape[0] * data.shape[3] * columns.shape[1] * rows.shape[1])
    if torch.compiler.is_compiling() or not runs_compiled(data) or size < _SMALL:
        return _plain(data, columns, weights[0], rows, weights[1], rounding)
    return _resize(data, columns, weights[0], rows, weights[1], rounding)


@torch.library.custom_op("regluon::resize_whole", mutates_args=())
def _resize(
    data: Tensor, columns: Tensor, column_weights: Tensor, rows: Tensor, row_weights: Tensor, rounding: int
) -> Tensor:  # fmt: skip
    pictures = data.contiguous().flatten(2).numpy()
    number, channels = data.shape[0], data.shape[3]
    answer = np.empty((number, rows.shape[1], columns.shape[1] * channels), np.uint8)
    tables = (
        columns.numpy().astype(np.uint64), column_weights.numpy(), rows.numpy().astype(np.uint64), row_weights.numpy()
    )  # fmt: skip
    memory = (len(columns), answer.shape[2])
    over_batch(
        lambda start, stop: resize_rows(
            pictures, channels, *tables, rounding, answer, memory_for(*memory), start, stop
        ),
        number * rows.shape[1],
        answer.size,
    )
    return torch.from_numpy(answer).unflatten(2, (-1, channels))


@_resize.register_fake
def _shaped(
    data: Tensor, columns: Tensor, column_weights: Tensor, rows: Tensor, row_weights: Tensor, rounding: int
) -> Tensor:  # fmt: skip
    del column_weights, row_weights, rounding
    return data.new_empty(data.shape[0], rows.shape[1], columns.shape[1], data.shape[3])


def _plain(
    data: Tensor, columns: Tensor, column_weights: Tensor, rows: Tensor, row_weights: Tensor, rounding: int
) -> Tensor:  # fmt: skip
    # No gradient flows, so sums are built in place. Rows are picked several times faster than columns.
    lines = _summed(data.transpose(1, 2).contiguous(), columns, column_weights).transpose(1, 2).contiguous()
    if rounding == DROPPED:
        lines >>= 4
        low, high = (
            lines.index_select(1, index).mul_(factor[:, None, None]).bitwise_right_shift_(16)
            for index, factor in zip(rows, row_weights, strict=True)
        )
        return low.add_(high).add_(2).bitwise_right_shift_(2).to(torch.uint8)
    if rounding == EVEN:
        total = torch.zeros((), device=data.device)
        for index, factor in zip(rows, row_weights.float() * (1.0 / (1 << 2 * BITS)), strict=True):
            total = total + lines.index_select(1, index).float() * factor[:, None, None]
        return total.round_().clamp_(0, 255).to(torch.uint8)
    total = _summed(lines, rows, row_weights)
    return total.add_(1 << (2 * BITS - 1)).bitwise_right_shift_(2 * BITS).clamp_(0, 255).to(torch.uint8)


def _summed(data: Tensor, rows: Tensor, weights: Tensor) -> Tensor:
    """Sum up the rows that each row of the answer looks at, as int32."""
    weights = weights[..., None, None]
    total = data.index_select(1, rows[0]).int().mul_(weights[0])
    for index, factor in zip(rows[1:], weights[1:], strict=True):
        total.addcmul_(data.index_select(1, index).int(), factor)
    return total
