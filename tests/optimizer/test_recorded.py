"""Optimizers against real MXNet: five updates of a weight."""

import numpy as np
import pytest

from regluon import nd, optimizer
from tests.recorded import Case, recorded_params

NAMES = (
    "SGD", "NAG", "Signum", "FTML", "LARS", "LAMB", "DCASGD", "Adam", "Adamax", "Nadam", "AdaGrad", "AdaDelta",
    "RMSProp", "Ftrl", "GroupAdaGrad",
)  # fmt: skip


@pytest.mark.parametrize(("name", "case"), recorded_params(*NAMES, folder="components"))
def test_equals_mxnet(name: str, case: Case):
    update = optimizer.get_updater(optimizer.create(name.lower(), **case.attrs))
    weight = nd.array(case.inputs["weight"], dtype=case.inputs["weight"].dtype)
    for gradient, expected in zip(case.inputs["gradients"], case.outputs[0], strict=True):
        update(0, nd.array(gradient, dtype=gradient.dtype), weight)
        close = {"rtol": 2e-3, "atol": 2e-3} if weight.dtype == np.float16 else {"rtol": 2e-5, "atol": 2e-6}
        np.testing.assert_allclose(weight.asnumpy(), expected, **close)
