"""Adaptive pooling and bilinear resizing, held against loops over output pixels; sizes by mode as MXNet takes them."""

import math

import numpy as np
import pytest
import torch

from regluon import th
from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.ops.registry import find

pool, resize = th.contrib.AdaptiveAvgPooling2D, th.contrib.BilinearResize2D


@pytest.mark.parametrize("size", [(3, 2), (1, 1), (5, 7), (9, 8), (4, 1)], ids=str)
def test_adaptive_pooling_equals_its_definition(size: tuple[int, int]) -> None:
    data = torch.randn(2, 2, 5, 7, dtype=torch.float64)
    found = pool(data, output_size=size)
    for i, j in np.ndindex(size):
        rows = slice(math.floor(i * 5 / size[0]), math.ceil((i + 1) * 5 / size[0]))
        columns = slice(math.floor(j * 7 / size[1]), math.ceil((j + 1) * 7 / size[1]))
        torch.testing.assert_close(found[..., i, j], data[..., rows, columns].mean((2, 3)))


@pytest.mark.parametrize(
    ("size", "shape"), [((), (1, 1)), (3, (3, 3)), ((2,), (2, 2)), ((2, 3, 4), (1, 1)), (0, (0, 0))]
)
def test_adaptive_sizes_as_in_mxnet(size: object, shape: tuple[int, int]) -> None:
    assert pool(torch.zeros(1, 1, 4, 5), output_size=size).shape == (1, 1, *shape)


def axis_weights(size: int, new: int, align_corners: bool) -> np.ndarray:
    """Give the matrix that resizes one axis."""
    weights = np.zeros((new, size))
    # The output of size 1 takes the first pixel.
    ends = (size - 1, new - 1) if align_corners else (size, new)
    scale = ends[0] / ends[1] if new > 1 else 0
    for i in range(new):
        place = i * scale if align_corners else max(0, scale * (i + 0.5) - 0.5)
        low = int(place)
        weights[i, low] += 1 - (place - low)
        weights[i, min(low + 1, size - 1)] += place - low
    return weights


@pytest.mark.parametrize("align_corners", [True, False])
@pytest.mark.parametrize("size", [(1, 1), (1, 4), (3, 1), (2, 9), (5, 6), (8, 3), (4, 5)], ids=str)
def test_resize_equals_its_definition(size: tuple[int, int], align_corners: bool) -> None:
    data = torch.randn(2, 2, 4, 5, dtype=torch.float64)
    found = resize(data, height=size[0], width=size[1], align_corners=align_corners)
    rows, columns = (axis_weights(old, new, align_corners) for old, new in zip((4, 5), size, strict=True))
    np.testing.assert_allclose(found, rows @ data.numpy() @ columns.T, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("shape", "attrs", "size"),
    [
        ((4, 5), {}, (1, 1)),
        ((4, 5), {"height": 3, "width": 7}, (3, 7)),
        ((4, 5), {"scale_height": 1.7, "scale_width": 0.5}, (6, 2)),
        ((4, 5), {"scale_height": 2.0, "width": 3}, (8, 3)),
        ((4, 5), {"height": 3, "scale_width": 2.0}, (3, 10)),
        ((5, 8), {"mode": "odd_scale", "scale_height": 2, "scale_width": 2}, (9, 16)),
        ((5, 8), {"mode": "odd_scale", "scale_height": 0.5, "scale_width": 0.5}, (3, 4)),
        ((7, 9), {"mode": "odd_scale", "scale_height": 0.4, "scale_width": 0.4}, (3, 4)),
        ((3, 3), {"mode": "odd_scale", "scale_height": 1.7, "scale_width": 1.7}, (4, 4)),
        ((4, 5), {"mode": "to_even_down"}, (4, 4)),
        ((4, 5), {"mode": "to_even_up"}, (4, 6)),
        ((4, 5), {"mode": "to_odd_down"}, (3, 5)),
        ((4, 5), {"mode": "to_odd_up"}, (5, 5)),
    ],
)
def test_sizes_by_mode(shape: tuple[int, int], attrs: dict, size: tuple[int, int]) -> None:
    assert resize(torch.zeros(1, 1, *shape), **attrs).shape == (1, 1, *size)


def test_like_takes_the_size_and_gets_no_gradient() -> None:
    data, like = torch.randn(2, 3, 4, 5, requires_grad=True), torch.randn(1, 7, 6, 3, requires_grad=True)
    found = resize(data, like, mode="like", align_corners=False)
    torch.testing.assert_close(found, resize(data, height=6, width=3, align_corners=False))
    found.sum().backward()
    assert like.grad is None


def test_the_same_size_is_a_copy() -> None:
    data = torch.randn(1, 1, 3, 3)
    found = resize(data, height=3, width=3)
    torch.testing.assert_close(found, data)
    found.zero_()
    assert data.any()


@pytest.mark.parametrize(
    "attrs", [{"height": 5, "width": 1}, {"height": 1, "width": 2}, {"height": 3, "width": 3}], ids=str
)
@pytest.mark.parametrize("align_corners", [True, False])
def test_gradients_of_resize_are_the_derivatives(attrs: dict, align_corners: bool) -> None:
    data = torch.randn(1, 2, 3, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: resize(x, align_corners=align_corners, **attrs), [data])


def test_gradients_of_adaptive_pooling_are_the_derivatives() -> None:
    data = torch.randn(1, 2, 5, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: pool(x, output_size=(3, 2)), [data])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision(dtype: torch.dtype) -> None:
    data = torch.randn(1, 2, 5, 4).to(dtype)
    for run in (lambda x: pool(x, output_size=(2, 3)), lambda x: resize(x, height=3, width=7)):
        found = run(data)
        assert found.dtype == dtype
        torch.testing.assert_close(found.double(), run(data.double()), rtol=2e-2, atol=2e-2)


def test_a_symbol_has_like_only_in_its_mode() -> None:
    entry = find("_contrib_BilinearResize2D")
    assert list(entry.omit(entry.fill({}))) == ["like"]
    assert not entry.omit(entry.fill({"mode": "like"}))


def test_adaptive_pooling_refuses() -> None:
    with pytest.raises(ShapeError, match=r"^AdaptiveAvgPooling2D: data must be \(N, C, H, W\), got shape \(1, 2, 2\)"):
        pool(torch.zeros(1, 2, 2))
    with pytest.raises(ArgumentTypeError, match=r"^AdaptiveAvgPooling2D: data must hold floats, got torch\.int32"):
        pool(torch.zeros(1, 1, 2, 2, dtype=torch.int32))


IMAGE = torch.zeros(1, 1, 2, 3)


@pytest.mark.parametrize(
    ("data", "like", "attrs", "error", "words"),
    [
        (IMAGE[0], None, {}, ShapeError, r"data must be \(N, C, H, W\), got shape \(1, 2, 3\)"),
        (IMAGE.int(), None, {}, ArgumentTypeError, "data must hold floats, got torch.int32"),
        (
            IMAGE,
            None,
            {"mode": "like"},
            ArgumentError,
            "like must be given for mode='like', and only then, got mode='like'",
        ),
        (IMAGE, IMAGE, {}, ArgumentError, "like must be given for mode='like', and only then, got mode='size'"),
        (IMAGE, IMAGE[0], {"mode": "like"}, ShapeError, r"like must be \(N, C, H, W\), got shape \(1, 2, 3\)"),
        (
            IMAGE,
            None,
            {"mode": "odd_scale", "scale_height": 2.0},
            ArgumentError,
            "scale_height and scale_width must be given for mode='odd_scale', got None",
        ),
        (IMAGE, None, {"scale_height": 0.25}, ShapeError, r"a height and width of 1 or more, got \(0, 1\)"),
        (IMAGE, None, {"height": 0}, ArgumentError, "height must be an int >= 1, got 0"),
    ],
)
def test_resize_refuses(data: object, like: object, attrs: dict, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=f"BilinearResize2D: .*{words}"):
        resize(data, like, **attrs)
