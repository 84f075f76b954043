"""Region align: compiled loops, for few regions and for many, and plain torch give one answer and one gradient."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch._subclasses import FakeTensorMode

from regluon.core.errors import ArgumentError
from regluon.kernels import align, jit
from regluon.kernels.align import align_regions

FORMS = ("planes", "pixels", "plain")
every_form = pytest.mark.parametrize("form", FORMS)


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Choose what computes: loops over planes or pixels of images, or plain torch."""

    def choose(form: str) -> None:
        monkeypatch.setattr(jit, "available", lambda: form != "plain")
        monkeypatch.setattr(align, "_many", lambda shape, cells: form == "pixels")

    return choose


def regions(count: int = 9, *, seed: int = 0, turned: bool = False) -> Tensor:
    """Draw regions on two images of 9 x 11 at a scale of 0.25, some partly or wholly outside, one without image."""
    random = np.random.default_rng(seed)
    low = random.random((count, 2)) * (40, 30) - 8
    size = random.random((count, 2)) * (30, 25) + 1
    image = random.integers(0, 2, (count, 1))
    image[3 % count] = -1
    rows = [image, low, size, random.random((count, 1)) * 720 - 360] if turned else [image, low, low + size]
    return torch.from_numpy(np.concatenate(rows, 1))


def awkward(turned: bool = False) -> Tensor:
    """Give regions that are far away, huge, empty, inside out, or no numbers."""
    rows = [
        [0, 100, 100, 120, 130],
        [1, 3, 3, 3, 3],
        [0, 20, 20, 10, 5],
        [1, 0, 0, 1e9, 9],
        [0, math.nan, 0, 5, 5],
        [1, 0, 0, math.inf, 5],
        [5, 0, 0, 9, 9],
        [math.nan, 0, 0, 9, 9],
        [0, -90, -90, 90, 90],
    ]
    return torch.tensor([[*row, 33] for row in rows] if turned else rows, dtype=torch.float64)


def answers(data: Tensor, rois: Tensor, *rule: Any) -> tuple[Tensor, Tensor]:
    """Give the cells and the gradient of the data for a certain head."""
    data = data.detach().requires_grad_()
    cells = align_regions(data, rois, *rule)
    head = torch.from_numpy(np.random.default_rng(1).normal(size=cells.shape)).to(cells.dtype)
    (gradient,) = torch.autograd.grad(cells, data, head)
    return cells.detach(), gradient


RULES = {
    "two samples": (2, 3, 0.25, 2, False, False),
    "as many as needed": (2, 3, 0.25, -1, False, False),
    "aligned": (3, 1, 0.25, 0, False, True),
    "position sensitive": (2, 3, 0.25, 2, True, False),
    "position sensitive, as many as needed": (3, 2, 0.25, -1, True, False),
}


# Turned regions are never aligned.
SHAPED = [(name, turned) for name in RULES for turned in (False, True) if not (turned and name == "aligned")]


@pytest.mark.parametrize(("name", "turned"), SHAPED)
def test_all_forms_agree(name: str, turned: bool, use):
    rule = RULES[name]
    data, rois = torch.randn(2, 12, 9, 11, dtype=torch.float64), regions(turned=turned)
    use("plain")
    expected = answers(data, rois, *rule)
    for form in FORMS[:2] if not rule[4] else FORMS[:1]:
        use(form)
        for found, one in zip(answers(data, rois, *rule), expected, strict=True):
            torch.testing.assert_close(found, one, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("turned", [False, True], ids=["upright", "turned"])
@pytest.mark.parametrize("samples", [2, -1])
def test_awkward_regions_do_no_harm(samples: int, turned: bool, use):
    rois = awkward(turned)
    if turned and samples < 0:
        rois = rois[:8]
    data = torch.randn(2, 2, 9, 11, dtype=torch.float64)
    expected = None
    for form in FORMS:
        use(form)
        found = answers(data, rois, 2, 2, 0.25, samples, False, False)
        assert all(one.isfinite().all() for one in found)
        assert not found[0][4:8].any()
        if expected is not None:
            torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)
        expected = found


@every_form
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_narrow_types_are_computed_in_single(form: str, dtype: torch.dtype, use):
    data, rois = torch.randn(2, 4, 9, 11).to(dtype), regions().float()
    use(form)
    found = align_regions(data, rois, 2, 3, 0.25, -1, False, False)
    assert found.dtype == dtype
    expected = align_regions(data.float(), rois, 2, 3, 0.25, -1, False, False)
    assert torch.equal(found, expected.to(dtype))


@every_form
def test_memory_may_be_strided(form: str, use):
    data, rois = torch.randn(2, 4, 9, 11), regions().float()
    use(form)
    expected = answers(data, rois, 2, 3, 0.25, 2, False, False)
    moved = data.permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0)
    wide = torch.stack([rois, rois], 2)[..., 0]
    for memory in (moved, data.contiguous(memory_format=torch.channels_last)):
        found = align_regions(memory, wide, 2, 3, 0.25, 2, False, False)
        torch.testing.assert_close(found, expected[0])
        assert found.is_contiguous()


@every_form
def test_empty(form: str, use):
    use(form)
    data = torch.randn(2, 4, 9, 11, requires_grad=True)
    cells = align_regions(data, torch.zeros(0, 5), 2, 3, 0.25, -1, False, False)
    assert cells.shape == (0, 4, 2, 3)
    (gradient,) = torch.autograd.grad(cells.sum(), data)
    assert not gradient.any()


@every_form
@pytest.mark.parametrize("size", [(1, 1), (1, 5), (4, 1)])
def test_narrow_images(form: str, size: tuple[int, int], use):
    use(form)
    data = torch.full((1, 1, *size), 3.0)
    rois = torch.tensor([[0.0, 0, 0, size[1] - 1, size[0] - 1]])
    assert align_regions(data, rois, 1, 1, 1.0, 2, False, False).flatten().tolist() == [3]


@every_form
def test_aligned_regions_must_have_a_size(form: str, use):
    use(form)
    data = torch.zeros(1, 1, 4, 4)
    rule = (1, 1, 1.0, 2, False, True)
    # A region without image is no region.
    align_regions(data, torch.tensor([[0.0, 1, 1, 2, 2], [-1, 1, 1, 1, 1]]), *rule)
    for region in ([0.0, 1, 2, 1, 3], [0.0, 1, 3, 2, 2]):
        with pytest.raises(ArgumentError, match=r"ROIAlign: rois must be wider and higher than 0 if aligned .*got \[0"):
            align_regions(data, torch.tensor([[0.0, 1, 1, 2, 2], region]), *rule)


@pytest.mark.parametrize("form", FORMS[:2])
def test_number_of_threads_changes_nothing(form: str, use, threads):
    use(form)
    data, rois = torch.randn(2, 70, 9, 11), regions(60).float()
    found = []
    for count in (1, 2, 5):
        threads(count)
        found.append(answers(data, rois, 3, 3, 0.25, 2, False, False))
    for other in found[1:]:
        assert torch.equal(found[0][0], other[0])
        assert torch.equal(found[0][1], other[1])


@pytest.mark.parametrize("rule", [RULES["two samples"], RULES["position sensitive"]])
def test_torch_accepts_the_operator(rule: tuple[Any, ...]):
    data = torch.randn(2, 12, 5, 6, requires_grad=True)
    assert set(torch.library.opcheck(align_regions, (data, regions(4).float(), *rule)).values()) == {"SUCCESS"}


def test_compiles_into_one_graph():
    rois = regions().float()

    def run(data: Tensor) -> Tensor:
        return align_regions(data * 2, rois, 2, 3, 0.25, -1, False, False).sum()

    data = torch.randn(2, 4, 9, 11, requires_grad=True)
    for backend in ("eager", "aot_eager"):
        (found,) = torch.autograd.grad(torch.compile(run, fullgraph=True, backend=backend)(data), data)
        torch.testing.assert_close(found, torch.autograd.grad(run(data), data)[0])


def test_without_values_there_are_shapes():
    with FakeTensorMode():
        cells = align_regions(torch.empty(2, 12, 9, 11), torch.empty(7, 5), 2, 3, 0.25, 2, True, False)
    assert cells.shape == (7, 2, 2, 3)
    meta = align_regions(
        torch.empty(2, 12, 9, 11, device="meta"), torch.empty(7, 6, device="meta"), 2, 3, 1.0, -1, False, False
    )
    assert meta.shape == (7, 12, 2, 3)


@pytest.mark.gpu
@pytest.mark.parametrize("turned", [False, True])
def test_accelerator_agrees_with_the_cpu(turned: bool, device: torch.device):
    data, rois = torch.randn(2, 12, 9, 11), regions(40, turned=turned).float()
    for rule in (RULES["two samples"], RULES["as many as needed"], RULES["position sensitive"]):
        expected = answers(data, rois, *rule)
        for found, one in zip(answers(data.to(device), rois.to(device), *rule), expected, strict=True):
            torch.testing.assert_close(found.cpu(), one, rtol=1e-4, atol=1e-4)
