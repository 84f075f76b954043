"""Images of another size: the compiled loops give what matrices along the axes give, and are each other's gradient."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch._subclasses import FakeTensorMode

from regluon.kernels import resample as module
from regluon.kernels.resample import adaptive_average, bilinear

SIZES = [(3, 2), (1, 5), (5, 7), (9, 8), (4, 1), (6, 20), (17, 3)]


@pytest.fixture(autouse=True)
def no_image_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SMALL", 0)


def averages(size: int, new: int) -> np.ndarray:
    """Give the matrix that averages the windows of one axis."""
    matrix = np.zeros((new, size))
    for i in range(new):
        window = slice(math.floor(i * size / new), math.ceil((i + 1) * size / new))
        matrix[i, window] = 1 / (window.stop - window.start)
    return matrix


def between(size: int, new: int, align_corners: bool) -> np.ndarray:
    """Give the matrix that interpolates one axis."""
    matrix = np.zeros((new, size))
    for i in range(new):
        if align_corners:
            place = i * (size - 1) / (new - 1) if new > 1 else 0
        else:
            place = max(0, (i + 0.5) * size / new - 0.5)
        low = int(place)
        matrix[i, low] += 1 - (place - low)
        matrix[i, min(low + 1, size - 1)] += place - low
    return matrix


OPERATORS = {
    "average": (adaptive_average, averages),
    "corners": (lambda data, *size: bilinear(data, *size, True), lambda *sizes: between(*sizes, True)),
    "squares": (lambda data, *size: bilinear(data, *size, False), lambda *sizes: between(*sizes, False)),
}
every_operator = pytest.mark.parametrize(("run", "matrix"), OPERATORS.values(), ids=OPERATORS)


def answers(run, data: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Give the answer and the gradient of the data for a certain head."""
    data = data.detach().requires_grad_()
    found = run(data, *size)
    head = torch.from_numpy(np.random.default_rng(1).normal(size=found.shape)).to(found.dtype)
    return found.detach(), torch.autograd.grad(found, data, head)[0]


@every_operator
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize(("dtype", "close"), [(torch.float32, 1e-5), (torch.float64, 1e-12)], ids=["single", "double"])
def test_equals_matrices_along_the_axes(run, matrix, size: tuple[int, int], dtype: torch.dtype, close: float):
    data = torch.randn(2, 3, 6, 11, dtype=dtype)
    found, gradient = answers(run, data, size)
    rows, columns = matrix(6, size[0]), matrix(11, size[1])
    head = np.random.default_rng(1).normal(size=found.shape).astype(data.numpy().dtype)
    assert found.dtype == gradient.dtype == dtype
    np.testing.assert_allclose(found, rows @ data.numpy() @ columns.T, rtol=close, atol=close)
    np.testing.assert_allclose(gradient, rows.T @ head @ columns, rtol=close, atol=close)


@every_operator
def test_second_derivatives(run, matrix):
    del matrix
    data = torch.randn(1, 2, 4, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda values: run(values, 3, 7) ** 2, [data])


@every_operator
def test_answers_do_not_depend_on_threads(run, matrix, threads):
    del matrix
    data = torch.randn(2, 9, 40, 50)
    threads(1)
    expected = answers(run, data, (30, 60))
    threads(4)
    for found, one in zip(answers(run, data, (30, 60)), expected, strict=True):
        assert torch.equal(found, one)


@every_operator
def test_loops_are_what_runs(run, matrix, monkeypatch: pytest.MonkeyPatch):
    del matrix
    called = []
    for name in ("average_windows", "interpolate"):
        loop = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *args, loop=loop: (called.append(1), loop(*args)))
    run(torch.randn(1, 2, 4, 5), 3, 3)
    assert called


@every_operator
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_narrow_types_are_computed_in_single(run, matrix, dtype: torch.dtype):
    del matrix
    data = torch.randn(2, 3, 5, 6).to(dtype)
    assert torch.equal(run(data, 3, 8), run(data.float(), 3, 8).to(dtype))


@every_operator
def test_other_memory_gives_the_same(run, matrix):
    del matrix
    data = torch.randn(2, 3, 6, 7)
    last = data.contiguous(memory_format=torch.channels_last)
    for found, expected in zip(answers(run, last, (4, 9)), answers(run, data, (4, 9)), strict=True):
        torch.testing.assert_close(found, expected)


@every_operator
def test_empty_batches(run, matrix):
    del matrix
    found, gradient = answers(run, torch.zeros(0, 3, 6, 7), (4, 9))
    assert (found.shape, gradient.shape) == ((0, 3, 4, 9), (0, 3, 6, 7))


@every_operator
def test_graphs_hold_operators_of_torch(run, matrix):
    del matrix
    graph = torch.export.export(Run(run), (torch.randn(1, 2, 6, 7),)).graph
    assert not [node for node in graph.nodes if "regluon" in str(node.target)]


@every_operator
def test_shapes_are_known_without_values(run, matrix):
    del matrix
    with FakeTensorMode():
        assert run(torch.zeros(2, 3, 6, 7), 4, 9).shape == (2, 3, 4, 9)


class Run(torch.nn.Module):
    """A module that runs an operator."""

    def __init__(self, run) -> None:
        super().__init__()
        self.run = run

    def forward(self, data: Tensor) -> Tensor:
        return self.run(data, 4, 9)
