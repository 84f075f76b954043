"""Random arrays: their distributions, shapes, types, seeds and gradients."""

import math

import numpy as onp
import pytest

import regluon as mx
from regluon import autograd, np, npx

COUNT = 20000

# Mean and deviation of each distribution.
MOMENTS = {
    "np.random.uniform(2, 5, SIZE)": (3.5, 3 / math.sqrt(12)),
    "np.random.normal(2, 3, SIZE)": (2, 3),
    "np.random.lognormal(0, 0.5, SIZE)": (math.exp(0.125), math.sqrt((math.exp(0.25) - 1) * math.exp(0.25))),
    "np.random.laplace(1, 2, SIZE)": (1, 2 * math.sqrt(2)),
    "np.random.logistic(1, 2, SIZE)": (1, 2 * math.pi / math.sqrt(3)),
    "np.random.gumbel(1, 2, SIZE)": (1 + 2 * 0.5772157, 2 * math.pi / math.sqrt(6)),
    "np.random.exponential(3, SIZE)": (3, 3),
    "np.random.rayleigh(2, SIZE)": (2 * math.sqrt(math.pi / 2), 2 * math.sqrt(2 - math.pi / 2)),
    "np.random.pareto(5, SIZE)": (0.25, math.sqrt(5 / 3) / 4),
    "np.random.weibull(2, SIZE)": (math.gamma(1.5), math.sqrt(math.gamma(2) - math.gamma(1.5) ** 2)),
    "np.random.power(3, SIZE)": (0.75, math.sqrt(3 / 80)),
    "np.random.gamma(3, 2, SIZE)": (6, math.sqrt(12)),
    "np.random.chisquare(4, SIZE)": (4, math.sqrt(8)),
    "np.random.beta(2, 3, SIZE)": (0.4, 0.2),
    "np.random.f(10, 12, SIZE)": (1.2, math.sqrt(2 * 144 * 20 / (10 * 100 * 8))),
    "np.random.rand(SIZE)": (0.5, 1 / math.sqrt(12)),
    "np.random.randn(SIZE)": (0, 1),
    "np.random.randint(0, 10, SIZE)": (4.5, math.sqrt(8.25)),
    "np.random.choice(4, SIZE)": (1.5, math.sqrt(1.25)),
    "np.random.choice(3, SIZE, p=np.array([0.5, 0, 0.5]))": (1, 1),
    "np.random.choice(np.array([2, 4]), SIZE)": (3, 1),
    "npx.random.bernoulli(0.3, size=SIZE)": (0.3, math.sqrt(0.21)),
    "npx.random.bernoulli(logit=0.0, size=SIZE)": (0.5, 0.5),
    "npx.random.bernoulli(np.full((SIZE,), 0.3))": (0.3, math.sqrt(0.21)),
    "npx.random.uniform_n(2, 5, batch_shape=SIZE)": (3.5, 3 / math.sqrt(12)),
    "npx.random.normal_n(np.array([2.0]), 3.0, batch_shape=(SIZE,))": (2, 3),
    "npx.random.categorical(np.array([0.25, 0.75]), shape=SIZE)": (0.75, math.sqrt(3) / 4),
    "npx.scalar_poisson(lam=4.0, shape=(SIZE,))": (4, 2),
    "np.random.multinomial(10, [0.2, 0.8], SIZE)[:, 0]": (2, math.sqrt(1.6)),
    "np.random.multinomial(10, np.array([0.2, 0.8]), SIZE)[:, 1]": (8, math.sqrt(1.6)),
    "np.random.multivariate_normal(np.array([1.0, 2]), np.array([[1.0, 0], [0, 9]]), SIZE)[:, 1]": (2, 3),
    "np.random.normal(np.full((SIZE,), 2.0), 3)": (2, 3),
    "np.random.normal(0.0, np.full((SIZE,), 3.0))": (0, 3),
}


@pytest.mark.parametrize("text", MOMENTS)
def test_mean_and_deviation(text: str) -> None:
    mx.random.seed(5)
    drawn = eval(text, {"np": np, "npx": npx, "SIZE": COUNT}).asnumpy().astype("float64").reshape(-1)
    mean, deviation = MOMENTS[text]
    # Five standard errors of the mean; the deviation's error is larger for heavy tails.
    assert drawn.mean() == pytest.approx(mean, abs=5 * deviation / math.sqrt(COUNT))
    assert drawn.std() == pytest.approx(deviation, rel=0.08)


def test_seeds_repeat() -> None:
    for seed in (mx.random.seed, np.random.seed, npx.seed, npx.random.seed):
        seed(3)
        first = np.random.normal(size=(4,))
        seed(3)
        assert (np.random.normal(size=(4,)) == first).all()
    np.random.seed()
    assert (np.random.normal(size=(4,)) != first).any()


@pytest.mark.parametrize(
    ("text", "shape", "dtype"),
    [
        ("np.random.normal()", (), "float32"),
        ("np.random.normal(size=3)", (3,), "float32"),
        ("np.random.normal(size=(2, 0))", (2, 0), "float32"),
        ("np.random.normal(np.zeros((2, 1)), np.ones((3,)))", (2, 3), "float32"),
        ("np.random.normal(np.zeros((3,)), size=(2, 3))", (2, 3), "float32"),
        ("np.random.normal(dtype='float64')", (), "float64"),
        ("np.random.randint(5)", (), "int64"),
        ("np.random.randint(0, 5, (2,), dtype='int32')", (2,), "int32"),
        ("np.random.choice(5)", (), "int64"),
        ("np.random.multinomial(3, [0.5, 0.5])", (2,), "int64"),
        ("np.random.multinomial(0, [0.5, 0.5], 2)", (2, 2), "int64"),
        ("np.random.beta(np.ones((2, 1)), np.ones((3,)))", (2, 3), "float32"),
        ("npx.random.normal_n(np.zeros((2,)), np.ones((2,)), batch_shape=(3,))", (3, 2), "float32"),
        ("np.random.multivariate_normal(np.zeros((2,)), np.eye(2))", (2,), "float32"),
        ("np.random.rand()", (), "float32"),
    ],
)
def test_shapes_and_types(text: str, shape: tuple[int, ...], dtype: str) -> None:
    drawn = eval(text, {"np": np, "npx": npx})
    assert (drawn.shape, drawn.dtype.name) == (shape, dtype)


def test_what_is_shuffled_keeps_its_parts() -> None:
    rows = np.arange(20).reshape(10, 2)
    mixed = np.random.permutation(rows)
    assert (np.sort(mixed, axis=0) == rows).all()
    np.random.shuffle(rows)
    assert np.sort(rows, axis=0)[3].tolist() == [6, 7]
    assert sorted(np.random.permutation(5).tolist()) == [0, 1, 2, 3, 4]
    assert sorted(np.random.choice(5, 5, replace=False).tolist()) == [0, 1, 2, 3, 4]
    kept = np.zeros((3,), dtype="int64")
    assert np.random.choice(1, 3, out=kept) is kept


def test_gradients_reach_the_parameters() -> None:
    mean, deviation = np.zeros((1000,)), np.ones((1000,))
    mean.attach_grad()
    deviation.attach_grad()
    with autograd.record():
        drawn = np.random.normal(mean, deviation)
    drawn.backward()
    assert (mean.grad == 1).all()
    onp.testing.assert_allclose(deviation.grad.asnumpy(), drawn.asnumpy())
