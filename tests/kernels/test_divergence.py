"""Divergences of cut histograms equal a slow loop and their own plain-torch twin."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch._subclasses import FakeTensorMode

from regluon.core.errors import ShapeError
from regluon.kernels import divergence
from regluon.kernels.divergence import cut_divergences, cut_divergences_plain

FORMS = {"custom op": cut_divergences, "plain": cut_divergences_plain}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


def by_definition(counts: list[float], levels: int) -> list[float]:
    middle, found = len(counts) // 2, []
    for reach in range(levels // 2, middle + 1):
        first, last = middle - reach, middle + reach
        observed = counts[first : last + 1]
        kept = [0.0, *observed[1:]]
        observed = [sum(counts[: first + 1]), *observed[1:-1], sum(counts[last:])] if reach else [sum(counts)]
        merged, told = len(kept) // levels, []
        for level in range(levels):
            end = len(kept) if level == levels - 1 else (level + 1) * merged
            part = kept[level * merged : end]
            full = sum(one != 0 for one in part)
            share = sum(part) / full if full else 0.0
            told += [share if observed[level * merged + place] else 0.0 for place in range(len(part))]
        p, q = smoothed(observed), smoothed(told)
        found.append(sum(a * math.log(a / b) for a, b in zip(p, q, strict=True) if a and b) if p and q else math.inf)
    return found


def smoothed(values: list[float]) -> list[float]:
    empty = sum(one == 0 for one in values)
    if empty == len(values) or 1e-4 * empty >= len(values) - empty:
        return []
    cost = 1e-4 * empty / (len(values) - empty)
    moved = [one - cost if one else 1e-4 for one in values]
    return [one / sum(moved) for one in moved]


@every_form
@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 30), min_size=3, max_size=41).filter(lambda one: len(one) % 2), st.sampled_from([1, 3, 7])
)
def test_equals_definition(form: object, counts: list[int], levels: int) -> None:
    if levels <= len(counts):
        found = FORMS["plain" if form is cut_divergences_plain else "custom op"](torch.tensor(counts).float(), levels)
        np.testing.assert_allclose(
            found.numpy(), by_definition([float(one) for one in counts], levels), rtol=2e-4, atol=2e-5
        )


@every_form
def test_a_histogram_of_nothing_has_none(form: object) -> None:
    found = FORMS["plain" if form is cut_divergences_plain else "custom op"](torch.zeros(9), 3)
    assert found.tolist() == [math.inf] * 4


def test_both_forms_agree(threads: object) -> None:
    counts = torch.poisson(torch.full((701,), 3.0))
    threads(2)  # type: ignore[operator]
    found = cut_divergences(counts, 55)
    torch.testing.assert_close(found, cut_divergences_plain(counts, 55), rtol=1e-4, atol=1e-4)
    threads(1)  # type: ignore[operator]
    assert torch.equal(cut_divergences(counts, 55), found)


def test_without_a_compiler_plain_torch_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(divergence, "runs_compiled", lambda data: False)
    counts = torch.tensor([1.0, 5.0, 9.0, 4.0, 2.0])
    assert torch.equal(cut_divergences(counts, 3), cut_divergences_plain(counts, 3))


def test_shapes_are_known_without_data() -> None:
    with FakeTensorMode():
        found: Tensor = cut_divergences(torch.ones(21), 5)
        assert (found.shape, found.dtype) == ((9,), torch.float32)


@pytest.mark.parametrize(("counts", "levels"), [((4,), 3), ((5,), 2), ((3,), 5), ((3, 3), 3)])
def test_what_does_not_fit_is_refused(counts: tuple[int, ...], levels: int) -> None:
    with pytest.raises(ShapeError, match=r"counts must be \(N,\) with N odd and at least levels, odd too, got shape"):
        cut_divergences(torch.ones(counts), levels)
