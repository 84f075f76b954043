"""The ``.params`` of MXNet 2.x: a zip archive of numpy arrays, one ``<name>.npy`` for each, not compressed.

A sparse array is a folder there: ``<name>/data.npy``, ``indices.npy``, for csr ``indptr.npy``, and ``shape.npy``
and ``format.npy``. ``numpy.load`` would read the plain ones, but it believes whatever size a header claims.
"""

import math
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import IO

import numpy as np

from regluon.core.errors import FormatError
from regluon.formats.dtype import BFLOAT16, DTYPES
from regluon.formats.legacy import MAX_AXES
from regluon.formats.params_file import ParamsFile
from regluon.formats.reading import Allowance, ByteReader, format_error
from regluon.formats.sparse import dense_from_csr, dense_from_row_sparse

__all__ = ["ZIP_MAGIC", "read_npz", "write_npz"]

# An archive of nothing begins with its end.
ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")

_HEADER = re.compile(
    r"\{'descr': (?P<type>'[<>|]\w+'|\[\('bfloat16', '<u2'\)\]), 'fortran_order': (?P<fortran>True|False), "
    r"'shape': \((?P<shape>(\d{1,18}(, ?\d{1,18})*,?)?)\),? ?\}\s*"
)
_LITTLE = {f"'{dtype.str}'": dtype for dtype in DTYPES[:-1]}
_BIG = {f"'{dtype.newbyteorder('>').str}'": dtype.newbyteorder(">") for dtype in DTYPES[:-1]}
_TYPES = {"[('bfloat16', '<u2')]": BFLOAT16} | _BIG | _LITTLE
_SPARSE = {
    frozenset({"data", "indices", "shape", "format"}): "row_sparse",
    frozenset({"data", "indices", "indptr", "shape", "format"}): "csr",
}
# What zipfile lets through about archives that lie, besides its own error.
_ZIP_ERRORS = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError, NotImplementedError, OSError, RuntimeError,
    ValueError,
)  # fmt: skip


def read_npz(stream: IO[bytes], size: int, file: str, allowance: Allowance) -> ParamsFile:
    """Read a whole archive.

    Args:
        stream: the archive, at any place.
        size: how many bytes it has.
        file: its name, for messages.
        allowance: pays for sparse arrays and for what grows when unpacked.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            return _Reading(archive, file, allowance).contents(size)
    except FormatError:
        raise
    except _ZIP_ERRORS as error:
        raise format_error(file, "", f"the zip archive must be whole and unlocked, got {error}") from error


def write_npz(stream: IO[bytes], arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays as ``numpy.savez`` does, which MXNet 2.x reads.

    Args:
        stream: takes the archive.
        arrays: little endian, rows first, of types in ``DTYPES``.
    """
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


class _Reading:
    """One archive while it is being read."""

    def __init__(self, archive: zipfile.ZipFile, file: str, allowance: Allowance) -> None:
        self.members = {info.filename: info for info in archive.infolist()}
        self.archive = archive
        self.file = file
        self.allowance = allowance

    def contents(self, size: int) -> ParamsFile:
        self._check_sizes(size)
        others = [name for name in self.members if not name.endswith(".npy")]
        if others and len(others) == len(self.members):
            torch = any(name.endswith("/data.pkl") for name in others)
            found = "a PyTorch checkpoint: torch.load reads it" if torch else f"{others[0]!r}"
            raise format_error(self.file, "", f"the zip archive must hold .npy arrays, got {found}")
        notes = [f"{name!r} is not a .npy array: left out" for name in others]
        names = [name.removesuffix(".npy") for name in self.members if name.endswith(".npy")]
        sparse = _sparse_folders(names)
        arrays: dict[str, np.ndarray] = {}
        for name in names:
            folder = name.rpartition("/")[0]
            if folder not in sparse:
                arrays[name] = self._array(name)
                if arrays[name].dtype == BFLOAT16:
                    notes.append(f"array {name!r}: bfloat16, which numpy lacks: kept as its bits")
            elif folder not in arrays:
                arrays[folder] = self._sparse_array(folder, sparse[folder])
                notes.append(f"array {folder!r}: {sparse[folder]}, read as dense")
        return ParamsFile(tuple(arrays.values()), tuple(arrays), tuple(notes), np_shape=True)

    def _check_sizes(self, size: int) -> None:
        infos = self.archive.infolist()
        if len(infos) != len(self.members):
            raise format_error(self.file, "", "the zip archive must hold each name once")
        growth = sum(info.file_size for info in infos) - size
        if growth > 0 and not self.allowance.spend(growth):
            raise format_error(
                self.file,
                "",
                f"sparse arrays and compressed ones must together take at most expansion={self.allowance.limit} "
                f"bytes more than the file, but its members take {growth}; "
                f"give a larger expansion if the file is trusted",
            )

    def _array(self, name: str) -> np.ndarray:
        info = self.members[f"{name}.npy"]
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise format_error(
                self.file, f"array {name!r}", f"compression must be 0 (none) or 8 (deflate), got {info.compress_type}"
            )
        with self.archive.open(info) as member:
            reader = ByteReader(member, info.file_size, self.file, f"array {name!r}")
            header = _read_header(reader)
            match = _HEADER.fullmatch(header)
            if match is None or match["type"] not in _TYPES:
                raise reader.error(f"header must be numpy's, with a number type that MXNet has, got {header:.100}")
            shape = tuple(int(axis) for axis in match["shape"].split(",") if axis)
            if len(shape) > MAX_AXES or math.prod(axis or 1 for axis in shape) >= 1 << 60:
                raise reader.error(f"shape must have at most {MAX_AXES} axes and 2**60 elements, got {shape}")
            if match["fortran"] == "True":
                array = reader.array(_TYPES[match["type"]], shape[::-1]).T
            else:
                array = reader.array(_TYPES[match["type"]], shape)
            if reader.left:
                raise reader.error(f"nothing must follow the values, got {reader.left} more bytes")
            return array

    def _sparse_array(self, folder: str, kind: str) -> np.ndarray:
        def complain(rule: str) -> FormatError:
            return format_error(self.file, f"array {folder!r}", rule)

        # MXNet writes a broken header there, so what follows it counts, for MXNet's own reader too.
        with self.archive.open(self.members[f"{folder}/format.npy"]) as member:
            reader = ByteReader(member, self.members[f"{folder}/format.npy"].file_size, self.file, f"array {folder!r}")
            _read_header(reader)
            text = reader.take(min(reader.left, 10))
        if text != kind.encode():
            raise complain(f"format.npy must say {kind!r}, got {text!r}")
        shape_array = self._array(f"{folder}/shape")
        if shape_array.dtype != np.int64 or shape_array.ndim != 1 or (shape_array < 0).any():
            raise complain(f"shape.npy must be a row of int64 from 0 up, got {shape_array.dtype} {shape_array}")
        shape = tuple(int(axis) for axis in shape_array)
        values, indices = self._array(f"{folder}/data"), self._array(f"{folder}/indices")
        if kind == "row_sparse":
            return dense_from_row_sparse(values, indices, shape, self.allowance, complain)
        return dense_from_csr(values, self._array(f"{folder}/indptr"), indices, shape, self.allowance, complain)


def _sparse_folders(names: list[str]) -> dict[str, str]:
    folders: dict[str, set[str]] = {}
    for name in names:
        folder, _, part = name.rpartition("/")
        folders.setdefault(folder, set()).add(part)
    return {
        folder: _SPARSE[frozenset(parts)] for folder, parts in folders.items() if folder and frozenset(parts) in _SPARSE
    }


def _read_header(reader: ByteReader) -> str:
    magic = reader.take(8)
    if not magic.startswith(b"\x93NUMPY") or magic[6] not in (1, 2, 3):
        raise reader.error(f"member must begin as a .npy array does, got {magic!r}")
    return reader.take(reader.number("<H" if magic[6] == 1 else "<I")).decode("latin-1")
