"""Coders: GluonCV's numbers, loops from the definitions, round trips, and boxes and matches at their limits."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from regluon import nd
from regluon.core.errors import ArgumentError
from regluon.cv.nn import coder
from tests.cv.faces import FACES, ask, assert_agrees
from tests.recorded import Case, recorded_params

EVERY_FACE = pytest.mark.parametrize("face", FACES)
NAMES = (
    "NormalizedBoxCenterEncoder",
    "NormalizedBoxCenterDecoder",
    "NormalizedPerClassBoxCenterEncoder",
    "MultiClassEncoder",
    "MultiClassDecoder",
    "MultiPerClassDecoder",
    "SigmoidClassEncoder",
    "CenterNetDecoder",
)

SAMPLES, MATCHES = np.array([[1, -1, 0, 1]], np.float32), np.array([[0, 1, -1, 1]], np.float32)
ANCHORS = np.array([[[0, 0, 2, 2], [1, 1, 3, 3], [0, 0, 1, 1], [2, 2, 6, 4]]], np.float32)
REFS = np.array([[[0, 0, 4, 4], [1, 1, 5, 3]]], np.float32)


def boxes(random: np.random.Generator, *shape: int) -> np.ndarray:
    low = random.uniform(0, 5, (*shape, 2))
    return np.concatenate([low, low + random.uniform(0.5, 4, (*shape, 2))], -1).astype(np.float32)


def offsets(anchor: Any, ref: Any, means: Any, stds: Any) -> list[float]:
    """Encode one box, from the definition."""
    (ax, ay, aw, ah), (x, y, w, h) = (
        ((one[0] + one[2]) / 2, (one[1] + one[3]) / 2, one[2] - one[0], one[3] - one[1]) for one in (anchor, ref)
    )
    codes = (x - ax) / aw, (y - ay) / ah, math.log(w / aw), math.log(h / ah)
    return [(code - mean) / std for code, mean, std in zip(codes, means, stds, strict=True)]


@EVERY_FACE
@pytest.mark.parametrize(("name", "case"), recorded_params(*NAMES, folder="components"))
def test_equals_gluoncv(face: str, name: str, case: Case) -> None:
    assert_agrees(face, getattr(coder, name)(**case.attrs), case)


@pytest.mark.parametrize("case", recorded_params("SigmoidClassEncoder", folder="components"))
def test_numpy_arrays_give_numpy_arrays(case: Case) -> None:
    found = coder.SigmoidClassEncoder()(*case.inputs.values())
    for got, want in zip(found, case.outputs, strict=True):
        assert isinstance(got, np.ndarray)
        np.testing.assert_array_equal(got, want)


# Boxes


@EVERY_FACE
@pytest.mark.parametrize("shared", [False, True], ids=["anchors of each image", "anchors of all images"])
def test_encoded_boxes_equal_the_definition(face: str, shared: bool) -> None:
    random = np.random.default_rng(2)
    samples = random.choice([-1, 0, 1], (3, 7)).astype(np.float32)
    matches = random.integers(-1, 4, (3, 7)).astype(np.float32)
    anchors, refs = boxes(random, 1 if shared else 3, 7), boxes(random, 3, 4)
    means, stds = (0.5, -0.5, 0.25, 1.0), (1.0, 0.5, 0.25, 0.2)
    targets, masks = ask(
        face, coder.NormalizedBoxCenterEncoder(stds, means), [samples, matches, anchors, refs]
    ).outputs  # fmt: skip
    for image, anchor in np.ndindex(3, 7):
        positive = samples[image, anchor] > 0
        here, there = anchors[0 if shared else image, anchor], refs[image, max(int(matches[image, anchor]), 0)]
        want = offsets(here, there, means, stds) if positive else [0] * 4
        np.testing.assert_allclose(targets[image, anchor], want, rtol=1e-4, atol=1e-5)
        assert masks[image, anchor].tolist() == [float(positive)] * 4


@EVERY_FACE
def test_boxes_without_area_matter_only_where_positive(face: str) -> None:
    anchors, refs = np.array([[[0, 0, 2, 2], [1, 1, 1, 1]]], np.float32), np.array([[[1, 1, 1, 1]]], np.float32)
    samples, matches = np.array([[1, -1]], np.float32), np.zeros((1, 2), np.float32)
    targets, _ = ask(face, coder.NormalizedBoxCenterEncoder(), [samples, matches, anchors, refs]).outputs
    assert targets.tolist() == [[[0, 0, -math.inf, -math.inf], [0, 0, 0, 0]]]


def test_numpy_encodes_each_image_by_its_own_boxes() -> None:
    random = np.random.default_rng(3)
    arrays = random.choice([-1, 0, 1], (3, 6)), random.integers(-1, 4, (3, 6)), boxes(random, 1, 6), boxes(random, 3, 4)
    got = coder.NumPyNormalizedBoxCenterEncoder()(*arrays)
    want = ask("nd", coder.NormalizedBoxCenterEncoder(), [one.astype(np.float32) for one in arrays]).outputs
    for one, other in zip(got, want, strict=True):
        assert one.dtype == np.float32
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "attrs",
    [{}, {"minimal_opset": True}, {"means": (0.5, -0.5, 0.25, 1.0)}, {"stds": (1.0, 0.5, 0.25, 0.2)}],
    ids=["one operator", "common operators", "means", "stds"],
)
@EVERY_FACE
def test_decoding_undoes_encoding(face: str, attrs: dict[str, Any]) -> None:
    random = np.random.default_rng(4)
    anchors, refs = boxes(random, 1, 5), boxes(random, 1, 5)
    matches = np.arange(5, dtype=np.float32)[None]
    rule = {key: value for key, value in attrs.items() if key != "minimal_opset"}
    encode = coder.NormalizedBoxCenterEncoder(**rule)
    [targets, _] = ask("nd", encode, [np.ones_like(matches), matches, anchors, refs]).outputs
    decode = coder.NormalizedBoxCenterDecoder(convert_anchor=True, **attrs)
    np.testing.assert_allclose(ask(face, decode, [targets, anchors]).outputs[0], refs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("minimal", [False, True])
@pytest.mark.parametrize("clip", [None, 0.0, -1.0])
def test_no_clip(minimal: bool, clip: float | None) -> None:
    decode = coder.NormalizedBoxCenterDecoder((1, 1, 1, 1), clip=clip, minimal_opset=minimal)
    grown, anchors = np.array([[[0, 0, 3, 3]]], np.float32), np.array([[[0, 0, 2, 2]]], np.float32)
    side = math.exp(3)
    np.testing.assert_allclose(
        ask("nd", decode, [grown, anchors]).outputs[0], [[[-side, -side, side, side]]], rtol=1e-6
    )


def test_the_clip_bounds_the_exponent() -> None:
    decode = coder.NormalizedBoxCenterDecoder((1, 1, 1, 1), clip=math.log(3), minimal_opset=True)
    [got] = ask("nd", decode, [np.full((1, 1, 4), 9, np.float32), np.array([[[0, 0, 2, 2]]], np.float32)]).outputs
    np.testing.assert_allclose(got, [[[15, 15, 21, 21]]], rtol=1e-6)


# Boxes for every class


@EVERY_FACE
def test_slots_for_every_class(face: str) -> None:
    encode = coder.NormalizedPerClassBoxCenterEncoder(num_class=3, max_pos=3)
    labels = np.array([[2, 0]], np.float32)
    targets, masks, indices = ask(face, encode, [SAMPLES, MATCHES, ANCHORS, labels, REFS]).outputs
    assert indices.tolist() == [[0, 3, 1]]
    np.testing.assert_allclose(targets[0, 0], [[5, 5, 3.4657359, 3.4657359]] * 3)
    np.testing.assert_allclose(targets[0, 1], [[-2.5, -5, 0, 0]] * 3)
    assert not targets[0, 2].any()
    assert masks[0, :, :, 0].tolist() == [[0, 0, 1], [1, 0, 0], [0, 0, 0]]


@EVERY_FACE
def test_classes_first_with_every_anchor(face: str) -> None:
    encode = coder.NormalizedPerClassBoxCenterEncoder(num_class=3, all_anchors=True)
    random = np.random.default_rng(5)
    samples = random.choice([-1, 0, 1], (2, 5)).astype(np.float32)
    matches, labels = random.integers(0, 4, (2, 5)).astype(np.float32), random.integers(0, 3, (2, 4)).astype(np.float32)
    anchors, refs = boxes(random, 2, 5), boxes(random, 2, 4)
    targets, masks = ask(face, encode, [samples, matches, anchors, labels, refs]).outputs
    plain, positive = ask("nd", coder.NormalizedBoxCenterEncoder(), [samples, matches, anchors, refs]).outputs
    assert targets.shape == masks.shape == (3, 2, 5, 4)
    for label, image, anchor in np.ndindex(3, 2, 5):
        np.testing.assert_array_equal(targets[label, image, anchor], plain[image, anchor])
        own = labels[image, int(matches[image, anchor])] == label
        np.testing.assert_array_equal(masks[label, image, anchor], positive[image, anchor] * own)


def test_fewer_anchors_than_slots() -> None:
    encode = coder.NormalizedPerClassBoxCenterEncoder(num_class=2, max_pos=9)
    targets, masks, indices = ask(
        "nd", encode, [SAMPLES, MATCHES, ANCHORS, np.array([[1, 0]], np.float32), REFS]
    ).outputs
    assert targets.shape == masks.shape == (1, 4, 2, 4)
    assert indices.tolist() == [[0, 3, 1, 2]]


# Classes


@EVERY_FACE
@pytest.mark.parametrize("shape", [(1, 2), (1, 2, 1)], ids=["(B, M)", "(B, M, 1)"])
def test_encoded_classes(face: str, shape: tuple[int, ...]) -> None:
    samples = np.array([[1, -1, 0, 0.6, 0.5, -0.6]], np.float32)
    matches = np.array([[1, 0, -1, 0, 1, 1]], np.float32)
    refs = np.array([4, 7], np.float32).reshape(shape)
    assert ask(face, coder.MultiClassEncoder(), [samples, matches, refs]).outputs[0].tolist() == [[8, 0, -1, 5, -1, 0]]


def test_class_ids_may_be_ints() -> None:
    encode = coder.MultiClassEncoder()
    got = encode(torch.tensor([[1.0, -1.0, 0.0]]), torch.tensor([[1, -1, 0]]), torch.tensor([[4, 7]]))
    assert got.dtype == torch.int64
    assert got.tolist() == [[8, 0, -1]]


@EVERY_FACE
def test_the_threshold_itself_is_not_enough(face: str) -> None:
    scores = np.array([[[0.25, 0.25, 0.5], [0.5, 0.25, 0.25]]], np.float32)
    ids, kept = ask(face, coder.MultiClassDecoder(thresh=0.25), [scores]).outputs
    assert ids.tolist() == [[1, -1]]
    assert kept.tolist() == [[0.5, 0]]
    ids, kept = ask(face, coder.MultiPerClassDecoder(3, thresh=0.25), [scores]).outputs
    assert ids.tolist() == [[[-1, 1], [-1, -1]]]
    assert kept.tolist() == [[[0, 0.5], [0, 0]]]


@EVERY_FACE
@pytest.mark.parametrize("make", [coder.MultiClassDecoder, lambda axis: coder.MultiPerClassDecoder(4, axis)])
def test_classes_along_another_axis(face: str, make: Any) -> None:
    scores = np.random.default_rng(6).uniform(size=(2, 5, 4)).astype(np.float32)
    want = ask("nd", make(axis=-1), [scores]).outputs
    got = ask(face, make(axis=1), [scores.transpose(0, 2, 1).copy()]).outputs
    for one, other in zip(got, want, strict=True):
        np.testing.assert_array_equal(one if one.ndim == 2 else one.transpose(0, 2, 1), other)


# Heatmaps


@EVERY_FACE
def test_peaks_by_hand(face: str) -> None:
    heat, sizes, shifts = np.zeros((1, 2, 2, 3)), np.zeros((1, 2, 2, 3)), np.zeros((1, 2, 2, 3))
    heat[0, 1, 0, 2], heat[0, 0, 1, 1] = 0.9, 0.8
    sizes[0, :, 0, 2], sizes[0, :, 1, 1], shifts[0, :, 0, 2] = (2, 4), (1, 1), (0.5, 0.25)
    arrays = [one.astype(np.float32) for one in (heat, sizes, shifts)]
    ids, scores, found = ask(face, coder.CenterNetDecoder(topk=2), arrays).outputs
    assert ids.tolist() == [[1, 0]]
    np.testing.assert_array_equal(scores, np.array([[0.9, 0.8]], np.float32))
    np.testing.assert_allclose(found, [[[6, -7, 14, 9], [2, 2, 6, 6]]])


def test_more_images_than_256_and_ties_in_order() -> None:
    heat = np.zeros((300, 2, 1, 2), np.float32)
    ids, _, found = ask(
        "nd", coder.CenterNetDecoder(topk=4, scale=1), [heat, np.zeros_like(heat), np.zeros_like(heat)]
    ).outputs
    assert ids[299].tolist() == [0, 0, 1, 1]
    assert found[299, :, 0].tolist() == [0, 1, 0, 1]


# Errors


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: coder.NormalizedBoxCenterEncoder(stds=(1,)), r"BoxCenterEncoder: stds must be 4 numbers, got \(1,\)"),
        (lambda: coder.NormalizedBoxCenterEncoder(means=(1, 2)), r"means must be 4 numbers, got \(1, 2\)"),
        (
            lambda: coder.NumPyNormalizedBoxCenterEncoder((1,)),
            "NumPyNormalizedBoxCenterEncoder: stds must be 4 numbers",
        ),
        (lambda: coder.NormalizedBoxCenterDecoder((1,)), "NormalizedBoxCenterDecoder: stds must be 4 numbers"),
        (lambda: coder.NormalizedPerClassBoxCenterEncoder(0), "num_class must be at least 1, got 0"),
        (lambda: coder.NormalizedPerClassBoxCenterEncoder(1, 0), "max_pos must be at least 1, got 0"),
        (lambda: coder.MultiPerClassDecoder(1), "num_class must be at least 2, as it counts the background, got 1"),
    ],
)
def test_wrong_arguments_are_refused(make: Any, words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        make()


def test_more_peaks_than_places_are_refused() -> None:
    with pytest.raises(ArgumentError, match="topk: k must be at most 4"):
        coder.CenterNetDecoder(topk=5)(nd.zeros((1, 1, 2, 2)), nd.zeros((1, 2, 2, 2)), nd.zeros((1, 2, 2, 2)))
