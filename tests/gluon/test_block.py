"""Blocks: what belongs to them, how they are called, and what they keep on disk."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

import regluon as mx
from regluon import autograd, gluon, nd
from regluon.core.errors import ArgumentError, ArgumentTypeError, FormatError, MXNetError
from regluon.gluon import nn


class Pair(gluon.Block):
    def __init__(self, **names):
        super().__init__(**names)
        with self.name_scope():
            self.first = nn.Dense(2, in_units=2)
            self.second = nn.Dense(1, in_units=2)

    def forward(self, x):
        return self.second(self.first(x))


class Flags(gluon.HybridBlock):
    """Notes what holds while it runs."""

    def hybrid_forward(self, F, x):
        self.seen = autograd.is_training(), autograd.is_recording()
        return x * 1


class TestAttributes:
    def test_a_child_stays_of_its_kind(self):
        net = Pair()
        with pytest.raises(
            ArgumentTypeError, match=r"Pair: first must stay a Dense, got Conv2D; del the attribute first"
        ):
            net.first = nn.Conv2D(1, 1)
        with pytest.raises(ArgumentTypeError, match=r"weight must stay a Parameter, got NoneType"):
            net.first.weight = None
        del net.first
        net.first = nn.Conv2D(1, 1)
        assert isinstance(net.first, nn.Conv2D)

    def test_an_empty_child_counts_as_one(self):
        net = gluon.Block()
        net.body = nn.Sequential()
        with pytest.raises(ArgumentTypeError, match="body must stay a Sequential, got int"):
            net.body = 1

    def test_a_child_takes_the_place_of_a_plain_value(self):
        net = gluon.Block()
        net.head = None
        net.head = nn.Dense(1)
        assert isinstance(net.head, nn.Dense)
        assert list(net._children) == ["head"]

    def test_a_parameter_takes_another_and_torch_sees_it(self):
        one, two = nn.Dense(2, in_units=2), nn.Dense(2, in_units=2)
        one.initialize()
        two.weight = one.weight
        assert two.weight is one.weight
        assert two.get_parameter("weight") is one.get_parameter("weight")

    def test_deleting_forgets_everywhere(self):
        net = nn.Dense(2, in_units=2)
        del net.bias
        assert list(net.collect_params()) == ["weight"]
        assert list(dict(net.named_parameters())) == ["weight"]
        net.note = 1
        del net.note
        assert "note" not in vars(net)

    def test_the_base_must_be_set_up_first(self):
        class Early(gluon.Block):
            def __init__(self):
                self.dense = nn.Dense(1)

        with pytest.raises(MXNetError, match=r"Early: super\(\).__init__\(\) must come before dense is assigned"):
            Early()

    def test_blocks_in_lists_are_warned_of(self):
        class Loose(gluon.Block):
            def __init__(self):
                super().__init__()
                self.parts = {"a": [nn.Dense(1)]}

        with pytest.warns(UserWarning, match="Loose: the Blocks in parts are no children"):
            assert not Loose().collect_params()

    def test_blocks_in_lists_that_are_children_are_fine(self):
        net = nn.Sequential()
        net.parts = [nn.Dense(1)]
        net.add(*net.parts)
        assert len(net.collect_params()) == 2

    def test_a_torch_module_may_be_a_part(self):
        class Mixed(gluon.Block):
            def __init__(self):
                super().__init__()
                self.inner, self.outer = torch.nn.Linear(2, 3), nn.Dense(1)

            def forward(self, x):
                return self.outer(self.inner(x))

        net = Mixed()
        net.initialize()
        assert net(torch.ones(4, 2)).shape == (4, 1)
        assert len(list(net.parameters())) == 4
        assert "inner): Linear" in str(net)


class TestRunning:
    @pytest.mark.parametrize("recording", [False, True])
    @pytest.mark.parametrize("training", [False, True])
    def test_arrays_follow_autograd(self, recording: bool, training: bool):
        block = Flags()
        block.train(not training)
        scope = autograd.record(training) if recording else autograd.pause(training)
        with scope:
            block(nd.ones((1,)))
        assert block.seen == (training, recording)

    @pytest.mark.parametrize("gradients", [False, True])
    @pytest.mark.parametrize("training", [False, True])
    def test_tensors_follow_torch(self, gradients: bool, training: bool):
        block = Flags()
        block.train(training)
        with torch.set_grad_enabled(gradients), autograd.record(not training):
            torch.set_grad_enabled(gradients)
            block(torch.ones(1))
        assert block.seen == (training, gradients)
        assert not autograd.is_recording()

    def test_a_part_may_differ_from_the_whole(self):
        net = nn.HybridSequential()
        net.add(Flags(), Flags())
        net.train()
        net[1].eval()
        net(torch.ones(1))
        assert [part.seen[0] for part in net] == [True, False]

    def test_flags_come_back_after_an_error(self):
        class Broken(gluon.Block):
            def forward(self, x):
                raise ValueError("broken")

        with pytest.raises(ValueError, match="broken"):
            Broken()(torch.ones(1))
        assert not autograd.is_training()

    def test_forward_must_be_written(self):
        with pytest.raises(NotImplementedError, match="Block: forward must be written"):
            gluon.Block()(nd.ones((1,)))
        with pytest.raises(NotImplementedError, match="HybridBlock: hybrid_forward must be written"):
            gluon.HybridBlock()(nd.ones((1,)))

    def test_arrays_that_are_made_inside_go_to_the_input(self):
        class Made(gluon.HybridBlock):
            def hybrid_forward(self, F, x):
                return F.broadcast_add(x, F.ones((1,)))

        assert Made()(nd.ones((2,), ctx=mx.cpu(1))).context == mx.cpu(1)
        with mx.gpu(0):
            assert Made()(torch.ones(2)).tolist() == [2, 2]
            assert Made()(nd.ones((2,), ctx=mx.cpu(0))).context == mx.cpu(0)


class TestHooks:
    def test_results_of_hooks_are_passed_over(self):
        net = Flags()
        net.register_forward_hook(lambda *_: "other")
        net.register_forward_pre_hook(lambda *_: "other")
        np.testing.assert_array_equal(net(nd.ones((1,))).asnumpy(), [1])

    def test_with_options_hooks_are_torchs(self):
        net = Flags()
        handle = net.register_forward_hook(lambda block, inputs, output: output + 1, prepend=True)
        assert net(torch.ones(1)) == 2
        handle.remove()
        assert net(torch.ones(1)) == 1
        assert isinstance(handle.id, int)

    def test_operators_of_a_graph_are_shown(self):
        net = nn.HybridSequential(prefix="net_")
        with net.name_scope():
            net.add(nn.Dense(2, in_units=2), nn.BatchNorm(in_channels=2))
        net.initialize()
        seen = []
        net.register_op_hook(lambda name, operator, array: seen.append((name, operator, array.shape)))
        x = nd.array([[1, 2], [3, 5]])
        eager = net(x)
        assert seen == []
        net.hybridize()
        np.testing.assert_allclose(net(x).asnumpy(), eager.asnumpy(), rtol=1e-6)
        assert seen == [
            ("net_dense0_fwd_output", "FullyConnected", (2, 2)),
            ("net_batchnorm0_fwd_output", "BatchNorm", (2, 2)),
        ]

    def test_inputs_of_operators_too_and_states_still_move(self):
        net = nn.BatchNorm(in_channels=1, prefix="bn_")
        net.initialize()
        net.hybridize()
        block = gluon.Block()
        block.net = net
        seen = []
        block.register_op_hook(lambda name, operator, array: seen.append(name), monitor_all=True)
        with autograd.record():
            net(nd.array([[1], [3]]))
        assert seen == [
            "bn_fwd_data",
            "bn_fwd_gamma",
            "bn_fwd_beta",
            "bn_fwd_moving_mean",
            "bn_fwd_moving_var",
            "bn_fwd_output",
        ]
        assert net.running_mean.data().asscalar() == pytest.approx(0.2)


class TestParameters:
    def test_gradients_are_zeroed_in_place_or_forgotten(self):
        net = nn.Dense(1, in_units=2)
        net.initialize()
        net(torch.ones(1, 2)).sum().backward()
        gradient = net.get_parameter("weight").grad
        net.zero_grad()
        np.testing.assert_array_equal(gradient.numpy(), 0)
        net.zero_grad(set_to_none=True)
        assert net.get_parameter("weight").grad is None

    def test_sharing_by_structure(self):
        one, two = Pair(), Pair()
        one.initialize()
        assert two.share_parameters(one.collect_params()) is two
        assert two.first.weight is one.first.weight
        np.testing.assert_array_equal(two(nd.ones((1, 2))).asnumpy(), one(nd.ones((1, 2))).asnumpy())
        assert two.share_parameters(None) is two
        with pytest.raises(ArgumentError, match="share_parameters: shared must be a dict of Parameters, got list"):
            two.share_parameters([one.first.weight])
        with pytest.warns(UserWarning, match="there is no parameter 'third.weight' here"):
            two.share_parameters({"third.weight": one.first.weight})

    def test_attributes_of_all_parameters(self):
        net = Pair()
        net.setattr("lr_mult", 0.5)
        net.setattr("grad_req", "null")
        assert {(one.lr_mult, one.grad_req) for one in net.collect_params().values()} == {(0.5, "null")}

    def test_torch_finds_parameters_and_buffers_by_name(self):
        net = nn.HybridSequential()
        net.add(nn.Dense(2, in_units=2), nn.BatchNorm(in_channels=2))
        net.initialize()
        assert net.get_parameter("0.weight").shape == (2, 2)
        assert net.get_buffer("1.running_mean").shape == (2,)
        with pytest.raises(AttributeError, match="running_mean"):
            net.get_parameter("1.running_mean")
        with pytest.raises(AttributeError, match="nothing"):
            net.get_buffer("1.nothing")

    def test_moving_to_another_device_and_back(self):
        net = Pair()
        net.initialize()
        before = net(nd.ones((1, 2))).asnumpy()
        net.reset_ctx([mx.cpu(0), mx.cpu(2)])
        assert net.first.weight.list_ctx() == [mx.cpu(0), mx.cpu(2)]
        after = net(nd.ones((1, 2), ctx=mx.cpu(2)))
        np.testing.assert_array_equal(after.asnumpy(), before)
        assert after.context == mx.cpu(2)


class TestModelFiles:
    def test_come_back(self, tmp_path: Path):
        net = nn.HybridSequential()
        net.add(nn.Dense(2, in_units=2), nn.Dense(1))
        net.initialize()
        net.hybridize()
        expected = net(nd.ones((1, 2))).asnumpy()
        net.save(f"{tmp_path}/it")
        described = json.loads((tmp_path / "it-model.json").read_text())
        own = described["hybridsequential0"]
        assert own["hybridized"]
        assert own["in_format"] == [0]
        assert own["out_format"] == 0
        assert sorted(own["children"].values()) == ["0", "1"]
        assert not own["dense1"]["hybridized"]
        other = nn.HybridSequential()
        other.add(nn.Dense(2), nn.Dense(1))
        other.load(f"{tmp_path}/it")
        assert other._active
        np.testing.assert_array_equal(other(nd.ones((1, 2))).asnumpy(), expected)

    def test_none_among_arguments_is_written_as_mxnet_does(self, tmp_path: Path):
        class Maybe(gluon.HybridBlock):
            def hybrid_forward(self, F, x, y):
                return [x, None]

        net = Maybe()
        net.hybridize()
        net(nd.ones((1,)), None)
        net.save(f"{tmp_path}/it")
        own = json.loads((tmp_path / "it-model.json").read_text())["maybe0"]
        assert (own["in_format"], own["out_format"]) == ([0, -1], [0, -1])

    def test_of_another_model_are_refused(self, tmp_path: Path):
        net = nn.Dense(1, in_units=1)
        net.initialize()
        net.save(f"{tmp_path}/it")
        with pytest.raises(FormatError, match="must nest Blocks as here, where conv2d0 comes next, got dense0"):
            nn.Conv2D(1, 1).load(f"{tmp_path}/it")
        (tmp_path / "it-model.json").write_text("{")
        with pytest.raises(FormatError, match=r"it-model.json must be written by save, got no JSON"):
            net.load(f"{tmp_path}/it")
        (tmp_path / "it-model.json").write_text("[1]")
        with pytest.raises(FormatError, match=r"where dense0 comes next, got \[1\]"):
            net.load(f"{tmp_path}/it")


def test_summary_needs_layers_that_run_one_by_one():
    net = nn.Dense(1, in_units=1)
    net.initialize()
    net.hybridize()
    with pytest.raises(MXNetError, match="summary: Dense must not be hybridized"):
        net.summary(nd.ones((1, 1)))
    assert not net._forward_hooks


def test_summary_of_tensors_and_of_shapes_that_are_not_known_yet(capsys):
    net = nn.HybridSequential()
    net.add(nn.Dense(3, activation="relu"), nn.Dense(2))
    net.initialize()
    net.summary(torch.ones(4, 5))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[::3] for line in lines[3:7]] == [
        ["Input", "0"], ["Activation-1", "0"], ["Dense-2", "18"], ["Dense-3", "8"],
    ]  # fmt: skip
