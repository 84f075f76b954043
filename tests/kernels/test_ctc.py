"""Connectionist temporal classification: compiled loops, plain torch and torch's own loss, where it means the same."""

import itertools
import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch._subclasses import FakeTensorMode
from torch.nn import functional

from regluon.kernels import ctc as module
from regluon.kernels import jit
from regluon.kernels.ctc import ctc_loss, ctc_loss_plain

FORMS = {"compiled": ctc_loss, "plain": ctc_loss_plain}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)

Problem = tuple[Tensor, Tensor, Tensor, Tensor, int]


def problem(scale: float = 1.0, dtype: torch.dtype = torch.float64, seed: int = 0, blank: int = 0) -> Problem:
    """Draw nine sequences of up to 12 steps with labels of up to 6 symbols of five, blank among them."""
    random = np.random.default_rng(seed)
    data = torch.from_numpy(random.normal(size=(12, 9, 5)) * scale).to(dtype)
    arrays = (random.integers(0, 5, (9, 6)), random.integers(0, 7, 9), random.integers(0, 13, 9))
    return data, *map(torch.from_numpy, arrays), blank


def without_blanks(given: Problem) -> Problem:
    data, labels, *rest = given
    return data, torch.where(labels == given[4], 2, labels), *rest


def answers(form, given: Problem) -> tuple[Tensor, Tensor]:
    """Give the losses and the gradient of the data for a certain head."""
    data = given[0].detach().requires_grad_()
    losses = form(data, *given[1:])
    head = torch.from_numpy(np.random.default_rng(1).normal(size=losses.shape)).to(losses.dtype)
    return losses.detach(), torch.autograd.grad(losses, data, head)[0]


def by_paths(chances: np.ndarray, label: list[int], blank: int) -> float:
    """Sum the probabilities of all paths that spell the label, and go through every state in turn."""
    states = [blank]
    for symbol in label:
        states += [symbol, blank]
    total = 0.0
    for path in itertools.product(range(len(states)), repeat=len(chances)):
        steps = [after - before for before, after in itertools.pairwise(path)]
        fine = path[0] < 2 and path[-1] >= len(states) - 2 and all(0 <= step <= 2 for step in steps)
        for (before, after), step in zip(itertools.pairwise(path), steps, strict=True):
            if step == 2 and (states[after] == blank or states[after] == states[before]):
                fine = False
        if fine:
            total += math.prod(chances[place, states[state]] for place, state in enumerate(path))
    return -math.log(total) if total else 0.0


@every_form
@pytest.mark.parametrize("blank", [0, 2])
@pytest.mark.parametrize("label", [[], [1], [1, 1], [1, 2], [2, 0], [0, 1], [1, 0, 1], [1, 1, 1]], ids=str)
def test_equals_the_sum_over_paths(form, label: list[int], blank: int):
    data = torch.randn(4, 1, 3, dtype=torch.float64)
    arrays = torch.tensor([[*label, 9, 9, 9][:3]]), torch.tensor([len(label)]), torch.tensor([4])
    expected = by_paths(data[:, 0].softmax(1).numpy(), label, blank)
    torch.testing.assert_close(form(data, *arrays, blank).item(), expected, rtol=1e-9, atol=1e-9)


@every_form
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("scale", [1, 30, 1000])
def test_equals_torch_on_labels_without_blank(form, scale: float, seed: int):
    given = without_blanks(problem(scale, seed=seed))
    data = given[0].clone().requires_grad_()
    lengths = given[3].clamp(min=1)
    found = answers(form, (*given[:3], lengths, 0))
    expected = functional.ctc_loss(
        data.log_softmax(2), given[1], lengths, given[2], reduction="none", zero_infinity=True
    )
    torch.testing.assert_close(found[0], expected.detach(), rtol=1e-9, atol=1e-9)
    head = torch.from_numpy(np.random.default_rng(1).normal(size=9))
    torch.testing.assert_close(found[1], torch.autograd.grad(expected, data, head)[0], rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("blank", [0, 4])
@pytest.mark.parametrize("scale", [1, 30, 1000])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_forms_agree(scale: float, dtype: torch.dtype, blank: int):
    found, expected = (answers(form, problem(scale, dtype, blank=blank)) for form in FORMS.values())
    tolerance = {torch.float32: 1e-5, torch.float64: 1e-12}[dtype]
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance * max(1, scale / 10))


def test_what_dead_ends_drown_is_computed_in_logarithms():
    # All symbols but one are e ** -500 as likely: a path through the label is less likely than float64 can say.
    data = torch.zeros(6, 1, 3, dtype=torch.float64)
    data[..., 0] = 500
    arrays = torch.tensor([[1, 2]]), torch.tensor([2]), torch.tensor([6])
    loss, gradient = answers(ctc_loss, (data, *arrays, 0))
    # 15 ways to place two symbols on six steps, the others blank.
    torch.testing.assert_close(loss.item(), 1000 - math.log(15), rtol=1e-12, atol=0)
    _, expected = answers(ctc_loss_plain, (data, *arrays, 0))
    torch.testing.assert_close(gradient, expected, rtol=1e-9, atol=1e-12)
    assert gradient.any()


@every_form
def test_a_sequence_too_short_has_no_loss_and_no_gradient(form):
    data = torch.randn(3, 4, 4, dtype=torch.float64)
    labels = torch.tensor([[1, 1, 0], [1, 2, 3], [1, 0, 0], [0, 0, 0]])
    losses, gradient = answers(form, (data, labels, torch.tensor([2, 3, 1, 0]), torch.tensor([2, 3, 0, 0]), 0))
    assert losses.tolist() == [0, losses[1], 0, 0]
    assert losses[1] > 0
    assert not gradient[:, [0, 2, 3]].any()


@every_form
def test_steps_after_the_end_have_no_gradient(form):
    _, gradient = answers(form, (torch.randn(5, 1, 3), torch.tensor([[1]]), torch.tensor([1]), torch.tensor([2]), 0))
    assert gradient[:2].any()
    assert not gradient[2:].any()


def test_what_is_no_number_does_no_harm():
    given = problem()
    for value in (math.nan, math.inf, -math.inf):
        data = given[0].clone()
        data[3, 4] = value
        losses, gradient = answers(ctc_loss, (data, *given[1:]))
        others = [item for item in range(9) if item != 4]
        assert losses[others].isfinite().all()
        assert gradient[:, others].isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_narrow_types_are_computed_in_single(dtype: torch.dtype):
    data, *rest = problem(dtype=dtype)
    found = ctc_loss(data, *rest)
    assert torch.equal(found, ctc_loss(data.float(), *rest).to(dtype))
    assert answers(ctc_loss, (data, *rest))[1].dtype == dtype


def test_memory_may_be_strided():
    data, *rest = problem()
    moved = data.permute(2, 1, 0).contiguous().permute(2, 1, 0)
    expected = answers(ctc_loss, (data, *rest))
    assert all(map(torch.equal, answers(ctc_loss, (moved, *rest)), expected))


@every_form
def test_empty(form):
    none = torch.zeros(0, dtype=torch.int64)
    assert form(torch.zeros(3, 0, 2), torch.zeros(0, 2, dtype=torch.int64), none, none, 0).shape == (0,)
    one = torch.tensor([0]), torch.tensor([3])
    found = form(torch.zeros(3, 1, 2), torch.zeros(1, 0, dtype=torch.int64), *one, 0)
    torch.testing.assert_close(found, torch.tensor([3 * math.log(2)]))


def test_number_of_threads_changes_nothing(threads):
    given = (torch.randn(80, 20, 9), torch.randint(1, 9, (20, 15)), torch.full((20,), 15), torch.full((20,), 80), 0)
    found = []
    for count in (1, 2, 5):
        threads(count)
        found.append(answers(ctc_loss, given))
    for other in found[1:]:
        assert all(map(torch.equal, found[0], other))


def test_without_a_compiler_plain_torch_answers(monkeypatch):
    given = problem()
    expected = ctc_loss(*given)
    monkeypatch.setattr(jit, "available", lambda: False)
    monkeypatch.setattr(module, "write_losses", None)
    torch.testing.assert_close(ctc_loss(*given), expected)


@pytest.mark.parametrize("wanted", [True, False])
def test_torch_accepts_the_operator(wanted: bool):
    data, *rest = problem()
    inputs = (data.requires_grad_(wanted), *rest, wanted)
    assert set(torch.library.opcheck(module._compiled, inputs).values()) == {"SUCCESS"}


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_compiles_into_one_graph(backend: str):
    data, *rest = problem()
    data = data.clone().requires_grad_()

    def run(data: Tensor) -> Tensor:
        return ctc_loss(data * 2, *rest).sum()

    (found,) = torch.autograd.grad(torch.compile(run, fullgraph=True, backend=backend)(data), data)
    torch.testing.assert_close(found, torch.autograd.grad(run(data), data)[0])


@every_form
def test_without_values_there_are_shapes(form):
    given = problem()
    with FakeTensorMode():
        arrays = [torch.empty(one.shape, dtype=one.dtype) for one in given[:4]]
        assert form(*arrays, 0).shape == (9,)
    assert form(*(one.to("meta") for one in given[:4]), 0).shape == (9,)


@pytest.mark.gpu
def test_accelerator_agrees_with_the_cpu(device: torch.device):
    given = problem()
    found = answers(ctc_loss, (*(one.to(device) for one in given[:4]), 0))
    for one, other in zip(found, answers(ctc_loss, given), strict=True):
        torch.testing.assert_close(one.cpu(), other, rtol=1e-9, atol=1e-9)
