"""Connectionist temporal classification as compiled loops, one sequence after the other.

States are blank, first symbol, blank, second symbol, and so on to a last blank. Sums over paths are kept as numbers that add
up to 1 at each step, which needs no logarithm inside; only where a path that counts could be lost among far likelier dead
ends are they kept as logarithms.
"""

import math

import numpy as np

from regluon.kernels.jit import compiled

__all__ = ["write_losses"]

# A label this much less likely than all beginnings of paths together, as logarithm, is beyond the range of float64.
_LOST = 600.0


@compiled
def write_losses(
    chances: np.ndarray,
    labels: np.ndarray,
    label_lengths: np.ndarray,
    lengths: np.ndarray,
    losses: np.ndarray,
    gradient: np.ndarray,
    start: int,
    stop: int,
    blank: int,
) -> None:
    """Write losses of sequences ``start`` to ``stop - 1``, and their gradient by the activations.

    Args:
        chances: ``(T, B, A)`` logarithms of the symbols' probabilities.
        labels: ``(B, L)`` integers.
        label_lengths: ``(B,)`` integers.
        lengths: ``(B,)`` integers, steps of each sequence.
        losses: ``(B,)``, written: 0 where a sequence is too short for its label.
        gradient: ``(T, B, A)``, or of size 0 if not wanted: holds the probabilities, and gets those of the label taken away;
            steps after the end of a sequence, and sequences that are too short, get 0.
        start: first sequence to do.
        stop: first sequence to leave.
        blank: the symbol for blank.
    """
    for item in range(start, stop):
        steps, count = lengths[item], label_lengths[item]
        symbols, skips, least = _states(labels[item, :count], blank)
        if gradient.size > 0:
            gradient[0 if least > steps else steps :, item] = 0
        losses[item] = 0
        if least > steps or steps == 0:
            continue
        reached = np.empty((steps, symbols.size))
        emitted, offset = _emissions(chances[:steps, item], symbols)
        total, most = _forward(emitted, offset, skips, reached)
        exact = total >= most - _LOST
        if not exact:
            total = _forward_logarithms(chances[:steps, item], symbols, skips, reached)
        losses[item] = -total
        if gradient.size > 0:
            left = np.empty((steps, symbols.size))
            if exact:
                _backward(emitted, skips, left)
            else:
                _backward_logarithms(chances[:steps, item], symbols, skips, left)
            _take_away(gradient[:steps, item], symbols, reached, left, exact)
