"""Parameter files: MXNet's own list of arrays, and the zip archive of MXNet 2.x."""

import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TypeVar

import numpy as np

from regluon.core.errors import ArgumentError, ArgumentTypeError
from regluon.core.files import replacing
from regluon.formats.dtype import little_endian
from regluon.formats.legacy import MAGIC, MAX_AXES, read_legacy, write_legacy
from regluon.formats.npz import ZIP_MAGIC, read_npz, write_npz
from regluon.formats.params_file import ParamsFile
from regluon.formats.reading import Allowance, ByteReader, format_error
from regluon.formats.sniff import describe

__all__ = ["load_params", "read_params", "save_npz", "save_params", "strip_prefixes"]

Source = str | os.PathLike[str] | bytes | bytearray | memoryview
Arrays = Mapping[str, np.ndarray] | Sequence[np.ndarray] | np.ndarray
Value = TypeVar("Value")


def load_params(source: Source, *, expansion: int = 1 << 30) -> dict[str, np.ndarray] | list[np.ndarray]:
    """Read the arrays of a parameter file, as ``mx.nd.load`` and 2.x's ``npx.load`` do.

    Reads all four versions of MXNet's list and the archives of MXNet 2.x. Names keep their ``arg:`` and ``aux:``.
    bfloat16 comes back in the dtype ``BFLOAT16``; ``row_sparse`` and ``csr`` come back dense. Nothing in a file is
    ever executed, and no more memory is taken than the file can fill.

    Args:
        source: a path, or the bytes of a file.
        expansion: how many bytes sparse and compressed arrays may take together beyond the size of the file.

    Returns:
        The arrays by name, or a list if the file has no names (or no arrays).

    Raises:
        FormatError: the file is something else, cut short, damaged, or contradicts itself.
    """
    return read_params(source, expansion=expansion).data


def read_params(source: Source, *, expansion: int = 1 << 30) -> ParamsFile:
    """Read a parameter file as :func:`load_params` does, with notes on what did not come back as it was stored.

    Args:
        source: a path, or the bytes of a file.
        expansion: how many bytes sparse and compressed arrays may take together beyond the size of the file.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        return _read(io.BytesIO(source), "bytes", expansion)
    path = Path(source)
    with path.open("rb") as stream:
        return _read(stream, str(path), expansion)


def save_params(path: str | os.PathLike[str], data: Arrays, *, np_shape: bool = False) -> None:
    """Write arrays as ``mx.nd.save`` does, to the byte.

    Integers of 16 bits, and unsigned ones of 32 and 64, need MXNet 2.x to be read there. If anything fails, an
    older file of that name is untouched.

    Args:
        path: the file to write, named exactly so.
        data: arrays by name, a list of arrays, or one array, which is saved as a list of one.
        np_shape: write what MXNet reads under its np-shape switch only, and needs there; scalars need it.
    """
    names, arrays = _checked("save_params", data)
    if not np_shape:
        for name, array in zip(names or range(len(arrays)), arrays, strict=True):
            if array.ndim == 0:
                raise ArgumentError(
                    f"save_params: array {name!r} must have at least one axis, got a scalar; "
                    f"save with np_shape=True, or reshape it to (1,)"
                )
    with replacing(path) as stream:
        write_legacy(stream, arrays, [name.encode() for name in names], np_shape)


def save_npz(path: str | os.PathLike[str], data: Arrays) -> None:
    """Write arrays as MXNet 2.x's ``npx.savez`` and ``save_parameters`` do: a zip archive of ``.npy`` arrays.

    Args:
        path: the file to write, named exactly so.
        data: arrays by name; those of a list are named ``arr_0``, ``arr_1`` and so on.
    """
    names, arrays = _checked("save_npz", data)
    names = names or [f"arr_{index}" for index in range(len(arrays))]
    with replacing(path) as stream:
        write_npz(stream, dict(zip(names, arrays, strict=True)))


def strip_prefixes(params: Mapping[str, Value]) -> dict[str, Value]:
    """Drop the ``arg:`` and ``aux:`` that exported files put before names.

    Examples:
        >>> strip_prefixes({"arg:conv0_weight": 1, "aux:bn0_running_mean": 2, "dense0_bias": 3})
        {'conv0_weight': 1, 'bn0_running_mean': 2, 'dense0_bias': 3}
    """
    stripped: dict[str, Value] = {}
    for name, value in params.items():
        bare = name[4:] if name.startswith(("arg:", "aux:")) else name
        if bare in stripped:
            raise ArgumentError(f"strip_prefixes: names must differ without their prefixes, got {bare!r} twice")
        stripped[bare] = value
    return stripped


def _read(stream: IO[bytes], file: str, expansion: int) -> ParamsFile:
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    head = stream.read(512)
    stream.seek(0)
    allowance = Allowance(expansion)
    if head.startswith(MAGIC):
        return read_legacy(ByteReader(stream, size, file), allowance)
    if head.startswith(ZIP_MAGIC):
        return read_npz(stream, size, file, allowance)
    raise format_error(file, "", f"must be an MXNet parameter file, got {describe(head)}")


def _checked(who: str, data: Arrays) -> tuple[list[str], list[np.ndarray]]:
    """Split the data into names (none for a list) and arrays laid out for a file."""
    if isinstance(data, np.ndarray):
        data = [data]
    if not isinstance(data, Mapping | list | tuple):
        raise ArgumentTypeError(f"{who}: data must be a dict or a list of arrays, got {type(data).__name__}")
    items = list(data.items()) if isinstance(data, Mapping) else list(enumerate(data))
    arrays = [little_endian(array, f"{who}: array {key!r}") for key, array in items]
    for key, array in items:
        if array.ndim > MAX_AXES:
            raise ArgumentError(f"{who}: array {key!r} must have at most {MAX_AXES} axes, got {array.ndim}")
    if not isinstance(data, Mapping):
        return [], arrays
    for name in data:
        if not isinstance(name, str):
            raise ArgumentTypeError(f"{who}: name must be a string, got {name!r}")
        # MXNet's names end at a zero; half of a surrogate pair has no UTF-8.
        if "\0" in name or any("\ud800" <= letter <= "\udfff" for letter in name):
            raise ArgumentError(f"{who}: name must have neither zeros nor lone surrogates, got {name!r}")
    return list(data), arrays
