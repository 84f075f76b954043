"""Connectionist temporal classification as compiled loops, one sequence after the other.

States are blank, first symbol, blank, second symbol, and so on to a last blank. Sums over paths are kept as numbers
that add up to 1 at each step, which needs no logarithm inside; only where a path that counts could be lost among far
likelier dead ends are they kept as logarithms.
"""

import math

import numpy as np

from regluon.kernels.jit import compiled

__all__ = ["memory_for", "write_losses"]

# Below it float32 loses digits.
_SMALL = 1e-30

# A label this much less likely than all beginnings of paths together, as logarithm, nears the end of float64's range.
_LOST = 600.0


# The symbols of the states; lines over the states: what may be skipped, and what a step needs of another; tables of
# steps and states: what is emitted, reached and left.
Memory = tuple[np.ndarray, np.ndarray, np.ndarray]


def memory_for(steps: int, width: int) -> Memory:
    """Allocate what the loop needs for one sequence at a time; no two calls at a time may have the same.

    Args:
        steps: the most steps of a sequence.
        width: the most symbols of a label.

    Returns:
        Arrays for the loop to write to.
    """
    states = 2 * width + 1
    return np.empty(states, np.int64), np.empty((2, states + 2)), np.empty((3, steps, states))


@compiled
def write_losses(
    chances: np.ndarray,
    labels: np.ndarray,
    label_lengths: np.ndarray,
    lengths: np.ndarray,
    losses: np.ndarray,
    probabilities: np.ndarray,
    memory: Memory,
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
        memory: what :func:`memory_for` gives, written.
        start: first sequence to do.
        stop: first sequence to leave.
        blank: the symbol for blank.
        wanted: whether the gradient is.
    """
    skips, other = memory[1][0], memory[1][1]
    emitted, reached, left = memory[2][0], memory[2][1], memory[2][2]
    for item in range(start, stop):
        symbols = memory[0][: 2 * label_lengths[item] + 1]
        least = _write_states(labels[item, : label_lengths[item]], blank, symbols, skips)
        steps = lengths[item] if least <= lengths[item] else 0
        losses[item] = 0
        if wanted:
            probabilities[steps:, item] = 0
        if steps == 0:
            continue
        own = chances[:steps, item]
        _write_emissions(own, probabilities[:steps, item], symbols, emitted)
        total, most = _forward(steps, symbols.size, emitted, skips, other, reached)
        exact = total >= most - _LOST
        if not exact:
            total = _forward_logarithms(own, symbols, skips, other, reached)
        losses[item] = -total
        if wanted:
            if exact:
                _backward(steps, symbols.size, emitted, skips, other, left)
            else:
                _backward_logarithms(own, symbols, skips, other, left)
            _take_away(probabilities[:steps, item], symbols, reached, left, other, exact)


@compiled
def _write_states(label: np.ndarray, blank: int, symbols: np.ndarray, skips: np.ndarray) -> int:
    # Writes the symbol of each state, and 1 where it may follow the state but one before, else 0; gives the fewest
    # steps of a path. A blank within a label is a symbol like others, but nothing is left out before it.
    for state in range(symbols.size):
        symbols[state] = blank
    for state in range(symbols.size + 2):
        skips[state] = 0
    least = label.size
    for place in range(label.size):
        symbols[2 * place + 1] = label[place]
        if place > 0:
            if label[place] != blank and label[place] != label[place - 1]:
                skips[2 * place + 1] = 1
            else:
                least += 1
    return least


@compiled
def _write_emissions(chances: np.ndarray, probabilities: np.ndarray, symbols: np.ndarray, emitted: np.ndarray) -> None:
    # The probability of each state's symbol at each step; only the very small ones are worth an exponential in float64.
    for step in range(chances.shape[0]):
        for state in range(symbols.size):
            if state == 0 or (state % 2 and symbols[state] != symbols[0]):
                symbol = symbols[state]
                likely = probabilities[step, symbol]
                emitted[step, state] = likely if likely > _SMALL else math.exp(chances[step, symbol])
            else:
                emitted[step, state] = emitted[step, 0]


@compiled
def _forward(
    steps: int, states: int, emitted: np.ndarray, skips: np.ndarray, before: np.ndarray, reached: np.ndarray
) -> tuple[float, float]:
    # Writes how likely each state is at each step, all states together 1. Returns the logarithm of the label's
    # probability, and the highest of those that all states of a step had together.
    for state in range(states + 2):
        before[state] = 0
    before[2] = 1
    total, most = 0.0, -np.inf
    for step in range(steps):
        row = reached[step]
        scale = 0.0
        for state in range(states):
            row[state] = emitted[step, state] * (before[state + 2] + before[state + 1] + skips[state] * before[state])
            scale += row[state]
        total += np.log(scale)
        most = total if total > most else most
        for state in range(states):
            row[state] /= scale
            before[state + 2] = row[state]
    return total + float(np.log(before[states + 1] + (before[states] if states > 1 else 0.0))), most


@compiled
def _backward(
    steps: int, states: int, emitted: np.ndarray, skips: np.ndarray, after: np.ndarray, left: np.ndarray
) -> None:
    # Writes how likely the rest of the label is after each state at each step, all states together 1.
    for state in range(states + 2):
        after[state] = 0
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
def _forward_logarithms(
    chances: np.ndarray, symbols: np.ndarray, skips: np.ndarray, before: np.ndarray, reached: np.ndarray
) -> float:
    # As _forward, in logarithms, which are not made to add up to anything.
    states = symbols.size
    for state in range(states + 2):
        before[state] = -np.inf
    before[2] = 0
    for step in range(chances.shape[0]):
        for state in range(states):
            sums = _log_add(before[state + 2], before[state + 1])
            if skips[state] > 0:
                sums = _log_add(sums, before[state])
            reached[step, state] = sums + chances[step, symbols[state]]
        for state in range(states):
            before[state + 2] = reached[step, state]
    return _log_add(before[states + 1], before[states])


@compiled
def _backward_logarithms(
    chances: np.ndarray, symbols: np.ndarray, skips: np.ndarray, after: np.ndarray, left: np.ndarray
) -> None:
    # As _backward, in logarithms.
    states = symbols.size
    for state in range(states + 2):
        after[state] = -np.inf
    after[states - 1] = 0
    for step in range(chances.shape[0] - 1, -1, -1):
        for state in range(states):
            sums = _log_add(after[state], after[state + 1])
            if skips[state + 2] > 0:
                sums = _log_add(sums, after[state + 2])
            left[step, state] = sums
        for state in range(states):
            after[state] = left[step, state] + chances[step, symbols[state]]


@compiled
def _log_add(first: float, second: float) -> float:
    high, low = (second, first) if second > first else (first, second)
    return high if low == -np.inf else high + math.log1p(math.exp(low - high))


@compiled
def _take_away(
    gradient: np.ndarray,
    symbols: np.ndarray,
    reached: np.ndarray,
    left: np.ndarray,
    shares: np.ndarray,
    exact: bool,
) -> None:
    # Takes from the probability of each symbol that of being in one of its states on the way through the label.
    for step in range(gradient.shape[0]):
        highest = -np.inf
        for state in range(symbols.size):
            both = reached[step, state] + left[step, state]
            highest = both if both > highest else highest
        total = 0.0
        for state in range(symbols.size):
            if exact:
                shares[state] = reached[step, state] * left[step, state]
            else:
                shares[state] = math.exp(reached[step, state] + left[step, state] - highest)
            total += shares[state]
        for state in range(symbols.size):
            gradient[step, symbols[state]] -= shares[state] / total
