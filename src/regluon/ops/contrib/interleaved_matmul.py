"""Attention on projections that lie interleaved in one array.

The last axis of such an array holds, head by head, the head's query, key and value (or key and value), so that one
product of a weight makes all of them.
"""

from typing import Annotated

import torch
from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.ops.attr import Range
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
    query, key, _ = _parts("interleaved_matmul_selfatt_qk", "queries_keys_values", queries_keys_values, heads, 3)
    return _scores(query, key)


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
    return _sums(who, _parts(who, "queries_keys_values", queries_keys_values, heads, 3)[2], attention, heads)


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
    (query,) = _parts(who, "queries", queries, heads, 1)
    key, _ = _parts(who, "keys_values", keys_values, heads, 2)
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
    return _sums(who, _parts(who, "keys_values", keys_values, heads, 2)[1], attention, heads)


def _parts(who: str, name: str, data: Tensor, heads: int, count: int) -> tuple[Tensor, ...]:
    """Take ``(L, B, heads * count * D)`` apart into ``count`` arrays ``(B * heads, L, D)``."""
    if data.ndim != 3 or data.shape[2] % (heads * count):
        raise ShapeError(
            f"{who}: {name} must be (L, B, heads * {count} * D) with heads={heads}, got shape {tuple(data.shape)}"
        )
    length, batch, width = data.shape
    size = width // (heads * count)
    parts = data.reshape(length, batch * heads, count, size).permute(2, 1, 0, 3)
    return parts.unbind(0)


def _scores(query: Tensor, key: Tensor) -> Tensor:
    return torch.bmm(query / query.shape[-1] ** 0.5, key.mT)


def _sums(who: str, value: Tensor, attention: Tensor, heads: int) -> Tensor:
    """Multiply ``(B * heads, L, M)`` attention with ``(B * heads, M, D)`` values, and put the heads side by side."""
    if attention.ndim != 3 or attention.shape[::2] != value.shape[:2]:
        raise ShapeError(
            f"{who}: attention must be (B * heads, L, M) = ({value.shape[0]}, L, {value.shape[1]}), got shape "
            f"{tuple(attention.shape)}"
        )
    found = torch.bmm(attention, value).transpose(0, 1)
    return found.reshape(found.shape[0], value.shape[0] // heads, heads * value.shape[2])
