"""Iterators around others."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.io.batch import DataBatch, DataDesc, DataIter

__all__ = ["PrefetchingIter", "ResizeIter"]


class ResizeIter(DataIter):
    """Give a number of batches of another iterator, which begins again when it ends.

    Args:
        data_iter: the other iterator.
        size: how many batches.
        reset_internal: whether ``reset`` makes the other begin again too.
    """

    def __init__(self, data_iter: DataIter, size: int, reset_internal: bool = True) -> None:
        super().__init__(data_iter.batch_size)
        self.data_iter, self.size, self.reset_internal = data_iter, size, reset_internal
        self.cur = 0
        self.current_batch: DataBatch | None = None
        self.provide_data, self.provide_label = data_iter.provide_data, data_iter.provide_label
        if "default_bucket_key" in vars(data_iter):
            self.default_bucket_key = vars(data_iter)["default_bucket_key"]

    def reset(self) -> None:
        """Go back to the first batch."""
        self.cur = 0
        if self.reset_internal:
            self.data_iter.reset()

    def iter_next(self) -> bool:
        """Go to the next batch; say whether there is one."""
        if self.cur == self.size:
            return False
        try:
            self.current_batch = self.data_iter.next()
        except StopIteration:
            self.data_iter.reset()
            self.current_batch = self.data_iter.next()
        self.cur += 1
        return True

    def getdata(self) -> Any:
        """Return the inputs of this batch."""
        return self.current_batch and self.current_batch.data

    def getlabel(self) -> Any:
        """Return the labels of this batch."""
        return self.current_batch and self.current_batch.label

    def getindex(self) -> Any:
        """Return the numbers of the items of this batch."""
        return self.current_batch and self.current_batch.index

    def getpad(self) -> Any:
        """Return how many items at the end of this batch do not count."""
        return self.current_batch and self.current_batch.pad


class PrefetchingIter(DataIter):
    """Have other iterators make their next batch in threads, and join their batches.

    Args:
        iters: the other iterators.
        rename_data: for each of them, new names of its inputs by old.
        rename_label: likewise of its labels.
    """

    def __init__(
        self,
        iters: DataIter | list[DataIter],
        rename_data: list[Mapping[str, str]] | None = None,
        rename_label: list[Mapping[str, str]] | None = None,
    ) -> None:
        self.iters = iters if isinstance(iters, list) else [iters]
        self.n_iter = len(self.iters)
        if not self.iters:
            raise ArgumentError("PrefetchingIter: iters must be at least one iterator, got none")
        self.rename_data, self.rename_label = rename_data, rename_label
        super().__init__(self.provide_data[0][1][0])
        self.current_batch: DataBatch | None = None
        self._threads = ThreadPoolExecutor(self.n_iter)
        self._pending = self._begun()

    def __del__(self) -> None:
        if "_threads" in vars(self):
            self._threads.shutdown(wait=False, cancel_futures=True)

    @property
    def provide_data(self) -> list[DataDesc]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Names and shapes of the inputs."""
        return _renamed([one.provide_data for one in self.iters], self.rename_data)

    @property
    def provide_label(self) -> list[DataDesc]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Names and shapes of the labels."""
        return _renamed([one.provide_label for one in self.iters], self.rename_label)

    def reset(self) -> None:
        """Go back to the first batch."""
        for one in self._pending:
            one.result()
        for one in self.iters:
            one.reset()
        self._pending = self._begun()

    def iter_next(self) -> bool:
        """Go to the next batch; say whether there is one."""
        found = [one.result() for one in self._pending]
        batches = [one for one in found if one is not None]
        if not batches:
            return False
        if len(batches) < len(found) or len({one.pad for one in batches}) > 1:
            raise ArgumentError("PrefetchingIter: iters must have as many items as each other")
        self.current_batch = DataBatch(
            [array for one in batches for array in one.data or ()],
            [array for one in batches for array in one.label or ()],
            batches[0].pad,
            batches[0].index,
            provide_data=self.provide_data,
            provide_label=self.provide_label,
        )
        self._pending = self._begun()
        return True

    def next(self) -> DataBatch:
        """Return the next batch, or raise StopIteration."""
        if not self.iter_next() or self.current_batch is None:
            raise StopIteration
        return self.current_batch

    def getdata(self) -> Any:
        """Return the inputs of this batch."""
        return self.current_batch and self.current_batch.data

    def getlabel(self) -> Any:
        """Return the labels of this batch."""
        return self.current_batch and self.current_batch.label

    def getindex(self) -> Any:
        """Return the numbers of the items of this batch."""
        return self.current_batch and self.current_batch.index

    def getpad(self) -> Any:
        """Return how many items at the end of this batch do not count."""
        return self.current_batch and self.current_batch.pad

    def _begun(self) -> list[Future[DataBatch | None]]:
        return [self._threads.submit(_next, one) for one in self.iters]


def _next(one: DataIter) -> DataBatch | None:
    try:
        return one.next()
    except StopIteration:
        return None


def _renamed(provided: list[list[Any]], names: list[Mapping[str, str]] | None) -> list[DataDesc]:
    if names is None:
        return [one for many in provided for one in many]
    return [
        DataDesc(new[one.name], one.shape, one.dtype) if isinstance(one, DataDesc) else DataDesc(*one)
        for new, many in zip(names, provided, strict=True)
        for one in many
    ]
