"""A batch, what it says of its arrays, and the base of what gives batches."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from regluon.core.errors import ArgumentTypeError
from regluon.nd.ndarray import NDArray

__all__ = ["DataBatch", "DataDesc", "DataIter"]


class _Named(NamedTuple):
    name: str
    shape: tuple[int, ...]


class DataDesc(_Named):
    """Name and shape of an array, a pair; and its number type and the meaning of its axes.

    Args:
        name: the array's.
        shape: its sizes.
        dtype: its number type.
        layout: a letter for each axis; N is the batch's.

    Examples:
        >>> name, shape = DataDesc("data", (2, 3))
        >>> name, shape, DataDesc.get_batch_axis("TNC")
        ('data', (2, 3), 1)
    """

    dtype: Any
    layout: str

    def __new__(cls, name: str, shape: tuple[int, ...], dtype: Any = np.float32, layout: str = "NCHW") -> Self:
        """Make the pair."""
        made = super().__new__(cls, name, shape)
        made.dtype, made.layout = dtype, layout
        return made

    def __repr__(self) -> str:
        return f"DataDesc[{self.name},{self.shape},{self.dtype},{self.layout}]"

    @staticmethod
    def get_batch_axis(layout: str | None) -> int:
        """Return the axis of the batch, -1 if there is none."""
        return 0 if layout is None else layout.find("N")

    @staticmethod
    def get_list(
        shapes: Sequence[tuple[str, tuple[int, ...]]], types: Sequence[tuple[str, Any]] | None
    ) -> list["DataDesc"]:  # fmt: skip
        """Make descriptions of pairs of name and shape, and of name and number type."""
        if types is None:
            return [DataDesc(name, shape) for name, shape in shapes]
        by_name = dict(types)
        return [DataDesc(name, shape, by_name[name]) for name, shape in shapes]


class DataBatch:
    """Hold the arrays of one batch.

    Args:
        data: the inputs.
        label: the labels.
        pad: how many items at the end are there to fill the batch, and do not count.
        index: numbers of the items.
        bucket_key: what batches of one shape have in common.
        provide_data: a ``DataDesc`` for each input.
        provide_label: a ``DataDesc`` for each label.
    """

    def __init__(
        self,
        data: Sequence[NDArray] | None,
        label: Sequence[NDArray] | None = None,
        pad: int | None = None,
        index: Any = None,
        bucket_key: Any = None,
        provide_data: list[DataDesc] | None = None,
        provide_label: list[DataDesc] | None = None,
    ) -> None:
        for name, arrays in (("data", data), ("label", label)):
            if arrays is not None and not isinstance(arrays, (list, tuple)):
                raise ArgumentTypeError(f"DataBatch: {name} must be a list of NDArrays, got {type(arrays).__name__}")
        self.data, self.label = data, label
        self.pad, self.index, self.bucket_key = pad, index, bucket_key
        self.provide_data, self.provide_label = provide_data, provide_label

    def __str__(self) -> str:
        data, label = ([one.shape for one in arrays] if arrays else None for arrays in (self.data, self.label))
        return f"{type(self).__name__}: data shapes: {data or []} label shapes: {label}"


class DataIter:
    """Base of what gives batches.

    Subclasses write ``next``, or ``iter_next``, ``getdata``, ``getlabel`` and ``getpad``.

    Args:
        batch_size: items in a batch.
    """

    provide_data: Any
    provide_label: Any

    def __init__(self, batch_size: int = 0) -> None:
        self.batch_size = batch_size

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> DataBatch:
        return self.next()

    def next(self) -> DataBatch:
        """Return the next batch, or raise StopIteration."""
        if not self.iter_next():
            raise StopIteration
        return DataBatch(data=self.getdata(), label=self.getlabel(), pad=self.getpad(), index=self.getindex())

    def reset(self) -> None:
        """Go back to the first batch."""

    def iter_next(self) -> bool:
        """Go to the next batch; say whether there is one."""
        return False

    def getdata(self) -> Any:
        """Return the inputs of this batch."""

    def getlabel(self) -> Any:
        """Return the labels of this batch."""

    def getindex(self) -> Any:
        """Return the numbers of the items of this batch."""

    def getpad(self) -> Any:
        """Return how many items at the end of this batch do not count."""
