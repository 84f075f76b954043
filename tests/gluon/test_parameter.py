"""Parameters, constants, and dictionaries of them."""

import copy
import pickle

import numpy as np
import pytest
import torch

import regluon as mx
from regluon import autograd, gluon, init, nd
from regluon.core.errors import (
    ArgumentError,
    DeferredInitializationError,
    MXNetError,
    NotSupportedError,
    ShapeError,
    UnknownNameError,
)
from regluon.gluon import Constant, Parameter, ParameterDict, nn


def ready(**arguments) -> Parameter:
    parameter = Parameter("w", **{"shape": (2, 3), "init": "ones", **arguments})
    parameter.initialize()
    return parameter


class TestBeginning:
    def test_without_initialize_there_is_no_value(self):
        parameter = Parameter("w", shape=(2,))
        assert not parameter.initialized
        for look in (parameter.data, parameter.list_data, parameter.grad, parameter.list_ctx):
            with pytest.raises(MXNetError, match=r"parameter 'w' has no value: call initialize\(\) on its block first"):
                look()
        with pytest.raises(MXNetError, match="parameter 'w' has no value"):
            parameter.set_data(nd.ones((2,)))

    def test_an_unknown_shape_waits(self):
        parameter = Parameter("w", shape=(2, 0), allow_deferred_init=True, init="ones")
        parameter.initialize(ctx=mx.cpu(1))
        assert parameter.is_deferred
        assert parameter.list_ctx() == [mx.cpu(1)]
        with pytest.raises(DeferredInitializationError, match=r"as its shape \(2, 0\) follows from the first input"):
            parameter.data()
        with pytest.raises(DeferredInitializationError, match=r"shape must be known by now, got \(2, 0\)"):
            parameter.finish()
        parameter.reset_ctx(mx.cpu(2))
        parameter.shape = (2, 3)
        parameter.finish()
        assert parameter.data(mx.cpu(2)).shape == (2, 3)
        assert not parameter.is_deferred
        parameter.finish()

    def test_an_unknown_shape_may_not_wait_unless_allowed(self):
        parameter = Parameter("w", shape=(2, 0))
        with pytest.raises(ShapeError, match=r"'w': shape must be known to initialize, got \(2, 0\)"):
            parameter.initialize()
        assert not parameter.is_deferred

    def test_data_may_come_before_the_shape(self):
        parameter = Parameter("w", shape=(0, 2), allow_deferred_init=True)
        parameter.initialize()
        parameter.set_data([[1, 2], [3, 4]])
        np.testing.assert_array_equal(parameter.data().asnumpy(), [[1, 2], [3, 4]])

    def test_values_stay_unless_forced(self):
        parameter = ready()
        with pytest.warns(UserWarning, match="'w' has values already, which stay; force_reinit=True replaces them"):
            parameter.initialize(init="zeros")
        np.testing.assert_array_equal(parameter.data().asnumpy(), 1)
        tensor = parameter.tensor()
        parameter.initialize(init="zeros", force_reinit=True)
        np.testing.assert_array_equal(parameter.data().asnumpy(), 0)
        assert parameter.tensor() is tensor

    @pytest.mark.parametrize(
        ("given", "own", "default", "expected"),
        [
            pytest.param(1.0, 2.0, 3.0, 1, id="that of the call goes first"),
            pytest.param(None, 2.0, 3.0, 2, id="then its own"),
            pytest.param(None, None, 3.0, 3, id="then the default"),
        ],
    )
    def test_initializers_in_order_of_rank(self, given, own, default, expected):
        first, second, third = (None if one is None else init.Constant(one) for one in (given, own, default))
        parameter = Parameter("w", shape=(1,), init=second)
        parameter.initialize(first, default_init=third)
        assert parameter.data().asscalar() == expected

    def test_the_name_decides_only_for_initializers_that_choose_by_name(self):
        bias = Parameter("bias", shape=(1,))
        bias.initialize(default_init=init.One())
        assert bias.data().asscalar() == 1
        bias.initialize(init=init.Mixed([".*bias"], [init.Constant(4.0)]), force_reinit=True)
        assert bias.data().asscalar() == 0  # as names that end so begin

    def test_a_function_is_an_initializer(self):
        parameter = Parameter("w", shape=(2,), init=lambda name, array: array.__setitem__(slice(None), len(name)))
        parameter.initialize()
        np.testing.assert_array_equal(parameter.data().asnumpy(), 1)

    @pytest.mark.parametrize("which", ["stype", "grad_stype"])
    def test_sparse_ones_are_refused(self, which: str):
        with pytest.raises(NotSupportedError, match=f"'w': {which} must be 'default', as arrays are dense here"):
            Parameter("w", **{which: "row_sparse"})
        assert getattr(Parameter("w"), which) == "default"
        with pytest.raises(NotSupportedError, match="row_sparse_data needs sparse arrays"):
            ready().row_sparse_data(None)

    def test_an_empty_list_of_devices(self):
        with pytest.raises(ArgumentError, match="ctx must be a device or a list of them, got an empty list"):
            Parameter("w", shape=(1,)).initialize(ctx=[])


class TestShapeAndType:
    def test_a_known_size_stays(self):
        parameter = Parameter("w", shape=(2, 0))
        with pytest.raises(ShapeError, match=r"parameter 'w': shape must be \(2, 0\), got \(3, 3\)"):
            parameter.shape = (3, 3)
        with pytest.raises(ShapeError, match=r"got \(2,\)"):
            parameter.shape = (2,)
        parameter.shape = (2, 3)
        assert parameter.shape == (2, 3)
        assert Parameter("w", shape=4).shape == (4,)
        assert Parameter("w").shape is None

    def test_data_must_fit(self):
        with pytest.raises(ShapeError, match=r"shape must be \(2, 3\), got \(3, 2\)"):
            ready().set_data(nd.ones((3, 2)))

    def test_casting_takes_values_and_gradients_along(self):
        parameter = ready()
        parameter.grad()[:] = 2
        held = parameter.grad()
        parameter.cast("float64")
        assert (parameter.dtype, parameter.data().dtype, parameter.grad().dtype) == (np.float64,) * 3
        np.testing.assert_array_equal(parameter.grad().asnumpy(), 2)
        assert parameter.grad() is held
        parameter.dtype = "float16"
        assert parameter.tensor().dtype == torch.float16
        waiting = Parameter("w", shape=(0,), allow_deferred_init=True)
        waiting.cast("float64")
        assert waiting.dtype == np.float64

    def test_whole_numbers_have_no_gradient(self):
        parameter = ready(dtype="int32")
        assert parameter.grad_req == "null"
        np.testing.assert_array_equal(parameter.data().asnumpy(), np.ones((2, 3), np.int32))


class TestGradients:
    def test_requests(self):
        with pytest.raises(ArgumentError, match="grad_req must be one of 'write', 'add', 'null', got 'all'"):
            Parameter("w", grad_req="all")
        parameter = ready(grad_req="null")
        with pytest.raises(MXNetError, match="'w' has no gradient, as its grad_req is 'null'"):
            parameter.list_grad()
        parameter.grad_req = "write"
        np.testing.assert_array_equal(parameter.grad().asnumpy(), 0)
        assert ready(differentiable=False).grad_req == "null"

    def test_what_torch_freezes_is_frozen(self):
        net = nn.Dense(1, in_units=2)
        net.initialize()
        net.requires_grad_(False)
        assert net.weight.grad_req == "null"
        net.cast("float64")
        net.double()
        assert net.weight.grad_req == "null"
        net.weight.grad_req = "add"
        assert net.get_parameter("weight").requires_grad
        assert net.weight.grad_req == "add"

    def test_the_users_gradient_array_is_always_the_newest(self):
        parameter = ready()
        held = parameter.grad()
        with autograd.record():
            value = (parameter.data() * 3).sum()
        value.backward()
        np.testing.assert_array_equal(held.asnumpy(), 3)
        parameter.zero_grad()
        np.testing.assert_array_equal(held.asnumpy(), 0)


class TestDevices:
    def test_each_has_a_copy(self):
        parameter = Parameter("w", shape=(2,), init="ones")
        parameter.initialize(ctx=[mx.cpu(0), mx.cpu(1)])
        parameter.data(mx.cpu(1))[:] = 3
        assert [one.asnumpy().tolist() for one in parameter.list_data()] == [[1, 1], [3, 3]]
        with mx.cpu(1):
            assert parameter.data().context == mx.cpu(1)
        with pytest.raises(
            MXNetError, match=r"must be initialized on cpu\(7\) to be used there, got cpu\(0\), cpu\(1\)"
        ):
            parameter.data(mx.cpu(7))
        np.testing.assert_array_equal(parameter.mean().numpy(), 2)
        parameter.grad_req = "add"
        assert len(parameter.list_grad()) == 2
        parameter.cast("float64")
        assert {one.dtype for one in parameter.list_data()} == {np.float64}
        parameter.reset_ctx(mx.cpu(1))
        assert parameter.list_ctx() == [mx.cpu(1)]
        np.testing.assert_array_equal(parameter.data().asnumpy(), 2)

    def test_any_main_memory_is_the_cpus(self):
        assert ready().data(mx.cpu_pinned(0)).shape == (2, 3)

    def test_torch_moves_the_first_and_drops_copies_elsewhere(self):
        net = nn.Dense(1, in_units=2)
        net.initialize(ctx=[mx.cpu(0), mx.cpu(1)])
        net.double()
        assert [one.dtype for one in net.weight.list_data()] == [np.float64] * 2
        net.to("meta")
        assert len(net.weight.tensors()) == 1


class TestCopies:
    @pytest.mark.parametrize(
        "remake", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))], ids=["deep", "pickle"]
    )
    def test_are_apart_and_whole(self, remake):
        parameter = ready(grad_req="add", lr_mult=0.5)
        parameter.grad()[:] = 1
        other = remake(parameter)
        other.data()[:] = 5
        np.testing.assert_array_equal(parameter.data().asnumpy(), 1)
        for _ in range(2):
            with autograd.record():
                value = other.data().sum()
            value.backward()
        assert (other.grad_req, other.lr_mult) == ("add", 0.5)
        np.testing.assert_array_equal(parameter.grad().asnumpy(), 1)
        trainer = gluon.Trainer([other], "sgd", {"learning_rate": 1.0})
        trainer.step(1)


class TestConstant:
    def test_keeps_its_value(self):
        constant = Constant("c", [[1, 2]])
        assert (constant.grad_req, constant.shape) == ("null", (1, 2))
        assert repr(constant) == "Constant c (shape=(1, 2), dtype=float32)"
        with pytest.warns(UserWarning, match="constant 'c': grad_req stays 'null', got 'write'"):
            constant.grad_req = "write"
        constant.grad_req = "null"
        assert Constant([1.0]).name == "const"

    def test_is_a_buffer_to_torch_and_short_in_graphs(self):
        class Shift(gluon.HybridBlock):
            def __init__(self):
                super().__init__(prefix="shift_")
                self.offset = self.params.get_constant("offset", nd.array([1, 2]))

            def hybrid_forward(self, F, x, offset):
                return x + offset

        block = Shift()
        block.initialize()
        assert list(block.state_dict()) == ["offset"]
        assert not list(block.parameters())
        assert block(mx.sym.var("data")).attr_dict()["shift_offset"]["__init__"] == "Constant_shift_offset"
        np.testing.assert_array_equal(block(torch.zeros(2)).numpy(), [1, 2])
        assert isinstance(copy.deepcopy(block).offset, Constant)


class TestDict:
    def test_of_a_block_makes_what_is_missing(self):
        params = ParameterDict("net_")
        weight = params.get("weight", shape=(2, 0), init="ones")
        assert params.get("weight", shape=(2, 3)) is weight
        assert weight.shape == (2, 3)
        assert list(params) == ["net_weight"]
        assert repr(params) == "net_ (\n  Parameter net_weight (shape=(2, 3), dtype=float32)\n)"
        for name, value, there in (
            ("dtype", "float64", "float32"), ("init", "zeros", "'ones'"), ("grad_req", "add", "'write'"),
            ("lr_mult", 2.0, 1.0),
        ):  # fmt: skip
            with pytest.raises(ArgumentError, match=f"'net_weight': {name} must be {there}, as it is there, got"):
                params.get("weight", **{name: value})
        with pytest.raises(ShapeError, match=r"shape must be \(2, 3\), got \(5, 3\)"):
            params.get("weight", shape=(5, 0))

    def test_constants(self):
        params = ParameterDict("net_")
        constant = params.get_constant("c", [1, 2])
        assert params.get_constant("c") is constant
        assert params.get_constant("c", [1, 2]) is constant
        with pytest.raises(ArgumentError, match="value must be that of 'net_c', which is there already, got another"):
            params.get_constant("c", [1, 3])
        with pytest.raises(ArgumentError, match="value must be given for 'net_d', as there is none yet"):
            params.get_constant("d")
        params.get("w")
        with pytest.raises(ArgumentError, match="'net_w' must be a Constant, got a Parameter"):
            params.get_constant("w", [1])

    def test_of_collect_params_is_found_by_structure_and_by_full_name(self):
        net = nn.HybridSequential(prefix="net_")
        with net.name_scope():
            net.add(nn.Dense(1, in_units=1))
        params = net.collect_params()
        assert list(params) == ["0.weight", "0.bias"]
        assert params["0.weight"] is params["net_dense0_weight"]
        assert "net_dense0_bias" in params
        assert "nothing" not in params
        assert params.get("nothing") is None
        assert params.get("nothing", 1) == 1
        assert params.get("0.bias") is net[0].bias
        with pytest.raises(UnknownNameError, match=r"parameters: there is no 'nothing'; there are 0.weight, 0.bias"):
            params["nothing"]

    def test_one_name_means_one_parameter(self):
        one, two = ParameterDict("a_"), ParameterDict("a_")
        one.get("w")
        two.get("w")
        with pytest.raises(ArgumentError, match="'a_w' must mean one Parameter, got two different ones"):
            one.update(two)
        three = ParameterDict()
        three.update(one)
        three.update(one)
        assert three["a_w"] is one["a_w"]

    def test_all_at_once(self):
        net = nn.Dense(1, in_units=2)
        params = net.collect_params()
        params.initialize(init.One(), device=[mx.cpu(0), mx.cpu(1)])
        assert params.list_ctx() == [mx.cpu(0), mx.cpu(1)]
        params.setattr("wd_mult", 0.0)
        params.reset_ctx(mx.cpu(0))
        assert params.list_ctx() == [mx.cpu(0)]
        assert net.bias.wd_mult == 0
        net.weight.grad()[:] = 1
        params.zero_grad()
        np.testing.assert_array_equal(net.weight.grad().asnumpy(), 0)
