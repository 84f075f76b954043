"""Reading and writing elements as MXNet's arrays do.

Ints, slices, ``...`` and None cut a block out: a view where the block lies in one piece, else a copy. Arrays and lists
of ints pick elements, by numpy's rules. There are no arrays without axes, so one element alone has shape ``(1,)``.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from regluon.core.errors import ArgumentTypeError, OutOfRangeError, ShapeError
from regluon.nd.memory import overlaps

__all__ = ["find", "get", "put"]


def get(tensor: Tensor, key: Any) -> Tensor:
    """Return the elements a key means, one alone with shape ``(1,)``."""
    found = find(tensor, key)
    return found if found.ndim else found.reshape(1)


def find(tensor: Tensor, key: Any) -> Tensor:
    """Return the elements a key means; shares memory only for a block that lies in one piece."""
    if type(key) is int and tensor.ndim > 1 and tensor.is_contiguous() and -len(tensor) <= key < len(tensor):
        return tensor[key]  # the commonest key by far needs no reading
    keys, turned, picks = _read(tensor.shape, key, tensor.device)
    found = _cut(tensor, keys)
    if turned:
        found = found.flip(turned)
    if picks:
        found = _cut(found, picks)
    elif not turned and not _in_one_piece(tensor, keys, found):
        # MXNet shares memory for such blocks alone; another view that wrote through would differ from it.
        found = found.clone(memory_format=torch.contiguous_format)
    return found


def put(tensor: Tensor, key: Any, value: Any) -> None:
    """Write a number, an array or a tensor, broadcast, into the elements a key means."""
    keys, turned, picks = _read(tensor.shape, key, tensor.device)
    value = _tensor_of(value).to(tensor.device, tensor.dtype)
    if overlaps(value, tensor):
        value = value.clone()
    block = _cut(tensor, keys)
    if not picks:
        value = _fit(value, block.shape)
        block.copy_(value.flip(turned) if turned else value)
        return
    target = block.flip(turned) if turned else block
    picked = _cut(target.new_zeros(()).expand(target.shape), picks)
    target[tuple(picks)] = _fit(value, picked.shape)
    if turned:
        block.copy_(target.flip(turned))


def _tensor_of(value: Any) -> Tensor:
    if isinstance(value, Tensor):
        return value
    numbers = np.asarray(value)
    if numbers.dtype.kind not in "biuf":
        raise ArgumentTypeError(f"setitem: the value must be a number or an array of numbers, got {value!r:.60}")
    return torch.from_numpy(np.ascontiguousarray(numbers)).reshape(numbers.shape)


def _fit(value: Tensor, shape: Sequence[int]) -> Tensor:
    """Broadcast a value, dropping leading axes of size one it has too many."""
    given = tuple(value.shape)
    while value.ndim > len(shape) and value.shape[0] == 1:
        value = value[0]
    try:
        return value.expand(tuple(shape))
    except RuntimeError:
        raise ShapeError(f"setitem: the value must broadcast to shape {tuple(shape)}, got {given}") from None


def _read(shape: Sequence[int], key: Any, device: torch.device) -> tuple[list[Any], list[int], list[Any]]:
    """Part a key into a block with positive steps, the axes of it to turn round, and the picks in what this gives.

    The picks are empty for a key without arrays. Beside an array an int picks too, as in numpy.
    """
    parts = _parts(shape, key, device)
    picking = any(isinstance(one, Tensor) for one in parts)
    block: list[Any] = []
    turned: list[int] = []
    picks: list[Any] = []
    axis = kept = 0
    for one in parts:
        if one is None and picking:
            picks.append(None)
            continue
        if one is None:
            block.append(None)
        elif isinstance(one, slice):
            steps = range(*one.indices(shape[axis]))
            block.append(_forward(steps))
            picks.append(slice(None))
            if steps.step < 0 and len(steps) > 1:
                turned.append(kept)
        elif isinstance(one, Tensor):
            block.append(slice(None))
            picks.append(one)
        else:
            if not -shape[axis] <= one < shape[axis]:
                raise OutOfRangeError(
                    f"index: must be in [{-shape[axis]}, {shape[axis] - 1}] on axis {axis}, got {one}"
                )
            block.append(slice(None) if picking else one)
            # One number in an axis of its own: torch takes a tensor without axes for an int.
            picks.append(torch.tensor([one], device=device))
        kept += picking or not isinstance(one, int)
        axis += one is not None
    return block, turned, picks if picking else []


def _parts(shape: Sequence[int], key: Any, device: torch.device) -> list[Any]:
    """List the parts of a key, one for each axis, and None for each new one."""
    parts = [_part(one, device) for one in (key if isinstance(key, tuple) else (key,))]
    used = sum(1 for one in parts if one is not None and one is not Ellipsis)
    if used > len(shape):
        raise OutOfRangeError(f"index: must be at most one for each of {len(shape)} axes, got {used}")
    dots = [place for place, one in enumerate(parts) if one is Ellipsis]
    if len(dots) > 1:
        raise ArgumentTypeError(f"index: must have at most one `...`, got {len(dots)}")
    at = dots[0] if dots else len(parts)
    parts[at : at + 1] = [slice(None)] * (len(shape) - used)
    return parts


def _part(one: Any, device: torch.device) -> Any:
    """Bring one part of a key to None, ``...``, a slice of ints, an int, or a tensor of ints."""
    if one is None or one is Ellipsis:
        return one
    if isinstance(one, slice):
        return slice(*(None if end is None else _int(end) for end in (one.start, one.stop, one.step)))
    if isinstance(one, (int, np.integer)) and not isinstance(one, bool):
        return int(one)
    inner = getattr(one, "_tensor", one)
    if isinstance(inner, (list, tuple, range, np.ndarray)):
        values = np.asarray(inner)
        if values.dtype.kind not in "biuf":
            raise ArgumentTypeError(f"index: an array must hold ints, got {one!r:.60}")
        inner = torch.from_numpy(values) if values.size else torch.zeros(values.shape, dtype=torch.int64)
    if isinstance(inner, Tensor):
        if inner.dtype == torch.bool:
            raise ArgumentTypeError("index: must be ints, got a mask of bools; use nd.contrib.boolean_mask")
        return inner.detach().to(device, torch.int64)
    raise ArgumentTypeError(f"index: must be ints, slices, `...`, None or arrays of ints, got {type(one).__name__}")


def _int(value: Any) -> int:
    if isinstance(value, (int, np.integer)):
        return int(value)
    raise ArgumentTypeError(f"index: a slice must have ints, got {type(value).__name__}")


def _forward(steps: range) -> slice:
    """Write the steps of a slice as a slice with a positive step, in the other order if theirs is negative."""
    if not steps:
        return slice(0, 0)
    first, last = sorted((steps[0], steps[-1]))
    return slice(first, last + 1, abs(steps.step))


def _cut(tensor: Tensor, keys: list[Any]) -> Tensor:
    try:
        return tensor[tuple(keys)]
    except IndexError as error:
        raise OutOfRangeError(f"index: {error}") from None


def _in_one_piece(tensor: Tensor, keys: list[Any], found: Tensor) -> bool:
    """Tell whether a block lies in one piece where the array is in order, however the tensor is really laid out."""
    if tensor.is_contiguous():
        return found.is_contiguous()
    return torch.empty(tensor.shape, device="meta")[tuple(keys)].is_contiguous()
