"""Arrays from and to files: numpy's own ``.npy`` and ``.npz``, and MXNet's ``.params``."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as onp

from regluon.core.errors import ArgumentTypeError, FormatError
from regluon.core.files import write_bytes
from regluon.formats import load_params, save_npz
from regluon.nd.files import from_file_values, to_file_values
from regluon.np.numpy_array import ndarray

__all__ = ["load", "save", "savez"]

_NPY = b"\x93NUMPY"


def save(file: str | Path, arr: Any) -> None:
    """Write one array as ``.npy``; several as an ``.npz`` that numpy and MXNet 2 read.

    Args:
        file: the file.
        arr: an array, a list of them, or arrays by name.
    """
    if isinstance(arr, ndarray):
        buffer = io.BytesIO()
        onp.save(buffer, arr.asnumpy(), allow_pickle=False)
        write_bytes(file, buffer.getvalue())
    elif isinstance(arr, Mapping):
        _save(file, arr)
    else:
        savez(file, *arr)


def savez(file: str | Path, *args: Any, **kwds: Any) -> None:
    """Write arrays as an ``.npz``, those without names as ``arr_0``, ``arr_1`` and so on."""
    _save(file, {**{f"arr_{place}": one for place, one in enumerate(args)}, **kwds})


def _save(file: str | Path, arrays: Mapping[str, Any]) -> None:
    for one in arrays.values():
        if not isinstance(one, ndarray):
            raise ArgumentTypeError(f"save: arr must be mx.np.ndarrays, got {type(one).__name__}")
    save_npz(file, {name: to_file_values(one) for name, one in arrays.items()})


def load(file: str | Path) -> Any:
    """Read the arrays of a ``.npy``, ``.npz`` or ``.params`` file.

    Args:
        file: the file.

    Returns:
        The array, a list of them, or arrays by name.
    """
    with Path(file).open("rb") as stream:
        begin = stream.read(len(_NPY))
    if begin == _NPY:
        try:
            return _array(onp.load(file, allow_pickle=False))
        except ValueError as error:
            raise FormatError(f"{file}: must be an array of numbers in numpy's format ({error})") from None
    found = load_params(file)
    if isinstance(found, dict):
        return {name: _array(one) for name, one in found.items()}
    return [_array(one) for one in found]


def _array(values: onp.ndarray) -> ndarray:
    """Make an array of a file's values; an NDArray would have an axis at least."""
    found = from_file_values(values).as_np_ndarray()
    return found if found.shape == values.shape else found.reshape(values.shape)
