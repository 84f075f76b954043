"""Devices by MXNet's names: ``cpu(0)``, ``gpu(1)``, the current one, and the way to torch's."""

import threading
from types import TracebackType
from typing import Any

import torch

from regluon.core.errors import ArgumentError, ArgumentTypeError

__all__ = [
    "Context",
    "Device",
    "as_device",
    "cpu",
    "cpu_pinned",
    "cpu_shared",
    "current_context",
    "current_device",
    "device_of",
    "gpu",
    "gpu_memory_info",
    "num_gpus",
]

TYPES = {"cpu": 1, "gpu": 2, "cpu_pinned": 3, "cpu_shared": 5}
"""MXNet's kinds of devices and their numbers."""


class Device:
    """A place where arrays live: ``cpu(0)``, ``gpu(1)``; MXNet 1.x calls it ``Context``.

    As a context manager it is the default device of the arrays created inside.

    Args:
        device_type: one of ``cpu``, ``gpu``, ``cpu_pinned``, ``cpu_shared``, or another Device to copy.
        device_id: number of the device, from 0.

    Examples:
        >>> from regluon.core.device import cpu, current_device
        >>> cpu(0)
        cpu(0)
        >>> with cpu(1):
        ...     current_device()
        cpu(1)
    """

    __slots__ = ("_outer", "device_id", "device_type")

    def __init__(self, device_type: "str | Device", device_id: int = 0) -> None:
        if isinstance(device_type, Device):
            device_type, device_id = device_type.device_type, device_type.device_id
        if device_type not in TYPES:
            raise ArgumentError(f"Device: device_type must be one of {', '.join(TYPES)}, got {device_type!r}")
        if isinstance(device_id, bool) or not isinstance(device_id, int) or device_id < 0:
            raise ArgumentError(f"Device: device_id must be an int >= 0, got {device_id!r}")
        self.device_type: str = device_type
        self.device_id = device_id
        self._outer: list[Device] = []

    @property
    def device_typeid(self) -> int:
        """MXNet's number of the kind of device."""
        return TYPES[self.device_type]

    @property
    def torch(self) -> torch.device:
        """The torch device this names; every kind of CPU memory is torch's one ``cpu``."""
        return torch.device("cuda", self.device_id) if self.device_type == "gpu" else torch.device("cpu")

    def empty_cache(self) -> None:
        """Give cached GPU memory back to the driver; nothing on a CPU."""
        if self.device_type == "gpu":
            torch.cuda.empty_cache()

    def __enter__(self) -> "Device":
        self._outer.append(_current.device)
        _current.device = self
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        _current.device = self._outer.pop()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Device) and (self.device_type, self.device_id) == (other.device_type, other.device_id)

    def __hash__(self) -> int:
        return hash((self.device_type, self.device_id))

    def __repr__(self) -> str:
        return f"{self.device_type}({self.device_id})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Device, (self.device_type, self.device_id)


Context = Device


class _Current(threading.local):
    def __init__(self) -> None:
        self.device = Device("cpu", 0)


_current = _Current()


def cpu(device_id: int = 0) -> Device:
    """Name the main memory; the number is kept but all CPU devices share one memory."""
    return Device("cpu", device_id)


def cpu_pinned(device_id: int = 0) -> Device:
    """Name page-locked main memory."""
    return Device("cpu_pinned", device_id)


def cpu_shared(device_id: int = 0) -> Device:
    """Name main memory shared between processes."""
    return Device("cpu_shared", device_id)


def gpu(device_id: int = 0) -> Device:
    """Name a CUDA device."""
    return Device("gpu", device_id)


def num_gpus() -> int:
    """Count the CUDA devices that torch sees."""
    return torch.cuda.device_count()


def gpu_memory_info(device_id: int = 0) -> tuple[int, int]:
    """Return the free and the total bytes of a CUDA device."""
    return torch.cuda.mem_get_info(device_id)


def current_device() -> Device:
    """Return the device that new arrays go to."""
    return _current.device


current_context = current_device


def device_of(tensor: torch.Tensor) -> Device:
    """Name the device a tensor lives on."""
    if tensor.device.type == "cuda":
        return Device("gpu", tensor.device.index or 0)
    return Device("cpu", 0)


def as_device(device: "Device | str | torch.device | None") -> Device:
    """Return the Device meant by a Device, torch's device, a text such as ``gpu(1)`` or ``cuda:1``, or None.

    Args:
        device: None means the current device.

    Examples:
        >>> as_device("cuda:1"), as_device("gpu(0)"), as_device(None)
        (gpu(1), gpu(0), cpu(0))
    """
    if device is None:
        return _current.device
    if isinstance(device, Device):
        return device
    if isinstance(device, (str, torch.device)):
        kind, _, number = str(device).replace("(", ":").rstrip(")").partition(":")
        if not number or (number.isascii() and number.isdigit()):
            return Device("gpu" if kind == "cuda" else kind, int(number or 0))
    raise ArgumentTypeError(f"device must be a Device such as cpu(0) or gpu(0), got {device!r}")
