"""Rounding as in C, the image of a region, and the type that kernels compute in."""

import math

import pytest
import torch

from regluon.kernels.regions import computing_type, image_of, round_half_away


@pytest.mark.parametrize(
    ("value", "whole"),
    [(0.5, 1), (-0.5, -1), (1.5, 2), (2.5, 3), (-2.5, -3), (0.49999997, 0), (-1.4, -1), (8388609.0, 8388609), (0.0, 0)],
)
def test_halves_are_rounded_away_from_zero(value: float, whole: float):
    assert round_half_away(torch.tensor([value])).tolist() == [whole]


def test_what_is_not_finite_stays_what_it_is():
    found = round_half_away(torch.tensor([math.inf, -math.inf, math.nan])).tolist()
    assert found[:2] == [math.inf, -math.inf]
    assert math.isnan(found[2])


def test_an_index_that_says_no_image_is_none():
    index = torch.tensor([[0.0], [1.9], [-0.5], [-1], [2], [math.nan], [math.inf], [-math.inf], [1e30]])
    assert image_of(index, 2).tolist() == [0, 1, 0, -1, -1, -1, -1, -1, -1]
    assert image_of(index, 0).tolist() == [-1] * 9


@pytest.mark.parametrize(
    ("kinds", "found"),
    [
        ([torch.float16], torch.float32),
        ([torch.float16, torch.bfloat16], torch.float32),
        ([torch.float32, torch.float16], torch.float32),
        ([torch.float16, torch.float64], torch.float64),
    ],
)
def test_kernels_compute_in_single_or_double(kinds: list[torch.dtype], found: torch.dtype):
    assert computing_type(*(torch.zeros(1, dtype=kind) for kind in kinds)) == found
