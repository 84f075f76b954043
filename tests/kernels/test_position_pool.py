"""Position-sensitive pooling: the compiled loop and plain torch give one answer and one gradient."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch._subclasses import FakeTensorMode

from regluon.kernels import jit
from regluon.kernels import position_pool as module
from regluon.kernels.position_pool import position_pool, position_pool_plain

FORMS = {"compiled": position_pool, "plain": position_pool_plain}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


def regions(count: int = 9, seed: int = 0) -> Tensor:
    """Draw regions on two images of 9 x 11 at a scale of 0.25, some on halves, one without image."""
    random = np.random.default_rng(seed)
    low = np.round((random.random((count, 2)) * (40, 30) - 8) * 2) / 2
    rows = np.concatenate([random.integers(0, 2, (count, 1)), low, low + random.random((count, 2)) * (30, 25)], 1)
    rows[3 % count, 0] = -1
    return torch.from_numpy(rows)


def answers(form, data: Tensor, rois: Tensor, side: int, group: int) -> tuple[Tensor, Tensor]:
    """Give the cells and the gradient of the data for a certain head."""
    data = data.detach().requires_grad_()
    cells = form(data, rois, side, group, 0.25)
    head = torch.from_numpy(np.random.default_rng(1).normal(size=cells.shape)).to(cells.dtype)
    (gradient,) = torch.autograd.grad(cells, data, head)
    return cells.detach(), gradient


@pytest.mark.parametrize(("side", "group"), [(3, 3), (3, 2), (2, 3), (5, 1), (1, 1)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_forms_agree(side: int, group: int, dtype: torch.dtype):
    data, rois = torch.randn(2, 2 * group * group, 9, 11, dtype=dtype), regions(20).to(dtype)
    found, expected = (answers(form, data, rois, side, group) for form in FORMS.values())
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


@every_form
def test_awkward_regions_do_no_harm(form):
    rois = torch.tensor(
        [
            [0, 400, 400, 420, 430],
            [0, -400, -400, -300, -300],
            [1, 20, 20, 10, 5],
            [0, math.nan, math.nan, 5, 5],
            [5, 0, 0, 9, 9],
            [math.nan, 0, 0, 9, 9],
            [1, 0, 0, 1e30, 8],
            [0, 0, 0, math.inf, math.inf],
        ]
    )
    cells, gradient = answers(form, torch.randn(2, 4, 9, 11), rois, 2, 2)
    assert cells.isfinite().all()
    assert gradient.isfinite().all()
    assert not cells[[0, 1, 3, 4, 5]].any()
    # A region that is inside out is 0.1 wide, and so covers whole pixels all the same.
    assert cells[2].any()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_narrow_types_are_computed_in_single(dtype: torch.dtype):
    data, rois = torch.randn(2, 8, 9, 11).to(dtype), regions().float()
    found = position_pool(data, rois, 2, 2, 0.25)
    assert torch.equal(found, position_pool(data.float(), rois, 2, 2, 0.25).to(dtype))


def test_memory_may_be_strided():
    data, rois = torch.randn(2, 8, 9, 11), regions().float()
    moved = data.permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0)
    wide = torch.stack([rois, rois], 2)[..., 0]
    for one, other in zip(
        answers(position_pool, moved, wide, 2, 2), answers(position_pool, data, rois, 2, 2), strict=True
    ):
        assert torch.equal(one, other)


@every_form
def test_empty(form):
    cells, gradient = answers(form, torch.randn(2, 8, 9, 11), torch.zeros(0, 5), 2, 2)
    assert cells.shape == (0, 2, 2, 2)
    assert not gradient.any()


def test_number_of_threads_changes_nothing(threads):
    data, rois = torch.randn(2, 90, 9, 11), regions(300).float()
    found = []
    for count in (1, 2, 5):
        threads(count)
        found.append(answers(position_pool, data, rois, 3, 3))
    for other in found[1:]:
        assert torch.equal(found[0][0], other[0])
        assert torch.equal(found[0][1], other[1])


def test_without_a_compiler_plain_torch_answers(monkeypatch):
    data, rois = torch.randn(2, 8, 9, 11), regions().float()
    expected = position_pool(data, rois, 2, 2, 0.25)
    monkeypatch.setattr(jit, "available", lambda: False)
    monkeypatch.setattr(module, "write_cells", None)
    torch.testing.assert_close(position_pool(data, rois, 2, 2, 0.25), expected)


def test_torch_accepts_the_operator():
    data = torch.randn(2, 8, 5, 6, requires_grad=True)
    assert set(torch.library.opcheck(module._compiled, (data, regions(4).float(), 2, 2, 0.25)).values()) == {"SUCCESS"}


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_compiles_into_one_graph(backend: str):
    rois = regions().float()

    def run(data: Tensor) -> Tensor:
        return position_pool(data * 2, rois, 2, 2, 0.25).sum()

    data = torch.randn(2, 8, 9, 11, requires_grad=True)
    (found,) = torch.autograd.grad(torch.compile(run, fullgraph=True, backend=backend)(data), data)
    torch.testing.assert_close(found, torch.autograd.grad(run(data), data)[0])


def test_without_values_there_are_shapes():
    with FakeTensorMode():
        assert position_pool(torch.empty(2, 8, 9, 11), torch.empty(7, 5), 2, 2, 0.25).shape == (7, 2, 2, 2)
        # Nothing is copied to the host: a fake tensor has no values.
        assert position_pool_plain(torch.empty(2, 8, 9, 11), torch.empty(7, 5), 2, 2, 0.25).shape == (7, 2, 2, 2)
    meta = position_pool(torch.empty(2, 8, 9, 11, device="meta"), torch.empty(7, 5, device="meta"), 2, 2, 0.25)
    assert meta.shape == (7, 2, 2, 2)


@pytest.mark.gpu
def test_accelerator_agrees_with_the_cpu(device: torch.device):
    data, rois = torch.randn(2, 8, 9, 11), regions(40).float()
    expected = answers(position_pool, data, rois, 2, 2)
    for found, one in zip(answers(position_pool, data.to(device), rois.to(device), 2, 2), expected, strict=True):
        torch.testing.assert_close(found.cpu(), one, rtol=1e-4, atol=1e-4)
