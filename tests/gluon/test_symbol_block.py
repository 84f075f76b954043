"""SymbolBlocks: graphs as Blocks."""

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from regluon import autograd, gluon, nd, sym
from regluon.core.errors import ArgumentError, ArgumentTypeError
from regluon.gluon import SymbolBlock, nn


def graph(**attributes) -> sym.Symbol:
    data = sym.var("data")
    weight = sym.var("fc_weight", **attributes)
    net = sym.FullyConnected(data, weight=weight, num_hidden=2, name="fc")
    return sym.BatchNorm(net, name="fc_bn", fix_gamma=False)


def made(**attributes) -> SymbolBlock:
    symbol = graph(**attributes)
    net = SymbolBlock(symbol, symbol.get_internals()["data"])
    net.initialize()
    return net


def test_variables_are_parameters_with_what_they_declare():
    net = made(lr_mult=0.5, wd_mult=0.0, init="ones", dtype="float32", shape=(2, 0))
    assert list(net.collect_params()) == ["weight", "bias", "bn_gamma", "bn_beta", "bn_moving_mean", "bn_moving_var"]
    assert (net.weight.lr_mult, net.weight.wd_mult, net.weight.name) == (0.5, 0.0, "fc_weight")
    assert [name for name, _ in net.named_buffers()] == ["bn_moving_mean", "bn_moving_var"]
    net(nd.ones((1, 3)))
    np.testing.assert_array_equal(net.weight.data().asnumpy(), np.ones((2, 3)))
    np.testing.assert_array_equal(net.bn_moving_var.data().asnumpy(), 1)
    np.testing.assert_array_equal(net.bn_gamma.data().asnumpy(), 1)


def test_trains_on_arrays_and_on_tensors():
    net = made()
    x = nd.array([[1, 2], [3, 5]])
    net(x)
    net.weight.set_data([[1, 0], [0, 1]])
    with autograd.record():
        y = net(x)
    y.backward(nd.array([[1, 0], [0, 0]]))
    gradient = net.weight.grad().asnumpy()
    assert net.bn_moving_mean.data().asnumpy() == pytest.approx([0.2, 0.35], rel=1e-5)
    other = copy.deepcopy(net)
    other.zero_grad()
    other(torch.tensor(x.asnumpy()))[0, 0].backward()
    np.testing.assert_allclose(other.weight.grad().asnumpy(), gradient, rtol=1e-5, atol=1e-7)
    other.eval()
    before = other.bn_moving_mean.data().asnumpy()
    other(torch.ones(2, 2))
    np.testing.assert_array_equal(other.bn_moving_mean.data().asnumpy(), before)


@pytest.mark.parametrize("remake", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))], ids=["deep", "pickle"])
def test_copies_are_whole_and_apart(remake, tmp_path: Path):
    net = made()
    x = nd.ones((1, 2))
    expected = net(x).asnumpy()
    other = remake(net)
    np.testing.assert_array_equal(other(x).asnumpy(), expected)
    other.weight.data()[:] = 0
    np.testing.assert_array_equal(net(x).asnumpy(), expected)
    again = SymbolBlock.imports(other.export(tmp_path / "it")[0], ["data"])
    assert list(again.params) == list(other.params)
    outer = nn.HybridSequential()
    outer.add(other)
    outer.hybridize()
    np.testing.assert_array_equal(outer(x).asnumpy(), other(x).asnumpy())


def test_is_a_part_of_greater_graphs():
    net = made()
    net(nd.ones((1, 2)))
    outer = nn.HybridSequential(prefix="outer_")
    with outer.name_scope():
        outer.add(net, nn.Dense(1))
    outer[1].initialize()
    x = nd.ones((1, 2))
    eager = outer(x)
    outer.hybridize()
    np.testing.assert_allclose(outer(x).asnumpy(), eager.asnumpy(), rtol=1e-6)
    assert "fc_weight" in outer(sym.var("x")).list_arguments()


def test_shares_parameters_of_a_network():
    net = nn.Dense(2, prefix="fc_")
    net.initialize()
    x = nd.ones((1, 3))
    net(x)
    data = sym.var("data")
    part = SymbolBlock(net(data), data, params=net.collect_params())
    assert part.weight is net.weight
    np.testing.assert_array_equal(part(x).asnumpy(), net(x).asnumpy())


def test_several_inputs_and_nested_outputs():
    a, b = sym.var("a"), sym.var("b")
    parts = sym.split(a + b, num_outputs=2, axis=1, name="parts")
    net = SymbolBlock([[a * b, parts], a - b], [a, b])
    (product, pieces), difference = net(nd.array([[1, 2]]), nd.array([[3, 4]]))
    assert product.asnumpy().tolist() == [[3, 8]]
    assert [one.asscalar() for one in pieces] == [4, 6]
    assert difference.asnumpy().tolist() == [[-2, -2]]
    with pytest.raises(ArgumentError, match=r"SymbolBlock: takes 2 input\(s\) \(a, b\), got 1"):
        net(nd.ones((1, 2)))


def test_one_output_in_a_list_is_one_output():
    a = sym.var("a")
    assert SymbolBlock([a * 2], [a])(nd.ones((1,))).asscalar() == 2


def test_half_precision_leaves_normalisation_alone():
    net = made()
    net(nd.ones((1, 2)))
    net.cast("float16")
    kinds = {name: one.dtype for name, one in net.collect_params().items()}
    assert kinds["weight"] == kinds["bias"] == np.float16
    assert {kinds[name] for name in kinds if name.startswith("bn")} == {np.float32}
    net.cast("float64")
    assert net(nd.ones((1, 2), dtype="float64")).dtype == np.float64


def test_number_types_are_read_from_graphs():
    assert made(dtype="float64").weight.dtype == np.float64


def test_hybridized_and_compiled():
    net = made()
    x = nd.ones((2, 2))
    expected = net(x).asnumpy()
    net.hybridize(backend="eager")
    np.testing.assert_array_equal(net(x).asnumpy(), expected)
    net.hybridize(False)
    np.testing.assert_array_equal(net(x).asnumpy(), expected)
    seen = []
    net.register_op_hook(lambda name, *_: seen.append(name))
    net(x)
    assert seen == ["fc_output", "fc_bn_output"]


def test_refusals(tmp_path: Path):
    data = sym.var("data")
    with pytest.raises(ArgumentTypeError, match="SymbolBlock: outputs must be Symbols, got 1"):
        SymbolBlock(1, data)
    with pytest.raises(ArgumentTypeError, match=r"SymbolBlock: inputs must be Symbols, got \[\]"):
        SymbolBlock(data, [])
    with pytest.raises(ArgumentError, match="inputs must be variables, got the operator 'twice'"):
        SymbolBlock(data * 3, sym.broadcast_add(data, data, name="twice"))
    graph().save(tmp_path / "it.json")
    with pytest.raises(ArgumentError, match=r"imports: input_names must be among data, fc_weight, .*, got 'image'"):
        SymbolBlock.imports(tmp_path / "it.json", "image")


def test_reads_as_in_mxnet():
    net = made()
    assert str(net) == "SymbolBlock(\n<Symbol fc_bn> : 1 -> 1\n)"
    assert isinstance(net, gluon.HybridBlock)
