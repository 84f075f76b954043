"""RecordIO, MXNet's container of byte strings: ``.rec``, and ``.idx`` to find them by key."""

import os
import threading
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from regluon.core.errors import (
    ArgumentError,
    ArgumentTypeError,
    FormatError,
    MXNetError,
    NotSupportedError,
    UnknownNameError,
)
from regluon.formats.record_frame import MAX_LENGTH, framed, read_record

__all__ = ["MXIndexedRecordIO", "MXRecordIO"]


class MXRecordIO:
    """Read or write a ``.rec`` file from front to back; ``mx.recordio.MXRecordIO``.

    One object may be shared by threads. After a fork, a reader opens its file anew and goes on from where it was;
    a writer stays with the process that opened it. A pickled reader begins at the first record again.

    Args:
        uri: the path of the file.
        flag: ``r`` to read; ``w`` to write, which empties the file.

    Examples:
        >>> from tempfile import mkdtemp
        >>> path = Path(mkdtemp(), "data.rec")
        >>> with MXRecordIO(path, "w") as writer:
        ...     writer.write(b"first")
        ...     writer.write(b"second")
        >>> with MXRecordIO(path, "r") as reader:
        ...     reader.read(), reader.read(), reader.read()
        (b'first', b'second', None)
    """

    # What belongs to one process and one opening of the file.
    _not_pickled: ClassVar[frozenset[str]] = frozenset({"_file", "_lock", "_process", "_position"})
    _file: FileIO | None = None
    _position = 0

    def __init__(self, uri: str | os.PathLike[str], flag: str) -> None:
        if flag not in ("r", "w"):
            raise ArgumentError(f"{type(self).__name__}: flag must be one of 'r', 'w', got {flag!r}")
        self.uri = os.fspath(uri)
        self.flag = flag
        self.open()

    @property
    def writable(self) -> bool:
        """Whether records are written, not read."""
        return self.flag == "w"

    @property
    def is_open(self) -> bool:
        """Whether the file is open."""
        return self._file is not None

    def open(self) -> None:
        """Open the file at its first record; a writer empties it."""
        self.close()
        self._open_file(0)

    def close(self) -> None:
        """Close the file, if it is open."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def reset(self) -> None:
        """Go back to the first record; a writer empties the file."""
        self.open()

    def read(self) -> bytes | None:
        """Return the next record, or None after the last."""
        file = self._ready("r")
        with self._lock:
            record, self._position = read_record(file, self._position, self._complain)
        return record

    def write(self, buf: bytes | bytearray | memoryview) -> None:
        """Append a record of fewer than 2**29 bytes."""
        file = self._ready("w")
        if not isinstance(buf, bytes | bytearray | memoryview):
            raise ArgumentTypeError(f"{type(self).__name__}: buf must be bytes, got {type(buf).__name__}")
        record = bytes(buf)
        if len(record) > MAX_LENGTH:
            raise ArgumentError(f"{type(self).__name__}: buf must have fewer than 2**29 bytes, got {len(record)}")
        frame = framed(record)
        with self._lock:
            _write_all(file, frame)
            self._position += len(frame)

    def tell(self) -> int:
        """Return the byte at which the next record begins."""
        return self._position

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        if self.is_open and self.writable:
            raise NotSupportedError(
                f"{type(self).__name__}: an open writer must not be pickled, because whoever loads it would empty "
                f"{self.uri!r}; close it first"
            )
        state = {name: value for name, value in self.__dict__.items() if name not in self._not_pickled}
        return {**state, "is_open": self.is_open}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update((name, value) for name, value in state.items() if name != "is_open")
        if state["is_open"]:
            self.open()

    def _open_file(self, position: int) -> None:
        # Without a buffer: after a fork there is nothing that two processes would write or lock.
        self._file = FileIO(self.uri, self.flag)
        self._lock = threading.RLock()
        self._process = os.getpid()
        self._position = position

    def _ready(self, flag: str) -> FileIO:
        """Return this process's file, open for what ``flag`` says."""
        who = type(self).__name__
        if self.flag != flag:
            raise ArgumentError(f"{who}: flag must be {flag!r} for this, got {self.flag!r} for {self.uri!r}")
        if self._file is None:
            raise ArgumentError(f"{who}: file must be open, got {self.uri!r} closed; call open() first")
        if self._process != os.getpid():
            if self.writable:
                raise MXNetError(f"{who}: {self.uri!r} must be written by the process that opened it, got a fork of it")
            self._file.close()
            self._open_file(self._position)
        return self._file

    def _complain(self, position: int, rule: str) -> FormatError:
        return FormatError(f"{type(self).__name__}: {self.uri}, record at byte {position}: {rule}")


class MXIndexedRecordIO(MXRecordIO):
    """Read or write the records of a ``.rec`` file by key; ``mx.recordio.MXIndexedRecordIO``.

    Args:
        idx_path: the path of the ``.idx`` file: lines of a key, a tab and the byte where its record begins.
        uri: the path of the ``.rec`` file.
        flag: ``r`` to read; ``w`` to write, which empties both files.
        key_type: makes a key of its text.

    Attributes:
        keys: the keys in the order of the index.
        idx: where the record of each key begins.

    Examples:
        >>> from tempfile import mkdtemp
        >>> index, records = Path(mkdtemp(), "data.idx"), Path(mkdtemp(), "data.rec")
        >>> with MXIndexedRecordIO(index, records, "w") as writer:
        ...     for key in range(3):
        ...         writer.write_idx(key, b"record %d" % key)
        >>> with MXIndexedRecordIO(index, records, "r") as reader:
        ...     reader.keys, reader.read_idx(2)
        ([0, 1, 2], b'record 2')
    """

    _not_pickled = MXRecordIO._not_pickled | {"_index_file", "idx", "keys"}
    _index_file: FileIO | None = None

    def __init__(
        self,
        idx_path: str | os.PathLike[str],
        uri: str | os.PathLike[str],
        flag: str,
        key_type: Callable[[Any], Any] = int,
    ) -> None:
        self.idx_path = os.fspath(idx_path)
        self.key_type = key_type
        super().__init__(uri, flag)

    def open(self) -> None:
        """Open both files; a writer empties them, a reader reads the index."""
        super().open()
        self.idx: dict[Any, int] = {}
        self.keys: list[Any] = []
        try:
            if self.writable:
                self._index_file = FileIO(self.idx_path, "w")
                return
            end = Path(self.uri).stat().st_size
            for key, position in self._index_lines(end):
                self.idx[key] = position
                self.keys.append(key)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close both files, if they are open."""
        super().close()
        if self._index_file is not None:
            self._index_file.close()
            self._index_file = None

    def seek(self, idx: Any) -> None:
        """Make the record of a key the next that :meth:`read` returns."""
        self._ready("r")
        self._position = self._find(idx)

    def read_idx(self, idx: Any) -> bytes:
        """Return the record of a key; :meth:`read` goes on after it."""
        self._ready("r")
        with self._lock:
            self._position = self._find(idx)
            record = self.read()
        if record is None:
            raise self._complain(self.idx[idx], f"the file is cut short: the index promises a record {idx!r} here")
        return record

    def write_idx(self, idx: Any, buf: bytes | bytearray | memoryview) -> None:
        """Append a record and note its key; of two records with one key the later counts."""
        self._ready("w")
        key = self.key_type(idx)
        text = str(key)
        if text != text.strip() or any(letter in text for letter in "\t\r\n"):
            raise ArgumentError(f"{type(self).__name__}: idx must have no tabs, line ends or outer blanks, got {key!r}")
        with self._lock:
            position = self._position
            self.write(buf)
            if self._index_file is not None:
                _write_all(self._index_file, f"{text}\t{position}\n".encode())
            self.idx[key] = position
            self.keys.append(key)

    def _find(self, idx: Any) -> int:
        if idx not in self.idx:
            raise UnknownNameError(
                f"{type(self).__name__}: idx must be one of the {len(self.idx)} keys of {self.idx_path}, got {idx!r}"
            )
        return self.idx[idx]

    def _index_lines(self, end: int) -> Iterator[tuple[Any, int]]:
        with Path(self.idx_path).open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    key, position = line.decode().strip().split("\t")[:2]
                    entry = self.key_type(key), int(position)
                except (TypeError, ValueError) as error:
                    raise FormatError(
                        f"{type(self).__name__}: {self.idx_path}, line {number}: must be a key, a tab and a position, "
                        f"got {line!r:.100}"
                    ) from error
                if not 0 <= entry[1] < end:
                    raise FormatError(
                        f"{type(self).__name__}: {self.idx_path}, line {number}: position must be within the {end} "
                        f"bytes of {self.uri}, got {entry[1]}; is it the index of another file?"
                    )
                yield entry


def _write_all(file: FileIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]
