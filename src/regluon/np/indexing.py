"""Reading and writing elements as numpy does: masks of bools too, and one element alone has no axes."""

from typing import Any

import numpy as onp
import torch
from torch import Tensor

from regluon.core.errors import ArgumentTypeError, OutOfRangeError
from regluon.nd import indexing
from regluon.nd.ndarray import NDArray

__all__ = ["get", "put"]


def get(tensor: Tensor, key: Any) -> Tensor:
    """Return the elements a key means; shares memory only for a block that lies in one piece."""
    return indexing.find(tensor, _plain(tensor, key))


def put(tensor: Tensor, key: Any, value: Any) -> None:
    """Write a number, an array or a tensor, broadcast, into the elements a key means."""
    indexing.put(tensor, _plain(tensor, key), value)


def _plain(tensor: Tensor, key: Any) -> Any:
    """Turn the masks of a key into places along their axes."""
    if isinstance(key, (int, slice)) and not isinstance(key, bool):
        return key
    parts: list[Any] = []
    for one in key if isinstance(key, tuple) else (key,):
        mask = _mask(one)
        if mask is None:
            parts.append(_places(one))
            continue
        axis = _axis(tensor, key, len(parts), parts)
        sizes = tuple(tensor.shape[axis : axis + mask.ndim])
        if sizes != tuple(mask.shape):
            raise OutOfRangeError(
                f"index: a mask must have the shape {sizes} of the axes it is for, got {tuple(mask.shape)}"
            )
        parts += [place.to(tensor.device) for place in torch.nonzero(mask, as_tuple=True)]
    return tuple(parts)


def _mask(one: Any) -> Tensor | None:
    """Return a mask of bools with axes; None for anything else."""
    if isinstance(one, NDArray):
        return one._tensor if one._tensor.dtype == torch.bool and one.ndim else None
    if isinstance(one, list):
        values = onp.asarray(one) if one and not any(isinstance(part, NDArray) for part in one) else None
        one = values
    if isinstance(one, onp.ndarray) and one.dtype == bool and one.ndim:
        return torch.from_numpy(onp.ascontiguousarray(one))
    return None


def _places(one: Any) -> Any:
    if isinstance(one, (bool, onp.bool_)):
        raise ArgumentTypeError("index: must not be a single bool; use a mask of the array's sizes")
    if isinstance(one, list) and any(isinstance(part, NDArray) for part in one):
        return [int(part) for part in one]
    if isinstance(one, NDArray) and not one.ndim and one._tensor.dtype != torch.bool:
        return int(one)
    return one


def _axis(tensor: Tensor, key: Any, before: int, parts: list[Any]) -> int:
    """Count the axes that the parts before a mask stand for."""
    if Ellipsis not in [part for part in parts if not isinstance(part, (Tensor, NDArray, onp.ndarray))]:
        return sum(1 for part in parts if part is not None)
    # Behind dots axes are counted from the end.
    own = key if isinstance(key, tuple) else (key,)
    dots = next(place for place, one in enumerate(own) if one is Ellipsis)
    used = 0
    for one in own[dots + 1 :]:
        mask = _mask(one)
        used += (0 if one is None else 1) if mask is None else mask.ndim
    passed = sum(1 for part in parts[_place_of_dots(parts) + 1 : before] if part is not None)
    return tensor.ndim - used + passed


def _place_of_dots(parts: list[Any]) -> int:
    return next(place for place, one in enumerate(parts) if one is Ellipsis)
