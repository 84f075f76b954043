"""Arrays of numbers, of other libraries' arrays, and of uninitialised memory."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from regluon.core.device import as_device
from regluon.core.dtype import torch_dtype
from regluon.core.errors import ArgumentTypeError
from regluon.nd.ndarray import NDArray, label

__all__ = [
    "NDArray",
    "array",
    "empty",
    "from_dlpack",
    "from_numpy",
    "from_torch",
    "to_dlpack_for_read",
    "to_dlpack_for_write",
    "waitall",
]


def array(source_array: Any, ctx: Any = None, dtype: Any = None) -> NDArray:
    """Make an array of numbers, nested lists, a numpy array, a tensor or another NDArray.

    Args:
        source_array: the values; they are copied. A single number gives shape ``(1,)``.
        ctx: device, the current one if not given.
        dtype: type; if not given, an NDArray's or a tensor's own, else float32, for numpy arrays too.

    Examples:
        >>> from regluon import nd
        >>> nd.array([1, 2, 3]).dtype
        <class 'numpy.float32'>
    """
    device = as_device(ctx)
    source = source_array._tensor if isinstance(source_array, NDArray) else source_array
    if isinstance(source, Tensor):
        target = source.dtype if dtype is None else torch_dtype(dtype)
        return NDArray(source.detach().to(device.torch, target, copy=True), label(device))
    target = torch.float32 if dtype is None else torch_dtype(dtype)
    try:
        values = np.array(source)
    except ValueError:
        values = np.array(None)
    if values.dtype.kind not in "biuf":
        raise ArgumentTypeError(f"array: source_array must be numbers of one shape, got {source!r:.80}")
    # Foreign byte orders and steps become plain; nothing stays without axes.
    plain = np.ascontiguousarray(values, values.dtype.newbyteorder("="))
    return NDArray(torch.from_numpy(plain).to(device.torch, target, copy=True), label(device))


def empty(shape: Any, ctx: Any = None, dtype: Any = None) -> NDArray:
    """Make an array whose values are whatever the memory held.

    Args:
        shape: an int or a tuple of ints.
        ctx: device, the current one if not given.
        dtype: number type, float32 if not given.
    """
    device = as_device(ctx)
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    return NDArray(torch.empty(sizes, dtype=torch_dtype(dtype or "float32"), device=device.torch), label(device))


def from_numpy(ndarray: np.ndarray, zero_copy: bool = True) -> NDArray:
    """Make an array of a numpy array, in its number type, sharing its memory unless ``zero_copy`` is false."""
    return NDArray(torch.from_numpy(ndarray if zero_copy else ndarray.copy()))


def from_torch(tensor: Tensor) -> NDArray:
    """Make an array of a torch tensor, sharing memory and gradient."""
    return NDArray(tensor)


def from_dlpack(dlpack: Any) -> NDArray:
    """Make an array of a DLPack capsule, or of any library's array that gives one, sharing its memory."""
    return NDArray(torch.from_dlpack(dlpack))


def to_dlpack_for_read(data: NDArray) -> Any:
    """Return a DLPack capsule that shares an array's memory; also ``to_dlpack_for_write``."""
    return data.to_dlpack_for_read()


to_dlpack_for_write = to_dlpack_for_read


def waitall() -> None:
    """Return once everything that was started on a GPU is done; on a CPU it always is."""
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        torch.cuda.synchronize()
