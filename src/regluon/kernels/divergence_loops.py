"""Divergences of cut histograms as a compiled loop.

In float32 and in the order of MXNet's sums, which decides near ties.
"""

import numpy as np

from regluon.kernels.jit import compiled

__all__ = ["write_divergences"]


@compiled
def write_divergences(
    counts: np.ndarray, answer: np.ndarray, memory: np.ndarray, start: int, stop: int, levels: int
) -> None:
    """Fill ``answer[start:stop]`` with the divergence of each cut, infinite where it has none.

    Args:
        counts: ``(N,)`` float32, N odd.
        answer: ``(T,)`` float32, written; the narrowest cut comes first.
        memory: ``(3, N)`` float32, written: room for one cut; no two calls at a time may have the same.
        start: first cut to do.
        stop: first cut to leave.
        levels: how many levels the bins are merged into.
    """
    observed, kept, told = memory[0], memory[1], memory[2]
    for cut in range(start, stop):
        width = 2 * (cut + levels // 2) + 1
        _cut(counts, width, observed, kept)
        _tell(observed, kept, width, levels, told)
        if _smooth(observed, width) and _smooth(told, width):
            answer[cut] = _diverge(observed, told, width)
        else:
            answer[cut] = np.inf


@compiled
def _cut(counts: np.ndarray, width: int, observed: np.ndarray, kept: np.ndarray) -> None:
    """Write the bins inside a cut: with the rest added to the outermost, and without the first."""
    first = (counts.size - width) // 2
    observed[0] = 0
    for place in range(first + 1):
        observed[0] += counts[place]
    for place in range(1, width):
        observed[place] = counts[first + place]
        kept[place] = counts[first + place]
    kept[0] = 0
    for place in range(first + width, counts.size):
        observed[width - 1] += counts[place]


@compiled
def _tell(observed: np.ndarray, kept: np.ndarray, width: int, levels: int, told: np.ndarray) -> None:
    """Write what the levels tell of each bin: an even share of the level's sum, where the bin is not empty."""
    merged = width // levels
    for level in range(levels):
        begin = level * merged
        end = width if level == levels - 1 else begin + merged
        total = np.float32(0)
        full = 0
        for place in range(begin, end):
            total += kept[place]
            full += kept[place] != 0
        share = total / np.float32(full if full > 0 else 1)
        for place in range(begin, end):
            told[place] = share if observed[place] != 0 else np.float32(0)


@compiled
def _smooth(values: np.ndarray, width: int) -> bool:
    """Give empty bins 0.0001 at the cost of the others; say whether these can pay."""
    least = np.float32(1e-4)
    empty = 0
    for place in range(width):
        empty += values[place] == 0
    if empty == width:
        return False
    cost = least * np.float32(empty) / np.float32(width - empty)
    if cost >= 1:
        return False
    for place in range(width):
        values[place] = least if values[place] == 0 else values[place] - cost
    return True


@compiled
def _diverge(observed: np.ndarray, told: np.ndarray, width: int) -> np.floating:
    """Give the Kullback-Leibler divergence of two histograms, whose sums may be any."""
    sum_observed = np.float32(0)
    sum_told = np.float32(0)
    for place in range(width):
        sum_observed += observed[place]
        sum_told += told[place]
    total = np.float32(0)
    for place in range(width):
        p = observed[place] / sum_observed
        q = told[place] / sum_told
        if p != 0 and q != 0:
            total += p * np.log(p / q)
    return total
