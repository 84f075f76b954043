"""Data sets of picture files and of records."""

import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from regluon import nd
from regluon.core.array import as_numpy
from regluon.core.errors import ArgumentTypeError, MissingFileError
from regluon.formats.lst import read_lst
from regluon.gluon.data.dataset import Dataset, RecordFileDataset
from regluon.image.read import imdecode, imread
from regluon.nd.ndarray import NDArray
from regluon.recordio import unpack

__all__ = ["ImageFolderDataset", "ImageListDataset", "ImageRecordDataset"]

SUFFIXES = (".jpg", ".jpeg", ".png")


class ImageRecordDataset(RecordFileDataset):
    """Read pictures and their labels out of a ``.rec`` file, which has its ``.idx`` file beside it.

    Args:
        filename: the ``.rec`` file.
        flag: 1 for pictures of three channels, 0 for gray ones.
        transform: gets picture and label and returns an item.
    """

    def __init__(
        self, filename: str | os.PathLike[str], flag: int = 1, transform: Callable[[Any, Any], Any] | None = None
    ) -> None:  # fmt: skip
        super().__init__(filename)
        self._flag, self._transform = flag, transform

    def __getitem__(self, index: int) -> Any:
        header, picture = unpack(super().__getitem__(index))
        item = imdecode(picture, self._flag), header.label
        return item if self._transform is None else self._transform(*item)


class ImageFolderDataset(Dataset):
    """Read ``.jpg``, ``.jpeg`` and ``.png`` files, whose label is the number of the folder they lie in.

    Args:
        root: the folder of these folders.
        flag: 1 for pictures of three channels, 0 for gray ones.
        transform: gets picture and label and returns an item.

    Attributes:
        synsets: names of the folders in alphabetical order: ``synsets[i]`` is label ``i``.
        items: all paths and labels.
    """

    def __init__(
        self, root: str | os.PathLike[str], flag: int = 1, transform: Callable[[Any, Any], Any] | None = None
    ) -> None:  # fmt: skip
        self._root, self._flag, self._transform = Path(root).expanduser(), flag, transform
        if not self._root.is_dir():
            raise MissingFileError(f"ImageFolderDataset: root must be a folder that exists, got {str(root)!r}")
        self.synsets: list[str] = []
        self.items: list[tuple[str, int]] = []
        for folder in sorted(self._root.iterdir()):
            if not folder.is_dir():
                warnings.warn(f"Ignoring {folder}, which is not a directory.", stacklevel=2)
                continue
            self.synsets.append(folder.name)
            for path in sorted(folder.iterdir()):
                if path.suffix.lower() in SUFFIXES:
                    self.items.append((str(path), len(self.synsets) - 1))
                else:
                    warnings.warn(f"Ignoring {path}. Only {', '.join(SUFFIXES)} are supported.", stacklevel=2)

    def __getitem__(self, index: int) -> Any:
        path, label = self.items[index]
        picture = imread(path, self._flag)
        return (picture, label) if self._transform is None else self._transform(picture, label)

    def __len__(self) -> int:
        return len(self.items)


class ImageListDataset(Dataset):
    """Read the pictures that a list names, with the labels that it gives.

    Args:
        root: the folder that paths begin at.
        imglist: a ``.lst`` file in that folder, or a list of lists of one label or more and, last, a path.
        flag: 1 for pictures of three channels, 0 for gray ones.

    Attributes:
        items: all paths and labels.
    """

    def __init__(
        self,
        root: str | os.PathLike[str] = ".",
        imglist: str | os.PathLike[str] | Sequence[Sequence[Any]] | None = None,
        flag: int = 1,
    ) -> None:
        self._root, self._flag = Path(root).expanduser(), flag
        if isinstance(imglist, str | os.PathLike):
            pairs = [(list(one.labels), one.path) for one in read_lst(self._root / imglist)]
        elif isinstance(imglist, list):
            pairs = [(labels[0] if len(labels) == 1 else labels, path) for *labels, path in imglist]
        else:
            raise ArgumentTypeError(f"ImageListDataset: imglist must be a file or a list, got {type(imglist).__name__}")
        self.items: list[tuple[str, NDArray]] = [
            (str(self._root / path), nd.array(np.atleast_1d(as_numpy(labels)))) for labels, path in pairs
        ]

    def __getitem__(self, index: int) -> tuple[NDArray, NDArray]:
        path, label = self.items[index]
        return imread(path, self._flag), label

    def __len__(self) -> int:
        return len(self.items)
