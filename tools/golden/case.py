"""What a case is, and the ways to say what goes into it.

A table is data: operator name -> cases. Random inputs are written as a description (``normal(2, 3)``) and drawn
only when the case is recorded, from a seed made of operator and case name; so no case depends on its neighbours.
Values are multiples of 1/16 unless said otherwise, which keeps the files small.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Mapping, Sequence, Tuple, Union

import numpy as np

__all__ = [
    "Case",
    "Draw",
    "Table",
    "array",
    "boxes",
    "case",
    "distinct",
    "integers",
    "merge",
    "normal",
    "realise",
    "seed_of",
    "uniform",
]


@dataclass(frozen=True)
class Draw:
    """An array to be drawn when its case is recorded."""

    sample: Callable[[np.random.RandomState], np.ndarray]


Value = Union[np.ndarray, Draw]


@dataclass(frozen=True)
class Case:
    """One question to MXNet.

    Args:
        name: what is tried, in words; unique per operator.
        inputs: arrays in the operator's order.
        attrs: attributes, with Python values.
        train: whether ``autograd.record`` runs in training mode.
        grad: whether gradients are asked for. Off where MXNet leaves memory unwritten.
        outputs: how many outputs count, where MXNet shows further ones that it leaves unwritten; 0 for all.
    """

    name: str
    inputs: Tuple[Value, ...] = ()
    attrs: Mapping[str, Any] = field(default_factory=dict)
    train: bool = True
    grad: bool = True
    outputs: int = 0


Table = Dict[str, List[Case]]


def case(name: str, *inputs: Any, train: bool = True, grad: bool = True, outputs: int = 0, **attrs: Any) -> Case:
    """Write a case on one line: its name, its inputs (lists become float32 arrays), its attributes."""
    ready = (Draw, np.ndarray, type(None))
    values = tuple(value if isinstance(value, ready) else array(value) for value in inputs)
    return Case(name, values, attrs, train, grad, outputs)


def array(values: Any, dtype: str = "float32") -> np.ndarray:
    """Make an array of written values; numbers alone become one-element arrays."""
    return np.atleast_1d(np.array(values, dtype=dtype))


def normal(*shape: int, dtype: str = "float32", scale: float = 1.0) -> Draw:
    """Draw from a normal distribution."""
    return Draw(lambda random: _on_grid(random.normal(0, scale, shape), dtype))


def uniform(low: float, high: float, *shape: int, dtype: str = "float32") -> Draw:
    """Draw evenly from ``[low, high]``."""
    return Draw(lambda random: _on_grid(random.uniform(low, high, shape), dtype))


def integers(low: int, high: int, *shape: int, dtype: str = "float32") -> Draw:
    """Draw whole numbers from ``[low, high)``; few of them for many places gives ties."""
    return Draw(lambda random: random.randint(low, high, shape).astype(dtype))


def distinct(*shape: int, dtype: str = "float32", step: float = 0.25) -> Draw:
    """Draw a permutation of equally spaced values around 0: no ties."""
    count = int(np.prod(shape))
    return Draw(lambda random: ((random.permutation(count) - count // 2) * step).astype(dtype).reshape(shape))


def boxes(*shape: int, dtype: str = "float32", size: float = 1.0) -> Draw:
    """Draw corner boxes ``(*shape, 4)`` with positive sides inside ``[0, size]``."""

    def sample(random: np.random.RandomState) -> np.ndarray:
        low = random.randint(0, 40, (*shape, 2))
        side = random.randint(4, 24, (*shape, 2))
        return (np.concatenate([low, low + side], axis=-1) * (size / 64)).astype(dtype)

    return Draw(sample)


def realise(value: Value, random: np.random.RandomState) -> np.ndarray:
    """Turn a description into an array; arrays are themselves."""
    return value.sample(random) if isinstance(value, Draw) else value


def seed_of(*words: str) -> int:
    """Make a seed out of words, the same on every machine."""
    return zlib.crc32("/".join(words).encode())


def _on_grid(values: np.ndarray, dtype: str) -> np.ndarray:
    return (np.round(np.asarray(values) * 16) / 16).astype(dtype)


def merge(tables: Sequence[Table]) -> Table:
    """Join tables that say different operators."""
    joined: Table = {}
    for table in tables:
        for operator, cases in table.items():
            if operator in joined:
                raise ValueError(f"{operator} stands in two tables")
            joined[operator] = cases
    return joined
