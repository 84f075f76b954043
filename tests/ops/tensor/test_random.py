"""Random arrays: seeds, shapes, types, and the first two moments of every distribution."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from regluon.ops.registry import find

COUNT = 40_000

# Name, attributes, mean, variance.
SCALAR: list[tuple[str, dict[str, Any], float, float]] = [
    ("_random_uniform", {"low": -1.0, "high": 3.0}, 1, 16 / 12),
    ("_random_normal", {"loc": 1.0, "scale": 3.0}, 1, 9),
    ("_random_gamma", {"alpha": 4.0, "beta": 3.0}, 12, 36),
    ("_random_exponential", {"lam": 4.0}, 0.25, 0.0625),
    ("_random_poisson", {"lam": 4.0}, 4, 4),
    ("_random_negative_binomial", {"k": 3, "p": 0.4}, 4.5, 11.25),
    ("_random_generalized_negative_binomial", {"mu": 2.0, "alpha": 0.3}, 2, 3.2),
    ("_random_generalized_negative_binomial", {"mu": 2.0, "alpha": 0.0}, 2, 2),
    ("_random_randint", {"low": 0, "high": 5}, 2, 2),
]


def assert_moments(drawn: torch.Tensor, mean: float, variance: float) -> None:
    values = drawn.double().numpy()
    # Six standard errors of the mean; the spread itself is known to a few percent.
    assert abs(values.mean() - mean) < 6 * math.sqrt(variance / values.size)
    assert abs(values.var() / variance - 1) < 0.1


@pytest.mark.parametrize(("name", "attributes", "mean", "variance"), SCALAR)
def test_the_distribution(name: str, attributes: dict[str, Any], mean: float, variance: float) -> None:
    drawn = find(name)(shape=(COUNT,), **attributes)
    assert drawn.dtype == (torch.int32 if name == "_random_randint" else torch.float32)
    assert_moments(drawn, mean, variance)


@pytest.mark.parametrize(("name", "attributes"), [(name, attributes) for name, attributes, *_ in SCALAR])
def test_the_seed_decides(name: str, attributes: dict[str, Any]) -> None:
    draws = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        draws.append(find(name)(shape=(4, 5), **attributes))
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


@pytest.mark.parametrize("name", sorted({name for name, *_ in SCALAR}))
def test_shape_type_and_device_are_as_asked(name: str) -> None:
    kind = "int64" if name == "_random_randint" else "float64"
    needed = {"low": 0, "high": 3} if name == "_random_randint" else {}
    drawn = find(name)(shape=(2, 3), dtype=kind, ctx="cpu(0)", **needed)
    assert (tuple(drawn.shape), drawn.dtype) == ((2, 3), getattr(torch, kind))
    assert tuple(find(name)(**needed).shape) == (1,)


def test_even_numbers_stay_below_their_bound() -> None:
    drawn = find("_random_uniform")(2.0, 3.0, shape=(COUNT,))
    assert drawn.min() >= 2
    assert drawn.max() < 3
    assert (find("_random_randint")(3, 5, shape=(1000,)).unique() == torch.tensor([3, 4])).all()


@pytest.mark.parametrize(
    ("name", "attributes", "mean", "variance"),
    [
        ("_random_uniform_like", {"low": -1.0, "high": 3.0}, 1, 16 / 12),
        ("_random_normal_like", {"loc": 1.0, "scale": 3.0}, 1, 9),
    ],
)
def test_as_many_as_an_array_has(name: str, attributes: dict[str, Any], mean: float, variance: float) -> None:
    drawn = find(name)(torch.zeros(COUNT // 10, 10, dtype=torch.float64), **attributes)
    assert (tuple(drawn.shape), drawn.dtype) == ((COUNT // 10, 10), torch.float64)
    assert_moments(drawn, mean, variance)


@pytest.mark.parametrize(
    ("name", "first", "second", "means", "variances"),
    [
        ("_sample_uniform", [0.0, -1.0], [1.0, 3.0], [0.5, 1], [1 / 12, 16 / 12]),
        ("_sample_normal", [0.0, -1.0], [1.0, 3.0], [0, -1], [1, 9]),
    ],
)
def test_each_pair_of_parameters_has_its_own_numbers(
    name: str, first: list[float], second: list[float], means: list[float], variances: list[float]
) -> None:
    low, high = torch.tensor(first), torch.tensor(second)
    drawn = find(name)(low, high, shape=(COUNT // 10, 10), dtype="float64")
    assert (tuple(drawn.shape), drawn.dtype) == ((2, COUNT // 10, 10), torch.float64)
    for row, mean, variance in zip(drawn, means, variances, strict=True):
        assert_moments(row, mean, variance)
    assert tuple(find(name)(low, high).shape) == (2,)


def test_classes_come_by_their_chances() -> None:
    chances = torch.tensor([[0.1, 0.6, 0.3], [0.0, 0.0, 1.0]])
    drawn = find("_sample_multinomial")(chances, shape=(COUNT,))
    assert drawn.dtype == torch.int32
    shares = np.bincount(drawn[0], minlength=3) / COUNT
    np.testing.assert_allclose(shares, chances[0], atol=0.02)
    assert set(drawn[1].tolist()) == {2}


@pytest.mark.parametrize(
    ("chances", "shape", "expected"),
    [
        ((2, 3), (), (2,)),
        ((2, 3), (4,), (2, 4)),
        ((2, 2, 3), (4, 5), (2, 2, 4, 5)),
        ((3,), (), (1,)),
        ((3,), (4,), (4,)),
    ],
)
def test_classes_have_these_shapes(chances: tuple[int, ...], shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    drawn, logarithm = find("_sample_multinomial")(torch.ones(chances) / 3, shape=shape, get_prob=True, dtype="uint8")
    assert (tuple(drawn.shape), tuple(logarithm.shape), drawn.dtype) == (expected, expected, torch.uint8)
    torch.testing.assert_close(logarithm, torch.full(expected, -math.log(3)))


def test_gradients_reach_the_chances_of_what_was_drawn() -> None:
    chances = torch.tensor([[0.25, 0.75]], requires_grad=True)
    drawn, logarithm = find("_sample_multinomial")(chances, shape=(8,), get_prob=True)
    logarithm.sum().backward()
    counts = np.bincount(drawn[0], minlength=2)
    np.testing.assert_allclose(chances.grad, [counts / [0.25, 0.75]])
    assert [len(find("_sample_multinomial").outputs({"get_prob": given})) for given in (True, False)] == [2, 1]


def test_shuffled_rows_are_the_same_rows() -> None:
    data = torch.arange(300.0).reshape(100, 3)
    drawn = find("_shuffle")(data)
    assert not torch.equal(drawn, data)
    assert torch.equal(drawn[drawn[:, 0].argsort()], data)
