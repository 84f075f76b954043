"""Batches out of arrays that are in memory."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from regluon import nd
from regluon.core.errors import ArgumentError, ArgumentTypeError, MXNetError
from regluon.io.batch import DataBatch, DataDesc, DataIter
from regluon.nd.ndarray import NDArray

__all__ = ["NDArrayIter"]

Named = list[tuple[str, NDArray]]


class NDArrayIter(DataIter):
    """Go through arrays in batches.

    Args:
        data: an array, a list of arrays, or arrays by name; what is no NDArray becomes one of float32.
        label: likewise, or None.
        batch_size: items in a batch.
        shuffle: change the order at each ``reset``, by numpy's generator.
        last_batch_handle: a last one that is short is filled from the beginning (``pad``), dropped (``discard``), or
            kept for the next time around (``roll_over``).
        data_name: the name of data without one.
        label_name: the name of labels without one.
        layout: a letter for each axis; N is the batch's.

    Examples:
        >>> batches = NDArrayIter(np.arange(5), batch_size=2)
        >>> [(batch.data[0].asnumpy().tolist(), batch.pad) for batch in batches]
        [([0.0, 1.0], 0), ([2.0, 3.0], 0), ([4.0, 0.0], 1)]
    """

    def __init__(
        self,
        data: Any,
        label: Any = None,
        batch_size: int = 1,
        shuffle: bool = False,
        last_batch_handle: Literal["pad", "discard", "roll_over"] = "pad",
        data_name: str = "data",
        label_name: str = "softmax_label",
        layout: str = "NCHW",
    ) -> None:
        super().__init__(batch_size)
        if last_batch_handle not in ("pad", "discard", "roll_over"):
            raise ArgumentError(
                "NDArrayIter: last_batch_handle must be one of 'pad', 'discard', 'roll_over', got "
                f"{last_batch_handle!r}"
            )
        self.data = _named("data", data, data_name)
        self.label = _named("label", [] if label is None else label, label_name)
        if not self.data:
            raise ArgumentError("NDArrayIter: data must be at least one array, got none")
        self.idx = np.arange(self.data[0][1].shape[0])
        self.num_data = len(self.idx)
        self.shuffle, self.last_batch_handle, self.layout = shuffle, last_batch_handle, layout
        self.cursor = -batch_size
        self._left: tuple[list[NDArray], list[NDArray]] | None = None
        self.reset()
        self.data_list = [values for _, values in [*self.data, *self.label]]
        self.num_source = len(self.data_list)

    @property
    def provide_data(self) -> list[DataDesc]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Names and shapes of the inputs."""
        return self._described(self.data)

    @property
    def provide_label(self) -> list[DataDesc]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Names and shapes of the labels."""
        return self._described(self.label)

    def reset(self) -> None:
        """Go back to the first batch, with what was kept for it."""
        if self.shuffle:
            self._shuffle()
        kept = self.last_batch_handle == "roll_over" and self.num_data - self.batch_size < self.cursor < self.num_data
        self.cursor = self.cursor - self.num_data - self.batch_size if kept else -self.batch_size

    def hard_reset(self) -> None:
        """Go back to the first item, whatever was kept."""
        if self.shuffle:
            self._shuffle()
        self.cursor, self._left = -self.batch_size, None

    def iter_next(self) -> bool:
        """Go to the next batch; say whether there is one."""
        self.cursor += self.batch_size
        return self.cursor < self.num_data

    def next(self) -> DataBatch:
        """Return the next batch, or raise StopIteration."""
        if not self.iter_next():
            raise StopIteration
        data, label = self.getdata(), self.getlabel()
        if data[0].shape[self._axis] != self.batch_size:
            self._left = data, label
            raise StopIteration
        pad = self.getpad()
        if self.cursor < 0:
            self._left = None
        return DataBatch(data=data, label=label, pad=pad, index=None)

    def getdata(self) -> list[NDArray]:
        """Return the inputs of this batch."""
        return self._batch(self.data, 0)

    def getlabel(self) -> list[NDArray]:
        """Return the labels of this batch."""
        return self._batch(self.label, 1)

    def getpad(self) -> int:
        """Return how many items at the end of this batch do not count, or at its beginning were kept."""
        if self.last_batch_handle == "pad":
            return max(0, self.cursor + self.batch_size - self.num_data)
        return max(0, -self.cursor)

    @property
    def _axis(self) -> int:
        return self.layout.find("N")

    def _described(self, source: Named) -> list[DataDesc]:
        axis = self._axis
        return [
            DataDesc(
                name,
                (*values.shape[:axis], self.batch_size, *values.shape[axis + 1 :]),
                values.dtype,
                layout=self.layout,
            )
            for name, values in source
        ]

    def _batch(self, source: Named, part: int) -> list[NDArray]:
        if not -self.batch_size < self.cursor < self.num_data:
            raise MXNetError("NDArrayIter: there is no batch here: call next() or iter_next() first, or reset()")
        end = self.cursor + self.batch_size
        if self.cursor < 0:
            left = self._left[part] if self._left else []
            return [self._joined(pair) for pair in zip(left, self._cut(source, 0, end), strict=True)]
        if end > self.num_data and self.last_batch_handle == "pad":
            around, rest = divmod(end - self.num_data, self.num_data)
            pieces = [self._cut(source, self.cursor, self.num_data), *[self._cut(source, 0, self.num_data)] * around]
            pieces += [self._cut(source, 0, rest)] if rest else []
            return [self._joined(parts) for parts in zip(*pieces, strict=True)]
        return self._cut(source, self.cursor, min(end, self.num_data))

    def _cut(self, source: Named, begin: int, end: int) -> list[NDArray]:
        return [values.slice_axis(axis=self._axis, begin=begin, end=end) for _, values in source]

    def _joined(self, parts: tuple[NDArray, ...]) -> NDArray:
        return nd.concat(*parts, dim=self._axis)

    def _shuffle(self) -> None:
        np.random.shuffle(self.idx)
        self.data, self.label = (
            [(name, nd.array(values.asnumpy()[self.idx], values.context, values.dtype)) for name, values in source]
            for source in (self.data, self.label)
        )


def _named(what: str, given: Any, default: str) -> Named:
    """Give every array a name, in the order of names."""
    if isinstance(given, (np.ndarray, NDArray)):
        given = [given]
    if isinstance(given, list):
        many = len(given) > 1
        given = {f"_{place}_{default}" if many else default: one for place, one in enumerate(given)}
    if not isinstance(given, Mapping):
        raise ArgumentTypeError(
            f"NDArrayIter: {what} must be an array, a list of arrays or arrays by name, got {type(given).__name__}"
        )
    made = [(name, one if isinstance(one, NDArray) else nd.array(one)) for name, one in given.items()]
    return sorted(made, key=lambda pair: pair[0])
