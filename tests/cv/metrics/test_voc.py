import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from regluon.core.errors import ArgumentTypeError, ShapeError
from regluon.cv import metrics
from regluon.cv.metrics import PrecisionRecallCurve, VOC07MApMetric, VOCMApMetric, best_point

GOLDEN = Path(__file__).parents[2] / "golden" / "cv_metrics_voc.npz"
NAN = float("nan")


def cases():
    with np.load(GOLDEN) as archive:
        numbers, listed = archive["numbers"], json.loads(archive["cases"].tobytes())

    def array(place):
        if place is None:
            return None
        start, shape = place["start"], place["shape"]
        return numbers[start : start + math.prod(shape)].astype(place["dtype"]).reshape(shape)

    return [
        pytest.param(
            case["arguments"],
            [[array(place) for place in update] for update in case["updates"]],
            case["get"],
            id=case["name"],
        )
        for case in listed
    ]


def plain(metric):
    names, values = metric.get()
    return [names, values]


@pytest.mark.parametrize(("arguments", "updates", "answers"), cases())
@pytest.mark.parametrize("name", ["VOCMApMetric", "VOC07MApMetric"])
def test_equals_gluoncv(name, arguments, updates, answers):
    metric = getattr(metrics, name)(**arguments)
    for update in updates:
        metric.update(*update)
    names, values = metric.get()
    assert names == answers[name][0]
    np.testing.assert_allclose(values, answers[name][1], rtol=1e-12, atol=0)


def test_the_recorded_cases_say_something():
    values = np.array([case.values[2]["VOCMApMetric"][1][-1:] for case in cases() if case.values[0].get("class_names")])
    assert len(values) > 20
    assert np.isfinite(values).mean() > 0.9
    assert 0.1 < np.nanmean(values) < 0.9


def slow_average_precisions(images, iou_thresh, classes):
    """Count by the definition: one class, one detection, one true box at a time."""
    averages = []
    for label in range(classes):
        rows, positives = [], 0
        for index, (boxes, labels, scores, _, truth_labels, difficult) in enumerate(images):
            positives += sum(1 for k, hard in zip(truth_labels, difficult, strict=True) if k == label and not hard)
            rows += [(scores[i], index, boxes[i]) for i in range(len(boxes)) if labels[i] == label]
        rows.sort(key=lambda row: -row[0])
        taken, hits = set(), []
        for _, index, box in rows:
            _, _, _, truths, truth_labels, difficult = images[index]
            best, best_overlap = None, -1.0
            for j, truth in enumerate(truths):
                if truth_labels[j] != label:
                    continue
                width = min(box[2], truth[2]) - max(box[0], truth[0]) + 1
                height = min(box[3], truth[3]) - max(box[1], truth[1]) + 1
                shared = max(width, 0) * max(height, 0)
                areas = [(b[2] - b[0] + 1) * (b[3] - b[1] + 1) for b in (box, truth)]
                overlap = shared / (sum(areas) - shared)
                if overlap > best_overlap:
                    best, best_overlap = j, overlap
            if best is None or best_overlap < iou_thresh:
                hits.append(0)
            elif difficult[best]:
                continue
            else:
                hits.append(int((index, best) not in taken))
                taken.add((index, best))
        if not positives:
            averages.append(NAN)
            continue
        area, last_recall = 0.0, 0.0
        precisions = [sum(hits[: k + 1]) / (k + 1) for k in range(len(hits))]
        for k, hit in enumerate(hits):
            if hit:
                recall = sum(hits[: k + 1]) / positives
                area += (recall - last_recall) * max(precisions[k:])
                last_recall = recall
        averages.append(area)
    return averages


def random_image(random, classes=3):
    count, truth_count = random.integers(0, 9, 2)
    corners = random.integers(0, 30, (count, 2)).astype(float)
    truth_corners = random.integers(0, 30, (truth_count, 2)).astype(float)
    truths = np.hstack([truth_corners, truth_corners + random.integers(4, 25, (truth_count, 2))])
    boxes = np.hstack([corners, corners + random.integers(4, 25, (count, 2))])
    labels, truth_labels = random.integers(0, classes, count), random.integers(0, classes, truth_count)
    near = min(count, truth_count)
    boxes[:near] = truths[:near] + random.integers(-2, 3, (near, 4))
    labels[: near - near // 4] = truth_labels[: near - near // 4]
    return (
        boxes,
        labels,
        random.permutation(1000)[:count] / 1000.0 + random.random() / 5000,
        truths,
        truth_labels,
        random.random(truth_count) < 0.2,
    )


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), thresh=st.sampled_from([0.3, 0.5, 0.75]))
def test_equals_the_definition(seed, thresh):
    random = np.random.default_rng(seed)
    images = [random_image(random) for _ in range(4)]
    metric = VOCMApMetric(thresh, class_names=["a", "b", "c"])
    metric.update(*([image[place] for image in images] for place in range(6)))
    expected = slow_average_precisions(images, thresh, 3)
    known = [value for value in expected if not math.isnan(value)]
    expected.append(sum(known) / len(known) if known else NAN)
    np.testing.assert_allclose(metric.get()[1], expected, rtol=1e-12, atol=1e-15)


BOX = np.array([[0.0, 0.0, 9.0, 9.0]])
HALF = np.array([[0.0, 0.0, 9.0, 4.0]])  # 50 of the 100 pixels of BOX, the last ones included


@pytest.mark.parametrize(
    ("detected", "scores", "true", "difficult", "value"),
    [
        pytest.param([BOX], [0.5], [BOX], [0], 1.0, id="found"),
        pytest.param([], [], [BOX], [0], 0.0, id="missed"),
        pytest.param([BOX], [0.5], [], [], NAN, id="nothing there"),
        pytest.param([HALF], [0.5], [BOX], [0], 1.0, id="the threshold itself counts"),
        pytest.param([HALF - [0, 0, 0, 0.1]], [0.5], [BOX], [0], 0.0, id="below the threshold"),
        pytest.param([BOX, BOX], [0.9, 0.8], [BOX], [0], 1.0, id="a duplicate after the hit costs nothing"),
        pytest.param([BOX, BOX + 50], [0.8, 0.9], [BOX], [0], 0.5, id="a false one before the hit halves it"),
        pytest.param([BOX, BOX], [0.9, 0.8], [BOX, BOX + 50], [0, 0], 0.5, id="a duplicate finds no second box"),
        pytest.param([BOX, HALF], [0.9, 0.8], [BOX, BOX], [0, 0], 0.5, id="of equal true boxes the first is the one"),
        pytest.param([BOX, BOX + 50], [0.9, 0.8], [BOX, BOX + 50], [1, 0], 1.0, id="a difficult one is left out"),
        pytest.param([BOX, BOX], [0.9, 0.8], [BOX], [1], NAN, id="only difficult ones"),
    ],
)
def test_by_hand(detected, scores, true, difficult, value):
    metric = VOCMApMetric()
    boxes, truths = (np.concatenate([*rows, np.zeros((0, 4))]) for rows in (detected, true))
    metric.update([boxes], [np.zeros(len(boxes))], [np.array(scores)], [truths], [np.zeros(len(truths))], [difficult])
    np.testing.assert_equal(metric.get(), ("VOCMeanAP", value))


def one_batch():
    random = np.random.default_rng(4)
    images = [random_image(random) for _ in range(3)]
    padded = []
    for place in range(6):
        rows = np.full((3, 9, *images[0][place].shape[1:]), -1.0)
        for index, image in enumerate(images):
            rows[index, : len(image[place])] = image[place]
        padded.append(rows)
    return images, padded


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(lambda images, padded: padded, id="arrays"),
        pytest.param(lambda images, padded: [p if p.ndim == 3 else p[..., None] for p in padded], id="trailing axis"),
        pytest.param(lambda images, padded: [torch.tensor(p) for p in padded], id="tensors"),
        pytest.param(lambda images, padded: [[p[:2], p[2:]] for p in padded], id="a list of parts"),
        pytest.param(
            lambda images, padded: [[p[:2, :8] if i < 3 else p[:2], p[2:]] for i, p in enumerate(padded)], id="ragged"
        ),
        pytest.param(lambda images, padded: [[image[i] for image in images] for i in range(6)], id="list of images"),
        pytest.param(
            lambda images, padded: [[image[i].tolist() for image in images] for i in range(6)], id="nested lists"
        ),
    ],
)
def test_forms_of_a_batch(shape):
    images, padded = one_batch()
    expected, metric = VOCMApMetric(), VOCMApMetric()
    for image in images:
        expected.update(*image)
    metric.update(*shape(images, padded))
    assert metric.get() == expected.get()
    assert 0 < metric.get()[1] < 1


def test_difficult_flags_may_be_missing():
    metric = VOCMApMetric()
    metric.update([BOX, BOX], [[0], [0]], [[0.9], [0.8]], [BOX, BOX], [[0], [0]])
    assert metric.curves()[0].positives == 2
    assert metric.get_global() == metric.get() == ("VOCMeanAP", 1.0)


def test_difficult_flags_may_be_missing_in_part():
    metric = VOCMApMetric()
    metric.update([BOX, BOX], [[0], [0]], [[0.9], [0.8]], [BOX, BOX], [[0], [0]], [None, [1]])
    assert metric.get()[1] == 1.0
    assert metric.curves()[0].positives == 1


def test_nothing_at_all_is_nan_and_reset_forgets():
    metric = VOCMApMetric(class_names=["a"])
    np.testing.assert_equal(metric.get(), (["a", "mAP"], [NAN, NAN]))
    metric.update(BOX, [0], [0.9], BOX, [0])
    assert metric.get_name_value() == [("a", 1.0), ("mAP", 1.0)]
    metric.reset()
    np.testing.assert_equal(metric.get()[1], [NAN, NAN])
    metric.update(np.zeros((2, 3, 4)), -np.ones((2, 3)), np.zeros((2, 3)), np.zeros((2, 1, 4)), -np.ones((2, 1)))
    np.testing.assert_equal(metric.get()[1], [NAN, NAN])
    assert math.isnan(metric.best_point().f1)


def test_curves():
    metric = VOCMApMetric(class_names=["cat", "dog"])
    boxes = np.concatenate([BOX, BOX + 100, BOX + 200, BOX])
    truths = np.concatenate([BOX, BOX + 200, BOX + 300, BOX + 400])
    metric.update(boxes, [1, 1, 1, 0], [0.9, 0.8, 0.6, 0.7], truths, [1, 1, 1, 2])
    dog, third = metric.curves()
    assert (dog.name, dog.positives, third.name, third.positives) == ("dog", 3, "2", 1)
    np.testing.assert_allclose(dog.confidence, [0.9, 0.8, 0.6])
    np.testing.assert_allclose(dog.precision, [1, 1 / 2, 2 / 3])
    np.testing.assert_allclose(dog.recall, [1 / 3, 1 / 3, 2 / 3])
    assert dog.average_precision == pytest.approx(1 / 3 + 1 / 3 * 2 / 3) == metric.get()[1][1]
    np.testing.assert_allclose(
        dog.at(np.array([0.95, 0.9, 0.7, 0.0])), [[1, 1, 1 / 2, 2 / 3], [0, 1 / 3, 1 / 3, 2 / 3]]
    )
    assert third.average_precision == 0
    assert len(third.precision) == 0


def test_best_point():
    metric = VOCMApMetric()
    boxes = np.concatenate([BOX, BOX + 100, BOX + 200])
    metric.update(boxes, [0, 0, 0], [0.75, 0.5, 0.25], np.concatenate([BOX, BOX + 100]), [0, 0])
    point = metric.best_point()
    assert (point.precision, point.recall, point.f1) == (1.0, 1.0, 1.0)
    assert 0.25 < point.confidence <= 0.251
    missed = PrecisionRecallCurve("missed", 0.0, 1, np.zeros(0), np.zeros(0), np.zeros(0))
    both = best_point([*metric.curves(), missed])
    assert (both.precision, both.recall, both.f1) == (1.0, 0.5, 0.5)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param((BOX[:, :3], [0], [1], BOX, [0]), r"pred_bboxes must be \(B, N, 4\)", id="width"),
        pytest.param(
            (BOX, [0, 0], [1], BOX, [0]), r"pred_labels must be \(B, N\) = \(1, 1\), got \(1, 2\)", id="labels"
        ),
        pytest.param((BOX, [0], [1, 2], BOX, [0]), "pred_scores must be", id="scores"),
        pytest.param((BOX, [0], [1], BOX, [0, 1]), "gt_labels must be", id="true labels"),
        pytest.param((BOX, [0], [1], BOX, [0], [0, 1]), "gt_difficults must be", id="difficult"),
        pytest.param(
            (BOX[None].repeat(2, 0), np.zeros((2, 1)), np.zeros((2, 1)), BOX, [0]),
            "gt_bboxes must be of the 2 images of pred_bboxes, got 1",
            id="images",
        ),
        pytest.param(
            ([BOX, BOX], [[0]], [[1]], BOX, [0]), r"pred must be lists of one length, got \[2, 1, 1\]", id="l"
        ),
    ],
)
def test_shape_errors(arguments, words):
    metric = VOCMApMetric()
    with pytest.raises(ShapeError, match=words):
        metric.update(*arguments)


@pytest.mark.parametrize("names", ["cat", [1, 2]])
def test_names_must_be_strings(names):
    with pytest.raises(ArgumentTypeError, match="VOC07MApMetric: class_names must be a list of strings"):
        VOC07MApMetric(class_names=names)
