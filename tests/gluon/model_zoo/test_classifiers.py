"""What classifiers other than ResNets refuse, and what the recorded networks do not show."""

import numpy as np
import pytest

from regluon import autograd, nd
from regluon.core.errors import ArgumentError
from regluon.gluon import nn
from regluon.gluon.model_zoo import vision
from regluon.gluon.model_zoo.vision.densenet import DenseNet


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda: vision.get_vgg(12), r"num_layers must be one of \[11, 13, 16, 19\], got 12", id="vgg"),
        pytest.param(lambda: vision.VGG([1], []), "layers and filters must be as many, got 1 and 0", id="filters"),
        pytest.param(
            lambda: vision.get_squeezenet("2"), r"version must be one of \['1.0', '1.1'\], got '2'", id="squeezenet"
        ),
    ],
)
def test_errors(make, words):
    with pytest.raises(ArgumentError, match=words):
        make()


def test_densenet_of_unknown_size():
    with pytest.raises(ArgumentError, match=r"num_layers must be one of \[121, 161, 169, 201\], got 100"):
        vision.densenet.get_densenet(100)


def test_layers_of_densenet_may_be_dropped_out():
    net = DenseNet(8, 4, [2, 2], dropout=0.5, classes=3)
    assert sum(isinstance(one, nn.Dropout) for one in net.modules()) == 4


def test_normalisations_of_inception_but_the_first_may_be_fixed():
    net = vision.inception_v3(partial_bn=True)
    fixed = [one._kwargs["use_global_stats"] for one in net.modules() if isinstance(one, nn.BatchNorm)]
    assert (fixed[0], all(fixed[1:]), len(fixed)) == (False, True, 94)


def test_normalisations_may_be_others():
    """An epsilon that dwarfs every variance leaves nothing of the picture."""
    for make in (vision.mobilenet0_25, vision.mobilenet_v2_0_25):
        net = make(norm_kwargs={"epsilon": 1e12}, classes=2)
        net.initialize()
        with autograd.train_mode():
            found = net(nd.array(np.random.default_rng(0).normal(size=(2, 3, 32, 32)))).asnumpy()
        assert np.abs(found).max() < 1e-5


def test_mobilenet_v2_of_more_channels_has_a_wider_end():
    assert vision.MobileNetV2(1.5).features[-4]._channels == 1920
    assert vision.MobileNetV2(0.5).features[-4]._channels == 1280


@pytest.mark.parametrize("name", ["mobilenet0.75", "mobilenetv2_1.0", "vgg11_bn", "alexnet", "inceptionv3"])
def test_weights_are_found_by_name(name, tmp_path):
    size = 299 if name == "inceptionv3" else 64
    net = vision.get_model(name)
    net.infer_shape(nd.zeros((1, 3, size, size)))
    net.initialize()
    net.save_parameters(tmp_path / f"{name}.params")
    found = vision.get_model(name, pretrained=True, root=tmp_path)
    first, again = (next(iter(one.collect_params().values())).data().asnumpy() for one in (net, found))
    np.testing.assert_array_equal(first, again)
