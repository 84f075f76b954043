"""SSD's three operators, each held against a loop over anchors that follows its description line by line."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from regluon import th
from regluon.core.errors import ArgumentError, ShapeError

prior, target, detection = th.contrib.MultiBoxPrior, th.contrib.MultiBoxTarget, th.contrib.MultiBoxDetection


def overlap(a: Tensor, b: Tensor) -> float:
    """Give the intersection over union in float32, in MXNet's order."""
    width, height = (
        torch.minimum(a[2], b[2]) - torch.maximum(a[0], b[0]),
        torch.minimum(a[3], b[3]) - torch.maximum(a[1], b[1]),
    )
    if width <= 0 or height <= 0:
        return 0.0
    areas = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return float(width * height / (areas - width * height))


def corner_boxes(*shape: int) -> Tensor:
    """Draw boxes on a coarse grid, so that many overlaps are equal."""
    low = torch.randint(0, 8, (*shape, 2))
    return torch.cat([low, low + torch.randint(1, 6, (*shape, 2))], -1) / 8


# MultiBoxPrior


@pytest.mark.parametrize("steps", [(-1.0, -1.0), (0.25, 0.5)])
@pytest.mark.parametrize("clip", [False, True])
def test_prior_equals_its_definition(steps: tuple[float, float], clip: bool) -> None:
    height, width, sizes, ratios, offsets = 2, 3, (0.5, 0.25), (2.0, 1.0, 0.5), (0.25, 0.75)
    step_y, step_x = steps if steps[0] > 0 else (1 / height, 1 / width)
    expected = []
    for row in range(height):
        for column in range(width):
            x, y = (column + offsets[1]) * step_x, (row + offsets[0]) * step_y
            for size, ratio in [*((size, ratios[0]) for size in sizes), *((sizes[0], ratio) for ratio in ratios[1:])]:
                w, h = size * height / width * math.sqrt(ratio) / 2, size / math.sqrt(ratio) / 2
                expected.append([x - w, y - h, x + w, y + h])
    found = prior(torch.zeros(1, 5, height, width), sizes=sizes, ratios=ratios, clip=clip, steps=steps, offsets=offsets)
    expected = np.clip(expected, 0, 1) if clip else expected
    np.testing.assert_allclose(found[0], expected, rtol=1e-6, atol=1e-6)


def test_prior_of_the_first_ratio_as_in_mxnet() -> None:
    found = prior(torch.zeros(1, 1, 1, 1), sizes=(0.5, 0.25), ratios=(4.0, 1.0))
    np.testing.assert_array_equal(
        found[0], [[0, 0.375, 1, 0.625], [0.25, 0.4375, 0.75, 0.5625], [0.25, 0.25, 0.75, 0.75]]
    )


def test_prior_looks_at_the_shape_alone() -> None:
    data = torch.full((1, 1, 2, 2), math.nan, requires_grad=True)
    found = prior(data)
    assert not found.isnan().any()
    assert not found.requires_grad
    assert prior(data.half()).dtype == torch.float16


@pytest.mark.parametrize(
    ("attrs", "words"),
    [
        ({"sizes": ()}, r"sizes must be one or more, ratios too and positive, got \(\) and \(1.0,\)"),
        ({"ratios": (1.0, 0.0)}, r"positive, got \(1.0,\) and \(1.0, 0.0\)"),
        ({"steps": (0.5, -1.0)}, r"steps must be two numbers, both positive or neither, got \(0.5, -1.0\)"),
        ({"steps": (0.5,)}, r"steps must be two numbers"),
        ({"offsets": (0.5, 1.5)}, r"offsets must be two numbers in \[0, 1\], got \(0.5, 1.5\)"),
    ],
)
def test_prior_refuses(attrs: dict, words: str) -> None:
    with pytest.raises(ArgumentError, match=f"^MultiBoxPrior: .*{words}"):
        prior(torch.zeros(1, 1, 2, 2), **attrs)


def test_prior_refuses_three_axes() -> None:
    with pytest.raises(ShapeError, match=r"^MultiBoxPrior: data must be \(N, C, H, W\), got shape \(1, 2, 2\)"):
        prior(torch.zeros(1, 2, 2))


# MultiBoxTarget


def slow_target(anchors: Tensor, rows: Tensor, scores: Tensor, *, overlap_threshold: float, ignore_label: float,
                negative_mining_ratio: float, negative_mining_thresh: float,
                minimum_negative_samples: int) -> tuple[list, list]:  # fmt: skip
    """Give one image's classes and, for each anchor, the box it answers for or None."""
    boxes = []
    for row in rows:
        if row[0] == -1:
            break
        boxes.append(row)
    count = len(anchors)
    if not boxes:
        return [ignore_label] * count, [None] * count
    overlaps = [[overlap(anchor, box[1:5]) for box in boxes] for anchor in anchors]
    match: list[int | None] = [None] * count
    free = set(range(len(boxes)))
    while free:
        value, a, g = max(
            ((overlaps[a][g], -a, -g) for a in range(count) if match[a] is None for g in free), default=(0, 0, 0)
        )
        if value <= 1e-6:
            break
        match[-a] = -g
        free.remove(-g)
    best = [max(row) for row in overlaps]
    for a in range(count):
        if match[a] is None and overlap_threshold > 0 and best[a] > overlap_threshold:
            match[a] = overlaps[a].index(best[a])
    rest = [a for a in range(count) if match[a] is None]
    background = rest
    if negative_mining_ratio > 0:
        wanted = max(int((count - len(rest)) * negative_mining_ratio), minimum_negative_samples)
        probability = torch.softmax(scores, 0)[0]
        candidates = [a for a in rest if best[a] < negative_mining_thresh]
        background = sorted(candidates, key=lambda a: float(probability[a]))[:wanted]
    classes = [ignore_label] * count
    for a in background:
        classes[a] = 0
    for a, g in enumerate(match):
        if g is not None:
            classes[a] = float(boxes[g][0]) + 1
    return classes, [None if g is None else boxes[g] for g in match]


@pytest.mark.parametrize("seed", range(12))
def test_target_equals_its_definition(seed: int) -> None:
    torch.manual_seed(seed)
    count, variances = 20, (0.1, 0.5, 0.2, 1.0)
    anchors = corner_boxes(1, count)
    label = torch.cat([torch.randint(0, 3, (3, 4, 1)).float(), corner_boxes(3, 4), torch.full((3, 4, 1), 7.0)], -1)
    for image, boxes in enumerate((4, 2, 0)):
        label[image, boxes:, :5] = -1
    label[1, 3, 0] = 1  # behind the end of the list
    scores = torch.randint(-2, 3, (3, 4, count)).float()
    attrs = {
        "overlap_threshold": (0.5, 0.25, 0.0)[seed % 3],
        "ignore_label": -2.0,
        "negative_mining_ratio": (-1.0, 3.0, 0.5, 1.0)[seed % 4],
        "negative_mining_thresh": (0.5, 0.3)[seed % 2],
        "minimum_negative_samples": (0, 5)[seed // 6],
    }
    offsets, masks, classes = target(anchors, label, scores, variances=variances, **attrs)
    for b in range(3):
        expected, boxes = slow_target(anchors[0], label[b], scores[b], **attrs)
        assert classes[b].tolist() == expected
        for a, (anchor, box) in enumerate(zip(anchors[0].tolist(), boxes, strict=True)):
            own = offsets[b].reshape(-1, 4)[a]
            if box is None:
                assert not own.any()
                assert not masks[b].reshape(-1, 4)[a].any()
                continue
            left, top, right, bottom = box[1:5].tolist()
            width, height = anchor[2] - anchor[0], anchor[3] - anchor[1]
            raw = [
                ((left + right) - (anchor[0] + anchor[2])) / 2 / width,
                ((top + bottom) - (anchor[1] + anchor[3])) / 2 / height,
                math.log((right - left) / width),
                math.log((bottom - top) / height),
            ]
            np.testing.assert_allclose(own, np.array(raw) / variances, rtol=1e-5, atol=1e-5)
            assert masks[b].reshape(-1, 4)[a].tolist() == [1] * 4


def test_target_of_two_equal_boxes_as_in_mxnet() -> None:
    anchors = torch.tensor([[[0, 0, 0.5, 0.5], [0.1, 0.1, 0.6, 0.6], [0.5, 0.5, 1, 1]]])
    label = torch.tensor([[[0, 0, 0, 0.5, 0.5], [1, 0, 0, 0.5, 0.5]]])
    offsets, _, classes = target(anchors, label, torch.zeros(1, 3, 3))
    assert classes.tolist() == [[1, 2, 0]]
    np.testing.assert_allclose(offsets[0, 4:8], [-2.0000005, -2.0000005, 0, 0], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("boxes", [0, 1])
def test_target_without_boxes_ignores_all(boxes: int) -> None:
    found = target(corner_boxes(1, 5), torch.full((2, boxes, 5), -1.0), torch.zeros(2, 3, 5), ignore_label=-3.0)
    assert [tuple(one.shape) for one in found] == [(2, 20), (2, 20), (2, 5)]
    assert not found[0].any()
    assert not found[1].any()
    assert (found[2] == -3).all()


def test_target_takes_what_background_there_is() -> None:
    anchors = torch.tensor([[[0.0, 0, 1, 1], [0.0, 0, 0.9, 1], [2.0, 2, 3, 3]]])
    label = torch.tensor([[[0.0, 0, 0, 1, 1]]])
    attrs = {"overlap_threshold": 0.95, "negative_mining_ratio": 9.0}
    assert target(anchors, label, torch.zeros(1, 2, 3), **attrs)[2].tolist() == [[1, -1, 0]]


def test_no_gradient_flows() -> None:
    scores = torch.zeros(1, 3, 5, requires_grad=True)
    label = torch.cat([torch.zeros(1, 1, 1), corner_boxes(1, 1)], -1)
    assert not any(one.requires_grad for one in target(corner_boxes(1, 5), label, scores))
    assert not detection(scores.softmax(1), torch.zeros(1, 20, requires_grad=True), corner_boxes(1, 5)).requires_grad


@pytest.mark.parametrize(
    ("anchor", "label", "scores", "words"),
    [
        ((2, 3, 4), (2, 1, 5), (2, 3, 3), r"anchor must be \(1, N, 4\), got shape \(2, 3, 4\)"),
        ((3, 4), (2, 1, 5), (2, 3, 3), r"anchor must be \(1, N, 4\), got shape \(3, 4\)"),
        ((1, 3, 4), (2, 1, 4), (2, 3, 3), r"label must be \(B, M, 5 or more\), got shape \(2, 1, 4\)"),
        ((1, 3, 4), (2, 1, 5), (1, 3, 3), r"cls_pred must be \(2, K, 3\) .*, got \(1, 3, 3\)"),
        ((1, 3, 4), (2, 1, 5), (2, 3, 4), r"cls_pred must be \(2, K, 3\) .*, got \(2, 3, 4\)"),
    ],
)
def test_target_refuses(anchor: tuple, label: tuple, scores: tuple, words: str) -> None:
    with pytest.raises(ShapeError, match=f"^MultiBoxTarget: {words}"):
        target(torch.zeros(anchor), torch.zeros(label), torch.zeros(scores))


# MultiBoxDetection


def slow_detection(probability: Tensor, boxes: Tensor, *, threshold: float, nms_threshold: float, force_suppress: bool,
                   nms_topk: int) -> list[list[float]]:  # fmt: skip
    """Turn one image's probabilities and decoded boxes into rows."""
    rows: list[list[float]] = []
    for a, box in enumerate(boxes):
        scores = probability[1:, a].tolist()
        number = max(range(len(scores)), key=lambda j: (scores[j], -j))
        if scores[number] >= threshold:
            rows.append([float(number), scores[number], *box.tolist()])
    found = [list(row) for row in rows]
    if 0 < nms_threshold <= 1:
        keep = min(nms_topk, len(rows)) if nms_topk > 0 else len(rows)
        for row in found[keep:]:
            row[0] = -1
        found[:keep] = [list(row) for row in sorted(rows, key=lambda row: -row[1])[:keep]]
        for i in range(keep):
            for j in range(i + 1, keep):
                first, second = found[i], found[j]
                rivals = min(first[0], second[0]) >= 0 and (force_suppress or first[0] == second[0])
                if rivals and overlap(torch.tensor(first[2:]), torch.tensor(second[2:])) >= np.float32(nms_threshold):
                    second[0] = -1
    return found + [[-1.0] * 6] * (len(boxes) - len(found))


@pytest.mark.parametrize("seed", range(12))
def test_detection_equals_its_definition(seed: int) -> None:
    torch.manual_seed(seed)
    probability = torch.randint(0, 9, (2, 3, 15)) / 8
    anchors = corner_boxes(1, 15)
    attrs = {
        "threshold": (0.01, 0.5)[seed % 2],
        "nms_threshold": (0.5, 0.2, 1.0, -1.0)[seed % 4],
        "force_suppress": seed % 3 == 0,
        "nms_topk": (-1, 4, 0)[seed % 3],
    }
    found = detection(probability, torch.zeros(2, 60), anchors, clip=False, **attrs)
    for image in range(2):
        expected = slow_detection(probability[image], anchors[0], **attrs)
        np.testing.assert_allclose(found[image], expected, rtol=1e-6, atol=1e-6)


def test_detection_decodes_as_box_decode_does() -> None:
    anchors, offsets = corner_boxes(1, 6), torch.randn(2, 6, 4)
    probability = torch.stack([torch.zeros(2, 6), torch.arange(6.0, 0, -1).expand(2, 6)], 1)
    attrs = {"variances": (0.1, 0.2, 0.3, 0.4), "nms_threshold": -1.0}
    found = detection(probability, offsets.flatten(1), anchors, clip=False, **attrs)
    expected = th.contrib.box_decode(offsets, anchors, std0=0.1, std1=0.2, std2=0.3, std3=0.4, format="corner")
    torch.testing.assert_close(found[..., 2:], expected)
    clipped = detection(probability, offsets.flatten(1), anchors, **attrs)
    torch.testing.assert_close(clipped[..., 2:], expected.clamp(0, 1))


def test_detection_suppresses_an_overlap_that_equals_the_threshold() -> None:
    anchors = torch.tensor([[[0.0, 0, 1, 1], [0.0, 0, 1, 0.5]]])
    probability = torch.tensor([[[0.1, 0.2], [0.9, 0.8]]])
    assert detection(probability, torch.zeros(1, 8), anchors, nms_threshold=0.5)[0, :, 0].tolist() == [0, -1]
    assert detection(probability, torch.zeros(1, 8), anchors, nms_threshold=0.50001)[0, :, 0].tolist() == [0, 0]


def test_detection_of_what_is_not_a_number_finds_nothing() -> None:
    found = detection(torch.full((1, 2, 3), math.nan), torch.zeros(1, 12), corner_boxes(1, 3), threshold=-9.0)
    assert (found == -1).all()


def test_detection_without_anchors_or_images() -> None:
    assert detection(torch.zeros(2, 3, 0), torch.zeros(2, 0), torch.zeros(1, 0, 4)).shape == (2, 0, 6)
    assert detection(torch.zeros(0, 3, 2), torch.zeros(0, 8), torch.zeros(1, 2, 4)).shape == (0, 2, 6)


@pytest.mark.parametrize(
    ("probability", "offsets", "anchor", "words"),
    [
        ((2, 1, 3), (2, 12), (1, 3, 4), r"cls_prob must be \(B, K, N\) with K >= 2, got shape \(2, 1, 3\)"),
        ((2, 3), (2, 12), (1, 3, 4), r"cls_prob must be \(B, K, N\) with K >= 2, got shape \(2, 3\)"),
        ((2, 3, 3), (2, 3, 4), (1, 3, 4), r"loc_pred must be \(2, 12\) and anchor \(1, 3, 4\) .*, got \(2, 3, 4\) and"),
        ((2, 3, 3), (2, 12), (2, 3, 4), r"anchor \(1, 3, 4\) .*, got \(2, 12\) and \(2, 3, 4\)"),
    ],
)
def test_detection_refuses(probability: tuple, offsets: tuple, anchor: tuple, words: str) -> None:
    with pytest.raises(ShapeError, match=f"^MultiBoxDetection: .*{words}"):
        detection(torch.zeros(probability), torch.zeros(offsets), torch.zeros(anchor))


def test_compile() -> None:
    anchors = corner_boxes(1, 9)
    label = torch.cat([torch.zeros(2, 2, 1), corner_boxes(2, 2)], -1)
    scores = torch.randn(2, 3, 9)

    def both(x: Tensor) -> tuple[Tensor, ...]:
        boxes = detection(x.softmax(1), torch.zeros(2, 36), anchors, nms_topk=4)
        return *target(anchors, label, x, negative_mining_ratio=2.0), boxes

    torch.testing.assert_close(torch.compile(both, fullgraph=True, backend="eager")(scores), both(scores))
