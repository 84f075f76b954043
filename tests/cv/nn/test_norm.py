"""GluonCV's GroupNorm: a scale and a shift for each channel."""

import numpy as np
import pytest

from regluon import autograd, nd
from regluon.core.errors import ArgumentError
from regluon.cv.nn import GroupNorm


def by_definition(x, groups, gamma, beta, epsilon):
    out = np.empty_like(x)
    size = x.shape[1] // groups
    for picture in range(len(x)):
        for group in range(groups):
            rows = slice(group * size, (group + 1) * size)
            part = x[picture, rows].astype(np.float64)
            out[picture, rows] = (part - part.mean()) / np.sqrt(part.var() + epsilon)
    shape = (1, -1, *[1] * (x.ndim - 2))
    return out * gamma.reshape(shape) + beta.reshape(shape)


@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize(("groups", "channels", "epsilon"), [(1, 3, 1e-5), (2, 4, 0.5), (4, 4, 1e-5)])
def test_equals_the_definition(groups, channels, epsilon, scale):
    random = np.random.default_rng(0)
    x = random.normal(2, 3, (2, channels, 3, 2)).astype(np.float32)
    layer = GroupNorm(groups, channels, epsilon=epsilon, scale=scale)
    layer.initialize()
    gamma, beta = random.normal(size=(2, channels)).astype(np.float32)
    layer.gamma.set_data(gamma)
    layer.beta.set_data(beta)
    expected = by_definition(x, groups, gamma if scale else np.ones(channels), beta, epsilon)
    np.testing.assert_allclose(layer(nd.array(x)).asnumpy(), expected, rtol=1e-4, atol=1e-5)
    layer.hybridize()
    np.testing.assert_allclose(layer(nd.array(x)).asnumpy(), expected, rtol=1e-4, atol=1e-5)


def test_gradients_of_scale_and_shift():
    layer = GroupNorm(1, 2, epsilon=0)
    layer.initialize()
    with autograd.record():
        out = layer(nd.array([[[[1.0]], [[3.0]]]]))
    out.backward(nd.array([[[[2.0]], [[5.0]]]]))
    assert layer.gamma.grad().asnumpy().tolist() == [-2, 5]
    assert layer.beta.grad().asnumpy().tolist() == [2, 5]


def test_channels_must_make_groups():
    with pytest.raises(ArgumentError, match="GroupNorm: in_channels must be a multiple of ngroups=32, got 33"):
        GroupNorm(in_channels=33)
    with pytest.raises(ArgumentError, match="GroupNorm: in_channels must be a multiple of ngroups=32, got 0"):
        GroupNorm()
    with pytest.raises(ArgumentError, match="GroupNorm: axis must be 1, got -1"):
        GroupNorm(2, 4, axis=-1)
