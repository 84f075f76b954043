"""The range that loses least when real numbers become levels."""

from typing import Annotated

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.attr import Range
from regluon.ops.registry import op

__all__ = ["calibrate_entropy"]

# Numbers laid out at once.
_CHUNK = 1 << 20

# How much an empty bin gets, so that no logarithm of 0 is taken.
_LEAST = 1e-4


@op("_contrib_calibrate_entropy", outputs=("threshold", "divergence"), differentiable=False)
def calibrate_entropy(
    hist: Tensor, hist_edges: Tensor, num_quantized_bins: Annotated[int, Range(3)] = 255
) -> tuple[Tensor, Tensor]:
    """Choose where to cut numbers off so that levels tell most of them (MXNet, ``calibrate_entropy``).

    Every even cut of the histogram is tried, down to ``num_quantized_bins``: bins that are cut off are added to the
    outermost ones (P), all are merged into levels, and each level's number is shared out evenly among its bins that are not
    empty (Q). Empty bins get 0.0001 at the cost of the others. The cut of the least Kullback-Leibler divergence of P from Q
    wins, the narrowest of equal ones. From "8-bit Inference with TensorRT" (Migacz, 2017).

    Args:
        hist: ``(N,)`` how many numbers fell into each bin; N is odd and the middle bin is around 0.
        hist_edges: ``(N + 1,)`` where bins begin and end.
        num_quantized_bins: number of levels, odd.

    Returns:
        The cut, ``(1,)``, of a range that reaches as far to both sides, and its divergence, ``(1,)``.

    Examples:
        >>> calibrate_entropy(torch.tensor([1.0, 0, 4, 9, 5, 0, 0]), torch.linspace(-3.5, 3.5, 8), 3)
        (tensor([1.5000]), tensor([0.0241]))
    """
    who = "calibrate_entropy"
    count = hist.shape[0] if hist.ndim == 1 else 0
    if count < num_quantized_bins or count % 2 == 0 or num_quantized_bins % 2 == 0:
        raise ShapeError(
            f"{who}: hist must be (N,) with N odd and at least num_quantized_bins, odd too, got shape {tuple(hist.shape)} and "
            f"{num_quantized_bins}"
        )
    if hist_edges.shape != (count + 1,):
        raise ShapeError(f"{who}: hist_edges must have shape {(count + 1,)}, got {tuple(hist_edges.shape)}")
    middle, least = count // 2, num_quantized_bins // 2
    cuts = torch.arange(least, middle + 1, device=hist.device)
    step = max(1, _CHUNK // count)
    counts = hist.detach().to(torch.float64)
    found = torch.cat([_divergences(counts, cuts[i : i + step], num_quantized_bins) for i in range(0, len(cuts), step)])
    best = found.argmin()
    threshold = hist_edges.detach()[cuts[best] + middle + 1]
    return threshold.reshape(1).to(torch.float32), found[best].reshape(1).to(torch.float32)


def _divergences(counts: Tensor, cuts: Tensor, number: int) -> Tensor:
    """Give the divergence of several cuts ``(T,)`` of a histogram ``(N,)`` in float64; infinite where there is none."""
    middle = counts.shape[0] // 2
    place = torch.arange(counts.shape[0], device=counts.device) - middle + cuts[:, None]
    inside = (place >= 0) & (place <= 2 * cuts[:, None])
    total = counts.cumsum(0)
    first, last = place == 0, place == 2 * cuts[:, None]
    kept = torch.where(inside & ~first, counts, 0.0)
    observed = torch.where(first, total, kept)
    observed = torch.where(last, counts + (total[-1] - total), observed)
    level = torch.div(place, (2 * cuts[:, None] + 1) // number, rounding_mode="floor").clamp(0, number - 1)
    empty = torch.zeros(cuts.shape[0], number, dtype=counts.dtype, device=counts.device)
    sums = empty.scatter_add(1, level, kept)
    shares = sums / empty.scatter_add(1, level, (kept != 0).to(counts.dtype)).clamp(min=1.0)
    told = torch.where(observed != 0, shares.gather(1, level), 0.0)
    p, q = _smoothed(observed, inside), _smoothed(told, inside)
    divergence = torch.where(inside, p * torch.log(p / q), 0.0).sum(1)
    return torch.where(divergence.isnan(), torch.inf, divergence)


def _smoothed(values: Tensor, inside: Tensor) -> Tensor:
    """Give empty bins a little, at the cost of the others, and make the sum 1; not a number where all are empty."""
    empty, full = inside & (values == 0), inside & (values != 0)
    cost = _LEAST * empty.sum(1, keepdim=True) / full.sum(1, keepdim=True)
    values = torch.where(empty, _LEAST, values) - torch.where(full, cost, 0.0)
    values = torch.where(cost < 1, values, torch.nan)
    return torch.where(inside, values / torch.where(inside, values, 0.0).sum(1, keepdim=True), 1.0)
