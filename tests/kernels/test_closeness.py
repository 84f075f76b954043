"""Whether arrays are nearly equal: the same as torch's own answer for every element, also beyond one piece."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from regluon.kernels import closeness
from regluon.kernels.closeness import all_close

NUMBERS = st.sampled_from([0.0, -0.0, 1.0, 1.25, -1.25, 1e30, 1e-45, 3e38, math.inf, -math.inf, math.nan])


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(NUMBERS, NUMBERS), max_size=5),
    st.sampled_from([(0.0, 0.0), (0.25, 0.0), (0.0, 0.25), (1e-5, 1e-8), (1.0, 2.0)]),
    st.booleans(),
    st.sampled_from([torch.float32, torch.float64, torch.float16]),
)
def test_equals_the_answer_element_by_element(
    pairs: list, bounds: tuple[float, float], equal_nan: bool, dtype: torch.dtype
):
    rtol, atol = bounds
    a, b = torch.tensor(pairs, dtype=dtype).reshape(-1, 2).unbind(1)
    for one, other in ((a, b), (a, a)):
        expected = torch.isclose(one, other, rtol, atol, equal_nan).all()
        assert torch.equal(all_close(one, other, rtol, atol, equal_nan), expected)


@pytest.mark.parametrize("place", [0, 3, 4, 10])
def test_each_piece_counts(place: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(closeness, "_PIECE", 4)
    a = torch.arange(11.0)
    b = a.clone()
    assert all_close(a, b, 0.0, 0.0, False)
    b[place] += 1
    assert not all_close(a, b, 0.0, 0.5, False)
    assert all_close(a, b, 0.0, 1.0, False)


def test_whole_numbers_and_strided_memory_are_compared_too():
    a = torch.arange(12).reshape(3, 4)
    assert all_close(a.T, a.T.contiguous(), 0.0, 0.0, False)
    assert not all_close(a, a.flip(0), 0.0, 0.0, False)


def test_torch_accepts_the_operator():
    assert set(torch.library.opcheck(all_close, (torch.ones(3), torch.ones(3), 0.1, 0.1, True)).values()) == {"SUCCESS"}


@pytest.mark.gpu
def test_accelerator_agrees_with_the_cpu(device):
    a, b = torch.ones(5, device=device), torch.tensor([1, 1, 1, 1, 1.5], device=device)
    assert not all_close(a, b, 0.1, 0.1, False)
    assert all_close(a, b, 0.5, 0.1, False)
