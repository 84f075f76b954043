"""Deformable convolution: the compiled loops and plain torch give one answer and one gradient."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch._subclasses import FakeTensorMode

from regluon.kernels import deformable as module
from regluon.kernels import jit
from regluon.kernels.deformable import deformable_convolution

FORMS = ("compiled", "plain")
every_form = pytest.mark.parametrize("form", FORMS)


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch):
    """Choose what computes: compiled loops or plain torch."""
    return lambda form: monkeypatch.setattr(jit, "available", lambda: form == "compiled")


class Problem:
    """Arrays and numbers of one convolution."""

    def __init__(
        self,
        images: int = 2,
        channels: int = 8,
        size: tuple[int, int] = (7, 6),
        filters: int = 4,
        kernel: tuple[int, int] = (3, 2),
        steps: tuple[Any, Any, Any] = ((1, 1), (1, 1), (1, 1)),
        groups: int = 1,
        offset_groups: int = 1,
        masked: bool = False,
        zero_padded: bool = False,
    ) -> None:
        random = np.random.default_rng(0)
        strides, dilates, pads = steps
        out = [
            (x + 2 * p - d * (k - 1) - 1) // s + 1
            for x, k, s, d, p in zip(size, kernel, strides, dilates, pads, strict=True)
        ]
        taps = offset_groups * kernel[0] * kernel[1]
        # Halves, so that many places lie on pixels, between them, and at the borders.
        offset = np.round(random.normal(size=(images, 2 * taps, *out)) * 3) / 2
        offset[:, :, ::2] += random.normal(size=offset[:, :, ::2].shape)
        arrays = (
            random.normal(size=(images, channels, *size)),
            offset,
            random.normal(size=(images, taps, *out)) if masked else None,
            random.normal(size=(filters, channels // groups, *kernel)),
        )
        self.arrays = [None if one is None else torch.from_numpy(one) for one in arrays]
        self.rule = (*steps, groups, offset_groups, zero_padded)

    def answers(self, dtype: torch.dtype = torch.float64) -> list[Tensor]:
        """Give the result and the gradients of all arrays for a certain head."""
        arrays = [None if one is None else one.to(dtype, copy=True).requires_grad_() for one in self.arrays]
        found = deformable_convolution(*arrays, *self.rule)
        head = torch.from_numpy(np.random.default_rng(1).normal(size=found.shape)).to(found.dtype)
        return [found.detach(), *torch.autograd.grad(found, [one for one in arrays if one is not None], head)]


PROBLEMS = {
    "plain": Problem(),
    "zeros around": Problem(zero_padded=True),
    "masked": Problem(masked=True, zero_padded=True),
    "masked, image ends": Problem(masked=True),
    "stride, dilation, pad": Problem(size=(9, 8), steps=((2, 1), (1, 2), (0, 2))),
    "groups": Problem(groups=2),
    "offset groups": Problem(offset_groups=4, masked=True),
    "groups within offset groups": Problem(groups=4, offset_groups=2, zero_padded=True),
    "offset groups within groups": Problem(groups=2, offset_groups=8, masked=True),
    "groups and offset groups overlap": Problem(channels=12, filters=6, groups=3, offset_groups=2),
    "each channel alone": Problem(groups=8, filters=8, offset_groups=8),
    "one pixel": Problem(size=(1, 1), kernel=(1, 1), steps=((1, 1), (1, 1), (1, 1))),
    "one row": Problem(size=(1, 6), kernel=(1, 3), zero_padded=True),
    "no images": Problem(images=0),
}
every_problem = pytest.mark.parametrize("name", PROBLEMS)


@every_problem
def test_forms_agree(name: str, use):
    found = []
    for form in FORMS:
        use(form)
        found.append(PROBLEMS[name].answers())
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("columns", [1, 500, 1300])
def test_columns_are_made_in_rounds(columns: int, monkeypatch):
    # Rounds of one place, of less than an image, and over the border of two.
    problem = Problem(masked=True, groups=2, offset_groups=2)
    expected = problem.answers()
    monkeypatch.setattr(module, "_COLUMNS", columns)
    monkeypatch.setattr(module, "_BLOCK", 3)
    for one, other in zip(problem.answers(), expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)


@every_form
@pytest.mark.parametrize("zero_padded", [False, True])
def test_offsets_that_are_no_numbers_read_nothing(form: str, zero_padded: bool, use):
    use(form)
    offset = torch.zeros(1, 2, 3, 3, dtype=torch.float64)
    offset[0, 0, 0], offset[0, 1, 1] = math.nan, math.inf
    offset[0, :, 2] = torch.tensor([[1e30, -1e30, 0], [0, 0, 1e300]])
    data, mask = torch.ones(1, 1, 3, 3, dtype=torch.float64), torch.ones(1, 1, 3, 3, dtype=torch.float64)
    arrays = [one.requires_grad_() for one in (data, offset, mask, torch.ones(1, 1, 1, 1, dtype=torch.float64))]
    rule = ((1, 1), (1, 1), (0, 0), 1, 1, zero_padded)
    found = deformable_convolution(*arrays, *rule)
    assert not found.any()
    for gradient in torch.autograd.grad(found.sum(), arrays):
        assert not gradient.any()


@every_form
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_narrow_types_are_computed_in_single(form: str, dtype: torch.dtype, use):
    use(form)
    problem = PROBLEMS["masked"]
    arrays = [one.to(dtype) for one in problem.arrays]
    found = deformable_convolution(*arrays, *problem.rule)
    expected = deformable_convolution(*(one.float() for one in arrays), *problem.rule)
    assert torch.equal(found, expected.to(dtype))
    assert [one.dtype for one in problem.answers(dtype)] == [dtype] * 5


def test_of_two_types_the_wider_is_computed_in():
    problem = Problem()
    data, offset, _, weight = problem.arrays
    found = deformable_convolution(data.float(), offset, None, weight, *problem.rule)
    assert found.dtype == torch.float32
    expected = deformable_convolution(data.float().double(), offset, None, weight, *problem.rule)
    assert torch.equal(found, expected.float())


def test_memory_may_be_strided():
    problem = Problem(masked=True)
    backwards = [one.permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0) for one in problem.arrays]
    torch.testing.assert_close(deformable_convolution(*backwards, *problem.rule), problem.answers()[0])
    found = deformable_convolution(
        *(one.to(memory_format=torch.channels_last) for one in problem.arrays), *problem.rule
    )
    assert found.is_contiguous()


def test_number_of_threads_changes_nothing(threads):
    problem, found = Problem(channels=24, size=(20, 20), filters=24, masked=True), []
    for count in (1, 2, 5):
        threads(count)
        found.append(problem.answers(torch.float32))
    for other in found[1:]:
        assert all(map(torch.equal, found[0], other))


@pytest.mark.parametrize(
    ("wanted", "idle"),
    [
        ((0,), ("write_slopes", "write_columns")),
        ((1,), ("add_to_images", "write_columns")),
        ((2,), ("add_to_images", "write_columns")),
        ((3,), ("add_to_images", "write_slopes")),
    ],
)
def test_only_what_is_wanted_is_computed(wanted: tuple[int], idle: tuple[str, str], monkeypatch):
    problem = Problem(masked=True)
    expected = problem.answers()[1:][wanted[0]]
    arrays = [one.detach().clone() for one in problem.arrays]
    arrays[wanted[0]].requires_grad_()
    found = deformable_convolution(*arrays, *problem.rule)
    head = torch.from_numpy(np.random.default_rng(1).normal(size=found.shape))
    for loop in idle:
        monkeypatch.setattr(module, loop, None)
    assert torch.equal(torch.autograd.grad(found, arrays[wanted[0]], head)[0], expected)


@pytest.mark.parametrize("name", ["groups", "masked"])
def test_torch_accepts_the_operator(name: str):
    problem = PROBLEMS[name]
    arrays = [None if one is None else one.clone().requires_grad_() for one in problem.arrays]
    assert set(torch.library.opcheck(module._compiled, (*arrays, *problem.rule)).values()) == {"SUCCESS"}


@every_form
@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_compiles_into_one_graph(form: str, backend: str, use):
    use(form)
    problem = Problem(masked=True)
    torch._dynamo.reset()

    def run(data: Tensor) -> Tensor:
        return deformable_convolution(data * 2, *problem.arrays[1:], *problem.rule).sum()

    data = problem.arrays[0].clone().requires_grad_()
    (found,) = torch.autograd.grad(torch.compile(run, fullgraph=True, backend=backend)(data), data)
    torch.testing.assert_close(found, torch.autograd.grad(run(data), data)[0])


@every_form
def test_without_values_there_are_shapes(form: str, use):
    use(form)
    problem = Problem(masked=True)
    expected = problem.answers()[0].shape
    with FakeTensorMode():
        arrays = [torch.empty(one.shape) for one in problem.arrays]
        assert deformable_convolution(*arrays, *problem.rule).shape == expected
    meta = [one.to("meta") for one in problem.arrays]
    assert deformable_convolution(*meta, *problem.rule).shape == expected


@pytest.mark.gpu
@every_problem
def test_accelerator_agrees_with_the_cpu(name: str, device: torch.device):
    problem = PROBLEMS[name]
    expected = problem.answers()
    problem.arrays = [None if one is None else one.to(device) for one in problem.arrays]
    arrays = [None if one is None else one.clone().requires_grad_() for one in problem.arrays]
    found = deformable_convolution(*arrays, *problem.rule)
    head = torch.from_numpy(np.random.default_rng(1).normal(size=found.shape)).to(device)
    gradients = torch.autograd.grad(found, [one for one in arrays if one is not None], head)
    for one, other in zip((found, *gradients), expected, strict=True):
        torch.testing.assert_close(one.detach().cpu(), other, rtol=1e-6, atol=1e-6)
