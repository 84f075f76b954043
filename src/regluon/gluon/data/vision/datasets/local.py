"""Data sets that others publish as files: where the files lie, and how to get them from a mirror.

A file is looked for in the folder ``root``. One that is not there comes from the mirror that the environment variable
``REGLUON_DATA_MIRROR`` names, an address to which ``/gluon/dataset/<data set>/<file>`` is added, and is put into the
folder if its SHA-1 is right. Without a mirror nothing is fetched: the error says which file must be where.
"""

import hashlib
import os
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from regluon.core.errors import FormatError, MissingFileError
from regluon.core.files import write_bytes
from regluon.gluon.data.dataset import Dataset

__all__ = ["LARGEST", "LocalDataset", "find_file"]

MIRROR = "REGLUON_DATA_MIRROR"

LARGEST = 1 << 28
"""The most bytes of one file, compressed or not; the largest of these data sets has 180 million."""


class LocalDataset(Dataset):
    """Base of these data sets; subclasses write ``_read``.

    Args:
        root: the folder of the files; that of MXNet for None, ``$MXNET_HOME/datasets/<data set>``.
        transform: gets picture and label and returns an item.
    """

    _namespace: str

    def __init__(self, root: str | os.PathLike[str] | None, transform: Callable[[Any, Any], Any] | None) -> None:
        home = os.environ.get("MXNET_HOME") or "~/.mxnet"
        self._root = Path(root or Path(home, "datasets", self._namespace)).expanduser()
        self._transform = transform
        self._data, self._label = self._read()

    def _read(self) -> tuple[Any, Any]:
        """Return all pictures and all labels."""
        raise NotImplementedError(f"{type(self).__name__}: _read must be written")

    def __getitem__(self, index: int) -> Any:
        item = self._data[index], self._label[index]
        return item if self._transform is None else self._transform(*item)

    def __len__(self) -> int:
        return len(self._label)


def find_file(who: str, root: Path, namespace: str, name: str, hashes: Mapping[str, str]) -> Path:
    """Return a file of a data set, fetched from the mirror if need be.

    Args:
        who: begins what errors say.
        root: the folder.
        namespace: the data set's name on the mirror.
        name: the file's.
        hashes: SHA-1 of the files by name.
    """
    path = root / name
    if path.is_file():
        return path
    mirror = os.environ.get(MIRROR)
    if not mirror:
        raise MissingFileError(
            f"{who}: the file {name!r} must be in the folder {str(root)!r}; put it there, or name a mirror that has "
            f"gluon/dataset/{namespace}/{name} in the environment variable {MIRROR}"
        )
    address = f"{mirror.rstrip('/')}/gluon/dataset/{namespace}/{name}"
    if not address.startswith(("http://", "https://", "file://")):
        raise MissingFileError(f"{who}: {MIRROR} must begin with http://, https:// or file://, got {mirror!r}")
    try:
        with urllib.request.urlopen(address, timeout=60) as stream:
            content = stream.read(LARGEST + 1)
    except OSError as error:
        raise MissingFileError(f"{who}: {address} could not be read: {error}") from error
    if hashlib.sha1(content, usedforsecurity=False).hexdigest() != hashes[name]:
        raise FormatError(f"{who}: {address} must have the SHA-1 {hashes[name]}; it is another file, or damaged")
    root.mkdir(parents=True, exist_ok=True)
    write_bytes(path, content)
    return path
