"""Layers: their arguments, their refusals, and what is not in the recordings."""

import inspect
from typing import Any

import numpy as np
import pytest
import torch

import regluon as mx
from regluon import autograd, gluon, nd
from regluon.core.errors import ArgumentError, ArgumentTypeError, NotSupportedError, ShapeError, UnknownNameError
from regluon.gluon import nn

SIGNATURES = {
    "Conv1D": "channels kernel_size strides=1 padding=0 dilation=1 groups=1 layout activation=None use_bias=True "
    "weight_initializer=None bias_initializer='zeros' in_channels=0",
    "Conv2DTranspose": "channels kernel_size strides padding output_padding dilation groups=1 layout activation=None "
    "use_bias=True weight_initializer=None bias_initializer='zeros' in_channels=0",
    "MaxPool1D": "pool_size=2 strides=None padding=0 layout ceil_mode=False",
    "MaxPool2D": "pool_size=(2, 2) strides=None padding=0 layout ceil_mode=False",
    "MaxPool3D": "pool_size=(2, 2, 2) strides=None padding=0 ceil_mode=False layout",
    "AvgPool1D": "pool_size=2 strides=None padding=0 layout ceil_mode=False count_include_pad=True",
    "AvgPool2D": "pool_size=(2, 2) strides=None padding=0 ceil_mode=False layout count_include_pad=True",
    "AvgPool3D": "pool_size=(2, 2, 2) strides=None padding=0 ceil_mode=False layout count_include_pad=True",
    "GlobalAvgPool2D": "layout",
    "ReflectionPad2D": "padding=0",
    "PixelShuffle2D": "factor",
    "Dense": "units activation=None use_bias=True flatten=True dtype='float32' weight_initializer=None "
    "bias_initializer='zeros' in_units=0",
    "BatchNorm": "axis=1 momentum=0.9 epsilon=1e-05 center=True scale=True use_global_stats=False "
    "beta_initializer='zeros' gamma_initializer='ones' running_mean_initializer='zeros' "
    "running_variance_initializer='ones' in_channels=0",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_arguments_come_in_mxnets_order(name: str):
    expected = SIGNATURES[name].replace("(2, 2, 2)", "(2,2,2)").replace("(2, 2)", "(2,2)").split()
    found = list(inspect.signature(getattr(nn, name)).parameters.values())
    for one, text in zip(found, expected, strict=False):
        wanted, _, default = text.partition("=")
        assert one.name == wanted
        if default:
            assert repr(one.default).replace(" ", "") == default
    assert [one.kind for one in found[len(expected) :]] == [inspect.Parameter.VAR_KEYWORD]


def test_layers_are_where_mxnet_has_them():
    for home in (gluon.nn.conv_layers, gluon.contrib.nn, gluon.contrib.cnn):
        for name in home.__all__:
            assert getattr(home, name) is getattr(nn, name)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        pytest.param(
            lambda: nn.Conv2D(0, 1), ArgumentError, "Conv2D: channels must be an int >= 1, got 0", id="channels"
        ),
        pytest.param(
            lambda: nn.Conv2D(2, 1, groups=True), ArgumentError, "groups must be an int >= 1, got True", id="groups"
        ),
        pytest.param(lambda: nn.Conv2D(3, 1, groups=2), ArgumentError, "multiples of 2 groups, got 3, 0", id="parts"),
        pytest.param(
            lambda: nn.Conv2D(4, 1, groups=2, in_channels=3),
            ArgumentError,
            "multiples of 2 groups, got 4, 3",
            id="in parts",
        ),
        pytest.param(
            lambda: nn.Conv2D(1, (3, 3, 3)),
            ArgumentError,
            r"Conv2D: kernel_size must be an int or 2 ints >= 1, got \(3, 3, 3\)",
            id="too many sizes",
        ),
        pytest.param(lambda: nn.Conv1D(1, "3"), ArgumentError, "kernel_size must be an int >= 1, got '3'", id="text"),
        pytest.param(
            lambda: nn.Conv2D(1, 3, strides=0),
            ArgumentError,
            "strides must be an int or 2 ints >= 1, got 0",
            id="stride",
        ),
        pytest.param(
            lambda: nn.Conv3D(1, 1, layout="NCHW"),
            ArgumentError,
            "Conv3D: layout must be one of 'NCDHW', 'NDHWC', got 'NCHW'",
            id="layout",
        ),
        pytest.param(
            lambda: nn.MaxPool2D(padding=-1),
            ArgumentError,
            "padding must be an int or 2 ints >= 0, got -1",
            id="padding",
        ),
        pytest.param(
            lambda: nn.AvgPool1D(layout="NCHW"),
            ArgumentError,
            "AvgPool1D: layout must be one of 'NCW', 'NWC'",
            id="pool",
        ),
        pytest.param(lambda: nn.Dense(0), ArgumentError, "Dense: units must be an int >= 1, got 0", id="units"),
        pytest.param(lambda: nn.Dropout(1.5), ArgumentError, r"Dropout: rate must be in \[0, 1\), got 1.5", id="rate"),
        pytest.param(lambda: nn.LeakyReLU(-1), ArgumentError, "LeakyReLU: alpha must be >= 0, got -1", id="alpha"),
        pytest.param(
            lambda: nn.ReflectionPad2D((1, 1)), ArgumentError, "padding must be an int >= 0 or 8 of them", id="pad"
        ),
        pytest.param(
            lambda: nn.PixelShuffle2D((2,)),
            ArgumentError,
            r"factor must be an int or 2 ints >= 1, got \(2,\)",
            id="factor",
        ),
        pytest.param(
            lambda: nn.Embedding(2, 2, sparse_grad=True),
            NotSupportedError,
            "sparse_grad must be False, as gradients are dense",
            id="sparse",
        ),
        pytest.param(
            lambda: nn.DeformableConvolution(1, layout="NHWC"),
            ArgumentError,
            "layout must be 'NCHW', got 'NHWC'",
            id="last",
        ),
        pytest.param(
            lambda: nn.DeformableConvolution(1, adj=(1, 1)), ArgumentError, r"adj must be None, got \(1, 1\)", id="adj"
        ),
        pytest.param(
            lambda: nn.Lambda("nothing"),
            UnknownNameError,
            "function must be an operator's name or a function",
            id="name",
        ),
        pytest.param(
            lambda: nn.HybridLambda(3),
            ArgumentTypeError,
            "HybridLambda: function must be a function or a name, got int",
            id="no function",
        ),
        pytest.param(
            lambda: nn.Sequential(1), ArgumentTypeError, "Sequential: add takes Blocks, got int", id="no block"
        ),
    ],
)
def test_arguments_are_checked(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_channels_must_be_those_that_were_declared():
    layer = nn.Conv2D(2, 3, in_channels=3)
    layer.initialize()
    with pytest.raises(ShapeError, match=r"Convolution: .*3.*5"):
        layer(nd.ones((1, 5, 4, 4)))


def test_an_unknown_activation_is_named():
    layer = nn.Dense(1, activation="nothing", in_units=1)
    layer.initialize()
    with pytest.raises(ArgumentError, match=r"act_type must be one of .*'relu'.*, got 'nothing'"):
        layer(nd.ones((1, 1)))


LAST = {1: "NWC", 2: "NHWC", 3: "NDHWC"}


@pytest.mark.parametrize(
    ("kind", "axes", "arguments"),
    [
        pytest.param(nn.Conv1D, 1, (4, 3), id="Conv1D"),
        pytest.param(nn.Conv2D, 2, (4, 3, 2, 1, 1, 2), id="Conv2D"),
        pytest.param(nn.Conv3D, 3, (2, 2), id="Conv3D"),
        pytest.param(nn.Conv2DTranspose, 2, (4, 3, 2, 1, 1, 1, 2), id="Conv2DTranspose"),
        pytest.param(nn.MaxPool2D, 2, (3, 2, 1), id="MaxPool2D"),
        pytest.param(nn.AvgPool3D, 3, (2,), id="AvgPool3D"),
        pytest.param(nn.GlobalAvgPool1D, 1, (), id="GlobalAvgPool1D"),
        pytest.param(nn.GlobalMaxPool2D, 2, (), id="GlobalMaxPool2D"),
    ],
)
def test_channels_last_is_channels_first_transposed(kind, axes: int, arguments):
    """MXNet's CPU cannot run convolutions so; the meaning of the layout is all there is."""
    first, last = kind(*arguments), kind(*arguments, layout=LAST[axes])
    x = torch.randn(2, 4, *range(5, 5 + axes))
    for layer in (first, last):
        layer.initialize()
    expected = first(x)
    turned = x.movedim(1, -1)
    last(turned)
    for name, one in first.collect_params().items():
        tensor = one.tensor().detach()
        last.collect_params()[name].set_data(tensor.movedim(1, -1) if name == "weight" else tensor)
    torch.testing.assert_close(last(turned).movedim(-1, 1), expected)
    assert str(last).startswith(str(first).split(",")[0])


class TestSequences:
    def test_items_and_slices(self):
        net = nn.HybridSequential(nn.Dense(1), nn.Dense(2), nn.Dense(3))
        assert len(net) == 3
        assert [one._units for one in net[1:]] == [2, 3]
        assert net[-1]._units == 3
        assert isinstance(net[:2], nn.HybridSequential)
        assert net[:1].prefix == net.prefix
        assert [one._units for one in net] == [1, 2, 3]

    def test_a_list_is_passed_on_as_one_argument(self):
        net = nn.Sequential(nn.Lambda(lambda x: [x, x * 2]), nn.Lambda(lambda pair: pair[0] + pair[1]))
        assert net(nd.ones((1,))).asscalar() == 3
        assert len(net[:1](nd.ones((1,)))) == 2

    def test_further_arguments_go_to_the_first(self):
        net = nn.HybridSequential(nn.HybridLambda(lambda F, x, y: x + y), nn.HybridLambda(lambda F, x: x * 2))
        assert net(nd.ones((1,)), nd.ones((1,))).asscalar() == 4
        net.hybridize()
        assert net(nd.ones((1,)), nd.ones((1,))).asscalar() == 4

    def test_hybrid_blocks_alone_belong_into_a_hybrid_sequence(self):
        net = nn.Sequential(nn.Dense(1, in_units=1))
        with pytest.warns(
            UserWarning, match="Sequential .* has only HybridBlocks: a HybridSequential would run them as one"
        ):
            net.hybridize()
        assert net[0]._active

    @pytest.mark.parametrize("kind", [nn.Concatenate, nn.HybridConcatenate, nn.Concurrent, nn.HybridConcurrent])
    def test_concurrent_ones_are_joined(self, kind):
        net = kind(axis=1)
        net.add(nn.Identity(), nn.LeakyReLU(0.5), nn.Identity())
        x = nd.array([[-2, 4]])
        expected = [[-2, 4, -1, 4, -2, 4]]
        assert net(x).asnumpy().tolist() == expected
        assert net(torch.tensor(x.asnumpy())).tolist() == expected
        assert net[:2](x).shape == (1, 4)
        assert net[:2].axis == 1
        if isinstance(net, nn.HybridSequential):
            net.hybridize()
            assert net(x).asnumpy().tolist() == expected
            assert net(mx.sym.var("x")).list_outputs()[0].startswith(net.prefix + "concat0")


class TestFunctions:
    @pytest.mark.parametrize("kind", [nn.Lambda, nn.HybridLambda])
    def test_by_name_on_every_face(self, kind):
        block = kind("relu")
        assert block(nd.array([-1, 2])).asnumpy().tolist() == [0, 2]
        assert block(torch.tensor([-1.0, 2.0])).tolist() == [0, 2]
        assert block(mx.sym.var("x")).list_arguments() == ["x"]
        assert str(block) == f"{kind.__name__}(relu)"

    def test_several_arguments(self):
        assert nn.Lambda(lambda x, y: x - y)(nd.ones((1,)), nd.ones((1,))).asscalar() == 0


class TestDropout:
    def test_drops_in_training_and_keeps_the_mean(self):
        layer, x = nn.Dropout(0.25), nd.ones((1000,))
        with autograd.record():
            kept = layer(x).asnumpy()
        assert set(np.unique(kept)) == {0, np.float32(1 / 0.75)}
        assert kept.mean() == pytest.approx(1, abs=0.1)
        np.testing.assert_array_equal(layer(x).asnumpy(), 1)
        layer.eval()
        np.testing.assert_array_equal(layer(torch.ones(9)).numpy(), 1)

    def test_axes_share_a_decision(self):
        with autograd.train_mode():
            kept = nn.Dropout(0.5, axes=(1,))(nd.ones((50, 4))).asnumpy()
        assert all(len(np.unique(row)) == 1 for row in kept)
        assert len(np.unique(kept)) == 2


def test_defaults_of_parameters():
    net = nn.HybridSequential(nn.Conv2D(2, 1), nn.BatchNorm(), nn.PReLU())
    net.initialize()
    net(nd.ones((1, 1, 2, 2)))
    assert net[0].bias.data().asnumpy().tolist() == [0, 0]
    assert np.abs(net[0].weight.data().asnumpy()).max() <= 0.07
    assert net[1].running_var.data().asnumpy().tolist() == [1, 1]
    assert net[2].alpha.data().asscalar() == 0.25
    bare = nn.Conv2D(1, 1, use_bias=False)
    assert bare.bias is None


def test_numbers_of_numpy_are_numbers():
    assert nn.Conv2D(1, np.int64(3))._kwargs["kernel"] == (3, 3)
    assert nn.Conv2D(1, [np.int64(3), 1])._kwargs["kernel"] == (3, 1)


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        pytest.param(nn.DeformableConvolution, 36, id="plain"),
        pytest.param(nn.ModulatedDeformableConvolution, 54, id="weighed"),
    ],
)
def test_deformable_convolutions_begin_as_plain_ones(kind, found: int):
    layer, plain = (
        kind(4, 3, padding=1, groups=2, num_deformable_group=2, activation="relu"),
        nn.Conv2D(4, 3, padding=1, groups=2),
    )
    assert (layer.pre_infer_weight(), layer.pre_infer_offset_weight()) == ((4, -1, 3, 3), (found, -1, 3, 3))
    x = torch.randn(2, 4, 5, 5)
    for one in (layer, plain):
        one.initialize()
        one(x)
    plain.weight.set_data(layer.deformable_conv_weight.data())
    torch.testing.assert_close(layer(x), plain(x).relu(), rtol=1e-4, atol=1e-5)
    assert layer.offset_weight.shape == (found, 2, 3, 3)


def test_a_deformable_convolution_shows_what_is_not_usual():
    layer = nn.DeformableConvolution(4, 3, padding=1, dilation=2, groups=2, use_bias=False, activation="relu")
    expected = "padding=(1, 1), dilation=(2, 2), groups=2, bias=False, Activation(relu)"
    assert str(layer) == f"DeformableConvolution(None -> 4, kernel_size=(3, 3), stride=(1, 1), {expected})"


def test_silu_is_swish():
    x: Any = nd.array([[-1, 0.5]])
    np.testing.assert_array_equal(nn.SiLU()(x).asnumpy(), nn.Swish()(x).asnumpy())
