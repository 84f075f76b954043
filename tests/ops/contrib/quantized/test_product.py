"""Convolution and the fully connected layer on levels: equal to loops over whole numbers, on every path."""

from itertools import product as places
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from regluon import sym
from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.ops.contrib.quantized import product
from regluon.quantization import dialect
from regluon.th.contrib import quantized_conv, quantized_fully_connected

F = np.float32


def ends(*numbers: float) -> list[Tensor]:
    return [torch.tensor([number], dtype=torch.float32) for number in numbers]


def levels(*shape: int, dtype: torch.dtype = torch.int8) -> Tensor:
    low = -128 if dtype == torch.int8 else 0
    return torch.randint(low, low + 256, shape, dtype=dtype)


@pytest.fixture(params=["fast", "exact anywhere"])
def _path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the way of processors that add products in 32 bits, where this is one, and that of all others."""
    if request.param != "fast":
        monkeypatch.setattr(product, "_EXACT", False)


def correlate(data: np.ndarray, weight: np.ndarray, stride: Any, dilate: Any, pad: Any) -> np.ndarray:
    """Add up products tap by tap."""
    axes = data.ndim - 2
    padded = np.pad(data.astype(np.int64), [(0, 0), (0, 0), *[(width, width) for width in pad]])
    kernel = weight.shape[2:]
    sizes = [(padded.shape[2 + a] - dilate[a] * (kernel[a] - 1) - 1) // stride[a] + 1 for a in range(axes)]
    found = np.zeros((data.shape[0], weight.shape[0], *sizes), np.int64)
    for at in places(*map(range, sizes)):
        for tap in places(*map(range, kernel)):
            spot = tuple(at[a] * stride[a] + tap[a] * dilate[a] for a in range(axes))
            found[(slice(None), slice(None), *at)] += padded[(..., *spot)] @ weight[(..., *tap)].astype(np.int64).T
    return found


CONVOLUTIONS: dict[str, dict[str, Any]] = {
    "plain": {"kernel": (3, 2)},
    "stride": {"kernel": (3, 2), "stride": (2, 1)},
    "pad": {"kernel": (3, 2), "pad": (1, 2)},
    "dilate": {"kernel": (2, 3), "dilate": (3, 2)},
    "all": {"kernel": (3, 2), "stride": (2, 3), "dilate": (1, 2), "pad": (2, 1)},
    "one axis": {"kernel": (3,), "pad": (1,)},
    "three axes": {"kernel": (2, 1, 3), "stride": (1, 2, 1)},
    "one tap": {"kernel": (1, 1)},
}


@pytest.mark.usefixtures("_path")
@pytest.mark.parametrize("dtype", [torch.int8, torch.uint8], ids=str)
@pytest.mark.parametrize("attributes", CONVOLUTIONS.values(), ids=CONVOLUTIONS)
def test_convolution_equals_definition(attributes: dict[str, Any], dtype: torch.dtype) -> None:
    kernel = attributes["kernel"]
    data, weight = levels(2, 5, *(7, 8, 4)[: len(kernel)], dtype=dtype), levels(3, 5, *kernel)
    found, low, high = quantized_conv(data, weight, *ends(0, 2, -1, 0.5), num_filter=3, no_bias=True, **attributes)
    whole = [
        attributes.get(name, (default,) * len(kernel)) for name, default in (("stride", 1), ("dilate", 1), ("pad", 0))
    ]
    np.testing.assert_array_equal(found.numpy(), correlate(data.numpy(), weight.numpy(), *whole))
    assert high.item() == pytest.approx(2 / (127 if dtype == torch.int8 else 255) / 127 * 2**31)
    assert low.item() == -high.item()


@pytest.mark.parametrize(("layout", "kernel"), [("NWC", (2,)), ("NHWC", (3, 2)), ("NDHWC", (2, 1, 2))])
def test_channels_last_equals_channels_first(layout: str, kernel: tuple[int, ...]) -> None:
    data, weight, bias = levels(2, 4, *(5, 6, 3)[: len(kernel)], dtype=torch.uint8), levels(3, 4, *kernel), levels(3)
    rest = (bias, *ends(0, 2, -1, 1, -1, 1))
    expected = quantized_conv(data, weight, *rest, kernel=kernel, num_filter=3, pad=(1,) * len(kernel))[0]
    found = quantized_conv(
        data.movedim(1, -1),
        weight.movedim(1, -1),
        *rest,
        kernel=kernel,
        num_filter=3,
        pad=(1,) * len(kernel),
        layout=layout,
    )[0]
    assert torch.equal(found.movedim(-1, 1), expected)


@pytest.mark.usefixtures("_path")
@pytest.mark.parametrize("dtype", [torch.int8, torch.uint8], ids=str)
def test_the_largest_products_are_exact(dtype: torch.dtype) -> None:
    ones = torch.full((1, 4096), 255 if dtype == torch.uint8 else -128, dtype=torch.int32).to(dtype)
    weight = torch.full((2, 4096), -128, dtype=torch.int8)
    found = quantized_fully_connected(ones, weight, *ends(0, 1, -1, 1), num_hidden=2, no_bias=True)[0]
    assert found.tolist() == [[4096 * -128 * (255 if dtype == torch.uint8 else -128)] * 2]


ORDERS = {
    "windows that share memory": (lambda: levels(9).unfold(0, 4, 1), lambda: levels(3, 4)),
    "one row of odd steps": (lambda: levels(5).as_strided((1, 5), (1, 1)), lambda: levels(3, 5)),
    "one weight of odd steps": (lambda: levels(3, 5), lambda: levels(5).as_strided((1, 5), (1, 1))),
    "one column": (lambda: levels(3, 1), lambda: levels(4, 1)),
    "turned": (lambda: levels(5, 3).mT, lambda: levels(5, 4).mT),
    "repeated": (lambda: levels(1, 5).expand(3, 5), lambda: levels(1, 5).expand(4, 5)),
}


@pytest.mark.usefixtures("_path")
@pytest.mark.parametrize("lowered", [True, False])
@pytest.mark.parametrize(("rows", "weight"), ORDERS.values(), ids=ORDERS)
def test_products_of_any_order_in_memory(rows: Any, weight: Any, lowered: bool) -> None:
    left, right = rows(), weight()
    wanted = (left.numpy().astype(np.int64) + 128 * lowered) @ right.numpy().astype(np.int64).T
    np.testing.assert_array_equal(product.multiply(left, right, lowered).numpy(), wanted)


@pytest.mark.usefixtures("_path")
@pytest.mark.parametrize("flatten", [True, False])
def test_fully_connected_equals_definition(flatten: bool) -> None:
    data, weight = levels(2, 3, 4, dtype=torch.uint8), levels(5, 12 if flatten else 4)
    found = quantized_fully_connected(data, weight, *ends(0, 2, -1, 1), num_hidden=5, no_bias=True, flatten=flatten)[0]
    rows = data.numpy().reshape(2, 12) if flatten else data.numpy()
    np.testing.assert_array_equal(found.numpy(), rows.astype(np.int64) @ weight.numpy().astype(np.int64).T)


@pytest.mark.parametrize("dtype", [torch.int8, torch.uint8], ids=str)
@pytest.mark.parametrize("layer", ["convolution", "fully connected"])
def test_the_bias_is_added_in_levels_of_the_product(layer: str, dtype: torch.dtype) -> None:
    data, weight, bias = levels(2, 6, dtype=dtype), levels(3, 6), levels(3)
    given = ends(0, 2, -1, 1, -3, 3)
    if layer == "convolution":
        found = quantized_conv(
            data[..., None, None], weight[..., None, None], bias, *given, kernel=(1, 1), num_filter=3
        )
        sums = found[0].flatten(1)
    else:
        found = quantized_fully_connected(data, weight, bias, *given, num_hidden=3)
        sums = found[0]
    step = found[2].item() / (2**31 - 1)
    added = sums.numpy() - data.numpy().astype(int) @ weight.numpy().astype(int).T
    # What each level stands for, less than one level off.
    np.testing.assert_allclose(
        added * step, np.broadcast_to(bias.numpy().astype(float) * 3 / 127, added.shape), atol=step
    )
    assert (np.abs(added * step) <= np.abs(bias.numpy().astype(float)) * 3 / 127 * (1 + 1e-6)).all(), (
        "fractions are cut off"
    )


@pytest.mark.parametrize("which", ["native", "onednn"])
def test_a_sum_beyond_int32_becomes_its_end(which: Any) -> None:
    data, weight, bias = (
        torch.ones(1, 2, dtype=torch.uint8),
        torch.ones(2, 2, dtype=torch.int8),
        torch.tensor([127, -128]),
    )
    with dialect(which):
        found = quantized_fully_connected(
            data, weight, bias.to(torch.int8), *ends(0, 1e-5, 0, 1e-5, -9, 9), num_hidden=2
        )
    # 2 + 2**31 - 1 is too much; -2**31 + 2 is not, but float32 cannot tell it from -2**31.
    assert found[0].tolist() == [[2147483647, -2147483646 if which == "native" else -2147483648]]


def test_both_dialects_differ_in_the_bias_alone() -> None:
    data, weight, bias = levels(2, 6, dtype=torch.uint8), levels(3, 6), levels(3)
    for no_bias, inputs in (
        (True, (data, weight, *ends(0, 2, -1, 1))),
        (False, (data, weight, bias, *ends(0, 2, -1, 1, -3, 3))),
    ):
        native = quantized_fully_connected(*inputs, num_hidden=3, no_bias=no_bias)
        with dialect("onednn"):
            onednn = quantized_fully_connected(*inputs, num_hidden=3, no_bias=no_bias)
        assert torch.equal(native[1], onednn[1])
        assert torch.equal(native[0], onednn[0]) is no_bias


def test_inputs_may_be_given_by_name() -> None:
    data, weight = levels(2, 6), levels(3, 6)
    low, high = ends(-1, 1)
    by_name = quantized_fully_connected(
        data=data,
        weight=weight,
        min_data=low,
        max_data=high,
        min_weight=low,
        max_weight=high,
        num_hidden=3,
        no_bias=True,
    )
    by_place = quantized_fully_connected(data, weight, low, high, low, high, num_hidden=3, no_bias=True)
    with_none = quantized_fully_connected(data, weight, None, low, high, low, high, num_hidden=3, no_bias=True)
    assert torch.equal(by_name[0], by_place[0])
    assert torch.equal(by_name[0], with_none[0])


def test_symbols_know_their_shapes() -> None:
    data = sym.var("data")
    layer = sym.contrib.quantized_conv(data, kernel=(3, 3), num_filter=4, name="conv")
    assert layer.list_arguments() == [
        "data",
        "conv_weight",
        "conv_bias",
        "conv_min_data",
        "conv_max_data",
        "conv_min_weight",
        "conv_max_weight",
        "conv_min_bias",
        "conv_max_bias",
    ]
    assert layer.list_outputs() == ["conv_output", "conv_min_output", "conv_max_output"]
    shapes, outputs, _ = layer.infer_shape(data=(2, 8, 5, 5))
    assert shapes == [(2, 8, 5, 5), (4, 8, 3, 3), (4,), *[(1,)] * 6]
    assert outputs == [(2, 4, 3, 3), (1,), (1,)]
    layer = sym.contrib.quantized_fully_connected(data, num_hidden=4, no_bias=True, name="fc")
    assert layer.list_arguments() == [
        "data",
        "fc_weight",
        "fc_min_data",
        "fc_max_data",
        "fc_min_weight",
        "fc_max_weight",
    ]
    assert layer.infer_shape(data=(2, 3, 5))[0][1] == (4, 15)


def test_what_does_not_fit_is_refused() -> None:
    data, weight, given = levels(1, 2, 4, 4), levels(3, 2, 2, 2), ends(-1, 1, -1, 1)
    options: dict[str, Any] = {"kernel": (2, 2), "num_filter": 3, "no_bias": True}
    with pytest.raises(ArgumentError, match="quantized_conv: num_group must be 1, got 2"):
        quantized_conv(data, weight, *given, **options, num_group=2)
    with pytest.raises(ShapeError, match=r"data must have two axes more than kernel=\(2, 2\), got shape"):
        quantized_conv(data[0], weight, *given, **options)
    with pytest.raises(ShapeError, match=r"weight must have shape \(3, 2, 2, 2\) for this data, got \(3, 2, 2, 1\)"):
        quantized_conv(data, weight[..., :1], *given, **options)
    with pytest.raises(ShapeError, match=r"kernel must fit into the padded data, got kernel=\(2, 2\), dilate=\(4, 1\)"):
        quantized_conv(data, weight, *given, **options, dilate=(4, 1))
    with pytest.raises(ArgumentError, match=r"bias must be given, unless no_bias is true, got None"):
        quantized_conv(data, weight, None, *given, **{**options, "no_bias": False})
    with pytest.raises(ArgumentError, match=r"bias must be left out, as no_bias is true, got \(3,\)"):
        quantized_conv(data, weight, levels(3), *given, **options)
    with pytest.raises(ShapeError, match=r"quantized_conv: bias must have shape \(3,\), got \(2,\)"):
        quantized_conv(data, weight, levels(2), *given, *ends(-1, 1), **{**options, "no_bias": False})
    with pytest.raises(ArgumentError, match="min and max of data, weight and bias must be given, got 2"):
        quantized_conv(data, weight, *given[:2], **options)
    with pytest.raises(ArgumentTypeError, match=r"quantized_conv: data must hold int8 or uint8, got torch.float32"):
        quantized_conv(data.float(), weight, *given, **options)
    with pytest.raises(ArgumentTypeError, match=r"quantized_conv: weight must hold int8, got torch.uint8"):
        quantized_conv(data, weight.to(torch.uint8), *given, **options)
    with pytest.raises(ShapeError, match=r"weight must have shape \(num_hidden, K\) = \(3, 32\) for data of shape"):
        quantized_fully_connected(data, levels(3, 31), *given, num_hidden=3, no_bias=True)
