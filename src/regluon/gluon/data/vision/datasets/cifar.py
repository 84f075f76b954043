"""CIFAR: binary files, or the archive that has them."""

import os
import tarfile
import zlib
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from regluon.core.errors import FormatError
from regluon.gluon.data.vision.datasets.local import LARGEST, LocalDataset, find_file
from regluon.nd.array import NDArray, from_numpy

__all__ = ["CIFAR10", "CIFAR100"]

PIXELS = 3 * 32 * 32


class CIFAR10(LocalDataset):
    """Read the small photographs of CIFAR-10: pictures ``(32, 32, 3)`` and classes 0 to 9.

    Args:
        root: the folder that has ``data_batch_1.bin`` to ``data_batch_5.bin`` and ``test_batch.bin``, or
            ``cifar-10-binary.tar.gz``; ``$MXNET_HOME/datasets/cifar10`` for None.
        train: the training set rather than the test set.
        transform: gets picture and label and returns an item.
    """

    _namespace = "cifar10"
    _archive = ("cifar-10-binary.tar.gz", "fab780a1e191a7eda0f345501ccd62d20f7ed891")
    _files: ClassVar[dict[bool, tuple[str, ...]]] = {
        True: tuple(f"data_batch_{number}.bin" for number in range(1, 6)),
        False: ("test_batch.bin",),
    }
    # How many labels stand in front of a picture, and which counts.
    _labels, _chosen = 1, 0

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        train: bool = True,
        transform: Callable[[Any, Any], Any] | None = None,
    ) -> None:
        self._train = train
        super().__init__(root, transform)

    def _read(self) -> tuple[NDArray, np.ndarray]:
        names = self._files[self._train]
        if all((self._root / name).is_file() for name in names):
            contents = [(self._root / name).read_bytes() for name in names]
        else:
            contents = self._unpacked(names)
        rows = np.concatenate([self._rows(name, content) for name, content in zip(names, contents, strict=True)])
        pictures = rows[:, self._labels :].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        return from_numpy(np.ascontiguousarray(pictures)), rows[:, self._chosen].astype(np.int32)

    def _rows(self, name: str, content: bytes) -> np.ndarray:
        width = self._labels + PIXELS
        if not content or len(content) % width:
            raise FormatError(f"{type(self).__name__}: {name} must have rows of {width} bytes, got {len(content)}")
        return np.frombuffer(content, np.uint8).reshape(-1, width)

    def _unpacked(self, names: tuple[str, ...]) -> list[bytes]:
        """Read files out of the archive, in whatever folder it has them."""
        name, digest = self._archive
        path = find_file(type(self).__name__, self._root, self._namespace, name, {name: digest})
        found: dict[str, bytes] = {}
        try:
            with tarfile.open(path) as archive:
                for member in archive:
                    short = member.name.rpartition("/")[2]
                    stream = archive.extractfile(member) if short in names and member.size <= LARGEST else None
                    if stream is not None:
                        found[short] = stream.read()
        except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
            raise FormatError(f"{path}: must be a whole, undamaged archive: {error}") from error
        missing = [one for one in names if one not in found]
        if missing:
            raise FormatError(f"{path}: must have the files {', '.join(names)}; {', '.join(missing)} is not there")
        return [found[one] for one in names]


class CIFAR100(CIFAR10):
    """Read the small photographs of CIFAR-100: pictures ``(32, 32, 3)`` and classes.

    Args:
        root: the folder that has ``train.bin`` and ``test.bin``, or ``cifar-100-binary.tar.gz``;
            ``$MXNET_HOME/datasets/cifar100`` for None.
        fine_label: the 100 classes rather than the 20 groups of them.
        train: the training set rather than the test set.
        transform: gets picture and label and returns an item.
    """

    _namespace = "cifar100"
    _archive = ("cifar-100-binary.tar.gz", "a0bb982c76b83111308126cc779a992fa506b90b")
    _files: ClassVar[dict[bool, tuple[str, ...]]] = {True: ("train.bin",), False: ("test.bin",)}
    _labels = 2

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        fine_label: bool = False,
        train: bool = True,
        transform: Callable[[Any, Any], Any] | None = None,
    ) -> None:
        self._chosen = int(fine_label)
        super().__init__(root, train, transform)
