"""Arrays from and to MXNet's files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from regluon.core.errors import ArgumentTypeError
from regluon.formats import load_params, save_params
from regluon.formats.dtype import BFLOAT16
from regluon.nd.array import NDArray, array

__all__ = ["from_file_values", "load", "load_frombuffer", "save", "to_file_values"]

Loaded = dict[str, NDArray] | list[NDArray]


def load(fname: str | Path) -> Loaded:
    """Read the arrays of a file that ``mx.nd.save`` or ``save_parameters`` has written, here or in MXNet.

    Args:
        fname: the file.

    Returns:
        The arrays by name, or a list if the file has no names.
    """
    return _arrays(load_params(fname))


def load_frombuffer(buf: bytes) -> Loaded:
    """Read arrays from the bytes of such a file."""
    return _arrays(load_params(buf))


def save(fname: str | Path, data: NDArray | Sequence[NDArray] | Mapping[str, NDArray]) -> None:
    """Write arrays to a file that ``mx.nd.load`` reads, whole or not at all.

    Args:
        fname: the file.
        data: one array, a list, or arrays by name.
    """
    many = {"": data} if isinstance(data, NDArray) else data
    listed = list(many.values()) if isinstance(many, Mapping) else list(many)
    for one in listed:
        if not isinstance(one, NDArray):
            raise ArgumentTypeError(f"save: data must be NDArrays, got {type(one).__name__}")
    values = [to_file_values(one) for one in listed]
    named = dict(zip(data, values, strict=True)) if isinstance(data, Mapping) else values
    # Arrays with numpy's rules may have no axes.
    save_params(fname, named, np_shape=any(one._kind is not NDArray for one in listed))


def to_file_values(one: NDArray) -> np.ndarray:
    """Return the values as files hold them: bfloat16 bit by bit."""
    if one._tensor.dtype == torch.bfloat16:
        return one._tensor.detach().cpu().contiguous().view(torch.int16).numpy().view(BFLOAT16)
    return one.asnumpy()


def from_file_values(values: np.ndarray) -> NDArray:
    """Make an array of values as files hold them."""
    if values.dtype == BFLOAT16:
        return NDArray(torch.from_numpy(values.view(np.int16).copy()).view(torch.bfloat16))
    return array(values, dtype=values.dtype)


def _arrays(found: Any) -> Loaded:
    if isinstance(found, dict):
        return {name: from_file_values(values) for name, values in found.items()}
    return [from_file_values(values) for values in found]
