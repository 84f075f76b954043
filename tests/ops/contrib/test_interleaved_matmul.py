"""Attention on interleaved projections: equal to products head by head.

That it equals MXNet's is tested with all recordings.
"""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.th.contrib import (
    interleaved_matmul_encdec_qk,
    interleaved_matmul_encdec_valatt,
    interleaved_matmul_selfatt_qk,
    interleaved_matmul_selfatt_valatt,
)

LENGTH, OTHER, BATCH, HEADS, SIZE = 3, 5, 2, 2, 4


def part(data: Tensor, batch: int, head: int, which: int, count: int) -> np.ndarray:
    """Cut one head's query, key or value out of where the layout says it lies."""
    begin = (head * count + which) * SIZE
    return data[:, batch, begin : begin + SIZE].detach().numpy()


def test_scores_of_one_sequence() -> None:
    data = torch.randn(LENGTH, BATCH, HEADS * 3 * SIZE)
    found = interleaved_matmul_selfatt_qk(data, HEADS)
    assert found.shape == (BATCH * HEADS, LENGTH, LENGTH)
    for b in range(BATCH):
        for h in range(HEADS):
            expected = part(data, b, h, 0, 3) @ part(data, b, h, 1, 3).T / math.sqrt(SIZE)
            np.testing.assert_allclose(found[b * HEADS + h].numpy(), expected, rtol=1e-5, atol=1e-6)


def test_scores_of_two_sequences() -> None:
    queries, keys_values = torch.randn(LENGTH, BATCH, HEADS * SIZE), torch.randn(OTHER, BATCH, HEADS * 2 * SIZE)
    found = interleaved_matmul_encdec_qk(queries, keys_values, HEADS)
    assert found.shape == (BATCH * HEADS, LENGTH, OTHER)
    for b in range(BATCH):
        for h in range(HEADS):
            expected = part(queries, b, h, 0, 1) @ part(keys_values, b, h, 0, 2).T / math.sqrt(SIZE)
            np.testing.assert_allclose(found[b * HEADS + h].numpy(), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("count", [3, 2])
def test_sums_of_values(count: int) -> None:
    data = torch.randn(OTHER, BATCH, HEADS * count * SIZE)
    attention = torch.rand(BATCH * HEADS, OTHER if count == 3 else LENGTH, OTHER)
    function = interleaved_matmul_selfatt_valatt if count == 3 else interleaved_matmul_encdec_valatt
    found = function(data, attention, HEADS)
    assert found.shape == (attention.shape[1], BATCH, HEADS * SIZE)
    for b in range(BATCH):
        for h in range(HEADS):
            expected = attention[b * HEADS + h].numpy() @ part(data, b, h, count - 1, count)
            mine = found[:, b, h * SIZE : (h + 1) * SIZE].numpy()
            np.testing.assert_allclose(mine, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("function", [interleaved_matmul_selfatt_qk, interleaved_matmul_selfatt_valatt])
def test_gradients_are_the_derivatives(function) -> None:
    data = torch.randn(2, 1, 6, dtype=torch.float64, requires_grad=True)
    more = (
        []
        if function is interleaved_matmul_selfatt_qk
        else [torch.rand(2, 2, 2, dtype=torch.float64, requires_grad=True)]
    )
    assert torch.autograd.gradcheck(lambda *inputs: function(*inputs, 2), (data, *more))
    assert torch.autograd.gradgradcheck(lambda *inputs: function(*inputs, 2), (data, *more))
    # Where only one of them is wanted, too.
    for place in range(len(more) + 1):
        given = [one.detach().requires_grad_(number == place) for number, one in enumerate((data, *more))]
        assert torch.autograd.gradcheck(lambda *inputs: function(*inputs, 2), given)
        assert torch.autograd.gradgradcheck(lambda *inputs: function(*inputs, 2), given)


def test_a_batch_of_none_gives_one_of_none() -> None:
    assert interleaved_matmul_selfatt_qk(torch.zeros(3, 0, 12), 2).shape == (0, 3, 3)
    assert interleaved_matmul_selfatt_valatt(torch.zeros(3, 0, 12), torch.zeros(0, 3, 3), 2).shape == (3, 0, 4)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(
        ShapeError, match=r"queries_keys_values must be \(L, B, heads \* 3 \* D\) with heads=5, got shape"
    ):
        interleaved_matmul_selfatt_qk(torch.zeros(3, 2, 12), 5)
    with pytest.raises(
        ShapeError, match=r"keys_values must be \(L, B, heads \* 2 \* D\) with heads=2, got shape \(3, 8\)"
    ):
        interleaved_matmul_encdec_valatt(torch.zeros(3, 8), torch.zeros(1, 1, 1), 2)
    with pytest.raises(ShapeError, match=r"keys_values must be \(M, B, 2 \* K\) for queries \(L, B, K\), got shapes"):
        interleaved_matmul_encdec_qk(torch.zeros(3, 2, 4), torch.zeros(5, 1, 8), 2)
    with pytest.raises(
        ShapeError, match=r"attention must be \(B \* heads, L, M\) = \(4, L, 3\), got shape \(4, 3, 2\)"
    ):
        interleaved_matmul_selfatt_valatt(torch.zeros(3, 2, 12), torch.zeros(4, 3, 2), 2)
