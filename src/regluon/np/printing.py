"""How arrays are printed: as numpy prints them, but for the number type, which is told where it is not float32."""

from typing import Any

import numpy as onp

from regluon.core.device import Device
from regluon.core.errors import NotSupportedError

__all__ = ["plain", "set_printoptions", "text"]


def text(values: onp.ndarray, device: Device) -> str:
    """Write an array as Python would: ``array([1., 2.])``."""
    shown = repr(values)
    if "dtype=" in shown:
        if values.dtype == onp.float32:
            shown = shown[: shown.rindex(",")] + ")"
    elif values.dtype not in (onp.float32, onp.bool_):
        shown = f"{shown[:-1]}, dtype={values.dtype})"
    return shown if device.device_type == "cpu" else f"{shown[:-1]}, device={device})"


def plain(values: onp.ndarray, device: Device) -> str:
    """Write an array's elements alone."""
    shown = str(values)
    return shown if device.device_type == "cpu" or not values.ndim else f"{shown} @{device}"


def set_printoptions(precision: int | None = None, threshold: int | None = None, **kwarg: Any) -> None:
    """Set how numbers are printed, for numpy's arrays as well.

    Args:
        precision: digits after the point.
        threshold: number of elements above which only the ends are printed.
        kwarg: none of numpy's further options.
    """
    if kwarg:
        raise NotSupportedError(f"set_printoptions: has only precision and threshold, got {next(iter(kwarg))}")
    onp.set_printoptions(precision=precision, threshold=threshold)
