"""Targets of anchors: the compiled loop, its plain-torch twin and a walk through the definition agree."""

import multiprocessing
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch._subclasses import FakeTensorMode

from regluon.kernels import jit, multibox_target
from regluon.kernels.multibox_target import anchor_targets, anchor_targets_plain


class Rule(NamedTuple):
    """The attributes of the kernel, in its order."""

    overlap_threshold: float = 0.5
    ignore_label: float = -1.0
    mining_ratio: float = -1.0
    mining_thresh: float = 0.5
    minimum: int = 0
    variances: tuple[float, ...] = (0.1, 0.1, 0.2, 0.2)


FORMS = {"custom op": anchor_targets, "plain": anchor_targets_plain}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
NAN, INF = float("nan"), float("inf")


def boxes(random: np.random.Generator, *shape: int, grid: int) -> np.ndarray:
    low = random.integers(0, grid, (*shape, 2))
    return np.concatenate([low, low + random.integers(1, grid, (*shape, 2))], -1) / grid


def drawn(images: int, anchors: int, objects: int, classes: int = 4, seed: int = 0, grid: int = 8) -> list[Tensor]:
    """Draw anchors, labels whose lists end at different places, and scores. A coarse grid makes overlaps tie."""
    random = np.random.default_rng(seed)
    label = np.concatenate([random.integers(0, 3, (images, objects, 1)), boxes(random, images, objects, grid=grid)], -1)
    for image in range(images):
        label[image, random.integers(0, objects + 2) :, 0] = -1
    scores = random.normal(size=(images, classes, anchors)) * 3
    return [torch.from_numpy(array).float() for array in (boxes(random, anchors, grid=grid), label, scores)]


def assert_same(found: tuple[Tensor, ...], expected: tuple[Tensor, ...]) -> None:
    # The logarithms of two libraries differ in the last bit; nothing else does.
    torch.testing.assert_close(found[0], expected[0], rtol=3e-7, atol=1e-6, equal_nan=True)
    torch.testing.assert_close(found[1:], expected[1:], rtol=0, atol=0, equal_nan=True)


def hardest(scores: np.ndarray, candidates: list[int], wanted: int) -> set[int]:
    """Sort by the probability of background, stably, as the definition says."""
    values = scores.astype(np.float64)
    powers = np.exp(values - values.max(0))
    background = powers[0] / powers.sum(0)
    return set(sorted(candidates, key=lambda anchor: background[anchor])[:wanted])


def test_compiled_code_is_what_these_tests_test():
    assert jit.available()


@settings(max_examples=200, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    shape=st.tuples(st.integers(0, 3), st.integers(0, 60), st.integers(0, 9)),
    grid=st.sampled_from([4, 8, 100]),
    rule=st.builds(
        Rule,
        st.sampled_from([0.5, 0.25, 0.0]),
        st.sampled_from([-1.0, -2.0]),
        st.sampled_from([-1.0, 0.5, 1.0, 3.0, 1e9]),
        st.sampled_from([0.5, 0.3]),
        st.integers(0, 5),
        st.just((0.1, 0.5, 0.2, 1.0)),
    ),
)
def test_plain_equals_compiled(seed: int, shape: tuple[int, int, int], grid: int, rule: Rule):
    inputs = drawn(*shape, seed=seed, grid=grid)
    assert_same(anchor_targets_plain(*inputs, *rule), anchor_targets(*inputs, *rule))


@every_form
@pytest.mark.parametrize("spread", [0.01, 3, 12], ids=["alike", "different", "far apart"])
def test_background_is_what_looks_least_like_it(form, spread: float):
    # More anchors than are looked at together, and of several classes.
    random = np.random.default_rng(1)
    anchor, label = torch.zeros(1300, 4), torch.tensor([[[0.0, 0, 0, 1, 1]]])
    anchor[7] = torch.tensor([0.0, 0, 1, 1])
    scores = (random.normal(size=(1, 5, 1300)) * spread).astype(np.float32)
    for ratio in (1.0, 40.0, 700.0):
        classes = form(anchor, label, torch.from_numpy(scores), *Rule(mining_ratio=ratio))[2][0]
        assert set(torch.nonzero(classes == 0).flatten().tolist()) == hardest(
            scores[0], [place for place in range(1300) if place != 7], int(ratio)
        )


@every_form
def test_of_anchors_that_look_alike_the_first_are_background(form):
    anchor, label = torch.zeros(600, 4), torch.tensor([[[0.0, 0, 0, 1, 1]]])
    anchor[3] = torch.tensor([0.0, 0, 1, 1])
    scores = torch.zeros(1, 3, 600)
    scores[0, 0, [500, 20]] = -5
    classes = form(anchor, label, scores, *Rule(mining_ratio=5.0))[2][0]
    assert torch.nonzero(classes == 0).flatten().tolist() == [0, 1, 2, 20, 500]


@every_form
def test_very_unlike_background_all_the_same(form):
    # Powers of these differences are no normal float32 numbers; their order counts none the less.
    anchor, label = torch.zeros(4, 4), torch.tensor([[[0.0, 0, 0, 1, 1]]])
    anchor[0] = torch.tensor([0.0, 0, 1, 1])
    scores = torch.tensor([[[0.0, 0, 0, 0], [0, 90, 95, 85]]])
    classes = form(anchor, label, scores, *Rule(mining_ratio=2.0))[2]
    assert classes.tolist() == [[1, 0, 0, -1]]


@every_form
@pytest.mark.parametrize("odd", [NAN, INF], ids=["nan", "inf"])
def test_scores_that_are_not_numbers_are_chosen_last(form, odd: float):
    anchor, label = torch.zeros(6, 4), torch.tensor([[[0.0, 0, 0, 1, 1]]])
    anchor[0] = torch.tensor([0.0, 0, 1, 1])
    scores = torch.tensor([[[0.0, 0, 0, -1, 0, -2], [0, odd, odd, 0, 0, 0]]])
    for ratio, background in ((2.0, [3, 5]), (3.0, [3, 4, 5]), (4.0, [1, 3, 4, 5]), (9.0, [1, 2, 3, 4, 5])):
        classes = form(anchor, label, scores, *Rule(mining_ratio=ratio))[2][0]
        assert torch.nonzero(classes == 0).flatten().tolist() == background


@every_form
def test_boxes_that_are_not_numbers_match_nothing(form):
    anchor = torch.tensor([[0.0, 0, 1, 1], [NAN, 0, 1, 1], [2.0, 2, 3, 3]])
    label = torch.tensor([[[0.0, 0, 0, NAN, 1], [1.0, 0, 0, 1, 1]]])
    offsets, masks, classes = form(anchor, label, torch.zeros(1, 2, 3), *Rule())
    assert classes.tolist() == [[2, 0, 0]]
    assert masks[0, :, 0].tolist() == [1, 0, 0]
    assert not offsets.any()


@every_form
def test_boxes_that_want_one_anchor_get_the_next_best(form):
    anchor = torch.tensor([[0.0, 0, 1, 1], [0.0, 0, 1, 0.75], [0.0, 0, 1, 0.5], [5.0, 5, 6, 6]])
    label = torch.tensor([[[float(number), 0, 0, 1, 1] for number in range(4)]])
    # The fourth box finds no anchor that it overlaps at all.
    assert form(anchor, label, torch.zeros(1, 2, 4), *Rule())[2].tolist() == [[1, 2, 3, 0]]


@every_form
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_types(form, dtype: torch.dtype):
    inputs = [values.to(dtype) for values in drawn(2, 40, 3)]
    found = form(*inputs, *Rule(mining_ratio=2.0))
    assert [one.dtype for one in found] == [dtype] * 3
    wide = form(*(values.to(torch.float64) for values in inputs), *Rule(mining_ratio=2.0))
    assert torch.equal(found[2].double(), wide[2])
    assert torch.equal(found[1].double(), wide[1])


@every_form
def test_scores_may_be_of_another_type_and_memory_strided(form):
    anchor, label, scores = drawn(2, 40, 3)
    expected = form(anchor, label, scores.half().float(), *Rule(mining_ratio=2.0))
    strided = (anchor.T.contiguous().T, label.transpose(0, 1).contiguous().transpose(0, 1), scores.half().mT.clone().mT)
    found = form(*strided, *Rule(mining_ratio=2.0))
    assert [one.dtype for one in found] == [torch.float32] * 3
    assert_same(found, expected)


@every_form
def test_inputs_are_left_alone(form):
    inputs = drawn(2, 40, 3)
    before = [values.clone() for values in inputs]
    form(*inputs, *Rule(mining_ratio=2.0))
    assert all(map(torch.equal, inputs, before))


def test_torch_accepts_the_operator():
    arguments = (*drawn(2, 9, 3), *Rule(mining_ratio=2.0))
    assert set(torch.library.opcheck(anchor_targets, arguments).values()) == {"SUCCESS"}


def test_compiles_into_one_graph():
    anchor, label, scores = drawn(2, 40, 3)

    def targets(values: Tensor) -> Tensor:
        return anchor_targets(anchor, label, values * 2, *Rule(mining_ratio=2.0))[2] + 1

    assert torch.equal(torch.compile(targets, fullgraph=True, backend="eager")(scores), targets(scores))


def test_meta_tensors_have_the_shape():
    anchor, label, scores = (values.to("meta") for values in drawn(2, 9, 3))
    found = anchor_targets(anchor.half(), label, scores, *Rule())
    assert [(tuple(one.shape), one.dtype, one.device.type) for one in found] == [
        ((2, 9, 4), torch.float32, "meta"),
        ((2, 9, 4), torch.float16, "meta"),
        ((2, 9), torch.float32, "meta"),
    ]


def test_plain_copies_nothing_to_the_host():
    # A fake tensor has no values: whoever asks for one gets an error.
    with FakeTensorMode():
        inputs = (torch.empty(9, 4), torch.empty(2, 3, 5), torch.empty(2, 4, 9))
        assert anchor_targets_plain(*inputs, *Rule(mining_ratio=2.0))[2].shape == (2, 9)


def test_number_of_threads_changes_nothing(threads):
    inputs, answers = drawn(7, 1500, 6), []
    for count in (1, 2, 5):
        threads(count)
        answers.append(anchor_targets(*inputs, *Rule(mining_ratio=3.0)))
    for other in answers[1:]:
        assert all(map(torch.equal, answers[0], other))


class Targets(torch.utils.data.Dataset):
    """Classes of anchors, worked out where the item is asked for."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> Tensor:
        return anchor_targets(*drawn(6, 1500, 6, seed=index), *Rule(mining_ratio=3.0))[2]


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_works_in_forked_data_loading_workers(monkeypatch):
    # A worker sets the number of torch's threads to 1; told of 2, it has to start threads of its own.
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    expected = [Targets()[index] for index in range(4)]
    loader: Any = torch.utils.data.DataLoader(
        Targets(), batch_size=None, num_workers=2, multiprocessing_context="fork", timeout=60
    )
    assert all(map(torch.equal, loader, expected))


def test_without_a_compiler_plain_torch_answers(monkeypatch):
    inputs = drawn(2, 40, 3)
    expected = anchor_targets(*inputs, *Rule(mining_ratio=2.0))
    monkeypatch.setattr(jit, "available", lambda: False)
    monkeypatch.setattr(multibox_target, "write_targets", None)
    assert_same(anchor_targets(*inputs, *Rule(mining_ratio=2.0)), expected)


@pytest.mark.gpu
def test_accelerator_agrees_with_the_cpu(device):
    inputs = drawn(3, 900, 6)
    found = anchor_targets(*(values.to(device) for values in inputs), *Rule(mining_ratio=2.0))
    expected = anchor_targets(*inputs, *Rule(mining_ratio=2.0))
    assert torch.equal(found[2].cpu(), expected[2])
    torch.testing.assert_close(found[0].cpu(), expected[0])
