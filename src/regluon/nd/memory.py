"""Which tensors share memory: results of operators do not, for writing into one array must not change another."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

__all__ = ["apart", "overlaps"]


def overlaps(first: Tensor, second: Tensor) -> bool:
    """Tell whether two tensors lie in one storage, and so may share memory."""
    start = first.untyped_storage().data_ptr()
    return start != 0 and start == second.untyped_storage().data_ptr()


def apart(result: Any, inputs: Iterable[Any]) -> Any:
    """Copy a result, or those of several, that lies in the storage of an input.

    Args:
        result: a tensor, or several.
        inputs: tensors, and other things, which are passed over.
    """
    taken = {one.untyped_storage().data_ptr() for one in inputs if isinstance(one, Tensor)}
    taken.discard(0)
    return _outside(result, taken)


def _outside(result: Any, taken: set[int]) -> Any:
    if not isinstance(result, Tensor):
        return [_outside(one, taken) for one in result]
    if result.untyped_storage().data_ptr() in taken:
        return result.clone(memory_format=torch.contiguous_format)
    return result
