"""Steps of optimizers: equal to those of torch's own optimizers and to loops, and in place.

That they equal MXNet's is tested with all recordings.
"""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from regluon import autograd, nd, sym, th
from regluon.core.errors import ShapeError
from regluon.ops.registry import Operator, operators

UPDATES = [one for one in operators() if one.function.__module__.startswith("regluon.ops.update.")]


def drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64)


def trajectory(optimizer: Any, step: Any) -> None:
    """Take five steps with torch's optimizer and with ours, on the same gradients."""
    weight = torch.nn.Parameter(drawn(3, 4))
    mine, theirs = weight.detach().clone(), optimizer([weight])
    for t in range(1, 6):
        grad = drawn(3, 4)
        weight.grad = grad.clone()
        theirs.step()
        mine = step(mine, grad, t)
        torch.testing.assert_close(mine, weight.detach(), rtol=1e-9, atol=1e-12)


def test_sgd_equals_torch() -> None:
    trajectory(
        lambda one: torch.optim.SGD(one, lr=0.1, weight_decay=0.2), lambda w, g, _: th.sgd_update(w, g, lr=0.1, wd=0.2)
    )
    mom = torch.zeros(3, 4, dtype=torch.float64)
    trajectory(
        lambda one: torch.optim.SGD(one, lr=0.1, momentum=0.9, weight_decay=0.2),
        lambda w, g, _: th.sgd_mom_update(w, g, mom, lr=0.1, momentum=0.9, wd=0.2),
    )


def test_nesterov_equals_torch() -> None:
    mom = torch.zeros(3, 4, dtype=torch.float64)
    trajectory(
        lambda one: torch.optim.SGD(one, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.2),
        lambda w, g, _: th.nag_mom_update(w, g, mom, lr=0.1, momentum=0.9, wd=0.2),
    )


def test_adam_equals_torch() -> None:
    mean, var = torch.zeros(2, 3, 4, dtype=torch.float64)

    def step(weight: Tensor, grad: Tensor, t: int) -> Tensor:
        # Torch adds epsilon after the correction of the bias.
        second = math.sqrt(1 - 0.99**t)
        return th.adam_update(
            weight, grad, mean, var, lr=0.1 * second / (1 - 0.9**t), beta2=0.99, epsilon=1e-3 * second, wd=0.2
        )

    trajectory(lambda one: torch.optim.Adam(one, lr=0.1, betas=(0.9, 0.99), eps=1e-3, weight_decay=0.2), step)


def test_adamw_equals_torch() -> None:
    mean, var = torch.zeros(2, 3, 4, dtype=torch.float64)

    def step(weight: Tensor, grad: Tensor, t: int) -> Tensor:
        second = math.sqrt(1 - 0.99**t)
        lr = 0.1 * second / (1 - 0.9**t)
        return th.contrib.adamw_update(
            weight, grad, mean, var, 1.0, lr=lr, eta=1.0, beta2=0.99, epsilon=1e-3 * second, wd=0.1 * 0.2
        )

    trajectory(lambda one: torch.optim.AdamW(one, lr=0.1, betas=(0.9, 0.99), eps=1e-3, weight_decay=0.2), step)


def test_rmsprop_equals_torch() -> None:
    n = torch.zeros(3, 4, dtype=torch.float64)
    # Torch adds epsilon after the root, so there is none.
    trajectory(
        lambda one: torch.optim.RMSprop(one, lr=0.1, alpha=0.8, eps=0.0, weight_decay=0.2),
        lambda w, g, _: th.rmsprop_update(w, g, n, lr=0.1, gamma1=0.8, epsilon=0.0, wd=0.2),
    )


def test_group_adagrad_equals_definition() -> None:
    weight, grad, history = drawn(3, 2, 2), drawn(3, 2, 2), torch.rand(3, 1, 1, dtype=torch.float64)
    before, sums = weight.numpy().copy(), history.numpy().copy()
    found = th.contrib.group_adagrad_update(
        weight, grad, history, lr=0.5, rescale_grad=2.0, clip_gradient=1.5, epsilon=0.1
    )
    for row in range(3):
        clipped = np.clip(grad[row].numpy() * 2, -1.5, 1.5)
        total = sums[row, 0, 0] + (clipped**2).sum() / 4
        assert history[row, 0, 0].item() == pytest.approx(total)
        np.testing.assert_allclose(found[row].numpy(), before[row] - 0.5 * clipped / math.sqrt(total + 0.1))


def test_a_row_without_gradient_stays() -> None:
    weight, history = torch.ones(2, 3), torch.tensor([[0.5], [0.5]])
    grad = torch.tensor([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
    found = th.contrib.group_adagrad_update(weight, grad, history, lr=0.5)
    assert found[1].tolist() == [1, 1, 1]
    assert history[1].item() == 0.5


def test_arrays_are_updated_in_place() -> None:
    weight, grad, mom = nd.array([1, 2]), nd.array([1, -1]), nd.zeros((2,))
    held = weight.as_torch()
    for _ in range(2):
        assert nd.sgd_mom_update(weight, grad, mom, lr=0.5, momentum=0.5, out=weight) is weight
    assert held.tolist() == weight.asnumpy().tolist() == [-0.25, 3.25]
    assert mom.asnumpy().tolist() == [-0.75, 0.75]


def test_without_out_the_weight_stays() -> None:
    weight = nd.array([1, 2])
    found = nd.sgd_update(weight, nd.array([1, 1]), lr=0.5)
    assert found.asnumpy().tolist() == [0.5, 1.5]
    assert weight.asnumpy().tolist() == [1, 2]


@pytest.mark.parametrize("scale", [math.inf, math.nan, 0.0])
def test_an_unusable_scale_changes_nothing(scale: float) -> None:
    weight, mean, var = torch.ones(2), torch.zeros(2), torch.ones(2)
    found = th.contrib.adamw_update(weight, torch.ones(2), mean, var, scale, lr=0.5, eta=1.0, wd=0.5)
    assert (found.tolist(), mean.tolist(), var.tolist()) == ([1, 1], [0, 0], [1, 1])
    half = weight.half()
    found = th.contrib.mp_adamw_update(half, half, mean, var, weight, torch.tensor([scale]), lr=0.5, eta=1.0)
    assert (found.dtype, found.tolist(), weight.tolist()) == (torch.float16, [1, 1], [1, 1])


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        pytest.param(-1.0, 0.0, id="none"),
        pytest.param(0.0, 1.0, id="of 0"),
        pytest.param(0.25, 0.75, id="of a quarter"),
    ],
)
def test_the_bound_of_gradients(bound: float, expected: float) -> None:
    assert th.sgd_update(torch.ones(1), torch.ones(1), lr=1.0, clip_gradient=bound).item() == expected


def test_master_weights_of_float16_keep_what_it_cannot_hold() -> None:
    half, grad, master = torch.ones(1, dtype=torch.float16), torch.full((1,), 1e-5, dtype=torch.float16), torch.ones(1)
    for _ in range(3):
        half = th.mp_sgd_update(half, grad, master, lr=1.0)
    assert half.item() == 1.0
    assert master.item() == pytest.approx(1 - 3e-5, abs=1e-6)


def test_graphs_know_which_inputs_are_states() -> None:
    graph = sym.adam_update(sym.var("weight"), sym.var("grad"), sym.var("mean"), sym.var("var"), lr=0.1)
    assert graph.list_arguments() == ["weight", "grad"]
    assert graph.list_auxiliary_states() == ["mean", "var"]
    assert graph.infer_shape(weight=(2, 3)) == ([(2, 3), (2, 3)], [(2, 3)], [(2, 3), (2, 3)])
    assert sym.lamb_update_phase2(*map(sym.var, ("w", "g", "r1", "r2")), lr=0.1).infer_shape(g=(2,))[0][2:] == [
        (1,),
        (1,),
    ]
    group = sym.contrib.group_adagrad_update(*map(sym.var, ("w", "g", "h")), lr=0.1)
    assert group.infer_shape(w=(4, 3, 2))[2] == [(4, 1, 1)]
    scaled = sym._internal._adamw_update(*map(sym.var, ("w", "g", "m", "v", "s")), lr=0.1, eta=1.0)
    assert scaled.infer_shape(w=(2,))[0] == [(2,), (2,), (1,)]


@pytest.mark.parametrize("operator", UPDATES, ids=lambda operator: operator.name)
def test_no_gradient_flows_and_other_shapes_are_refused(operator: Operator) -> None:
    ones = {"rescale_grad": (1,), "r1": (1,), "r2": (1,), "history": (3, 1)}
    needed: dict[str, Any] = {"lr": 0.1, "eta": 1.0, "t": 1, "wd": 0.1}
    attributes = {name: needed[name] for name in operator.required}
    arrays = [
        torch.ones(ones.get(name, (3, 2)), requires_grad=name in ("weight", "grad", "g")) for name in operator.inputs
    ]
    with autograd.record():
        assert not operator(*arrays, **attributes).requires_grad
    second = operator.inputs[1]
    with pytest.raises(ShapeError, match=rf"{second} must have the shape of weight, \(3, 2\), got \(2, 3\)"):
        operator(arrays[0], torch.ones(2, 3), *arrays[2:], **attributes)


def test_group_adagrad_refuses_another_history() -> None:
    with pytest.raises(
        ShapeError, match=r"weight must be \(N, ...\) and history \(N, 1, ...\), got shapes \(3, 2\) and \(3,\)"
    ):
        th.contrib.group_adagrad_update(torch.ones(3, 2), torch.ones(3, 2), torch.ones(3), lr=0.1)


def test_a_number_may_scale_gradients_in_graphs_too() -> None:
    names = ("weight", "grad", "mean", "var")
    graph = sym.contrib.adamw_update(*map(sym.var, names), 0.5, lr=0.5, eta=1.0, beta1=0.5, beta2=0.75, epsilon=0.0)
    found = graph.eval(weight=nd.array([1]), grad=nd.array([2]), mean=nd.zeros((1,)), var=nd.zeros((1,)))
    assert found[0].asscalar() == 0.5
