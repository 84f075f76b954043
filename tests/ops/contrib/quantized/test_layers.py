"""Layers on levels without products: equal to loops and to hand-worked values."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from regluon import nd, sym
from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.th.contrib import (
    quantized_act,
    quantized_batch_norm,
    quantized_concat,
    quantized_embedding,
    quantized_flatten,
    quantized_pooling,
)

I8, U8 = torch.int8, torch.uint8
F = np.float32


def ends(*numbers: float) -> list[Tensor]:
    return [torch.tensor([number], dtype=torch.float32) for number in numbers]


def levels(*shape: int, dtype: torch.dtype = I8) -> Tensor:
    low = -128 if dtype == I8 else 0
    return torch.randint(low, low + 256, shape, dtype=dtype)


# Pooling


@pytest.mark.parametrize("dtype", [I8, U8], ids=str)
@pytest.mark.parametrize("count_include_pad", [True, False])
@pytest.mark.parametrize("pool_type", ["max", "avg"])
def test_pooling_equals_definition(pool_type: Any, count_include_pad: bool, dtype: torch.dtype) -> None:
    data = levels(2, 3, 7, 6, dtype=dtype)
    found, low, high = quantized_pooling(
        data, *ends(-1, 2), (3, 2), pool_type, stride=(2, 3), pad=(1, 1), count_include_pad=count_include_pad
    )
    assert (found.dtype, low.item(), high.item()) == (dtype, -1.0, 2.0)
    for b, c, i, j in np.ndindex(*found.shape):
        rows, columns = range(2 * i - 1, 2 * i + 2), range(3 * j - 1, 3 * j + 1)
        inside = [int(data[b, c, y, x]) for y in rows for x in columns if 0 <= y < 7 and 0 <= x < 6]
        average = sum(inside) / (6 if count_include_pad else len(inside))
        expected = max(inside) if pool_type == "max" else round(average)
        assert found[b, c, i, j].item() == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([1, 2], 2, id="1.5 goes up to 2"),
        pytest.param([2, 3], 2, id="2.5 goes down to 2"),
        pytest.param([-1, -2], -2, id="-1.5 goes down to -2"),
        pytest.param([-128, -128], -128, id="the end stays"),
        pytest.param([127, 127], 127, id="the other end stays"),
    ],
)
def test_averages_go_to_the_even_neighbour(values: list[int], expected: int) -> None:
    data = torch.tensor([[values]], dtype=I8)
    assert quantized_pooling(data, *ends(-1, 1), (2,), "avg")[0].item() == expected
    assert quantized_pooling(data, *ends(-1, 1), pool_type="avg", global_pool=True)[0].item() == expected


def test_pooling_with_channels_last() -> None:
    data = levels(1, 3, 4, 4)
    expected = quantized_pooling(data, *ends(-1, 1), (2, 2), "avg")[0]
    found = quantized_pooling(data.movedim(1, -1), *ends(-1, 1), (2, 2), "avg", layout="NHWC")[0]
    assert torch.equal(found.movedim(-1, 1), expected)


def test_pooling_refuses_other_kinds() -> None:
    with pytest.raises(ArgumentError, match="quantized_pooling: pool_type must be 'max' or 'avg', got 'sum'"):
        quantized_pooling(levels(1, 1, 4), *ends(-1, 1), (2,), "sum")


# Activation, flattening, embedding


def test_relu_keeps_what_is_positive() -> None:
    found, low, high = quantized_act(torch.tensor([-128, -1, 0, 1, 127], dtype=I8), *ends(-2, 1), "relu")
    assert (found.tolist(), low.item(), high.item()) == ([0, 0, 0, 1, 127], -2.0, 1.0)
    assert quantized_act(torch.tensor([0, 200], dtype=U8), *ends(0, 1), "relu")[0].tolist() == [0, 200]
    with pytest.raises(ArgumentError, match="quantized_act: act_type must be 'relu', got 'tanh'"):
        quantized_act(levels(2), *ends(-1, 1), "tanh")


def test_flatten_keeps_the_first_axis() -> None:
    data = levels(2, 3, 4)
    assert torch.equal(quantized_flatten(data, *ends(-1, 1))[0], data.reshape(2, 12))
    assert quantized_flatten(torch.ones(3), *ends(-1, 1))[0].shape == (3, 1)
    with pytest.raises(ArgumentTypeError, match=r"data must hold int8, uint8 or float32, got torch.int32"):
        quantized_flatten(data.int(), *ends(-1, 1))
    with pytest.raises(ShapeError, match=r"data must have an axis or more, got shape \(\)"):
        quantized_flatten(torch.tensor(1, dtype=I8), *ends(-1, 1))


def test_embedding_takes_rows() -> None:
    table = levels(4, 2)
    found = quantized_embedding(torch.tensor([[0.9, 3.0], [-2.0, 9.0]]), table, *ends(-1, 1), 4, 2)[0]
    assert torch.equal(found, table[torch.tensor([[0, 3], [0, 3]])])
    with pytest.raises(ShapeError, match=r"weight must have shape \(5, 2\), got \(4, 2\)"):
        quantized_embedding(torch.zeros(1), table, *ends(-1, 1), 5, 2)
    with pytest.raises(ArgumentTypeError, match=r"quantized_embedding: weight must hold int8, got torch.uint8"):
        quantized_embedding(torch.zeros(1), table.to(U8), *ends(-1, 1), 4, 2)


# Joining


def test_levels_of_one_range_are_joined_as_they_are() -> None:
    one, two = levels(2, 3, dtype=U8), levels(2, 3, dtype=U8)
    assert torch.equal(quantized_concat(one, two, *ends(0, 2, 0, 2), dim=0)[0], torch.cat([one, two]))


@pytest.mark.parametrize("kinds", [(I8, I8), (U8, U8), (I8, U8), (U8, I8, U8)], ids=str)
def test_joined_levels_stand_for_what_they_stood_for(kinds: tuple[torch.dtype, ...]) -> None:
    arrays = [levels(2, 5, dtype=kind) for kind in kinds]
    ranges = [(-1.0, 2.0), (-3.0, 1.0), (-0.5, 0.25)][: len(kinds)]
    found, low, high = quantized_concat(*arrays, *ends(*[end for both in ranges for end in both]))
    reals = [
        array.numpy() * ((own[1] - own[0]) / 255) + own[0] if kind == U8 else array.numpy() * (max(map(abs, own)) / 127)
        for array, kind, own in zip(arrays, kinds, ranges, strict=True)
    ]
    assert (low.item(), high.item()) == (-3.0, 2.0)
    if I8 in kinds:
        assert found.dtype == I8
        back, step = found.numpy() * (3 / 127), 3 / 127
    else:
        assert found.dtype == U8
        back, step = found.numpy() * (5 / 255) - 3, 5 / 255
    # -128 lies beyond the range of 127 levels, and becomes its end.
    np.testing.assert_allclose(
        back, np.clip(np.concatenate(reals, 1), -3, 2 if I8 not in kinds else 3), atol=step * 0.5001
    )


def test_a_graph_counts_arrays_without_their_ranges() -> None:
    inputs = [sym.var(name) for name in ("a", "b", "c", "low_a", "high_a", "low_b", "high_b", "low_c", "high_c")]
    text = sym.contrib.quantized_concat(*inputs, dim=0, name="joined").tojson()
    assert '"num_args": "3"' in text
    graph = sym.load_json(text)
    arrays = [nd.array([[1, 2]], dtype="int8")] * 3 + [nd.array([end]) for end in (-1, 1, -1, 1, -1, 1)]
    found = graph.eval(**dict(zip(graph.list_arguments(), arrays, strict=True)))
    assert found[0].asnumpy().tolist() == [[1, 2]] * 3
    assert nd.contrib.quantized_concat(*arrays, num_args=3, dim="0")[0].shape == (3, 2)


def test_concat_refuses_what_does_not_fit() -> None:
    one = levels(2, 3)
    with pytest.raises(ArgumentError, match="data must be n arrays and then n pairs of min and max, got 5 arrays"):
        quantized_concat(one, one, *ends(-1, 1, -1))
    with pytest.raises(ArgumentError, match=r"dim must be an axis of data of shape \(2, 3\), got 2"):
        quantized_concat(one, one, *ends(-1, 1, -1, 1), dim=2)
    with pytest.raises(ShapeError, match=r"differ on axis 1 alone, got \[\(2, 3\), \(1, 3\)\]"):
        quantized_concat(one, one[:1], *ends(-1, 1, -1, 1))


# Batch normalisation

STATISTICS = [
    torch.tensor(values) for values in ([1.5, -0.5, 2.0], [0.25, 0.0, -1.0], [0.5, -0.5, 0.0], [4.0, 0.25, 1.0])
]


@pytest.mark.parametrize("fix_gamma", [True, False])
@pytest.mark.parametrize("dtype", [I8, U8], ids=str)
def test_batch_norm_equals_definition(dtype: torch.dtype, fix_gamma: bool) -> None:
    data = levels(2, 3, 4, dtype=dtype)
    found = quantized_batch_norm(
        data, *STATISTICS, *ends(-1, 2), eps=0.5, fix_gamma=fix_gamma, min_calib_range=-3.0, max_calib_range=2.0
    )
    reals = data.double() * 3 / 255 - 1 if dtype == U8 else data.double() * 2 / 127
    gamma, beta, mean, var = (one.double()[:, None] for one in STATISTICS)
    expected = (reals - mean) / torch.sqrt(var + 0.5) * (1 if fix_gamma else gamma) + beta
    np.testing.assert_allclose(found[0].double().numpy() * 3 / 127, expected.clamp(-3, 3), atol=3 / 127 * 0.5001)
    assert (found[1].item(), found[2].item()) == (-3.0, 2.0)


def test_batch_norm_leaves_the_averages_alone() -> None:
    states = [one.clone() for one in STATISTICS]
    nd.contrib.quantized_batch_norm(
        nd.array([[1, 2, 3]], dtype="int8"),
        *map(nd.NDArray, states),
        nd.array([-1]),
        nd.array([1]),
        min_calib_range=-1.0,
        max_calib_range=1.0,
    )
    assert all(torch.equal(one, other) for one, other in zip(states, STATISTICS, strict=True))
    graph = sym.contrib.quantized_batch_norm(sym.var("data"), name="bn")
    assert graph.list_auxiliary_states() == ["bn_moving_mean", "bn_moving_var"]


def test_batch_norm_along_the_last_axis() -> None:
    data, options = levels(2, 3, 4), {"min_calib_range": -3.0, "max_calib_range": 2.0}
    expected = quantized_batch_norm(data, *STATISTICS, *ends(-1, 2), **options)[0]
    found = quantized_batch_norm(data.movedim(1, -1), *STATISTICS, *ends(-1, 2), axis=-1, **options)[0]
    assert torch.equal(found.movedim(-1, 1), expected)


def test_batch_norm_refuses_what_does_not_fit() -> None:
    data, options = levels(2, 3), {"min_calib_range": -3.0, "max_calib_range": 2.0}
    with pytest.raises(ArgumentError, match=r"max_calib_range must both be given, got None and 1\.0"):
        quantized_batch_norm(data, *STATISTICS, *ends(-1, 1), max_calib_range=1.0)
    with pytest.raises(ShapeError, match=r"data must have two axes or more, 2 among them, got shape \(2, 3\)"):
        quantized_batch_norm(data, *STATISTICS, *ends(-1, 1), axis=2, **options)
    with pytest.raises(ShapeError, match=r"gamma must have shape \(2,\), got \(3,\)"):
        quantized_batch_norm(data, *STATISTICS, *ends(-1, 1), axis=0, **options)


# Shapes of graphs


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (sym.contrib.quantized_pooling(sym.var("data"), kernel=(2, 2)), (2, 3, 4, 4)),
        (sym.contrib.quantized_act(sym.var("data"), act_type="relu"), (2, 3, 5, 5)),
        (sym.contrib.quantized_flatten(sym.var("data")), (2, 75)),
        (sym.contrib.dequantize(sym.var("data")), (2, 3, 5, 5)),
        (sym.contrib.requantize(sym.var("data")), (2, 3, 5, 5)),
        (sym.contrib.quantize(sym.var("data")), (2, 3, 5, 5)),
        (sym.contrib.quantized_batch_norm(sym.var("data"), min_calib_range=0, max_calib_range=1), (2, 3, 5, 5)),
        (sym.contrib.quantized_elemwise_add(sym.var("data"), sym.var("data")), (2, 3, 5, 5)),
        (sym.contrib.quantized_elemwise_mul(sym.var("data"), sym.var("data")), (2, 3, 5, 5)),
        (sym.contrib.quantized_embedding(sym.var("data"), input_dim=4, output_dim=7), (2, 3, 5, 5, 7)),
    ],
    ids=lambda value: value.name if isinstance(value, sym.Symbol) else "",
)
def test_shapes_follow_without_types(graph: sym.Symbol, expected: tuple[int, ...]) -> None:
    assert graph.infer_shape(data=(2, 3, 5, 5))[1][0] == expected
