"""The fully connected layer, held against a sum over inputs."""

import numpy as np
import pytest
import torch

from regluon import th
from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.registry import find


@pytest.mark.parametrize("shape", [(2, 3), (4,), (2, 3, 2), (2, 1, 3, 2), (0, 3)], ids=str)
@pytest.mark.parametrize("flatten", [True, False])
def test_equals_its_definition(shape: tuple[int, ...], flatten: bool) -> None:
    data = torch.randn(shape, dtype=torch.float64)
    rows = data.numpy().reshape(shape[0], int(np.prod(shape[1:]))) if flatten else data.numpy()
    weight, bias = torch.randn(5, rows.shape[-1], dtype=torch.float64), torch.randn(5, dtype=torch.float64)
    found = th.FullyConnected(data, weight, bias, num_hidden=5, flatten=flatten)
    expected = [
        [sum(row[i] * w[i] for i in range(len(row))) for w in weight.numpy()]
        for row in rows.reshape(-1, weight.shape[1])
    ]
    expected = np.reshape(expected, (*rows.shape[:-1], 5)) + bias.numpy()
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-12)


def test_gradients_are_the_derivatives() -> None:
    inputs = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in ((2, 2, 2), (3, 4), (3,))]
    assert torch.autograd.gradcheck(lambda *arrays: th.FullyConnected(*arrays, num_hidden=3), inputs)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision(dtype: torch.dtype) -> None:
    data, weight = torch.randn(3, 4).to(dtype), torch.randn(2, 4).to(dtype)
    found = th.FullyConnected(data, weight, num_hidden=2, no_bias=True)
    assert found.dtype == dtype
    torch.testing.assert_close(found.double(), data.double() @ weight.double().T, rtol=2e-2, atol=3e-2)


def test_weights_follow_from_data() -> None:
    entry = find("FullyConnected")
    assert entry.complete is not None
    unknown = {"data": (7, 2, 3), "weight": None, "bias": None}
    assert entry.complete(unknown, entry.fill({"num_hidden": 5})) == {"weight": (5, 6), "bias": (5,)}
    assert entry.complete(unknown, entry.fill({"num_hidden": 5, "flatten": False})) == {"weight": (5, 3), "bias": (5,)}
    assert entry.complete({**unknown, "data": None}, entry.fill({"num_hidden": 5})) == {}
    assert list(entry.omit(entry.fill({"num_hidden": 5, "no_bias": True}))) == ["bias"]


@pytest.mark.parametrize(
    ("weight", "bias", "attrs", "error", "words"),
    [
        pytest.param(
            (5, 3),
            (5,),
            {},
            ShapeError,
            r"weight must have shape \(num_hidden, K\) = \(5, 6\) for data of shape \(2, 6\), got \(5, 3\)",
            id="weight",
        ),
        pytest.param(
            (5, 6), None, {}, ArgumentError, "bias must be given, unless no_bias is true, got None", id="bias"
        ),
        pytest.param(
            (5, 6),
            (5,),
            {"no_bias": True},
            ArgumentError,
            r"bias must be left out, as no_bias is true, got \(5,\)",
            id="no bias",
        ),
    ],
)
def test_refuses(weight: tuple, bias: tuple | None, attrs: dict, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=f"^FullyConnected: {words}"):
        th.FullyConnected(
            torch.zeros(2, 2, 3),
            torch.zeros(weight),
            None if bias is None else torch.zeros(bias),
            num_hidden=5,
            **attrs,
        )
