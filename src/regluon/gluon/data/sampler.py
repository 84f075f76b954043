"""Samplers: the order in which items are picked, and how they are gathered into batches."""

from collections.abc import Callable, Iterator
from typing import Any, Literal

import numpy as np

from regluon.core.errors import ArgumentError

__all__ = ["BatchSampler", "FilterSampler", "IntervalSampler", "RandomSampler", "Sampler", "SequentialSampler"]


class Sampler:
    """Base of samplers; subclasses write ``__iter__`` and ``__len__``."""

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError(f"{type(self).__name__}: __iter__ must be written")

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__}: __len__ must be written")


class SequentialSampler(Sampler):
    """Go from ``start`` on, in order.

    Args:
        length: how many.
        start: the first.
    """

    def __init__(self, length: int, start: int = 0) -> None:
        self._range = range(start, start + length)

    def __iter__(self) -> Iterator[int]:
        return iter(self._range)

    def __len__(self) -> int:
        return len(self._range)


class RandomSampler(Sampler):
    """Go through all numbers below ``length`` in random order, from numpy's generator as in MXNet.

    Args:
        length: how many.
    """

    def __init__(self, length: int) -> None:
        self._length = length

    def __iter__(self) -> Iterator[int]:
        indices = np.arange(self._length)
        np.random.shuffle(indices)
        return iter(indices.tolist())

    def __len__(self) -> int:
        return self._length


class FilterSampler(Sampler):
    """Go through the items of a data set that a function says yes to.

    Args:
        fn: the function.
        dataset: the data set.
    """

    def __init__(self, fn: Callable[[Any], bool], dataset: Any) -> None:
        self._indices = [i for i in range(len(dataset)) if fn(dataset[i])]

    def __iter__(self) -> Iterator[int]:
        return iter(self._indices)

    def __len__(self) -> int:
        return len(self._indices)


class BatchSampler(Sampler):
    """Gather what another sampler gives into batches.

    Args:
        sampler: the other sampler.
        batch_size: items in a batch.
        last_batch: a last one that is short is kept (``keep``), dropped (``discard``), or kept for the next time
            around (``rollover``).

    Examples:
        >>> list(BatchSampler(SequentialSampler(5), 2, "discard"))
        [[0, 1], [2, 3]]
    """

    def __init__(
        self, sampler: Sampler, batch_size: int, last_batch: Literal["keep", "discard", "rollover"] = "keep"
    ) -> None:  # fmt: skip
        if last_batch not in ("keep", "discard", "rollover"):
            raise ArgumentError(
                f"BatchSampler: last_batch must be one of 'keep', 'discard', 'rollover', got {last_batch!r}"
            )
        if batch_size < 1:
            raise ArgumentError(f"BatchSampler: batch_size must be >= 1, got {batch_size}")
        self._sampler, self._batch_size, self._last_batch = sampler, batch_size, last_batch
        self._left: list[Any] = []

    def __iter__(self) -> Iterator[list[Any]]:
        batch, self._left = self._left, []
        for one in self._sampler:
            batch.append(one)
            if len(batch) == self._batch_size:
                yield batch
                batch = []
        if batch and self._last_batch == "keep":
            yield batch
        elif self._last_batch == "rollover":
            self._left = batch

    def __len__(self) -> int:
        count = len(self._sampler) + (len(self._left) if self._last_batch == "rollover" else 0)
        return -(-count // self._batch_size) if self._last_batch == "keep" else count // self._batch_size


class IntervalSampler(Sampler):
    """Go through all numbers below ``length`` in steps; from MXNet 2.

    Args:
        length: how many.
        interval: the step.
        rollover: begin again at 1, 2, ... until all have come; otherwise stop after the first time around.

    Examples:
        >>> list(IntervalSampler(7, 3)), list(IntervalSampler(7, 3, rollover=False))
        ([0, 3, 6, 1, 4, 2, 5], [0, 3, 6])
    """

    def __init__(self, length: int, interval: int, rollover: bool = True) -> None:
        if not 1 <= interval <= length:
            raise ArgumentError(f"IntervalSampler: interval must be in [1, length], {length}, got {interval}")
        self._length, self._interval, self._rollover = length, interval, rollover

    def __iter__(self) -> Iterator[int]:
        for start in range(self._interval if self._rollover else 1):
            yield from range(start, self._length, self._interval)

    def __len__(self) -> int:
        return self._length if self._rollover else -(-self._length // self._interval)
