"""Bipartite matching equals real MXNet, a sort and a walk, and its own plain-torch twin."""

import json
import multiprocessing
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

from regluon.core.errors import ArgumentTypeError, ShapeError
from regluon.kernels import bipartite_match, bipartite_match_plain, jit, matching


class Rule(NamedTuple):
    """The attributes of the kernel, in its order."""

    threshold: float
    is_ascend: bool = False
    topk: int = -1


FORMS = {"custom op": bipartite_match, "plain": bipartite_match_plain}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


def recorded() -> list[Any]:
    path = Path(__file__).parent.parent / "golden" / "kernels" / "bipartite_match.npz"
    with np.load(path, allow_pickle=False) as archive:
        return [
            pytest.param(
                Rule(**case["attrs"]), *(archive[f"{name}{i}"] for name in ("data", "rows", "columns")), id=case["name"]
            )
            for i, case in enumerate(json.loads(str(archive["cases"])))
        ]


def by_definition(data: np.ndarray, rule: Rule) -> tuple[list[Any], list[Any]]:
    """Sort every pair, stably, and walk from the best until one fails the threshold."""
    rows, columns = np.full(data.shape[:2], -1), np.full(data.shape[::2], -1)
    threshold = np.float32(rule.threshold).astype(data.dtype)
    for image, scores in enumerate(data):
        pairs = [pair for pair in np.ndindex(scores.shape) if not np.isnan(scores[pair])]
        pairs.sort(key=lambda pair, scores=scores: float(scores[pair]) * (1 if rule.is_ascend else -1))
        matches = 0
        for row, column in pairs:
            if rows[image, row] >= 0 or columns[image, column] >= 0:
                continue
            score = scores[row, column]
            if not (score < threshold if rule.is_ascend else score > threshold):
                break
            rows[image, row], columns[image, column] = column, row
            matches += 1
            if rule.topk > 0 and matches > rule.topk:
                break
    return rows.tolist(), columns.tolist()


def lists(answer: tuple[torch.Tensor, torch.Tensor]) -> tuple[list[Any], list[Any]]:
    rows, columns = answer
    return rows.tolist(), columns.tolist()


def drawn(*shape: int, seed: int = 0, levels: int = 10**6) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).integers(0, levels, shape) / levels).float()


@st.composite
def problems(draw: st.DrawFn, dtype: Any = np.float32) -> tuple[np.ndarray, Rule]:
    """Few different scores, so that most tie; long and wide; and scores that are not ordinary numbers."""
    side = st.integers(0, 24) if draw(st.booleans()) else st.integers(1, 6)
    shape = (draw(st.integers(0, 3)), draw(side), draw(side))
    ordinary = st.sampled_from([0, -0.0, 0.1, 0.2, 0.3, 0.5, 0.9, 1, -1])
    odd = st.sampled_from([np.nan, np.inf, -np.inf, 1e-40])
    data = draw(arrays(np.float64, shape, elements=ordinary if draw(st.booleans()) else ordinary | odd)).astype(dtype)
    rule = Rule(draw(st.sampled_from([1e-12, 0.1, 0.3, 0.5, -5, 5])), draw(st.booleans()), draw(st.integers(-1, 8)))
    return data, rule


def test_compiled_code_is_what_these_tests_test():
    assert jit.available()


@every_form
@pytest.mark.parametrize(("rule", "data", "rows", "columns"), recorded())
def test_equals_mxnet(form, rule: Rule, data: np.ndarray, rows: np.ndarray, columns: np.ndarray):
    assert lists(form(torch.from_numpy(data), *rule)) == (rows.tolist(), columns.tolist())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@settings(max_examples=400)
@given(choice=st.data())
def test_equals_definition(dtype, choice: st.DataObject):
    data, rule = choice.draw(problems(dtype))
    assert lists(bipartite_match(torch.from_numpy(data), *rule)) == by_definition(data, rule)


@settings(max_examples=400)
@given(problem=problems())
def test_plain_equals_compiled(problem: tuple[np.ndarray, Rule]):
    data, rule = torch.from_numpy(problem[0]), problem[1]
    assert lists(bipartite_match_plain(data, *rule)) == lists(bipartite_match(data, *rule))


@pytest.mark.parametrize("shape", [(2, 400, 40), (2, 40, 400), (1, 90, 90)], ids=["long", "wide", "square"])
@pytest.mark.parametrize("kind", ["no ties", "ties", "rising", "falling", "equal columns", "equal rows", "all equal"])
def test_lists_that_are_used_up_are_written_anew(shape: tuple[int, int, int], kind: str):
    data = drawn(*shape, levels=5 if kind == "ties" else 10**6)
    match kind:
        case "rising":
            data = data.flatten(1).sort(1).values.view(shape)
        case "falling":
            data = data.flatten(1).sort(1, descending=True).values.view(shape)
        case "equal columns":
            data = data[:, :, :1].expand(shape)
        case "equal rows":
            data = data[:, :1].expand(shape)
        case "all equal":
            data = torch.ones(shape)
    rule = Rule(1e-12)
    expected = by_definition(data.numpy(), rule)
    assert lists(bipartite_match(data, *rule)) == expected
    assert lists(bipartite_match_plain(data, *rule)) == expected


@every_form
def test_matches_point_at_each_other(form):
    rows, columns = form(drawn(3, 60, 20), *Rule(0.5))
    for image in range(3):
        pairs = {(row, int(column)) for row, column in enumerate(rows[image]) if column >= 0}
        assert pairs == {(int(row), column) for column, row in enumerate(columns[image]) if row >= 0}
        assert len(pairs) == 20


@every_form
def test_not_a_number_matches_nothing_and_hinders_no_other(form):
    nan = float("nan")
    for is_ascend in (False, True):
        answer = form(torch.tensor([[[nan, nan, 0.5], [nan, 0.4, nan]]]), 0.45, is_ascend, -1)
        expected = ([[-1, 1]], [[-1, 1, -1]]) if is_ascend else ([[2, -1]], [[-1, -1, 0]])
        assert lists(answer) == expected


@every_form
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_answer_has_the_type_of_the_scores(form, dtype: torch.dtype):
    data = drawn(2, 30, 8).to(dtype)
    rows, columns = form(data, *Rule(0.3))
    assert (rows.dtype, columns.dtype) == (dtype, dtype)
    assert lists((rows, columns)) == by_definition(data.double().numpy(), Rule(0.3))


@every_form
@pytest.mark.parametrize("shape", [(0, 3, 2), (2, 0, 3), (2, 3, 0), (2, 0, 0), (0, 0, 0)])
def test_empty(form, shape: tuple[int, int, int]):
    rows, columns = form(torch.zeros(shape), *Rule(-1.0))
    assert lists((rows, columns)) == ([[-1] * shape[1]] * shape[0], [[-1] * shape[2]] * shape[0])
    assert (rows.shape, columns.shape) == (shape[:2], shape[::2])


@every_form
def test_memory_may_be_strided(form):
    data = drawn(3, 7, 20)
    expected = by_definition(data.transpose(1, 2).numpy(), Rule(0.3))
    assert lists(form(data.transpose(1, 2), *Rule(0.3))) == expected


@every_form
def test_input_is_left_alone(form):
    data = drawn(2, 20, 5)
    before = data.clone()
    form(data, *Rule(0.1))
    assert torch.equal(data, before)


def test_gradient_is_zero():
    data = drawn(2, 5, 4).requires_grad_()
    rows, columns = bipartite_match(data, *Rule(0.1))
    (rows.sum() + 2 * columns.sum()).backward()
    assert torch.equal(data.grad, torch.zeros(2, 5, 4))
    data.grad = None
    bipartite_match(data, *Rule(0.1))[1].sum().backward()
    assert torch.equal(data.grad, torch.zeros(2, 5, 4))


@pytest.mark.parametrize("rule", [Rule(0.1), Rule(0.9, True, 2)])
def test_torch_accepts_the_operator(rule: Rule):
    assert set(torch.library.opcheck(bipartite_match, (drawn(2, 6, 4), *rule)).values()) == {"SUCCESS"}
    assert set(torch.library.opcheck(bipartite_match, (drawn(2, 6, 4).requires_grad_(), *rule)).values()) == {"SUCCESS"}


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_compiles_into_one_graph(backend: str):
    def positives(data: torch.Tensor) -> torch.Tensor:
        rows, columns = bipartite_match(data * 2, *Rule(0.5))
        return (rows >= 0).sum() + columns.amax()

    data = drawn(2, 40, 6)
    assert torch.equal(torch.compile(positives, fullgraph=True, backend=backend)(data), positives(data))


def test_meta_tensors_have_the_shape():
    data = torch.empty(2, 5, 6, device="meta", dtype=torch.float16)
    for rows, columns in (bipartite_match(data, *Rule(0.5)), bipartite_match(data=data, **Rule(0.5)._asdict())):
        assert (rows.shape, rows.dtype, rows.device.type) == ((2, 5), torch.float16, "meta")
        assert (columns.shape, columns.dtype, columns.device.type) == ((2, 6), torch.float16, "meta")


def test_plain_copies_nothing_to_the_host():
    # A fake tensor has no values: whoever asks for one gets an error.
    with FakeTensorMode():
        assert bipartite_match_plain(torch.empty(2, 30, 6), *Rule(0.1))[0].shape == (2, 30)


def test_number_of_threads_changes_nothing(threads):
    data = drawn(8, 500, 30, levels=50)
    answers = []
    for count in (1, 2, 5):
        threads(count)
        answers.append(lists(bipartite_match(data, *Rule(0.1))))
    assert answers[0] == answers[1] == answers[2]


def test_many_threads_may_call_at_once(threads):
    threads(2)
    batches = [drawn(8, 500, 20, seed=seed) for seed in range(12)]
    expected = [lists(bipartite_match(data, *Rule(0.1))) for data in batches]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda data: lists(bipartite_match(data, *Rule(0.1))), batches)) == expected


class Matches(torch.utils.data.Dataset):
    """Scores and who is matched in each, worked out where the item is asked for."""

    def __len__(self) -> int:
        return 6

    def __getitem__(self, index: int) -> torch.Tensor:
        return bipartite_match(drawn(8, 500, 20, seed=index), *Rule(0.1))[0]


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_works_in_forked_data_loading_workers(monkeypatch):
    # A worker sets the number of torch's threads to 1; told of 2, it has to start threads of its own.
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    expected = [Matches()[index] for index in range(6)]
    loader = torch.utils.data.DataLoader(
        Matches(), batch_size=None, num_workers=2, multiprocessing_context="fork", timeout=60
    )
    assert all(map(torch.equal, loader, expected))


def test_without_a_compiler_plain_torch_answers(monkeypatch):
    data = drawn(2, 30, 10)
    expected = lists(bipartite_match(data, *Rule(0.1)))
    monkeypatch.setattr(jit, "available", lambda: False)
    monkeypatch.setattr(matching, "write_matches", None)
    assert lists(bipartite_match(data, *Rule(0.1))) == expected


@pytest.mark.gpu
def test_accelerator_agrees_with_the_cpu(device):
    data = drawn(2, 800, 30, levels=100)
    for rule in (Rule(0.1), Rule(0.5, True, 4)):
        rows, columns = bipartite_match(data.to(device), *rule)
        assert lists((rows, columns)) == lists(bipartite_match(data, *rule))


def test_refuses_what_is_no_batch_of_matrices():
    with pytest.raises(ShapeError, match=r"bipartite_match: data must be \(B, N, M\), got shape \(3, 2\)"):
        bipartite_match(torch.zeros(3, 2), *Rule(0.1))


def test_refuses_integers():
    with pytest.raises(ArgumentTypeError, match=r"bipartite_match: data must be of a float type, got torch\.int32"):
        bipartite_match(torch.zeros(1, 3, 2, dtype=torch.int32), *Rule(0.1))
