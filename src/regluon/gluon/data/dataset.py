"""Data sets: things with a length whose items are picked by number."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.gluon.data.sampler import FilterSampler
from regluon.nd.array import NDArray
from regluon.recordio import MXIndexedRecordIO

__all__ = ["ArrayDataset", "Dataset", "RecordFileDataset", "SimpleDataset"]


class Dataset:
    """Base of data sets; subclasses write ``__getitem__`` and ``__len__``. Also a torch data set."""

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError(f"{type(self).__name__}: __getitem__ must be written")

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__}: __len__ must be written")

    def transform(self, fn: Callable[..., Any], lazy: bool = True) -> "Dataset":
        """Return the data set with a function applied to every item.

        Args:
            fn: gets the item, or its parts where it is a tuple.
            lazy: apply at each access; otherwise once, now.
        """
        transformed = _Transformed(self, fn)
        return transformed if lazy else SimpleDataset([transformed[i] for i in range(len(transformed))])

    def transform_first(self, fn: Callable[[Any], Any], lazy: bool = True) -> "Dataset":
        """Return the data set with a function applied to the first part of every item."""
        return self.transform(_First(fn), lazy)

    def filter(self, fn: Callable[[Any], bool]) -> "Dataset":
        """Return the items a function says yes to; it is asked now, and the items are made anew at each access."""
        return _Part(self, list(FilterSampler(fn, self)))

    def take(self, count: int | None) -> "Dataset":
        """Return the first items; all for None."""
        return _Part(self, range(len(self) if count is None else min(count, len(self))))

    def shard(self, num_shards: int, index: int) -> "Dataset":
        """Return one of several parts of nearly one size; together they are the whole."""
        if not 0 <= index < num_shards:
            raise ArgumentError(f"shard: index must be in [0, {num_shards - 1}], got {index}")
        size, extra = divmod(len(self), num_shards)
        start = size * index + min(index, extra)
        return _Part(self, range(start, start + size + (index < extra)))

    def sample(self, sampler: Sequence[int] | Any) -> "Dataset":
        """Return the items whose numbers a sampler gives."""
        return _Part(self, list(sampler))


class SimpleDataset(Dataset):
    """Make a data set of a list.

    Args:
        data: the items.
    """

    def __init__(self, data: Sequence[Any]) -> None:
        self._data = data

    def __getitem__(self, index: int) -> Any:
        return self._data[index]

    def __len__(self) -> int:
        return len(self._data)


class ArrayDataset(Dataset):
    """Pair up items of several arrays or lists of one length.

    Args:
        args: the arrays.

    Examples:
        >>> ArrayDataset([1, 2], ["a", "b"])[1]
        (2, 'b')
    """

    def __init__(self, *args: Any) -> None:
        if not args:
            raise ArgumentError("ArrayDataset: takes at least one array, got none")
        lengths = [len(one) for one in args]
        if len(set(lengths)) != 1:
            raise ArgumentError(f"ArrayDataset: arrays must have one length, got {lengths}")
        self._length = lengths[0]
        self._data = [one.asnumpy() if isinstance(one, NDArray) and one.ndim == 1 else one for one in args]

    def __getitem__(self, index: int) -> Any:
        items = tuple(one[index] for one in self._data)
        return items[0] if len(items) == 1 else items

    def __len__(self) -> int:
        return self._length


class RecordFileDataset(Dataset):
    """Read the records of a ``.rec`` file, which has its ``.idx`` file beside it, as bytes.

    Args:
        filename: the ``.rec`` file.
    """

    def __init__(self, filename: str | os.PathLike[str]) -> None:
        self.filename = os.fspath(filename)
        self.idx_file = str(Path(filename).with_suffix(".idx"))
        self._record = MXIndexedRecordIO(self.idx_file, self.filename, "r")

    def __getitem__(self, index: int) -> Any:
        return self._record.read_idx(self._record.keys[index])

    def __len__(self) -> int:
        return len(self._record.keys)


class _Transformed(Dataset):
    def __init__(self, data: Dataset, fn: Callable[..., Any]) -> None:
        self._data, self._fn = data, fn

    def __getitem__(self, index: int) -> Any:
        item = self._data[index]
        return self._fn(*item) if isinstance(item, tuple) else self._fn(item)

    def __len__(self) -> int:
        return len(self._data)


class _First:
    def __init__(self, fn: Callable[[Any], Any]) -> None:
        self._fn = fn

    def __call__(self, first: Any, *rest: Any) -> Any:
        return (self._fn(first), *rest) if rest else self._fn(first)


class _Part(Dataset):
    def __init__(self, data: Dataset, indices: Sequence[int]) -> None:
        self._data, self._indices = data, indices

    def __getitem__(self, index: int) -> Any:
        return self._data[self._indices[index]]

    def __len__(self) -> int:
        return len(self._indices)
