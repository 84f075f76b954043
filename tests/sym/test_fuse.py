"""What graphs give when convolutions take in what follows them; the oracle is the same graph as it is."""

import copy
import pickle

import numpy as np
import pytest
import torch

from regluon import autograd, gluon, nd, sym
from regluon.core.errors import ShapeError
from regluon.gluon import nn
from regluon.kernels.fused_convolution import ACTIVATIONS, fused_convolution
from regluon.ops.nn.fused_convolution import convolve
from regluon.sym.fuse import Frozen, freeze
from regluon.sym.lower import lower


class Residual(gluon.HybridBlock):
    """Two convolutions with normalisation, and a shortcut that may be a third."""

    def __init__(self, channels, shortcut, act="relu", **kwargs):
        super().__init__(**kwargs)
        self.body = nn.HybridSequential()
        self.body.add(nn.Conv2D(channels, 3, padding=1, use_bias=False), nn.BatchNorm(), nn.Activation("relu"))
        self.body.add(nn.Conv2D(channels, 1), nn.BatchNorm(scale=False))
        self.shortcut = nn.Conv2D(channels, 1, use_bias=False) if shortcut else None
        self.act = nn.Activation(act)

    def hybrid_forward(self, F, x):
        return self.act(self.body(x) + (self.shortcut(x) if self.shortcut else x))


def network(*blocks):
    net = nn.HybridSequential()
    net.add(nn.Conv2D(8, 3, strides=2), nn.LeakyReLU(0.1), *blocks)
    net.initialize("xavier")
    rng = np.random.default_rng(3)
    net(nd.zeros((1, 3, 9, 9)))
    for name, one in net.collect_params().items():
        low = 0.5 if name.endswith(("gamma", "running_var")) else -0.5
        one.set_data(nd.array(rng.uniform(low, 1.5, one.shape)))
    return net


def picture(*shape, dtype="float32"):
    return nd.array(np.random.default_rng(0).normal(size=shape or (2, 3, 9, 9)), dtype=dtype)


def compare(net, x, rtol=1e-5):
    expected = net(x).asnumpy()
    net.hybridize(static_alloc=True)
    found = net(x)
    np.testing.assert_allclose(found.asnumpy(), expected, rtol, rtol)
    return found


def frozen(net, x):
    (graph,) = net._graphs.values()
    module = lower(graph.outputs)
    run = freeze(module, frozenset(i for i, one in enumerate(graph._sources) if not isinstance(one, int)))
    assert isinstance(run, Frozen)
    return [node.target for node in module.graph.nodes if node.op == "call_function"]


@pytest.mark.parametrize("act", ["relu", "sigmoid", "tanh", "softrelu"])
def test_residual_networks(act):
    net = network(Residual(8, True), Residual(8, False), Residual(8, False, act))
    compare(net, picture())


def test_sums_and_relus_go_into_the_convolutions():
    net = network(Residual(8, True), Residual(8, False))
    compare(net, picture())
    names = [one.__name__ for one in frozen(net, picture())]
    assert names == ["convolve"] * 6 + ["_contiguous"]


@pytest.mark.parametrize(
    "after",
    [
        lambda F, x: F.relu(x),
        lambda F, x: F.sigmoid(x),
        lambda F, x: F.clip(x, 0, 1),
        lambda F, x: F.clip(x, 1, 0),
        lambda F, x: F.LeakyReLU(x, slope=0.3),
        lambda F, x: F.LeakyReLU(x, act_type="elu"),
        lambda F, x: F.Activation(x, act_type="softsign"),
        lambda F, x: x + x,
        lambda F, x: F.elemwise_add(F.relu(x), x),
        lambda F, x: F.concat(x, F.relu(x)),
    ],
)
def test_what_follows_a_convolution(after):
    compare(network(nn.HybridLambda(after)), picture())


def test_arrays_that_are_read_later_are_not_written_into():
    class Keeps(gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.first, self.second = nn.Conv2D(8, 1), nn.Conv2D(8, 1)

        def hybrid_forward(self, F, x):
            y = self.first(x)
            flat = F.reshape(y, shape=(0, -1))  # lies in the memory of y
            return F.concat(flat, F.flatten(self.second(y) + y), dim=1)

    compare(network(Keeps()), picture())


def test_outputs_are_not_written_into():
    class Both(gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.first, self.second = nn.Conv2D(8, 1), nn.Conv2D(8, 1)

        def hybrid_forward(self, F, x):
            y = self.first(x)
            return F.stack(y, self.second(y) + y) if F is nd else sym.Group([y, self.second(y) + y])

    net = network(Both())
    x = picture()
    expected = net(x).asnumpy()
    net.hybridize(static_alloc=True)
    for found, one in zip(net(x), expected, strict=True):
        np.testing.assert_allclose(found.asnumpy(), one, 1e-5, 1e-5)


@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
def test_other_types(dtype):
    net = network(Residual(8, False))
    net.cast(dtype)
    compare(net, picture().astype(dtype), {"float64": 1e-10, "float16": 4e-3, "bfloat16": 4e-2}[dtype])


def test_depthwise_dilated_and_one_dimensional_convolutions():
    net = network(nn.Conv2D(8, 3, padding=2, dilation=2, groups=8), nn.BatchNorm(), nn.Activation("relu"))
    compare(net, picture())
    line = nn.HybridSequential()
    line.add(nn.Conv1D(4, 3), nn.BatchNorm(), nn.Conv1D(4, 3))
    line.initialize()
    compare(line, picture(2, 3, 9))


def test_no_pictures():
    assert compare(network(Residual(8, False)), picture(0, 3, 9, 9)).shape == (0, 8, 4, 4)


def test_nan_becomes_what_relu_of_the_graph_makes():
    net = network(nn.Activation("relu"))
    x = picture()
    x[0, 0, 0, 0] = float("nan")
    expected = net(x).asnumpy()
    net.hybridize(static_alloc=True)
    assert (np.isnan(net(x).asnumpy()) == np.isnan(expected)).all()


@pytest.mark.parametrize("change", ["set_data", "trainer", "torch", "new tensor", "load"])
def test_changed_parameters_count(change, tmp_path):
    net = network(Residual(8, False))
    net.hybridize(static_alloc=True)
    x = picture()
    before = net(x).asnumpy()
    parameter = net[0].weight
    if change == "set_data":
        parameter.set_data(parameter.data() * 2)
    elif change == "trainer":
        trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 1})
        with autograd.record():
            loss = net(x).sum()
        loss.backward()
        trainer.step(1)
    elif change == "torch":
        with torch.no_grad():
            next(iter(net.parameters())).mul_(2)
    elif change == "new tensor":
        module = net[0]
        module._parameters["weight"].data = module._parameters["weight"].data * 2
    else:
        net.save_parameters(str(tmp_path / "a.params"))
        parameter.set_data(parameter.data() * 2)
        net(x)
        net.load_parameters(str(tmp_path / "a.params"))
    after = net(x).asnumpy()
    net.hybridize(False)
    np.testing.assert_allclose(after, net(x).asnumpy(), 1e-5, 1e-5)
    assert (np.abs(after - before).max() > 1e-3) == (change != "load")


def test_gradients_are_those_of_the_graph_as_it_is():
    net = network(Residual(8, False))
    net.hybridize(static_alloc=True)
    x = picture()
    net(x)
    with autograd.record(train_mode=False):
        loss = net(x).sum()
    loss.backward()
    found = net[0].weight.grad().asnumpy()
    net.hybridize(False)
    with autograd.record(train_mode=False):
        loss = net(x).sum()
    loss.backward()
    np.testing.assert_allclose(found, net[0].weight.grad().asnumpy(), 1e-4, 1e-5)
    assert np.abs(found).max() > 0


def test_tensors():
    net = network(Residual(8, True)).eval()
    net.hybridize(static_alloc=True)
    x = torch.randn(2, 3, 9, 9)
    wanted = net(x)
    assert wanted.requires_grad
    with torch.no_grad():
        found = net(x)
    assert found.is_contiguous()
    torch.testing.assert_close(found, wanted.detach(), rtol=1e-5, atol=1e-5)
    with torch.inference_mode():
        torch.testing.assert_close(net(x), wanted.detach(), rtol=1e-5, atol=1e-5)


def test_autocast_computes_in_bfloat16():
    net = network(Residual(8, True)).eval()
    x = torch.randn(2, 3, 9, 9)
    with torch.no_grad():
        expected = net(x)
        net.hybridize(static_alloc=True)
        with torch.autocast("cpu", torch.bfloat16):
            found = net(x)
        after = net(x)
    assert found.dtype is torch.bfloat16
    torch.testing.assert_close(found.float(), expected, rtol=0.05, atol=0.05)
    torch.testing.assert_close(after, expected, rtol=1e-5, atol=1e-5)


def test_copies_and_pickles_stay_static():
    net = network(Residual(8, True))
    net.hybridize(static_alloc=True)
    x = picture()
    expected = net(x).asnumpy()
    for one in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        np.testing.assert_array_equal(one(x).asnumpy(), expected)
        assert all(graph.static for graph in one._graphs.values())


def test_imported_graphs(tmp_path):
    net = network(Residual(8, True))
    net.hybridize()
    x = picture()
    expected = net(x).asnumpy()
    net.export(tmp_path / "net")
    block = gluon.SymbolBlock.imports(tmp_path / "net-symbol.json", "data", tmp_path / "net-0000.params")
    block.hybridize(static_alloc=True)
    np.testing.assert_allclose(block(x).asnumpy(), expected, 1e-5, 1e-5)


def test_sums_of_other_shapes_are_refused_as_they_were():
    weight, data = torch.zeros(4, 3, 1, 1), torch.zeros(1, 3, 5, 5)
    with pytest.raises(ShapeError, match=r"elemwise_add: lhs and rhs must have the same shape, got \(1, 4, 5, 5\)"):
        convolve(data, weight, None, torch.zeros(1, 4, 1, 1), kernel=(1, 1), num_filter=4)
    with pytest.raises(ShapeError, match="takes 3 input channels, but data of shape"):
        convolve(torch.zeros(1, 2, 5, 5), weight, kernel=(1, 1), num_filter=4)


@pytest.mark.parametrize(
    ("activation", "onto"), [*((one, False) for one in sorted(ACTIVATIONS)), ("none", True), ("relu", True)]
)
def test_onednn_and_torch_agree(activation, onto):
    rng = torch.Generator().manual_seed(1)
    data, weight = torch.randn(2, 4, 6, 6, generator=rng), torch.randn(8, 2, 3, 3, generator=rng)
    bias, other = torch.randn(8, generator=rng), torch.randn(2, 8, 3, 2, generator=rng) if onto else None
    numbers = {"leaky_relu": (0.2,), "hardtanh": (-0.5, 0.7)}.get(activation, ())
    geometry = (2, 2), (1, 0), (1, 1), 2
    expected = fused_convolution(
        data.double(), weight.double(), bias.double(), geometry, activation, numbers, other.double() if onto else None
    )
    found = fused_convolution(data, weight, bias, geometry, activation, numbers, other)
    torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=1e-5)


def test_training_keeps_numbers_and_the_order_of_outputs():
    net = network(Residual(8, True))
    x = picture()
    with autograd.record():
        expected = net(x)
    net.hybridize()
    with autograd.record():
        found = net(x)
    np.testing.assert_allclose(found.asnumpy(), expected.asnumpy(), 1e-4, 1e-5)
    assert found._tensor.is_contiguous()
