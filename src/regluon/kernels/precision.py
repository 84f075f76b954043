"""The precision that kernels compute in: MXNet's float32 thresholds, and no arithmetic in half precision."""

from ctypes import c_float

import numpy as np
import torch
from torch import Tensor

__all__ = ["at_least_single", "bits_of", "single"]


def single(number: float) -> float:
    """Round a number to float32: MXNet keeps an operator's float attributes so, whatever the type of its arrays.

    Args:
        number: any float; what is too large becomes infinite.

    Returns:
        The nearest float32, as a float.

    Examples:
        >>> single(0.3)
        0.30000001192092896
    """
    return c_float(number).value


def at_least_single(data: Tensor) -> Tensor:
    """Widen half precision to float32, which is exact, and leave float32 and float64 alone.

    Args:
        data: floats of any shape.

    Returns:
        ``data`` itself or its values in float32.
    """
    return data if data.dtype in (torch.float32, torch.float64) else data.float()


def bits_of(values: np.ndarray) -> np.ndarray:
    """Read the bits of floats as integers, without a copy.

    Args:
        values: float32 or float64 of any shape, C-contiguous.

    Returns:
        The same memory as int32 or int64.

    Examples:
        >>> bits_of(np.array([1.0, -0.0], np.float32))
        array([ 1065353216, -2147483648], dtype=int32)
    """
    return values.view(np.int32 if values.itemsize == 4 else np.int64)
