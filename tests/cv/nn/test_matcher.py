"""Matchers: GluonCV's numbers, loops from the definitions, ties, thresholds met exactly, padding."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from regluon.core.errors import ArgumentError
from regluon.cv.nn.matcher import BipartiteMatcher, CompositeMatcher, MaximumMatcher
from tests.cv.faces import FACES, ask, assert_agrees
from tests.recorded import Case, recorded_params

EVERY_FACE = pytest.mark.parametrize("face", FACES)
MATCHERS = {"MaximumMatcher": MaximumMatcher, "BipartiteMatcher": BipartiteMatcher}

# Eighths: ties everywhere.
OVERLAPS = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 3), st.integers(1, 7), st.integers(1, 4)),
    elements=st.integers(0, 8).map(lambda eighths: eighths / 8),
)


def composite(matchers: Any) -> CompositeMatcher:
    return CompositeMatcher([MATCHERS[name](**attrs) for name, attrs in matchers])


def bipartite(overlaps: np.ndarray, threshold: float, share_max: bool) -> list[float]:
    """Match the rows of one image, step by step."""
    match = np.full(len(overlaps), -1.0)
    taken: set[int] = set()
    pairs = [(-overlaps[n, m], n, m) for n in range(overlaps.shape[0]) for m in range(overlaps.shape[1])]
    for negative, row, column in sorted(pairs):
        if -negative > threshold and match[row] < 0 and column not in taken:
            match[row] = column
            taken.add(column)
    for row in np.flatnonzero(match < 0):
        best = int(overlaps[row].argmax())
        columns = range(overlaps.shape[1]) if share_max else [best]
        if any(overlaps[row, m] >= overlaps[:, m].max() for m in columns):
            match[row] = best
    return match.tolist()


@EVERY_FACE
@pytest.mark.parametrize(("name", "case"), recorded_params(*MATCHERS, folder="components"))
def test_equals_gluoncv(face: str, name: str, case: Case) -> None:
    assert_agrees(face, MATCHERS[name](**case.attrs), case, rtol=0, atol=0)


@EVERY_FACE
@pytest.mark.parametrize("case", recorded_params("CompositeMatcher", folder="components"))
def test_composite_equals_gluoncv(face: str, case: Case) -> None:
    assert_agrees(face, composite(**case.attrs), case, rtol=0, atol=0)


@given(OVERLAPS, st.sampled_from([0.0, 0.25, 0.5]), st.booleans())
def test_bipartite_equals_the_definition(overlaps: np.ndarray, threshold: float, share_max: bool) -> None:
    [got] = ask("th", BipartiteMatcher(threshold, share_max=share_max), [overlaps]).outputs
    assert got.tolist() == [bipartite(image, threshold, share_max) for image in overlaps]


@given(OVERLAPS, st.sampled_from([0.25, 0.5]))
def test_maximum_equals_the_definition(overlaps: np.ndarray, threshold: float) -> None:
    [got] = ask("th", MaximumMatcher(threshold), [overlaps]).outputs
    best = overlaps.argmax(2)
    assert got.tolist() == np.where(overlaps.max(2) >= threshold, best, -1).tolist()


@EVERY_FACE
@pytest.mark.parametrize(
    ("matcher", "overlaps", "matches"),
    [
        pytest.param(MaximumMatcher(0.5), [[0.5, 0.5]], [0], id="tie goes to the first"),
        pytest.param(MaximumMatcher(0.4), [[0.1, 0.4]], [1], id="threshold itself counts"),
        pytest.param(MaximumMatcher(0.7), [[0.7]], [0], id="threshold that float32 rounds up"),
        pytest.param(MaximumMatcher(0.1), [[-1.0, -1.0]], [-1], id="padding of -1"),
        pytest.param(BipartiteMatcher(0.5), [[0.5], [0.25]], [0, -1], id="threshold itself does not pair, but joins"),
        pytest.param(BipartiteMatcher(), [[0.7, 0], [0.2, 0], [0.1, 0]], [0, 0, 0], id="padding, shared"),
        pytest.param(
            BipartiteMatcher(share_max=False), [[0.7, 0], [0.2, 0], [0.1, 0]], [0, -1, -1], id="padding, not shared"
        ),
        pytest.param(BipartiteMatcher(share_max=False), [[0.5], [0.5]], [0, 0], id="anchors that tie share"),
        pytest.param(
            CompositeMatcher([BipartiteMatcher(share_max=False), MaximumMatcher(0.5)]),
            [[0.3], [0.5], [0.6]],
            [-1, 0, 0],
            id="the second fills in",
        ),
    ],
)
def test_by_hand(face: str, matcher: Any, overlaps: Any, matches: list[float]) -> None:
    [got] = ask(face, matcher, [np.array([overlaps], np.float32)]).outputs
    assert got.tolist() == [matches]


def test_a_composite_needs_a_matcher() -> None:
    with pytest.raises(ArgumentError, match="CompositeMatcher: matchers must be at least one, got none"):
        CompositeMatcher([])
