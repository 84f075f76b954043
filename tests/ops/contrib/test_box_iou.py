"""box_iou and the box formats: a loop over pairs, symmetry, odd boxes as in MXNet."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from regluon import th
from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.ops.contrib.box_format import to_center, to_corner

iou = th.contrib.box_iou
whole = st.integers(-4, 8).map(float)
BOXES = st.lists(st.tuples(whole, whole, whole, whole), min_size=1, max_size=6)


def by_definition(a: tuple, b: tuple) -> float:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b) if box[2] >= box[0] and box[3] >= box[1])
    return width * height / (areas - width * height)


@given(BOXES, BOXES)
def test_equals_its_definition(lhs: list, rhs: list) -> None:
    found = iou(torch.tensor(lhs, dtype=torch.float64), torch.tensor(rhs, dtype=torch.float64))
    expected = [[by_definition(a, b) for b in rhs] for a in lhs]
    np.testing.assert_array_equal(found, expected)


@given(BOXES, BOXES)
def test_center_boxes_overlap_as_their_corners_do(lhs: list, rhs: list) -> None:
    first, second = (torch.tensor(boxes, dtype=torch.float64) for boxes in (lhs, rhs))
    found = iou(first, second, format="center")
    torch.testing.assert_close(found, iou(to_corner(first), to_corner(second)))
    torch.testing.assert_close(iou(second, first, format="center"), found.T)


@given(BOXES)
def test_formats_turn_into_each_other(boxes: list) -> None:
    given_boxes = torch.tensor(boxes, dtype=torch.float64)
    torch.testing.assert_close(to_corner(to_center(given_boxes)), given_boxes)


@pytest.mark.parametrize(
    ("first", "second"), list(itertools.product([(2, 4), (2, 3, 4), (0, 4)], [(1, 4), (3, 2, 4), (0, 4)]))
)
def test_shapes_stand_side_by_side(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    lhs, rhs = torch.rand(first), torch.rand(second)
    found = iou(lhs, rhs)
    assert found.shape == (*first[:-1], *second[:-1])
    flat = iou(lhs.reshape(-1, 4), rhs.reshape(-1, 4))
    torch.testing.assert_close(found.flatten(), flat.flatten())


ODD = [[0.0, 0, 2, 2], [math.nan, 0, 2, 2], [0, 0, 2, math.nan], [0, 0, math.inf, 1]]


@pytest.mark.parametrize(
    ("format", "expected"),
    [
        # Recorded from MXNet 1.9.1: which of two operands a comparison with NaN picks.
        ("corner", [[1, 0, 0, 0], [math.nan, 0, 0, math.nan], [math.nan, 0, 0, math.nan], [0, 0, 0, math.nan]]),
        ("center", [[1, 1, math.nan, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, math.nan, math.nan, math.nan]]),
    ],
)
def test_boxes_that_are_not_numbers_as_in_mxnet(format: str, expected: list) -> None:
    found = iou(torch.tensor(ODD), torch.tensor(ODD), format=format)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_keeps_the_type_and_lets_no_gradient_through(dtype: torch.dtype) -> None:
    boxes = torch.tensor([[0, 0, 2, 2], [1, 0, 2, 2]], dtype=dtype, requires_grad=True)
    found = iou(boxes, boxes)
    assert found.dtype == dtype
    assert not found.requires_grad
    assert found.tolist() == [[1, 0.5], [0.5, 1]]


def test_views_are_not_changed() -> None:
    boxes = torch.rand(4, 5).T
    before = boxes.clone()
    torch.testing.assert_close(iou(boxes, boxes), iou(before, before))
    torch.testing.assert_close(boxes, before, rtol=0, atol=0)


def test_refuses() -> None:
    boxes = torch.zeros(2, 4)
    with pytest.raises(ShapeError, match=r"^box_iou: rhs must be \(..., N, 4\), got shape \(4,\)"):
        iou(boxes, boxes[0])
    with pytest.raises(ShapeError, match=r"^box_iou: lhs must be \(..., N, 4\), got shape \(2, 3\)"):
        iou(boxes[:, :3], boxes)
    with pytest.raises(ArgumentTypeError, match=r"^box_iou: lhs must hold floats, got torch\.int64"):
        iou(boxes.long(), boxes)
    with pytest.raises(ArgumentError, match=r"^box_iou: rhs must be torch\.float32 as lhs is, got torch\.float64"):
        iou(boxes, boxes.double())
