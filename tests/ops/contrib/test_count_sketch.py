"""Count sketch, held against a loop over numbers."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from regluon import th
from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError

sketch = th.contrib.count_sketch


def slow_sketch(data: np.ndarray, h: list[int], s: list[int], size: int) -> np.ndarray:
    out = np.zeros((*data.shape[:-1], size))
    for i, (place, sign) in enumerate(zip(h, s, strict=True)):
        out[..., place] += sign * data[..., i]
    return out


@pytest.mark.parametrize("shape", [(3, 6), (1, 1), (2, 3, 1, 5)])
@pytest.mark.parametrize("size", [1, 4])
def test_equals_its_definition(shape: tuple[int, ...], size: int) -> None:
    data = torch.randn(shape, dtype=torch.float64)
    h, s = torch.randint(0, size, (1, shape[-1])), torch.randint(0, 2, (1, shape[-1])) * 2 - 1
    expected = slow_sketch(data.numpy(), h[0].tolist(), s[0].tolist(), size)
    np.testing.assert_allclose(sketch(data, h, s, out_dim=size), expected, atol=1e-12)
    np.testing.assert_allclose(sketch(data, h.double(), s.double(), out_dim=size), expected, atol=1e-12)


def test_of_more_rows_the_first_counts() -> None:
    data, h, s = torch.randn(2, 3), torch.tensor([[0, 1, 0], [9, 9, 9]]), torch.tensor([[1.0, -1, 1], [7, 7, 7]])
    assert torch.equal(sketch(data, h, s, out_dim=2), sketch(data, h[:1], s[:1], out_dim=2))


def test_gradients_are_the_derivatives_and_of_data_alone() -> None:
    data = torch.randn(2, 5, dtype=torch.float64, requires_grad=True)
    h = torch.randint(0, 3, (1, 5)).double().requires_grad_()
    s = (torch.randint(0, 2, (1, 5)) * 2.0 - 1).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: sketch(x, h, s, out_dim=3), [data])
    sketch(data, h, s, out_dim=3).sum().backward()
    assert h.grad is None
    assert s.grad is None
    torch.testing.assert_close(data.grad, s.detach().double().expand(2, 5))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_summed_in_single(dtype: torch.dtype) -> None:
    data, h, s = torch.full((1, 3000), 1.0, dtype=dtype), torch.zeros(1, 3000), torch.ones(1, 3000)
    found = sketch(data, h, s, out_dim=1)
    assert found.dtype == dtype
    assert found.item() == torch.tensor(3000.0).to(dtype).item()


def test_strided_empty_meta_and_traced() -> None:
    h, s = torch.tensor([[1, 0, 1]]), torch.tensor([[1, -1, 1]])
    data = torch.randn(3, 4)
    torch.testing.assert_close(sketch(data.T, h, s, out_dim=2), sketch(data.T.contiguous(), h, s, out_dim=2))
    assert sketch(torch.zeros(0, 3), h, s, out_dim=2).shape == (0, 2)
    assert sketch(*(one.to("meta") for one in (data.T, h, s)), out_dim=2).shape == (4, 2)

    def run(x: Tensor, places: Tensor) -> Tensor:
        return sketch(x, places, s, out_dim=2)

    traced = torch.compile(run, fullgraph=True, backend="eager")
    torch.testing.assert_close(traced(data.T, h), run(data.T, h))
    with pytest.raises(ArgumentError, match=r"^count_sketch: h must be in \[0, 2\), got 2"):
        traced(data.T, h + 1)


DATA, PLACES = torch.zeros(2, 3), torch.zeros(1, 3)


@pytest.mark.parametrize(
    ("arrays", "attrs", "error", "words"),
    [
        ([DATA[0], PLACES, PLACES], {}, ShapeError, r"data must be \(N, d\) or .*, got shape \(3,\)"),
        ([DATA[:, :0], PLACES, PLACES], {}, ShapeError, r"d not 0, got shape \(2, 0\)"),
        ([DATA.int(), PLACES, PLACES], {}, ArgumentTypeError, r"data must hold floats, got torch\.int32"),
        ([DATA, PLACES[:, :2], PLACES], {}, ShapeError, r"h must be \(1, 3\) for d=3, got shape \(1, 2\)"),
        ([DATA, PLACES, PLACES[0]], {}, ShapeError, r"s must be \(1, 3\) for d=3, got shape \(3,\)"),
        ([DATA, PLACES[:0], PLACES], {}, ShapeError, r"h must be \(1, 3\) for d=3, got shape \(0, 3\)"),
        ([DATA, PLACES, PLACES], {"out_dim": 0}, ArgumentError, "out_dim must be an int >= 1, got 0"),
        ([DATA, PLACES - 1, PLACES], {}, ArgumentError, r"h must be in \[0, 2\), got -1"),
        ([DATA, PLACES + 2, PLACES], {}, ArgumentError, r"h must be in \[0, 2\), got 2"),
    ],
)
def test_refuses(arrays: list[Tensor], attrs: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=f"count_sketch: .*{words}"):
        sketch(*arrays, **{"out_dim": 2, **attrs})
