"""Quota sampling: GluonCV's draws from the same seed, quotas of every image, and the custom operator's protocol."""

from typing import Any

import numpy as np
import pytest
import torch

import regluon as mx
from regluon import nd, sym
from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.cv.nn.sampler import QuotaSampler, QuotaSamplerOp, QuotaSamplerProp
from tests.recorded import Case, recorded_params


def crowd(positive: int, negative: int, between: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Make matches and overlaps of an image with so many anchors of each kind."""
    matches = [0.0] * positive + [-1.0] * (negative + between)
    ious = [0.9] * positive + [0.1] * negative + [0.45] * between
    return np.array([matches], np.float32), np.array(ious, np.float32).reshape(1, -1, 1)


def count(samples: Any) -> list[tuple[int, int]]:
    """Count the positive and negative anchors of each image."""
    values = samples.asnumpy() if isinstance(samples, nd.NDArray) else samples.numpy()
    return [(int((row > 0).sum()), int((row < 0).sum())) for row in values]


@pytest.mark.parametrize("case", recorded_params("QuotaSampler", folder="components"))
def test_equals_gluoncv(case: Case) -> None:
    attrs = dict(case.attrs)
    operator = attrs.pop("op", False)
    matches, ious = (nd.array(one) for one in case.inputs.values())
    if operator:
        # The graph's own default of the lower threshold is 0.
        found = nd.zeros(matches.shape)
        made = QuotaSamplerOp(**{"neg_thresh_low": 0.0, **attrs})
        made.forward(True, ["write"], [matches, ious], [found], [])
    else:
        found = QuotaSampler(**attrs)(matches, ious)
    # GluonCV's first image has a quota of its own too. Who is drawn differs; without a draw nothing does.
    assert count(found)[0] == count(nd.array(case.outputs[0]))[0]
    everyone = {**attrs, "num_sample": 10**6}
    made = QuotaSamplerOp(**{"neg_thresh_low": 0.0, **everyone}) if operator else QuotaSampler(**everyone)
    whole = nd.zeros(matches.shape)
    if operator:
        made.forward(True, ["write"], [matches, ious], [whole], [])
    else:
        whole = made(matches, ious)
    drawn = case.outputs[0] != 0
    np.testing.assert_array_equal(whole.asnumpy()[drawn], case.outputs[0][drawn])
    for each in (found.asnumpy(), case.outputs[0]):
        assert (whole.asnumpy()[each != 0] == each[each != 0]).all()


@pytest.mark.parametrize("kind", [nd.array, torch.tensor], ids=["NDArray", "Tensor"])
def test_every_image_has_its_own_quota(kind: Any) -> None:
    few, many = crowd(0, 20), crowd(12, 8)
    matches, ious = (np.concatenate(pair) for pair in zip(few, many, strict=True))
    sampler = QuotaSampler(10, 0.5, 0.4, generator=0)
    assert count(sampler(kind(matches), kind(ious))) == [(0, 10), (5, 5)]
    assert count(sampler(kind(matches[::-1].copy()), kind(ious[::-1].copy()))) == [(5, 5), (0, 10)]


@pytest.mark.parametrize(
    ("attrs", "have", "counts"),
    [
        pytest.param({"pos_ratio": 0.5}, (3, 20), (3, 7), id="negatives fill up"),
        pytest.param({"pos_ratio": 0.5, "fill_negative": False}, (3, 20), (3, 5), id="negatives do not fill up"),
        pytest.param({"pos_ratio": 0.5, "neg_ratio": 0.25, "fill_negative": False}, (9, 20), (5, 2), id="neg_ratio"),
        pytest.param({"pos_ratio": 0.25}, (9, 20), (2, 8), id="half of an anchor goes to the even number"),
        pytest.param({}, (2, 3), (2, 3), id="fewer than the quota"),
        pytest.param({"pos_ratio": 1.0}, (20, 5), (10, 0), id="positives only"),
    ],
)
def test_quotas(attrs: dict[str, Any], have: tuple[int, int], counts: tuple[int, int]) -> None:
    matches, ious = (nd.array(one) for one in crowd(*have, between=3))
    assert count(QuotaSampler(10, 0.5, 0.4, **attrs)(matches, ious)) == [counts]


def test_who_wins_where_an_anchor_could_be_both() -> None:
    matches, ious = nd.array([[0, -1]]), nd.array([[[0.1], [0.1]]])
    found = nd.zeros((1, 2))
    assert QuotaSampler(4, 0.5, 0.4)(matches, ious).asnumpy().tolist() == [[-1, -1]]
    QuotaSamplerOp(4, 0.5, 0.4).forward(True, ["write"], [matches, ious], [found], [])
    assert found.asnumpy().tolist() == [[1, -1]]


def test_a_seed_makes_draws_repeat_and_leaves_the_global_numbers_alone() -> None:
    matches, ious = (nd.array(one) for one in crowd(30, 30))
    before = np.random.get_state()[1].tolist()
    draws = [QuotaSampler(10, 0.5, 0.4, generator=seed)(matches, ious).asnumpy().tolist() for seed in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]
    assert np.random.get_state()[1].tolist() == before


def test_a_generator_is_used_as_it_stands() -> None:
    matches, ious = (nd.array(one) for one in crowd(30, 30))
    sampler = QuotaSampler(10, 0.5, 0.4, generator=np.random.RandomState(0))
    first, second = (sampler(matches, ious).asnumpy() for _ in range(2))
    assert (first != second).any()
    again = QuotaSampler(10, 0.5, 0.4, generator=np.random.RandomState(0))
    np.testing.assert_array_equal(again(matches, ious).asnumpy(), first)


def test_a_generator_of_torch() -> None:
    matches, ious = (torch.tensor(one) for one in crowd(30, 30))
    draws = [
        QuotaSampler(10, 0.5, 0.4, generator=torch.Generator().manual_seed(one))(matches, ious) for one in (1, 1, 2)
    ]
    assert draws[0].equal(draws[1])
    assert not draws[0].equal(draws[2])


@pytest.mark.parametrize("kind", [nd.array, torch.tensor], ids=["NDArray", "Tensor"])
def test_the_global_seed_makes_draws_repeat(kind: Any) -> None:
    matches, ious = (kind(one) for one in crowd(30, 30))
    draws = []
    for seed in (1, 1, 2):
        mx.random.seed(seed)
        draws.append(
            np.array(
                QuotaSampler(10, 0.5, 0.4)(matches, ious).tolist()
                if kind is torch.tensor
                else QuotaSampler(10, 0.5, 0.4)(matches, ious).asnumpy()
            )
        )
    assert (draws[0] == draws[1]).all()
    assert (draws[0] != draws[2]).any()


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
def test_compiles_to_one_graph() -> None:
    matches, ious = (torch.tensor(one) for one in crowd(5, 30))
    compiled = torch.compile(QuotaSampler(10, 0.5, 0.4), fullgraph=True, backend="eager")
    assert count(compiled(matches, ious)) == [(5, 5)]


def test_in_a_graph() -> None:
    arrays = [nd.array(one) for one in crowd(7, 30)]
    out = QuotaSampler(10, 0.5, 0.4)(sym.var("matches"), sym.var("ious"))
    assert count(out.eval(matches=arrays[0], ious=arrays[1])[0]) == [(5, 5)]
    with pytest.raises(ArgumentTypeError, match="generator must be None in a graph"):
        QuotaSampler(10, 0.5, 0.4, generator=1)(sym.var("matches"), sym.var("ious"))


def test_a_wrong_generator_is_refused() -> None:
    with pytest.raises(
        ArgumentTypeError, match="generator must be a generator of NumPy's or torch's, a seed or None, got 'x'"
    ):
        QuotaSampler(10, 0.5, 0.4, generator="x")


def test_every_anchor_is_drawn_at_times() -> None:
    matches, ious = (nd.array(one) for one in crowd(6, 6))
    sampler = QuotaSampler(4, 0.5, 0.4, generator=0)
    kept = sum(np.abs(sampler(matches, ious).asnumpy()) for _ in range(300))
    assert ((kept > 60) & (kept < 140)).all(), "each anchor is one of two out of six"


def test_no_ground_truth() -> None:
    sampler = QuotaSampler(4, 0.5, 0.4, generator=0)
    assert count(sampler(torch.full((1, 6), -1.0), torch.zeros(1, 6, 0))) == [(0, 4)]


# The custom operator's protocol


@pytest.mark.parametrize(
    ("request_", "want"), [("write", [-1, 0]), ("inplace", [-1, 0]), ("add", [4, 5]), ("null", [5, 5])]
)  # fmt: skip
def test_forward_does_what_is_requested(request_: str, want: list[float]) -> None:
    out = nd.array([[5, 5]])
    arrays = [nd.array([[-1, -1]]), nd.array([[[0.1], [0.45]]])]
    QuotaSamplerOp(4, 0.5, 0.4).forward(True, [request_], arrays, [out], [])
    assert out.asnumpy().tolist() == [want]


def test_backward_gives_zeros() -> None:
    grads = [nd.ones((1, 2)), nd.ones((1, 2, 1))]
    QuotaSamplerOp(4, 0.5).backward(["write", "null"], [], [], [], grads, [])
    assert grads[0].asnumpy().tolist() == [[0, 0]]
    assert grads[1].asnumpy().tolist() == [[[1], [1]]]


def test_the_description() -> None:
    described = QuotaSamplerProp("8", "0.5")
    assert described.list_arguments() == ["matches", "ious"]
    assert described.list_outputs() == ["output"]
    assert described.list_auxiliary_states() == []
    assert described.infer_shape([[2, 9], [2, 9, 3]]) == ([[2, 9], [2, 9, 3]], [[2, 9]], [])
    assert described.infer_type([np.float16, np.float32]) == ([np.float16, np.float16], [np.float16], [])
    assert not described.need_top_grad_


@pytest.mark.parametrize(("text", "counts"), [("False", (2, 4)), ("True", (2, 6)), (False, (2, 4)), ("1", (2, 6))])
def test_texts_mean_what_they_say(text: Any, counts: tuple[int, int]) -> None:
    described = QuotaSamplerProp("8", "0.5", "0.4", "-inf", "0.5", "None", text)
    matches, ious = (nd.array(one) for one in crowd(2, 20))
    out = nd.zeros(matches.shape)
    described.create_operator(None, None, None).forward(True, ["write"], [matches, ious], [out], [])
    assert count(out) == [counts]


# Errors


@pytest.mark.parametrize(
    ("attrs", "words"),
    [
        ({"pos_ratio": 1.5}, r"pos_ratio must be in \[0, 1\], got 1.5"),
        ({"neg_ratio": -0.5}, r"neg_ratio must be in \[0, 1\], got -0.5"),
        ({"num_sample": -1}, "num_sample must be at least 0, got -1"),
    ],
)
def test_wrong_rules_are_refused(attrs: dict[str, Any], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        QuotaSampler(**{"num_sample": 4, "pos_thresh": 0.5, "neg_thresh_high": 0.5, **attrs})


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"ious must be \(B, N, M\) for matches \(B, N\), got \(1, 3\) and \(1, 3\)"):
        QuotaSampler(4, 0.5, 0.5)(nd.zeros((1, 3)), nd.zeros((1, 3)))


def test_wrong_texts_are_refused() -> None:
    with pytest.raises(ArgumentError, match="fill_negative must be True or False, got 'maybe'"):
        QuotaSamplerProp("8", "0.5", fill_negative="maybe")


def test_is_called_by_name() -> None:
    matches, ious = (nd.array(one) for one in crowd(7, 30))
    arguments = {"op_type": "quota_sampler", "num_sample": 10, "pos_thresh": 0.5, "neg_thresh_high": 0.4}
    assert count(nd.Custom(matches, ious, **arguments)) == [(5, 5)]
    graph = sym.Custom(sym.var("matches"), sym.var("ious"), name="sampled", **arguments)
    assert count(graph.eval(matches=matches, ious=ious)[0]) == [(5, 5)]
