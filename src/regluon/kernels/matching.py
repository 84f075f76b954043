"""Greedy bipartite matching: pairs of a row and a column, best score first, each row and each column at most once.

The rule is that of MXNet 1.9.1's ``bipartite_matching``: equal scores go to the lower row, then to the lower column.
"""

from typing import Any

import torch
from torch import Tensor

from regluon.core.errors import ArgumentTypeError, ShapeError
from regluon.kernels import jit
from regluon.kernels.matching_loops import memory_for, write_matches
from regluon.kernels.precision import at_least_single, single
from regluon.kernels.threads import over_batch

__all__ = ["bipartite_match", "bipartite_match_plain"]


@torch.library.custom_op("regluon::bipartite_match", mutates_args=())
def bipartite_match(data: Tensor, threshold: float, is_ascend: bool, topk: int) -> tuple[Tensor, Tensor]:
    """Match rows with columns, the best pair that is left first (MXNet 1.9.1, ``bipartite_matching``).

    Greedy, so not the assignment of highest sum. As in MXNet ``topk=k`` gives up to ``k + 1`` pairs and the threshold
    is taken in float32. A NaN score matches nothing and hinders no other. Gradients are zero. On the CPU this is a
    compiled loop, images spread over threads; elsewhere, and without numba, plain torch.

    Args:
        data: ``(B, N, M)`` scores, float; not changed.
        threshold: pairs need a score above it, below it with ``is_ascend``.
        is_ascend: whether low scores are good.
        topk: one less than the most pairs to make, 0 or negative for no limit.

    Returns:
        ``(B, N)``, the column of each row, and ``(B, M)``, the row of each column, in the type of ``data``; -1 is none.

    Examples:
        >>> bipartite_match(torch.tensor([[[0.5, 0.6], [0.1, 0.2], [0.3, 0.4]]]), 1e-12, False, -1)
        (tensor([[ 1., -1.,  0.]]), tensor([[2., 0.]]))
    """
    if data.ndim != 3:
        raise ShapeError(f"bipartite_match: data must be (B, N, M), got shape {tuple(data.shape)}")
    if not data.is_floating_point():
        raise ArgumentTypeError(f"bipartite_match: data must be of a float type, got {data.dtype}")
    if data.device.type != "cpu" or not jit.available():
        return bipartite_match_plain(data, threshold, is_ascend, topk)
    scores = at_least_single(data.detach()).contiguous()
    rows, columns = scores.new_empty(data.shape[:2]), scores.new_empty(data.shape[::2])
    values = scores.numpy()
    arrays = (values, rows.numpy(), columns.numpy())
    sign = values.dtype.type(-1 if is_ascend else 1)
    rule = (values.dtype.type(single(threshold)) * sign, sign, _limit(topk, data))
    over_batch(
        lambda start, stop: write_matches(*arrays, memory_for(values), start, stop, *rule), len(values), values.size
    )
    return rows.to(data.dtype), columns.to(data.dtype)


@bipartite_match.register_fake
def _(data: Tensor, *_: object, **__: object) -> tuple[Tensor, Tensor]:
    return data.new_empty(data.shape[:2]), data.new_empty(data.shape[::2])


def _remember_shape(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
    del output
    ctx.shape = inputs[0].shape


def _zero_gradient(ctx: Any, rows: Tensor, columns: Tensor) -> tuple[Tensor, None, None, None]:
    del columns
    return rows.new_zeros(ctx.shape), None, None, None


bipartite_match.register_autograd(_zero_gradient, setup_context=_remember_shape)


def bipartite_match_plain(data: Tensor, threshold: float, is_ascend: bool, topk: int) -> tuple[Tensor, Tensor]:
    """Answer as :func:`bipartite_match` does, in plain torch: for every device, and nothing is copied to the host.

    Args:
        data: ``(B, N, M)`` scores, float.
        threshold: pairs need a score above it, below it with ``is_ascend``.
        is_ascend: whether low scores are good.
        topk: one less than the most pairs to make, 0 or negative for no limit.

    Returns:
        ``(B, N)``, the column of each row, and ``(B, M)``, the row of each column, in the type of ``data``; -1 is none.
    """
    images, row_count, column_count = data.shape
    scores = at_least_single(data.detach())
    scores, floor = (-scores, -single(threshold)) if is_ascend else (scores, single(threshold))
    # What is above a threshold is above -inf, so -inf can stand for "out of the running".
    left = torch.where(scores > floor, scores, -torch.inf)
    rows, columns = scores.new_full((images, row_count), -1), scores.new_full((images, column_count), -1)
    row_numbers = torch.arange(row_count, device=data.device)
    column_numbers = torch.arange(column_count, device=data.device)
    for _ in range(_limit(topk, data)):
        # argmax gives the first of equal scores; max would not.
        best = left.flatten(1).argmax(1, keepdim=True)
        found = left.flatten(1).gather(1, best) > -torch.inf
        at_row = found & (row_numbers == best // column_count)
        at_column = found & (column_numbers == best % column_count)
        rows = torch.where(at_row, (best % column_count).to(rows.dtype), rows)
        columns = torch.where(at_column, (best // column_count).to(rows.dtype), columns)
        left = left.masked_fill_(at_row.unsqueeze(2) | at_column.unsqueeze(1), -torch.inf)
    return rows.to(data.dtype), columns.to(data.dtype)


def _limit(topk: int, data: Tensor) -> int:
    pairs = min(data.shape[1:])
    return pairs if topk <= 0 else min(pairs, topk + 1)
