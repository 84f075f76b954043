"""Batch normalisation in all its modes, held against numpy's mean and variance; the contrib versions as well."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor

from regluon import th
from regluon.core.errors import ShapeError
from regluon.core.mode import mode
from regluon.ops.registry import find

KINDS = ["BatchNorm", "_contrib_SyncBatchNorm", "_contrib_BatchNormWithReLU"]


@pytest.fixture
def training() -> Iterator[None]:
    before, mode.training = mode.training, True
    yield
    mode.training = before


def inputs(channels: int, dtype: torch.dtype = torch.float64) -> list[Tensor]:
    gamma, beta, mean = (torch.randn(channels, dtype=dtype) for _ in range(3))
    return [gamma, beta, mean, torch.rand(channels, dtype=dtype) + 0.5]


def call(kind: str, *arrays: Tensor, **attrs: object) -> list[Tensor]:
    if kind == "_contrib_SyncBatchNorm":
        attrs["key"] = "bn"
    found = find(kind)(*arrays, **attrs)
    return [found] if isinstance(found, Tensor) else list(found)


def by_hand(data: Tensor, gamma: Tensor, beta: Tensor, mean: np.ndarray, var: np.ndarray, eps: float) -> np.ndarray:
    column = (-1, *[1] * (data.ndim - 2))
    scale = gamma.numpy() / np.sqrt(var + eps)
    return (data.numpy() - mean.reshape(column)) * scale.reshape(column) + beta.numpy().reshape(column)


@pytest.mark.parametrize("shape", [(4, 3), (4, 3, 2), (2, 3, 2, 2), (2, 3, 2, 1, 2)], ids=str)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("training")
def test_training_normalises_by_the_batch(kind: str, shape: tuple[int, ...]) -> None:
    data, (gamma, beta, mean, var) = torch.randn(shape, dtype=torch.float64), inputs(3)
    before = mean.numpy().copy(), var.numpy().copy()
    others = tuple(axis for axis in range(len(shape)) if axis != 1)
    own = data.numpy().mean(others), data.numpy().var(others)
    found = call(kind, data, gamma, beta, mean, var, eps=0.01, momentum=0.75, fix_gamma=False, output_mean_var=True)
    expected = by_hand(data, gamma, beta, *own, 0.01)
    if kind.endswith("ReLU"):
        expected = np.maximum(expected, 0)
    np.testing.assert_allclose(found[0], expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found[1], own[0], rtol=1e-9)
    # MXNet's plain version calls this var; only SyncBatchNorm's is one.
    deviation = own[1] if "Sync" in kind else 1 / np.sqrt(own[1] + 0.01)
    np.testing.assert_allclose(found[2], deviation, rtol=1e-9)
    # The biased variance, where torch takes the unbiased one.
    np.testing.assert_allclose(mean, 0.75 * before[0] + 0.25 * own[0], rtol=1e-9)
    np.testing.assert_allclose(var, 0.75 * before[1] + 0.25 * own[1], rtol=1e-9)


@pytest.mark.parametrize("use_global_stats", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_otherwise_it_normalises_by_the_averages(
    kind: str, use_global_stats: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mode, "training", use_global_stats)
    data, arrays = torch.randn(2, 3, 4, dtype=torch.float64), inputs(3)
    before = [one.clone() for one in arrays]
    attrs = {"eps": 0.01, "fix_gamma": False, "use_global_stats": use_global_stats}
    found = call(kind, data, *arrays, output_mean_var=True, **attrs)
    mean, var = before[2].numpy(), before[3].numpy()
    expected = by_hand(data, *before[:2], mean, var, 0.01)
    np.testing.assert_allclose(found[0], np.maximum(expected, 0) if kind.endswith("ReLU") else expected, rtol=1e-9)
    np.testing.assert_allclose(found[1], mean)
    np.testing.assert_allclose(found[2], var if "Sync" in kind else 1 / np.sqrt(var + 0.01), rtol=1e-9)
    for old, new in zip(before, arrays, strict=True):
        torch.testing.assert_close(new, old, rtol=0, atol=0)


def test_states_that_do_not_move_are_the_same_tensors() -> None:
    data, arrays = torch.randn(2, 3), inputs(3, torch.float32)
    _, mean, var = find("BatchNorm").function(data, *arrays)
    assert mean is arrays[2]
    assert var is arrays[3]


@pytest.mark.parametrize("axis", [0, 2, -1])
@pytest.mark.usefixtures("training")
def test_any_axis_may_hold_the_channels(axis: int) -> None:
    data = torch.randn(3, 4, 5, dtype=torch.float64)
    arrays = inputs(data.shape[axis])
    found = th.BatchNorm(data, *[one.clone() for one in arrays], axis=axis, fix_gamma=False)
    moved = th.BatchNorm(data.movedim(axis, 1).contiguous(), *arrays, fix_gamma=False)
    torch.testing.assert_close(found, moved.movedim(1, axis))


@pytest.mark.usefixtures("training")
def test_a_fixed_gamma_is_one_and_its_gradient_zero() -> None:
    data, arrays = torch.randn(4, 3, dtype=torch.float64), inputs(3)
    arrays[0].requires_grad_()
    found = th.BatchNorm(data, *[*arrays[:2], arrays[2].clone(), arrays[3].clone()])
    torch.testing.assert_close(found, th.BatchNorm(data, torch.ones(3).double(), *arrays[1:], fix_gamma=False))
    found.square().sum().backward()
    assert arrays[0].grad is not None
    assert arrays[0].grad.tolist() == [0, 0, 0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("in_training", [False, True])
def test_gradients_are_the_derivatives(kind: str, in_training: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mode, "training", in_training)
    data = torch.randn(3, 2, 2, dtype=torch.float64, requires_grad=True)
    gamma, beta, mean, var = inputs(2)

    def run(*arrays: Tensor) -> Tensor:
        return call(kind, *arrays, mean.clone(), var.clone(), fix_gamma=False)[0]

    assert torch.autograd.gradcheck(run, [data, gamma.requires_grad_(), beta.requires_grad_()])


@pytest.mark.usefixtures("training")
def test_one_value_per_channel_has_variance_zero() -> None:
    arrays = inputs(2)
    var = arrays[3].clone()
    found = th.BatchNorm(torch.randn(1, 2, dtype=torch.float64), *arrays, momentum=0.5)
    torch.testing.assert_close(found[0], arrays[1])
    torch.testing.assert_close(arrays[3], var / 2)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("statistics", ["float32", "same"])
@pytest.mark.parametrize("in_training", [False, True])
def test_half_precision(
    dtype: torch.dtype, statistics: str, in_training: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mode, "training", in_training)
    data = torch.randn(4, 3, 5, 5).to(dtype)
    arrays = inputs(3, torch.float32 if statistics == "float32" else dtype)
    exact = th.BatchNorm(data.double(), *[one.double() for one in arrays], fix_gamma=False)
    found = th.BatchNorm(data, *arrays, fix_gamma=False)
    assert found.dtype == dtype
    torch.testing.assert_close(found.double(), exact, rtol=2e-2, atol=5e-2)


@pytest.mark.usefixtures("training")
def test_compiles_with_its_gradient_and_states() -> None:
    data = torch.randn(2, 3, 4, 4)
    arrays = inputs(3, torch.float32)

    def run(function: object) -> list[Tensor]:
        given, own = data.clone().requires_grad_(), [one.clone() for one in arrays]
        own[0].requires_grad_()
        found = function(given, *own)  # type: ignore[operator]
        found.square().sum().backward()
        return [found.detach(), given.grad, own[0].grad, own[2], own[3]]  # type: ignore[list-item]

    def normalise(*given: Tensor) -> Tensor:
        return th.BatchNorm(*given)

    expected = run(normalise)
    for found, wanted in zip(run(torch.compile(normalise, fullgraph=True, backend="eager")), expected, strict=True):
        torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_and_outputs_follow_from_attributes(kind: str) -> None:
    entry = find(kind)
    assert entry.complete is not None
    given = {"key": "a"} if "Sync" in kind else {}
    unknown = dict.fromkeys(("gamma", "beta", "moving_mean", "moving_var"))
    found = entry.complete({"data": (2, 5, 3), **unknown}, entry.fill(given))
    assert found == dict.fromkeys(unknown, (5,))
    assert entry.complete({"data": None, **unknown}, entry.fill(given)) == {}
    if "Sync" not in kind:
        assert entry.complete({"data": (2, 5, 3), **unknown}, entry.fill({"axis": -1}))["gamma"] == (3,)
    assert entry.outputs(entry.fill(given)) == ("output",)
    assert entry.outputs(entry.fill({**given, "output_mean_var": True})) == ("output", "mean", "var")
    assert entry.mutates == ("moving_mean", "moving_var")


@pytest.mark.parametrize("kind", KINDS)
def test_refuses(kind: str) -> None:
    name = kind.removeprefix("_contrib_")
    four = [torch.ones(3)] * 4
    with pytest.raises(ShapeError, match=rf"^{name}: data must have two axes or more, 1 among them, got shape \(3,\)"):
        call(kind, torch.zeros(3), *four)
    with pytest.raises(
        ShapeError, match=rf"^{name}: gamma, beta, .* must have shape \(4,\) for data of shape \(2, 4\)"
    ):
        call(kind, torch.zeros(2, 4), *four)
