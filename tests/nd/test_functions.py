"""Functions that MXNet writes in Python; its own answers are in the pieces."""

import numpy as np
import pytest
import torch

import regluon as mx
from regluon import nd, th
from regluon.core.errors import ArgumentError, ArgumentTypeError
from regluon.ops.arithmetic import FUNCTIONS

NUMPY = {"lesser": "less", "lesser_equal": "less_equal", "modulo": "mod", "pow": "power"}
every_function = pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "pow"])


@every_function
@pytest.mark.parametrize("face", [nd, th], ids=["nd", "th"])
def test_pairs_of_arrays_and_numbers(name, face):
    left, right = np.array([[0.5], [2.0]], "float32"), np.array([2.0, 0.5, 3.0], "float32")
    as_numpy, function = getattr(np, NUMPY.get(name, name)), getattr(face, name)
    make = nd.array if face is nd else torch.tensor
    for lhs, rhs in ((left, right), (left, 2.0), (0.5, right), (left, np.float32(2))):
        found = function(*(make(one) if isinstance(one, np.ndarray) else one for one in (lhs, rhs)))
        np.testing.assert_allclose(np.asarray(found), as_numpy(lhs, rhs).astype("float32"), rtol=1e-6)


@every_function
def test_pairs_of_numbers(name):
    function, as_numpy = getattr(nd, name), getattr(np, NUMPY.get(name, name))
    for pair in ((3, 2), (2, 2), (0.5, 4)):
        assert function(*pair) == pytest.approx(as_numpy(*pair))


def test_they_are_explained():
    assert nd.maximum.__doc__.startswith("Compute the larger of lhs and rhs, element by element.")
    assert nd.maximum.__name__ == "maximum"


def test_they_take_nothing_else():
    with pytest.raises(ArgumentTypeError, match="maximum: an operand must be of type NDArray or a number, got list"):
        nd.maximum(nd.ones(1), [1])
    with pytest.raises(ArgumentTypeError, match="add: an operand must be of type Tensor or a number, got NDArray"):
        th.add(torch.ones(1), nd.ones(1))


def test_concatenate():
    one = nd.ones((1, 2))
    assert nd.concatenate([one], always_copy=False) is one
    assert nd.concatenate([one]) is not one
    assert nd.concatenate([one, one, one]).shape == (3, 2)
    with pytest.raises(ArgumentError, match="concatenate: arrays must be at least one, got none"):
        nd.concatenate([])


@pytest.mark.parametrize(
    ("source", "destination"), [(0, -1), (-1, 0), ([0, 1], [2, 0]), ([2, 0], [0, 1]), ((3, 1), (-1, -2)), ([], [])]
)
def test_moveaxis(source, destination):
    values = np.arange(120.0).reshape(2, 3, 4, 5)
    assert (
        nd.moveaxis(nd.array(values), source, destination).asnumpy().tolist()
        == np.moveaxis(values, source, destination).tolist()
    )


@pytest.mark.parametrize(("source", "destination"), [(4, 0), (0, -5), ([0, 1], [2])])
def test_moveaxis_wrongly(source, destination):
    with pytest.raises(ArgumentError, match="moveaxis: source and destination must be as many axes of 4, got"):
        nd.moveaxis(nd.zeros((1, 1, 1, 1)), source, destination)


@pytest.mark.parametrize("parts", [1, 3, (1,), [1, 3], ()], ids=str)
def test_split_v2(parts):
    values = np.arange(10.0).reshape(2, 5)
    expected = [one.tolist() for one in np.array_split(values, parts, 1)]
    for face, array in ((nd, nd.array(values)), (th, torch.tensor(values))):
        found = face.split_v2(array, parts, axis=1)
        found = found if isinstance(found, list | tuple) else [found]
        assert [np.asarray(one).tolist() for one in found] == expected


def test_full():
    assert nd.full((2,), val=3).asnumpy().tolist() == [3, 3]
    assert th.full(2, 3.7, dtype="int32").tolist() == [3, 3]
    target = nd.zeros(2)
    assert nd.full((2,), 3, out=target) is target
    assert target.asnumpy().tolist() == [3, 3]


# Random numbers


def draws(values):
    return np.asarray(values).mean(), np.asarray(values).std()


@pytest.mark.parametrize("face", [nd, th], ids=["nd", "th"])
@pytest.mark.parametrize(
    ("name", "arguments", "mean", "deviation"),
    [
        pytest.param("uniform", (-1, 5), 2, np.sqrt(3), id="uniform"),
        pytest.param("normal", (2, 0.5), 2, 0.5, id="normal"),
        pytest.param("exponential", (2,), 2, 2, id="exponential"),
    ],
)
def test_distributions(face, name, arguments, mean, deviation):
    found = getattr(face.random, name)(*arguments, shape=(20000,))
    assert draws(found) == pytest.approx((mean, deviation), rel=0.05)


def test_distributions_of_arrays():
    low, high = nd.array([0.0, 10.0]), nd.array([1.0, 20.0])
    found = nd.random.uniform(low, high, shape=(5000,))
    assert found.shape == (2, 5000)
    assert found.asnumpy().mean(1) == pytest.approx([0.5, 15], rel=0.05)
    assert nd.random.normal(low, high * 0, shape=(2,), ctx=mx.cpu()).asnumpy().tolist() == [[0, 0], [10, 10]]
    with pytest.raises(ArgumentTypeError, match="uniform: low and high must be all numbers or all arrays, got both"):
        nd.random.uniform(low, 1.0)


def test_randn():
    assert nd.random.randn(2, 3, loc=5, scale=0).asnumpy().tolist() == [[5] * 3] * 2
    assert nd.random.randn().shape == (1,)


def test_multinomial():
    chances = nd.array([[0, 1], [1, 0]])
    assert nd.random.multinomial(chances, shape=3).asnumpy().tolist() == [[1] * 3, [0] * 3]
    classes, logarithms = nd.random.multinomial(chances, get_prob=True)
    assert classes.asnumpy().tolist() == [1, 0]
    assert logarithms.asnumpy().tolist() == [0, 0]


def test_shuffle():
    assert sorted(nd.random.shuffle(nd.arange(10)).asnumpy().tolist()) == list(range(10))


def test_seed():
    found = []
    for _ in range(2):
        mx.random.seed(3)
        found.append(mx.random.uniform(shape=(4,)).asnumpy().tolist())
    assert found[0] == found[1]
    assert mx.random.randint(0, 5, shape=(3,)).shape == (3,)
