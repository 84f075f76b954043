"""ROIPooling, held against a loop over pixels."""

import math

import numpy as np
import pytest
import torch

from regluon import th
from regluon.core.errors import ArgumentError, ShapeError

pool = th.ROIPooling


def whole(value: float) -> int:
    """Round, halves away from zero."""
    return math.floor(abs(value) + 0.5) * (1 if value >= 0 else -1)


def covered(cell: int, step: float, start: int, size: int) -> list[int]:
    """Give the pixels along an axis that a cell covers."""
    first, last = math.floor(cell * step) + start, math.ceil((cell + 1) * step) + start
    return [place for place in range(first, last) if 0 <= place < size]


def slow_pool(
    data: np.ndarray, rois: np.ndarray, pooled_size: tuple[int, int], scale: float
) -> tuple[np.ndarray, np.ndarray]:
    """Give the largest pixels, and how often each pixel is one."""
    h, w = pooled_size
    out, used = np.zeros((len(rois), data.shape[1], h, w)), np.zeros(data.shape)
    for r, (index, *box) in enumerate(rois):
        if not 0 <= index < len(data):
            continue
        x1, y1, x2, y2 = (whole(value * scale) for value in box)
        high, wide = max(y2 - y1 + 1, 1) / h, max(x2 - x1 + 1, 1) / w
        for c, i, j in np.ndindex(data.shape[1], h, w):
            rows, columns = covered(i, high, y1, data.shape[2]), covered(j, wide, x1, data.shape[3])
            pixels = [(data[int(index), c, y, x], -y, -x) for y in rows for x in columns]
            if pixels:
                out[r, c, i, j], y, x = max(pixels)
                used[int(index), c, -y, -x] += 1
    return out, used


ROIS = [
    [0.0, 0, 0, 3, 3],
    [1, 1, 1, 1, 1],
    [0, 5, 5, 9, 9],
    [1, -2.5, 0, 1, 2.5],
    [0, 30, 20, 40, 40],
    [1, 3, 4, 1, 2],
    [-1, 0, 0, 3, 3],
    [2, 0, 0, 3, 3],
]


@pytest.mark.parametrize("levels", [2, 1000], ids=["ties", "no ties"])
@pytest.mark.parametrize(("pooled_size", "scale"), [((2, 3), 1.0), ((1, 2), 0.5), ((4, 1), 0.25), ((7, 7), 0.7)])
def test_equals_its_definition(pooled_size: tuple[int, int], scale: float, levels: int) -> None:
    data = torch.randint(0, levels, (2, 2, 6, 7)).double().requires_grad_()
    found = pool(data, torch.tensor(ROIS, dtype=torch.float64), pooled_size=pooled_size, spatial_scale=scale)
    expected, used = slow_pool(data.detach().numpy(), np.array(ROIS), pooled_size, float(np.float32(scale)))
    np.testing.assert_array_equal(found.detach(), expected)
    found.sum().backward()
    np.testing.assert_array_equal(data.grad, used)


def test_values_of_mxnet() -> None:
    data = torch.arange(1.0, 33).reshape(1, 2, 4, 4)
    rois = torch.tensor([[0.0, 0, 0, 3, 3], [0, 1, 1, 1, 1], [0, 5, 5, 9, 9], [0, -2, 0, 1, 2.5], [0, 2, 2, 1, 1]])
    found = pool(data, rois, pooled_size=(2, 2), spatial_scale=1.0)
    expected = [[[6, 8], [14, 16]], [[6, 6], [6, 6]], [[0, 0], [0, 0]], [[0, 6], [0, 14]], [[11, 11], [11, 11]]]
    assert found[:, 0].tolist() == expected


def test_gradients_are_the_derivatives() -> None:
    data = torch.randperm(84).reshape(2, 1, 6, 7).double().requires_grad_()
    rois = torch.tensor(ROIS, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: pool(x, rois, pooled_size=(2, 2), spatial_scale=0.5), [data])
    pool(data, rois, pooled_size=(2, 2), spatial_scale=0.5).sum().backward()
    assert rois.grad is None


@pytest.mark.parametrize("shape", [(0, 3, 4, 4), (2, 0, 4, 4)])
def test_no_images_and_no_channels_give_zeros(shape: tuple[int, ...]) -> None:
    data = torch.zeros(shape, requires_grad=True)
    found = pool(data, torch.zeros(5, 5), (2, 3), 1.0)
    assert found.shape == (5, shape[1], 2, 3)
    assert not found.any()
    found.sum().backward()
    assert data.grad.shape == shape


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_exact(dtype: torch.dtype) -> None:
    data = torch.randn(2, 3, 6, 7).to(dtype)
    found = pool(data, torch.tensor(ROIS), (2, 2), 0.5)
    assert found.dtype == dtype
    assert torch.equal(found.double(), pool(data.double(), torch.tensor(ROIS), (2, 2), 0.5))


def test_refuses() -> None:
    data, rois = torch.zeros(1, 1, 4, 4), torch.zeros(1, 5)
    with pytest.raises(ShapeError, match=r"^ROIPooling: data must be \(B, C, H, W\), .*got shape \(1, 4, 4\)"):
        pool(data[0], rois, (1, 1), 1.0)
    with pytest.raises(ShapeError, match=r"^ROIPooling: rois must be \(R, 5\), got shape \(1, 4\)"):
        pool(data, rois[:, :4], (1, 1), 1.0)
    with pytest.raises(ArgumentError, match=r"^ROIPooling: pooled_size must be two ints >= 1, got \(1, 0\)"):
        pool(data, rois, (1, 0), 1.0)
