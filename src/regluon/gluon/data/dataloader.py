"""DataLoader: batches of a data set, made in the background by torch's worker processes or by threads."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader as TorchLoader

from regluon.core.errors import ArgumentError, MXNetError
from regluon.gluon.data.sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler
from regluon.nd.array import NDArray, array
from regluon.np.numpy_array import kind_in_use, ndarray

__all__ = ["DataLoader", "default_batchify_fn"]


class DataLoader:
    """Go through a data set in batches of NDArrays.

    Args:
        dataset: anything with ``__len__`` and ``__getitem__``.
        batch_size: items in a batch.
        shuffle: in random order.
        sampler: the order, instead.
        last_batch: see ``BatchSampler``; ``keep`` if not given.
        batch_sampler: order and batches, instead of the four above.
        batchify_fn: makes a batch of a list of items; ``default_batchify_fn`` if not given.
        num_workers: processes that prepare batches; 0 prepares them in this one.
        pin_memory: put batches where copies to a GPU are fast.
        pin_device_id: accepted for MXNet's sake.
        prefetch: batches that are prepared ahead; two for each worker if not given.
        thread_pool: prepare batches in threads of this process rather than in processes of their own.
        timeout: seconds to wait for a batch that workers prepare.
        try_nopython: accepted for MXNet 2's sake, which may then prepare batches in C++.
        auto_reload: accepted for MXNet's sake.

    Examples:
        >>> [batch.shape for batch in DataLoader([1.0, 2.0, 3.0], batch_size=2)]
        [(2,), (1,)]
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = None,
        shuffle: bool = False,
        sampler: Sampler | None = None,
        last_batch: Any = None,
        batch_sampler: Any = None,
        batchify_fn: Callable[[list[Any]], Any] | None = None,
        num_workers: int = 0,
        pin_memory: bool = False,
        pin_device_id: int = 0,  # noqa: ARG002
        prefetch: int | None = None,
        thread_pool: bool = False,
        timeout: float = 120,
        try_nopython: bool | None = None,  # noqa: ARG002
        auto_reload: bool = False,  # noqa: ARG002
    ) -> None:
        if timeout <= 0:
            raise ArgumentError(f"DataLoader: timeout must be > 0 seconds, got {timeout}")
        if batch_sampler is None:
            if batch_size is None:
                raise ArgumentError("DataLoader: batch_size must be given, unless batch_sampler is")
            if sampler is not None and shuffle:
                raise ArgumentError("DataLoader: shuffle must be False where a sampler is given")
            sampler = sampler or (RandomSampler(len(dataset)) if shuffle else SequentialSampler(len(dataset)))
            batch_sampler = BatchSampler(sampler, batch_size, last_batch or "keep")
        elif batch_size is not None or shuffle or sampler is not None or last_batch is not None:
            raise ArgumentError(
                "DataLoader: batch_size, shuffle, sampler and last_batch must not be given with batch_sampler"
            )
        self._dataset, self._batch_sampler = dataset, batch_sampler
        self._batchify = _Tensors(batchify_fn or default_batchify_fn)
        self._workers, self._timeout, self._pin_memory = max(0, num_workers), timeout, pin_memory
        self._ahead = max(1, 2 * self._workers if prefetch is None else prefetch)
        self._in_threads = thread_pool and self._workers > 0

    def __iter__(self) -> Iterator[Any]:
        batches = self._from_threads() if self._in_threads else iter(self._from_torch())
        kind = kind_in_use()
        return (_mapped(batch, torch.Tensor, kind) for batch in batches)

    def __len__(self) -> int:
        return len(self._batch_sampler)

    def _from_torch(self) -> TorchLoader[Any]:
        """Make torch's loader, which has processes or does all in this one."""
        workers = self._workers
        return TorchLoader(
            self._dataset, batch_sampler=self._batch_sampler, collate_fn=self._batchify, num_workers=workers,
            pin_memory=self._pin_memory, timeout=self._timeout if workers else 0,
            prefetch_factor=max(1, self._ahead // workers) if workers else None,
        )  # fmt: skip

    def _from_threads(self) -> Iterator[Any]:
        """Prepare batches in threads, some ahead of the one that is asked for."""
        threads = ThreadPoolExecutor(self._workers)
        pending: deque[Future[Any]] = deque()
        try:
            for numbers in self._batch_sampler:
                pending.append(threads.submit(self._made, numbers))
                if len(pending) > self._ahead:
                    yield pending.popleft().result(self._timeout)
            while pending:
                yield pending.popleft().result(self._timeout)
        except TimeoutError as error:
            raise MXNetError(f"DataLoader: a batch took longer than timeout, {self._timeout} seconds") from error
        finally:
            threads.shutdown(wait=False, cancel_futures=True)

    def _made(self, numbers: Iterable[int]) -> Any:
        batch = self._batchify([self._dataset[number] for number in numbers])
        return _mapped(batch, torch.Tensor, torch.Tensor.pin_memory) if self._pin_memory else batch


class _Tensors:
    """Make a batch and take the tensors out of it: these are what processes hand over without copying."""

    def __init__(self, batchify: Callable[[list[Any]], Any]) -> None:
        self._batchify = batchify

    def __call__(self, items: list[Any]) -> Any:
        batch = _mapped(
            self._batchify(items), np.ndarray, lambda values: torch.from_numpy(np.ascontiguousarray(values))
        )
        return _mapped(batch, NDArray, lambda one: one._tensor)


def default_batchify_fn(data: list[Any]) -> Any:
    """Stack items into one array; items that are tuples part by part."""
    first = data[0]
    if isinstance(first, NDArray):
        return data[0]._wrap(torch.stack([one._tensor for one in data]))
    if isinstance(first, torch.Tensor):
        return torch.stack(data)
    if isinstance(first, tuple):
        return [default_batchify_fn(list(part)) for part in zip(*data, strict=True)]
    values = np.asarray(data)
    found = array(values, dtype=values.dtype)
    return found.as_np_ndarray() if issubclass(kind_in_use(), ndarray) else found


def _mapped(value: Any, kind: type, function: Callable[[Any], Any]) -> Any:
    """Apply a function to every value of a kind within lists and tuples."""
    if isinstance(value, (list, tuple)):
        return type(value)([_mapped(one, kind, function) for one in value])
    return function(value) if isinstance(value, kind) else value
