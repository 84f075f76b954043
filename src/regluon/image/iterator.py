"""Batches of pictures out of records or files, changed by augmenters."""

import random
from pathlib import Path
from typing import Any, Literal

import numpy as np

from regluon import nd
from regluon.core.array import as_numpy
from regluon.core.errors import ArgumentError, FormatError, MissingFileError
from regluon.formats.lst import read_lst
from regluon.image.augmenter import Augmenter
from regluon.image.create import CreateAugmenter
from regluon.image.read import imdecode
from regluon.io.batch import DataBatch, DataDesc, DataIter
from regluon.nd.ndarray import NDArray
from regluon.recordio import MXIndexedRecordIO, MXRecordIO, unpack

__all__ = ["ImageIter"]


class ImageIter(DataIter):
    """Go through pictures and their labels in batches.

    The pictures come from a ``.rec`` file, or from files that a ``.lst`` file or a list names; a list given beside a
    ``.rec`` file has the labels.

    Args:
        batch_size: items in a batch.
        data_shape: channels, which are 3, height and width.
        label_width: labels of each picture.
        path_imgrec: the ``.rec`` file.
        path_imglist: the ``.lst`` file.
        path_root: the folder that paths in lists begin at.
        path_imgidx: the ``.idx`` file, needed to shuffle or part a ``.rec`` file.
        shuffle: change the order at each ``reset``, by Python's generator.
        part_index: which part to take.
        num_parts: how many parts there are.
        aug_list: the augmenters; ``CreateAugmenter(data_shape, **kwargs)`` if None.
        imglist: lists of labels and, last, a path.
        data_name: the name of the inputs.
        label_name: the name of the labels.
        dtype: number type of the labels that ``next_sample`` gives.
        last_batch_handle: a last batch that is short is filled from the beginning (``pad``), dropped (``discard``), or
            kept for the next time around (``roll_over``).
        kwargs: for ``CreateAugmenter``.
    """

    def __init__(
        self,
        batch_size: int,
        data_shape: tuple[int, int, int],
        label_width: int = 1,
        path_imgrec: str | None = None,
        path_imglist: str | None = None,
        path_root: str | None = None,
        path_imgidx: str | None = None,
        shuffle: bool = False,
        part_index: int = 0,
        num_parts: int = 1,
        aug_list: list[Augmenter] | None = None,
        imglist: list[Any] | None = None,
        data_name: str = "data",
        label_name: str = "softmax_label",
        dtype: Literal["int32", "float32", "int64", "float64"] = "float32",
        last_batch_handle: Literal["pad", "discard", "roll_over"] = "pad",
        **kwargs: Any,
    ) -> None:
        super().__init__(batch_size)
        if path_imgrec is None and path_imglist is None and not isinstance(imglist, list):
            raise ArgumentError("ImageIter: one of path_imgrec, path_imglist and imglist must be given")
        if last_batch_handle not in ("pad", "discard", "roll_over"):
            raise ArgumentError(
                f"ImageIter: last_batch_handle must be one of 'pad', 'discard', 'roll_over', got {last_batch_handle!r}"
            )
        self.check_data_shape(data_shape)
        self.data_shape, self.label_width, self.shuffle = tuple(data_shape), label_width, shuffle
        self.path_root, self.last_batch_handle = path_root, last_batch_handle
        self.imglist = _listed(path_imglist, imglist, dtype)
        self.imgrec = None if path_imgrec is None else _opened(path_imgrec, path_imgidx)
        self.seq = self._order(shuffle, part_index, num_parts)
        self.num_image = None if self.seq is None else len(self.seq)
        self.auglist = CreateAugmenter(data_shape, **kwargs) if aug_list is None else aug_list
        self.provide_data = [DataDesc(data_name, (batch_size, *data_shape))]
        labels = (batch_size, label_width) if label_width > 1 else (batch_size,)
        self.provide_label = [DataDesc(label_name, labels)]
        self.cur = 0
        self._ended = False
        self._left: tuple[np.ndarray, np.ndarray, int] | None = None
        self.reset()

    def reset(self) -> None:
        """Go back to the first picture, with what was kept for it."""
        if self._left is None:
            self.hard_reset()
        elif self.seq is not None and self.shuffle:
            random.shuffle(self.seq)

    def hard_reset(self) -> None:
        """Go back to the first picture, whatever was kept."""
        if self.seq is not None and self.shuffle:
            random.shuffle(self.seq)
        if self.imgrec is not None:
            self.imgrec.reset()
        self.cur, self._ended, self._left = 0, False, None

    def next(self) -> DataBatch:
        """Return the next batch, or raise StopIteration."""
        data, labels, count = self._left or (
            np.zeros(self.provide_data[0].shape, np.float32), np.zeros(self.provide_label[0].shape, np.float32), 0
        )  # fmt: skip
        rolled, self._left = self._left is not None, None
        if not rolled:
            count = self._fill(data, labels, 0)
            if not count:
                raise StopIteration
        pad = self.batch_size - count
        if pad:
            if self.last_batch_handle == "discard":
                raise StopIteration
            if self.last_batch_handle == "roll_over" and not rolled:
                self._left = data, labels, count
                raise StopIteration
            self._fill(data, labels, count)
            self._ended = self.last_batch_handle == "pad"
        return DataBatch([nd.array(data)], [nd.array(labels)], pad=pad)

    def next_sample(self) -> tuple[Any, bytes]:
        """Return the label and the bytes of the next picture, or raise StopIteration."""
        if self._ended:
            raise StopIteration
        if self.seq is None and self.imgrec is not None:
            record = self.imgrec.read()
            if record is None:
                if self.last_batch_handle != "discard":
                    self.imgrec.reset()
                raise StopIteration
            header, picture = unpack(record)
            return header.label, picture
        order = self.seq or []
        if self.cur >= len(order):
            if self.last_batch_handle != "discard":
                self.cur = 0
            raise StopIteration
        key = order[self.cur]
        self.cur += 1
        if isinstance(self.imgrec, MXIndexedRecordIO):
            header, picture = unpack(self.imgrec.read_idx(key))
            return (header.label if self.imglist is None else self.imglist[key][0]), picture
        label, path = (self.imglist or {})[key]
        return label, self.read_image(path)

    def check_data_shape(self, data_shape: tuple[int, ...]) -> None:
        """Raise unless a shape is that of a picture of three channels."""
        if len(data_shape) != 3 or data_shape[0] != 3:
            raise ArgumentError(f"ImageIter: data_shape must be (3, height, width), got {data_shape}")

    def check_valid_image(self, data: Any) -> None:
        """Raise unless a picture has pixels."""
        if len(data.shape) != 3 or 0 in data.shape:
            raise FormatError(f"ImageIter: a picture must be (H, W, C), got shape {tuple(data.shape)}")

    def imdecode(self, s: bytes) -> NDArray:
        """Read a picture out of its bytes; errors tell which it is."""
        try:
            return imdecode(s)
        except FormatError as error:
            error.add_note(f"in picture {self._whereabouts()}")
            raise

    def read_image(self, fname: str) -> bytes:
        """Return the bytes of a file."""
        path = Path(self.path_root or "", fname)
        if not path.is_file():
            raise MissingFileError(f"ImageIter: the list names a file that does not exist: {str(path)!r}")
        return path.read_bytes()

    def augmentation_transform(self, data: Any) -> Any:
        """Apply the augmenters."""
        for one in self.auglist:
            data = one(data)
        return data

    def postprocess_data(self, datum: Any) -> Any:
        """Put the channels first."""
        return nd.transpose(datum, axes=(2, 0, 1))

    def _order(self, shuffle: bool, part_index: int, num_parts: int) -> list[Any] | None:
        """Return the keys of the pictures in order; None where they can only be read one after the other."""
        keys: list[Any] | None = None
        if self.imgrec is None:
            keys = list(self.imglist or {})
        elif isinstance(self.imgrec, MXIndexedRecordIO):
            keys = list(self.imgrec.keys)
        elif shuffle or num_parts > 1:
            raise ArgumentError("ImageIter: path_imgidx must be given to shuffle or part a record file")
        if keys is None or num_parts <= 1:
            return keys
        if not 0 <= part_index < num_parts:
            raise ArgumentError(f"ImageIter: part_index must be in [0, {num_parts - 1}], got {part_index}")
        size = len(keys) // num_parts
        return keys[part_index * size : (part_index + 1) * size]

    def _fill(self, data: np.ndarray, labels: np.ndarray, start: int) -> int:
        """Read pictures into a batch from a place on; return how many items it has then."""
        for place in range(start, self.batch_size):
            try:
                label, picture = self.next_sample()
            except StopIteration:
                return place
            pixels = self.imdecode(picture)
            self.check_valid_image(pixels)
            data[place] = as_numpy(self.postprocess_data(self.augmentation_transform(pixels)))
            values = as_numpy(label).reshape(-1)
            labels[place] = values[0] if labels.ndim == 1 else values
        return self.batch_size

    def _whereabouts(self) -> str:
        if self.seq is None:
            return "of a record file without index"
        key = self.seq[self.cur - 1]
        return repr(key) if self.imglist is None else repr(self.imglist[key][1])


def _opened(records: str, index: str | None) -> MXRecordIO:
    return MXRecordIO(records, "r") if index is None else MXIndexedRecordIO(index, records, "r")


def _listed(path: str | None, given: list[Any] | None, dtype: str) -> dict[Any, tuple[NDArray, str]] | None:
    """Return labels and paths by number, from a file or from a list, which counts as text from 1."""
    if path is not None:
        entries = read_lst(path)
        return {one.index: (nd.array(one.labels, dtype=dtype), one.path) for one in entries}
    if given is None:
        return None
    found = {}
    for number, (*labels, file) in enumerate(given, 1):
        values = labels[0] if len(labels) == 1 else labels
        found[str(number)] = (nd.array(np.atleast_1d(as_numpy(values)), dtype=dtype), file)
    return found
