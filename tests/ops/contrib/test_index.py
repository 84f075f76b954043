"""Index arrays and chosen rows: hand-worked values, MXNet's gradients."""

import numpy as np
import pytest
import torch

from regluon import th
from regluon.core.errors import ArgumentError, ShapeError

contrib = th.contrib


@pytest.mark.parametrize(
    ("shape", "attrs", "expected"),
    [
        ((2, 3), {}, [[0, 1, 2], [3, 4, 5]]),
        ((2, 3), {"axis": 1, "start": 2.0, "step": 0.5}, [2, 2.5, 3]),
        ((2, 3), {"axis": -2, "step": -1.0}, [0, -1]),
        ((2, 3), {"repeat": 2}, [[0, 0, 1], [1, 2, 2]]),
        ((2, 6), {"axis": 1, "repeat": 4}, [0, 0, 0, 0, 1, 1]),
        ((0, 3), {}, []),
    ],
)
def test_arange_like(shape: tuple[int, ...], attrs: dict, expected: list) -> None:
    for dtype in (torch.float32, torch.float64, torch.float16, torch.int32):
        if dtype == torch.int32 and attrs.get("step") == 0.5:
            continue
        found = contrib.arange_like(torch.zeros(shape, dtype=dtype), **attrs)
        assert found.dtype == dtype
        assert found.tolist() == expected


def test_arange_like_of_ints_cuts_its_step_as_in_mxnet() -> None:
    assert contrib.arange_like(torch.zeros(4, dtype=torch.int32), step=1.5, start=0.5).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("axes", [None, (0,), (-1,), (2, 0), (1, 1, -3)])
def test_index_array(axes: tuple[int, ...] | None) -> None:
    found = contrib.index_array(torch.zeros(2, 3, 4), axes=axes)
    chosen = range(3) if axes is None else axes
    assert found.dtype == torch.int64
    for place in np.ndindex(2, 3, 4):
        assert found[place].tolist() == [place[axis] for axis in chosen]


def test_index_array_of_no_axes() -> None:
    assert contrib.index_array(torch.zeros(2, 3), axes=()).shape == (2, 3, 0)


@pytest.mark.parametrize(
    ("mask", "axis", "rows"),
    [([0, 1, 1], 0, [1, 2]), ([0, -1, 0.5], 0, [1, 2]), ([0, 0, 0], 0, []), ([1, 0], 1, [0]), ([0, 3], -1, [1])],
)
def test_boolean_mask(mask: list, axis: int, rows: list) -> None:
    data = torch.randn(3, 2, requires_grad=True)
    found = contrib.boolean_mask(data, torch.tensor(mask), axis=axis)
    torch.testing.assert_close(found, data.index_select(axis, torch.tensor(rows, dtype=torch.int64)))
    found.sum().backward()
    expected = torch.zeros(3, 2)
    expected.index_fill_(axis, torch.tensor(rows, dtype=torch.int64), 1.0)
    torch.testing.assert_close(data.grad, expected)


@pytest.mark.parametrize("dtype", [torch.int32, torch.int64, torch.float32])
@pytest.mark.parametrize(
    ("index", "expected", "old_slope"),
    [([2, 0], [[-2, -3], [2, 3], [0, -1]], [0, 1, 0]), ([2, 2], [[0, 1], [2, 3], [-2, -3]], [1, 1, 0])],
    ids=["two rows", "of equal ones the last counts"],
)
def test_index_copy(index: list, expected: list, old_slope: list, dtype: torch.dtype) -> None:
    old = torch.arange(6.0).reshape(3, 2).requires_grad_()
    new = -torch.arange(4.0).reshape(2, 2)
    new.requires_grad_()
    found = contrib.index_copy(old, torch.tensor(index, dtype=dtype), new)
    assert found.tolist() == expected
    found.sum().backward()
    assert old.grad is not None
    assert new.grad is not None
    assert old.grad.tolist() == [[slope] * 2 for slope in old_slope]
    assert new.grad.tolist() == [[1, 1], [1, 1]]
    assert old.tolist() == [[0, 1], [2, 3], [4, 5]]


def test_a_vector_may_be_copied_into() -> None:
    assert contrib.index_copy(torch.zeros(3), torch.tensor([1]), torch.tensor([4.0])).tolist() == [0, 4, 0]


def test_refuses() -> None:
    data = torch.zeros(3, 2)
    with pytest.raises(ArgumentError, match=r"^arange_like: repeat must be >= 1, got 0"):
        contrib.arange_like(data, repeat=0)
    with pytest.raises(ArgumentError, match=r"^arange_like: axis must be an axis of data of shape \(3, 2\), got 5"):
        contrib.arange_like(data, axis=5)
    with pytest.raises(ArgumentError, match=r"^index_array: axes must be axes of data of shape \(3, 2\), got \(2,\)"):
        contrib.index_array(data, axes=(2,))
    with pytest.raises(ArgumentError, match=r"^boolean_mask: axis must be an axis of data of shape \(3, 2\), got 2"):
        contrib.boolean_mask(data, data[0], axis=2)
    with pytest.raises(ShapeError, match=r"^boolean_mask: index must have shape \(3,\) .* axis=0, got \(2,\)"):
        contrib.boolean_mask(data, data[0])
    with pytest.raises(
        ShapeError, match=r"^index_copy: index_vector must be \(M,\) .*, got shapes \(3, 2\) and \(3, 2\)"
    ):
        contrib.index_copy(data, data, data)
    with pytest.raises(ShapeError, match=r"^index_copy: new_tensor must have shape \(2, 2\) .*, got \(3, 2\)"):
        contrib.index_copy(data, torch.tensor([0, 1]), data)
