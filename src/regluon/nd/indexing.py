"""Reading and writing elements as MXNet's arrays do.

Ints, slices, ``...`` and None cut a block out: a view where it is contiguous, else a copy. Arrays and lists of ints pick
elements. There are no arrays without axes, so picking one element gives shape ``(1,)``.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from regluon.core.errors import ArgumentTypeError, ShapeError, UnknownNameError

__all__ = ["get", "put"]


class IndexOutOfRangeError(UnknownNameError, IndexError):
    """An index lies outside its axis."""


def get(tensor: Tensor, key: Any) -> Tensor:
    """Return the elements a key means; shares memory only for a contiguous block."""
    keys = _read(tensor, key)
    found = _cut(tensor, keys)
    if found.ndim == 0:
        found = found.reshape(1)
    # MXNet shares memory for contiguous blocks alone; a strided view that wrote through would differ from it.
    return found if found.is_contiguous() else found.contiguous()


def put(tensor: Tensor, key: Any, value: Any) -> None:
    """Write a number, an array or a tensor, broadcast, into the elements a key means."""
    keys = _read(tensor, key)
    if not isinstance(value, Tensor):
        value = torch.as_tensor(np.asarray(value))
    value = value.to(tensor.device, tensor.dtype)
    with torch.no_grad():
        if any(isinstance(one, slice) and (one.step or 1) < 0 for one in keys):
            keys = _positive(tensor, keys)
        target = tensor[tuple(keys)]
        try:
            value = _fit(value, target)
        except RuntimeError:
            raise ShapeError(
                f"setitem: the value must broadcast to shape {tuple(target.shape)}, got {tuple(value.shape)}"
            ) from None
        tensor[tuple(keys)] = value


def _fit(value: Tensor, target: Tensor) -> Tensor:
    """Broadcast a value, dropping leading axes of size one it has too many."""
    while value.ndim > target.ndim and value.shape[0] == 1:
        value = value[0]
    return value.expand(target.shape)


def _read(tensor: Tensor, key: Any) -> list[Any]:
    """Check a key and bring every part to an int, slice, None, ``...`` or tensor of ints."""
    keys = [_part(tensor, one) for one in (key if isinstance(key, tuple) else (key,))]
    used = sum(1 for one in keys if one is not None and one is not Ellipsis)
    if used > tensor.ndim:
        raise ShapeError(f"index: an array of {tensor.ndim} axes takes at most as many indices, got {used}")
    _check_range(tensor, keys)
    return keys


def _part(tensor: Tensor, one: Any) -> Any:
    if one is None or one is Ellipsis:
        return one
    if isinstance(one, slice):
        return slice(*(None if end is None else int(end) for end in (one.start, one.stop, one.step)))
    if isinstance(one, (bool, np.bool_)):
        raise ArgumentTypeError("index: must be ints, slices or arrays of ints, got a bool")
    if isinstance(one, (int, np.integer)):
        return int(one)
    inner = getattr(one, "_tensor", one)
    if isinstance(inner, (list, np.ndarray)):
        inner = torch.as_tensor(np.asarray(inner))
    if isinstance(inner, Tensor):
        if inner.dtype == torch.bool:
            raise ArgumentTypeError("index: must be ints, got a mask of bools; use nd.contrib.boolean_mask")
        return inner.to(tensor.device, torch.int64)
    raise ArgumentTypeError(f"index: must be ints, slices or arrays of ints, got {type(one).__name__}")


def _check_range(tensor: Tensor, keys: list[Any]) -> None:
    axis = 0
    for position, one in enumerate(keys):
        if one is Ellipsis:
            axis = tensor.ndim - sum(1 for rest in keys[position + 1 :] if rest is not None)
        elif one is not None:
            size = tensor.shape[axis]
            if isinstance(one, int) and not -size <= one < size:
                raise IndexOutOfRangeError(f"index: must be in [{-size}, {size - 1}] on axis {axis}, got {one}")
            axis += 1


def _cut(tensor: Tensor, keys: list[Any]) -> Tensor:
    """Index, with negative steps, which torch's slices lack."""
    if any(isinstance(one, slice) and (one.step or 1) < 0 for one in keys):
        keys = _positive(tensor, keys)
    try:
        return tensor[tuple(keys)]
    except IndexError as error:
        raise IndexOutOfRangeError(f"index: {error}") from None


def _positive(tensor: Tensor, keys: list[Any]) -> list[Any]:
    """Write slices of negative step as picked indices, all of them at once so that axes stay in place."""
    full = list(keys)
    if Ellipsis in [one if one is Ellipsis else None for one in full]:
        at = next(i for i, one in enumerate(full) if one is Ellipsis)
        missing = tensor.ndim - sum(1 for one in full if one is not None and one is not Ellipsis)
        full[at : at + 1] = [slice(None)] * missing
    full += [slice(None)] * (tensor.ndim - sum(1 for one in full if one is not None))
    if any(one is None or isinstance(one, Tensor) for one in full):
        raise ArgumentTypeError("index: a negative step must not be mixed with None or arrays of ints")
    ranges = [
        torch.arange(tensor.shape[axis])[one:][:1] if isinstance(one, int) and one == -1
        else torch.arange(tensor.shape[axis])[one].reshape(1) if isinstance(one, int)
        else torch.as_tensor(range(tensor.shape[axis])[one], dtype=torch.int64)
        for axis, one in enumerate(full)
    ]  # fmt: skip
    grid = list(torch.meshgrid(*ranges, indexing="ij"))
    kept = [axis for axis, one in enumerate(full) if not isinstance(one, int)]
    shape = [len(ranges[axis]) for axis in kept]
    return [index.reshape(shape).to(tensor.device) for index in grid]
