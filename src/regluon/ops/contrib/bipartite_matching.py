"""Greedy matching of rows with columns."""

from torch import Tensor

from regluon.core.errors import ArgumentTypeError, ShapeError
from regluon.kernels.matching import bipartite_match
from regluon.ops.registry import op

__all__ = ["bipartite_matching"]


@op("_contrib_bipartite_matching", outputs=("output0", "output1"), differentiable=False)
def bipartite_matching(
    data: Tensor, *, is_ascend: bool = False, threshold: float, topk: int = -1
) -> tuple[Tensor, Tensor]:
    """Match rows with columns, the best pair that is left first (MXNet, ``bipartite_matching``).

    Greedy, so not the assignment of highest sum; of equal scores the lower row goes first, then the lower column. The
    first pair that fails the threshold ends the search. No gradient flows.

    Args:
        data: ``(..., N, M)`` scores.
        is_ascend: whether low scores are good.
        threshold: a pair's score must be above it, below it with ``is_ascend``.
        topk: as in MXNet one less than the most pairs to make; 0 or negative for no limit.

    Returns:
        ``(..., N)``, the column of each row, and ``(..., M)``, the row of each column; -1 for none.

    Examples:
        >>> import torch
        >>> bipartite_matching(torch.tensor([[0.5, 0.6], [0.1, 0.2], [0.3, 0.4]]), threshold=1e-12)
        (tensor([ 1., -1.,  0.]), tensor([2., 0.]))
    """
    if data.ndim < 2:
        raise ShapeError(f"bipartite_matching: data must be (..., N, M), got shape {tuple(data.shape)}")
    if not data.is_floating_point():
        raise ArgumentTypeError(f"bipartite_matching: data must hold floats, got {data.dtype}")
    batch, (rows, columns) = data.shape[:-2], data.shape[-2:]
    scores = data.detach().reshape(batch.numel(), rows, columns)
    of_rows, of_columns = bipartite_match(scores, threshold, is_ascend, topk)
    return of_rows.reshape(*batch, rows), of_columns.reshape(*batch, columns)
