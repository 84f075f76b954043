"""DataLoader: batches of a data set, made in the background by torch's worker processes."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader as TorchLoader

from regluon.core.errors import ArgumentError
from regluon.gluon.data.sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler
from regluon.nd.array import NDArray, array

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
        thread_pool: accepted for MXNet's sake.
        timeout: seconds to wait for a worker.

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
        thread_pool: bool = False,  # noqa: ARG002
        timeout: int = 120,
    ) -> None:
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
        self._batch_sampler = batch_sampler
        ahead = max(1, (prefetch or 2 * num_workers) // num_workers) if num_workers else None
        self._loader = TorchLoader(
            dataset, batch_sampler=batch_sampler, collate_fn=_Tensors(batchify_fn or default_batchify_fn),
            num_workers=num_workers, pin_memory=pin_memory, timeout=timeout if num_workers else 0,
            prefetch_factor=ahead,
        )  # fmt: skip

    def __iter__(self) -> Iterator[Any]:
        return (_mapped(batch, torch.Tensor, NDArray) for batch in self._loader)

    def __len__(self) -> int:
        return len(self._batch_sampler)


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
        return NDArray(torch.stack([one._tensor for one in data]))
    if isinstance(first, torch.Tensor):
        return torch.stack(data)
    if isinstance(first, tuple):
        return [default_batchify_fn(list(part)) for part in zip(*data, strict=True)]
    values = np.asarray(data)
    return array(values, dtype=values.dtype)


def _mapped(value: Any, kind: type, function: Callable[[Any], Any]) -> Any:
    """Apply a function to every value of a kind within lists and tuples."""
    if isinstance(value, (list, tuple)):
        return type(value)([_mapped(one, kind, function) for one in value])
    return function(value) if isinstance(value, kind) else value
