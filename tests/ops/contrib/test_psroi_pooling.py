"""PSROIPooling and DeformablePSROIPooling, held against loops over pixels and samples."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from regluon import th
from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.ops.registry import find

pool, deformable_pool = th.contrib.PSROIPooling, th.contrib.DeformablePSROIPooling


def whole(value: float) -> int:
    """Round, halves away from zero."""
    return math.floor(abs(value) + 0.5) * (1 if value >= 0 else -1)


def edges(box: list[float], scale: float) -> list[float]:
    """Give left, top, right and bottom of a region on the map."""
    x1, y1, x2, y2 = map(whole, box)
    return [x1 * scale, y1 * scale, (x2 + 1) * scale, (y2 + 1) * scale]


def covered(cell: int, step: float, start: float, size: int) -> slice:
    """Give the pixels along an axis that a cell covers."""
    first, last = math.floor(cell * step + start), math.ceil((cell + 1) * step + start)
    return slice(min(max(first, 0), size), min(max(last, 0), size))


def slow_pool(data: np.ndarray, rois: list[list[float]], side: int, group: int, scale: float) -> np.ndarray:
    channels = data.shape[1] // group**2
    out = np.zeros((len(rois), channels, side, side))
    for r, (index, *box) in enumerate(rois):
        if not 0 <= index < len(data):
            continue
        left, top, right, bottom = edges(box, scale)
        high, wide = max(bottom - top, 0.1) / side, max(right - left, 0.1) / side
        for c, i, j in np.ndindex(out.shape[1:]):
            rows = covered(i, high, top, data.shape[2])
            columns = covered(j, wide, left, data.shape[3])
            pixels = data[int(index), (c * group + i * group // side) * group + j * group // side, rows, columns]
            out[r, c, i, j] = pixels.mean() if pixels.size else 0
    return out


def slow_deformable_pool(data: np.ndarray, rois: list[list[float]], trans: np.ndarray, side: int, group: int, part: int,
                         samples: int, scale: float, std: float) -> np.ndarray:  # fmt: skip
    channels, classes = data.shape[1] // group**2, trans.shape[1] // 2
    out = np.zeros((len(rois), channels, side, side))
    for r, (index, *box) in enumerate(rois):
        if not 0 <= index < len(data):
            continue
        left, top, right, bottom = (edge - 0.5 for edge in edges(box, scale))
        high, wide = max(bottom - top, 0.1), max(right - left, 0.1)
        for c, i, j in np.ndindex(out.shape[1:]):
            kind = 2 * (c // (channels // classes))
            shift_x, shift_y = trans[r, kind : kind + 2, i * part // side, j * part // side] * std
            plane = data[int(index), (c * group + i * group // side) * group + j * group // side]
            values = []
            for a, b in np.ndindex(samples, samples):
                y = i * high / side + top + shift_y * high + a * high / side / samples
                x = j * wide / side + left + shift_x * wide + b * wide / side / samples
                if -0.5 <= y <= plane.shape[0] - 0.5 and -0.5 <= x <= plane.shape[1] - 0.5:
                    y, x = min(max(y, 0), plane.shape[0] - 1), min(max(x, 0), plane.shape[1] - 1)
                    fy, fx = y - math.floor(y), x - math.floor(x)
                    upper = plane[math.floor(y), math.floor(x)] * (1 - fx) + plane[math.floor(y), math.ceil(x)] * fx
                    lower = plane[math.ceil(y), math.floor(x)] * (1 - fx) + plane[math.ceil(y), math.ceil(x)] * fx
                    values.append(upper * (1 - fy) + lower * fy)
            out[r, c, i, j] = sum(values) / len(values) if values else 0
    return out


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
REGIONS = torch.tensor(ROIS, dtype=torch.float64)
RULE = {"spatial_scale": 0.75, "output_dim": 4, "group_size": 2, "pooled_size": 3}


@pytest.mark.parametrize(("side", "group"), [(2, 2), (3, 2), (2, 3), (4, 1)])
@pytest.mark.parametrize("scale", [1.0, 0.5, 0.0625])
def test_equals_its_definition(side: int, group: int, scale: float) -> None:
    data = torch.randn(2, 2 * group**2, 5, 6, dtype=torch.float64)
    found = pool(data, REGIONS, spatial_scale=scale, output_dim=2, pooled_size=side, group_size=group)
    np.testing.assert_allclose(found, slow_pool(data.numpy(), ROIS, side, group, scale), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("side", "group", "part", "samples", "classes"),
    [(2, 2, 2, 1, 1), (3, 2, 2, 3, 2), (2, 3, 5, 2, 4), (4, 1, 1, 2, 2)],
)
@pytest.mark.parametrize("scale", [1.0, 0.25])
def test_deformable_equals_its_definition(
    side: int, group: int, part: int, samples: int, classes: int, scale: float
) -> None:
    data = torch.randn(2, 4 * group**2, 5, 6, dtype=torch.float64)
    trans = torch.randn(len(ROIS), 2 * classes, part, part, dtype=torch.float64)
    rule = {"spatial_scale": scale, "output_dim": 4, "group_size": group, "pooled_size": side, "part_size": part}
    found = deformable_pool(data, REGIONS, trans, sample_per_part=samples, trans_std=0.125, **rule)
    expected = slow_deformable_pool(data.numpy(), ROIS, trans.numpy(), side, group, part, samples, scale, 0.125)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
    still = deformable_pool(data, REGIONS, sample_per_part=samples, no_trans=True, **rule)
    assert torch.equal(still, deformable_pool(data, REGIONS, trans, sample_per_part=samples, **rule))


def test_values_of_mxnet() -> None:
    data, rois = torch.arange(1.0, 65).reshape(1, 4, 4, 4), torch.tensor([[0, *box] for _, *box in ROIS[:3]])
    rois = torch.cat([rois, torch.tensor([[0, -2, 0, 1, 2.5]])])
    nothing = [[0, 0], [0, 0]]
    found = pool(data, rois, spatial_scale=1.0, output_dim=1, pooled_size=2)[:, 0]
    assert found.tolist() == [[[3.5, 21.5], [43.5, 61.5]], [[6, 22], [38, 54]], nothing, [[0, 19.5], [0, 59.5]]]
    rule = {"spatial_scale": 1.0, "output_dim": 1, "pooled_size": 2, "group_size": 2, "sample_per_part": 2}
    found = deformable_pool(data, rois, no_trans=True, **rule)[:, 0]
    expected = [[[2.25, 20], [41.25, 59]], [[4.125, 20.625], [38.125, 54.625]], nothing, [[0, 18.25], [0, 57.25]]]
    assert found.tolist() == expected
    trans = torch.tensor([0.5, 0]).reshape(1, 2, 1, 1).expand(4, 2, 2, 2)
    found = deformable_pool(data, rois, trans, trans_std=0.5, **rule)[:, 0]
    expected = [[[3, 20.75], [42, 59.75]], [[4.375, 20.875], [38.375, 54.875]], nothing, [[2, 19], [41, 58]]]
    assert found.tolist() == expected


def test_gradients_are_the_derivatives() -> None:
    data = torch.randn(2, 16, 4, 3, dtype=torch.float64, requires_grad=True)
    rois = REGIONS.clone().requires_grad_()
    rule = {"spatial_scale": 0.75, "output_dim": 4, "pooled_size": 3, "group_size": 2}
    assert torch.autograd.gradcheck(lambda x: pool(x, rois, **rule), [data])
    trans = torch.randn(len(ROIS), 4, 2, 2, dtype=torch.float64, requires_grad=True)

    def run(x: Tensor, moved: Tensor) -> Tensor:
        return deformable_pool(x, rois, moved, part_size=2, sample_per_part=2, trans_std=0.3, **rule)

    assert torch.autograd.gradcheck(run, [data, trans])
    (pool(data, rois, **rule).sum() + run(data, trans).sum()).backward()
    assert rois.grad is None


@pytest.mark.parametrize("shape", [(0, 16, 4, 4), (2, 16, 4, 4)])
@pytest.mark.parametrize("regions", [0, 3])
def test_no_images_and_no_regions(shape: tuple[int, ...], regions: int) -> None:
    data, trans = torch.randn(shape, requires_grad=True), torch.zeros(regions, 2, 3, 3)
    rois = torch.zeros(regions, 5)
    for found in (
        pool(data, rois, spatial_scale=1.0, output_dim=4, pooled_size=3, group_size=2),
        deformable_pool(data, rois, trans, **RULE),
    ):
        assert found.shape == (regions, 4, 3, 3)
        assert found.any() == bool(shape[0] and regions)
        found.sum().backward()
        assert data.grad.shape == shape


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision(dtype: torch.dtype) -> None:
    data, rois, trans = (one.to(dtype) for one in (torch.randn(2, 16, 5, 6), REGIONS, torch.randn(len(ROIS), 2, 3, 3)))
    for run in (
        lambda *x: pool(*x[:2], spatial_scale=0.75, output_dim=4, pooled_size=3, group_size=2),
        lambda *x: deformable_pool(*x, trans_std=0.1, **RULE),
    ):
        found = run(data, rois, trans)
        assert found.dtype == dtype
        expected = run(data.double(), rois.double(), trans.double())
        torch.testing.assert_close(found.double(), expected, rtol=2e-2, atol=2e-2)


def test_a_symbol_without_shifts_has_no_input_for_them() -> None:
    entry = find("_contrib_DeformablePSROIPooling")
    assert list(entry.omit(entry.fill({**RULE, "no_trans": True}))) == ["trans"]
    assert not entry.omit(entry.fill(RULE))


DATA, SOME, TRANS = torch.zeros(1, 16, 4, 4), torch.zeros(2, 5), torch.zeros(2, 2, 3, 3)


@pytest.mark.parametrize(
    ("data", "rois", "attrs", "error", "words"),
    [
        (DATA[0], SOME, {}, ShapeError, r"data must be \(B, C, H, W\), H and W not 0, got shape \(16, 4, 4\)"),
        (DATA, SOME[:, :4], {}, ShapeError, r"rois must be \(R, 5\), got shape \(2, 4\)"),
        (DATA.int(), SOME, {}, ArgumentTypeError, r"data and rois must hold floats, got torch\.int32"),
        (
            DATA,
            SOME,
            {"group_size": 3},
            ShapeError,
            r"group_size \*\* 2 = 36 channels, got shape \(1, 16, 4, 4\)",
        ),
        (DATA, SOME, {"spatial_scale": 1.1}, ArgumentError, r"spatial_scale must be a float in \[0, 1\], got 1\.1"),
        (DATA, SOME, {"pooled_size": 0}, ArgumentError, "pooled_size must be an int >= 1, got 0"),
    ],
)
def test_both_refuse(data: Tensor, rois: Tensor, attrs: dict[str, Any], error: type[Exception], words: str) -> None:
    for run in (pool, deformable_pool):
        arrays = (data, rois, TRANS) if run is deformable_pool else (data, rois)
        with pytest.raises(error, match=f"PSROIPooling: .*{words}"):
            run(*arrays, **{**RULE, **attrs})


@pytest.mark.parametrize(
    ("trans", "attrs", "error", "words"),
    [
        (None, {}, ArgumentError, "trans must be given, unless no_trans is true, got None"),
        (TRANS, {"no_trans": True}, ArgumentError, r"trans must be left out, as no_trans is true, got \(2, 2, 3, 3\)"),
        (TRANS[:1], {}, ShapeError, r"trans must be \(R, 2 \* classes, part_size, part_size\) with R=2, part_size=3"),
        (TRANS, {"part_size": 2}, ShapeError, r"with R=2, part_size=2 .*got shape \(2, 2, 3, 3\)"),
        (TRANS[:, :1], {}, ShapeError, r"classes that divide output_dim=4, got shape \(2, 1, 3, 3\)"),
        (torch.zeros(2, 6, 3, 3), {}, ShapeError, r"classes that divide output_dim=4, got shape \(2, 6, 3, 3\)"),
        (TRANS[0], {}, ShapeError, r"got shape \(2, 3, 3\)"),
        (TRANS, {"trans_std": 1.5}, ArgumentError, r"trans_std must be a float in \[0, 1\], got 1\.5"),
        (TRANS, {"sample_per_part": 0}, ArgumentError, "sample_per_part must be an int >= 1, got 0"),
    ],
)
def test_refuses_shifts(trans: Tensor | None, attrs: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=f"DeformablePSROIPooling: .*{words}"):
        deformable_pool(DATA, SOME, trans, **{**RULE, **attrs})
