"""Region max: the compiled loop and plain torch find the same pixels."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch._subclasses import FakeTensorMode

from regluon.kernels import jit
from regluon.kernels.region_max import largest_in_cells

FORMS = ("compiled", "plain")
every_form = pytest.mark.parametrize("form", FORMS)


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch):
    """Choose what computes: the compiled loop or plain torch."""
    return lambda form: monkeypatch.setattr(jit, "available", lambda: form == "compiled")


def regions(count: int = 9, seed: int = 0) -> Tensor:
    """Draw regions on two images of 9 x 11 at a scale of 0.25, one without image."""
    random = np.random.default_rng(seed)
    low = np.round((random.random((count, 2)) * (40, 30) - 8) * 2) / 2
    rows = np.concatenate([random.integers(0, 2, (count, 1)), low, low + random.random((count, 2)) * (30, 25)], 1)
    rows[3 % count, 0] = -1
    return torch.from_numpy(rows).float()


@pytest.mark.parametrize(("height", "width"), [(2, 3), (1, 1), (7, 5)])
@pytest.mark.parametrize("levels", [3, 1000], ids=["ties", "no ties"])
def test_forms_agree(height: int, width: int, levels: int, use):
    data = torch.randint(0, levels, (2, 3, 9, 11)).float()
    data[0, 1, 3] = math.nan
    data[1, 2] = -math.inf
    found = []
    for form in FORMS:
        use(form)
        found.append(largest_in_cells(data, regions(30), height, width, 0.25))
    assert torch.equal(*found)


@every_form
def test_awkward_regions_do_no_harm(form: str, use):
    use(form)
    rois = torch.tensor(
        [
            [0, 400, 400, 420, 430],
            [5, 0, 0, 9, 9],
            [math.nan, 0, 0, 9, 9],
            [1, 20, 20, 10, 5],
            [0, math.nan, math.nan, 5, 5],
            [1, 0, 0, 1e30, 8],
            [0, 0, 0, math.inf, math.inf],
            [0, -math.inf, 0, 3, 3],
        ]
    )
    found = largest_in_cells(torch.randn(2, 3, 9, 11), rois, 2, 2, 0.25)
    assert (found[:3] == -1).all()
    assert (found[3] >= 0).all()
    assert (found < 2 * 3 * 9 * 11).all()


@every_form
def test_of_equal_pixels_the_first_counts_and_nan_never(form: str, use):
    use(form)
    data = torch.tensor([[math.nan, 2, 5], [5, math.nan, 5], [1, 5, 0]]).reshape(1, 1, 3, 3)
    assert largest_in_cells(data, torch.tensor([[0.0, 0, 0, 2, 2]]), 1, 1, 1.0).flatten().tolist() == [2]
    assert largest_in_cells(data * math.nan, torch.tensor([[0.0, 0, 0, 2, 2]]), 1, 1, 1.0).flatten().tolist() == [-1]


@every_form
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_types(form: str, dtype: torch.dtype, use):
    use(form)
    data = torch.randn(2, 3, 9, 11).to(dtype)
    expected = largest_in_cells(data.double(), regions(), 2, 2, 0.25)
    assert torch.equal(largest_in_cells(data, regions(), 2, 2, 0.25), expected)


@every_form
def test_memory_may_be_strided(form: str, use):
    use(form)
    data = torch.randn(2, 3, 9, 11)
    moved = data.permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0)
    wide = torch.stack([regions(), regions()], 2)[..., 0]
    assert torch.equal(largest_in_cells(moved, wide, 2, 2, 0.25), largest_in_cells(data, regions(), 2, 2, 0.25))


@every_form
def test_empty(form: str, use):
    use(form)
    assert largest_in_cells(torch.zeros(2, 3, 4, 4), torch.zeros(0, 5), 2, 2, 1.0).shape == (0, 3, 2, 2)


def test_number_of_threads_changes_nothing(threads):
    data, found = torch.randn(2, 64, 9, 11), []
    for count in (1, 2, 5):
        threads(count)
        found.append(largest_in_cells(data, regions(100), 3, 3, 0.25))
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])


def test_torch_accepts_the_operator():
    inputs = (torch.randn(2, 3, 5, 6), regions(4), 2, 2, 0.25)
    assert set(torch.library.opcheck(largest_in_cells, inputs).values()) == {"SUCCESS"}


def test_without_values_there_are_shapes():
    with FakeTensorMode():
        found = largest_in_cells(torch.empty(2, 3, 9, 11), torch.empty(7, 5), 2, 4, 0.25)
    assert (found.shape, found.dtype) == ((7, 3, 2, 4), torch.int64)
    meta = largest_in_cells(torch.empty(2, 3, 9, 11, device="meta"), torch.empty(7, 5, device="meta"), 2, 4, 0.25)
    assert (meta.shape, meta.dtype) == ((7, 3, 2, 4), torch.int64)


@pytest.mark.gpu
def test_accelerator_agrees_with_the_cpu(device: torch.device):
    data = torch.randint(0, 9, (2, 3, 9, 11)).float()
    expected = largest_in_cells(data, regions(40), 2, 3, 0.25)
    assert torch.equal(largest_in_cells(data.to(device), regions(40).to(device), 2, 3, 0.25).cpu(), expected)
