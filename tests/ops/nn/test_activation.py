"""Activations: their formulas, the gradient at the corner, and MXNet's own gradient of selu."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch

from regluon import th
from regluon.core.errors import ArgumentError, ShapeError
from regluon.core.mode import mode
from regluon.ops.registry import find

FORMULAS: dict[str, Callable[[float], float]] = {
    "relu": lambda x: max(x, 0.0),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "log_sigmoid": lambda x: -math.log1p(math.exp(-x)),
    "mish": lambda x: x * math.tanh(math.log1p(math.exp(x))),
    "tanh": math.tanh,
    "softrelu": lambda x: math.log1p(math.exp(x)),
    "softsign": lambda x: x / (1 + abs(x)),
}
ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805
LEAKY: dict[str, Callable[[float], float]] = {
    "leaky": lambda x: x if x > 0 else 0.5 * x,
    "elu": lambda x: x if x > 0 else 0.5 * math.expm1(x),
    "selu": lambda x: SCALE * (x if x > 0 else ALPHA * math.expm1(x)),
    "gelu": lambda x: x * 0.5 * (1 + math.erf(x / math.sqrt(2))),
    "rrelu": lambda x: x if x > 0 else 0.375 * x,
}
VALUES = [-3.0, -0.5, -0.0, 0.0, 0.25, 2.0, 15.0]


@pytest.mark.parametrize("kind", FORMULAS)
def test_activation_equals_its_formula(kind: str) -> None:
    found = th.Activation(torch.tensor(VALUES, dtype=torch.float64), kind)
    np.testing.assert_allclose(found, [FORMULAS[kind](x) for x in VALUES], rtol=1e-12)


@pytest.mark.parametrize("kind", LEAKY)
def test_leaky_relu_equals_its_formula(kind: str) -> None:
    attrs = {"slope": 0.5, "lower_bound": 0.25, "upper_bound": 0.5}
    found = th.LeakyReLU(torch.tensor(VALUES, dtype=torch.float64), act_type=kind, **attrs)
    np.testing.assert_allclose(found, [LEAKY[kind](x) for x in VALUES], rtol=1e-12)


@pytest.mark.parametrize("shape", [(4,), (2, 4), (2, 4, 3), (2, 4, 3, 2)], ids=str)
@pytest.mark.parametrize("count", [1, 4])
def test_prelu_has_a_slope_per_channel(shape: tuple[int, ...], count: int) -> None:
    data, gamma = torch.randn(shape, dtype=torch.float64), torch.rand(count, dtype=torch.float64)
    found = th.LeakyReLU(data, gamma, act_type="prelu").numpy()
    slopes = np.broadcast_to(gamma.numpy(), 4)
    for place in np.ndindex(shape):
        x = float(data[place])
        assert found[place] == (x if x > 0 else slopes[place[1] if len(shape) > 1 else place[0]] * x)


@pytest.mark.parametrize("kind", FORMULAS)
def test_gradients_of_activation_are_the_derivatives(kind: str) -> None:
    data = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: th.Activation(x, kind), [data])


@pytest.mark.parametrize("kind", ["leaky", "elu", "gelu", "prelu", "rrelu"])
def test_gradients_of_leaky_relu_are_the_derivatives(kind: str) -> None:
    inputs = [torch.randn(2, 3, 2, dtype=torch.float64, requires_grad=True)]
    if kind == "prelu":
        inputs.append(torch.rand(3, dtype=torch.float64, requires_grad=True))
    assert torch.autograd.gradcheck(lambda *arrays: th.LeakyReLU(*arrays, act_type=kind), inputs)


@pytest.mark.parametrize(
    ("kind", "slope"), [("leaky", 0.25), ("elu", 0.25), ("selu", 1.7580993), ("gelu", 0.5), ("rrelu", 0.2295)]
)
def test_the_slope_at_zero_is_that_of_the_left(kind: str, slope: float) -> None:
    data = torch.zeros(1, requires_grad=True)
    th.LeakyReLU(data, act_type=kind).backward()
    assert data.grad is not None
    assert data.grad.item() == pytest.approx(slope, rel=1e-6)


def test_selu_has_the_gradient_of_mxnet() -> None:
    # Recorded from MXNet 1.9.1; the derivative at -inf would be 0.
    data = torch.tensor([-math.inf, -1.0, 2.0], requires_grad=True)
    th.LeakyReLU(data, act_type="selu").sum().backward()
    assert data.grad is not None
    np.testing.assert_allclose(data.grad, [-0.0891374, 0.590423, 1.050701], rtol=2e-6)


def test_rrelu_draws_slopes_between_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mode, "training", True)
    data = torch.full((10_000,), -2.0)
    data[0] = 2.0
    data.requires_grad_()
    found = th.LeakyReLU(data, act_type="rrelu", lower_bound=0.1, upper_bound=0.3)
    found.sum().backward()
    assert data.grad is not None
    assert found[0] == 2
    assert data.grad[0] == 1
    slopes = data.grad[1:]
    torch.testing.assert_close(found.detach()[1:], -2 * slopes)
    assert 0.1 <= slopes.min() < 0.101
    assert 0.299 < slopes.max() <= 0.3
    assert abs(slopes.mean().item() - 0.2) < 0.002


def test_gamma_follows_from_data() -> None:
    entry = find("LeakyReLU")
    assert entry.complete is not None
    shapes = {"data": (2, 5, 3), "gamma": None}
    assert entry.complete(shapes, entry.fill({"act_type": "prelu"})) == {"gamma": (5,)}
    assert entry.complete({**shapes, "data": (7,)}, entry.fill({"act_type": "prelu"})) == {"gamma": (7,)}
    assert entry.complete(shapes, entry.fill({})) == {}
    assert list(entry.omit(entry.fill({}))) == ["gamma"]
    assert not entry.omit(entry.fill({"act_type": "prelu"}))


@pytest.mark.parametrize(
    ("gamma", "kind", "error", "words"),
    [
        pytest.param(None, "prelu", ArgumentError, "gamma must be given for act_type='prelu', got", id="missing"),
        pytest.param(3, "elu", ArgumentError, "gamma must be left out but for .* got act_type='elu'", id="surplus"),
        pytest.param(2, "prelu", ShapeError, r"gamma must have shape \(3,\) or \(1,\) .*, got \(2,\)", id="size"),
    ],
)
def test_leaky_relu_refuses(gamma: int | None, kind: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=f"^LeakyReLU: {words}"):
        th.LeakyReLU(torch.zeros(2, 3), None if gamma is None else torch.zeros(gamma), act_type=kind)
