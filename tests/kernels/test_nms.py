"""Suppression equals real MXNet, a loop written from the definition, and its own plain-torch twin."""

import json
import multiprocessing
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch._subclasses import FakeTensorMode

from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.kernels import jit, nms, nms_order, nms_order_plain


class Rule(NamedTuple):
    """The attributes of the kernel, in its order, with the defaults of MXNet's ``box_nms``."""

    overlap_thresh: float = 0.5
    valid_thresh: float = 0.0
    topk: int = -1
    coord_start: int = 2
    score_index: int = 1
    id_index: int = -1
    background_id: int = -1
    force_suppress: bool = False
    center: bool = False


FORMS = {"custom op": nms_order, "plain": nms_order_plain}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


def recorded() -> list[Any]:
    path = Path(__file__).parent.parent / "golden" / "kernels" / "nms_order.npz"
    with np.load(path, allow_pickle=False) as archive:
        return [
            pytest.param(_rule(case["attrs"]), archive[f"data{i}"], archive[f"order{i}"], id=case["name"])
            for i, case in enumerate(json.loads(str(archive["cases"])))
        ]


def _rule(attrs: dict[str, Any]) -> Rule:
    center = attrs.get("in_format", "corner") == "center"
    return Rule(**{key: value for key, value in attrs.items() if key in Rule._fields}, center=center)


def by_definition(data: np.ndarray, rule: Rule) -> np.ndarray:
    """Walk candidates best first and keep those that no kept one covers, number by number in the type of ``data``."""
    number = data.dtype.type
    overlap_thresh, valid_thresh = (number(np.float32(value)) for value in rule[:2])
    order = np.full(data.shape[:2], -1)
    for image, rows in enumerate(data):
        candidates = [
            i
            for i, row in enumerate(rows)
            if row[rule.score_index] > valid_thresh
            and (rule.id_index < 0 or row[rule.id_index] != number(rule.background_id))
        ]
        candidates.sort(key=lambda i, rows=rows: -float(rows[i, rule.score_index]))
        kept: list[int] = []
        for j in candidates[: rule.topk if rule.topk >= 0 else None]:
            if not any(
                (
                    rule.force_suppress
                    or rule.id_index < 0
                    or _class(rows[i, rule.id_index]) == _class(rows[j, rule.id_index])
                )
                and _overlap(*(rows[k, rule.coord_start :][:4] for k in (i, j)), rule.center) > overlap_thresh
                for i in kept
            ):
                kept.append(j)
        order[image, : len(kept)] = kept
    return order


def _class(identity: float) -> int:
    return int(identity) if -(2**31) <= identity < 2**31 else -(2**31)


@np.errstate(all="ignore")
def _overlap(kept: np.ndarray, other: np.ndarray, center: bool) -> np.floating:
    zero, two = kept.dtype.type(0), kept.dtype.type(2)
    (low, high), (other_low, other_high) = (
        (box[:2] - box[2:] / two, box[:2] + box[2:] / two) if center else (box[:2], box[2:]) for box in (kept, other)
    )
    sizes = (kept[2:], other[2:]) if center else (high - low, other_high - other_low)
    areas = [zero if size[0] < 0 or size[1] < 0 else size[0] * size[1] for size in sizes]
    sides = []
    for axis in range(2):
        start = other_low[axis] if low[axis] < other_low[axis] else low[axis]
        end = other_high[axis] if other_high[axis] < high[axis] else high[axis]
        sides.append(end - start if end - start > zero else zero)
    both = sides[0] * sides[1]
    return both / (areas[0] + areas[1] - both)


def drawn(*shape: int, classes: int = 5, seed: int = 0, levels: int = 10**6) -> torch.Tensor:
    random = np.random.default_rng(seed)
    low = random.random((*shape, 2)) * 100
    parts = (
        random.integers(0, classes, (*shape, 1)),
        (random.integers(0, levels, (*shape, 1)) + 1) / levels,
        low,
        low + random.random((*shape, 2)) * 30,
    )
    return torch.from_numpy(np.concatenate(parts, -1).astype(np.float32))


@st.composite
def problems(draw: st.DrawFn, dtype: Any = np.float32) -> tuple[np.ndarray, Rule]:
    """Few different numbers, so that scores, boxes and overlaps tie; and everything that is not an ordinary number."""
    shape = draw(st.tuples(st.integers(0, 3), st.integers(0, 14), st.just(6)))
    ordinary = st.sampled_from([0, 0.5, 1, 1.5, 2, 3, 4, -1, -0.0, 0.3])
    odd = st.sampled_from([np.nan, np.inf, -np.inf, 3e9, -3e9, -2, 1e-40])
    elements = ordinary if draw(st.booleans()) else ordinary | odd
    data = draw(arrays(np.float64, shape, elements=elements)).astype(dtype)
    if draw(st.booleans()):
        with np.errstate(invalid="ignore"):
            data[..., 4:] += data[..., 2:4]
    thresholds = st.sampled_from([0, 0.1, 0.3, 1 / 3, 0.5, 1, -0.5])
    rule = Rule(
        overlap_thresh=draw(thresholds),
        valid_thresh=draw(thresholds | st.just(-10)),
        topk=draw(st.integers(-1, 16)),
        id_index=draw(st.sampled_from([-1, 0])),
        background_id=draw(st.integers(-1, 1)),
        force_suppress=draw(st.booleans()),
        center=draw(st.booleans()),
    )
    return data, rule


def test_compiled_code_is_what_these_tests_test():
    assert jit.available()


@every_form
@pytest.mark.parametrize(("rule", "data", "order"), recorded())
def test_equals_mxnet(form, rule: Rule, data: np.ndarray, order: np.ndarray):
    assert form(torch.from_numpy(data), *rule).tolist() == order.tolist()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@settings(max_examples=400)
@given(choice=st.data())
def test_equals_definition(dtype, choice: st.DataObject):
    data, rule = choice.draw(problems(dtype))
    with np.errstate(over="ignore"):
        expected = by_definition(data, rule)
    assert nms_order(torch.from_numpy(data), *rule).tolist() == expected.tolist()


@settings(max_examples=400)
@given(problem=problems(), block=st.sampled_from([1, 3, 256]), tile=st.sampled_from([1, 40, 1 << 20]))
def test_plain_equals_compiled(problem: tuple[np.ndarray, Rule], block: int, tile: int):
    data, rule = torch.from_numpy(problem[0]), problem[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nms, "_BLOCK", block)
        patch.setattr(nms, "_TILE", tile)
        plain = nms_order_plain(data, *rule)
    assert plain.tolist() == nms_order(data, *rule).tolist()


@pytest.mark.parametrize("topk", [-1, 1, 30, 700])
@pytest.mark.parametrize("levels", [7, 10**6], ids=["ties", "no ties"])
def test_plain_equals_compiled_on_many_boxes(topk: int, levels: int, threads):
    threads(1)
    rule = Rule(topk=topk, id_index=0, overlap_thresh=0.2)
    data = drawn(2, 1500, levels=levels)
    assert torch.equal(nms_order(data, *rule), nms_order_plain(data, *rule))


@pytest.mark.parametrize("topk", [-1, 40])
def test_equals_definition_on_many_boxes(topk: int):
    rule = Rule(topk=topk, id_index=0, overlap_thresh=0.3)
    data = drawn(1, 300, classes=2, levels=50)
    assert nms_order(data, *rule).tolist() == by_definition(data.numpy(), rule).tolist()


@every_form
def test_equal_scores_keep_the_order_of_the_rows(form, threads):
    threads(1)
    data = drawn(1, 3000)
    data[..., 1] = torch.arange(3000) % 2 * 0.5 + 0.25
    expected = [*range(1, 3000, 2), *range(0, 3000, 2)]
    assert form(data, *Rule(overlap_thresh=2.0)).tolist() == [expected]
    assert form(data, *Rule(overlap_thresh=2.0, topk=2)).tolist() == [[1, 3] + [-1] * 2998]


@every_form
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_single(form, dtype: torch.dtype):
    data = drawn(2, 60, classes=2, levels=30).to(dtype)
    rule = Rule(id_index=0, overlap_thresh=0.3)
    assert form(data, *rule).tolist() == by_definition(data.float().numpy(), rule).tolist()


@every_form
def test_overlap_in_half_precision_would_round_onto_the_threshold(form):
    # The overlap is 0.3, in half precision 0.30005, which is above the threshold.
    rows = torch.tensor([[[0, 0.9, 0, 0, 10, 1], [0, 0.8, 0, 0, 3, 1]]], dtype=torch.float16)
    assert form(rows, *Rule(overlap_thresh=0.3)).tolist() == [[0, 1]]


@every_form
def test_thresholds_are_rounded_to_single(form):
    rows = torch.tensor([[[0, 0.3, 0, 0, 1, 1], [0, 0.300000013, 2, 2, 3, 3]]], dtype=torch.float64)
    assert form(rows, *Rule(valid_thresh=0.3)).tolist() == [[1, -1]]
    assert form(rows, *Rule(valid_thresh=1e300)).tolist() == [[-1, -1]]


@every_form
@pytest.mark.parametrize("shape", [(0, 4, 6), (2, 0, 6), (0, 0, 6)])
def test_empty(form, shape: tuple[int, int, int]):
    order = form(torch.zeros(shape), *Rule())
    assert (order.shape, order.dtype) == (shape[:2], torch.int64)


@every_form
def test_one_box(form):
    rows = torch.tensor([[[0, 0.5, 0, 0, 1, 1.0]], [[0, -0.5, 0, 0, 1, 1]]])
    assert form(rows, *Rule()).tolist() == [[0], [-1]]


@every_form
def test_topk_0_looks_at_nothing(form):
    assert form(drawn(1, 3), *Rule(topk=0)).tolist() == [[-1, -1, -1]]


@every_form
def test_columns_may_stand_anywhere_and_memory_be_strided(form):
    data = drawn(3, 50)
    moved = data[..., [2, 3, 4, 5, 0, 1]].permute(1, 2, 0).contiguous().permute(2, 0, 1)
    assert not moved.is_contiguous()
    expected = by_definition(data.numpy(), Rule(id_index=0))
    assert form(moved, *Rule(coord_start=0, score_index=5, id_index=4)).tolist() == expected.tolist()


@every_form
def test_second_pass_keeps_everything(form):
    data = drawn(1, 200)
    order = form(data, *Rule(id_index=0))
    survivors = order[order >= 0]
    again = form(data[:, survivors], *Rule(id_index=0))
    assert again.tolist() == [list(range(len(survivors)))]
    assert 0 < len(survivors) < 200


@every_form
def test_input_is_left_alone(form):
    data = drawn(2, 30)
    before = data.clone()
    form(data, *Rule(id_index=0))
    assert torch.equal(data, before)


def test_takes_a_tensor_that_wants_a_gradient():
    data = drawn(1, 20).requires_grad_()
    order = nms_order(data, *Rule())
    assert not order.requires_grad
    assert torch.equal(order, nms_order(data.detach(), *Rule()))


@pytest.mark.parametrize("rule", [Rule(), Rule(id_index=0, topk=5, center=True)])
def test_torch_accepts_the_operator(rule: Rule):
    assert set(torch.library.opcheck(nms_order, (drawn(2, 10), *rule)).values()) == {"SUCCESS"}
    assert set(torch.library.opcheck(nms_order, (drawn(2, 10).requires_grad_(), *rule)).values()) == {"SUCCESS"}


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_compiles_into_one_graph(backend: str):
    def best(data: torch.Tensor) -> torch.Tensor:
        return data.gather(1, nms_order(data * 2, *Rule(id_index=0)).clamp(min=0).unsqueeze(-1).expand_as(data))

    data = drawn(2, 40)
    assert torch.equal(torch.compile(best, fullgraph=True, backend=backend)(data), best(data))


def test_meta_tensors_have_the_shape():
    order = nms_order(torch.empty(2, 5, 6, device="meta"), *Rule())
    assert (order.shape, order.dtype, order.device.type) == ((2, 5), torch.int64, "meta")
    named = nms_order(data=torch.empty(2, 5, 6, device="meta"), **Rule()._asdict())
    assert named.shape == (2, 5)


def test_plain_copies_nothing_to_the_host():
    # A fake tensor has no values: whoever asks for one gets an error.
    with FakeTensorMode():
        assert nms_order_plain(torch.empty(2, 30, 6), *Rule(id_index=0)).shape == (2, 30)


def test_number_of_threads_changes_nothing(threads):
    data = drawn(8, 1000)
    orders = []
    for count in (1, 2, 5):
        threads(count)
        orders.append(nms_order(data, *Rule(id_index=0)))
    assert torch.equal(orders[0], orders[1])
    assert torch.equal(orders[0], orders[2])


def test_many_threads_may_call_at_once(threads):
    threads(2)
    batches = [drawn(8, 700, seed=seed) for seed in range(12)]
    expected = [nms_order(data, *Rule(id_index=0)) for data in batches]
    with ThreadPoolExecutor(6) as pool:
        got = list(pool.map(lambda data: nms_order(data, *Rule(id_index=0)), batches))
    assert all(map(torch.equal, got, expected))


class Orders(torch.utils.data.Dataset):
    """Images and what survives in each, worked out where the item is asked for."""

    def __len__(self) -> int:
        return 6

    def __getitem__(self, index: int) -> torch.Tensor:
        return nms_order(drawn(8, 700, seed=index), *Rule(id_index=0))


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_works_in_forked_data_loading_workers(monkeypatch):
    # A worker sets the number of torch's threads to 1; told of 2, it has to start threads of its own.
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    expected = [Orders()[index] for index in range(6)]
    loader = torch.utils.data.DataLoader(
        Orders(), batch_size=None, num_workers=2, multiprocessing_context="fork", timeout=60
    )
    assert all(map(torch.equal, loader, expected))


@pytest.mark.skipif(sys.platform == "win32", reason="memory is asked of a Unix system")
@pytest.mark.parametrize(("form", "count"), [(nms_order, 20_000), (nms_order_plain, 8_000)], ids=["custom op", "plain"])
def test_memory_is_linear(form, count: int, threads):
    threads(1)
    # One byte for each pair of boxes would be 400 MB, four bytes for each of fewer 256 MB.
    data = drawn(1, count)
    before = _peak()
    form(data, *Rule(overlap_thresh=0.1))
    assert _peak() - before < 120 * 1024**2


def _peak() -> int:
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def test_without_a_compiler_plain_torch_answers(monkeypatch):
    data = drawn(2, 100)
    expected = nms_order(data, *Rule(id_index=0))
    monkeypatch.setattr(jit, "available", lambda: False)
    monkeypatch.setattr(nms, "write_survivors", None)
    assert torch.equal(nms_order(data, *Rule(id_index=0)), expected)


@pytest.mark.gpu
def test_accelerator_agrees_with_the_cpu(device):
    data = drawn(2, 3000, levels=100)
    for rule in (Rule(id_index=0), Rule(topk=200, center=True)):
        assert torch.equal(nms_order(data.to(device), *rule).cpu(), nms_order(data, *rule))


@pytest.mark.parametrize(
    ("data", "rule", "error", "words"),
    [
        pytest.param(
            torch.zeros(4, 6), Rule(), ShapeError, r"nms_order: data must be \(B, n, k\), got .*\(4, 6\)", id="rank"
        ),
        pytest.param(
            torch.zeros(1, 4, 6, dtype=torch.int64),
            Rule(),
            ArgumentTypeError,
            r"nms_order: data must be of a float type, got torch\.int64",
            id="type",
        ),
        *(
            pytest.param(torch.zeros(1, 4, 6), rule, ArgumentError, "must be columns of data with 6 columns", id=name)
            for name, rule in {
                "coordinates end outside": Rule(coord_start=3),
                "coordinates begin outside": Rule(coord_start=-1),
                "score outside": Rule(score_index=6),
                "score before": Rule(score_index=-1),
                "id outside": Rule(id_index=6),
            }.items()
        ),
    ],
)
def test_refuses(data: torch.Tensor, rule: Rule, error: type[Exception], words: str):
    with pytest.raises(error, match=words):
        nms_order(data, *rule)
