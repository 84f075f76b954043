"""DeformableConvolution and ModulatedDeformableConvolution, held against loops over taps."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from regluon import th
from regluon.core.errors import ArgumentError, ArgumentTypeError, NotSupportedError, ShapeError
from regluon.ops.registry import find

first, second = th.contrib.DeformableConvolution, th.contrib.ModulatedDeformableConvolution


def read_to_the_end(plane: np.ndarray, y: float, x: float) -> float:
    """Interpolate within ``[0, H)`` and ``[0, W)``; the last row and column go on to the end."""
    height, width = plane.shape
    if not (0 <= y < height and 0 <= x < width):
        return 0
    top, left = math.floor(y), math.floor(x)
    bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
    fy, fx = (y - top if bottom > top else 0), (x - left if right > left else 0)
    upper = plane[top, left] * (1 - fx) + plane[top, right] * fx
    lower = plane[bottom, left] * (1 - fx) + plane[bottom, right] * fx
    return upper * (1 - fy) + lower * fy


def read_with_zeros(plane: np.ndarray, y: float, x: float) -> float:
    """Interpolate in a plane that goes on with zeros."""
    padded = np.pad(plane, 2)
    if not (-1 < y < plane.shape[0] and -1 < x < plane.shape[1]):
        return 0
    return read_to_the_end(padded, y + 2, x + 2)


def slow_convolution(
    arrays: list[np.ndarray | None],
    stride: tuple[int, int],
    dilate: tuple[int, int],
    pad: tuple[int, int],
    groups: int,
    offset_groups: int,
) -> np.ndarray:
    data, offset, mask, weight, bias = arrays
    read = read_to_the_end if mask is None else read_with_zeros
    filters, per_group, kernel_y, kernel_x = weight.shape
    per_offset = data.shape[1] // offset_groups
    out = np.zeros((len(data), filters, *offset.shape[2:]))
    for b, f, y, x in np.ndindex(out.shape):
        total = bias[f]
        for c, i, j in np.ndindex(per_group, kernel_y, kernel_x):
            channel = f // (filters // groups) * per_group + c
            tap = (channel // per_offset * kernel_y + i) * kernel_x + j
            at_y = y * stride[0] - pad[0] + i * dilate[0] + offset[b, 2 * tap, y, x]
            at_x = x * stride[1] - pad[1] + j * dilate[1] + offset[b, 2 * tap + 1, y, x]
            factor = 1 if mask is None else mask[b, tap, y, x]
            total += weight[f, c, i, j] * factor * read(data[b, channel], at_y, at_x)
        out[b, f, y, x] = total
    return out


RULES = {
    "plain": {"kernel": (3, 3), "pad": (1, 1)},
    "stride, dilation, pad": {"kernel": (2, 3), "stride": (2, 1), "dilate": (1, 2), "pad": (0, 2)},
    "groups": {"kernel": (2, 2), "num_group": 2, "num_deformable_group": 4},
    "offset groups": {"kernel": (1, 2), "num_group": 4, "num_deformable_group": 2},
}


def problem(rule: dict[str, Any], modulated: bool, images: int = 2, size: tuple[int, int] = (5, 6)) -> list[Tensor]:
    """Draw arrays for a rule: four channels in, four out; offsets reach over the border."""
    kernel, groups = rule["kernel"], rule.get("num_group", 1)
    strides, dilates, pads = (rule.get(name, default) for name, default in
                              (("stride", (1, 1)), ("dilate", (1, 1)), ("pad", (0, 0))))  # fmt: skip
    out = [
        (x + 2 * p - d * (k - 1) - 1) // s + 1
        for x, k, s, d, p in zip(size, kernel, strides, dilates, pads, strict=True)
    ]
    taps = rule.get("num_deformable_group", 1) * math.prod(kernel)
    shapes = [(images, 4, *size), (images, 2 * taps, *out), (images, taps, *out), (4, 4 // groups, *kernel), (4,)]
    arrays = [torch.randn(shape, dtype=torch.float64) for shape in shapes]
    arrays[1] *= 1.5
    return arrays if modulated else [*arrays[:2], *arrays[3:]]


@pytest.mark.parametrize("modulated", [False, True])
@pytest.mark.parametrize("name", RULES)
def test_equals_its_definition(name: str, modulated: bool) -> None:
    rule, arrays = RULES[name], problem(RULES[name], modulated)
    found = (second if modulated else first)(*arrays, num_filter=4, **rule)
    mask = [arrays[2].numpy()] if modulated else [None]
    parts = [one.numpy() for one in arrays]
    steps = (rule.get(key, default) for key, default in (("stride", (1, 1)), ("dilate", (1, 1)), ("pad", (0, 0))))
    groups = (rule.get("num_group", 1), rule.get("num_deformable_group", 1))
    expected = slow_convolution([*parts[:2], *mask, *parts[-2:]], *steps, *groups)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_without_offsets_it_is_a_convolution(dtype: torch.dtype) -> None:
    data, weight, bias = (torch.randn(shape, dtype=dtype) for shape in ((2, 6, 8, 9), (4, 3, 3, 2), (4,)))
    steps = {"stride": (2, 1), "dilate": (1, 2)}
    expected = functional.conv2d(data, weight, bias, dilation=(1, 2), stride=(2, 1), groups=2)
    rule = {"kernel": (3, 2), "num_filter": 4, "num_group": 2, **steps}
    offset = torch.zeros(2, 12, *expected.shape[2:], dtype=dtype)
    torch.testing.assert_close(first(data, offset, weight, bias, **rule), expected)
    torch.testing.assert_close(second(data, offset, torch.ones_like(offset[:, :6]), weight, bias, **rule), expected)


@pytest.mark.parametrize(
    ("shift", "ends", "with_zeros"),
    [(-1, 0, 0), (-0.5, 0, 0.5), (0, 1, 1), (0.5, 2, 2), (1, 3, 3), (1.5, 3, 1.5), (1.99, 3, 0.03), (2, 0, 0)],
)
def test_values_of_mxnet_at_the_border(shift: float, ends: float, with_zeros: float) -> None:
    data, weight = torch.tensor([[[[1.0, 2], [3, 4]]]]), torch.ones(1, 1, 1, 1)
    offset = torch.tensor([shift, 0.0]).reshape(1, 2, 1, 1).expand(1, 2, 2, 2)
    rule = {"kernel": (1, 1), "num_filter": 1, "no_bias": True}
    assert first(data, offset, weight, **rule)[0, 0, 0, 0].item() == ends
    found = second(data, offset, torch.ones(1, 1, 2, 2), weight, **rule)
    assert found[0, 0, 0, 0].item() == pytest.approx(with_zeros, abs=1e-6)


@pytest.mark.parametrize("modulated", [False, True])
@pytest.mark.parametrize("name", ["plain", "groups"])
def test_gradients_are_the_derivatives(name: str, modulated: bool) -> None:
    arrays = [one.requires_grad_() for one in problem(RULES[name], modulated, images=1, size=(3, 2))]
    # In the middle between two pixels at the nearest: there the slopes change.
    arrays[1].data = arrays[1].data.floor() + 0.1 + 0.8 * torch.rand_like(arrays[1])
    run = second if modulated else first
    assert torch.autograd.gradcheck(lambda *given: run(*given, num_filter=4, **RULES[name]), arrays)


def test_slopes_on_a_pixel_are_those_on_its_right_and_none_beyond_the_last() -> None:
    data, weight = torch.tensor([[[[1.0, 2, 4]]]]), torch.ones(1, 1, 1, 1)
    rule = {"kernel": (1, 1), "num_filter": 1, "no_bias": True}
    offset = torch.zeros(1, 2, 1, 3, requires_grad=True)
    first(data, offset, weight, **rule).sum().backward()
    assert offset.grad.tolist() == [[[[0, 0, 0]], [[1, 2, 0]]]]
    offset = torch.zeros(1, 2, 1, 3, requires_grad=True)
    second(data, offset, torch.ones(1, 1, 1, 3), weight, **rule).sum().backward()
    # Below the only row and beyond the last column there are zeros.
    assert offset.grad.tolist() == [[[[-1, -2, -4]], [[1, 2, -4]]]]


@pytest.mark.parametrize("modulated", [False, True])
def test_no_images(modulated: bool) -> None:
    arrays = [one.requires_grad_() for one in problem(RULES["plain"], modulated, images=0)]
    found = (second if modulated else first)(*arrays, num_filter=4, **RULES["plain"])
    assert found.shape == (0, 4, 5, 6)
    found.sum().backward()
    assert all(not one.grad.any() for one in arrays)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("modulated", [False, True])
def test_half_precision(dtype: torch.dtype, modulated: bool) -> None:
    arrays = [one.to(dtype) for one in problem(RULES["plain"], modulated)]
    run = second if modulated else first
    found = run(*arrays, num_filter=4, **RULES["plain"])
    assert found.dtype == dtype
    expected = run(*(one.double() for one in arrays), num_filter=4, **RULES["plain"])
    torch.testing.assert_close(found.double(), expected, rtol=3e-2, atol=6e-2)


@pytest.mark.parametrize("modulated", [False, True])
def test_compiles(modulated: bool) -> None:
    arrays = [one.float().requires_grad_() for one in problem(RULES["groups"], modulated)]

    def run(*given: Tensor) -> Tensor:
        return (second if modulated else first)(*given, num_filter=4, **RULES["groups"])

    found = torch.compile(run, fullgraph=True, backend="eager")(*arrays)
    torch.testing.assert_close(found, run(*arrays))
    gradients = torch.autograd.grad(found.sum(), arrays)
    for one, other in zip(gradients, torch.autograd.grad(run(*arrays).sum(), arrays), strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("name", ["_contrib_DeformableConvolution", "_contrib_ModulatedDeformableConvolution"])
def test_a_symbol_finds_the_shapes_of_its_weights(name: str) -> None:
    entry = find(name)
    given = entry.fill({"kernel": (3, 2), "num_filter": 8, "num_group": 2})
    assert entry.complete is not None
    assert entry.complete({"data": (1, 6, 9, 9)}, given) == {"weight": (8, 3, 3, 2), "bias": (8,)}
    assert entry.complete({"data": None}, given) == {}
    assert list(entry.omit({**given, "no_bias": True})) == ["bias"]
    assert not entry.omit(given)


SHAPES = {"data": (2, 4, 5, 5), "offset": (2, 18, 5, 5), "weight": (6, 4, 3, 3), "bias": (6,)}
RULE = {"kernel": (3, 3), "pad": (1, 1), "num_filter": 6}


@pytest.mark.parametrize(
    ("shapes", "attrs", "error", "words"),
    [
        ({}, {"kernel": (3,)}, NotSupportedError, r"kernel must have two axes .*got kernel=\(3,\), layout=None"),
        ({}, {"kernel": (3, 3, 3)}, NotSupportedError, r"kernel must have two axes .*got kernel=\(3, 3, 3\)"),
        ({}, {"layout": "NCDHW"}, NotSupportedError, r"layout be 'NCHW', got kernel=\(3, 3\), layout='NCDHW'"),
        ({}, {"layout": "NHWC"}, ArgumentError, "layout must be one of 'NCW', 'NCHW', 'NCDHW'"),
        ({}, {"stride": (1,)}, ShapeError, r"stride must have one number for each axis of kernel=\(3, 3\), got \(1,\)"),
        ({}, {"stride": (0, 1)}, ArgumentError, r"at least 1 and pad at least 0, got \(3, 3\), \(0, 1\), \(1, 1\) and"),
        ({}, {"pad": (-1, 1)}, ArgumentError, r"pad at least 0, got .* and \(-1, 1\)"),
        ({}, {"num_filter": 0}, ArgumentError, "num_filter must be an int >= 1, got 0"),
        ({}, {"no_bias": True}, ArgumentError, r"bias must be left out, as no_bias is true, got \(6,\)"),
        ({"bias": None}, {}, ArgumentError, "bias must be given, unless no_bias is true, got None"),
        ({"data": (4, 5, 5)}, {}, ShapeError, r"data must be \(B, C, H, W\), no axis but B being 0, got shape \(4, 5"),
        ({"data": (2, 0, 5, 5)}, {}, ShapeError, r"no axis but B being 0, got shape \(2, 0, 5, 5\)"),
        ({}, {"num_group": 3}, ArgumentError, "num_group must divide the channels .*got num_group=3"),
        ({}, {"num_group": 4}, ArgumentError, "got num_group=4, num_deformable_group=1 and num_filter=6"),
        ({}, {"num_deformable_group": 3}, ArgumentError, "num_deformable_group the channels, got .*_group=3 and"),
        ({"weight": (6, 3, 3, 3)}, {}, ShapeError, r"weight must be .* = \(6, 4, 3, 3\) .*, got \(6, 3, 3, 3\)"),
        ({"bias": (5,)}, {}, ShapeError, r"bias must be \(num_filter,\) = \(6,\), got \(5,\)"),
        ({"data": (2, 4, 1, 5)}, {"pad": (0, 0)}, ShapeError, r"kernel must fit into the padded data, got kernel=\(3,"),
        (
            {"offset": (2, 17, 5, 5)},
            {},
            ShapeError,
            r"offset must be .*Ho, Wo\) = \(2, 18, 5, 5\) .*got \(2, 17, 5, 5\)",
        ),
        ({"offset": (2, 18, 4, 5)}, {}, ShapeError, r"= \(2, 18, 5, 5\) for data .*got \(2, 18, 4, 5\)"),
        ({"offset": (1, 18, 5, 5)}, {}, ShapeError, r"= \(2, 18, 5, 5\) for data .*got \(1, 18, 5, 5\)"),
    ],
)
def test_both_refuse(shapes: dict[str, Any], attrs: dict[str, Any], error: type[Exception], words: str) -> None:
    arrays = {name: None if shape is None else torch.zeros(shape) for name, shape in {**SHAPES, **shapes}.items()}
    with pytest.raises(error, match=f"DeformableConvolution: .*{words}"):
        first(**arrays, **{**RULE, **attrs})
    with pytest.raises(error, match=f"ModulatedDeformableConvolution: .*{words}"):
        second(**arrays, mask=torch.zeros(2, 9, 5, 5), **{**RULE, **attrs})


def test_refuses_ints() -> None:
    arrays = [torch.zeros(shape) for shape in SHAPES.values()]
    with pytest.raises(
        ArgumentTypeError, match=r"all inputs must hold floats, got torch\.float32, torch\.int32, torch"
    ):
        first(arrays[0], arrays[1].int(), *arrays[2:], **RULE)


@pytest.mark.parametrize(
    ("mask", "attrs", "error", "words"),
    [
        ((2, 8, 5, 5), {}, ShapeError, r"mask must be \(B, 1 \* num_deformable_group \* kernel, .* got \(2, 8, 5, 5\)"),
        ((2, 9, 5, 4), {}, ShapeError, r"mask must be .*= \(2, 9, 5, 5\) for data of .* got \(2, 9, 5, 4\)"),
        (
            (2, 9, 5, 5),
            {"num_deformable_group": 4},
            ArgumentError,
            "num_filter must be a multiple of .*_group=4, got 6",
        ),
    ],
)
def test_modulated_refuses(mask: tuple, attrs: dict[str, Any], error: type[Exception], words: str) -> None:
    arrays = {name: torch.zeros(shape) for name, shape in SHAPES.items()}
    with pytest.raises(error, match=f"ModulatedDeformableConvolution: .*{words}"):
        second(**arrays, mask=torch.zeros(mask), **{**RULE, **attrs})


@pytest.mark.parametrize(("images", "step", "fine"), [(3, 2, False), (4, 2, True), (2, 2, True), (1, 2, True)])
def test_a_batch_is_small_or_a_multiple_of_the_step(images: int, step: int, fine: bool) -> None:
    shapes = [(images, *SHAPES["data"][1:]), (images, 18, 5, 5), (images, 9, 5, 5), SHAPES["weight"], SHAPES["bias"]]
    arrays = [torch.zeros(shape) for shape in shapes]
    if fine:
        assert second(*arrays, im2col_step=step, **RULE).shape == (images, 6, 5, 5)
    else:
        with pytest.raises(ShapeError, match="a batch of at most im2col_step=2 or a multiple of it, got 3"):
            second(*arrays, im2col_step=step, **RULE)
