"""Gradient descent with momentum in one pass equals torch's, pass by pass."""

import numpy as np
import pytest
import torch

from regluon import nd, optimizer
from regluon.kernels import descent
from regluon.kernels.jit import available

SHAPES = [(512, 600), (3,), (7, 5, 3, 3), ()]


def arrays(dtype, seed, scale=1.0):
    random = np.random.default_rng(seed)
    return [torch.tensor(random.normal(0, scale, shape), dtype=dtype) for shape in SHAPES]


def plain(weights, grads, kept, rates, decays, momentum, scale, bound):
    for weight, grad, last, rate, decay in zip(weights, grads, kept, rates, decays, strict=True):
        slope = grad * scale
        slope = slope.clamp(-bound, bound) if bound else slope
        last.copy_(last * momentum - rate * (slope + weight * decay))
        weight.add_(last)


@pytest.mark.skipif(not available(), reason="there is no compiler of loops")
@pytest.mark.parametrize("bound", [None, 0.5])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equals_torch(dtype, bound):
    sides = []
    for step in (descent.descend, plain):
        weights, kept = arrays(dtype, 1), arrays(dtype, 2, 0.1)
        for seed in (3, 4):
            step(weights, arrays(dtype, seed), kept, [0.1, 0.2, 0.1, 0.3], [0.0, 0.01, 0.02, 0.0], 0.9, 0.25, bound)
        sides.append([*weights, *kept])
    for found, wanted in zip(*sides, strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-6, atol=1e-7)


def test_nan_stays():
    weights, grads, kept = arrays(torch.float32, 1), arrays(torch.float32, 2), arrays(torch.float32, 3)
    grads[0][0, 0] = float("nan")
    if descent.descend(weights, grads, kept, [0.1] * 4, [0.0] * 4, 0.9, 1.0, None):
        assert weights[0][0, 0].isnan()
        assert not weights[0][0, 1].isnan()


@pytest.mark.parametrize(
    "change",
    [
        lambda weights, grads, kept: weights.__setitem__(0, weights[0][:8]),
        lambda weights, grads, kept: grads.__setitem__(0, grads[0].double()),
        lambda weights, grads, kept: kept.__setitem__(0, torch.zeros(600, 512).t()),
        lambda weights, grads, kept: [each.__setitem__(1, each[1].half()) for each in (weights, grads, kept)],
    ],
    ids=["few", "another type", "another order", "halves"],
)
def test_what_it_does_not_serve_is_left_alone(change):
    weights, grads, kept = arrays(torch.float32, 1), arrays(torch.float32, 2), arrays(torch.float32, 3)
    change(weights, grads, kept)
    before = [one.clone() for one in weights]
    assert not descent.descend(weights, grads, kept, [0.1] * 4, [0.0] * 4, 0.9, 1.0, None)
    assert all(one.equal(other) for one, other in zip(weights, before, strict=True))


@pytest.mark.skipif(not available(), reason="there is no compiler of loops")
def test_writes_are_counted():
    weights, kept = arrays(torch.float32, 1), arrays(torch.float32, 2)
    before = weights[0]._version
    assert descent.descend(weights, arrays(torch.float32, 3), kept, [0.1] * 4, [0.0] * 4, 0.9, 1.0, None)
    assert weights[0]._version > before


def test_serves_sgd():
    sides = []
    for few in (0, 1 << 40):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(descent, "_FEW", few)
            sgd = optimizer.SGD(learning_rate=0.1, momentum=0.9, wd=0.01, rescale_grad=0.5, clip_gradient=0.4)
            weight, grad = (nd.array(np.random.default_rng(seed).normal(size=(5, 3))) for seed in (1, 2))
            state = sgd.create_state(0, weight)
            for _ in range(3):
                sgd.update(0, weight, grad, state)
            sides.append(weight.asnumpy())
    np.testing.assert_allclose(*sides, rtol=1e-6)
