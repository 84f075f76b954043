"""Log-uniform draws: their distribution, and the counts that are worked out for it."""

import math

import numpy as np
import pytest
import torch

from regluon import nd, sym, th
from regluon.core.errors import ArgumentError, ArgumentTypeError


def chance(number: float, classes: int) -> float:
    return math.log((number + 2) / (number + 1)) / math.log(classes + 1)


def test_draws_follow_the_distribution() -> None:
    drawn = th.contrib.rand_zipfian(torch.tensor([0]), 50000, 6)[0]
    assert drawn.dtype == torch.int64
    counts = np.bincount(drawn.numpy(), minlength=6)
    assert len(counts) == 6
    for number, count in enumerate(counts):
        expected = chance(number, 6) * 50000
        assert abs(count - expected) < 5 * math.sqrt(expected)


def test_counts_are_those_expected() -> None:
    drawn, true, sampled = nd.contrib.rand_zipfian(nd.array([[3, 1], [0, 4]]), 4, 5)
    assert (drawn.dtype, true.dtype, sampled.dtype) == (np.int64, np.float64, np.float64)
    expected = [[4 * chance(number, 5) for number in row] for row in ([3, 1], [0, 4])]
    np.testing.assert_allclose(true.asnumpy(), expected, rtol=1e-12)
    np.testing.assert_allclose(sampled.asnumpy(), [4 * chance(number, 5) for number in drawn.asnumpy()], rtol=1e-12)


def test_the_number_that_mxnet_gives() -> None:
    assert nd.contrib.rand_zipfian(nd.array([3]), 4, 5)[1].asscalar() == pytest.approx(0.49815515, abs=1e-8)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ArgumentTypeError, match="rand_zipfian: true_classes must be of type NDArray, got int"):
        nd.contrib.rand_zipfian(3, 4, 5)
    with pytest.raises(ArgumentError, match="rand_zipfian: range_max must be >= 1, got 0"):
        th.contrib.rand_zipfian(torch.tensor([3]), 4, 0)


def test_a_graph_draws_too() -> None:
    drawn, true, sampled = sym.contrib.rand_zipfian(sym.var("true"), 20, 5)
    found = sym.Group([drawn, true, sampled]).eval(true=nd.array([3, 1]))
    np.testing.assert_allclose(found[1].asnumpy(), [20 * chance(number, 5) for number in (3, 1)], rtol=1e-12)
    numbers = found[0].asnumpy()
    assert numbers.shape == (20,)
    assert set(numbers.tolist()) <= set(range(5))
    np.testing.assert_allclose(found[2].asnumpy(), [20 * chance(number, 5) for number in numbers], rtol=1e-12)
