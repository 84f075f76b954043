"""The range that loses least when real numbers become levels."""

from typing import Annotated

import torch
from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.kernels.divergence import cut_divergences
from regluon.ops.attr import Range
from regluon.ops.registry import op

__all__ = ["calibrate_entropy"]


@op("_contrib_calibrate_entropy", outputs=("threshold", "divergence"), differentiable=False)
def calibrate_entropy(
    hist: Tensor, hist_edges: Tensor, num_quantized_bins: Annotated[int, Range(3)] = 255
) -> tuple[Tensor, Tensor]:
    """Choose where to cut numbers off so that levels tell most of them (MXNet, ``calibrate_entropy``).

    Every even cut of the histogram is tried, down to ``num_quantized_bins``: bins that are cut off are added to the
    outermost ones (P), all are merged into levels, and each level's number is shared out evenly among its bins that are
    not empty (Q). Empty bins get 0.0001 at the cost of the others. The cut of the least Kullback-Leibler divergence of
    P from Q wins, the narrowest of equal ones. From "8-bit Inference with TensorRT" (Migacz, 2017).

    Args:
        hist: ``(N,)`` how many numbers fell into each bin; N is odd and the middle bin is around 0.
        hist_edges: ``(N + 1,)`` where bins begin and end.
        num_quantized_bins: number of levels, odd.

    Returns:
        The cut, ``(1,)``, of a range that reaches as far to both sides, and its divergence, ``(1,)``.

    Examples:
        >>> counts, edges = torch.tensor([3.0, 0.0, 5.0, 5.0, 2.0, 9.0, 1.0]), torch.linspace(-3.5, 3.5, 8)
        >>> threshold, divergence = calibrate_entropy(counts, edges, 3)
        >>> threshold, divergence.round(decimals=2)
        (tensor([2.5000]), tensor([1.2200]))
    """
    who = "calibrate_entropy"
    count = hist.shape[0] if hist.ndim == 1 else 0
    if count < num_quantized_bins or count % 2 == 0 or num_quantized_bins % 2 == 0:
        raise ShapeError(
            f"{who}: hist must be (N,) with N odd and at least num_quantized_bins, odd too, got shape "
            f"{tuple(hist.shape)} and {num_quantized_bins}"
        )
    if hist_edges.shape != (count + 1,):
        raise ShapeError(f"{who}: hist_edges must have shape {(count + 1,)}, got {tuple(hist_edges.shape)}")
    best = cut_divergences(hist.detach().to(torch.float32), num_quantized_bins)
    place = best.argmin(0, keepdim=True)
    edges = hist_edges.detach()[(count + num_quantized_bins) // 2 :]
    return edges.gather(0, place).to(torch.float32), best.gather(0, place)
