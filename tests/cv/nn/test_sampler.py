"""Samplers that follow matches: GluonCV's numbers, a loop from the definition, and what must never happen."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from regluon.core.errors import ArgumentError
from regluon.cv.model_zoo import samplers
from regluon.cv.nn.sampler import NaiveSampler, OHEMSampler
from tests.cv.faces import COMPILES, FACES, ask, assert_agrees
from tests.recorded import Case, recorded_params

EVERY_FACE = pytest.mark.parametrize("face", FACES)


def free(matches: np.ndarray, ious: np.ndarray, thresh: float) -> np.ndarray:
    """Say which anchors may be negative."""
    nearest = ious.max(axis=2) if ious.ndim == 3 else ious
    return (matches < 0) & (nearest < np.float32(thresh))


def hardest(
    matches: np.ndarray, logits: np.ndarray, ious: np.ndarray, ratio: float, min_samples: int, thresh: float
) -> list[float]:
    """Sample one image, step by step."""
    wanted = int(max(min_samples, ratio * sum(matches >= 0)))
    samples = [1.0 if match >= 0 else 0.0 for match in matches]
    allowed = free(matches[None], ious[None], thresh)[0]
    hardness = []
    for row in logits:
        largest = max(row)
        hardness.append(largest + math.log(sum(math.exp(one - largest) for one in row)) - row[0])
    for place in sorted(np.flatnonzero(allowed), key=lambda place: -hardness[place])[:wanted]:
        samples[place] = -1.0
    return samples


@EVERY_FACE
@pytest.mark.parametrize("case", recorded_params("NaiveSampler", folder="components"))
def test_naive_equals_gluoncv(face: str, case: Case) -> None:
    assert_agrees(face, NaiveSampler(), case, rtol=0, atol=0)


@EVERY_FACE
@pytest.mark.parametrize(
    ("name", "case"), recorded_params("OHEMSampler", "OHEMSampler_more", folder="components")
)  # fmt: skip
def test_hard_negatives_equal_gluoncv_where_it_relabels_nothing(face: str, name: str, case: Case) -> None:
    matches, _, ious = case.inputs.values()
    # Where there are too few free anchors GluonCV takes others, even matched ones.
    want = np.where(free(matches, ious, case.attrs.get("thresh", 0.5)), case.outputs[0], matches >= 0)
    [got] = ask(face, OHEMSampler(**case.attrs), case.inputs).outputs
    np.testing.assert_array_equal(got, want)
    assert got.dtype == np.float32


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.5, 1, 2.5, 3]),
    st.sampled_from([0, 2]),
    st.sampled_from([0.25, 0.5, 1.0]),
)
def test_hard_negatives_equal_the_definition(seed: int, ratio: float, min_samples: int, thresh: float) -> None:
    random = np.random.default_rng(seed)
    matches = random.integers(-3, 2, (2, 20)).clip(-1).astype(np.float32)
    logits = random.normal(size=(2, 20, 3)).astype(np.float32)
    ious = (random.integers(0, 8, (2, 20, 2)) / 8).astype(np.float32)
    [got] = ask("th", OHEMSampler(ratio, min_samples, thresh), [matches, logits, ious]).outputs
    for image in range(2):
        one = hardest(matches[image], logits[image].astype(float), ious[image], ratio, min_samples, thresh)
        assert got[image].tolist() == one


@EVERY_FACE
@pytest.mark.parametrize(
    ("matches", "ious", "samples"),
    [
        pytest.param([0, -1, -1, -1], [0.9] * 4, [1, 0, 0, 0], id="no free anchor, and none relabelled"),
        pytest.param([-1, -1, -1, -1], [0.1] * 4, [0, 0, 0, 0], id="no positive anchor"),
        pytest.param([0, 0, 0, 0], [0.9] * 4, [1, 1, 1, 1], id="all positive"),
        pytest.param(
            [0, -1, -1, -1], [0.9, 0.5, 0.1, 0.1], [1, 0, -1, -1], id="an overlap of the threshold is not free"
        ),
        pytest.param([0, -1, -1, -1], [0.9, 0.1, 0.1, 0.1], [1, -1, -1, -1], id="ties: all of them"),
    ],
)
def test_by_hand(face: str, matches: list[float], ious: list[float], samples: list[float]) -> None:
    arrays = [np.array([one], np.float32) for one in (matches, ious)]
    [got] = ask(face, OHEMSampler(3), [arrays[0], np.zeros((1, 4, 2), np.float32), arrays[1]]).outputs
    assert got.tolist() == [samples]


@EVERY_FACE
def test_equally_hard_anchors_are_taken_in_order(face: str) -> None:
    matches = np.array([[0] + [-1] * 40], np.float32)
    [got] = ask(
        face, OHEMSampler(3), [matches, np.zeros((1, 41, 2), np.float32), np.zeros((1, 41), np.float32)]
    ).outputs
    assert got[0].tolist() == [1, -1, -1, -1] + [0] * 37


@EVERY_FACE
def test_far_apart_scores_do_not_overflow(face: str) -> None:
    logits = np.array([[[0, 0], [1000, 0], [0, 1000], [0, 500]]], np.float32)
    matches, ious = np.array([[0, -1, -1, -1]], np.float32), np.zeros((1, 4), np.float32)
    assert ask(face, OHEMSampler(2), [matches, logits, ious]).outputs[0].tolist() == [[1, 0, -1, -1]]


def test_no_gradient_and_any_float_type() -> None:
    logits = torch.zeros(1, 3, 2, dtype=torch.float16, requires_grad=True)
    matches, ious = torch.tensor([[0, -1, -1]]), torch.zeros(1, 3, dtype=torch.float16)
    samples = OHEMSampler(1)(matches, logits, ious)
    assert not samples.requires_grad
    assert samples.tolist() == [[1, -1, 0]]


@COMPILES
def test_compiled_whole() -> None:
    random = np.random.default_rng(7)
    arrays = [random.integers(-1, 1, (2, 9)), random.normal(size=(2, 9, 3)), random.uniform(0, 0.6, (2, 9, 2))]
    arrays = [one.astype(np.float32) for one in arrays]
    want = ask("nd", OHEMSampler(1), arrays).outputs[0]
    np.testing.assert_array_equal(ask("compiled", OHEMSampler(1), arrays).outputs[0], want)


def test_the_ratio_must_be_positive() -> None:
    with pytest.raises(ArgumentError, match="OHEMSampler: ratio must be above 0, got 0"):
        OHEMSampler(0)


def test_the_old_module_has_them() -> None:
    assert samplers.NaiveSampler is NaiveSampler
    assert samplers.OHEMSampler is OHEMSampler
