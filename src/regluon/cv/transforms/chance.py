"""Where chances of transforms come from."""

import random
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Chance"]


@dataclass(frozen=True, slots=True)
class Chance:
    """Draw from a generator, or from Python's and numpy's global ones just where GluonCV does.

    So that with ``random.seed`` and ``numpy.random.seed`` the same comes out as there; and with a generator the same
    whatever else is drawn meanwhile.

    Args:
        generator: the generator; None for the global ones.

    Examples:
        >>> one, other = Chance(np.random.default_rng(0)), Chance(np.random.default_rng(0))
        >>> one.python_uniform(0, 1) == other.uniform(0, 1)
        True
    """

    generator: np.random.Generator | None = None

    def uniform(self, low: float, high: float) -> float:
        """Draw a number, globally numpy's."""
        return float((self.generator or np.random).uniform(low, high))

    def below(self, end: int) -> int:
        """Draw a whole number from 0 to ``end - 1``, globally numpy's."""
        return int(np.random.randint(0, end) if self.generator is None else self.generator.integers(end))

    def coin(self, probability: float) -> bool:
        """Say yes with a probability, globally numpy's."""
        source: Any = self.generator or np.random
        return bool(source.choice([False, True], p=[1 - probability, probability]))

    def normal(self, scale: float, count: int) -> np.ndarray:
        """Draw normally distributed numbers, globally numpy's."""
        return (self.generator or np.random).normal(0, scale, size=(count,))

    def python_uniform(self, low: float, high: float) -> float:
        """Draw a number, globally Python's."""
        return random.uniform(low, high) if self.generator is None else float(self.generator.uniform(low, high))

    def python_below(self, end: int) -> int:
        """Draw a whole number from 0 to ``end - 1``, globally Python's."""
        return random.randrange(end) if self.generator is None else int(self.generator.integers(end))
