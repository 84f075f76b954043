"""Products of data and weights by oneDNN: on processors that are not Intel's in half the time that MKL takes."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["linear"]

# Fewer products are done before a call of our own is made.
_MANY = 4_000_000

# Longer sums are cut into pieces, by the number of threads.
_LONGEST = 1 << 15

_HAS_ONEDNN = torch.backends.mkldnn.is_available()


def linear(data: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Compute ``data @ weight.T + bias``.

    Args:
        data: ``(*N, K)``.
        weight: ``(F, K)``.
        bias: ``(F,)``, or None.

    Returns:
        ``(*N, F)``.

    Examples:
        >>> linear(torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 10.0]]), torch.tensor([0.5]))
        tensor([[21.5000]])
    """
    if not _is_faster(data, weight, bias):
        return functional.linear(data, weight, bias)
    return _product(data.reshape(-1, data.shape[-1]), weight, bias).reshape(*data.shape[:-1], len(weight))


def _is_faster(data: Tensor, weight: Tensor, bias: Tensor | None) -> bool:
    if torch.compiler.is_compiling() or torch.is_autocast_enabled("cpu") or not _HAS_ONEDNN:
        return False
    if data.device.type != "cpu" or any(one.dtype != torch.float32 for one in (data, weight, bias) if one is not None):
        return False
    return data.numel() * len(weight) >= _MANY and max(*data.shape, *weight.shape) <= _LONGEST


@torch.library.custom_op("regluon::linear", mutates_args=())
def _product(data: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    onednn: Any = torch.ops.mkldnn
    return onednn._linear_pointwise(data, weight, bias, "none", [], "")


@_product.register_fake
def _(data: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    del bias
    return data.new_empty(len(data), len(weight))


def _remember(ctx: Any, inputs: tuple[Tensor, Tensor, Tensor | None], output: Tensor) -> None:
    del output
    ctx.save_for_backward(*inputs[:2])


def _send_back(ctx: Any, heads: Tensor) -> tuple[Tensor | None, ...]:
    data, weight = ctx.saved_tensors
    wanted = ctx.needs_input_grad
    return (
        linear(heads, weight.T, None) if wanted[0] else None,
        linear(heads.T, data.T, None) if wanted[1] else None,
        heads.sum(0) if wanted[2] else None,
    )


_product.register_autograd(_send_back, setup_context=_remember)
