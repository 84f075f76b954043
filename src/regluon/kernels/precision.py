"""The precision that kernels compute in: MXNet's float32 thresholds, and no arithmetic in half precision."""

from ctypes import c_float

import torch
from torch import Tensor

__all__ = ["at_least_single", "single"]


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
