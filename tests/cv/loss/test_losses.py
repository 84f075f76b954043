"""Losses of detectors: GluonCV's numbers and gradients, loops from the definitions, batches without objects."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from regluon import autograd, cpu, nd
from regluon.core.errors import ArgumentError
from regluon.cv import loss
from tests.cv.faces import COMPILES, FACES, ask, assert_agrees
from tests.recorded import Case, recorded, recorded_params

EVERY_FACE = pytest.mark.parametrize("face", FACES)
NAMES = "SSDMultiBoxLoss", "FocalLoss", "HeatmapFocalLoss", "MaskedL1Loss", "YOLOV3Loss"


def floats(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng([seed, *shape]).normal(size=shape).astype(np.float32)


@EVERY_FACE
@pytest.mark.parametrize(("name", "case"), recorded_params(*NAMES, folder="components"))
def test_equals_gluoncv(face: str, name: str, case: Case) -> None:
    assert_agrees(face, getattr(loss, name)(**case.attrs), case)


@COMPILES
@pytest.mark.parametrize("name", NAMES)
def test_compiled_whole(name: str) -> None:
    case = recorded(name, "components")[0]
    assert_agrees("compiled", getattr(loss, name)(**case.attrs), case)


# SSD


def ssd_loss(scores: Any, offsets: Any, classes: Any, boxes: Any, ratio: float, rho: float, least: int) -> Any:
    """Add up the class and box losses of each image, step by step."""
    total = max(1, sum(int(one > 0) for image in classes for one in image))
    of_classes, of_boxes = [], []
    for image in range(len(scores)):
        entropies = [
            math.log(sum(math.exp(one) for one in row)) - row[max(int(right), 0)]
            for row, right in zip(scores[image].tolist(), classes[image], strict=True)
        ]
        positive = [place for place, right in enumerate(classes[image]) if right > 0]
        others = [place for place in range(len(entropies)) if place not in positive]
        wanted = math.ceil(max(least, ratio * len(positive)))
        hard = sorted(others, key=lambda place, it=entropies: -it[place])[:wanted]
        of_classes.append(sum(entropies[place] for place in positive + hard) / total)
        misses = [
            abs(a - b) for place in positive for a, b in zip(offsets[image][place], boxes[image][place], strict=True)
        ]
        of_boxes.append(sum(miss - rho / 2 if miss > rho else miss * miss / (2 * rho) for miss in misses) / total)
    return of_classes, of_boxes


@pytest.mark.parametrize(
    ("ratio", "rho", "lambd", "least"), [(3, 1, 1, 0), (1.5, 0.25, 2, 0), (0, 1, 1, 2), (1, 1, 1, 4)]
)
@EVERY_FACE
def test_ssd_equals_the_definition(face: str, ratio: float, rho: float, lambd: float, least: int) -> None:
    classes = np.array([[0, 2, 0, -1, 1, 0, 0, 0], [0, 0, -1, 0, 0, 0, 0, 0]], np.float32)
    arrays = [floats(2, 8, 3), floats(2, 8, 4), classes, floats(2, 8, 4, seed=1)]
    block = loss.SSDMultiBoxLoss(ratio, rho, lambd, least)
    total, of_classes, of_boxes = ask(face, block, arrays).outputs
    want_classes, want_boxes = ssd_loss(*arrays, ratio, rho, least)
    np.testing.assert_allclose(of_classes, want_classes, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(of_boxes, want_boxes, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(total, np.add(want_classes, np.multiply(want_boxes, lambd)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("case", recorded_params("SSDMultiBoxLoss_devices", folder="components"))
def test_ssd_counts_objects_of_all_devices(case: Case) -> None:
    arrays = {name: nd.array(value) for name, value in case.inputs.items()}
    for name in case.grads:
        arrays[name].attach_grad()
    with autograd.record():
        halves = [nd.split(one, num_outputs=2, axis=0) for one in arrays.values()]
        parts = [[low, high.as_in_context(cpu(1))] for low, high in halves]
        found = [one for part in loss.SSDMultiBoxLoss(**case.attrs)(*parts) for one in part]
    for got, want in zip(found, case.outputs, strict=True):
        np.testing.assert_allclose(got.asnumpy(), want, rtol=1e-5)
    autograd.backward(found, [nd.array(head) for head in case.head_grads])
    for name, want in case.grads.items():
        np.testing.assert_allclose(arrays[name].grad.asnumpy(), want, rtol=1e-4, atol=1e-6)


def test_ssd_hybridized_takes_arrays_and_lists() -> None:
    classes = np.eye(2, 6, dtype=np.float32)
    arrays = [nd.array(one) for one in (floats(2, 6, 3), floats(2, 6, 4), classes, floats(2, 6, 4))]
    block = loss.SSDMultiBoxLoss()
    [want], *_ = block(*arrays)
    block.hybridize()
    for call in (arrays, [[one] for one in arrays]):
        [got], *_ = block(*call)
        np.testing.assert_allclose(got.asnumpy(), want.asnumpy(), rtol=1e-6)


@pytest.mark.gpu
def test_ssd_takes_arrays_of_two_devices(device: torch.device) -> None:
    arrays = [
        torch.tensor(one) for one in (floats(2, 6, 3), floats(2, 6, 4), np.eye(2, 6, dtype=np.float32), floats(2, 6, 4))
    ]
    want, *_ = loss.SSDMultiBoxLoss()(*arrays)
    lists = [[one[:1], one[1:].to(device)] for one in arrays]
    got, *_ = loss.SSDMultiBoxLoss()(*lists)
    assert got[1].device.type == device.type
    np.testing.assert_allclose(torch.cat([one.cpu() for one in got]), want[0], rtol=1e-5)


@EVERY_FACE
@pytest.mark.parametrize("targets", [0.0, math.inf, math.nan])
def test_ssd_without_objects_is_zero_and_so_is_its_gradient(face: str, targets: float) -> None:
    classes = np.array([[0, 0, -1, 0]], np.float32)
    boxes = np.full((1, 4, 4), targets, np.float32)
    inputs = {"scores": floats(1, 4, 3), "offsets": floats(1, 4, 4), "classes": classes, "boxes": boxes}
    heads = [np.ones(1, np.float32)] * 3
    answer = ask(face, loss.SSDMultiBoxLoss(), inputs, heads, ["scores", "offsets"])
    assert [one.tolist() for one in answer.outputs] == [[0], [0], [0]]
    assert not any(grad.any() for grad in answer.grads.values())


@EVERY_FACE
def test_ssd_looks_at_targets_of_positive_anchors_alone(face: str) -> None:
    classes = np.array([[1, 0, 0, 0]], np.float32)
    boxes = np.full((1, 4, 4), -math.inf, np.float32)
    boxes[0, 0] = 0
    inputs = {"scores": floats(1, 4, 3), "offsets": np.ones((1, 4, 4), np.float32), "classes": classes, "boxes": boxes}
    heads = [np.ones(1, np.float32)] * 3
    answer = ask(face, loss.SSDMultiBoxLoss(), inputs, heads, ["offsets"])
    assert answer.outputs[2].tolist() == [2]
    assert answer.grads["offsets"].tolist() == [[[2] * 4, [0] * 4, [0] * 4, [0] * 4]]


# The others


@EVERY_FACE
def test_focal_equals_the_definition(face: str) -> None:
    scores, labels = floats(2, 3, 4), np.array([[0, 3, 1], [2, 2, 0]], np.float32)
    [got] = ask(face, loss.FocalLoss(num_class=4, alpha=0.3, gamma=1.5), [scores, labels]).outputs
    for image in range(2):
        terms = []
        for anchor, label in np.ndindex(3, 4):
            yes = 1 / (1 + math.exp(-scores[image, anchor, label]))
            hit = labels[image, anchor] == label
            right, share = (yes, 0.3) if hit else (1 - yes, 0.7)
            terms.append(-share * (1 - right) ** 1.5 * math.log(right))
        assert got[image] == pytest.approx(sum(terms) / 12, rel=1e-5)


@EVERY_FACE
def test_heatmap_equals_the_definition(face: str) -> None:
    scores = floats(2, 1, 2, 3)
    heat = np.array([[[[1, 0.5, 0], [0.2, 0.9, 0]]], [[[0, 0, 0], [0, 1, 0.7]]]], np.float32)
    terms = []
    for place in np.ndindex(scores.shape):
        yes = 1 / (1 + math.exp(-scores[place]))
        if heat[place] == 1:
            terms.append((1 - yes) ** 2 * math.log(yes))
        else:
            terms.append((1 - float(heat[place])) ** 4 * yes**2 * math.log(1 - yes))
    [got] = ask(face, loss.HeatmapFocalLoss(), [scores, heat]).outputs
    assert got.shape == (1,)
    assert got[0] == pytest.approx(-sum(terms) / 2, rel=1e-5)


@EVERY_FACE
def test_a_heatmap_without_peaks_has_a_finite_loss_and_gradient(face: str) -> None:
    inputs = {"scores": floats(1, 2, 3, 3), "heat": np.zeros((1, 2, 3, 3), np.float32)}
    answer = ask(face, loss.HeatmapFocalLoss(), inputs, [np.ones(1, np.float32)], ["scores"])
    assert np.isfinite(answer.outputs[0]).all()
    assert np.isfinite(answer.grads["scores"]).all()
    assert answer.grads["scores"].all()


@EVERY_FACE
def test_masked_difference_by_hand(face: str) -> None:
    pred, label = np.array([[1, 2, 3]], np.float32), np.array([[0, 4, 9]], np.float32)
    mask, weight = np.array([[1, 1, 0]], np.float32), np.array([[1, 0.5, 1]], np.float32)
    assert ask(face, loss.MaskedL1Loss(), [pred, label, mask]).outputs[0].tolist() == [1.5]
    assert ask(face, loss.MaskedL1Loss(2.0), [pred, label, mask, weight]).outputs[0].tolist() == [2.0]
    assert ask(face, loss.MaskedL1Loss(), [pred, label, mask * 0]).outputs[0].tolist() == [0]


@EVERY_FACE
def test_yolo_without_objects_judges_objectness_alone(face: str) -> None:
    there, two, three = (
        np.array([[[0], [-1]]], np.float32),
        np.ones((1, 2, 2), np.float32),
        np.ones((1, 2, 3), np.float32),
    )
    arrays = [np.zeros_like(there), two, two, three, there, two, two, two * 0, three, three * 0]
    found = [one.tolist() for one in ask(face, loss.YOLOV3Loss(), arrays).outputs]
    assert found[0] == [pytest.approx(math.log(2))], "the second anchor is ignored"
    assert found[1:] == [[0], [0], [0]]


def test_sparse_labels_need_the_number_of_classes() -> None:
    with pytest.raises(ArgumentError, match="FocalLoss: num_class must be at least 1 for sparse labels, got None"):
        loss.FocalLoss()
