"""The answers of real MXNet that ``tools/record_golden.py`` wrote under ``tests/golden``.

The layout of a file, for its case ``i``: ``c{i}_case`` is JSON with ``name``, ``attrs``, ``inputs`` (names, in order),
``train`` and ``aux`` (names of those inputs that the operator updates); ``c{i}_in_{name}`` are the inputs,
``c{i}_out{k}`` the visible outputs, ``c{i}_og{k}`` the gradient sent back through output ``k``,
``c{i}_grad_{name}`` what arrived at an input, and ``c{i}_aux_{name}`` an updated input afterwards.
Inputs of an operator that takes any number of them are called ``data0``, ``data1`` and so on.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

__all__ = ["GOLDEN", "Case", "operators", "recorded", "recorded_params"]

GOLDEN = Path(__file__).parent / "golden"


@dataclass(frozen=True, slots=True)
class Case:
    """One recorded call.

    Attributes:
        name: what the case tries.
        attrs: attributes with Python values; sequences are tuples.
        inputs: arrays by name, in the operator's order; updated inputs as they were before.
        train: whether the recording ran in training mode.
        aux: updated inputs as they were after forward and backward.
        outputs: the visible outputs.
        head_grads: what was sent back through each output; empty where MXNet has no gradient.
        grads: the gradient of every float input; empty where MXNet has none.
    """

    name: str
    attrs: Mapping[str, Any]
    inputs: Mapping[str, np.ndarray]
    train: bool
    aux: Mapping[str, np.ndarray]
    outputs: tuple[np.ndarray, ...]
    head_grads: tuple[np.ndarray, ...]
    grads: Mapping[str, np.ndarray]


def operators(folder: str = "ops") -> list[str]:
    """Name everything that has a recording, by the name MXNet registers it under."""
    return sorted(path.stem for path in (GOLDEN / folder).glob("*.npz"))


def recorded(name: str, folder: str = "ops") -> list[Case]:
    """Read the cases of an operator; ``box_nms`` finds ``_contrib_box_nms``. Their arrays are the caller's own.

    Args:
        name: the registered name, with or without ``_contrib_`` or a leading underscore.
        folder: ``ops``; ``components`` for losses, coders, matchers, optimizers and the like; ``symbols`` for graphs.
    """
    for stem in (name, f"_contrib_{name}", f"_{name}"):
        path = GOLDEN / folder / f"{stem}.npz"
        if path.exists():
            arrays = _arrays(path)
            return [_case(arrays, index) for index in range(int(arrays["n_cases"]))]
    raise FileNotFoundError(f"nothing is recorded for {name!r} in {folder}")


def recorded_params(*names: str, folder: str = "ops") -> list[Any]:
    """List the cases of one operator as pytest parameters, or of several with the operator's name in front.

    One name gives parameters of one argument (the case), several give two (the name, the case).
    """
    if len(names) == 1:
        return [pytest.param(case, id=case.name) for case in recorded(names[0], folder)]
    return [pytest.param(name, case, id=f"{name}: {case.name}") for name in names for case in recorded(name, folder)]


@cache
def _arrays(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as archive:
        return {key: archive[key] for key in archive.files}


def _case(arrays: Mapping[str, np.ndarray], index: int) -> Case:
    own = {key.split("_", 1)[1]: value.copy() for key, value in arrays.items() if key.startswith(f"c{index}_")}
    description = json.loads(str(own["case"]))
    count = sum(key.startswith("out") for key in own)
    return Case(
        name=description["name"],
        attrs={key: _frozen(value) for key, value in description["attrs"].items()},
        inputs={name: own[f"in_{name}"] for name in description["inputs"]},
        train=description["train"],
        aux={name: own[f"aux_{name}"] for name in description["aux"]},
        outputs=tuple(own[f"out{k}"] for k in range(count)),
        head_grads=tuple(own[f"og{k}"] for k in range(count) if f"og{k}" in own),
        grads={key.removeprefix("grad_"): value for key, value in own.items() if key.startswith("grad_")},
    )


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
