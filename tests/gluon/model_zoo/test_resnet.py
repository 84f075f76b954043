"""What ResNets refuse, load and start from; their numbers are compared in ``tests/cv/model_zoo/test_zoo_golden.py``."""

import numpy as np
import pytest

import regluon as mx
from regluon import nd
from regluon.core.errors import ArgumentError, ShapeError, UnknownNameError
from regluon.cv import model_zoo
from regluon.cv.model_zoo.backbones.cifarresnet import CIFARResNetV1, get_cifar_resnet
from regluon.cv.model_zoo.backbones.resnext import ResNext, get_resnext, get_senet
from regluon.gluon.model_zoo import vision
from regluon.gluon.model_zoo.vision.residual import BasicBlockV1, BasicBlockV2, BottleneckV1, BottleneckV2


def test_sizes_that_are_not():
    with pytest.raises(ArgumentError, match="get_resnet: version must be one of 1, 2, got 3"):
        vision.get_resnet(3, 18)
    with pytest.raises(ArgumentError, match="get_resnet: num_layers must be one of 18, 34, 50, 101, 152, got 51"):
        vision.get_resnet(1, 51)
    with pytest.raises(ArgumentError, match="ResNetV2: channels must be one more than layers, got 2 for 2"):
        vision.ResNetV2(BasicBlockV2, [1, 1], [8, 8])
    with pytest.raises(ArgumentError, match="get_resnext: num_layers must be one of 50, 101, got 152"):
        get_resnext(152)
    with pytest.raises(ArgumentError, match="get_senet: num_layers must be one of 50, 101, 152, got 18"):
        get_senet(18)
    with pytest.raises(ArgumentError, match="get_cifar_resnet: version must be one of 1, 2, got 0"):
        get_cifar_resnet(0, 20)
    with pytest.raises(ArgumentError, match="num_layers must be two more than a multiple of 6, got 21"):
        get_cifar_resnet(1, 21)
    with pytest.raises(ArgumentError, match="CIFARResNetV1: channels must be one more than layers, got 1 for 1"):
        CIFARResNetV1(BasicBlockV1, [1], [8])


@pytest.mark.parametrize("block", [BasicBlockV1, BasicBlockV2, BottleneckV1, BottleneckV2])
def test_last_gamma_begins_as_the_identity(block):
    made = block(8, 1, last_gamma=True, in_channels=8)
    made.initialize()
    x = nd.array(np.abs(np.random.default_rng(0).normal(size=(1, 8, 3, 3))))
    first_kind = block in (BasicBlockV1, BottleneckV1)
    out, same = made(x).asnumpy(), x.asnumpy()
    # In the second kind a convolution still follows; its input, the shift, is zero.
    np.testing.assert_allclose(out, np.maximum(same, 0) if first_kind else same, atol=1e-6)


def test_last_gamma_of_grouped_blocks_is_the_other_way_round():
    for last_gamma, start in ((False, 0), (True, 1)):
        net = ResNext([1], 4, 4, classes=2, last_gamma=last_gamma)
        net.initialize()
        net(nd.zeros((1, 3, 32, 32)))
        assert (net.features[4][0].body[-1].gamma.data().asnumpy() == start).all()


def test_weights_come_from_a_folder(tmp_path):
    net = model_zoo.get_model("cifar_resnet20_v1")
    net.initialize()
    net(nd.zeros((1, 3, 32, 32)))
    net.save_parameters(tmp_path / "cifar_resnet20_v1.params")
    again = model_zoo.get_model("cifar_resnet20_v1", pretrained=True, root=tmp_path, ctx=mx.cpu(1))
    assert again.output.weight.list_ctx() == [mx.cpu(1)]
    np.testing.assert_array_equal(again.output.weight.data().asnumpy(), net.output.weight.data().asnumpy())
    with pytest.raises(ShapeError, match="number of classes or channels: 10 in the file, 4 in the network"):
        model_zoo.get_model("cifar_resnet20_v1", pretrained=tmp_path, classes=4)
    with pytest.raises(UnknownNameError, match="resnet18_v1b: its weights must be in"):
        model_zoo.get_model("resnet18_v1b", pretrained=tmp_path)


def test_detectors_take_the_stages():
    net = model_zoo.resnet18_v1b(use_global_stats=True, norm_kwargs={"epsilon": 0.1})
    assert net.norm_kwargs == {"epsilon": 0.1, "use_global_stats": True}
    net.initialize()
    x, sizes = nd.zeros((1, 3, 64, 64)), []
    x = net.maxpool(net.relu(net.bn1(net.conv1(x))))
    for stage in (net.layer1, net.layer2, net.layer3, net.layer4):
        x = stage(x)
        sizes.append(x.shape)
    assert sizes == [(1, 64, 16, 16), (1, 128, 8, 8), (1, 256, 4, 4), (1, 512, 2, 2)]


def test_names_and_docstrings_of_functions():
    assert model_zoo.resnet50_v1.__name__ == "resnet50_v1"
    assert model_zoo.resnet50_v1b_gn.__doc__.startswith("Make a ResNet of kind v1b with GroupNorm and 50 layers.")
    assert vision.se_resnet18_v2.__doc__.startswith("Make a SE-ResNet of kind 2 with 18 layers.")
    assert vision.get_model("resnet18_v2", classes=3).output.weight.shape == (3, 512)
