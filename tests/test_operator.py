"""Operators written in Python do what they do in MXNet: arrays, graphs, gradients, states, files."""

import json
from typing import Any

import numpy as np
import pytest
import torch

from regluon import autograd, gluon, nd, operator, sym, th
from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError, UnknownNameError


class Softmax(operator.CustomOp):
    """The operator of MXNet's own tutorial: softmax with the gradient of the cross entropy."""

    def forward(self, is_train: Any, req: Any, in_data: Any, out_data: Any, aux: Any) -> None:
        x = in_data[0].asnumpy()
        y = np.exp(x - x.max(axis=1, keepdims=True))
        self.assign(out_data[0], req[0], nd.array(y / y.sum(axis=1, keepdims=True)))

    def backward(self, req: Any, out_grad: Any, in_data: Any, out_data: Any, in_grad: Any, aux: Any) -> None:
        label = in_data[1].asnumpy().astype(int)
        y = out_data[0].asnumpy().copy()
        y[np.arange(len(label)), label] -= 1
        self.assign(in_grad[0], req[0], nd.array(y))


@operator.register("test_softmax")
class SoftmaxProp(operator.CustomOpProp):
    def __init__(self, scale: str = "1") -> None:
        super().__init__(need_top_grad=False)
        self.scale = float(scale)

    def list_arguments(self) -> list[str]:
        return ["data", "label"]

    def infer_shape(self, in_shape: list[Any]) -> Any:
        return [in_shape[0], (in_shape[0][0],)], [in_shape[0]], []

    def create_operator(self, ctx: Any, in_shapes: Any, in_dtypes: Any) -> operator.CustomOp:
        assert in_dtypes == [np.float32, np.float32]
        assert in_shapes == [[2, 3], [2]]
        return Softmax()


class Counting(operator.CustomOp):
    """Sum and product, counting its calls in training."""

    def forward(self, is_train: Any, req: Any, in_data: Any, out_data: Any, aux: Any) -> None:
        if is_train:
            aux[0][:] = aux[0] + 1
        self.assign(out_data[0], req[0], in_data[0] + in_data[1])
        self.assign(out_data[1], req[1], in_data[0] * in_data[1])

    def backward(self, req: Any, out_grad: Any, in_data: Any, out_data: Any, in_grad: Any, aux: Any) -> None:
        self.assign(in_grad[0], req[0], out_grad[0] + out_grad[1] * in_data[1])
        self.assign(in_grad[1], req[1], out_grad[0] + out_grad[1] * in_data[0])


@operator.register("test_counting")
class CountingProp(operator.CustomOpProp):
    def list_arguments(self) -> list[str]:
        return ["a", "b"]

    def list_outputs(self) -> list[str]:
        return ["sum", "product"]

    def list_auxiliary_states(self) -> list[str]:
        return ["count"]

    def infer_shape(self, in_shape: list[Any]) -> Any:
        return [in_shape[0], in_shape[0]], [in_shape[0], in_shape[0]], [(1,)]

    def create_operator(self, ctx: Any, in_shapes: Any, in_dtypes: Any) -> operator.CustomOp:
        return Counting()


ROWS = [[1, 2, 3], [4, 5, 7]]
# What MXNet 1.9.1 gives.
PROBABILITIES = [[0.09, 0.2447, 0.6652], [0.042, 0.1142, 0.8438]]
GRADIENT = [[-0.91, 0.2447, 0.6652], [0.042, 0.1142, -0.1562]]


def test_arrays() -> None:
    x, label = nd.array(ROWS), nd.array([0, 2])
    x.attach_grad()
    label.attach_grad()
    with autograd.record():
        y = nd.Custom(x, label, op_type="test_softmax", scale=2)
    y.backward()
    np.testing.assert_allclose(y.asnumpy(), PROBABILITIES, atol=6e-5)
    np.testing.assert_allclose(x.grad.asnumpy(), GRADIENT, atol=6e-5)
    assert label.grad.asnumpy().tolist() == [0, 0]


def test_arrays_by_name() -> None:
    by_name = nd.Custom(label=nd.array([0, 2]), data=nd.array(ROWS), op_type="test_softmax")
    np.testing.assert_allclose(by_name.asnumpy(), PROBABILITIES, atol=6e-5)


def test_tensors() -> None:
    a, b, count = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0]), torch.zeros(1)
    with autograd.train_mode():
        total, product = th.Custom(a, b, count, op_type="test_counting")
    (2 * total + 3 * product).sum().backward()
    assert (total.tolist(), product.tolist(), count.item()) == ([4, 6], [3, 8], 1)
    assert a.grad is not None
    assert a.grad.tolist() == [11, 14]


def test_a_symbol() -> None:
    graph = sym.Custom(data=sym.var("data"), name="sm", op_type="test_softmax", scale=3)
    assert (graph.list_arguments(), graph.list_outputs()) == (["data", "sm_label"], ["sm_output"])
    assert graph.infer_shape(data=(2, 3)) == ([(2, 3), (2,)], [(2, 3)], [])
    assert [one.__name__ for one in graph.infer_type(data="float32")[0]] == ["float32", "float32"]
    node = json.loads(graph.tojson())["nodes"][-1]
    assert (node["op"], node["attrs"]) == ("Custom", {"op_type": "test_softmax", "scale": "3"})
    for one in (graph, sym.load_json(graph.tojson())):
        found = one.eval(data=nd.array(ROWS), sm_label=nd.array([0, 2]))
        np.testing.assert_allclose(found[0].asnumpy(), PROBABILITIES, atol=6e-5)


def test_a_symbol_with_a_state() -> None:
    graph = sym.Custom(a=sym.var("a"), b=sym.var("b"), name="st", op_type="test_counting")
    assert (graph.list_outputs(), graph.list_auxiliary_states()) == (["st_sum", "st_product"], ["st_count"])
    executor = graph.simple_bind("cpu", a=(2,))
    executor.forward(is_train=True, a=nd.array([1, 2]), b=nd.array([3, 4]))
    executor.backward([nd.ones(2), nd.ones(2)])
    assert [one.asnumpy().tolist() for one in executor.outputs] == [[4, 6], [3, 8]]
    assert [one.asnumpy().tolist() for one in executor.grad_dict.values() if one is not None] == [[4, 5], [2, 3]]
    assert executor.aux_dict["st_count"].asnumpy().tolist() == [1]
    executor.forward(is_train=False)
    assert executor.aux_dict["st_count"].asnumpy().tolist() == [1]


@pytest.mark.parametrize("hybridize", [False, True])
def test_a_block(hybridize: bool) -> None:
    class Net(gluon.HybridBlock):
        def hybrid_forward(self, F: Any, x: Any) -> Any:
            return F.Custom(x, F.ones_like(x), F.zeros_like(x), op_type="test_counting")[1] * 2

    net = Net()
    if hybridize:
        net.hybridize()
    assert net(nd.array([1, 2])).asnumpy().tolist() == [2, 4]


def test_without_a_gradient_there_are_zeros() -> None:
    class Constant(operator.CustomOp):
        def forward(self, is_train: Any, req: Any, in_data: Any, out_data: Any, aux: Any) -> None:
            self.assign(out_data[0], "add", in_data[0] + 1)
            self.assign(out_data[0], "null", 5)

    @operator.register("test_constant")
    class ConstantProp(operator.CustomOpProp):
        def create_operator(self, ctx: Any, in_shapes: Any, in_dtypes: Any) -> operator.CustomOp:
            return Constant()

    x = nd.array([1, 2])
    x.attach_grad()
    with autograd.record():
        y = nd.Custom(x, op_type="test_constant")
    y.backward()
    assert (y.asnumpy().tolist(), x.grad.asnumpy().tolist()) == ([2, 3], [0, 0])
    prop = ConstantProp()
    assert prop.declare_backward_dependency([1], [2], [3]) == [1, 2, 3]
    assert type(operator.CustomOpProp(need_top_grad=False).create_operator(None, [], [])) is operator.CustomOp
    assert "test_constant" in operator.get_all_registered_operators()


def test_what_cannot_run_is_refused() -> None:
    x = nd.array([1, 2])
    with pytest.raises(UnknownNameError, match=r"Custom: op_type must be registered with .*, got 'nope'; there are "):
        nd.Custom(x, op_type="nope")
    with pytest.raises(ArgumentTypeError, match="Custom: op_type must be given"):
        nd.Custom(x)
    with pytest.raises(ArgumentTypeError, match="test_counting: inputs must be a, b, count, got 1 of them"):
        nd.Custom(x, op_type="test_counting")
    with pytest.raises(ArgumentTypeError, match="Custom: has no input 'c'; it has a, b, count"):
        nd.Custom(x, c=x, op_type="test_counting")
    with pytest.raises(ArgumentTypeError, match="Custom: inputs must be a, b, count, got 4 of them"):
        sym.Custom(*[sym.var(name) for name in "abcd"], op_type="test_counting")
    with pytest.raises(ArgumentTypeError, match="register: 'test_none' must be a subclass of CustomOpProp, got"):
        operator.register("test_none")(Softmax)  # type: ignore[type-var]
    with pytest.raises(ArgumentError, match=r"assign: req must be one of 'write', .*, got 'wrote'"):
        Softmax().assign(x, "wrote", x)

    @operator.register("test_shapeless")
    class Shapeless(operator.CustomOpProp):
        def infer_shape(self, in_shape: list[Any]) -> Any:
            return [], []

    with pytest.raises(ShapeError, match="test_shapeless: infer_shape must return shapes of 1 inputs, 1 outputs"):
        nd.Custom(x, op_type="test_shapeless")

    @operator.register("test_idle")
    class Idle(operator.CustomOpProp):
        pass

    with pytest.raises(NotImplementedError, match="CustomOp: forward must be written"):
        nd.Custom(x, op_type="test_idle")
