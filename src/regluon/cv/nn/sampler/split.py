"""Samplers of data sets that are shared among several processes."""

import math
import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from regluon.core.errors import ArgumentError
from regluon.gluon.data import Sampler

__all__ = ["SplitSampler", "SplitSortedBucketSampler"]


class SplitSampler(Sampler):
    """Go through one part of a data set in random order; GluonCV's ``SplitSampler``.

    Parts are equally long but for the last, which has the remainder too. The order comes from Python's ``random``.

    Args:
        length: number of items.
        num_parts: number of parts.
        part_index: number of this part, from 0; GluonCV accepts any.

    Examples:
        >>> sorted(SplitSampler(10, num_parts=3, part_index=2))
        [6, 7, 8, 9]
    """

    def __init__(self, length: int, num_parts: int = 1, part_index: int = 0) -> None:
        _check_part("SplitSampler", num_parts, part_index)
        size = length // num_parts
        end = length if part_index == num_parts - 1 else size * (part_index + 1)
        self._range = range(size * part_index, end)

    def __iter__(self) -> Iterator[int]:
        indices = list(self._range)
        random.shuffle(indices)
        return iter(indices)

    def __len__(self) -> int:
        return len(self._range)


class SplitSortedBucketSampler(Sampler):
    """Gather items of like size into batches, from one part of a data set; GluonCV's ``SplitSortedBucketSampler``.

    A part is cut into buckets, a bucket is sorted by key, up or down by chance, and cut into batches. A batch that
    would be short repeats items before it. Parts are equally long and overlap where they must; in GluonCV some reach
    beyond the end, a part shorter than a batch loses items, and ``len()`` is too low where ``mult`` has a fraction.
    Random numbers come from NumPy's and Python's global generators.

    Args:
        sort_keys: a key for each item, such as ``(height, width)``.
        batch_size: items in a batch.
        mult: size of a bucket in batches.
        num_parts: number of parts.
        part_index: number of this part, from 0.
        shuffle: mix the items before they are cut into parts and buckets, and the batches of a bucket.
        seed: of the mixing before parts are cut, which must be the same for all parts.

    Examples:
        >>> batches = list(SplitSortedBucketSampler([5, 3, 9, 1, 7, 2], batch_size=2, mult=1))
        >>> [sorted(batch) for batch in batches]
        [[0, 1], [2, 3], [4, 5]]
    """

    def __init__(
        self,
        sort_keys: Sequence[Any],
        batch_size: int,
        mult: float = 32,
        num_parts: int = 1,
        part_index: int = 0,
        shuffle: bool = False,
        seed: int = 233,
    ) -> None:
        who = "SplitSortedBucketSampler"
        _check_part(who, num_parts, part_index)
        if not len(sort_keys):
            raise ArgumentError(f"{who}: sort_keys must be at least one, got none")
        if batch_size < 1:
            raise ArgumentError(f"{who}: batch_size must be at least 1, got {batch_size}")
        if mult < 1:
            raise ArgumentError(f"{who}: mult must be at least 1, got {mult}")
        self._keys, self._batch_size, self._bucket_size = sort_keys, batch_size, int(mult * batch_size)
        self._num_parts, self._shuffle, self._seed = num_parts, shuffle, seed
        size = math.ceil(len(sort_keys) / num_parts)
        start = min(size * part_index, len(sort_keys) - size)
        self._range = range(start, start + size)
        self._mixed = np.random.RandomState(seed).permutation(len(sort_keys))

    def __iter__(self) -> Iterator[list[int]]:
        items = self._items()
        for part in self._buckets():
            bucket = items[part]
            bucket.sort(key=lambda item: self._keys[item], reverse=bool(random.randint(0, 1)))
            batches = [
                bucket[max(0, min(first, len(bucket) - self._batch_size)) :][: self._batch_size]
                for first in range(0, len(bucket), self._batch_size)
            ]
            if self._shuffle:
                np.random.shuffle(batches)
            yield from batches

    def __len__(self) -> int:
        return sum(math.ceil((part.stop - part.start) / self._batch_size) for part in self._buckets())

    def _buckets(self) -> Iterator[slice]:
        """Cut the part into buckets, the last one long enough for a batch where the part is."""
        for start in range(0, len(self._range), self._bucket_size):
            stop = min(start + self._bucket_size, len(self._range))
            yield slice(max(0, min(start, stop - self._batch_size)), stop)

    def _items(self) -> list[int]:
        """List the items of this part."""
        if not self._shuffle:
            return list(self._range)
        if self._num_parts > 1:
            # Every pass shares the items out anew, and all parts in the same way.
            self._mixed = np.random.RandomState(self._seed).permutation(self._mixed)
        own = self._mixed[self._range.start : self._range.stop]
        return np.random.permutation(own).tolist()


def _check_part(who: str, num_parts: int, part_index: int) -> None:
    if num_parts < 1 or not 0 <= part_index < num_parts:
        raise ArgumentError(f"{who}: part_index must be in [0, num_parts), got {part_index} of {num_parts} parts")
