"""From the text of ``--device`` to a torch device that is there."""

import torch

from regluon.core.errors import ArgumentError

__all__ = ["available_devices", "pick_device"]


def available_devices() -> dict[str, str]:
    """Return the devices this machine offers, by the text that ``--device`` takes, with a description of each."""
    devices = {"cpu": f"{torch.get_num_threads()} threads"}
    for number in range(torch.cuda.device_count()):
        devices[str(number)] = torch.cuda.get_device_name(number)
    if torch.backends.mps.is_available():
        devices["mps"] = "Apple GPU"
    return devices


def pick_device(text: str, verb: str = "device") -> torch.device:
    """Return the torch device a ``--device`` text means.

    Args:
        text: ``auto`` (a GPU where there is one, else the CPU), ``cpu``, ``cuda``, ``cuda:1``, ``1``, ``mps``.
        verb: who asks; the beginning of every message.

    Returns:
        The device.

    Raises:
        ArgumentError: the device is not there, or the text names several.

    Examples:
        >>> pick_device("cpu")
        device(type='cpu')
    """
    if "," in text:
        raise ArgumentError(f"{verb}: device must be one device, got {text!r}; {verb} computes on one")
    if text == "auto":
        return torch.device("cuda", 0) if torch.cuda.is_available() else torch.device("cpu")
    if text == "cpu":
        return torch.device("cpu")
    there = available_devices()
    name = text.removeprefix("cuda:") if text != "cuda" else "0"
    if name not in there:
        raise ArgumentError(f"{verb}: device must be one that is here ({', '.join(there)}), got {text!r}")
    return torch.device("mps") if name == "mps" else torch.device("cuda", int(name))
