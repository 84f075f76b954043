"""Arithmetic of boxes: GluonCV's numbers, loops from the definitions, and boxes of odd shapes."""

from typing import Any

import numpy as np
import pytest

from regluon.core.errors import ArgumentError
from regluon.cv.nn import bbox
from tests.cv.faces import FACES, ask, assert_agrees
from tests.recorded import Case, recorded_params

NAMES = "BBoxCornerToCenter", "BBoxCenterToCorner", "BBoxSplit", "BBoxArea", "BBoxBatchIOU", "BBoxClipToImage"
EVERY_FACE = pytest.mark.parametrize("face", FACES)

CORNERS = np.array([[[0, 0, 2, 2], [1, 1, 3, 3], [2, 2, 0, 0], [1, 1, 1, 1], [-3, 1, 4, 5]]], np.float32)


def boxes(random: np.random.Generator, *shape: int) -> np.ndarray:
    low = random.uniform(0, 5, (*shape, 2))
    return np.concatenate([low, low + random.uniform(0, 4, (*shape, 2))], -1).astype(np.float32)


def overlap(one: Any, other: Any) -> float:
    """Intersection over union, from its definition."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(width, 0) * max(height, 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return shared / (sum(areas) - shared + 1e-15)


@EVERY_FACE
@pytest.mark.parametrize(("name", "case"), recorded_params(*NAMES, folder="components"))
def test_equals_gluoncv(face: str, name: str, case: Case) -> None:
    assert_agrees(face, getattr(bbox, name)(**case.attrs), case)


@EVERY_FACE
@pytest.mark.parametrize("case", recorded_params("BBoxBatchIOU_axis", folder="components"))
def test_overlap_along_another_axis_equals_gluoncv(face: str, case: Case) -> None:
    assert_agrees(face, bbox.BBoxBatchIOU(**case.attrs), case)


@pytest.mark.parametrize("case", recorded_params("NumPyBBoxCornerToCenter", folder="components"))
def test_numpy_equals_gluoncv(case: Case) -> None:
    found = bbox.NumPyBBoxCornerToCenter(**case.attrs)(*case.inputs.values())
    for got, want in zip(found if isinstance(found, tuple) else [found], case.outputs, strict=True):
        np.testing.assert_array_equal(got, want)


@EVERY_FACE
def test_there_and_back(face: str) -> None:
    [centers] = ask(face, bbox.BBoxCornerToCenter(), [CORNERS]).outputs
    [corners] = ask(face, bbox.BBoxCenterToCorner(), [centers]).outputs
    np.testing.assert_array_equal(corners, CORNERS)
    np.testing.assert_array_equal(centers[0, 2], [1, 1, -2, -2], "an inverted box keeps its negative sides")


@EVERY_FACE
@pytest.mark.parametrize("fmt", ["corner", "center"])
def test_overlaps_equal_the_definition(face: str, fmt: str) -> None:
    random = np.random.default_rng(1)
    first, second = boxes(random, 2, 6), boxes(random, 2, 4)
    want = [[[overlap(a, b) for b in second[i]] for a in first[i]] for i in range(2)]
    if fmt == "center":
        first, second = (bbox.NumPyBBoxCornerToCenter()(one) for one in (first, second))
    [got] = ask(face, bbox.BBoxBatchIOU(fmt=fmt), [first, second]).outputs
    np.testing.assert_allclose(got, want, atol=2e-6)


@pytest.mark.parametrize("count", [3, 5], ids=["as many", "more"])
def test_center_boxes_give_all_pairs(count: int) -> None:
    centers = np.ones((1, count, 4), np.float32)
    assert ask("nd", bbox.BBoxBatchIOU(fmt="center"), [centers, centers[:, :3]]).outputs[0].shape == (1, count, 3)


def test_two_empty_boxes_overlap_by_nothing() -> None:
    empty = np.full((1, 1, 4), 2, np.float32)
    assert ask("nd", bbox.BBoxBatchIOU(), [empty, empty]).outputs[0] == 0


@EVERY_FACE
@pytest.mark.parametrize("fmt", ["corner", "center"])
def test_area_goes_along_any_axis(face: str, fmt: str) -> None:
    boxes = CORNERS if fmt == "corner" else bbox.NumPyBBoxCornerToCenter()(CORNERS)
    [last] = ask(face, bbox.BBoxArea(fmt=fmt), [boxes]).outputs
    [first] = ask(face, bbox.BBoxArea(axis=1, fmt=fmt), [boxes.transpose(0, 2, 1).copy()]).outputs
    np.testing.assert_array_equal(last[0, :, 0], [4, 4, 0, 0, 28])
    np.testing.assert_array_equal(first[0, 0], last[0, :, 0])


@pytest.mark.parametrize("make", [bbox.BBoxArea, bbox.BBoxBatchIOU])
def test_other_formats_are_refused(make: Any) -> None:
    with pytest.raises(ArgumentError, match=rf"{make.__name__}: fmt must be one of 'corner', 'center', got 'xywh'"):
        make(fmt="xywh")
