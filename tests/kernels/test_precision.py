"""Numbers take the precision that kernels compute in."""

import math

import numpy as np
import pytest
import torch

from regluon.kernels.precision import at_least_single, single


@pytest.mark.parametrize("number", [0.0, 0.3, -1e-12, 1 / 3, 1e-46, 16777217.0, math.inf])
def test_single_equals_numpy(number: float):
    assert single(number) == float(np.float32(number))


def test_single_of_what_is_too_large_is_infinite():
    assert single(1e39) == math.inf
    assert single(-1e39) == -math.inf
    assert math.isnan(single(math.nan))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_widens_exactly(dtype: torch.dtype):
    data = torch.linspace(-1, 1, 7).to(dtype)
    wide = at_least_single(data)
    assert wide.dtype == torch.float32
    assert torch.equal(wide.to(dtype), data)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_wide_types_are_left_alone(dtype: torch.dtype):
    data = torch.zeros(3, dtype=dtype)
    assert at_least_single(data) is data
