import numpy as np
import pytest
import torch

from regluon.core.array import as_numpy


class HasAsNumpy:
    def asnumpy(self):
        return np.array([1.0, 2.0], np.float32)


@pytest.mark.parametrize(
    ("given", "dtype"),
    [
        pytest.param(np.array([1, 2], np.uint8), np.uint8, id="numpy"),
        pytest.param(HasAsNumpy(), np.float32, id="asnumpy"),
        pytest.param(torch.tensor([1.0, 2.0], dtype=torch.float16), np.float16, id="tensor"),
        pytest.param(torch.tensor([1.0, 2.0], dtype=torch.bfloat16), np.float32, id="bfloat16"),
        pytest.param(torch.tensor([1.0, 2.0], requires_grad=True), np.float32, id="tensor with gradient"),
        pytest.param([1, 2], np.int64, id="list"),
    ],
)
def test_as_numpy(given, dtype):
    array = as_numpy(given)
    assert array.dtype == dtype
    assert array.tolist() == [1, 2]


def test_no_copy():
    array = np.zeros(3)
    tensor = torch.zeros(3)
    assert as_numpy(array) is array
    assert np.shares_memory(as_numpy(tensor), tensor.numpy())
