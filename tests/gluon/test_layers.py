"""Every layer against real MXNet: values, gradients, states and text, on every face."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from regluon import autograd, gluon, nd
from regluon.gluon import nn
from tests.recorded import Case, recorded_params

NAMES = tuple(
    path.stem
    for path in sorted((Path(__file__).parent.parent / "golden" / "gluon").glob("*.npz"))
    if path.stem != "LBSGD"
)
EVERY = recorded_params(*NAMES, folder="gluon")
STATES = ("running_mean", "running_var")


def made(name: str, case: Case) -> Any:
    """Make the layer and give its parameters the recorded values; their shapes follow from a first call."""
    layer = getattr(nn, name)(**case.attrs["arguments"])
    layer.initialize()
    dtype = case.inputs["data"].dtype
    with autograd.pause():
        layer(nd.zeros(case.inputs["data"].shape, dtype=dtype))
    for key, values in case.inputs.items():
        if key != "data":
            layer._reg_params[key].set_data(values)
    return layer


def learns(name: str, case: Case, key: str) -> bool:
    """Whether the layer keeps a gradient; MXNet's operator, which was recorded, has one all the same."""
    switch = {"gamma": "scale", "beta": "center"}.get(key)
    default = (name, key) != ("InstanceNorm", "gamma")
    return switch is None or case.attrs["arguments"].get(switch, default)


def compare(name: str, case: Case, output: Any, grad: Callable[[str], Any], state: Callable[[str], Any]) -> None:
    wide = case.outputs[0].dtype == np.float64
    close = {"rtol": 1e-10, "atol": 1e-10} if wide else {"rtol": 2e-5, "atol": 2e-5}
    assert output.dtype == case.outputs[0].dtype
    np.testing.assert_allclose(output, case.outputs[0], **close)
    for key, expected in case.grads.items():
        if learns(name, case, key):
            np.testing.assert_allclose(grad(key), expected, **close, err_msg=f"{name}: gradient of {key}")
        else:
            assert grad(key) is None
    for key, expected in case.aux.items():
        np.testing.assert_allclose(state(key), expected, **close, err_msg=f"{name}: {key}")


def run_on_arrays(name: str, case: Case, layer: Any, own: dict[str, Any]) -> None:
    x = nd.array(case.inputs["data"], dtype=case.inputs["data"].dtype)
    x.attach_grad()
    with autograd.record(train_mode=case.train):
        output = layer(x)
    if case.grads:
        output.backward(nd.array(case.head_grads[0], dtype=case.head_grads[0].dtype))

    def grad(key: str) -> Any:
        if key == "data":
            return x.grad.asnumpy()
        return None if own[key].grad_req == "null" else own[key].grad().asnumpy()

    compare(name, case, output.asnumpy(), grad, lambda key: own[key].data().asnumpy())


@pytest.mark.parametrize("hybridized", [False, True], ids=["eager", "hybridized"])
@pytest.mark.parametrize(("name", "case"), EVERY)
def test_arrays_equal_mxnet(name: str, case: Case, hybridized: bool):
    layer = made(name, case)
    layer.hybridize(hybridized)
    run_on_arrays(name, case, layer, layer._reg_params)


@pytest.mark.parametrize(("name", "case"), EVERY)
def test_exported_and_imported_equal_mxnet(name: str, case: Case, tmp_path: Path):
    layer = made(name, case)
    layer.hybridize()
    layer(nd.array(case.inputs["data"], dtype=case.inputs["data"].dtype))
    symbol_file, params_file = layer.export(tmp_path / "layer")
    block = gluon.SymbolBlock.imports(symbol_file, ["data"], params_file)
    own = {key: block.params[one.name] for key, one in layer._reg_params.items()}
    for key, one in layer._reg_params.items():
        own[key].grad_req = one.grad_req
    run_on_arrays(name, case, block, own)


@pytest.mark.parametrize("hybridized", [False, True], ids=["eager", "hybridized"])
@pytest.mark.parametrize(("name", "case"), EVERY)
def test_tensors_equal_mxnet(name: str, case: Case, hybridized: bool):
    layer = made(name, case)
    layer.hybridize(hybridized)
    layer.train(case.train)
    x = torch.tensor(case.inputs["data"], requires_grad=True)
    output = layer(x)
    if case.grads:
        output.backward(torch.tensor(case.head_grads[0]))
    named = {**dict(layer.named_parameters()), **dict(layer.named_buffers()), "data": x}

    def grad(key: str) -> Any:
        tensor = named[key]
        if not tensor.requires_grad:
            return None
        return np.zeros(tensor.shape) if tensor.grad is None else tensor.grad.numpy()

    compare(name, case, output.numpy(force=True), grad, lambda key: named[key].numpy(force=True))


@pytest.mark.parametrize(("name", "case"), EVERY)
def test_reads_as_in_mxnet(name: str, case: Case):
    layer = getattr(nn, name)(**case.attrs["arguments"])
    assert str(layer) == case.attrs["before"]
    layer.initialize()
    layer(nd.zeros(case.inputs["data"].shape, dtype=case.inputs["data"].dtype))
    assert str(layer) == case.attrs["after"]
