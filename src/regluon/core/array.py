"""The door of whatever computes on numpy arrays: anything that holds numbers comes in."""

from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch

__all__ = ["as_numpy"]


@runtime_checkable
class _SupportsAsNumpy(Protocol):
    def asnumpy(self) -> np.ndarray: ...


def as_numpy(array: Any) -> np.ndarray:
    """Give the numbers of ``array`` as a numpy array, without a copy where that is possible.

    Args:
        array: a numpy array, an NDArray (anything with ``.asnumpy()``), a torch tensor on any device, or
            whatever ``numpy.asarray`` takes. A bfloat16 tensor becomes float32, for numpy has no bfloat16.

    Returns:
        The array, of the same shape. Do not write to it: it may share the caller's memory.

    Examples:
        >>> as_numpy(torch.tensor([1.0, 2.0]))
        array([1., 2.], dtype=float32)
        >>> as_numpy([[1, 2], [3, 4]]).shape
        (2, 2)
    """
    if isinstance(array, np.ndarray):
        return array
    if isinstance(array, _SupportsAsNumpy):
        return array.asnumpy()
    if isinstance(array, torch.Tensor):
        array = array.detach()
        return (array.float() if array.dtype == torch.bfloat16 else array).cpu().numpy()
    return np.asarray(array)
