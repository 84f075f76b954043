"""What a lowered graph calls in place of a convolution and the operators around it."""

from collections.abc import Sequence

import torch
from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.kernels.fused_convolution import channels_last, fused_convolution
from regluon.kernels.precision import at_least_single
from regluon.ops.autocast import narrowed
from regluon.ops.nn.convolution import convolution, convolution_windows

__all__ = ["convolve", "convolve_channels_last", "fold"]


def convolve_channels_last(data: Tensor, weight: Tensor, bias: Tensor | None = None, **attributes: object) -> Tensor:
    """Convolve as ``Convolution`` does, with the channels side by side in memory.

    Args:
        data: ``(N, C, H, W)``.
        weight: ``(F, C / groups, *kernel)``.
        bias: ``(F,)``, or None.
        attributes: those of ``Convolution``.
    """
    return convolution(channels_last(data), weight, bias, **attributes)  # pyright: ignore[reportArgumentType]


def convolve(
    data: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    onto: Tensor | None = None,
    *,
    activation: str = "none",
    numbers: tuple[float, ...] = (),
    kernel: tuple[int, ...],
    stride: tuple[int, ...] = (),
    dilate: tuple[int, ...] = (),
    pad: tuple[int, ...] = (),
    num_filter: int,
    num_group: int = 1,
    **_: object,
) -> Tensor:
    """Compute ``activation(Convolution(data, weight, bias) + onto)`` in one pass, without gradients.

    Args:
        data: ``(N, C, H, W)``.
        weight: ``(num_filter, C / num_group, *kernel)``.
        bias: ``(num_filter,)``, or None.
        onto: an array of the result's shape that nobody needs any more: the result may be written into it.
        activation: one of ``kernels.fused_convolution.ACTIVATIONS``.
        numbers: what the activation takes besides the data.
        kernel: as of ``Convolution``, like the attributes that follow.
        stride: steps of the window.
        dilate: distance of the window's taps.
        pad: zeros put before and after each axis.
        num_filter: number of output channels.
        num_group: number of groups.
    """
    windows = convolution_windows(
        data, weight, bias, kernel, stride, dilate, pad, num_filter, num_group, no_bias=bias is None
    )
    if onto is not None:
        sizes = zip(data.shape[2:], kernel, *windows, strict=True)
        shape = (data.shape[0], num_filter, *[(x + 2 * p - d * (k - 1) - 1) // s + 1 for x, k, s, p, d in sizes])
        if onto.shape != shape:
            raise ShapeError(
                f"elemwise_add: lhs and rhs must have the same shape, got {shape} of a Convolution and "
                f"{tuple(onto.shape)}"
            )
    data, weight, bias = narrowed(data, weight, bias)
    return fused_convolution(data, weight, bias, (*windows, num_group), activation, numbers, onto)


def fold(
    weight: Tensor,
    bias: Tensor | None,
    norm: Sequence[Tensor] | None,
    eps: float,
    fix_gamma: bool,
) -> tuple[Tensor, Tensor | None]:
    """Take a normalisation by moving averages into the convolution before it.

    Args:
        weight: ``(F, C / groups, *kernel)``.
        bias: ``(F,)``, or None.
        norm: ``(F,)`` each: gamma, beta, the moving mean and the moving variance; None if none follows.
        eps: added to the variance.
        fix_gamma: take 1 for gamma.

    Returns:
        Weight and bias of the convolution that does both, the weight's channels side by side in memory.
    """
    if norm is not None:
        gamma, beta, mean, var = (at_least_single(one) for one in norm)
        scale = torch.rsqrt(var + eps) if fix_gamma else gamma * torch.rsqrt(var + eps)
        shift = -mean if bias is None else bias - mean
        bias = (beta + shift * scale).to(weight.dtype)
        weight = (weight * scale.reshape(-1, *[1] * (weight.ndim - 1))).to(weight.dtype)
    return channels_last(weight), bias
