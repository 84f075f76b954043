"""Weights in a safetensors file that says itself what model they belong to.

The header holds, as JSON, the architecture, its arguments, the class names, the preprocessing and the metrics, so
that the file alone is enough to build the model. Nothing in it is run: a file from anywhere can be opened.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from regluon.core.errors import FormatError
from regluon.core.files import write_bytes
from regluon.engine.run_folder import json_text
from regluon.version import __version__

__all__ = ["ModelCard", "load_checkpoint", "read_card", "save_checkpoint"]

KEY = "regluon"
EDITION = 1
# First bytes of files that are taken for safetensors, and what they are.
STRANGERS = {
    b"PK\x03\x04": "a PyTorch or other zip archive",
    b"\x80": "a Python pickle, which is never opened because it can run anything",
    b"\x12\x01\x00\x00\x00\x00\x00\x00": "an MXNet parameter file",
    b"\x89HDF": "an HDF5 file",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What a file of weights says about its model.

    Args:
        architecture: the name the model is built by.
        arguments: the arguments it is built with.
        class_names: the names of the classes, by number.
        preprocessing: how a picture becomes the model's input (size, mean, std, ...).
        metrics: what the weights were measured to reach.
        facts: anything else (epoch, seed, ...).
        version: the version of this package that wrote the file.
    """

    architecture: str
    arguments: dict[str, Any] = field(default_factory=dict)
    class_names: tuple[str, ...] = ()
    preprocessing: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, float | None] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    version: str = __version__


def save_checkpoint(path: str | Path, tensors: Mapping[str, torch.Tensor], card: ModelCard) -> None:
    """Write weights and card, whole or not at all.

    Args:
        path: the file.
        tensors: the weights by name, on any device; two names may share memory.
        card: what they are.
    """
    # A copy each: the format knows neither shared memory nor strides.
    held = {
        name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format) for name, tensor in tensors.items()
    }
    header = json_text({"edition": EDITION, **asdict(card)})
    write_bytes(path, save(held, {KEY: header, "format": "pt"}))


def read_card(path: str | Path) -> ModelCard:
    """Read what a file of weights says about its model, without reading the weights.

    Raises:
        FormatError: the file is missing, damaged, of another format, or has no card.
    """
    return _open(Path(path), None, None)[1]


def load_checkpoint(
    path: str | Path, architectures: Collection[str] | None = None, device: torch.device | str = "cpu"
) -> tuple[dict[str, torch.Tensor], ModelCard]:
    """Read weights and card.

    Args:
        path: a file that :func:`save_checkpoint` has written, or somebody says so.
        architectures: the architectures the caller can build; any where None.
        device: where the weights go.

    Returns:
        The weights by name, and the card.

    Raises:
        FormatError: the file is missing, damaged, of another format, has no card, or belongs to another kind of model.
    """
    return _open(Path(path), architectures, device)


def _open(
    path: Path, architectures: Collection[str] | None, device: torch.device | str | None
) -> tuple[dict[str, torch.Tensor], ModelCard]:
    if not path.is_file():
        what = "is a folder, not a file of weights" if path.is_dir() else "no such file"
        raise FormatError(f"{path}: {what}")
    try:
        with safe_open(path, "pt", device=str(device or "cpu")) as file:
            card = _card(path, file.metadata() or {}, architectures)
            return {} if device is None else {name: file.get_tensor(name) for name in file.keys()}, card  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise FormatError(f"{path}: {_diagnosis(path, error)}") from error


def _card(path: Path, header: Mapping[str, str], architectures: Collection[str] | None) -> ModelCard:
    if KEY not in header:
        raise FormatError(f"{path}: holds weights, but does not say of which model (no {KEY!r} in its metadata)")
    try:
        said = json.loads(header[KEY])
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{path}: its card is not JSON: {error}") from error
    if not isinstance(said, dict) or said.get("edition") != EDITION:
        edition = said.get("edition") if isinstance(said, dict) else None
        raise FormatError(f"{path}: its card must be of edition {EDITION}, got {edition!r}")
    rules = {
        "architecture": str,
        "arguments": dict,
        "class_names": list,
        "preprocessing": dict,
        "metrics": dict,
        "facts": dict,
        "version": str,
    }
    for name, kind in rules.items():
        if not isinstance(said.get(name), kind):
            raise FormatError(f"{path}: {name} in its card must be a {kind.__name__}, got {said.get(name)!r}")
    if not all(isinstance(name, str) for name in said["class_names"]):
        raise FormatError(f"{path}: class_names in its card must be texts, got {said['class_names']!r}")
    if architectures is not None and said["architecture"] not in architectures:
        known = ", ".join(architectures)
        raise FormatError(f"{path}: holds a model {said['architecture']!r}, which is not one of {known}")
    told: dict[str, Any] = {name: said[name] for name in rules}
    told["class_names"] = tuple(told["class_names"])
    return ModelCard(**told)


def _diagnosis(path: Path, error: Exception) -> str:
    """Say in the user's words why a file is not weights."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    with path.open("rb") as file:
        start = file.read(9)
    if not start:
        return "the file is empty"
    # Eight bytes of length, then the JSON header: otherwise it never was safetensors.
    if start[8:] != b"{":
        kind = next((what for magic, what in STRANGERS.items() if start.startswith(magic)), "something else")
        return f"must be a safetensors file, got {kind}"
    what = str(error).removeprefix("Error while deserializing header: ")
    return f"the file is damaged or cut short ({what})"
