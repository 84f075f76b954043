"""Numpy's functions in networks: traced, hybridized, exported, and read from MXNet 2's files."""

import json
from pathlib import Path

import numpy as onp
import pytest
import torch

import regluon as mx
from regluon import autograd, gluon, np, npx, sym
from regluon.core.errors import MXNetError
from regluon.sym.numpy_symbol import NumpySymbol
from tests.np.expressions import pool

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "numpy"


@pytest.fixture(autouse=True)
def numpy_arrays():
    npx.set_np()
    yield
    npx.reset_np()


class Network(gluon.HybridBlock):
    def __init__(self):
        super().__init__()
        self.conv = gluon.nn.Conv2D(4, 3, padding=1)
        self.norm = gluon.nn.BatchNorm()
        self.dense = gluon.nn.Dense(5)
        self.scale = gluon.Parameter("scale", shape=(5,), init="ones")

    def forward(self, x):
        found = npx.relu(self.norm(self.conv(x)))
        found = npx.pooling(found, kernel=(2, 2), stride=(2, 1))
        found = np.concatenate([found, found * 2 + 1], axis=1)
        found = self.dense(found.reshape(x.shape[0], -1)) * self.scale.data()
        signed = np.where(found > 0, found, -found)
        first, second = np.split(found, [2], axis=1)
        stacked = np.stack([npx.softmax(found, axis=-1), np.exp(found)]).transpose(1, 0, 2)
        return (
            signed.mean(axis=1, keepdims=True),
            stacked[:, 0],
            stacked[..., 1:, None],
            first.max(axis=0) - second.std(axis=1, keepdims=True),
            (found - 1) ** 2 @ np.ones((5, 3)),
            np.zeros((x.ndim, 5)).sum() + found[0, 1:],
            np.argmax(found, axis=1),
        )


def network():
    mx.random.seed(3)
    net = Network()
    net.initialize()
    return net


def check(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert type(one) is np.ndarray
        onp.testing.assert_allclose(one.asnumpy(), other.asnumpy(), rtol=1e-5, atol=1e-6)


def test_all_ways_to_run_agree(tmp_path):
    x = np.array(pool()["q"])
    net = network()
    expected = net(x)
    net.hybridize()
    check(net(x), expected)
    net.export(tmp_path / "net")
    files = str(tmp_path / "net-symbol.json"), ["data"], str(tmp_path / "net-0000.params")
    check(gluon.SymbolBlock.imports(*files)(x), expected)
    graph = json.loads(Path(files[0]).read_text())
    assert graph["attrs"]["is_np_shape"] == ["int", 1]
    names = {node["op"] for node in graph["nodes"]}
    assert {"_npi_where", "_npi_zeros", "_npx_relu", "_npi_matmul", "_npi_split", "_npx_reshape", "slice"} <= names


def test_reads_what_mxnet_2_has_written():
    with onp.load(GOLDEN / "network.npz") as recorded:
        x, *outputs = [recorded[name] for name in ("x", *(f"out{place}" for place in range(8)))]
    net = gluon.SymbolBlock.imports(GOLDEN / "network-symbol.json", ["data"], GOLDEN / "network-0000.params")
    for one, other in zip(net(np.array(x)), outputs, strict=True):
        assert one.dtype == other.dtype
        onp.testing.assert_allclose(one.asnumpy(), other, rtol=1e-5, atol=1e-6)


def test_a_symbol_block_is_a_part_of_a_network():
    inner = gluon.SymbolBlock.imports(GOLDEN / "network-symbol.json", ["data"], GOLDEN / "network-0000.params")

    class Outer(gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.inner = inner

        def forward(self, x):
            return self.inner(x)[0] * np.arange(3)

    net = Outer()
    x = np.array(pool()["q"])
    expected = net(x)
    net.hybridize()
    net(x)
    symbol, _ = net.export(None)
    assert "_npi_multiply" in symbol.tojson()
    assert expected.shape == (2, 3)


def test_layers_of_mxnet_1_take_them():
    class Block(gluon.HybridBlock):
        def hybrid_forward(self, F, x):
            return F.npx.relu(F.np.exp(x) - 1) + F.np.ones((3,))

    block = Block()
    block.initialize()
    x = np.array([[-1, 0, 1]])
    expected = block(x)
    block.hybridize()
    check([block(x)], [expected])
    assert type(block(torch.tensor([[-1.0, 0, 1]]))) is torch.Tensor


def test_training():
    mx.random.seed(1)
    net = gluon.nn.HybridSequential()
    net.add(gluon.nn.Dense(8, activation="relu"), gluon.nn.BatchNorm(), gluon.nn.Dense(1))
    net.initialize()
    net.hybridize()
    data = np.random.normal(size=(64, 4))
    label = (data[:, :1] * 2 - data[:, 1:2]) / 2
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.05})
    loss = gluon.loss.L2Loss()
    losses = []
    loader = gluon.data.DataLoader(gluon.data.ArrayDataset(data, label), batch_size=16)
    for _ in range(20):
        for x, y in loader:
            assert type(x) is np.ndarray
            with autograd.record():
                found = loss(net(x), y)
            found.backward()
            trainer.step(16)
        losses.append(float(found.mean()))
    assert type(found) is np.ndarray
    assert losses[-1] < losses[0] / 10


def test_parameters_are_of_the_class_in_use():
    weight = gluon.Parameter("weight", shape=(2,), init="ones")
    weight.initialize()
    assert [type(one) for one in (weight.data(), weight.grad())] == [np.ndarray] * 2
    with npx.np_array(False):
        assert [type(one) for one in (weight.data(), weight.grad())] == [mx.nd.NDArray] * 2
    weight.data()[:] = 3
    assert weight.data().tolist() == [3, 3]


def test_batches_are_of_the_class_in_use():
    assert type(gluon.data.dataloader.default_batchify_fn([1.0, 2.0])) is np.ndarray
    assert type(gluon.data.dataloader.default_batchify_fn([np.ones((2,)), np.ones((2,))])) is np.ndarray
    with npx.np_array(False):
        assert type(gluon.data.dataloader.default_batchify_fn([1.0, 2.0])) is mx.nd.NDArray


# Symbols


def x_and_value():
    return sym.var("x").as_np_ndarray(), np.array(pool()["q"])


KEYS = [
    (0,), (slice(1, None),), (0, 1), (slice(None), 1), (slice(None), slice(None, None, 2)), (None, 0), (0, None),
    (Ellipsis, 0), (Ellipsis, slice(1, 3), slice(None)), (0, Ellipsis, 1), (Ellipsis, None), (-1,), (Ellipsis, -1),
    (slice(None, None, -1),), (slice(None),), (1, Ellipsis, slice(None), 0),
]  # fmt: skip


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_keys_of_symbols(key):
    x, value = x_and_value()
    (found,) = x[key].eval(x=value)
    assert (found.asnumpy() == value.asnumpy()[key]).all()
    assert found.asnumpy().reshape(value.asnumpy()[key].shape).shape == value.asnumpy()[key].shape


def test_symbols_as_keys():
    x, value = x_and_value()
    (found,) = x[x > 0].eval(x=value)
    assert (found.asnumpy() == value.asnumpy()[value.asnumpy() > 0]).all()
    (found,) = x[sym.var("k")].eval(x=value, k=np.array([1, 0], dtype="int64"))
    assert (found.asnumpy() == value.asnumpy()[[1, 0]]).all()


def test_symbols_of_both_kinds():
    x, _ = x_and_value()
    plain = sym.var("y")
    assert type(plain + x) is NumpySymbol
    assert type(x * plain) is NumpySymbol
    assert type(sym.relu(x)) is NumpySymbol
    assert type(sym.relu(plain)) is sym.Symbol
    assert type(np.exp(plain)) is NumpySymbol
    assert type(x.as_nd_ndarray()) is sym.Symbol
    assert x.as_np_ndarray() is x
    assert plain.as_nd_ndarray() is plain
    assert type(sym.np.zeros((2,))) is NumpySymbol
    assert type(sym.np.random.normal(size=(2,))) is NumpySymbol
    assert type(sym.npx.relu(x)) is NumpySymbol
    first, second = np.split(x, 2)
    assert type(first) is type(second) is NumpySymbol
    group = sym.Group([first, second]).as_np_ndarray()
    assert group[1].list_outputs() == second.list_outputs()
    assert [one.list_outputs() for one in group] == [first.list_outputs(), second.list_outputs()]


def test_sizes_are_known_while_tracing_alone():
    x, _ = x_and_value()
    for name in ("shape", "ndim", "size", "dtype"):
        with pytest.raises(MXNetError, match=f"{name}: a Symbol's is not known here"):
            getattr(x, name)

    class Block(gluon.HybridBlock):
        def forward(self, x):
            assert (x.shape, x.ndim, x.size, x.dtype) == ((2, 3), 2, 6, onp.float32)
            return x + 1

    block = Block()
    block.hybridize()
    block(np.ones((2, 3)))
    assert block.export(None)[0].list_arguments() == ["data"]


@pytest.mark.parametrize(
    ("use", "words"),
    [
        (lambda x: x[[0, 1]], "index: of a symbol must be ints, slices, `...` and None, got"),
        (lambda x: x[..., ::2], "index: steps behind `...` must be 1, got 2"),
        (lambda x: np.exp(x, out=x), "_npi_exp: out must not be given for symbols"),
    ],
)
def test_wrong_use_of_symbols(use, words):
    x, _ = x_and_value()
    with pytest.raises(MXNetError, match=words.replace("...", r"\.\.\.")):
        use(x)
