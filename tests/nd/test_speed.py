"""What a call through NDArray costs over the same call on a tensor."""

import timeit

import pytest
import torch

from regluon import nd

MICROSECONDS = 12


@pytest.mark.slow
@pytest.mark.parametrize(
    ("array", "tensor"),
    [
        pytest.param(lambda x, _: x + x, lambda _, t: t + t, id="x + x"),
        pytest.param(lambda x, _: x * 2, lambda _, t: t * 2, id="x * 2"),
        pytest.param(lambda x, _: nd.exp(x), lambda _, t: t.exp(), id="exp"),
        pytest.param(lambda x, _: x.sum(axis=1), lambda _, t: t.sum(1), id="sum"),
        pytest.param(lambda x, _: x.reshape((4,)), lambda _, t: t.reshape(4), id="reshape"),
        pytest.param(lambda x, _: x[0], lambda _, t: t[0], id="x[0]"),
        pytest.param(lambda x, _: nd.concat(x, x, dim=0), lambda _, t: torch.cat([t, t]), id="concat"),
    ],
)
def test_a_call_costs_little(array, tensor):
    x, t = nd.ones((2, 2)), torch.ones(2, 2)
    # The quickest of many: a busy machine only ever makes a call slower.
    for _ in range(5):
        over = best(lambda: array(x, t)) - best(lambda: tensor(x, t))
        if over < MICROSECONDS:
            return
    pytest.fail(f"takes {over:.1f} microseconds more than torch; at most {MICROSECONDS} are allowed")


def best(call):
    return min(timeit.repeat(call, number=500, repeat=10)) / 500 * 1e6
