"""box_nms: MXNet's recorded numbers, a loop from the definition, the copied gradient, and what is refused."""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from regluon import th
from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError

nms = th.contrib.box_nms


def overlap(a: list[float], b: list[float]) -> float:
    """Give the intersection over union of two corner boxes; not a number if both are empty."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    both = max(width, 0) * max(height, 0)
    areas = [0 if w < 0 or h < 0 else w * h for w, h in ((box[2] - box[0], box[3] - box[1]) for box in (a, b))]
    union = sum(areas) - both
    return both / union if union else math.nan


def corners(box: list[float]) -> list[float]:
    x, y, w, h = box
    return [x - w / 2, y - h / 2, x + w / 2, y + h / 2]


def center(box: list[float]) -> list[float]:
    left, top, right, bottom = box
    return [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top]


def by_definition(rows: list[list[float]], *, overlap_thresh: float, valid_thresh: float, topk: int, id_index: int,
                  background_id: int, force_suppress: bool, in_format: str, out_format: str,
                  ) -> tuple[list[list[float]], list[int]]:  # fmt: skip
    """Suppress one image's rows of score, box and perhaps class; give the rows and where they come from."""
    if topk == 0:
        return rows, list(range(len(rows)))
    candidates = [
        i for i, row in enumerate(rows) if row[0] > valid_thresh and (id_index < 0 or row[id_index] != background_id)
    ]
    candidates.sort(key=lambda i: -rows[i][0])
    kept: list[int] = []
    boxes = [corners(row[1:5]) if in_format == "center" else row[1:5] for row in rows]
    for i in candidates[: topk if topk > 0 else None]:
        rivals = [j for j in kept if force_suppress or id_index < 0 or int(rows[j][id_index]) == int(rows[i][id_index])]
        if not any(overlap(boxes[j], boxes[i]) > overlap_thresh for j in rivals):
            kept.append(i)
    change = {("corner", "center"): center, ("center", "corner"): corners}.get((in_format, out_format))
    found = []
    for i in kept:
        row = list(rows[i])
        if change is not None and row[1] >= 0:
            row[1:5] = change(row[1:5])
        found.append(row)
    return found + [[-1.0] * len(rows[0])] * (len(rows) - len(kept)), kept


# Eighths, so that many scores, edges and overlaps are equal and every sum is exact.
eighths = st.integers(-4, 12).map(lambda n: n / 8)
ROWS = st.lists(
    st.tuples(eighths, eighths, eighths, st.integers(0, 8), st.integers(0, 8), st.sampled_from([-1.0, 0.0, 1.0, 1.5])),
    min_size=1,
    max_size=12,
)
ATTRS = st.fixed_dictionaries({
    "overlap_thresh": st.sampled_from([0.0, 0.25, 0.5, 1.0]),
    "valid_thresh": st.sampled_from([-1.0, 0.0, 0.25]),
    "topk": st.sampled_from([-1, 0, 1, 4, 99]),
    "id_index": st.sampled_from([-1, 5]),
    "background_id": st.sampled_from([-1, 0, 1]),
    "force_suppress": st.booleans(),
    "in_format": st.sampled_from(["corner", "center"]),
    "out_format": st.sampled_from(["corner", "center"]),
})  # fmt: skip


@settings(max_examples=150)
@given(ROWS, ATTRS)
def test_values_and_gradients_equal_the_definition(drawn: list, attrs: dict) -> None:
    rows = [
        [score, x, y, w / 8, h / 8, kind]
        if attrs["in_format"] == "center"
        else [score, x, y, x + w / 8, y + h / 8, kind]
        for score, x, y, w, h, kind in drawn
    ]
    expected, kept = by_definition(rows, **attrs)
    data = torch.tensor([rows, rows[::-1]], dtype=torch.float64, requires_grad=True)
    found = nms(data, coord_start=1, score_index=0, **attrs)
    np.testing.assert_array_equal(found[0].detach(), expected)
    head = torch.randn_like(found)
    found.backward(head)
    grad = torch.zeros_like(head[0])
    grad[kept] = head[0, : len(kept)]
    assert data.grad is not None
    torch.testing.assert_close(data.grad[0], grad, rtol=0, atol=0)


@given(ROWS)
def test_a_second_pass_changes_nothing(drawn: list) -> None:
    data = torch.tensor([[score, x, y, x + w / 8, y + h / 8] for score, x, y, w, h, _ in drawn])
    once = nms(data, coord_start=1, score_index=0)
    torch.testing.assert_close(nms(once, coord_start=1, score_index=0), once, rtol=0, atol=0)


@pytest.mark.parametrize("shape", [(6, 6), (1, 6, 6), (2, 3, 6, 6), (0, 6, 6), (2, 0, 6), (2, 2, 0, 6)], ids=str)
def test_leading_axes_are_images(shape: tuple[int, ...]) -> None:
    data = torch.rand(shape)
    data[..., 4:] += 0.5
    found = nms(data)
    assert found.shape == data.shape
    for image in np.ndindex(shape[:-2]):
        torch.testing.assert_close(nms(data[image]), found[image], rtol=0, atol=0)


def test_nothing_valid_gives_minus_ones_and_no_gradient() -> None:
    data = torch.zeros(2, 3, 6, requires_grad=True)
    found = nms(data)
    assert (found == -1).all()
    found.sum().backward()
    assert data.grad is not None
    assert not data.grad.any()


def test_formats_of_single_rows_as_in_mxnet() -> None:
    rows = torch.tensor([[0, 0.9, 0.5, 0.5, 1, 1], [0, 0.8, -0.5, 0.5, 1, 1], [0, 0.7, 3, -1, 4, 1]])
    found = nms(rows, in_format="center", out_format="corner")
    expected = [[0, 0.9, 0, 0, 1, 1], [0, 0.8, -0.5, 0.5, 1, 1], [0, 0.7, 1, -1.5, 5, -0.5]]
    np.testing.assert_array_equal(found, np.array(expected, np.float32))
    found = nms(rows, in_format="corner", out_format="center")
    expected = [[0, 0.9, 0.75, 0.75, 0.5, 0.5], [0, 0.8, -0.5, 0.5, 1, 1], [0, 0.7, 3.5, 0, 1, 2]]
    np.testing.assert_array_equal(found, np.array(expected, np.float32))


def test_the_result_is_an_array_of_its_own() -> None:
    for attrs in ({"topk": 0}, {}, {"out_format": "center"}):
        data = torch.tensor([[0, 0.9, 0.0, 0, 1, 1]])
        found = nms(data, **attrs)
        found.fill_(7)
        assert data.tolist() == torch.tensor([[0, 0.9, 0.0, 0, 1, 1]]).tolist()


def test_the_data_may_be_a_view() -> None:
    data = torch.rand(6, 2, 5).permute(1, 2, 0)
    torch.testing.assert_close(nms(data), nms(data.contiguous()), rtol=0, atol=0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_keeps_the_type(dtype: torch.dtype) -> None:
    rows = torch.tensor([[0, 0.5, 0, 0, 2, 2], [0, 0.75, 0, 0, 2, 1.5], [0, 0.25, 4, 4, 5, 5]], dtype=dtype)
    for out_format in ("corner", "center"):
        found = nms(rows, out_format=out_format)
        assert found.dtype == dtype
        assert found[:, 1].tolist() == [0.75, 0.25, -1]


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
@pytest.mark.parametrize("out_format", ["corner", "center"])
def test_compiles_with_its_gradient(out_format: str) -> None:
    data = torch.rand(2, 20, 6)

    def run(function: object) -> tuple[Tensor, Tensor]:
        given = data.clone().requires_grad_()
        found = function(given)  # type: ignore[operator]
        found.square().sum().backward()
        assert given.grad is not None
        return found.detach(), given.grad

    def suppress(x: Tensor) -> Tensor:
        return nms(x, id_index=0, topk=10, out_format=out_format)

    torch.testing.assert_close(run(torch.compile(suppress, fullgraph=True, backend="eager")), run(suppress))


def test_threads_do_not_disturb_each_other() -> None:
    batches = [torch.rand(4, 3000, 6) for _ in range(4)]
    alone = [nms(batch, id_index=0) for batch in batches]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda batch: nms(batch, id_index=0), batches * 3))
    for found, expected in zip(together, alone * 3, strict=True):
        torch.testing.assert_close(found, expected, rtol=0, atol=0)


def test_both_names_are_one() -> None:
    assert th.contrib.box_non_maximum_suppression.__wrapped__ is nms.__wrapped__


@pytest.mark.parametrize(
    ("shape", "attrs", "error", "words"),
    [
        pytest.param((3,), {}, ShapeError, r"data must be \(..., n, k\) with k >= 5, got shape \(3,\)", id="rank"),
        pytest.param((3, 4), {}, ShapeError, r"k >= 5, got shape \(3, 4\)", id="width"),
        pytest.param((3, 5), {"id_index": 0}, ShapeError, r"k >= 6, got shape \(3, 5\)", id="width with classes"),
        pytest.param(
            (3, 6), {"coord_start": 3}, ArgumentError, r"coord_start must be in \[0, 2\] for rows of 6, got 3", id="box"
        ),
        pytest.param((3, 6), {"coord_start": -1}, ArgumentError, "coord_start must be in .* got -1", id="box before"),
        pytest.param(
            (3, 6),
            {"score_index": 2},
            ArgumentError,
            "score_index must be one of the 6 columns outside of coordinates 2 to 5, got 2",
            id="score in box",
        ),
        pytest.param((3, 6), {"score_index": -1}, ArgumentError, "score_index must be .* got -1", id="score before"),
        pytest.param((3, 6), {"score_index": 6}, ArgumentError, "score_index must be .* got 6", id="score behind"),
        pytest.param(
            (3, 6), {"id_index": 5}, ArgumentError, "id_index must be one of the 6 .* got 5", id="class in box"
        ),
        pytest.param(
            (3, 6),
            {"id_index": 1},
            ArgumentError,
            "id_index must differ from score_index=1, got 1",
            id="class is score",
        ),
        pytest.param(
            (3, 6),
            {"in_format": "xyxy"},
            ArgumentError,
            "in_format must be one of 'corner', 'center', got 'xyxy'",
            id="format",
        ),
    ],
)
def test_refuses(shape: tuple[int, ...], attrs: dict, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        nms(torch.zeros(shape), **attrs)


def test_refuses_ints() -> None:
    with pytest.raises(ArgumentTypeError, match=r"^box_nms: data must hold floats, got torch\.int64"):
        nms(torch.zeros(3, 6, dtype=torch.int64))
