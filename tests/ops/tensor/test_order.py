"""The first of many in order, against a stable sort of all: ties, zeros of both signs, infinity, what is no number."""

import pytest
import torch

from regluon import th

NAN, INF = float("nan"), float("inf")


def rows(dtype: torch.dtype) -> torch.Tensor:
    torch.manual_seed(0)
    # Few different numbers, so there are ties everywhere.
    data = torch.randint(-20, 20, (3, 200)).to(dtype) / 4
    data[0, [5, 17, 90, 91]] = torch.tensor([NAN, -0.0, INF, -INF]).to(dtype)
    data[1, [3, 4]] = torch.tensor([0.0, -0.0]).to(dtype)
    data[2] = 7
    data[2, 20] = torch.tensor([0xFFC00000 - (1 << 32)], dtype=torch.int32).view(torch.float32).to(dtype)
    return data


@pytest.mark.parametrize("is_ascend", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("axis", [0, 1, None])
def test_the_first_are_those_of_a_stable_sort(is_ascend: bool, dtype: torch.dtype, axis: int | None) -> None:
    data = rows(dtype).T.contiguous() if axis == 0 else rows(dtype)
    lines, place = (data.reshape(-1), 0) if axis is None else (data, axis)
    wanted = torch.sort(lines, dim=place, descending=not is_ascend, stable=True)
    values, order = th.topk(data, axis=axis, k=25, ret_typ="both", is_ascend=is_ascend, dtype="int32")
    assert torch.equal(order.long(), wanted.indices.narrow(place, 0, 25))
    torch.testing.assert_close(values, wanted.values.narrow(place, 0, 25), rtol=0, atol=0, equal_nan=True)


def test_a_mask_marks_as_many_of_equal_ones_as_are_asked_for() -> None:
    mask = th.topk(torch.ones(2, 80), k=10, ret_typ="mask")
    assert torch.equal(mask, (torch.arange(80) < 10).float().expand(2, -1))


def test_values_send_their_gradient_back() -> None:
    data = torch.arange(40.0).reshape(2, 20).requires_grad_()
    th.topk(data, k=2, ret_typ="value").backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    assert data.grad is not None
    assert data.grad[:, -2:].tolist() == [[2.0, 1.0], [4.0, 3.0]]
    assert data.grad[:, :-2].count_nonzero() == 0


@pytest.mark.parametrize("find", ["argmax", "argmin"])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_of_equal_ones_the_first_is_found(find: str, axis: int) -> None:
    torch.manual_seed(0)
    data = torch.randint(0, 3, (5, 40, 30)).float()
    wanted = getattr(data.numpy(), find)(axis)
    assert getattr(th, find)(data, axis=axis).tolist() == wanted.tolist()


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int32"])
def test_indices_that_are_nowhere_mark_nothing(dtype: str) -> None:
    index = torch.tensor([-1.0, 0.9, 2.0, 3.0, NAN, INF, -0.5])
    places = [None, 0, 2, None, None, None, 0]
    marked = th.one_hot(index, depth=3, dtype=dtype)
    assert marked.dtype == getattr(torch, dtype)
    assert marked.tolist() == [[float(k == place) for k in range(3)] for place in places]
