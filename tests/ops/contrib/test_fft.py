"""Fourier transforms with complex numbers as pairs, held against their sums."""

import numpy as np
import pytest
import torch

from regluon import th
from regluon.core.errors import ArgumentTypeError, ShapeError

fft, ifft = th.contrib.fft, th.contrib.ifft


def wave(size: int, sign: int) -> np.ndarray:
    """Give ``exp(sign 2 pi i k n / size)`` for all k and n."""
    steps = np.arange(size)
    return np.exp(sign * 2j * np.pi * np.outer(steps, steps) / size)


@pytest.mark.parametrize("shape", [(3, 5), (1, 1), (2, 3, 1, 4)])
def test_equals_its_sum(shape: tuple[int, ...]) -> None:
    data = torch.randn(shape, dtype=torch.float64)
    found = fft(data)
    expected = data.numpy() @ wave(shape[-1], -1).T
    assert found.shape == (*shape[:-1], 2 * shape[-1])
    np.testing.assert_allclose(found[..., ::2], expected.real, atol=1e-12)
    np.testing.assert_allclose(found[..., 1::2], expected.imag, atol=1e-12)


@pytest.mark.parametrize("shape", [(3, 10), (1, 2), (2, 3, 1, 8)])
def test_back_equals_its_sum(shape: tuple[int, ...]) -> None:
    data = torch.randn(shape, dtype=torch.float64)
    pairs = data[..., ::2].numpy() + 1j * data[..., 1::2].numpy()
    expected = pairs @ wave(shape[-1] // 2, 1).T
    np.testing.assert_allclose(ifft(data), expected.real, atol=1e-12)


def test_there_and_back_multiplies_by_the_size() -> None:
    data = torch.randn(4, 6, dtype=torch.float64)
    torch.testing.assert_close(ifft(fft(data)), 6 * data)


def test_gradients_are_the_derivatives() -> None:
    data = torch.randn(2, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(fft, [data])
    assert torch.autograd.gradcheck(ifft, [data])


def test_gradients_of_mxnet() -> None:
    # Of fft the real part of the sum with the other sign, of ifft the transform of the head.
    data, head = torch.randn(2, 4, requires_grad=True), torch.randn(2, 8)
    torch.testing.assert_close(torch.autograd.grad(fft(data), data, head)[0], ifft(head))
    pairs, head = torch.randn(2, 8, requires_grad=True), torch.randn(2, 4)
    torch.testing.assert_close(torch.autograd.grad(ifft(pairs), pairs, head)[0], fft(head))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision(dtype: torch.dtype) -> None:
    data = torch.randn(2, 6).to(dtype)
    for run in (fft, ifft):
        assert run(data).dtype == dtype
        assert torch.equal(run(data), run(data.float()).to(dtype))


def test_strided_empty_meta_and_traced() -> None:
    data = torch.randn(6, 4)
    for run in (fft, ifft):
        torch.testing.assert_close(run(data.T), run(data.T.contiguous()))
        assert run(torch.zeros(0, 4)).shape == (0, 8 if run is fft else 2)
        assert run(data.to("meta")).shape == run(data).shape
        torch.testing.assert_close(torch.compile(run, fullgraph=True, backend="eager")(data), run(data))


def test_refuses() -> None:
    for run, who in ((fft, "fft"), (ifft, "ifft")):
        for shape in ((4,), (2, 3, 4), (2, 0)):
            with pytest.raises(
                ShapeError, match=rf"^{who}: data must be \(N, d\) or \(N1, N2, N3, d\), d not 0, got shape"
            ):
                run(torch.zeros(shape))
        with pytest.raises(ArgumentTypeError, match=rf"^{who}: data must hold floats, got torch\.int64"):
            run(torch.zeros(1, 2, dtype=torch.int64))
    with pytest.raises(ShapeError, match=r"^ifft: data must have an even last axis, got shape \(2, 3\)"):
        ifft(torch.zeros(2, 3))
