"""Symbols: what their pieces of code cannot show, or MXNet does not have."""

import copy
import pickle
import sys
import threading

import numpy as np
import pytest
import torch

import regluon as mx
from regluon import nd, sym
from regluon.core.errors import (
    ShapeError,
)
from regluon.core.names import NameManager, Prefix
from regluon.sym.infer import infer
from regluon.sym.lower import lower
from regluon.sym.node import Entry
from tests.recorded import operators, recorded

x, y = sym.var("x"), sym.var("y")


# Names


def test_names_are_counted_by_thread():
    found = []
    with Prefix("a_"):
        other = threading.Thread(target=lambda: found.append(sym.relu(x).name))
        other.start()
        other.join()
        found.append(sym.relu(x).name)
    assert found == ["relu0", "a_relu0"]


def test_a_manager_may_be_used_again_inside_itself():
    with NameManager() as names:
        assert sym.relu(x).name == "relu0"
        with names:
            assert sym.relu(x).name == "relu1"
        assert sym.relu(x).name == "relu2"


def test_attributes_end_with_their_scope():
    with mx.AttrScope(ctx_group="a"), mx.AttrScope(lr_mult="2"):
        inner = sym.var("z")
    assert inner.list_attr() == {
        "__ctx_group__": "a",
        "ctx_group": "a",
        "__lr_mult__": "2",
        "lr_mult": "2",
    }
    assert sym.var("z").list_attr() == {}


# Copies


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_copies_are_apart(make):
    first = sym.FullyConnected(x, num_hidden=2, name="fc")
    second = make(first)
    second._set_attr(__mood__="calm")
    assert first.attr("__mood__") is None
    assert second.attr("__mood__") == "calm"
    assert second.list_arguments() == first.list_arguments()


def test_symbols_copied_together_still_share():
    hidden = sym.relu(x, name="hidden")
    first, second = copy.deepcopy([hidden + 1, hidden * 2])
    first.get_internals()["hidden_output"]._set_attr(mood="calm")
    assert second.get_internals()["hidden_output"].attr("mood") == "calm"


# Running


def deep(depth):
    symbol = x
    for _ in range(depth):
        symbol = symbol + 1
    return symbol


def test_a_deep_graph():
    depth = sys.getrecursionlimit() * 5
    symbol = deep(depth)
    assert symbol.infer_shape(x=(2,))[1] == [(2,)]
    assert symbol.infer_type(x="float64")[1] == [np.float64]
    assert symbol.eval(x=nd.zeros(2))[0].asnumpy().tolist() == [depth, depth]
    assert len(copy.deepcopy(symbol).get_internals()) == depth + 1
    assert symbol(x=y).list_arguments() == ["y"]
    executor = symbol.bind("cpu", [nd.zeros(2)], [nd.zeros(2)])
    executor.forward(is_train=True)
    executor.backward()
    assert executor.grad_dict["x"].asnumpy().tolist() == [1, 1]


def test_a_lowered_graph_is_one_graph_to_the_compiler():
    net = sym.BatchNorm(sym.FullyConnected(x, num_hidden=3, name="fc"), name="bn", fix_gamma=False)
    net = sym.Dropout(sym.split(net, num_outputs=3, name="s")[1], p=0.5)
    module = torch.compile(lower(net._entries, training=True), fullgraph=True, backend="aot_eager")
    inputs = [torch.randn(4, 5), torch.randn(3, 5), torch.zeros(3), *(torch.rand(3) for _ in range(4))]
    before = [one.clone() for one in inputs]
    (output,) = module(*inputs)
    assert output.shape == (4, 1)
    changed = [not torch.equal(one, old) for one, old in zip(inputs, before, strict=True)]
    assert dict(zip(net.list_inputs(), changed, strict=True)) == {
        "x": False,
        "fc_weight": False,
        "fc_bias": False,
        "bn_gamma": False,
        "bn_beta": False,
        "bn_moving_mean": True,
        "bn_moving_var": True,
    }


def test_states_change_in_training_alone():
    net = sym.BatchNorm(x, name="bn")
    states = [torch.zeros(3), torch.ones(3)]
    lower(net._entries)(torch.randn(4, 3), torch.ones(3), torch.zeros(3), *states)
    assert [one.tolist() for one in states] == [[0] * 3, [1] * 3]


@pytest.mark.parametrize("name", [name for name in operators() if name in {n for o in mx.nd.op.__all__ for n in (o,)}])
def test_every_operator_runs_in_a_graph(name):
    for case in recorded(name)[:3]:
        count = len(case.inputs)
        variables = [sym.var(f"v{i}") for i in range(count)]
        symbol = getattr(sym.op, name)(*variables, **case.attrs)
        tensors = [torch.from_numpy(values.copy()) for values in case.inputs.values()]
        found = lower(symbol._entries, case.train)(*tensors)
        expected = getattr(mx.th.op, name)
        with mx.autograd.train_mode() if case.train else mx.autograd.predict_mode():
            again = expected(*(torch.from_numpy(values.copy()) for values in case.inputs.values()), **case.attrs)
        again = [again] if isinstance(again, torch.Tensor) else list(again)
        if name in ("Dropout", "LeakyReLU"):
            assert [one.shape for one in found] == [one.shape for one in again]
        else:
            assert all(
                torch.equal(a, b) or torch.allclose(a, b, equal_nan=True) for a, b in zip(found, again, strict=True)
            )
        metas = infer(symbol._entries, {f"v{i}": tuple(one.shape) for i, one in enumerate(tensors)},
                      {f"v{i}": one.dtype for i, one in enumerate(tensors)})  # fmt: skip
        assert [(metas[one].shape, metas[one].dtype) for one in symbol._entries] == [(o.shape, o.dtype) for o in again]


# Shapes


def test_unknown_sizes_follow_from_others():
    one, other = sym.var("a", shape=(2, 0, 4)), sym.var("b", shape=(0, 3, 0))
    assert (one * other).infer_shape() == ([(2, 3, 4), (2, 3, 4)], [(2, 3, 4)], [])


def test_a_batch_of_unknown_size():
    net = sym.Convolution(x, kernel=(3, 3), num_filter=8, name="c", no_bias=True)
    net = sym.Pooling(net, kernel=(2, 2), stride=(2, 2), pool_type="max")
    net = sym.FullyConnected(sym.Flatten(net), num_hidden=5, name="fc")
    shapes = net.infer_shape_partial(x=(0, 3, 10, 10))
    assert shapes == ([(0, 3, 10, 10), (8, 3, 3, 3), (5, 128), (5,)], [(0, 5)], [])
    # Of pictures of unknown size it is the last layer's weight that stays open.
    assert net.infer_shape_partial(x=(1, 3, 0, 0))[0][1:] == [(8, 3, 3, 3), (5, 0), (5,)]


@pytest.mark.parametrize(
    ("symbol", "shapes", "words", "node"),
    [
        pytest.param(x + y, {"x": (2, 3), "y": (2, 4)}, r"\(2, 3\).*\(2, 4\)", "_plus", id="add"),
        pytest.param(
            sym.FullyConnected(x, num_hidden=3, name="fc"),
            {"x": (2, 5), "fc_weight": (3, 4)},
            "weight must have shape",
            "fc",
            id="weight",
        ),
        pytest.param(
            sym.broadcast_add(x, sym.relu(x) * y, name="b"),
            {"x": (2, 3), "y": (1, 3)},
            r"\(2, 3\)",
            "_mul",
            id="inside",
        ),
        pytest.param(
            (x * y) + sym.relu(y),
            {"x": (0, 3), "y": (2, 4)},
            r"x: shape must be \(0, 3\), as said before, got \(2, 4\)",
            "_mul",
            id="partly known",
        ),
    ],
)
def test_contradictions_name_the_node(symbol, shapes, words, node):
    with pytest.raises(ShapeError, match=words) as caught:
        symbol.infer_shape(**shapes)
    assert any(note.startswith(f"in node '{node}") for note in caught.value.__notes__)


def test_a_shape_may_be_an_array_without_axes_for_tensors():
    found = infer((x * 2)._entries, {"x": ()}, {"x": torch.float64})
    (entry,) = (x * 2)._entries
    assert [meta.shape for one, meta in found.items() if one.node.operator is None] == [()]
    assert {meta.dtype for meta in found.values()} == {torch.float64}
    assert isinstance(entry, Entry)


# Executors


def test_outputs_are_apart_from_arguments():
    executor = sym.Group([x.reshape((2, 1)), x]).bind("cpu", [nd.zeros(2)])
    for output in executor.forward():
        output[:] = 7
    assert executor.arg_dict["x"].asnumpy().tolist() == [0, 0]


def test_an_executor_of_other_shapes_shares_what_stays():
    executor = sym.FullyConnected(x, num_hidden=3, name="fc").simple_bind("cpu", x=(4, 2))
    other = executor.reshape(x=(7, 2))
    assert other.arg_dict["x"].shape == (7, 2)
    assert other.arg_dict["fc_weight"] is executor.arg_dict["fc_weight"]
    assert other.grad_dict["fc_weight"] is executor.grad_dict["fc_weight"]
    assert (other.aux_arrays, len(other.arg_arrays)) == ([], 3)
    with pytest.raises(ShapeError, match="reshape: the shapes of all arguments must follow from those of fc_bias"):
        executor.reshape(fc_bias=(3,))


def test_types_of_bound_arrays():
    executor = sym.FullyConnected(x, num_hidden=3, name="fc").simple_bind("cpu", type_dict={"x": "float16"}, x=(4, 2))
    assert {one.dtype for one in executor.arg_arrays} == {np.float16}
    executor = sym.Embedding(x, input_dim=3, output_dim=2, name="e").simple_bind(
        "cpu", type_dict={"x": "int32"}, x=(4,)
    )
    assert executor.arg_dict["e_weight"].dtype == np.float32


def test_outputs_by_name():
    executor = sym.Group([sym.relu(x, name="a"), sym.exp(x, name="b")]).bind("cpu", [nd.zeros(1)])
    assert executor.output_dict == {}
    executor.forward()
    assert {name: one.asscalar() for name, one in executor.output_dict.items()} == {"a_output": 0, "b_output": 1}
