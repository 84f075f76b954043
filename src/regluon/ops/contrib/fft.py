"""Fourier transforms along the last axis, complex numbers as pairs."""

import torch
from torch import Tensor

from regluon.core.errors import ArgumentTypeError, ShapeError
from regluon.kernels.precision import at_least_single
from regluon.ops.registry import op

__all__ = ["fft", "ifft"]


@op("_contrib_fft")
def fft(data: Tensor, compute_size: int = 128) -> Tensor:
    """Transform real numbers, without a factor (MXNet, ``fft``, there on GPUs alone).

    Args:
        data: ``(N, d)`` or ``(N1, N2, N3, d)``.
        compute_size: without effect.

    Returns:
        ``(..., 2 d)``, real and imaginary part of ``sum_n x_n exp(-2 pi i k n / d)`` in turn, for each
        k below d.

    Examples:
        >>> fft(torch.tensor([[1.0, 2.0, 3.0, 4.0]]))
        tensor([[10.,  0., -2.,  2., -2.,  0., -2., -2.]])
    """
    _check("fft", data)
    if 0 in data.shape:
        return data.repeat_interleave(2, -1)
    return torch.view_as_real(torch.fft.fft(at_least_single(data))).flatten(-2).to(data.dtype)


@op("_contrib_ifft")
def ifft(data: Tensor, compute_size: int = 128) -> Tensor:
    """Transform pairs back and give the real parts, without a factor (MXNet, ``ifft``, there on GPUs alone).

    As in MXNet nothing is divided by d: ``ifft(fft(x))`` is ``d x``.

    Args:
        data: ``(N, 2 d)`` or ``(N1, N2, N3, 2 d)``, real and imaginary part in turn.
        compute_size: without effect.

    Returns:
        ``(..., d)``, the real part of ``sum_k X_k exp(2 pi i k n / d)``.

    Examples:
        >>> ifft(torch.tensor([[10.0, 0, -2, 2, -2, 0, -2, -2]]))
        tensor([[ 4.,  8., 12., 16.]])
    """
    _check("ifft", data)
    if data.shape[-1] % 2:
        raise ShapeError(f"ifft: data must have an even last axis, got shape {tuple(data.shape)}")
    if 0 in data.shape:
        return data[..., ::2].clone()
    pairs = torch.view_as_complex(at_least_single(data).unflatten(-1, (-1, 2)).contiguous())
    return torch.fft.ifft(pairs, norm="forward").real.to(data.dtype)


def _check(who: str, data: Tensor) -> None:
    if data.ndim not in (2, 4) or data.shape[-1] == 0:
        raise ShapeError(f"{who}: data must be (N, d) or (N1, N2, N3, d), d not 0, got shape {tuple(data.shape)}")
    if not data.is_floating_point():
        raise ArgumentTypeError(f"{who}: data must hold floats, got {data.dtype}")
