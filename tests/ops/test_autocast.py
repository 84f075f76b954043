"""Operators under torch.autocast meet arrays of several widths."""

import pytest
import torch

from regluon import th
from regluon.core.errors import ArgumentError

HALF, SINGLE = torch.ones(2, dtype=torch.bfloat16), torch.full((2,), 1 / 3)


@pytest.mark.parametrize(
    "call",
    [
        lambda: th.broadcast_mul(HALF, SINGLE),
        lambda: th.elemwise_mul(SINGLE, HALF),
        lambda: th.concat(HALF, SINGLE, dim=0)[2:],
        lambda: th.stack(HALF, SINGLE)[1],
    ],
)
def test_the_widest_wins(call):
    with pytest.raises(ArgumentError, match="must be"):
        call()
    with torch.autocast("cpu", torch.bfloat16):
        assert call().equal(SINGLE)


def test_ints_are_still_refused():
    with torch.autocast("cpu", torch.bfloat16), pytest.raises(ArgumentError, match="rhs must be"):
        th.broadcast_mul(torch.ones(2, dtype=torch.int32), SINGLE)
    with torch.autocast("cpu", torch.bfloat16), pytest.raises(ArgumentError, match="data must be of one dtype"):
        th.stack(torch.ones(2, dtype=torch.int32), SINGLE)


@pytest.mark.parametrize("name", ["Convolution", "Deconvolution"])
def test_convolutions_compute_in_halves(name):
    call = getattr(th, name)
    data, weight = torch.randn(1, 4, 6, 6), torch.randn(4, 4, 3, 3)
    options = {"kernel": (3, 3), "num_filter": 4, "no_bias": True}
    expected = call(data, weight, **options)
    with torch.autocast("cpu", torch.bfloat16):
        for one in (data, data.bfloat16()):
            found = call(one, weight, **options)
            assert found.dtype is torch.bfloat16
            torch.testing.assert_close(found.float(), expected, rtol=0.05, atol=0.2)
