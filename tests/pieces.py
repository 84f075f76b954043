"""What real MXNet answers to pieces of code, as ``tools/record_pieces.py`` wrote it under ``tests/golden/pieces``."""

import json
from collections.abc import Container
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

import regluon
from regluon.core import errors, names
from tests.snippets import answer

__all__ = ["check", "pieces"]

WORLD = SimpleNamespace(**{name: getattr(regluon, name) for name in regluon.__all__})

GOLDEN = Path(__file__).parent / "golden" / "pieces"


def pieces(name: str) -> list[tuple[str, Any]]:
    """Return the pieces of a file, each with MXNet's answer."""
    return [(code, told) for code, told in json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))]


def check(code: str, told: Any, different: Container[str]) -> None:
    """Run a piece here and compare; one that is ``different`` on purpose must indeed be."""
    with names.NameManager():
        found = answer(code, WORLD)
    try:
        _compare(told, found)
    except AssertionError:
        if code not in different:
            raise
    else:
        assert code not in different, "this is no longer different from MXNet"


def _compare(told: Any, found: Any) -> None:
    if isinstance(told, dict) and "raises" in told:
        # MXNet's errors are of many types; ours are all MXNetErrors, and of the type Python expects.
        assert isinstance(found, dict), found
        assert found.get("raises") in {*errors.__all__, told["raises"]}, found
    elif isinstance(told, dict) and "values" in told:
        assert {**found, "values": None} == {**told, "values": None}
        np.testing.assert_allclose(_floats(found["values"]), _floats(told["values"]), rtol=1e-5, atol=0)
    elif isinstance(told, dict):
        assert found.keys() == told.keys()
        for key in told:
            _compare(told[key], found[key])
    elif isinstance(told, list):
        assert isinstance(found, list)
        assert len(found) == len(told), found
        for one, other in zip(told, found, strict=True):
            _compare(one, other)
    else:
        assert found == told
        assert type(found) is type(told)


def _floats(values: Any) -> np.ndarray:
    return np.array(values, dtype=object).astype(np.float64)
