"""A two-dimensional convolution with the sum and the activation after it, in one pass of oneDNN where there is one."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["ACTIVATIONS", "channels_last", "fused_convolution", "is_fast"]

ACTIVATIONS: dict[str, Callable[..., Tensor]] = {
    "none": lambda data: data,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "leaky_relu": functional.leaky_relu,
    "hardtanh": functional.hardtanh,
}
"""What may follow a convolution, by oneDNN's names; each takes the data and its numbers."""

_HAS_ONEDNN = torch.backends.mkldnn.is_available()
_FAST_TYPES = (torch.float32, torch.bfloat16)


def is_fast(data: Tensor) -> bool:
    """Tell whether torch's oneDNN convolves this: pictures on the CPU, in a type that it has loops for.

    Args:
        data: any tensor.
    """
    return data.ndim == 4 and data.dtype in _FAST_TYPES and data.device.type == "cpu" and _HAS_ONEDNN


def channels_last(data: Tensor) -> Tensor:
    """Put a picture's channels side by side in memory, the order in which oneDNN's convolutions are fastest.

    Args:
        data: ``(N, C, H, W)``.

    Returns:
        The same numbers in the same shape; ``data`` itself where it is in that order, or where oneDNN does not serve.
    """
    return data.contiguous(memory_format=torch.channels_last) if is_fast(data) else data


def fused_convolution(
    data: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    geometry: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], int],
    activation: str = "none",
    numbers: tuple[float, ...] = (),
    onto: Tensor | None = None,
) -> Tensor:
    """Compute ``activation(convolution(data) + onto)`` without gradients.

    Args:
        data: ``(N, C, H, W)``; brought to the type of ``weight``.
        weight: ``(F, C / groups, *kernel)``.
        bias: ``(F,)``, or None.
        geometry: stride, padding, dilation and groups.
        activation: one of ``ACTIVATIONS``.
        numbers: what the activation takes: the slope of ``leaky_relu``, the bounds of ``hardtanh``.
        onto: ``(N, F, *Y)``, which is no longer needed: the result may be written into it.

    Returns:
        ``(N, F, *Y)``.
    """
    stride, pad, dilate, groups = geometry
    data = channels_last(data.to(weight.dtype))
    if not is_fast(data) or not data.numel():
        result = torch.convolution(data, weight, bias, stride, pad, dilate, False, [0, 0], groups)
        return ACTIVATIONS[activation](result if onto is None else result + onto, *numbers)
    onednn: Any = torch.ops.mkldnn
    if onto is None:
        return onednn._convolution_pointwise(
            data, weight, bias, pad, stride, dilate, groups, activation, list(numbers), None
        )
    # oneDNN reads another order as if it were this one.
    onto = channels_last(onto.to(weight.dtype))
    after = None if activation == "none" else activation
    return onednn._convolution_pointwise_.binary(
        onto, data, weight, bias, pad, stride, dilate, groups, "add", 1.0, after, [], None
    )
