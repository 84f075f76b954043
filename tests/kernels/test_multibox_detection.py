"""Detections: the compiled loops, their plain-torch twin and a walk through the definition agree."""

import multiprocessing
from typing import NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch._subclasses import FakeTensorMode

from regluon.kernels import jit, multibox_detection
from regluon.kernels.multibox_detection import detect_boxes, detect_boxes_plain


class Rule(NamedTuple):
    """The attributes of the kernel, in its order."""

    clip: bool = True
    threshold: float = 0.01
    nms_threshold: float = 0.5
    force_suppress: bool = False
    variances: tuple[float, ...] = (0.1, 0.1, 0.2, 0.2)
    topk: int = -1


FORMS = {"custom op": detect_boxes, "plain": detect_boxes_plain}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
NAN, INF = float("nan"), float("inf")


def drawn(images: int, anchors: int, classes: int = 4, seed: int = 0, levels: int = 10**6) -> list[Tensor]:
    """Draw probabilities, offsets and anchors; few levels make probabilities tie."""
    random = np.random.default_rng(seed)
    low = random.integers(0, 6, (anchors, 2))
    corners = np.concatenate([low, low + random.integers(1, 6, (anchors, 2))], 1) / 8
    probabilities = random.integers(0, levels, (images, classes, anchors)) / levels
    offsets = random.integers(-2, 3, (images, anchors, 4))
    return [torch.from_numpy(array).float() for array in (probabilities, offsets, corners)]


def overlap(a: np.ndarray, b: np.ndarray) -> np.float32:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return np.float32(0)
    return width * height / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height)


def by_definition(probabilities: np.ndarray, boxes: np.ndarray, rule: Rule) -> np.ndarray:
    """Walk through one image, whose boxes are decoded."""
    rows = []
    for scores, box in zip(probabilities[1:].T, boxes, strict=True):
        if scores.max() >= np.float32(rule.threshold):
            rows.append([scores.argmax(), scores.max(), *box])
    found = np.full((len(boxes), 6), -1, np.float32)
    if not rows:
        return found
    count = len(rows)
    found[:count] = rows
    if not 0 < rule.nms_threshold <= 1:
        return found
    kept = min(count, rule.topk) if rule.topk > 0 else count
    ranked = found[np.argsort(-found[:count, 1], kind="stable")[:kept]]
    found[:kept], found[kept:count, 0] = ranked, -1
    alive: list[np.ndarray] = []
    for row in found[:kept]:
        rivals = [other for other in alive if rule.force_suppress or other[0] == row[0]]
        if any(overlap(other[2:], row[2:]) >= np.float32(rule.nms_threshold) for other in rivals):
            row[0] = -1
        else:
            alive.append(row.copy())
    return found


def assert_same(found: Tensor, expected: Tensor) -> None:
    # The exponentials of two libraries differ in the last bit; classes and scores do not.
    torch.testing.assert_close(found[..., :2], expected[..., :2], rtol=0, atol=0)
    torch.testing.assert_close(found, expected, rtol=3e-7, atol=3e-7)


rules = st.builds(
    Rule,
    st.booleans(),
    st.sampled_from([0.01, 0.5, 2.0]),
    st.sampled_from([0.5, 0.45, 1.0, 0.0, -1.0]),
    st.booleans(),
    st.just((0.1, 0.1, 0.2, 0.2)),
    st.sampled_from([-1, 0, 1, 5, 30, 500]),
)
sizes = st.tuples(st.integers(0, 3), st.integers(0, 50), st.integers(2, 6))


def test_compiled_code_is_what_these_tests_test():
    assert jit.available()


@every_form
@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**6), size=sizes, levels=st.sampled_from([4, 10**6]), rule=rules)
def test_equals_definition(form, seed: int, size: tuple[int, int, int], levels: int, rule: Rule):
    probabilities, offsets, corners = drawn(*size, seed=seed, levels=levels)
    # Anchors as they are: their numbers of eighths are exact, so overlaps can equal the threshold.
    found = form(probabilities, torch.zeros_like(offsets), corners, *rule)
    boxes = corners.clamp(0, 1) if rule.clip else corners
    for image, values in enumerate(probabilities.numpy()):
        np.testing.assert_array_equal(found[image], by_definition(values, boxes.numpy(), rule))


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**6), size=sizes, levels=st.sampled_from([4, 10**6]), rule=rules)
def test_plain_equals_compiled(seed: int, size: tuple[int, int, int], levels: int, rule: Rule):
    inputs = drawn(*size, seed=seed, levels=levels)
    # An overlap within a rounding of the threshold may go either way; none of these is.
    rule = rule._replace(nms_threshold=rule.nms_threshold if rule.nms_threshold <= 0 else 0.4567)
    assert_same(detect_boxes_plain(*inputs, *rule), detect_boxes(*inputs, *rule))


@every_form
def test_boxes_by_hand(form):
    probabilities = torch.tensor([[[0.0], [0.25], [0.75]]])
    # The middle moves by 0.1 * 2 widths and 0.1 * -1 heights; the width grows by the factor 2, the height by 1.
    offsets = torch.tensor([[[2.0, -1.0, np.log(2) / 0.2, 0.0]]])
    found = form(probabilities, offsets, torch.tensor([[0.0, 0.0, 0.5, 1.0]]), *Rule(clip=False))
    np.testing.assert_allclose(found[0, 0], [1, 0.75, -0.15, -0.1, 0.85, 0.9], rtol=1e-6, atol=1e-6)
    clipped = form(probabilities, offsets, torch.tensor([[0.0, 0.0, 0.5, 1.0]]), *Rule())
    np.testing.assert_allclose(clipped[0, 0], [1, 0.75, 0, 0, 0.85, 0.9], rtol=1e-6, atol=1e-6)


@every_form
def test_not_a_number_is_nobodys_best(form):
    probabilities = torch.tensor([[[0.0, 0, 0], [NAN, NAN, 0.25], [0.5, NAN, INF]]])
    anchors = torch.tensor([[0.0, 0, 1, 1], [0.0, 0, 1, 1], [5.0, 5, 6, 6]])
    found = form(probabilities, torch.zeros(1, 3, 4), anchors, *Rule(clip=False, threshold=-9.0))
    assert found[0, :, :2].tolist() == [[1, INF], [1, 0.5], [-1, -1]]


@every_form
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_types(form, dtype: torch.dtype):
    inputs = [values.to(dtype) for values in drawn(2, 40)]
    found = form(*inputs, *Rule(topk=10))
    assert found.dtype == dtype
    torch.testing.assert_close(found, form(*(values.double() for values in inputs), *Rule(topk=10)).to(dtype))


@every_form
def test_types_may_differ_and_memory_be_strided(form):
    probabilities, offsets, corners = drawn(2, 40)
    expected = form(probabilities.half().float(), offsets, corners, *Rule())
    strided = (probabilities.half().mT.clone().mT, offsets.mT.clone().mT, corners.T.clone().T)
    found = form(*strided, *Rule())
    assert found.dtype == torch.float32
    assert torch.equal(found, expected)


@every_form
def test_inputs_are_left_alone(form):
    inputs = drawn(2, 40)
    before = [values.clone() for values in inputs]
    form(*inputs, *Rule(topk=5))
    assert all(map(torch.equal, inputs, before))


def test_torch_accepts_the_operator():
    assert set(torch.library.opcheck(detect_boxes, (*drawn(2, 9), *Rule(topk=4))).values()) == {"SUCCESS"}


def test_compiles_into_one_graph():
    probabilities, offsets, corners = drawn(2, 40)

    def scores(values: Tensor) -> Tensor:
        return detect_boxes(values * 0.5, offsets, corners, *Rule(topk=9))[..., 1] + 1

    assert torch.equal(torch.compile(scores, fullgraph=True, backend="eager")(probabilities), scores(probabilities))


def test_meta_tensors_have_the_shape():
    probabilities, offsets, corners = (values.to("meta") for values in drawn(2, 9))
    found = detect_boxes(probabilities.half(), offsets, corners, *Rule())
    assert (tuple(found.shape), found.dtype, found.device.type) == ((2, 9, 6), torch.float32, "meta")


def test_plain_copies_nothing_to_the_host():
    # A fake tensor has no values: whoever asks for one gets an error.
    with FakeTensorMode():
        inputs = (torch.empty(2, 3, 9), torch.empty(2, 9, 4), torch.empty(9, 4))
        assert detect_boxes_plain(*inputs, *Rule(topk=4)).shape == (2, 9, 6)


def test_number_of_threads_changes_nothing(threads):
    inputs, answers = drawn(7, 1500, levels=500), []
    for count in (1, 2, 5):
        threads(count)
        answers.append(detect_boxes(*inputs, *Rule(topk=300)))
    assert torch.equal(answers[0], answers[1])
    assert torch.equal(answers[0], answers[2])


class Detections(torch.utils.data.Dataset):
    """Rows, worked out where the item is asked for."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> Tensor:
        return detect_boxes(*drawn(6, 1500, seed=index), *Rule(topk=300))


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_works_in_forked_data_loading_workers(monkeypatch):
    # A worker sets the number of torch's threads to 1; told of 2, it has to start threads of its own.
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    expected = [Detections()[index] for index in range(4)]
    loader = torch.utils.data.DataLoader(
        Detections(), batch_size=None, num_workers=2, multiprocessing_context="fork", timeout=60
    )
    assert all(map(torch.equal, loader, expected))


def test_without_a_compiler_plain_torch_answers(monkeypatch):
    inputs = drawn(2, 40)
    expected = detect_boxes(*inputs, *Rule(nms_threshold=0.4567, topk=20))
    monkeypatch.setattr(jit, "available", lambda: False)
    monkeypatch.setattr(multibox_detection, "write_found", None)
    assert_same(detect_boxes(*inputs, *Rule(nms_threshold=0.4567, topk=20)), expected)


@pytest.mark.gpu
def test_accelerator_agrees_with_the_cpu(device):
    inputs = drawn(3, 900)
    found = detect_boxes(*(values.to(device) for values in inputs), *Rule(nms_threshold=0.4567, topk=300))
    torch.testing.assert_close(found.cpu(), detect_boxes(*inputs, *Rule(nms_threshold=0.4567, topk=300)))
