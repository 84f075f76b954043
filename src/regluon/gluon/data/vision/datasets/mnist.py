"""MNIST and what is laid out like it: ``idx`` files, compressed."""

import gzip
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from regluon.core.errors import FormatError
from regluon.gluon.data.vision.datasets.local import LARGEST, LocalDataset, find_file
from regluon.nd.array import NDArray, from_numpy

__all__ = ["MNIST", "FashionMNIST"]

TRAIN = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")
TEST = ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")


class MNIST(LocalDataset):
    """Read the handwritten digits of MNIST: pictures ``(28, 28, 1)`` and classes 0 to 9.

    Args:
        root: the folder that has ``train-images-idx3-ubyte.gz``, ``train-labels-idx1-ubyte.gz``,
            ``t10k-images-idx3-ubyte.gz`` and ``t10k-labels-idx1-ubyte.gz``; ``$MXNET_HOME/datasets/mnist`` for None.
        train: the training set rather than the test set.
        transform: gets picture and label and returns an item.
    """

    _namespace = "mnist"
    _hashes: ClassVar[dict[str, str]] = {
        "train-images-idx3-ubyte.gz": "6c95f4b05d2bf285e1bfb0e7960c31bd3b3f8a7d",
        "train-labels-idx1-ubyte.gz": "2a80914081dc54586dbdf242f9805a6b8d2a15fc",
        "t10k-images-idx3-ubyte.gz": "c3a25af1f52dad7f726cce8cacb138654b760d48",
        "t10k-labels-idx1-ubyte.gz": "763e7fa3757d93b0cdec073cef058b2004252c17",
    }

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        train: bool = True,
        transform: Callable[[Any, Any], Any] | None = None,
    ) -> None:
        self._train = train
        super().__init__(root, transform)

    def _read(self) -> tuple[NDArray, np.ndarray]:
        images, labels = (
            find_file(type(self).__name__, self._root, self._namespace, name, self._hashes)
            for name in (TRAIN if self._train else TEST)
        )
        pictures, classes = _read_idx(images, 3), _read_idx(labels, 1)
        if len(pictures) != len(classes):
            raise FormatError(
                f"{type(self).__name__}: {images.name} and {labels.name} must have as many items as each other, got "
                f"{len(pictures)} and {len(classes)}"
            )
        return from_numpy(pictures[..., None]), classes.astype(np.int32)


class FashionMNIST(MNIST):
    """Read Zalando's pieces of clothing: pictures ``(28, 28, 1)`` and classes 0 to 9.

    Args:
        root: the folder that has files named like those of ``MNIST``; ``$MXNET_HOME/datasets/fashion-mnist`` for None.
        train: the training set rather than the test set.
        transform: gets picture and label and returns an item.
    """

    _namespace = "fashion-mnist"
    _hashes: ClassVar[dict[str, str]] = {
        "train-images-idx3-ubyte.gz": "0cf37b0d40ed5169c6b3aba31069a9770ac9043d",
        "train-labels-idx1-ubyte.gz": "236021d52f1e40852b06a4c3008d8de8aef1e40b",
        "t10k-images-idx3-ubyte.gz": "626ed6a7c06dd17c0eec72fa3be1740f146a2863",
        "t10k-labels-idx1-ubyte.gz": "17f9ab60e7257a1620f4ad76bbbaf857c3920701",
    }


def _read_idx(path: Path, axes: int) -> np.ndarray:
    """Read a compressed ``idx`` file of bytes; nothing is allocated that the file does not fill."""
    try:
        with gzip.open(path) as stream:
            head = stream.read(4 + 4 * axes)
            magic, *sizes = struct.unpack(f">{1 + axes}I", head)
            count = int(np.prod(np.array(sizes, dtype=object)))
            # 8 stands for unsigned bytes.
            if magic != (8 << 8) + axes or count > LARGEST:
                raise FormatError(f"{path}: must be an idx file of bytes with {axes} axes, got {head!r}")
            content = stream.read(count + 1)
    except (OSError, EOFError, zlib.error, struct.error) as error:
        raise FormatError(f"{path}: must be a whole, undamaged idx file, compressed with gzip: {error}") from error
    if len(content) != count:
        raise FormatError(f"{path}: must have {count} bytes after its head, got {min(len(content), count + 1)}")
    return np.frombuffer(content, np.uint8).reshape(sizes).copy()
