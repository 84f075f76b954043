"""ROIAlign and RROIAlign, held against loops over samples."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from regluon import th
from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError

align, turned_align = th.contrib.ROIAlign, th.contrib.RROIAlign


def bilinear(image: np.ndarray, y: float, x: float) -> np.ndarray:
    """Interpolate ``(C, H, W)`` at a point; 0 more than 1 outside."""
    height, width = image.shape[1:]
    if not (-1 <= y <= height and -1 <= x <= width):
        return np.zeros(len(image))
    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
    top, left = int(y), int(x)
    bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
    fy, fx = y - top, x - left
    upper = image[:, top, left] * (1 - fx) + image[:, top, right] * fx
    lower = image[:, bottom, left] * (1 - fx) + image[:, bottom, right] * fx
    return upper * (1 - fy) + lower * fy


def slow_align(data: np.ndarray, rois: np.ndarray, pooled_size: tuple[int, int], scale: float, samples: int,
               sensitive: bool = False, aligned: bool = False) -> np.ndarray:  # fmt: skip
    """Average samples cell by cell, of upright regions and turned ones."""
    h, w = pooled_size
    channels = data.shape[1] // (h * w) if sensitive else data.shape[1]
    out = np.zeros((len(rois), channels, h, w))
    for r, (index, *place) in enumerate(rois):
        if not 0 <= index < len(data):
            continue
        if len(place) == 5:
            x, y, width, height = (value * scale for value in place[:4])
            angle = math.radians(place[4])
        else:
            x1, y1, x2, y2 = (value * scale - (0.5 if aligned else 0) for value in place)
            x, y, width, height, angle = x1, y1, x2 - x1, y2 - y1, None
        if not aligned:
            width, height = max(width, 1), max(height, 1)
        rows = samples if samples > 0 else math.ceil(height / h)
        columns = samples if samples > 0 else math.ceil(width / w)
        for i, j in np.ndindex(h, w):
            total = 0
            for a, b in np.ndindex(rows, columns):
                down, along = (i + (a + 0.5) / rows) * height / h, (j + (b + 0.5) / columns) * width / w
                if angle is not None:
                    down, along = down - height / 2, along - width / 2
                    down, along = (
                        down * math.cos(angle) - along * math.sin(angle),
                        along * math.cos(angle) + down * math.sin(angle),
                    )
                total = total + bilinear(data[int(index)], y + down, x + along)
            mean = total / (rows * columns)
            out[r, :, i, j] = mean.reshape(channels, h, w)[:, i, j] if sensitive else mean
    return out


ROIS = [
    [0.0, 0, 0, 3, 3],
    [1, 1, 1, 1, 1],
    [0, 5, 5, 9, 9],
    [1, -2, 0, 1, 2.5],
    [0, -9, -9, 30, 20],
    [1, 2.25, 0.5, 6.75, 4.5],
    [-1, 0, 0, 3, 3],
    [2, 0, 0, 3, 3],
]
TURNED = [
    [0.0, 2, 2, 3, 4, 0],
    [1, 3, 2.5, 5, 1, 30],
    [0, 4, 4, 2, 6, -100],
    [1, 0, 0, 9, 9, 450],
    [-1, 2, 2, 3, 3, 10],
    [0, 90, 90, 3, 3, 10],
]


@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize("samples", [-1, 0, 1, 3])
@pytest.mark.parametrize(("pooled_size", "scale"), [((2, 3), 1.0), ((1, 2), 0.5), ((3, 1), 0.25)])
def test_equals_its_definition(pooled_size: tuple[int, int], scale: float, samples: int, aligned: bool) -> None:
    rois = np.array(ROIS)
    if aligned:
        rois[:, 3:] += 0.5  # regions without extent are refused
    for sensitive in (False, True):
        channels = math.prod(pooled_size) * 2 if sensitive else 3
        data = torch.randn(2, channels, 5, 6, dtype=torch.float64)
        found = align(
            data, torch.from_numpy(rois), pooled_size=pooled_size, spatial_scale=scale, sample_ratio=samples,
            position_sensitive=sensitive, aligned=aligned,
        )  # fmt: skip
        expected = slow_align(data.numpy(), rois, pooled_size, scale, samples, sensitive, aligned)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("samples", [-1, 1, 2])
@pytest.mark.parametrize(("pooled_size", "scale"), [((2, 3), 1.0), ((1, 1), 0.5), ((3, 2), 0.25)])
def test_turned_equals_its_definition(pooled_size: tuple[int, int], scale: float, samples: int) -> None:
    data, rois = torch.randn(2, 3, 7, 6, dtype=torch.float64), torch.tensor(TURNED, dtype=torch.float64)
    found = turned_align(data, rois, pooled_size=pooled_size, spatial_scale=scale, sampling_ratio=samples)
    np.testing.assert_allclose(
        found, slow_align(data.numpy(), rois.numpy(), pooled_size, scale, samples), rtol=1e-9, atol=1e-9
    )


def test_values_of_mxnet() -> None:
    data = torch.arange(1.0, 17.0).reshape(1, 1, 4, 4)
    rois = torch.tensor([[0, *box] for _, *box in ROIS[:4]])
    found = align(data, rois, pooled_size=(2, 2), spatial_scale=1.0, sample_ratio=2)
    expected = [
        [[4.75, 6.25], [10.75, 12.25]],
        [[7.25, 7.75], [9.25, 9.75]],
        [[0, 0], [0, 0]],
        [[1.75, 3.8125], [4.25, 8.8125]],
    ]
    np.testing.assert_array_equal(found[:, 0], np.array(expected, np.float32))


def test_an_upright_region_turned_by_nothing_is_an_upright_region() -> None:
    data = torch.randn(1, 2, 8, 9, dtype=torch.float64)
    upright, turned = torch.tensor([[0, 1.0, 2, 6, 5]]).double(), torch.tensor([[0, 3.5, 3.5, 5, 3, 0.0]]).double()
    expected = align(data, upright, (2, 3), 1.0, sample_ratio=2)
    torch.testing.assert_close(turned_align(data, turned, (2, 3), 1.0, sampling_ratio=2), expected)


@pytest.mark.parametrize("samples", [-1, 2])
@pytest.mark.parametrize("kind", ["plain", "sensitive", "turned"])
def test_gradients_are_the_derivatives(samples: int, kind: str) -> None:
    data = torch.randn(2, 4, 4, 3, dtype=torch.float64, requires_grad=True)
    rois = torch.tensor(TURNED if kind == "turned" else ROIS, dtype=torch.float64, requires_grad=True)

    def run(x: Tensor) -> Tensor:
        if kind == "turned":
            return turned_align(x, rois, pooled_size=(2, 2), spatial_scale=0.5, sampling_ratio=samples)
        sensitive = kind == "sensitive"
        return align(x, rois, (2, 2), 0.5, sample_ratio=samples, position_sensitive=sensitive)

    assert torch.autograd.gradcheck(run, [data])
    run(data).sum().backward()
    assert rois.grad is None


@pytest.mark.parametrize("shape", [(0, 3, 4, 4), (2, 0, 4, 4)])
def test_no_images_and_no_channels_give_zeros(shape: tuple[int, ...]) -> None:
    data = torch.zeros(shape, requires_grad=True)
    for found in (
        align(data, torch.zeros(5, 5), (2, 3), 1.0),
        turned_align(data, torch.zeros(5, 6), (2, 3), 1.0),
    ):
        assert found.shape == (5, shape[1], 2, 3)
        assert not found.any()
        found.sum().backward()
        assert data.grad.shape == shape


@pytest.mark.parametrize("samples", [-1, 2])
def test_no_regions(samples: int) -> None:
    found = align(
        torch.zeros(1, 3, 4, 4), torch.zeros(0, 5), pooled_size=(2, 2), spatial_scale=1.0, sample_ratio=samples
    )
    assert found.shape == (0, 3, 2, 2)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("samples", [-1, 2])
def test_half_precision(dtype: torch.dtype, samples: int) -> None:
    data, rois = torch.randn(2, 3, 5, 6).to(dtype), torch.tensor(ROIS).to(dtype)
    attrs = {"pooled_size": (2, 2), "spatial_scale": 0.5, "sample_ratio": samples}
    found = align(data, rois, **attrs)
    assert found.dtype == dtype
    torch.testing.assert_close(found.double(), align(data.double(), rois.double(), **attrs), rtol=2e-2, atol=2e-2)


@pytest.mark.parametrize("samples", [-1, 2])
def test_compiles(samples: int) -> None:
    data, rois = torch.randn(2, 3, 5, 6), torch.tensor(ROIS)

    def run(x: Tensor) -> Tensor:
        return align(x, rois, pooled_size=(2, 2), spatial_scale=0.5, sample_ratio=samples)

    torch.testing.assert_close(torch.compile(run, fullgraph=True, backend="eager")(data), run(data))


def test_an_aligned_region_without_size_is_refused() -> None:
    data = torch.zeros(1, 1, 4, 4)
    with pytest.raises(ArgumentError, match=r"^ROIAlign: rois must be wider and higher than 0 if aligned .*, got \[0"):
        align(data, torch.tensor([[0.0, 1, 2, 1, 3]]), (2, 2), 1.0, aligned=True)


@pytest.mark.parametrize(
    ("data", "rois", "attrs", "error", "words"),
    [
        ((3, 4, 4), (1, 5), {}, ShapeError, r"data must be \(B, C, H, W\), H and W not 0, got shape \(3, 4, 4\)"),
        ((1, 3, 0, 4), (1, 5), {}, ShapeError, r"H and W not 0, got shape \(1, 3, 0, 4\)"),
        ((1, 3, 4, 4), (1, 4), {}, ShapeError, r"rois must be \(R, 5\), got shape \(1, 4\)"),
        ((1, 3, 4, 4), (5,), {}, ShapeError, r"rois must be \(R, 5\), got shape \(5,\)"),
        (
            (1, 3, 4, 4),
            (1, 5),
            {"pooled_size": (2, 0)},
            ArgumentError,
            r"pooled_size must be two ints >= 1, got \(2, 0\)",
        ),
        ((1, 3, 4, 4), (1, 5), {"pooled_size": 2}, ArgumentError, "pooled_size must be a tuple of 2 ints, got 2"),
        (
            (1, 3, 4, 4),
            (1, 5),
            {"spatial_scale": 1.5},
            ArgumentError,
            r"spatial_scale must be a float in \[0, 1\], got",
        ),
        (
            (1, 3, 4, 4),
            (1, 5),
            {"position_sensitive": True},
            ShapeError,
            r"a multiple of 4 channels if position_sensitive is true, got shape \(1, 3, 4, 4\)",
        ),
    ],
)
def test_refuses(data: tuple, rois: tuple, attrs: dict, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=f"ROIAlign: .*{words}"):
        align(torch.zeros(data), torch.zeros(rois), **{"pooled_size": (2, 2), "spatial_scale": 1.0, **attrs})


@pytest.mark.parametrize("place", [0, 1])
def test_refuses_ints(place: int) -> None:
    arrays = [torch.zeros(1, 1, 2, 2), torch.zeros(1, 5)]
    arrays[place] = arrays[place].int()
    with pytest.raises(ArgumentTypeError, match=r"^ROIAlign: data and rois must hold floats, got .*torch\.int32"):
        align(*arrays, pooled_size=(1, 1), spatial_scale=1.0)


def test_turned_refuses() -> None:
    with pytest.raises(ShapeError, match=r"^RROIAlign: rois must be \(R, 6\), got shape \(1, 5\)"):
        turned_align(torch.zeros(1, 1, 2, 2), torch.zeros(1, 5), (1, 1), 1.0)
    with pytest.raises(ArgumentError, match=r"^RROIAlign: pooled_size must be two ints >= 1, got \(0, 1\)"):
        turned_align(torch.zeros(1, 1, 2, 2), torch.zeros(1, 6), (0, 1), 1.0)
