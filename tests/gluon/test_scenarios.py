"""The stories of ``scenarios.py`` come to the same end here as in real MXNet."""

import json
import warnings
from typing import Any

import pytest

import regluon as mx
from tests.gluon.scenarios import SCENARIOS
from tests.recorded import GOLDEN

RECORDED = json.loads((GOLDEN / "gluon" / "scenarios.json").read_text(encoding="utf-8"))


def assert_same(found: Any, expected: Any, where: str) -> None:
    if isinstance(expected, dict):
        assert list(found) == list(expected), where
        for key in expected:
            assert_same(found[key], expected[key], f"{where}[{key!r}]")
    elif isinstance(expected, list):
        assert isinstance(found, (list, tuple)), where
        assert len(found) == len(expected), where
        for i, (one, other) in enumerate(zip(found, expected, strict=True)):
            assert_same(one, other, f"{where}[{i}]")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=2e-4, abs=5e-6), where
    else:
        assert found == expected, where


@pytest.mark.parametrize("name", SCENARIOS)
def test_ends_as_in_mxnet(name: str):
    with mx.NameManager(), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        found = SCENARIOS[name](mx)
    assert_same(found, RECORDED[name], name)
