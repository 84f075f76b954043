"""Pooling, held against a loop over windows, and MXNet's numbers where a window leaves the data."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from regluon import th
from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.nn import pooling

LOWEST = torch.finfo(torch.float64).min


def slow_pooling(data: np.ndarray, kernel: tuple, pool_type: str, convention: str, stride: tuple, pad: tuple,
                 p_value: int, count_include_pad: bool) -> np.ndarray:  # fmt: skip
    """Walk over the windows of each axis as MXNet's definition says."""
    axes = []
    for x, k, s, p in zip(data.shape[2:], kernel, stride, pad, strict=True):
        if convention == "same":
            count = math.ceil(x / s)
        else:
            count = 1 + {"full": math.ceil, "valid": math.floor}[convention]((x + 2 * p - k) / s)
        windows = []
        for o in range(count):
            start, end = o * s - p, min(o * s - p + k, x + p)
            windows.append((range(max(start, 0), min(end, x)), end - start))
        axes.append(windows)
    out = np.zeros((*data.shape[:2], *map(len, axes)))
    for where in itertools.product(*(range(len(windows)) for windows in axes)):
        chosen = [windows[i] for windows, i in zip(axes, where, strict=True)]
        cells = data[(slice(None), slice(None), *np.ix_(*(cells for cells, _ in chosen)))].reshape(*data.shape[:2], -1)
        places = math.prod(size for _, size in chosen) if count_include_pad else cells.shape[-1]
        if pool_type == "max":
            value = cells.max(-1) if cells.shape[-1] else LOWEST
        elif pool_type == "lp":
            value = (cells**p_value).sum(-1)
            value = np.sign(value) * np.abs(value) ** (1 / p_value)
        else:
            value = cells.sum(-1) / (places if pool_type == "avg" and cells.shape[-1] else 1)
        out[(slice(None), slice(None), *where)] = value
    return out


@st.composite
def problems(draw: st.DrawFn) -> dict:
    axes = draw(st.integers(1, 3))
    each = [st.integers(1, 4)] * axes
    problem = {
        "kernel": draw(st.tuples(*each)),
        "stride": draw(st.tuples(*each)),
        "pool_type": draw(st.sampled_from(["max", "avg", "sum", "lp"])),
        "pooling_convention": draw(st.sampled_from(["valid", "full", "same"])),
        "p_value": draw(st.integers(1, 3)),
        "count_include_pad": draw(st.booleans()),
    }
    pads = st.integers(0, 0 if problem["pooling_convention"] == "same" else 3)
    problem["pad"] = draw(st.tuples(*[pads] * axes))
    sizes = (max(k - 2 * p, 1) for k, p in zip(problem["kernel"], problem["pad"], strict=True))
    problem["size"] = [least + draw(st.integers(0, 4)) for least in sizes]
    return problem


@settings(max_examples=80)
@given(problems(), st.booleans())
def test_equals_its_definition(problem: dict, last: bool) -> None:
    size = problem.pop("size")
    data = torch.randn(2, 2, *size, dtype=torch.float64)
    convention = problem["pooling_convention"]
    expected = slow_pooling(
        data.numpy(), problem["kernel"], problem["pool_type"], convention, problem["stride"], problem["pad"],
        problem["p_value"], problem["count_include_pad"],
    )  # fmt: skip
    if last:
        layout = {1: "NWC", 2: "NHWC", 3: "NDHWC"}[len(size)]
        found = th.Pooling(data.movedim(1, -1).contiguous(), layout=layout, **problem).movedim(-1, 1)
    else:
        found = th.Pooling(data, **problem)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("pool_type", ["max", "avg", "sum", "lp"])
def test_global_is_one_window_whatever_else_is_said(pool_type: str, axes: int) -> None:
    data = torch.randn(2, 3, *(4, 3, 2)[:axes], dtype=torch.float64)
    found = th.Pooling(data, kernel=(9,) * axes, pool_type=pool_type, global_pool=True, p_value=2, pad=(1,) * axes)
    flat = data.flatten(2)
    expected = {"max": flat.amax(2), "avg": flat.mean(2), "sum": flat.sum(2), "lp": flat.square().sum(2).sqrt()}
    assert found.shape == (2, 3, *[1] * axes)
    torch.testing.assert_close(found.flatten(1), expected[pool_type])


ONE_TO_NINE = torch.arange(1.0, 10.0).reshape(1, 1, 3, 3)
OUTSIDE = -3.4028234663852886e38


@pytest.mark.parametrize(
    ("data", "attrs", "expected"),
    [
        pytest.param([1, 2, 3, 4, 5], {"kernel": 1, "stride": 3}, [1, 4, OUTSIDE], id="max outside"),
        pytest.param([1, 2, 3], {"kernel": 1, "stride": 4, "pool_type": "avg"}, [1, 0], id="avg outside"),
        pytest.param(
            ONE_TO_NINE,
            {"kernel": (2, 2), "stride": (2, 2), "pad": (1, 1), "pool_type": "avg"},
            [[0.25, 1.25, 0], [2.75, 7, 0], [0, 0, 0]],
            id="avg, pads count",
        ),
        pytest.param(
            ONE_TO_NINE,
            {"kernel": (2, 2), "stride": (2, 2), "pad": (1, 1), "pool_type": "avg", "count_include_pad": False},
            [[1, 2.5, 0], [5.5, 7, 0], [0, 0, 0]],
            id="avg, pads do not count",
        ),
        pytest.param(
            [5, 1, 2, 3, 4, 9, 6],
            {"kernel": 3, "stride": 2, "pool_type": "sum", "pooling_convention": "same"},
            [8, 9, 19, 6],
            id="same",
        ),
    ],
)
def test_windows_that_leave_the_data_as_in_mxnet(data: object, attrs: dict, expected: list) -> None:
    data = torch.as_tensor(data, dtype=torch.float32)
    found = th.Pooling(data if data.ndim > 1 else data[None, None], **{"pooling_convention": "full", **attrs})
    np.testing.assert_array_equal(found[0, 0].numpy(), np.array(expected, np.float32))


@pytest.mark.parametrize("convention", ["valid", "full"])
def test_the_gradient_of_max_goes_to_the_first(convention: str) -> None:
    data = torch.tensor([[[[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]]], requires_grad=True)
    th.Pooling(data, kernel=(2, 2), stride=(2, 2), pooling_convention=convention).sum().backward()
    expected = [[1, 0, 0], [0, 0, 0], [0, 0, 0]] if convention == "valid" else [[1, 0, 1], [0, 0, 0], [1, 0, 1]]
    assert data.grad is not None
    torch.testing.assert_close(data.grad[0, 0], torch.tensor(expected, dtype=torch.float32))


@pytest.mark.parametrize("pool_type", ["max", "avg", "sum", "lp"])
@pytest.mark.parametrize("convention", ["valid", "full"])
def test_gradients_are_the_derivatives(pool_type: str, convention: str) -> None:
    data = (torch.randperm(40, dtype=torch.float64).reshape(1, 2, 4, 5) + 1).requires_grad_()
    attrs = {"kernel": (2, 3), "stride": (2, 2), "pad": (0, 1), "p_value": 2}
    assert torch.autograd.gradcheck(
        lambda x: th.Pooling(x, pool_type=pool_type, pooling_convention=convention, **attrs), [data]
    )


def test_lp_of_zeros_has_no_gradient() -> None:
    data = torch.tensor([[[0.0, 0.0, 0.0, -1.0]]], requires_grad=True)
    out = th.Pooling(data, kernel=(2,), stride=(2,), pool_type="lp", p_value=2)
    out.sum().backward()
    assert out.tolist() == [[[0, 1]]]
    assert data.grad is not None
    assert data.grad.tolist() == [[[0, 0, 0, -1]]]


def test_not_a_number_shows() -> None:
    data = torch.tensor([[[math.nan, 1.0, 2.0, 3.0]]])
    found = th.Pooling(data, kernel=(2,), stride=(2,))
    assert math.isnan(found[0, 0, 0])
    assert found[0, 0, 1] == 3


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("pool_type", ["max", "avg", "sum", "lp"])
def test_half_precision(pool_type: str, dtype: torch.dtype) -> None:
    data = torch.randn(1, 2, 5, 5).to(dtype)
    attrs = {"kernel": (3, 3), "stride": (2, 2), "pad": (1, 1), "pooling_convention": "full", "p_value": 2}
    found = th.Pooling(data, pool_type=pool_type, **attrs)
    assert found.dtype == dtype
    exact = th.Pooling(data.double(), pool_type=pool_type, **attrs)
    torch.testing.assert_close(found.double(), exact, rtol=2e-2, atol=2e-2)


@pytest.mark.parametrize("pool_type", ["max", "avg"])
def test_compiles_with_its_gradient(pool_type: str) -> None:
    data = torch.randn(1, 2, 7, 7)

    def slope(run: object) -> torch.Tensor:
        given = data.clone().requires_grad_()
        run(given).square().sum().backward()  # type: ignore[operator]
        assert given.grad is not None
        return given.grad

    def pool(x: torch.Tensor) -> torch.Tensor:
        return th.Pooling(x, (3, 3), pool_type, stride=(3, 3), pad=(2, 2), pooling_convention="full")

    torch.testing.assert_close(slope(torch.compile(pool, fullgraph=True, backend="eager")), slope(pool))


@pytest.mark.parametrize(
    ("shape", "attrs", "error", "words"),
    [
        pytest.param(
            (2, 3), {"kernel": (2,)}, ShapeError, r"data must have one to three axes .* got \(2, 3\)", id="rank"
        ),
        pytest.param(
            (1, 1, 4),
            {"kernel": (2,), "pool_type": "lp"},
            ArgumentError,
            "p_value must be 1, 2 or 3 for pool_type='lp', got None",
            id="p",
        ),
        pytest.param(
            (1, 1, 4),
            {},
            ShapeError,
            r"kernel must have 1 numbers for data of shape \(1, 1, 4\), got \(\)",
            id="kernel",
        ),
        pytest.param(
            (1, 1, 4),
            {"kernel": (2,), "stride": (0,)},
            ArgumentError,
            r"kernel and stride must be >= 1 and pad >= 0, got kernel=\(2,\), stride=\(0,\)",
            id="stride",
        ),
        pytest.param(
            (1, 1, 4),
            {"kernel": (2,), "pad": (1,), "pooling_convention": "same"},
            ArgumentError,
            r"pad must be 0 with pooling_convention='same', got \(1,\)",
            id="same",
        ),
        pytest.param(
            (1, 1, 4),
            {"kernel": (7,), "pad": (1,)},
            ShapeError,
            r"kernel must fit into the padded data, got kernel=\(7,\) and pad=\(1,\)",
            id="fit",
        ),
    ],
)
def test_refuses(shape: tuple[int, ...], attrs: dict, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=f"^Pooling: {words}"):
        th.Pooling(torch.zeros(shape), **attrs)


@pytest.mark.parametrize("pool_type", ["max", "avg"])
def test_many_channels_are_pooled_like_one(pool_type: str) -> None:
    torch.manual_seed(0)
    data = torch.randn(2, 16, 30, 31, requires_grad=True)
    assert data.numel() > pooling._MANY
    attrs = {"kernel": (3, 3), "stride": (2, 2), "pad": (1, 1), "pool_type": pool_type}
    found = th.Pooling(data, **attrs)
    heads = torch.randn(found.shape)
    found.backward(heads)
    assert data.grad is not None
    for channel in range(16):
        one = data.detach()[:, channel : channel + 1].clone().requires_grad_()
        alone = th.Pooling(one, **attrs)
        alone.backward(heads[:, channel : channel + 1])
        assert one.grad is not None
        torch.testing.assert_close(found[:, channel : channel + 1], alone, rtol=1e-6, atol=1e-6)
        torch.testing.assert_close(data.grad[:, channel : channel + 1], one.grad, rtol=1e-6, atol=1e-6)
