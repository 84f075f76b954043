import numpy as np
import pytest
import torch

from regluon.core.dtype import DTYPES, dtype_name, numpy_dtype, torch_dtype
from regluon.core.errors import ArgumentTypeError


@pytest.mark.parametrize("name", DTYPES)
def test_every_spelling_of_a_name(name):
    expected = getattr(torch, name)
    spellings = [name, expected]
    if name != "bfloat16":
        spellings += [np.dtype(name), getattr(np, name if name != "bool" else "bool_")]
    assert {torch_dtype(one) for one in spellings} == {expected}
    assert {dtype_name(one) for one in spellings} == {name}


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        pytest.param(float, torch.float64, id="float"),
        pytest.param("float", torch.float64, id="float by name"),
        pytest.param(int, torch.int64, id="int"),
        pytest.param(bool, torch.bool, id="bool"),
        pytest.param("f4", torch.float32, id="code"),
        pytest.param("half", torch.float16, id="half"),
        pytest.param(">i2", torch.int16, id="the other byte order"),
    ],
)
def test_what_numpy_takes_for_a_type(spelling, expected):
    assert torch_dtype(spelling) is expected


def test_numpy_types():
    assert numpy_dtype("float16") is np.float16
    assert numpy_dtype(torch.bfloat16) is torch.bfloat16


@pytest.mark.parametrize("spelling", ["nonsense", None, 3, "complex64", torch.complex64, "", object()])
def test_what_is_no_type(spelling):
    with pytest.raises(ArgumentTypeError, match=r"dtype must be one of float32, float64, .*, got "):
        torch_dtype(spelling)
