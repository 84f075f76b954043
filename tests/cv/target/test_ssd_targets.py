"""Targets of SSD: GluonCV's numbers, a loop from the definition, and images without objects."""

from typing import Any

import numpy as np
import pytest
import torch

from regluon.cv.loss import SSDMultiBoxLoss
from regluon.cv.target import SSDTargetGenerator
from tests.cv.faces import COMPILES, FACES, ask, assert_agrees
from tests.recorded import Case, recorded_params

EVERY_FACE = pytest.mark.parametrize("face", FACES)

CENTERS = np.array([[[2, 2, 4, 4], [6, 2, 4, 4], [2, 6, 4, 4], [6, 6, 4, 4]]], np.float32)


def scene(seed: int = 0) -> list[np.ndarray]:
    """Draw 30 anchors, and 3 images with 4, 2 and no objects."""
    random = np.random.default_rng(seed)
    anchors = np.concatenate([random.uniform(0, 10, (1, 30, 2)), random.uniform(2, 5, (1, 30, 2))], -1)
    low = random.uniform(0, 7, (3, 4, 2))
    boxes = np.concatenate([low, low + random.uniform(2, 5, (3, 4, 2))], -1)
    ids = random.integers(0, 3, (3, 4, 1)).astype(float)
    boxes[1, 2:], ids[1, 2:], boxes[2], ids[2] = -1, -1, -1, -1
    return [one.astype(np.float32) for one in (anchors, random.normal(size=(3, 30, 4)), boxes, ids)]


def overlap(one: Any, other: Any) -> float:
    width, height = (min(one[i + 2], other[i + 2]) - max(one[i], other[i]) for i in (0, 1))
    shared = max(width, 0) * max(height, 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return shared / (sum(areas) - shared)


def matched(overlaps: np.ndarray, thresh: float) -> np.ndarray:
    """Match anchors (rows) with objects: best pairs first, then whoever ties with them or overlaps enough."""
    match = np.full(len(overlaps), -1)
    left = overlaps.copy()
    while left.size and left.max() > 0:
        row, column = np.unravel_index(left.argmax(), left.shape)
        match[row] = column
        left[row], left[:, column] = -1, -1
    for row in np.flatnonzero(match < 0):
        best = overlaps[row].argmax() if overlaps.size else 0
        if overlaps.size and overlaps[row, best] > 0 and overlaps[row, best] >= min(thresh, overlaps[:, best].max()):
            match[row] = best
    return match


@EVERY_FACE
@pytest.mark.parametrize("case", recorded_params("SSDTargetGenerator", folder="components"))
def test_equals_gluoncv(face: str, case: Case) -> None:
    assert_agrees(face, SSDTargetGenerator(**case.attrs), case)


@pytest.mark.parametrize("seed", range(6))
@EVERY_FACE
def test_equals_the_definition(face: str, seed: int) -> None:
    anchors, scores, boxes, ids = scene(seed)
    classes, offsets, masks = ask(
        face, SSDTargetGenerator(0.4, 0.3, negative_mining_ratio=2), [anchors, scores, boxes, ids]
    ).outputs  # fmt: skip
    corners = np.concatenate([anchors[0, :, :2] - anchors[0, :, 2:] / 2, anchors[0, :, :2] + anchors[0, :, 2:] / 2], 1)
    for image in range(3):
        real = boxes[image][ids[image, :, 0] >= 0]
        overlaps = np.array([[overlap(anchor, box) for box in real] for anchor in corners], np.float32).reshape(30, -1)
        match = matched(overlaps, 0.4)
        free = (match < 0) & (overlaps.max(1, initial=0) < 0.3)
        background = scores[image, :, 0] - np.log(np.exp(scores[image]).sum(1))
        wanted = 2 * (match >= 0).sum()
        negative = sorted(np.flatnonzero(free), key=lambda anchor, it=background: it[anchor])[:wanted]
        want = np.where(match >= 0, ids[image, match, 0] + 1, -1)
        want[negative] = 0
        assert classes[image].tolist() == want.tolist()
        assert masks[image].tolist() == [[float(one >= 0)] * 4 for one in match]
        assert not offsets[image][match < 0].any()
        for anchor in np.flatnonzero(match >= 0):
            box, (x, y, width, height) = real[match[anchor]], anchors[0, anchor]
            move = ((box[0] + box[2]) / 2 - x) / width / 0.1, ((box[1] + box[3]) / 2 - y) / height / 0.1
            grow = np.log([(box[2] - box[0]) / width, (box[3] - box[1]) / height]) / 0.2
            np.testing.assert_allclose(offsets[image, anchor], [*move, *grow], rtol=1e-3, atol=1e-4)


@EVERY_FACE
@pytest.mark.parametrize(
    ("boxes", "ids"),
    [
        pytest.param([[-1, -1, -1, -1]], [-1], id="padding alone"),
        pytest.param(np.zeros((0, 4)), [], id="no row at all"),
        pytest.param([[3, 3, 3, 3]], [1], id="an object without area"),
        pytest.param([[90, 90, 95, 95]], [1], id="an object that no anchor overlaps"),
    ],
)
@pytest.mark.parametrize("ratio", [3, -1], ids=["mined", "not mined"])
def test_nothing_is_matched_where_nothing_overlaps(face: str, boxes: Any, ids: Any, ratio: float) -> None:
    boxes, ids = np.array(boxes, np.float32)[None], np.array(ids, np.float32)[None, :, None]
    arrays = [CENTERS, np.zeros((1, 4, 3), np.float32), boxes, ids]
    classes, offsets, masks = ask(face, SSDTargetGenerator(negative_mining_ratio=ratio), arrays).outputs
    assert classes.tolist() == [[-1 if ratio > 0 else 0] * 4]
    assert not offsets.any()
    assert not masks.any()


@EVERY_FACE
def test_the_threshold_itself_is_a_match(face: str) -> None:
    # The second anchor overlaps the object by half of their union.
    anchors = np.array([[[2, 2, 4, 4], [2, 1, 4, 2]]], np.float32)
    arrays = [
        anchors,
        np.zeros((1, 2, 2), np.float32),
        np.array([[[0, 0, 4, 4]]], np.float32),
        np.zeros((1, 1), np.float32),
    ]
    classes, *_ = ask(face, SSDTargetGenerator(iou_thresh=0.5), arrays).outputs
    assert classes.tolist() == [[1, 1]]


@COMPILES
def test_compiled_whole() -> None:
    want = ask("nd", SSDTargetGenerator(), scene()).outputs
    for got, one in zip(ask("compiled", SSDTargetGenerator(), scene()).outputs, want, strict=True):
        np.testing.assert_allclose(got, one, rtol=1e-5, atol=1e-6)


def test_no_gradient_reaches_the_scores() -> None:
    anchors, scores, boxes, ids = (torch.tensor(one) for one in scene())
    targets = SSDTargetGenerator()(anchors, scores.requires_grad_(), boxes, ids)
    assert not any(one.requires_grad for one in targets)


def test_images_without_objects_give_finite_losses_and_gradients() -> None:
    anchors, scores, boxes, ids = scene()
    boxes, ids = np.full_like(boxes, -1), np.full_like(ids, -1)
    arrays = [torch.tensor(one) for one in (anchors, scores, boxes, ids)]
    classes, offsets, _ = SSDTargetGenerator()(*arrays)
    predicted = torch.zeros(3, 30, 4, requires_grad=True)
    logits = arrays[1].requires_grad_()
    total, *_ = SSDMultiBoxLoss()(logits, predicted, classes, offsets)
    total[0].sum().backward()
    for one in (total[0], logits.grad, predicted.grad):
        assert one is not None
        assert not one.any()
