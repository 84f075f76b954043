"""ROIAlign, held against a loop over samples."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from regluon import th
from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError

align = th.contrib.ROIAlign


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
               sensitive: bool, aligned: bool) -> np.ndarray:  # fmt: skip
    h, w = pooled_size
    channels = data.shape[1] // (h * w) if sensitive else data.shape[1]
    out = np.zeros((len(rois), channels, h, w))
    for r, (index, *box) in enumerate(rois):
        if not 0 <= index < len(data):
            continue
        x1, y1, x2, y2 = (value * scale - (0.5 if aligned else 0) for value in box)
        width, height = x2 - x1, y2 - y1
        if not aligned:
            width, height = max(width, 1), max(height, 1)
        rows = samples if samples > 0 else math.ceil(height / h)
        columns = samples if samples > 0 else math.ceil(width / w)
        for i, j in np.ndindex(h, w):
            total = sum(
                bilinear(
                    data[int(index)],
                    y1 + (i + (a + 0.5) / rows) * height / h,
                    x1 + (j + (b + 0.5) / columns) * width / w,
                )
                for a, b in np.ndindex(rows, columns)
            )
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


@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize("samples", [-1, 0, 1, 3])
@pytest.mark.parametrize(("pooled_size", "scale"), [((2, 3), 1.0), ((1, 2), 0.5), ((3, 1), 0.25)])
def test_equals_its_definition(pooled_size: tuple[int, int], scale: float, samples: int, aligned: bool) -> None:
    rois = np.array(ROIS)
    if aligned:
        rois[:, 3:] += 0.5  # regions without extent have no samples
    for sensitive in (False, True):
        channels = math.prod(pooled_size) * 2 if sensitive else 3
        data = torch.randn(2, channels, 5, 6, dtype=torch.float64)
        found = align(
            data, torch.from_numpy(rois), pooled_size=pooled_size, spatial_scale=scale, sample_ratio=samples,
            position_sensitive=sensitive, aligned=aligned,
        )  # fmt: skip
        expected = slow_align(data.numpy(), rois, pooled_size, scale, samples, sensitive, aligned)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


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


@pytest.mark.parametrize("samples", [-1, 2])
@pytest.mark.parametrize("sensitive", [False, True])
def test_gradients_are_the_derivatives(samples: int, sensitive: bool) -> None:
    data = torch.randn(2, 4, 4, 3, dtype=torch.float64, requires_grad=True)
    rois = torch.tensor(ROIS[:6], dtype=torch.float64, requires_grad=True)

    def run(x: Tensor) -> Tensor:
        return align(x, rois, pooled_size=(2, 2), spatial_scale=0.5, sample_ratio=samples, position_sensitive=sensitive)

    assert torch.autograd.gradcheck(run, [data])
    run(data).sum().backward()
    assert rois.grad is None


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


@pytest.mark.parametrize(
    ("data", "rois", "attrs", "error", "words"),
    [
        ((3, 4, 4), (1, 5), {}, ShapeError, r"data must be \(B, C, H, W\), H and W not 0, got shape \(3, 4, 4\)"),
        ((1, 3, 0, 4), (1, 5), {}, ShapeError, r"H and W not 0, got shape \(1, 3, 0, 4\)"),
        ((1, 3, 4, 4), (1, 4), {}, ShapeError, r"rois must be \(R, 5\), got shape \(1, 4\)"),
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
            {"position_sensitive": True},
            ShapeError,
            r"a multiple of 4 channels if position_sensitive is true, got shape \(1, 3, 4, 4\)",
        ),
    ],
)
def test_refuses(data: tuple, rois: tuple, attrs: dict, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=f"ROIAlign: .*{words}"):
        align(torch.zeros(data), torch.zeros(rois), **{"pooled_size": (2, 2), "spatial_scale": 1.0, **attrs})


def test_refuses_ints() -> None:
    with pytest.raises(ArgumentTypeError, match=r"^ROIAlign: data and rois must hold floats, got torch\.int32"):
        align(torch.zeros(1, 1, 2, 2, dtype=torch.int32), torch.zeros(1, 5), pooled_size=(1, 1), spatial_scale=1.0)
