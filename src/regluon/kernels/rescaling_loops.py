"""Levels of one range in levels of another, and as real numbers, as compiled loops."""

import numpy as np

from regluon.kernels.jit import compiled

__all__ = ["write_levels", "write_numbers"]


@compiled
def write_levels(
    values: np.ndarray,
    step: float,
    shift: float,
    first: float,
    scale: float,
    low: float,
    high: float,
    away: bool,
    answer: np.ndarray,
    start: int,
    stop: int,
) -> None:
    """Fill ``answer[start:stop]`` with ``((values * step + shift) - first) * scale``, rounded.

    Args:
        values: ``(N,)`` levels.
        step: float32, as are all numbers here.
        shift: what is added then.
        first: what is taken off then.
        scale: what is multiplied by then.
        low: what smaller results become.
        high: what larger results become.
        away: whether halves are rounded away from 0, not to the even neighbour.
        answer: ``(N,)`` of a type of 8 bits, written.
        start: first number to do.
        stop: first number to leave.
    """
    # Unsigned, or the compiler asks of each index whether it counts from the end.
    for place in range(np.uint64(start), np.uint64(stop)):
        value = ((np.float32(values[place]) * step + shift) - first) * scale
        value = np.copysign(np.trunc(np.abs(value) + np.float32(0.5)), value) if away else np.rint(value)
        value = low if value < low else value
        answer[place] = high if value > high else value


@compiled
def write_numbers(values: np.ndarray, step: float, shift: float, answer: np.ndarray, start: int, stop: int) -> None:
    """Fill ``answer[start:stop]`` with ``values * step + shift``.

    Args:
        values: ``(N,)`` levels.
        step: float32.
        shift: float32.
        answer: ``(N,)`` float32, written.
        start: first number to do.
        stop: first number to leave.
    """
    for place in range(np.uint64(start), np.uint64(stop)):
        answer[place] = np.float32(values[place]) * step + shift
