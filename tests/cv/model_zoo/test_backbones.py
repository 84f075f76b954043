"""What backbones refuse, and what the recorded networks do not show."""

import numpy as np
import pytest

from regluon import nd
from regluon.core.errors import ArgumentError
from regluon.cv.model_zoo import (
    VGGAtrousExtractor,
    dla34,
    get_darknet,
    get_mobilenet_v3,
    get_model,
    get_vgg_atrous_extractor,
    mobilenet_v3_small,
)
from regluon.cv.model_zoo.backbones.darknet import DarknetV3, darknet53
from regluon.cv.model_zoo.backbones.dla import DLA, BasicBlock, Root
from regluon.cv.model_zoo.backbones.mobilenetv3 import ACTIVATIONS, Activation
from regluon.gluon import nn


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(
            lambda: get_darknet("v2", 19), r"darknet_version must be one of \['v3'\], got 'v2'", id="darknet version"
        ),
        pytest.param(lambda: get_darknet("v3", 19), r"num_layers must be one of \[53\], got 19", id="darknet layers"),
        pytest.param(lambda: DarknetV3([1], [8]), "channels must be one more than the 1 layers, got 1", id="channels"),
        pytest.param(
            lambda: DarknetV3([1], [8, 9]), r"channels after the first must be even, got \(8, 9\)", id="odd channels"
        ),
        pytest.param(lambda: DLA([1], [8]), "levels and channels must be 6 each, got 1 and 1", id="dla"),
        pytest.param(
            lambda: VGGAtrousExtractor([1], [8], []), "layers and filters must be 5 each, got 1 and 1", id="vgg"
        ),
        pytest.param(
            lambda: get_vgg_atrous_extractor(12, 300), r"num_layers must be one of \[11, 13, 16, 19\], got 12", id="12"
        ),
        pytest.param(
            lambda: get_vgg_atrous_extractor(16, 30), r"im_size must be one of \[300, 512\], got 30", id="size"
        ),
        pytest.param(
            lambda: get_mobilenet_v3("huge"), r"model_name must be one of \['large', 'small'\], got 'huge'", id="huge"
        ),
        pytest.param(
            lambda: Activation("tanh"), r"act_func must be one of \['relu', .* 'leaky'\], got 'tanh'", id="activation"
        ),
    ],
)
def test_errors(make, words):
    with pytest.raises(ArgumentError, match=words):
        make()


def test_stages_of_darknet():
    assert [len(darknet53().features[start:end]) for start, end in ((0, 15), (15, 24), (24, None))] == [15, 9, 5]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("relu", [0, 0, 1, 7]),
        ("relu6", [0, 0, 1, 6]),
        ("hard_sigmoid", [0, 0.5, 2 / 3, 1]),
        ("hard_swish", [0, 0, 2 / 3, 7]),
        ("swish", [-4 / (1 + np.exp(4)), 0, 1 / (1 + np.exp(-1)), 7 / (1 + np.exp(-7))]),
        ("leaky", [-1.5, 0, 1, 7]),
    ],
)
def test_activations(name, expected):
    assert name in ACTIVATIONS
    np.testing.assert_allclose(Activation(name)(nd.array([-4, 0, 1, 7])).asnumpy(), expected, rtol=1e-5, atol=1e-7)


def test_normalisations_of_mobilenet_v3_may_use_running_statistics_always():
    net = mobilenet_v3_small(use_global_stats=True, name_prefix="mine_")
    found = [one for one in net.modules() if isinstance(one, nn.BatchNorm)]
    assert len(found) == 34
    assert all(one._kwargs["use_global_stats"] for one in found)
    assert net.prefix == "mine_"


def test_vgg_may_be_normalised():
    net = VGGAtrousExtractor([1] * 5, [4] * 5, [((4, 1, 1, 0), (4, 3, 2, 1))], True, norm_kwargs={"epsilon": 0.5})
    found = [one for one in net.modules() if isinstance(one, nn.BatchNorm)]
    assert len(found) == 5 + 2 + 2
    assert {one._kwargs["eps"] for one in found} == {0.5}
    net.initialize()
    assert [one.shape[1:] for one in net(nd.ones((1, 3, 32, 32)))] == [(4, 4, 4), (1024, 2, 2), (4, 1, 1)]


def test_joined_maps_may_have_the_first_added():
    """With weights of 0 and no normalisation's shift, only what is added is left."""
    root = Root(4, 2, 1, True)
    root.initialize("zeros")
    first, second = nd.array(np.arange(8).reshape(1, 2, 2, 2)), nd.ones((1, 2, 2, 2))
    np.testing.assert_array_equal(root(first, second).asnumpy(), first.asnumpy())
    block = BasicBlock(2, 2)
    block.initialize("zeros")
    np.testing.assert_array_equal(block(first).asnumpy(), first.asnumpy())


def test_dla_has_no_classifier_where_features_are_wanted():
    names = dla34(use_feature=True).collect_params()
    assert not [name for name in names if name.startswith("fc")]
    assert [name for name in dla34().collect_params() if name.startswith("fc")] == ["fc.weight", "fc.bias"]


def test_weights_of_dla_with_a_classifier_serve_without(tmp_path):
    net = dla34()
    net.infer_shape(nd.zeros((1, 3, 32, 32)))
    net.initialize()
    net.save_parameters(tmp_path / "dla34.params")
    found = get_model("dla34", use_feature=True, pretrained=tmp_path)
    np.testing.assert_array_equal(found.level5.root.conv.weight.data(), net.level5.root.conv.weight.data())


@pytest.mark.parametrize("name", ["mobilenet0.5", "mobilenetv2_0.5", "squeezenet1.1", "mobilenetv3_small", "darknet53"])
def test_weights_are_found_by_name(name, tmp_path):
    net = get_model(name)
    net.infer_shape(nd.zeros((1, 3, 224, 224)))
    net.initialize()
    net.save_parameters(tmp_path / f"{name}.params")
    found = get_model(name, pretrained=True, root=tmp_path)
    first, again = (next(iter(one.collect_params().values())).data().asnumpy() for one in (net, found))
    np.testing.assert_array_equal(first, again)
