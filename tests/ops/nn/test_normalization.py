"""Normalisation within images, held against numpy."""

import numpy as np
import pytest
import torch
from torch import Tensor

from regluon import th
from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.registry import find


def drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64)


@pytest.mark.parametrize("axis", [-1, 0, 1, -2])
@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 4), (2, 3, 2, 2)], ids=str)
def test_layer_norm_equals_its_definition(shape: tuple[int, ...], axis: int) -> None:
    data = drawn(*shape)
    gamma, beta = drawn(shape[axis]), drawn(shape[axis])
    output, mean, deviation = th.LayerNorm(data, gamma, beta, axis=axis, eps=0.01, output_mean_var=True)
    rows = np.moveaxis(data.numpy(), axis, -1)
    center, spread = rows.mean(-1, keepdims=True), np.sqrt(rows.var(-1, keepdims=True) + np.float32(0.01))
    expected = (rows - center) / spread * gamma.numpy() + beta.numpy()
    np.testing.assert_allclose(output, np.moveaxis(expected, -1, axis), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(mean, np.moveaxis(center, -1, axis), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(deviation, np.moveaxis(spread, -1, axis), rtol=1e-9)
    torch.testing.assert_close(th.LayerNorm(data, gamma, beta, axis=axis, eps=0.01), output)


@pytest.mark.parametrize("places", [(5,), (2, 3), (2, 1, 2)], ids=str)
@pytest.mark.parametrize("per_channel", [False, True])
def test_group_norm_equals_its_definition(places: tuple[int, ...], per_channel: bool) -> None:
    data = drawn(2, 6, *places)
    gamma, beta = drawn(6 if per_channel else 3), drawn(6 if per_channel else 3)
    output, mean, deviation = th.GroupNorm(data, gamma, beta, num_groups=3, eps=0.01, output_mean_var=True)
    groups = data.numpy().reshape(2, 3, -1)
    center, spread = groups.mean(-1), np.sqrt(groups.var(-1) + np.float32(0.01))
    own = ((groups - center[..., None]) / spread[..., None]).reshape(2, 6, -1)
    scale, shift = (np.repeat(one.numpy(), 6 // len(one))[:, None] for one in (gamma, beta))
    np.testing.assert_allclose(output.flatten(2), own * scale + shift, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(mean, center, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(deviation, spread, rtol=1e-9)
    torch.testing.assert_close(th.GroupNorm(data, gamma, beta, num_groups=3, eps=0.01), output)


@pytest.mark.parametrize("places", [(5,), (2, 3), (1,)], ids=str)
def test_instance_norm_equals_its_definition(places: tuple[int, ...]) -> None:
    data, gamma, beta = drawn(2, 3, *places), drawn(3), drawn(3)
    own = data.numpy().reshape(2, 3, -1)
    scale = gamma.numpy()[:, None] / np.sqrt(own.var(-1, keepdims=True) + np.float32(0.01))
    expected = (own - own.mean(-1, keepdims=True)) * scale + beta.numpy()[:, None]
    found = th.InstanceNorm(data, gamma, beta, eps=0.01)
    np.testing.assert_allclose(found.flatten(2), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("mode", "axes"), [("instance", (1, 2, 3)), ("channel", (1,)), ("spatial", (2, 3))])
def test_l2_normalization_equals_its_definition(mode: str, axes: tuple[int, ...]) -> None:
    data = drawn(2, 3, 2, 4)
    length = np.sqrt((data.numpy() ** 2).sum(axes, keepdims=True) + np.float32(0.5))
    np.testing.assert_allclose(th.L2Normalization(data, eps=0.5, mode=mode), data.numpy() / length, rtol=1e-9)


@pytest.mark.parametrize("nsize", [1, 3, 5, 9])
def test_lrn_equals_its_definition(nsize: int) -> None:
    data = drawn(2, 5, 2, 3)
    found = th.LRN(data, alpha=0.5, beta=0.25, knorm=1.5, nsize=nsize).numpy()
    for c in range(5):
        window = data.numpy()[:, max(0, c - nsize // 2) : c + nsize // 2 + 1]
        divisor = (1.5 + 0.5 / nsize * (window**2).sum(1)) ** 0.25
        np.testing.assert_allclose(found[:, c], data.numpy()[:, c] / divisor, rtol=1e-9)


def test_lrn_of_an_even_size_as_in_mxnet() -> None:
    # Recorded from MXNet 1.9.1.
    data = torch.tensor([1.0, 2, 4, 8, 16]).reshape(1, 5, 1, 1)
    found = th.LRN(data, alpha=1.0, beta=1.0, knorm=0.0, nsize=4)
    np.testing.assert_allclose(found.flatten(), [0.8, 0.3809524, 0.1904762, 0.0952381, 0.2], rtol=1e-6)


@pytest.mark.parametrize(
    ("operator", "sizes", "attrs"),
    [
        ("LayerNorm", (2, 2), {"axis": 1}),
        ("GroupNorm", (2, 2), {"num_groups": 2}),
        ("GroupNorm", (4, 4), {"num_groups": 2}),
        ("InstanceNorm", (4, 4), {}),
        ("L2Normalization", (), {"mode": "channel"}),
        ("LRN", (), {"nsize": 3, "alpha": 0.5}),
    ],
)
def test_gradients_are_the_derivatives(operator: str, sizes: tuple[int, ...], attrs: dict) -> None:
    data = drawn(2, 4 if operator != "LayerNorm" else 2, 2, 2).requires_grad_()
    inputs = [data, *(drawn(size).requires_grad_() for size in sizes)]
    assert torch.autograd.gradcheck(lambda *arrays: getattr(th, operator)(*arrays, **attrs), inputs)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize(
    ("operator", "size", "attrs"),
    [
        ("LayerNorm", 5, {}),
        ("GroupNorm", 2, {"num_groups": 2}),
        ("InstanceNorm", 4, {}),
        ("L2Normalization", 0, {}),
        ("LRN", 0, {"nsize": 3}),
    ],
)
def test_half_precision(operator: str, size: int, attrs: dict, dtype: torch.dtype) -> None:
    data = torch.randn(2, 4, 3, 5).to(dtype)
    others = [torch.randn(size).to(dtype) for _ in range(2 if size else 0)]
    found = getattr(th, operator)(data, *others, **attrs)
    assert found.dtype == dtype
    exact = getattr(th, operator)(data.double(), *[one.double() for one in others], **attrs)
    torch.testing.assert_close(found.double(), exact, rtol=2e-2, atol=5e-2)


@pytest.mark.parametrize(
    ("operator", "attrs", "size"),
    [("LayerNorm", {}, 4), ("LayerNorm", {"axis": 1}, 6), ("GroupNorm", {"num_groups": 3}, 3), ("InstanceNorm", {}, 6)],
)
def test_scales_follow_from_data(operator: str, attrs: dict, size: int) -> None:
    entry = find(operator)
    assert entry.complete is not None
    found = entry.complete({"data": (2, 6, 4), "gamma": None, "beta": None}, entry.fill(attrs))
    assert found == {"gamma": (size,), "beta": (size,)}
    if operator != "GroupNorm":
        assert entry.complete({"data": None, "gamma": None, "beta": None}, entry.fill(attrs)) == {}


@pytest.mark.parametrize("operator", ["LayerNorm", "GroupNorm"])
def test_outputs_follow_from_attributes(operator: str) -> None:
    entry = find(operator)
    assert entry.outputs(entry.fill({})) == ("output",)
    assert entry.outputs(entry.fill({"output_mean_var": True})) == ("output", "mean", "std")


@pytest.mark.parametrize(
    ("operator", "shape", "sizes", "attrs", "error", "words"),
    [
        pytest.param(
            "LayerNorm",
            (2, 3),
            (3, 3),
            {"axis": 2},
            ArgumentError,
            r"axis must be an axis of data of shape \(2, 3\), got 2",
            id="layer axis",
        ),
        pytest.param(
            "LayerNorm",
            (2, 3),
            (2, 2),
            {},
            ShapeError,
            r"gamma and beta must have shape \(3,\) .* axis=-1, got \(2,\) and \(2,\)",
            id="layer gamma",
        ),
        pytest.param(
            "GroupNorm",
            (2, 3, 1),
            (2, 2),
            {"num_groups": 2},
            ShapeError,
            r"C a multiple of num_groups=2, got shape \(2, 3, 1\)",
            id="group channels",
        ),
        pytest.param(
            "GroupNorm",
            (2, 4, 1),
            (3, 3),
            {"num_groups": 2},
            ShapeError,
            r"gamma and beta must have shape \(2,\) or \(4,\), got \(3,\) and \(3,\)",
            id="group gamma",
        ),
        pytest.param(
            "InstanceNorm",
            (2, 3),
            (3, 3),
            {},
            ShapeError,
            r"three axes or more, got shape \(2, 3\)",
            id="instance rank",
        ),
        pytest.param("InstanceNorm", (2, 3, 1), (2, 2), {}, ShapeError, r"must have shape \(3,\)", id="instance gamma"),
        pytest.param(
            "L2Normalization", (3,), (), {}, ShapeError, "data must have 2 axes or more for mode='instance'", id="l2"
        ),
        pytest.param(
            "L2Normalization",
            (2, 3),
            (),
            {"mode": "channel"},
            ShapeError,
            r"data must have 3 axes or more for mode='channel', got shape \(2, 3\)",
            id="l2 channel",
        ),
        pytest.param(
            "LRN",
            (2, 3, 4),
            (),
            {"nsize": 3},
            ShapeError,
            r"data must be \(N, C, H, W\), got shape \(2, 3, 4\)",
            id="lrn",
        ),
    ],
)
def test_refuses(operator: str, shape: tuple, sizes: tuple, attrs: dict, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=f"^{operator}: .*{words}"):
        getattr(th, operator)(torch.zeros(shape), *map(torch.zeros, sizes), **attrs)
