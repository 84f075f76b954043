"""The check of values: it lets values through, or says which broke what rule, also in a traced graph."""

import pytest
import torch
from torch._subclasses import FakeTensorMode

from regluon.core.errors import ArgumentError
from regluon.kernels.checks import require


def test_lets_values_through():
    values = torch.tensor([3, 1, 2])
    found = require(values, values > 0, "values must be positive")
    assert found.tolist() == [3, 1, 2]
    found[0] = 9
    assert values.tolist() == [3, 1, 2]


def test_nothing_breaks_no_rule():
    assert require(torch.zeros(0, 2), torch.zeros(0, dtype=torch.bool), "never").shape == (0, 2)


def test_shows_the_first_value_that_breaks_the_rule():
    values = torch.tensor([[1.0, 2.0], [3.0, -4.0], [-5.0, 6.0]])
    with pytest.raises(ArgumentError, match=r"^pick: rows must be positive, got \[3\.0, -4\.0\]$"):
        require(values, (values > 0).all(1), "pick: rows must be positive")


def test_a_traced_graph_keeps_the_check():
    def run(values: torch.Tensor) -> torch.Tensor:
        return require(values, values > 0, "values must be positive") + 1

    traced = torch.compile(run, fullgraph=True, backend="eager")
    assert traced(torch.ones(2)).tolist() == [2, 2]
    with pytest.raises(ArgumentError, match=r"values must be positive, got 0\.0"):
        traced(torch.tensor([1.0, 0.0]))


@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_without_values_there_is_nothing_to_check(device: str):
    with FakeTensorMode(allow_non_fake_inputs=True):
        values = torch.empty(2, 3, device=device).T
        found = require(values, torch.empty(3, dtype=torch.bool, device=device), "never")
    assert (found.shape, found.is_contiguous(), found.device.type) == ((3, 2), True, device)


def test_torch_accepts_the_operator():
    values = torch.tensor([1, 2])
    assert set(torch.library.opcheck(require, (values, values > 0, "never")).values()) == {"SUCCESS"}
