"""Deformable position-sensitive pooling: the compiled loops and plain torch give one answer and one gradient."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch._subclasses import FakeTensorMode

from regluon.kernels import deformable_pool as module
from regluon.kernels import jit
from regluon.kernels.deformable_pool import deformable_pool

FORMS = ("compiled", "plain")
every_form = pytest.mark.parametrize("form", FORMS)


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch):
    """Choose what computes: compiled loops or plain torch."""
    return lambda form: monkeypatch.setattr(jit, "available", lambda: form == "compiled")


def regions(count: int = 9, seed: int = 0) -> Tensor:
    """Draw regions on two images of 9 x 11 at a scale of 0.25, one without image."""
    random = np.random.default_rng(seed)
    low = np.round((random.random((count, 2)) * (40, 30) - 8) * 2) / 2
    rows = np.concatenate([random.integers(0, 2, (count, 1)), low, low + random.random((count, 2)) * (30, 25)], 1)
    rows[3 % count, 0] = -1
    return torch.from_numpy(rows)


def shifts(count: int, classes: int, part: int, seed: int = 0) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(count, classes, 2, part, part)) * 0.2)


def answers(data: Tensor, rois: Tensor, moved: Tensor, *rule: int) -> tuple[Tensor, Tensor, Tensor]:
    """Give the cells and the gradients of data and shifts for a certain head."""
    data, moved = data.detach().requires_grad_(), moved.detach().requires_grad_()
    cells = deformable_pool(data, rois, moved, *rule, 0.25)
    head = torch.from_numpy(np.random.default_rng(1).normal(size=cells.shape)).to(cells.dtype)
    return cells.detach(), *torch.autograd.grad(cells, (data, moved), head)


@pytest.mark.parametrize(
    ("side", "group", "samples", "classes", "part"),
    [(3, 3, 2, 1, 3), (3, 2, 1, 2, 2), (2, 3, 3, 4, 5), (5, 1, 2, 2, 3), (1, 1, 4, 1, 1), (7, 7, 2, 1, 7)],
)
def test_forms_agree(side: int, group: int, samples: int, classes: int, part: int, use):
    data, rois = torch.randn(2, 4 * group * group, 9, 11, dtype=torch.float64), regions(20)
    moved = shifts(20, classes, part)
    found = []
    for form in FORMS:
        use(form)
        found.append(answers(data, rois, moved, side, group, samples))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-11, atol=1e-11)


@every_form
def test_awkward_regions_and_shifts_do_no_harm(form: str, use):
    use(form)
    rois = torch.tensor(
        [
            [0, 400, 400, 420, 430],
            [1, 20, 20, 10, 5],
            [0, math.nan, math.nan, 5, 5],
            [5, 0, 0, 9, 9],
            [math.nan, 0, 0, 9, 9],
            [1, 0, 0, 1e30, 8],
            [0, 0, 0, math.inf, math.inf],
            [0, 0, 0, 20, 20],
            [0, 0, 0, 20, 20],
        ]
    )
    moved = torch.zeros(9, 1, 2, 2, 2)
    moved[7, :, 0], moved[8, :, 1] = math.nan, math.inf
    cells, of_data, of_shifts = answers(torch.randn(2, 4, 9, 11), rois, moved, 2, 2, 2)
    for one in (cells, of_data, of_shifts):
        assert one.isfinite().all()
    assert not cells[[0, 2, 3, 4, 6, 7, 8]].any()
    assert cells[1].any()


@every_form
def test_a_shift_has_no_slope_on_pixels_and_at_the_border(form: str, use):
    use(form)
    # 1.5 - 0.5 = 1 at a scale of 0.25: every sample of the first region lies on a pixel, of the second at the border.
    rois = torch.tensor([[0.0, 6, 6, 9, 9], [0, -1, -1, 0, 0]])
    data = torch.randn(1, 1, 6, 6, dtype=torch.float64)
    _, _, of_shifts = answers(data, rois.double(), torch.zeros(2, 1, 2, 1, 1, dtype=torch.float64), 1, 1, 1)
    assert not of_shifts.any()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_narrow_types_are_computed_in_single(dtype: torch.dtype):
    data, rois, moved = torch.randn(2, 8, 9, 11).to(dtype), regions().float(), shifts(9, 1, 2).to(dtype)
    found = deformable_pool(data, rois, moved, 2, 2, 2, 0.25)
    assert torch.equal(found, deformable_pool(data.float(), rois, moved.float(), 2, 2, 2, 0.25).to(dtype))


def test_memory_may_be_strided():
    data, rois, moved = torch.randn(2, 8, 9, 11), regions().float(), shifts(9, 1, 2).float()
    backwards = [one.permute(*reversed(range(one.ndim))).contiguous().permute(*reversed(range(one.ndim)))
                 for one in (data, rois, moved)]  # fmt: skip
    for one, other in zip(answers(*backwards, 2, 2, 2), answers(data, rois, moved, 2, 2, 2), strict=True):
        assert torch.equal(one, other)


@every_form
def test_empty(form: str, use):
    use(form)
    cells, of_data, of_shifts = answers(
        torch.randn(2, 8, 9, 11), torch.zeros(0, 5), torch.zeros(0, 1, 2, 2, 2), 2, 2, 2
    )
    assert (cells.shape, of_shifts.shape) == ((0, 2, 2, 2), (0, 1, 2, 2, 2))
    assert not of_data.any()


def test_number_of_threads_changes_nothing(threads):
    data, rois, moved = torch.randn(2, 180, 9, 11), regions(150).float(), shifts(150, 2, 3).float()
    found = []
    for count in (1, 2, 5):
        threads(count)
        found.append(answers(data, rois, moved, 3, 3, 2))
    for other in found[1:]:
        assert all(map(torch.equal, found[0], other))


def test_only_what_is_wanted_is_computed(monkeypatch):
    data, rois, moved = torch.randn(2, 8, 9, 11), regions().float(), shifts(9, 1, 2).float()
    of_data, of_shifts = answers(data, rois, moved, 2, 2, 2)[1:]
    head = torch.from_numpy(np.random.default_rng(1).normal(size=(9, 2, 2, 2))).float()
    for loop, place, expected in (("write_shifts", 0, of_data), ("add_to_planes", 1, of_shifts)):
        with monkeypatch.context() as patch:
            patch.setattr(module, loop, None)
            arrays = [data.clone(), moved.clone()]
            arrays[place].requires_grad_()
            cells = deformable_pool(arrays[0], rois, arrays[1], 2, 2, 2, 0.25)
            assert torch.equal(torch.autograd.grad(cells, arrays[place], head)[0], expected)


def test_torch_accepts_the_operator():
    data, moved = torch.randn(2, 8, 5, 6, requires_grad=True), shifts(4, 1, 2).float().requires_grad_()
    frames, parts = torch.rand(4, 4) * 3 + 0.5, torch.tensor([0, 1])
    inputs = (data, torch.tensor([0, 1, -1, 0]), frames, moved, parts, 2, 2)
    assert set(torch.library.opcheck(module._compiled, inputs).values()) == {"SUCCESS"}


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_compiles_into_one_graph(backend: str):
    rois, moved = regions().float(), shifts(9, 1, 2).float().requires_grad_()

    def run(data: Tensor) -> Tensor:
        return deformable_pool(data * 2, rois, moved, 2, 2, 2, 0.25).sum()

    data = torch.randn(2, 8, 9, 11, requires_grad=True)
    found = torch.autograd.grad(torch.compile(run, fullgraph=True, backend=backend)(data), (data, moved))
    for one, other in zip(found, torch.autograd.grad(run(data), (data, moved)), strict=True):
        torch.testing.assert_close(one, other)


@every_form
def test_without_values_there_are_shapes(form: str, use):
    use(form)
    with FakeTensorMode():
        arrays = torch.empty(2, 8, 9, 11), torch.empty(7, 5), torch.empty(7, 1, 2, 2, 2)
        assert deformable_pool(*arrays, 2, 2, 2, 0.25).shape == (7, 2, 2, 2)
    meta = [torch.empty(shape, device="meta") for shape in ((2, 8, 9, 11), (7, 5), (7, 1, 2, 2, 2))]
    assert deformable_pool(*meta, 2, 2, 2, 0.25).shape == (7, 2, 2, 2)


@pytest.mark.gpu
def test_accelerator_agrees_with_the_cpu(device: torch.device):
    arrays = torch.randn(2, 8, 9, 11), regions(40).float(), shifts(40, 1, 2).float()
    expected = answers(*arrays, 2, 2, 2)
    for found, one in zip(answers(*(array.to(device) for array in arrays), 2, 2, 2), expected, strict=True):
        torch.testing.assert_close(found.cpu(), one, rtol=1e-4, atol=1e-4)
