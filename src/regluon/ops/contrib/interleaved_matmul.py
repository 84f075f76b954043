"""Attention on projections that lie interleaved in one array.

The last axis of such an array holds, head by head, the head's query, key and value (or key and value), so that one
product of a weight makes all of them.
"""

from typing import Annotated, Any

import torch
from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.ops.attr import Range
from regluon.ops.gradient import wants_gradient
from regluon.ops.registry import op

__all__ = [
    "interleaved_matmul_encdec_qk",
    "interleaved_matmul_encdec_valatt",
    "interleaved_matmul_selfatt_qk",
    "interleaved_matmul_selfatt_valatt",
]

Heads = Annotated[int, Range(1)]


@op("_contrib_interleaved_matmul_selfatt_qk")
def interleaved_matmul_selfatt_qk(queries_keys_values: Tensor, heads: Heads) -> Tensor:
    """Multiply queries, divided by the root of their size, with keys (MXNet, ``interleaved_matmul_selfatt_qk``).

    Args:
        queries_keys_values: ``(L, B, heads * 3 * D)``.
        heads: number of heads.

    Returns:
        ``(B * heads, L, L)``, a row for each query.

    Examples:
        >>> data = torch.tensor([[[1.0, 2.0, 5.0]], [[3.0, 4.0, 6.0]]])
        >>> interleaved_matmul_selfatt_qk(data, 1)
        tensor([[[ 2.,  4.],
                 [ 6., 12.]]])
    """
    _check_width("interleaved_matmul_selfatt_qk", "queries_keys_values", queries_keys_values, heads, 3)
    if wants_gradient(queries_keys_values) and not torch.compiler.is_compiling():
        return _SelfScores.apply(queries_keys_values, heads)
    return _self_scores(queries_keys_values, heads)


@op("_contrib_interleaved_matmul_selfatt_valatt")
def interleaved_matmul_selfatt_valatt(queries_keys_values: Tensor, attention: Tensor, heads: Heads) -> Tensor:
    """Add up values, as much of each as attention is paid to it (MXNet, ``interleaved_matmul_selfatt_valatt``).

    Args:
        queries_keys_values: ``(L, B, heads * 3 * D)``.
        attention: ``(B * heads, L, L)``, a row for each query.
        heads: number of heads.

    Returns:
        ``(L, B, heads * D)``.

    Examples:
        >>> data = torch.tensor([[[1.0, 2.0, 5.0]], [[3.0, 4.0, 6.0]]])
        >>> interleaved_matmul_selfatt_valatt(data, torch.tensor([[[1.0, 0.0], [0.5, 0.5]]]), 1).flatten()
        tensor([5.0000, 5.5000])
    """
    who = "interleaved_matmul_selfatt_valatt"
    _check_width(who, "queries_keys_values", queries_keys_values, heads, 3)
    _check_attention(who, attention, queries_keys_values, heads)
    if wants_gradient(queries_keys_values, attention) and not torch.compiler.is_compiling():
        return _SelfSums.apply(queries_keys_values, attention, heads)
    return _sums(queries_keys_values, attention, heads, 3)


@op("_contrib_interleaved_matmul_encdec_qk")
def interleaved_matmul_encdec_qk(queries: Tensor, keys_values: Tensor, heads: Heads) -> Tensor:
    """Multiply queries, divided by the root of their size, with another sequence's keys (MXNet, ``..._encdec_qk``).

    Args:
        queries: ``(L, B, heads * D)``.
        keys_values: ``(M, B, heads * 2 * D)``.
        heads: number of heads.

    Returns:
        ``(B * heads, L, M)``, a row for each query.

    Examples:
        >>> queries, keys_values = torch.tensor([[[2.0]]]), torch.tensor([[[1.0, 5.0]], [[3.0, 6.0]]])
        >>> interleaved_matmul_encdec_qk(queries, keys_values, 1)
        tensor([[[2., 6.]]])
    """
    who = "interleaved_matmul_encdec_qk"
    _check_width(who, "queries", queries, heads, 1)
    _check_width(who, "keys_values", keys_values, heads, 2)
    (query,), (key, _) = _parts(queries, heads, 1), _parts(keys_values, heads, 2)
    if query.shape[::2] != key.shape[::2]:
        raise ShapeError(
            f"{who}: keys_values must be (M, B, 2 * K) for queries (L, B, K), got shapes {tuple(keys_values.shape)} "
            f"and {tuple(queries.shape)}"
        )
    return _scores(query, key)


@op("_contrib_interleaved_matmul_encdec_valatt")
def interleaved_matmul_encdec_valatt(keys_values: Tensor, attention: Tensor, heads: Heads) -> Tensor:
    """Add up another sequence's values, as much of each as attention is paid to it (MXNet, ``..._encdec_valatt``).

    Args:
        keys_values: ``(M, B, heads * 2 * D)``.
        attention: ``(B * heads, L, M)``, a row for each query.
        heads: number of heads.

    Returns:
        ``(L, B, heads * D)``.

    Examples:
        >>> keys_values = torch.tensor([[[1.0, 5.0]], [[3.0, 6.0]]])
        >>> interleaved_matmul_encdec_valatt(keys_values, torch.tensor([[[0.5, 0.5]]]), 1)
        tensor([[[5.5000]]])
    """
    who = "interleaved_matmul_encdec_valatt"
    _check_width(who, "keys_values", keys_values, heads, 2)
    _check_attention(who, attention, keys_values, heads)
    return _sums(keys_values, attention, heads, 2)


def _check_width(who: str, name: str, data: Tensor, heads: int, count: int) -> None:
    if data.ndim != 3 or data.shape[2] % (heads * count):
        raise ShapeError(
            f"{who}: {name} must be (L, B, heads * {count} * D) with heads={heads}, got shape {tuple(data.shape)}"
        )


def _check_attention(who: str, attention: Tensor, data: Tensor, heads: int) -> None:
    length, batch = data.shape[0], data.shape[1] * heads
    if attention.ndim != 3 or attention.shape[::2] != (batch, length):
        raise ShapeError(
            f"{who}: attention must be (B * heads, L, M) = ({batch}, L, {length}), got shape {tuple(attention.shape)}"
        )


def _parts(data: Tensor, heads: int, count: int) -> list[Tensor]:
    """Take ``(L, B, heads * count * D)`` apart into ``count`` arrays ``(B * heads, L, D)``."""
    length, batch, width = data.shape
    parts = data.reshape(length, batch * heads, count, width // (heads * count))
    # Gradients come back in this order, so these axes are exchanged last.
    return [part.transpose(0, 1) for part in parts.unbind(2)]


def _scores(query: Tensor, key: Tensor) -> Tensor:
    return torch.baddbmm(query.new_empty(()), query, key.mT, beta=0, alpha=query.shape[-1] ** -0.5)


def _self_scores(data: Tensor, heads: int) -> Tensor:
    query, key, _ = _parts(data, heads, 3)
    return _scores(query, key)


def _sums(data: Tensor, attention: Tensor, heads: int, count: int) -> Tensor:
    """Multiply ``(B * heads, L, M)`` attention with values, the last of the parts, and put the heads side by side."""
    found = torch.bmm(attention, _parts(data, heads, count)[-1]).transpose(0, 1)
    return found.reshape(found.shape[0], data.shape[1], data.shape[2] // count)


class _SelfScores(torch.autograd.Function):
    """The same as ``_self_scores``, whose gradients are put right to where they belong."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, heads: int) -> Tensor:
        ctx.save_for_backward(data)
        ctx.heads = heads
        return _self_scores(data, heads)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (data,), (grad,) = ctx.saved_tensors, grads
        if torch.is_grad_enabled():
            return *torch.autograd.grad(_self_scores(data, ctx.heads), data, grad, create_graph=True), None
        query, key, _ = _parts(data, ctx.heads, 3)
        found = torch.empty_like(data, memory_format=torch.contiguous_format)
        to_query, to_key, to_value = _parts(found, ctx.heads, 3)
        none, factor = data.new_empty(()), {"beta": 0, "alpha": query.shape[-1] ** -0.5}
        # Copied, as torch multiplies one by one what is to lie apart.
        to_query.copy_(torch.baddbmm(none, grad, key, **factor))
        to_key.copy_(torch.baddbmm(none, grad.mT, query, **factor))
        to_value.zero_()
        return found, None


class _SelfSums(torch.autograd.Function):
    """The same as ``_sums`` of three parts, whose gradient is put right to where it belongs."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, attention: Tensor, heads: int) -> Tensor:
        ctx.save_for_backward(data, attention)
        ctx.heads = heads
        return _sums(data, attention, heads, 3)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (data, attention), (grad,) = ctx.saved_tensors, grads
        if torch.is_grad_enabled():
            wanted = [one for one, needed in zip((data, attention), ctx.needs_input_grad, strict=False) if needed]
            found = iter(torch.autograd.grad(_sums(data, attention, ctx.heads, 3), wanted, grad, create_graph=True))
            return *[next(found) if needed else None for needed in ctx.needs_input_grad[:2]], None
        (grad,) = _parts(grad, ctx.heads, 1)
        to_data = to_attention = None
        if ctx.needs_input_grad[0]:
            to_data = torch.empty_like(data, memory_format=torch.contiguous_format)
            to_query, to_key, to_value = _parts(to_data, ctx.heads, 3)
            to_query.zero_()
            to_key.zero_()
            to_value.copy_(torch.bmm(attention.mT, grad))
        if ctx.needs_input_grad[1]:
            to_attention = torch.bmm(grad, _parts(data, ctx.heads, 3)[2].mT)
        return to_data, to_attention, None
