"""How much of a histogram is lost when it is cut off on both sides and its bins are merged into levels.

The search for the range of quantised numbers: Migacz, 8-bit Inference with TensorRT, 2017.
"""

import numpy as np
import torch
from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.kernels.dispatch import runs_compiled
from regluon.kernels.divergence_loops import write_divergences
from regluon.kernels.threads import over_batch

__all__ = ["cut_divergences", "cut_divergences_plain"]

# How much an empty bin gets, so that no logarithm of 0 is taken.
_LEAST = 1e-4

# Numbers that plain torch lays out at once.
_CHUNK = 1 << 18


@torch.library.custom_op("regluon::cut_divergences", mutates_args=())
def cut_divergences(counts: Tensor, levels: int) -> Tensor:
    """Give the divergence of every even cut of a histogram, the narrowest first (MXNet 1.9.1, ``calibrate_entropy``).

    Bins that are cut off are added to the outermost ones (P). The others but the first are merged into levels, the last
    level with what remains, and each level's sum is shared out evenly among its bins that are not empty (Q). Empty bins
    get 0.0001 at the cost of the others, in P and in Q. The divergence is that of Kullback and Leibler, of P from Q. On
    the CPU this is a compiled loop, cuts spread over threads; elsewhere, and without numba, plain torch.

    Args:
        counts: ``(N,)`` float32, N odd.
        levels: how many levels, odd and at most N; also the number of bins of the narrowest cut.

    Returns:
        ``((N - levels) / 2 + 1,)`` float32, infinite where all bins are empty.

    Examples:
        >>> cut_divergences(torch.tensor([0.0, 4.0, 9.0, 5.0, 0.0]), 3).round(decimals=3)
        tensor([0.150, 1.302])
    """
    if counts.ndim != 1 or counts.shape[0] % 2 == 0 or levels % 2 == 0 or not 1 <= levels <= counts.shape[0]:
        raise ShapeError(
            f"cut_divergences: counts must be (N,) with N odd and at least levels, odd too, got shape "
            f"{tuple(counts.shape)} and {levels}"
        )
    if not runs_compiled(counts):
        return cut_divergences_plain(counts, levels)
    cuts = (counts.shape[0] - levels) // 2 + 1
    answer = torch.empty(cuts, dtype=torch.float32)
    arrays = counts.detach().to(torch.float32).contiguous().numpy(), answer.numpy()
    bins = counts.shape[0]
    over_batch(
        lambda start, stop: write_divergences(*arrays, np.empty((3, bins), np.float32), start, stop, levels),
        cuts,
        cuts * bins,
    )
    return answer


@cut_divergences.register_fake
def _(counts: Tensor, levels: int) -> Tensor:
    return counts.new_empty((counts.shape[0] - levels) // 2 + 1, dtype=torch.float32)


def cut_divergences_plain(counts: Tensor, levels: int) -> Tensor:
    """Answer as :func:`cut_divergences` does but for rounding, in plain torch and float64.

    Args:
        counts: ``(N,)``, N odd.
        levels: how many levels, odd and at most N.

    Returns:
        ``((N - levels) / 2 + 1,)`` float32, infinite where all bins are empty.
    """
    counts = counts.detach().to(torch.float64)
    reaches = torch.arange(levels // 2, counts.shape[0] // 2 + 1, device=counts.device)
    return torch.cat(
        [_divergences(counts, part, levels) for part in reaches.split(max(1, _CHUNK // counts.shape[0]))]
    ).to(torch.float32)


def _divergences(counts: Tensor, reaches: Tensor, levels: int) -> Tensor:
    """Give the divergences of the cuts that reach so many bins to both sides of the middle one."""
    reaches = reaches[:, None]
    place = torch.arange(counts.shape[0], device=counts.device) - counts.shape[0] // 2 + reaches
    first, last = place == 0, place == 2 * reaches
    inside = (place >= 0) & (place <= 2 * reaches)
    total = counts.cumsum(0)
    kept = torch.where(inside & ~first, counts, 0.0)
    observed = torch.where(first, total, torch.where(last, counts + (total[-1] - total), kept))
    level = torch.div(place, (2 * reaches + 1) // levels, rounding_mode="floor").clamp(0, levels - 1)
    none = torch.zeros(reaches.shape[0], levels, dtype=counts.dtype, device=counts.device)
    full = none.scatter_add(1, level, (kept != 0).to(counts.dtype))
    shares = none.scatter_add(1, level, kept) / full.clamp(min=1.0)
    told = torch.where(observed != 0, shares.gather(1, level), 0.0)
    p, q = _smoothed(observed, inside), _smoothed(told, inside)
    divergence = torch.where(inside & (p != 0) & (q != 0), p * torch.log(p / q), 0.0).sum(1)
    return torch.where(divergence.isnan(), torch.inf, divergence)


def _smoothed(values: Tensor, inside: Tensor) -> Tensor:
    """Give empty bins a little at the cost of the others, and make the sum 1; NaN where these cannot pay."""
    empty, full = inside & (values == 0), inside & (values != 0)
    cost = _LEAST * empty.sum(1, keepdim=True) / full.sum(1, keepdim=True)
    values = torch.where(empty, _LEAST, values - torch.where(full, cost, 0.0))
    values = torch.where(inside & (cost < 1), values, torch.where(inside, torch.nan, 0.0))
    return values / values.sum(1, keepdim=True)
