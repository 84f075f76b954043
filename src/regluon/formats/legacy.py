"""MXNet's list of arrays, the ``.params`` of all 1.x releases, in its four versions.

Little endian throughout::

    u64 0x112 | u64 0 | u64 arrays | the arrays | u64 names | per name: u64 length, UTF-8 bytes

An array begins with a mark: V2 (since 1.0), V3 (written under the np-shape switch), V1, or in the oldest
files, V0, no mark but the number of axes itself. The layout is MXNet's ``NDArray::Save``.
"""

import math
import struct
from collections.abc import Sequence
from typing import IO

import numpy as np

from regluon.formats.dtype import BFLOAT16, DTYPES, dtype_code
from regluon.formats.params_file import ParamsFile
from regluon.formats.reading import Allowance, ByteReader
from regluon.formats.sparse import dense_from_csr, dense_from_row_sparse

__all__ = ["MAGIC", "MAX_AXES", "read_legacy", "write_legacy"]

MAGIC = struct.pack("<Q", 0x112)
MAX_AXES = 32

_V1, _V2, _V3 = 0xF993FAC8, 0xF993FAC9, 0xF993FACA
_DENSE, _ROW_SPARSE, _CSR = range(3)
# How many index arrays follow the values: row_sparse has indices; csr has indptr, then indices.
_INDEX_ARRAYS = {_DENSE: 0, _ROW_SPARSE: 1, _CSR: 2}
_CPU = struct.pack("<ii", 1, 0)


def read_legacy(reader: ByteReader, allowance: Allowance) -> ParamsFile:
    """Read a whole list.

    Args:
        reader: at the first byte, which is known to begin ``MAGIC``.
        allowance: pays for sparse arrays.
    """
    reader.place = "header"
    _, _, count = reader.numbers("<QQQ")
    # The shortest array there is, a V0 placeholder, takes four bytes.
    if count > reader.left // 4:
        raise reader.error(f"number of arrays must fit in the {reader.left} bytes left, got {count}")
    arrays: list[np.ndarray] = []
    remarks: list[tuple[int, str]] = []
    np_shape = False
    for index in range(count):
        reader.place = f"array {index}"
        array, version, remark = _read_array(reader, allowance)
        arrays.append(array)
        np_shape |= version == _V3
        if remark:
            remarks.append((index, remark))
    names = _read_names(reader, count)
    reader.place = "end"
    if reader.left:
        raise reader.error(f"nothing must follow the names, got {reader.left} more bytes")
    notes = [f"array {index}{f' ({names[index]!r})' if names else ''}: {remark}" for index, remark in remarks]
    if len(set(names)) < len(names):
        notes.append("several arrays have the same name: the last of each counts")
    return ParamsFile(tuple(arrays), tuple(names) or None, tuple(notes), np_shape)


def write_legacy(stream: IO[bytes], arrays: Sequence[np.ndarray], names: Sequence[bytes], np_shape: bool) -> None:
    """Write a whole list, byte for byte as ``mx.nd.save`` of MXNet 1.9.1 does.

    Args:
        stream: takes the bytes.
        arrays: little endian, rows first, of types in ``DTYPES``.
        names: one for each array, or none at all.
        np_shape: write V3, else V2.
    """
    stream.write(struct.pack("<QQQ", 0x112, 0, len(arrays)))
    for array in arrays:
        stream.write(struct.pack("<Iii", _V3 if np_shape else _V2, _DENSE, array.ndim))
        stream.write(struct.pack(f"<{array.ndim}q", *array.shape))
        stream.write(_CPU + struct.pack("<i", dtype_code(array.dtype)))
        stream.write(array.reshape(-1).view(np.uint8).data)
    stream.write(struct.pack("<Q", len(names)))
    for name in names:
        stream.write(struct.pack("<Q", len(name)) + name)


def _read_array(reader: ByteReader, allowance: Allowance) -> tuple[np.ndarray, int, str]:
    """Read one array; return it, the mark it began with, and a remark if it is not as it was stored."""
    version = reader.number("<I")
    if version in (_V2, _V3):
        return _read_marked(reader, version, allowance)
    shape = _read_shape(reader) if version == _V1 else _read_sizes(reader, version, "I")
    return _read_dense(reader, shape, version) if shape else _placeholder(version)


def _read_marked(reader: ByteReader, version: int, allowance: Allowance) -> tuple[np.ndarray, int, str]:
    storage = reader.number("<i")
    if storage not in _INDEX_ARRAYS or (storage != _DENSE and version == _V3):
        choices = "0 (dense)" if version == _V3 else "0 (dense), 1 (row_sparse) or 2 (csr)"
        raise reader.error(f"storage kind must be {choices}, got {storage}")
    stored = _read_shape(reader) if storage != _DENSE else ()
    axes = reader.number("<i")
    # Only np-shape tells a scalar from an array that has no shape yet.
    if axes == (-1 if version == _V3 else 0):
        return _placeholder(version)
    shape = _read_sizes(reader, axes, "q")
    if storage == _DENSE:
        return _read_dense(reader, shape, version)
    return _read_sparse(reader, storage, stored, shape, allowance)


def _read_dense(reader: ByteReader, shape: tuple[int, ...], version: int) -> tuple[np.ndarray, int, str]:
    dtype = _read_device_and_dtype(reader)
    remark = "bfloat16, which numpy lacks: kept as its bits" if dtype == BFLOAT16 else ""
    return reader.array(dtype, shape), version, remark


def _read_sparse(
    reader: ByteReader, storage: int, stored: tuple[int, ...], shape: tuple[int, ...], allowance: Allowance
) -> tuple[np.ndarray, int, str]:
    dtype = _read_device_and_dtype(reader)
    layouts = []
    for _ in range(_INDEX_ARRAYS[storage]):
        index_dtype = _read_dtype(reader)
        layouts.append((index_dtype, _read_shape(reader)))
    values = reader.array(dtype, stored)
    indices = [reader.array(*layout) for layout in layouts]
    if storage == _ROW_SPARSE:
        dense = dense_from_row_sparse(values, indices[0], shape, allowance, reader.error)
        return dense, _V2, "row_sparse, read as dense"
    dense = dense_from_csr(values, indices[0], indices[1], shape, allowance, reader.error)
    return dense, _V2, "csr, read as dense"


def _placeholder(version: int) -> tuple[np.ndarray, int, str]:
    # MXNet's "none" array, that had neither shape nor values when it was saved.
    return np.empty(0, np.float32), version, "has no shape and no values: read as an empty float32 array"


def _read_device_and_dtype(reader: ByteReader) -> np.dtype:
    # Where the array lived says nothing about it: MXNet itself falls back to the CPU.
    reader.take(8)
    return _read_dtype(reader)


def _read_dtype(reader: ByteReader) -> np.dtype:
    code = reader.number("<i")
    if not 0 <= code < len(DTYPES):
        raise reader.error(f"type code must be 0 to {len(DTYPES) - 1}, got {code}")
    return DTYPES[code]


def _read_shape(reader: ByteReader) -> tuple[int, ...]:
    return _read_sizes(reader, reader.number("<i"), "q")


def _read_sizes(reader: ByteReader, axes: int, layout: str) -> tuple[int, ...]:
    if not 0 <= axes <= MAX_AXES:
        raise reader.error(f"number of axes must be 0 to {MAX_AXES}, got {axes}")
    shape = reader.numbers(f"<{axes}{layout}")
    # With the empty axes left out, because numpy counts them out too when it looks for an overflow.
    if any(size < 0 for size in shape) or math.prod(size or 1 for size in shape) >= 1 << 60:
        raise reader.error(f"shape must have no negative axis and fewer than 2**60 elements, got {shape}")
    return shape


def _read_names(reader: ByteReader, arrays: int) -> list[str]:
    reader.place = "names"
    count = reader.number("<Q")
    if count not in (0, arrays):
        raise reader.error(f"number of names must be 0 or that of the arrays, {arrays}, got {count}")
    names = []
    for index in range(count):
        reader.place = f"name of array {index}"
        size = reader.number("<Q")
        try:
            names.append(reader.take(size).decode())
        except UnicodeDecodeError as error:
            raise reader.error(f"name must be UTF-8, got {error.object!r:.80}") from error
    return names
