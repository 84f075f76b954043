"""Connectionist temporal classification as compiled loops, one sequence after the other.

States are blank, first symbol, blank, second symbol, and so on to a last blank. Sums over paths are kept as numbers
that add up to 1 at each step, which needs no logarithm inside; only where a path that counts could be lost among far
likelier dead ends are they kept as logarithms.
"""

import math

import numpy as np

from regluon.kernels.jit import compiled

__all__ = ["write_losses"]

# Below it float32 loses digits.
_SMALL = 1e-30

# A label this much less likely than all beginnings of paths together, as logarithm, nears the end of float64's range.
_LOST = 600.0


@compiled
def write_losses(
    chances: np.ndarray,
    labels: np.ndarray,
    label_lengths: np.ndarray,
    lengths: np.ndarray,
    losses: np.ndarray,
    probabilities: np.ndarray,
    start: int,
    stop: int,
    blank: int,
    wanted: bool,
) -> None:
    """Write losses of sequences ``start`` to ``stop - 1``, and their gradients by the activations.

    Args:
        chances: ``(T, B, A)`` logarithms of the symbols' probabilities.
        labels: ``(B, L)`` integers.
        label_lengths: ``(B,)`` integers.
        lengths: ``(B,)`` integers, the steps of each sequence.
        losses: ``(B,)``, written: 0 where a sequence is too short for its label.
        probabilities: ``(T, B, A)``; if the gradient is wanted they become that: what the label asks for is taken away,
            and 0 written after the end of a sequence and where it is too short.
        start: first sequence to do.
        stop: first sequence to leave.
        blank: the symbol for blank.
        wanted: whether the gradient is.
    """
    for item in range(start, stop):
        symbols, skips, least = _states(labels[item, : label_lengths[item]], blank)
        steps = lengths[item] if least <= lengths[item] else 0
        losses[item] = 0
        if wanted:
            probabilities[steps:, item] = 0
        if steps == 0:
            continue
        own = chances[:steps, item]
        reached = np.empty((steps, symbols.size))
        emitted = _emissions(own, probabilities[:steps, item], symbols)
        total, most = _forward(emitted, skips, reached)
        exact = total >= most - _LOST
        if not exact:
            total = _forward_logarithms(own, symbols, skips, reached)
        losses[item] = -total
        if wanted:
            left = np.empty((steps, symbols.size))
            if exact:
                _backward(emitted, skips, left)
            else:
                _backward_logarithms(own, symbols, skips, left)
            _take_away(probabilities[:steps, item], symbols, reached, left, exact)


@compiled
def _states(label: np.ndarray, blank: int) -> tuple[np.ndarray, np.ndarray, int]:
    # The symbol of each state; 1 where it may follow the state but one before, else 0; the fewest steps of a path. A
    # blank within a label is a symbol like others, but nothing is left out before it.
    symbols = np.full(2 * label.size + 1, blank, np.int64)
    skips = np.zeros(symbols.size + 2)
    least = label.size
    for place in range(label.size):
        symbols[2 * place + 1] = label[place]
        if place > 0:
            if label[place] != blank and label[place] != label[place - 1]:
                skips[2 * place + 1] = 1
            else:
                least += 1
    return symbols, skips, least


@compiled
def _emissions(chances: np.ndarray, probabilities: np.ndarray, symbols: np.ndarray) -> np.ndarray:
    # The probability of each state's symbol at each step; only the very small ones are worth an exponential in float64.
    steps, states = chances.shape[0], symbols.size
    emitted = np.empty((steps, states))
    for step in range(steps):
        for state in range(states):
            if state == 0 or (state % 2 and symbols[state] != symbols[0]):
                symbol = symbols[state]
                likely = probabilities[step, symbol]
                emitted[step, state] = likely if likely > _SMALL else math.exp(chances[step, symbol])
            else:
                emitted[step, state] = emitted[step, 0]
    return emitted


@compiled
def _forward(emitted: np.ndarray, skips: np.ndarray, reached: np.ndarray) -> tuple[float, float]:
    # Writes how likely each state is at each step, all states together 1. Returns the logarithm of the label's
    # probability, and the highest of those that all states of a step had together.
    steps, states = emitted.shape
    before = np.zeros(states + 2)
    before[2] = 1
    total, most = 0.0, -np.inf
    for step in range(steps):
        row = reached[step]
        scale = 0.0
        for state in range(states):
            row[state] = emitted[step, state] * (before[state + 2] + before[state + 1] + skips[state] * before[state])
            scale += row[state]
        total += np.log(scale)
        most = max(most, total)
        for state in range(states):
            row[state] /= scale
            before[state + 2] = row[state]
    return total + float(np.log(before[states + 1] + (before[states] if states > 1 else 0.0))), most


@compiled
def _backward(emitted: np.ndarray, skips: np.ndarray, left: np.ndarray) -> None:
    # Writes how likely the rest of the label is after each state at each step, all states together 1.
    steps, states = emitted.shape
    after = np.zeros(states + 2)
    after[states - 1] = 1
    for step in range(steps - 1, -1, -1):
        row = left[step]
        scale = 0.0
        for state in range(states):
            row[state] = after[state] + after[state + 1] + skips[state + 2] * after[state + 2]
            scale += row[state]
        for state in range(states):
            row[state] /= scale
            after[state] = row[state] * emitted[step, state]


@compiled
def _forward_logarithms(chances: np.ndarray, symbols: np.ndarray, skips: np.ndarray, reached: np.ndarray) -> float:
    # As _forward, in logarithms, which are not made to add up to anything.
    steps, states = reached.shape
    before = np.full(states + 2, -np.inf)
    before[2] = 0
    for step in range(steps):
        for state in range(states):
            sums = _log_add(before[state + 2], before[state + 1])
            if skips[state] > 0:
                sums = _log_add(sums, before[state])
            reached[step, state] = sums + chances[step, symbols[state]]
        for state in range(states):
            before[state + 2] = reached[step, state]
    return _log_add(before[states + 1], before[states])


@compiled
def _backward_logarithms(chances: np.ndarray, symbols: np.ndarray, skips: np.ndarray, left: np.ndarray) -> None:
    # As _backward, in logarithms.
    steps, states = left.shape
    after = np.full(states + 2, -np.inf)
    after[states - 1] = 0
    for step in range(steps - 1, -1, -1):
        for state in range(states):
            sums = _log_add(after[state], after[state + 1])
            if skips[state + 2] > 0:
                sums = _log_add(sums, after[state + 2])
            left[step, state] = sums
        for state in range(states):
            after[state] = left[step, state] + chances[step, symbols[state]]


@compiled
def _log_add(first: float, second: float) -> float:
    high, low = max(first, second), min(first, second)
    return high if low == -np.inf else high + math.log1p(math.exp(low - high))


@compiled
def _take_away(gradient: np.ndarray, symbols: np.ndarray, reached: np.ndarray, left: np.ndarray, exact: bool) -> None:
    # Takes from the probability of each symbol that of being in one of its states on the way through the label.
    shares = np.empty(symbols.size)
    for step in range(gradient.shape[0]):
        highest = -np.inf
        for state in range(symbols.size):
            highest = max(highest, reached[step, state] + left[step, state])
        total = 0.0
        for state in range(symbols.size):
            if exact:
                shares[state] = reached[step, state] * left[step, state]
            else:
                shares[state] = math.exp(reached[step, state] + left[step, state] - highest)
            total += shares[state]
        for state in range(symbols.size):
            gradient[step, symbols[state]] -= shares[state] / total
