"""Overlaps of all pairs: the compiled loop, its plain-torch twin and a loop over pairs agree to the last bit."""

import multiprocessing

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch._subclasses import FakeTensorMode

from regluon.kernels import jit, pairwise_iou
from regluon.kernels.pairwise_iou import pairwise_iou as overlaps_of
from regluon.kernels.pairwise_iou import pairwise_iou_plain

FORMS = {"custom op": overlaps_of, "plain": pairwise_iou_plain}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


def lines(count: int, seed: int = 0, odd: bool = False, dtype: torch.dtype = torch.float32) -> Tensor:
    """Draw left, top, right, bottom and area of boxes; odd ones are inverted, infinite, or without an area."""
    random = np.random.default_rng(seed)
    edges = random.choice([0, 1, 2, 3, -0.5, np.inf, -np.inf], (4, count)) if odd else random.uniform(0, 1, (4, count))
    if not odd:
        edges[2:] += edges[:2]
    edges = torch.from_numpy(edges).to(dtype)
    width, height = edges[2] - edges[0], edges[3] - edges[1]
    return torch.cat([edges, torch.where((width < 0) | (height < 0), 0, width * height).unsqueeze(0)])


def by_definition(lhs: Tensor, rhs: Tensor) -> np.ndarray:
    first, second = lhs.numpy(), rhs.numpy()
    found = np.zeros((first.shape[1], second.shape[1]), first.dtype)
    with np.errstate(all="ignore"):
        for i, j in np.ndindex(found.shape):
            a, b = first[:, i], second[:, j]
            width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
            # Infinity times 0 is not a number, in MXNet too; 0 / 0 is no overlap.
            both = (width if width > 0 else found.dtype.type(0)) * (height if height > 0 else found.dtype.type(0))
            found[i, j] = both / (a[4] + b[4] - both) if both != 0 else 0
    return found


@every_form
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 10**6), st.sampled_from([torch.float32, torch.float64]))
def test_equals_definition(form, count: int, others: int, seed: int, dtype: torch.dtype):
    lhs, rhs = lines(count, seed, dtype=dtype), lines(others, seed + 1, dtype=dtype)
    found = form(lhs, rhs)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, by_definition(lhs, rhs))


@every_form
def test_equals_definition_of_odd_boxes(form):
    lhs, rhs = lines(60, 1, odd=True), lines(70, 2, odd=True)
    np.testing.assert_array_equal(form(lhs, rhs), by_definition(lhs, rhs))


def test_plain_equals_compiled():
    for seed in range(20):
        lhs, rhs = lines(50, seed, odd=seed % 2 == 0), lines(33, seed + 100, odd=True)
        np.testing.assert_array_equal(overlaps_of(lhs, rhs), pairwise_iou_plain(lhs, rhs))


def test_number_of_threads_changes_nothing(threads):
    lhs, rhs, answers = lines(1000), lines(77, 1), []
    for count in (1, 2, 5):
        threads(count)
        answers.append(overlaps_of(lhs, rhs))
    assert torch.equal(answers[0], answers[1])
    assert torch.equal(answers[0], answers[2])


@every_form
def test_memory_may_be_strided_and_is_left_alone(form):
    lhs, rhs = lines(30), lines(20, 1)
    strided = lhs.T.contiguous().T
    before = strided.clone()
    assert torch.equal(form(strided, rhs), form(lhs, rhs))
    assert torch.equal(strided, before)


def test_torch_accepts_the_operator():
    assert set(torch.library.opcheck(overlaps_of, (lines(5), lines(3, 1))).values()) == {"SUCCESS"}


def test_compiles_into_one_graph():
    lhs, rhs = lines(40), lines(20, 1)

    def best(values: Tensor) -> Tensor:
        return overlaps_of(values + 0, rhs).amax(1)

    assert torch.equal(torch.compile(best, fullgraph=True, backend="eager")(lhs), best(lhs))


def test_plain_copies_nothing_to_the_host():
    # A fake tensor has no values: whoever asks for one gets an error.
    with FakeTensorMode():
        assert pairwise_iou_plain(torch.empty(5, 4), torch.empty(5, 3)).shape == (4, 3)


class Overlaps(torch.utils.data.Dataset):
    """Overlaps, worked out where the item is asked for."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> Tensor:
        return overlaps_of(lines(600, index), lines(60, index + 1))


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_works_in_forked_data_loading_workers(monkeypatch):
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    expected = [Overlaps()[index] for index in range(4)]
    loader = torch.utils.data.DataLoader(
        Overlaps(), batch_size=None, num_workers=2, multiprocessing_context="fork", timeout=60
    )
    assert all(map(torch.equal, loader, expected))


def test_without_a_compiler_plain_torch_answers(monkeypatch):
    lhs, rhs = lines(30), lines(20, 1)
    expected = overlaps_of(lhs, rhs)
    monkeypatch.setattr(jit, "available", lambda: False)
    monkeypatch.setattr(pairwise_iou, "write_overlaps", None)
    assert torch.equal(overlaps_of(lhs, rhs), expected)


@pytest.mark.gpu
def test_accelerator_agrees_with_the_cpu(device):
    lhs, rhs = lines(300), lines(50, 1)
    torch.testing.assert_close(overlaps_of(lhs.to(device), rhs.to(device)).cpu(), overlaps_of(lhs, rhs))
