"""Updates of several weights, mixed precision and assignment: equal to one by one, in place, and what they refuse."""

from typing import Any

import numpy as np
import pytest
import torch

from regluon import nd, sym, th
from regluon.core.errors import ArgumentError, ShapeError


def test_states_change_in_place_and_weights_do_not() -> None:
    weights, grads, moms = [nd.ones(2), nd.ones(3)], [nd.ones(2), 2 * nd.ones(3)], [nd.zeros(2), nd.zeros(3)]
    arrays = [one for own in zip(weights, grads, moms, strict=True) for one in own]
    options: dict[str, Any] = {"lrs": (0.5, 0.25), "wds": (0, 0), "momentum": 0.5, "num_weights": 2}
    found = nd.multi_sgd_mom_update(*arrays, **options)
    assert [one.asnumpy().tolist() for one in found] == [[0.5] * 2, [0.5] * 3]
    assert [one.asnumpy().tolist() for one in moms] == [[-0.5] * 2, [-0.5] * 3]
    assert [one.asnumpy().tolist() for one in weights] == [[1] * 2, [1] * 3]
    nd.multi_sgd_mom_update(*arrays, out=weights, **options)
    assert [one.asnumpy().tolist() for one in weights] == [[0.25] * 2, [0.25] * 3]


@pytest.mark.parametrize("kind", ["adamw", "lamb"])
@pytest.mark.parametrize("precise", [False, True])
def test_lists_of_weights_step_as_one_by_one(kind: str, precise: bool) -> None:
    generator = torch.Generator().manual_seed(3)

    def drawn(dtype: torch.dtype = torch.float32) -> list[torch.Tensor]:
        return [torch.rand(shape, generator=generator).to(dtype) + 0.5 for shape in (2, 3)]

    half = torch.float16 if precise else torch.float32
    lists = [drawn(half), drawn(half), drawn(), drawn(), *([drawn()] if precise else [])]
    copies = [[one.clone() for one in some] for some in lists]
    middle = "mp_" if precise else ""
    if kind == "adamw":
        several = getattr(th.contrib, f"multi_{middle}adamw_update")
        found = several(*lists, 0.5, lrs=[0.1, 0.2], wds=[0.01, 0.0], etas=[1, 0.5])
        single = getattr(th.contrib, f"{middle}adamw_update")
        expected = [
            single(*(some[place] for some in copies), 0.5, lr=lr, wd=wd, eta=eta)
            for place, (lr, wd, eta) in enumerate([(0.1, 0.01, 1), (0.2, 0.0, 0.5)])
        ]
    else:
        several = getattr(th.contrib, f"multi_{middle}lamb_update")
        found = several(*lists, step_count=[1, 2], lrs=[0.1, 0.2], wds=[0.01, 0.0])
        expected = []
        for place, (lr, wd, t) in enumerate([(0.1, 0.01, 1), (0.2, 0.0, 2)]):
            own = [some[place] for some in copies]
            way = getattr(th, f"{middle}lamb_update_phase1")(*own, t=t, wd=wd)
            norms = own[0].float().norm().reshape(1), way.norm().reshape(1)
            second = getattr(th, f"{middle}lamb_update_phase2")
            expected.append(second(own[0], way, *norms, *own[4:], lr=lr))
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)
    for mine, others in zip(lists[2:], copies[2:], strict=True):
        for one, other in zip(mine, others, strict=True):
            torch.testing.assert_close(one, other)


def test_arrays_are_reset() -> None:
    arrays = [nd.ones(2), nd.ones((1, 3))]
    assert nd.reset_arrays(*arrays, num_arrays=2) == []
    assert [one.asnumpy().any() for one in arrays] == [False, False]


def test_lars_leaves_rates_alone_where_a_norm_is_nothing() -> None:
    rates, norms = nd.array([0.25, 0.5]), nd.array([0, 4])
    found = nd.multi_lars(rates, norms, nd.array([4, 0]), nd.zeros(2), eta=0.5, eps=0.0)
    assert found.asnumpy().tolist() == [0.25, 0.5]


def test_floats_meet_in_one_type() -> None:
    half, single, ints = torch.ones(1, dtype=torch.float16), torch.ones(1), torch.ones(1, dtype=torch.int32)
    wide = th.amp_multicast(half, single, ints, num_outputs=3)
    narrow = th.amp_multicast(half, single, ints, num_outputs=3, cast_narrow=True)
    assert [one.dtype for one in wide] == [torch.float32, torch.float32, torch.int32]
    assert [one.dtype for one in narrow] == [torch.float16, torch.float16, torch.int32]


def test_files_leave_the_casts_of_mixed_precision_out() -> None:
    a, b = sym.amp_cast(sym.var("a"), dtype="float16", name="cast"), sym.var("b")
    one, two = sym.amp_multicast(a, b, num_outputs=2, name="cast2")
    graph = sym.elemwise_add(one, sym.exp(two, name="exp"), name="sum")
    assert sym.load_json(graph.tojson()).get_internals().list_outputs() == ["a", "b", "exp_output", "sum_output"]
    whole = sym.load_json(graph.tojson(remove_amp_cast=False))
    assert "cast_output" in whole.get_internals().list_outputs()
    assert [one.__name__ for one in whole.infer_type(a="float32", b="float32")[1]] == ["float32"]


def test_a_part_is_replaced_and_the_rest_gets_its_gradient() -> None:
    data, block = torch.zeros(2, 3, requires_grad=True), torch.ones(2, 1, requires_grad=True)
    found = th._internal._slice_assign(data, block, begin=(0, 1), end=(2, 2))
    found.backward(torch.arange(6.0).reshape(2, 3))
    assert data.grad is not None
    assert block.grad is not None
    assert (data.grad.tolist(), block.grad.tolist()) == ([[0, 0, 2], [3, 0, 5]], [[1], [4]])


ONE = torch.ones(1)
REFUSED = [
    (lambda: th.multi_sgd_update(ONE, ONE, ONE, lrs=(0.1,), wds=(0,), num_weights=1),
     ArgumentError, "multi_sgd_update: data must be 2 arrays for each of 1 weights, got 3"),
    (lambda: th.multi_sgd_update(ONE, ONE, lrs=(0.1, 0.2), wds=(0,)),
     ArgumentError, "multi_sgd_update: numbers must be one for each of 1 weights, got 2, 1"),
    (lambda: th.multi_lars(ONE, ONE, ONE, torch.ones(2), eta=1.0, eps=0.0),
     ShapeError, r"multi_lars: inputs must have one shape, got \[\(1,\), \(1,\), \(1,\), \(2,\)\]"),
    (lambda: th.reset_arrays(ONE, num_arrays=2), ArgumentError, "reset_arrays: num_arrays must be .* 1, got 2"),
    (lambda: th.multi_sum_sq(ONE, num_arrays=2), ArgumentError, "multi_sum_sq: num_arrays must be .* 1, got 2"),
    (lambda: th.all_finite(ONE, init_output=False), ArgumentError, "multi_all_finite: init_output must be True"),
    (lambda: th._internal._slice_assign(torch.ones(3), torch.ones(2), begin=(0,), end=(1,)),
     ShapeError, r"_slice_assign: rhs must have the block's shape \(1,\), got \(2,\)"),
    (lambda: th._internal._cvimresize(torch.ones(3, 3), w=1, h=1),
     ShapeError, r"_cvimresize: src must be \(H, W, C\), got shape \(3, 3\)"),
    (lambda: th.SVMOutput(torch.ones(2, 3), torch.ones(3)),
     ShapeError, r"SVMOutput: data must be \(N, C\) and label \(N,\), got shapes \(2, 3\) and \(3,\)"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "words"), REFUSED, ids=[words[:50] for _, _, words in REFUSED])
def test_what_does_not_fit_is_refused(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=f"^{words}"):
        call()


def test_a_block_may_be_one_number() -> None:
    found = nd._internal._slice_assign_scalar(nd.zeros((2, 2)), begin=(0, 1), end=(None, None), scalar=3)
    np.testing.assert_array_equal(found.asnumpy(), [[0, 3], [0, 3]])
