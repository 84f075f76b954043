"""Proposal and MultiProposal, held against a loop over boxes."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from regluon import th
from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.ops.registry import find

one, several = th.contrib.Proposal, th.contrib.MultiProposal


def anchors(scales: tuple[float, ...], ratios: tuple[float, ...], stride: int) -> list[list[float]]:
    found = []
    for ratio in ratios:
        for scale in scales:
            width = math.floor(math.sqrt(math.floor(stride * stride / ratio)) + 0.5) * scale
            height = math.floor(width / scale * ratio + 0.5) * scale
            middle = 0.5 * (stride - 1)
            found.append([middle - 0.5 * (width - 1), middle - 0.5 * (height - 1),
                          middle + 0.5 * (width - 1), middle + 0.5 * (height - 1)])  # fmt: skip
    return found


def overlap(a: list[float], b: list[float]) -> float:
    """Give the intersection over union of two boxes whose last pixels belong to them."""
    sides = [max(0, min(a[k + 2], b[k + 2]) - max(a[k], b[k]) + 1) for k in (0, 1)]
    areas = [(box[2] - box[0] + 1) * (box[3] - box[1] + 1) for box in (a, b)]
    return sides[0] * sides[1] / (sum(areas) - sides[0] * sides[1])


def slow_proposals(scores: np.ndarray, offsets: np.ndarray, info: list[float], *, scales: tuple[float, ...],
                   ratios: tuple[float, ...], feature_stride: int, rpn_pre_nms_top_n: int, rpn_post_nms_top_n: int,
                   threshold: float, rpn_min_size: int, iou_loss: bool) -> list[tuple[float, list[float]]]:  # fmt: skip
    """Give scores and boxes of one image's proposals."""
    base = anchors(scales, ratios, feature_stride)
    candidates = []
    for y, x, a in np.ndindex(*scores.shape[1:], len(base)):
        x1, y1, x2, y2 = (edge + (x, y, x, y)[k] * feature_stride for k, edge in enumerate(base[a]))
        dx, dy, dw, dh = offsets[4 * a : 4 * a + 4, y, x]
        if iou_loss:
            box = [x1 + dx, y1 + dy, x2 + dw, y2 + dh]
        else:
            width, height = x2 - x1 + 1, y2 - y1 + 1
            middle_x, middle_y = dx * width + x1 + 0.5 * (width - 1), dy * height + y1 + 0.5 * (height - 1)
            width, height = math.exp(dw) * width, math.exp(dh) * height
            box = [middle_x - 0.5 * (width - 1), middle_y - 0.5 * (height - 1),
                   middle_x + 0.5 * (width - 1), middle_y + 0.5 * (height - 1)]  # fmt: skip
        box = [min(max(edge, 0), info[1 - k % 2] - 1) for k, edge in enumerate(box)]
        score = scores[len(base) + a, y, x]
        if y >= int(info[0] / feature_stride) or x >= int(info[1] / feature_stride):
            score = -1
        least = rpn_min_size * info[2]
        if box[2] - box[0] + 1 < least or box[3] - box[1] + 1 < least:
            box, score = [edge + least / 2 * (-1, -1, 1, 1)[k] for k, edge in enumerate(box)], -1
        candidates.append((score, box))
    candidates.sort(key=lambda row: -row[0])
    looked_at = rpn_pre_nms_top_n if rpn_pre_nms_top_n > 0 else len(candidates)
    kept: list[tuple[float, list[float]]] = []
    for score, box in candidates[:looked_at]:
        if len(kept) < rpn_post_nms_top_n and all(overlap(other, box) <= threshold for _, other in kept):
            kept.append((score, box))
    return [kept[i % len(kept)] for i in range(rpn_post_nms_top_n)]


RULES = {
    "plain": {},
    "few are looked at": {"rpn_pre_nms_top_n": 5},
    "all are looked at": {"rpn_pre_nms_top_n": -1, "rpn_post_nms_top_n": 40},
    "low threshold": {"threshold": 0.2},
    "large boxes only": {"rpn_min_size": 14},
    "corner offsets": {"iou_loss": True},
    "one anchor": {"scales": (1.5,), "ratios": (0.7,), "feature_stride": 8},
    "no rows": {"rpn_post_nms_top_n": 0},
}
RULE = {
    "scales": (1.0, 2.0),
    "ratios": (0.5, 1.0, 1.7),
    "feature_stride": 4,
    "rpn_pre_nms_top_n": 6000,
    "rpn_post_nms_top_n": 12,
    "threshold": 0.7,
    "rpn_min_size": 3,
    "iou_loss": False,
}


def problem(rule: dict[str, Any], images: int = 2, dtype: torch.dtype = torch.float64) -> list[Tensor]:
    """Draw scores, offsets and sizes for a map of 5 x 6; scores tie in part."""
    count, stride = len(rule["scales"]) * len(rule["ratios"]), rule["feature_stride"]
    scores = torch.randint(0, 40, (images, 2 * count, 5, 6)) / 40
    sizes = [[5.0 * stride, 6 * stride, 1], [3.5 * stride, 4.25 * stride, 1.5]]
    return [
        scores.to(dtype),
        torch.randn(images, 4 * count, 5, 6, dtype=dtype) * 0.4,
        torch.tensor(sizes[:images], dtype=dtype),
    ]


@pytest.mark.parametrize("name", RULES)
def test_equals_its_definition(name: str) -> None:
    rule = {**RULE, **RULES[name]}
    arrays = problem(rule)
    rows, scores = several(*arrays, output_score=True, **rule)
    after = rule["rpn_post_nms_top_n"]
    assert (rows.shape, scores.shape) == ((2 * after, 5), (2 * after, 1))
    for image in range(2):
        expected = slow_proposals(*(array[image].numpy() for array in arrays[:2]), arrays[2][image].tolist(), **rule)
        part = slice(image * after, (image + 1) * after)
        np.testing.assert_allclose(scores[part, 0], [score for score, _ in expected], rtol=1e-6)
        np.testing.assert_allclose(
            rows[part, 1:], np.array([box for _, box in expected]).reshape(-1, 4), rtol=1e-6, atol=1e-6
        )
        assert (rows[part, 0] == image).all()


@pytest.mark.parametrize("name", RULES)
def test_several_are_one_by_one(name: str) -> None:
    rule = {**RULE, **RULES[name]}
    arrays = problem(rule, dtype=torch.float32)
    rows = several(*arrays, **rule).reshape(2, -1, 5)
    for image in range(2):
        alone = one(*(array[image : image + 1] for array in arrays), **rule)
        assert torch.equal(alone[:, 1:], rows[image, :, 1:])
        assert not alone[:, 0].any()


def test_values_of_mxnet() -> None:
    scores = torch.tensor([[0.1, 0.2], [0.3, 0.4], [0.9, 0.8], [0.7, 0.6]]).reshape(1, 2, 2, 2)
    rule = {"scales": (1,), "ratios": (1,), "feature_stride": 16, "output_score": True}

    def run(info: list[float], **attrs: Any) -> tuple[list[list[float]], list[float]]:
        rows, found = one(scores, torch.zeros(1, 4, 2, 2), torch.tensor([info]), **rule, **attrs)
        return rows.tolist(), [round(score, 6) for score in found[:, 0].tolist()]

    boxes = [[0, 0, 0, 15, 15], [0, 16, 0, 31, 15], [0, 0, 16, 15, 31], [0, 16, 16, 31, 31]]
    assert run([32, 32, 1.0], rpn_post_nms_top_n=6, rpn_min_size=4) == (
        boxes + boxes[:2],
        [0.9, 0.8, 0.7, 0.6, 0.9, 0.8],
    )
    larger = [[0, a - 10, b - 10, c + 10, d + 10] for _, a, b, c, d in boxes]
    assert run([32, 32, 1.0], rpn_post_nms_top_n=6, rpn_min_size=20) == (larger + larger[:2], [-1.0] * 6)
    cut = [[0, 0, 0, 15, 15], [0, 16, 0, 19, 15], [0, 0, 16, 15, 30]]
    assert run([31, 20, 1.0], rpn_post_nms_top_n=3, rpn_min_size=4) == (cut, [0.9, -1, -1])


def test_default_anchors_of_mxnet() -> None:
    # Nothing is shifted, and the image is so large that the first pixel's anchors are not cut on the right.
    scores = torch.zeros(1, 24, 1, 1)
    scores[0, 12:, 0, 0] = torch.arange(12.0, 0, -1)
    rows = one(scores, torch.zeros(1, 48, 1, 1), torch.tensor([[31.0, 31, 1]]), rpn_post_nms_top_n=12, threshold=1.0)
    assert rows[:2].tolist() == [[0, 0, 0, 30, 30], [0, 0, 0, 30, 30]]
    moved = torch.zeros(1, 48, 1, 1)
    for anchor, box in enumerate([[-38, -16, 53, 31], [-84, -40, 99, 55]]):
        moved[0, 4 * anchor : 4 * anchor + 4, 0, 0] = 100 - torch.tensor([min(box)] * 4)
        info = torch.tensor([[31.0, 31, 1]])
        found = one(scores, moved, info, rpn_post_nms_top_n=12, threshold=1.0, iou_loss=True, rpn_min_size=0)
        expected = [min(max(edge + 100 - min(box), 0), 30) for edge in box]
        assert found[anchor, 1:].tolist() == expected


def test_scores_that_are_no_numbers_come_last() -> None:
    scores = torch.tensor([0, 0, 0, 0, 0.5, math.nan, 0.7, -math.inf]).reshape(1, 2, 2, 2)
    rule = {"scales": (1,), "ratios": (1,), "rpn_post_nms_top_n": 4, "rpn_min_size": 4, "output_score": True}
    rows, found = one(scores, torch.zeros(1, 4, 2, 2), torch.tensor([[32.0, 32, 1]]), **rule)
    assert found[:2, 0].tolist() == [pytest.approx(0.7), 0.5]
    assert sorted(rows[2:, 1:3].tolist()) == [[16, 0], [16, 16]]


def test_offsets_that_are_no_numbers_do_no_harm() -> None:
    arrays = problem(RULE, dtype=torch.float32)
    arrays[1][0, :, 1] = math.nan
    arrays[1][1, :, 2] = math.inf
    assert several(*arrays, **RULE).shape == (24, 5)


def test_no_images() -> None:
    rows, scores = several(
        torch.zeros(0, 12, 5, 6), torch.zeros(0, 24, 5, 6), torch.zeros(0, 3), output_score=True, **RULE
    )
    assert (rows.shape, scores.shape) == ((0, 5), (0, 1))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_single(dtype: torch.dtype) -> None:
    arrays = [array.to(dtype) for array in problem(RULE)]
    rows = several(*arrays, **RULE)
    assert rows.dtype == dtype
    assert torch.equal(rows, several(*(array.float() for array in arrays), **RULE).to(dtype))


@pytest.mark.parametrize("score", [False, True])
def test_compiles(score: bool) -> None:
    arrays = problem(RULE, dtype=torch.float32)

    def run(*given: Tensor) -> Any:
        return several(*given, output_score=score, **RULE)

    found, expected = torch.compile(run, fullgraph=True, backend="eager")(*arrays), run(*arrays)
    for part, other in zip(found, expected, strict=True):
        torch.testing.assert_close(part, other)


def test_no_gradient_flows() -> None:
    arrays = [array.requires_grad_() for array in problem(RULE)]
    assert not several(*arrays, **RULE).requires_grad


def test_a_symbol_shows_scores_only_if_asked_for() -> None:
    for name in ("_contrib_Proposal", "_contrib_MultiProposal"):
        entry = find(name)
        assert entry.outputs(entry.fill({})) == ("output",)
        assert entry.outputs(entry.fill({"output_score": True})) == ("output", "score")
        assert not entry.differentiable


@pytest.mark.parametrize(
    ("shapes", "attrs", "error", "words"),
    [
        (
            [(2, 12, 5, 6)],
            {"scales": (1.0,)},
            ShapeError,
            r"cls_prob must be \(B, 2 A, H, W\) with A=3 for 1 scales and 3",
        ),
        ([(12, 5, 6)], {}, ShapeError, r"cls_prob must be .*got shape \(12, 5, 6\)"),
        ([(2, 12, 0, 6)], {}, ShapeError, r"cls_prob must be .*got shape \(2, 12, 0, 6\)"),
        (
            [(2, 12, 5, 6), (2, 24, 5, 5)],
            {},
            ShapeError,
            r"bbox_pred must be \(2, 24, 5, 6\) .*got \(2, 24, 5, 5\) and",
        ),
        ([(2, 12, 5, 6), (2, 24, 5, 6), (1, 3)], {}, ShapeError, r"im_info \(2, 3\) .*and \(1, 3\)"),
        (
            [(2, 12, 5, 6)],
            {"ratios": (0.0, 1, 2)},
            ArgumentError,
            r"scales and ratios must be positive .*\(0\.0, 1\.0, 2\.0",
        ),
        ([(2, 0, 5, 6)], {"scales": ()}, ArgumentError, r"scales and ratios must be positive numbers, got \(\) and"),
        ([(2, 12, 5, 6)], {"feature_stride": 0}, ArgumentError, "feature_stride must be an int >= 1, got 0"),
        ([(2, 12, 5, 6)], {"rpn_post_nms_top_n": -1}, ArgumentError, "rpn_post_nms_top_n must be an int >= 0, got -1"),
    ],
)
def test_refuses(shapes: list[tuple[int, ...]], attrs: dict[str, Any], error: type[Exception], words: str) -> None:
    wanted = [*shapes, *[(2, 12, 5, 6), (2, 24, 5, 6), (2, 3)][len(shapes) :]]
    with pytest.raises(error, match=f"MultiProposal: .*{words}"):
        several(*(torch.zeros(shape) for shape in wanted), **{**RULE, **attrs})


def test_refuses_ints() -> None:
    with pytest.raises(
        ArgumentTypeError, match=r"inputs must hold floats, got torch\.float32, torch\.float32 and torch\.int"
    ):
        several(torch.zeros(1, 12, 5, 6), torch.zeros(1, 24, 5, 6), torch.zeros(1, 3).int(), **RULE)


def test_one_image_refuses_several() -> None:
    with pytest.raises(
        ShapeError, match=r"Proposal: cls_prob must be of one image \(MultiProposal takes several\), got"
    ):
        one(*problem(RULE), **RULE)


def test_refuses_an_image_that_the_map_does_not_cover() -> None:
    arrays = problem(RULE, dtype=torch.float32)
    arrays[2][1, 0] = 24
    with pytest.raises(
        ArgumentError,
        match=r"of images that a map of 5 x 6 covers at a stride of 4, got \[24\.0, 17\.0, 1\.5\]",
    ):
        several(*arrays, **RULE)
