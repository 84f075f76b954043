"""A Block is a torch module: what torch does with modules works on it."""

import copy
import io
import pickle

import numpy as np
import pytest
import torch

from regluon import autograd, gluon, init, nd
from regluon.core.errors import MXNetError
from regluon.gluon import nn

NAMES = ["0.weight", "1.gamma", "1.beta", "1.running_mean", "1.running_var", "5.weight", "5.bias", "6.alpha"]


def network() -> nn.HybridSequential:
    net = nn.HybridSequential()
    net.add(nn.Conv2D(3, 3, padding=1, use_bias=False), nn.BatchNorm(), nn.Activation("relu"), nn.MaxPool2D())
    net.add(nn.Flatten(), nn.Dense(4), nn.PReLU(), nn.Dropout(0.5))
    return net


def image() -> torch.Tensor:
    return torch.randn(2, 2, 4, 4)


@pytest.fixture
def net() -> nn.HybridSequential:
    made = network()
    made.initialize()
    made(image())
    return made.eval()


@pytest.mark.parametrize("hybridized", [False, True], ids=["eager", "hybridized"])
def test_torch_optimisers_train_it(hybridized: bool):
    net = nn.HybridSequential()
    net.add(nn.Dense(4, activation="relu"), nn.Dense(1))
    net.initialize(init.Xavier())
    net.hybridize(hybridized)
    x = torch.randn(64, 3)
    y = x.abs().sum(1, keepdim=True)
    net(x)
    optimizer = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9)
    losses = []
    for _ in range(30):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(net(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.3 * losses[0]
    np.testing.assert_allclose(net(nd.array(x)).asnumpy(), net(x).numpy(force=True), rtol=1e-5, atol=1e-6)


def test_arrays_and_tensors_see_one_network(net):
    x = image()
    np.testing.assert_allclose(net(nd.array(x)).asnumpy(), net(x).numpy(force=True), rtol=1e-5, atol=1e-6)
    with torch.no_grad():
        net.get_parameter("5.bias").fill_(2)
    assert net[5].bias.data().asnumpy().tolist() == [2] * 4


class TestStateDict:
    def test_into_a_network_without_values(self, net):
        assert list(net.state_dict()) == NAMES
        other = network()
        assert str(other.load_state_dict(net.state_dict())) == "<All keys matched successfully>"
        x = image()
        assert torch.equal(other.eval()(x), net(x))
        waiting = network()
        waiting.initialize()
        waiting.load_state_dict(net.state_dict())
        assert torch.equal(waiting.eval()(x), net(x))

    def test_assigning_instead_of_copying(self, net):
        other = network()
        other.initialize()
        other(image())
        state = {name: value.double() for name, value in net.state_dict().items()}
        other.load_state_dict(state, assign=True)
        assert other[0].weight.dtype == np.float64
        x = image()
        torch.testing.assert_close(other.eval()(x.double()), net(x).double(), rtol=1e-4, atol=1e-5)
        assert other[0].weight.grad_req == "write"

    def test_through_a_file(self, net):
        file = io.BytesIO()
        torch.save(net.state_dict(), file)
        file.seek(0)
        other = network()
        other.load_state_dict(torch.load(file, weights_only=True))
        x = image()
        assert torch.equal(other.eval()(x), net(x))

    def test_errors_are_torchs(self, net):
        state = net.state_dict()
        state["extra"] = torch.ones(1)
        del state["0.weight"]
        with pytest.raises(RuntimeError, match=r"(?s)Missing key.*0.weight.*Unexpected key.*extra"):
            network().load_state_dict(state)
        state = net.state_dict()
        state["5.weight"] = torch.ones(9, 9)
        with pytest.raises(RuntimeError, match=r"size mismatch for 5.weight"):
            net.load_state_dict(state)
        with pytest.raises(RuntimeError, match=r"_weight': shape must be \(4, 0\), got \(9, 9\)"):
            network().load_state_dict(state)

    def test_values_must_be_there(self):
        with pytest.raises(
            MXNetError, match=r"state_dict: 0.weight has no value yet: initialize the block and run it once"
        ):
            network().state_dict()


class TestConversion:
    def test_of_numbers(self, net):
        x = image()
        expected = net(x)
        assert net.double() is net
        assert {one.dtype for one in net.collect_params().values()} == {np.float64}
        torch.testing.assert_close(net(x.double()).float(), expected, rtol=1e-4, atol=1e-5)
        net.to(torch.float16).float()
        assert net[0].weight.tensor() is net.get_parameter("0.weight")
        torch.testing.assert_close(net(x), expected, rtol=2e-2, atol=2e-2)

    def test_before_shapes_are_known(self):
        net = network()
        net.initialize()
        net.double()
        assert net(image().double()).dtype == torch.float64
        assert net[0].weight.dtype == np.float64

    def test_of_a_shared_parameter(self):
        one = nn.Dense(2, in_units=2)
        two = nn.Dense(2, in_units=2, params=one.params)
        both = nn.HybridSequential()
        both.add(one, two)
        both.initialize()
        both.double()
        assert one.get_parameter("weight") is two.get_parameter("weight")
        assert one.weight.tensor() is one.get_parameter("weight")
        assert len(list(both.parameters())) == 2

    def test_to_where_nothing_is_kept(self, net):
        net.to("meta")
        assert net(image().to("meta")).shape == (2, 4)
        assert net[0].weight.tensor().device.type == "meta"


class TestCopies:
    @pytest.mark.parametrize(
        "remake", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))], ids=["deep", "pickle"]
    )
    @pytest.mark.parametrize("hybridized", [False, True], ids=["eager", "hybridized"])
    def test_are_whole_and_apart(self, net, remake, hybridized: bool):
        net.hybridize(hybridized)
        x = image()
        expected = net(x).detach()
        other = remake(net)
        assert torch.equal(other(x), expected)
        other.get_parameter("5.bias").data.fill_(9)
        assert torch.equal(net(x), expected)
        assert other[5].bias.tensor() is other.get_parameter("5.bias")
        trainer = gluon.Trainer(other.collect_params(), "sgd", {"learning_rate": 1.0})
        with autograd.record():
            loss = other(nd.array(x)).sum()
        loss.backward()
        trainer.step(1)
        assert not torch.equal(other(x), expected)
        assert torch.equal(net(x), expected)

    def test_before_there_are_values(self):
        other = copy.deepcopy(network())
        other.initialize()
        assert other(image()).shape == (2, 4)
        waiting = network()
        waiting.initialize()
        waiting.double()
        for remake in (copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))):
            assert remake(waiting)(image().double()).dtype == torch.float64

    def test_of_the_whole_module_in_a_file(self, net):
        file = io.BytesIO()
        torch.save(net, file)
        file.seek(0)
        x = image()
        assert torch.equal(torch.load(file, weights_only=False)(x), net(x))


class TestCompilers:
    @pytest.mark.parametrize("backend", ["eager", "aot_eager"])
    def test_compile(self, net, backend: str):
        x = image()
        compiled = torch.compile(net, fullgraph=True, backend=backend)
        torch.testing.assert_close(compiled(x), net(x))
        net.get_parameter("5.bias").data.fill_(3)
        torch.testing.assert_close(compiled(x), net(x))

    def test_compile_what_is_hybridized(self, net):
        net.hybridize()
        x = image()
        torch.testing.assert_close(torch.compile(net, fullgraph=True, backend="eager")(x), net(x))

    def test_compile_a_graph(self, net):
        net.hybridize()
        x = image()
        net(nd.array(x))
        symbol, values = net.export(None)
        block = gluon.SymbolBlock(symbol, symbol.get_internals()["data"])
        block.load_dict(values)
        block.eval()
        torch.testing.assert_close(torch.compile(block, fullgraph=True, backend="eager")(x), net(x))

    def test_compile_for_training(self, net):
        net.train()
        plain, x = copy.deepcopy(net), image()
        compiled = torch.compile(net, backend="aot_eager")
        for each in (plain, compiled):
            torch.manual_seed(0)
            each(x).sum().backward()
        for (name, one), other in zip(plain.named_parameters(), net.parameters(), strict=True):
            torch.testing.assert_close(other.grad, one.grad, msg=name)

    def test_export(self, net):
        x = image()
        program = torch.export.export(net, (x,))
        torch.testing.assert_close(program.module()(x), net(x))
        assert set(program.graph_signature.parameters) == {name for name, _ in net.named_parameters()}
        assert set(program.graph_signature.buffers) == {"1.running_mean", "1.running_var"}
        assert not program.constants

    @pytest.mark.parametrize("hybridized", [False, True], ids=["eager", "hybridized"])
    def test_functional_call(self, net, hybridized: bool):
        net.hybridize(hybridized)
        x = image()
        net(x)
        zeros = {name: torch.zeros_like(one) for name, one in net.named_parameters()}
        assert torch.func.functional_call(net, zeros, (x,)).abs().max() == 0
        assert net(x).abs().max() > 0
        gradient = torch.func.grad(lambda values: torch.func.functional_call(net, values, (x,)).sum())
        assert set(gradient(dict(net.named_parameters()))) == set(zeros)


class TestGradients:
    def test_torchs_count_for_the_trainer(self):
        net = nn.Dense(1, in_units=1)
        net.initialize("ones")
        trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.5})
        net(torch.ones(1, 1)).sum().backward()
        net.weight.grad()  # whoever looks does not change it
        trainer.step(1)
        assert net.weight.data().asscalar() == 0.5
        with pytest.raises(MXNetError, match="must be new, but no backward has reached it"):
            trainer.step(1)

    def test_torchs_add_up_and_autograds_replace(self):
        net = nn.Dense(1, in_units=1)
        net.initialize("ones")
        for _ in range(2):
            net(torch.ones(1, 1)).sum().backward()
        assert net.weight.grad().asscalar() == 2
        with autograd.record():
            loss = net(nd.ones((1, 1)))
        loss.backward()
        assert net.weight.grad().asscalar() == 1

    def test_none_without_gradients(self, net):
        with torch.no_grad():
            assert not net(image()).requires_grad
        assert net(image()).requires_grad
        net.requires_grad_(False)
        assert not net(image()).requires_grad

    def test_norms_are_clipped(self, net):
        net(image()).sum().backward()
        before = torch.nn.utils.clip_grad_norm_(net.parameters(), 0.1)
        after = torch.stack([one.grad.norm() for one in net.parameters()]).norm()
        assert before > 0.1
        assert after == pytest.approx(0.1, rel=1e-3)


def test_a_plain_module_holds_blocks(net):
    outer = torch.nn.Sequential(net, torch.nn.Linear(4, 1))
    assert outer(image()).shape == (2, 1)
    assert "0.0.weight" in outer.state_dict()
    assert not outer.eval()[0].training
