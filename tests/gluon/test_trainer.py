"""Trainer: updates, what it refuses, and what it keeps on disk; numbers of whole trainings are in the scenarios."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

import regluon as mx
from regluon import autograd, gluon, lr_scheduler, nd, optimizer
from regluon.core.errors import ArgumentError, ArgumentTypeError, FormatError, MXNetError, NotSupportedError
from regluon.gluon import Parameter, Trainer, nn

OPTIMIZERS = ["sgd", "nag", "adam", "nadam", "lars", "lbsgd", "rmsprop", "ftml", "dcasgd", "adadelta"]


def net() -> nn.HybridSequential:
    made = nn.HybridSequential(prefix="net_")
    with made.name_scope():
        made.add(nn.Dense(3, in_units=2), nn.Dense(1, in_units=3))
    made.initialize(mx.init.Constant(0.5))
    return made


def train(network, trainer: Trainer, steps: int = 1, begin: int = 0) -> None:
    for step in range(begin, begin + steps):
        with autograd.record():
            loss = network(nd.array([[1, step], [2, -1]]))
        loss.backward()
        trainer.step(2)


def values(network) -> list[np.ndarray]:
    return [one.data().asnumpy() for one in network.collect_params().values()]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_goes_on_after_loading(name: str, tmp_path: Path):
    options = {"momentum": 0.5} if name in ("sgd", "nag", "lars", "lbsgd") else {}
    if name == "lbsgd":
        options["batch_scale"] = 2
    whole, first, second = net(), net(), net()
    straight = Trainer(whole.collect_params(), name, options)
    train(whole, straight, 5)
    before = Trainer(first.collect_params(), name, options)
    train(first, before, 3)
    before.save_states(tmp_path / "states")
    for one, other in zip(first.collect_params().values(), second.collect_params().values(), strict=True):
        other.set_data(one.data())
    after = Trainer(second.collect_params(), name, options)
    after.load_states(tmp_path / "states")
    train(second, after, 2, begin=3)
    for one, other in zip(values(whole), values(second), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_learning_rate_is_saved_and_set(tmp_path: Path):
    trainer = Trainer(net().collect_params(), "sgd", {"learning_rate": 0.5})
    trainer.set_learning_rate(0.25)
    assert trainer.learning_rate == trainer.optimizer.learning_rate == 0.25
    trainer.save_states(tmp_path / "it")
    other = Trainer(net().collect_params(), "sgd")
    other.load_states(tmp_path / "it")
    assert other.learning_rate == 0.25


def test_a_schedule_goes_on_after_loading(tmp_path: Path):
    def schedule():
        return {"lr_scheduler": lr_scheduler.FactorScheduler(2, 0.5, base_lr=1.0)}

    network = net()
    trainer = Trainer(network.collect_params(), "sgd", schedule())
    train(network, trainer, 5)
    trainer.save_states(tmp_path / "it")
    other = Trainer(network.collect_params(), "sgd", schedule())
    other.load_states(tmp_path / "it")
    assert other.learning_rate == trainer.learning_rate == 0.25
    with pytest.raises(ArgumentError, match="SGD: learning_rate must be left to its lr_scheduler, got 1"):
        trainer.set_learning_rate(1)


def test_states_of_something_else_are_refused(tmp_path: Path):
    network = net()
    trainer = Trainer(network.collect_params(), "adam")
    train(network, trainer)
    trainer.save_states(tmp_path / "adam")
    with pytest.raises(FormatError, match=r"load_states: .*adam must be of SGD, got Adam"):
        Trainer(network.collect_params(), "sgd").load_states(tmp_path / "adam")
    with pytest.raises(FormatError, match="must be of 1 parameters, got states of number 3"):
        Trainer([network[0].weight], "adam").load_states(tmp_path / "adam")
    (tmp_path / "pickle").write_bytes(pickle.dumps({"states": 1}))
    with pytest.raises(FormatError, match=r"pickle must be written by save_states here, got something else \("):
        trainer.load_states(tmp_path / "pickle")
    torch.save([1], tmp_path / "list")
    with pytest.raises(FormatError, match="list must be written by save_states here, got a list"):
        trainer.load_states(tmp_path / "list")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        trainer.load_states(tmp_path / "nowhere")


def test_gradients_must_be_new():
    network = net()
    trainer = Trainer(network.collect_params(), "sgd", {"learning_rate": 1.0})
    train(network, trainer)
    before = values(network)
    with autograd.record():
        loss = network[0](nd.ones((1, 2))).sum()
    loss.backward()
    words = r"Trainer: the gradient of 'net_dense1_bias' on cpu\(0\) must be new, but no backward has reached it"
    with pytest.raises(MXNetError, match=words):
        trainer.step(1)
    for one, other in zip(values(network), before, strict=True):
        np.testing.assert_array_equal(one, other)
    trainer.step(1, ignore_stale_grad=True)
    assert not np.array_equal(values(network)[0], before[0])
    np.testing.assert_array_equal(values(network)[2], before[2])


def test_gradients_of_zero_count_only_after_a_backward():
    network = net()
    trainer = Trainer(network.collect_params(), "sgd")
    train(network, trainer)
    network.zero_grad()
    with pytest.raises(MXNetError, match="must be new"):
        trainer.step(1)


def test_what_is_frozen_stays():
    network = net()
    network[0].collect_params().setattr("grad_req", "null")
    trainer = Trainer(network.collect_params(), "sgd", {"learning_rate": 1.0, "wd": 0.5})
    train(network, trainer)
    np.testing.assert_array_equal(network[0].weight.data().asnumpy(), np.full((3, 2), 0.5))


def test_rescaling_goes_with_the_batch_size():
    weight = Parameter("w", shape=(1,), init="zeros")
    weight.initialize()
    trainer = Trainer([weight], optimizer.SGD(learning_rate=1.0, rescale_grad=0.5))
    with autograd.record():
        loss = weight.data() * 8
    loss.backward()
    trainer.allreduce_grads()
    trainer.update(4)
    assert weight.data().asscalar() == -1


def test_a_parameter_under_two_names_is_updated_once():
    one = nn.Dense(1, in_units=1, use_bias=False)
    net = nn.HybridSequential()
    net.add(one, nn.Dense(1, in_units=1, use_bias=False, params=one.params))
    net.initialize("ones")
    trainer = Trainer(net.collect_params(), "sgd", {"learning_rate": 0.25})
    with autograd.record():
        loss = net(nd.ones((1, 1)))
    loss.backward()
    trainer.step(1)
    assert one.weight.data().asscalar() == 0.5


def test_arguments_are_checked():
    params = net().collect_params()
    with pytest.raises(ArgumentTypeError, match="Trainer: params must be Parameters, got NDArray"):
        Trainer([nd.ones((1,))], "sgd")
    with pytest.raises(ArgumentError, match="optimizer_params must be None where optimizer is an Optimizer already"):
        Trainer(params, optimizer.SGD(), {"wd": 1})
    with pytest.raises(NotSupportedError, match=r"compression_params must be None, got \{'type': '2bit'\}"):
        Trainer(params, "sgd", compression_params={"type": "2bit"})
    with pytest.raises(NotSupportedError, match=r"kvstore must be .*, got 'dist_sync'; several processes"):
        Trainer(params, "sgd", kvstore="dist_sync")
    for size in (0, -1):
        with pytest.raises(ArgumentError, match=f"Trainer: batch_size must be > 0, got {size}"):
            Trainer(params, "sgd").step(size)
    with pytest.raises(ArgumentError, match=r"optimizer: must be one of .*adam.*, got 'nothing'"):
        Trainer(params, "nothing")
    waiting = nn.Dense(1, use_bias=False)
    waiting.initialize()
    with pytest.raises(MXNetError, match="has no value yet, as its shape"):
        Trainer(waiting.collect_params(), "sgd").step(1)


def test_copies_count_their_own_updates():
    network = nn.Dense(1, in_units=1)
    network.initialize("ones", ctx=[mx.cpu(0), mx.cpu(1)])
    trainer = Trainer(network.collect_params(), "adam", {"learning_rate": 0.1})
    for _ in range(3):
        with autograd.record():
            losses = [network(nd.ones((1, 1), ctx=mx.cpu(i))) for i in range(2)]
        autograd.backward(losses)
        trainer.step(1)
    assert trainer.optimizer.num_update == 3
    first, second = (one.asscalar() for one in network.weight.list_data())
    assert first == second == pytest.approx(0.7, rel=1e-4)
    assert isinstance(trainer, gluon.Trainer)
