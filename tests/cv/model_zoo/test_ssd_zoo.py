"""Making SSDs of the zoo, their weights, and changing their classes."""

import numpy as np
import pytest

from regluon import autograd, nd
from regluon.core.errors import ArgumentError, ArgumentTypeError, NotSupportedError, UnknownNameError
from regluon.cv.data.classes import COCO_CLASSES, VOC_CLASSES
from regluon.cv.model_zoo import SSD, custom_ssd, get_model, get_ssd, vgg16_atrous_300
from regluon.cv.model_zoo.ssd.resnet_v1b_ssd import ResNetV1bSSD
from regluon.gluon import nn

SMALL = "ssd_300_mobilenet0.25"
PICTURE = np.random.default_rng(0).normal(size=(1, 3, 64, 64)).astype(np.float32)


def train_scores(net):
    """Return the scores of all anchors, ``(N, C + 1)``."""
    with autograd.train_mode():
        return net(nd.array(PICTURE))[0].asnumpy()[0]


def made(name=f"{SMALL}_voc", **kwargs):
    net = get_model(name, **({} if name == "ssd_128_small" else {"pretrained_base": False}), **kwargs)
    net.initialize()
    net(nd.array(PICTURE))
    return net


def test_classes_of_data_sets():
    assert (len(VOC_CLASSES), len(COCO_CLASSES)) == (20, 80)
    assert (VOC_CLASSES.index("person"), COCO_CLASSES.index("person")) == (14, 0)


class TestResetClass:
    """Scores of a class that is kept, and of the background, stay as they were."""

    @pytest.mark.parametrize(
        ("reuse_weights", "kept"),
        [
            pytest.param(["person", "cat"], {0: 14, 2: 7}, id="list"),
            pytest.param({"person": "person"}, {0: 14}, id="names"),
            pytest.param({0: 14, "ufo": 3}, {0: 14, 1: 3}, id="mixed"),
        ],
    )
    def test_kept(self, reuse_weights, kept):
        net = made("ssd_128_small", classes=VOC_CLASSES)
        before, rows = train_scores(net), net(nd.array(PICTURE))[0].shape
        net.hybridize()
        net.reset_class(["person", "ufo", "cat"], reuse_weights)
        after = train_scores(net)
        assert (net.classes, net.num_classes, after.shape[1]) == (("person", "ufo", "cat"), 3, 4)
        np.testing.assert_allclose(after[:, 0], before[:, 0], rtol=1e-4, atol=1e-5)
        for to, at in kept.items():
            np.testing.assert_allclose(after[:, to + 1], before[:, at + 1], rtol=1e-4, atol=1e-5)
        changed = [to for to in range(3) if to not in kept]
        assert not np.isclose(after[:, None, [to + 1 for to in changed]], before[..., None], atol=1e-4).all(0).any()
        ids = net(nd.array(PICTURE))[0]
        assert ids.shape == rows
        assert ids.asnumpy().max() <= 2

    def test_all_anew(self):
        net = made("ssd_128_small", classes=VOC_CLASSES)
        before = train_scores(net)
        net.reset_class(["person"])
        after = train_scores(net)
        assert after.shape[1] == 2
        assert not np.allclose(after[:, 0], before[:, 0], atol=1e-3)
        assert list(net.collect_params()) == list(made("ssd_128_small", classes=["person"]).collect_params())

    def test_before_any_weights(self):
        net = get_model("ssd_128_small")
        net.reset_class(["person"])
        net.initialize()
        assert train_scores(net).shape[1] == 2

    def test_before_the_first_call(self):
        net = get_model("ssd_128_small")
        net.initialize()
        net.reset_class(["person"])
        assert train_scores(net).shape[1] == 2
        with pytest.raises(ArgumentError, match="must come after weights are loaded, or made by a first call"):
            get_model("ssd_128_small").reset_class(["cat", "1"], ["1"])

    def test_predictors_keep_their_size(self):
        net = made("ssd_300_mobilenet1.0_lite_coco")
        before = train_scores(net)
        net.reset_class(["person"], ["person"])
        np.testing.assert_allclose(train_scores(net), before[:, :2], rtol=1e-4, atol=1e-5)
        assert net.class_predictors[0].predictor.weight.shape[2:] == (1, 1)

    def test_number_type_stays(self):
        net = made("ssd_128_small")
        net.cast("float64")
        net.reset_class(["person", "1"], ["1"])
        assert {one.dtype for one in net.class_predictors.collect_params().values()} == {np.float64}

    def test_names_of_parameters_stay(self):
        net = made("ssd_128_small")
        before = {key: one.name for key, one in net.collect_params().items()}
        net.reset_class(["person"])
        assert {key: one.name for key, one in net.collect_params().items()} == before

    @pytest.mark.parametrize("classes", [[], "person"])
    def test_wrong_classes(self, classes):
        with pytest.raises(ArgumentError, match="classes must be at least one name, got"):
            get_model("ssd_128_small").reset_class(classes)


class TestWeights:
    """``pretrained`` reads files; ``transfer`` begins from one."""

    @pytest.fixture
    def weights(self, tmp_path):
        net = made()
        net.save_parameters(tmp_path / f"{SMALL}_voc.params")
        return net, tmp_path

    def test_of_a_file_a_folder_and_a_root(self, weights):
        net, folder = weights
        expected = train_scores(net)
        arguments = [
            {"pretrained": folder / f"{SMALL}_voc.params"},
            {"pretrained": folder},
            {"pretrained": True, "root": folder},
        ]
        for one in arguments:
            np.testing.assert_allclose(train_scores(get_model(f"{SMALL}_voc", **one)), expected, rtol=1e-4, atol=1e-4)

    def test_transfer_keeps_classes_of_the_same_name(self, weights):
        net, folder = weights
        for one in ({"root": folder}, {"pretrained": folder}):
            custom = get_model(f"{SMALL}_custom", classes=["ufo", "cow"], transfer="voc", **one)
            found, expected = train_scores(custom), train_scores(net)
            assert custom.classes == ("ufo", "cow")
            np.testing.assert_allclose(found[:, [0, 2]], expected[:, [0, 10]], rtol=1e-4, atol=1e-4)

    def test_transfer_needs_weights(self, tmp_path):
        with pytest.raises(UnknownNameError, match=f"{SMALL}_coco"):
            get_model(f"{SMALL}_custom", classes=["cow"], transfer="coco", root=tmp_path)

    def test_custom_ones_of_a_file(self, tmp_path):
        net = made(f"{SMALL}_custom", classes=["a"])
        net.save_parameters(tmp_path / "mine.params")
        again = get_model(f"{SMALL}_custom", classes=["a"], pretrained=tmp_path / "mine.params")
        np.testing.assert_allclose(train_scores(again), train_scores(net), rtol=1e-4, atol=1e-4)

    def test_nobody_has_published_custom_ones(self):
        with pytest.warns(UserWarning, match=r"mobilenet0.25_custom: pretrained is passed over, nobody has published"):
            get_model(f"{SMALL}_custom", classes=["a"], pretrained=True, pretrained_base=False)

    def test_of_the_backbone(self, tmp_path):
        base = get_model("mobilenet0.25")
        base.initialize()
        base(nd.array(PICTURE))
        base.save_parameters(tmp_path / "mobilenet0.25.params")
        first = base.features[0].weight.data().asnumpy()
        for given in (None, True, tmp_path):
            net = get_model(f"{SMALL}_voc", pretrained_base=given, root=tmp_path)
            weight = next(one for key, one in net.collect_params().items() if key.endswith("conv0_weight"))
            np.testing.assert_array_equal(weight.data().asnumpy(), first)

    def test_of_the_backbone_that_are_nowhere(self, tmp_path):
        assert get_model(f"{SMALL}_voc", root=tmp_path).classes == VOC_CLASSES
        with pytest.raises(UnknownNameError, match=r"mobilenet0\.25"):
            get_model(f"{SMALL}_voc", pretrained_base=True, root=tmp_path)

    def test_of_vgg_which_lack_those_of_added_layers(self, tmp_path):
        net = vgg16_atrous_300()
        net.infer_shape(nd.zeros((1, 3, 300, 300)))
        net.initialize()
        values = {key: one.data() for key, one in net.collect_params().items() if not key.startswith("extras")}
        nd.save(str(tmp_path / "vgg16_atrous.params"), values)
        again = get_model("ssd_300_vgg16_atrous_voc", pretrained_base=tmp_path)
        np.testing.assert_array_equal(
            again.features.stages[0][0].weight.data().asnumpy(), net.stages[0][0].weight.data().asnumpy()
        )

    def test_of_resnet34(self, tmp_path):
        base = get_model("resnet34_v1b")
        base.infer_shape(nd.array(PICTURE))
        base.initialize()
        base.save_parameters(tmp_path / "resnet34_v1b.params")
        net = get_model("ssd_300_resnet34_v1b_voc", pretrained_base=True, root=tmp_path)
        np.testing.assert_array_equal(
            net.features.stage1[0].weight.data().asnumpy(), base.conv1.weight.data().asnumpy()
        )


@pytest.mark.parametrize(
    "name", ["ssd_300_vgg16_atrous", "ssd_512_vgg16_atrous", "ssd_512_mobilenet1.0", "ssd_512_resnet50_v1"]
)
def test_quantized_ones_say_what_there_is_instead(name):
    with pytest.raises(NotSupportedError, match=rf"{name}_voc_int8: .* take {name}_voc, or .*SymbolBlock\.imports"):
        get_model(f"{name}_voc_int8")


def test_custom_ssd():
    settings = {
        "sizes": (21, 45, 99), "ratios": [1, 2, 0.5], "steps": (16, 32), "classes": ("a",), "dataset": "",
        "pretrained_base": False,
    }  # fmt: skip
    net = custom_ssd("mobilenet0.25", 300, (), **settings)
    net.initialize()
    # One list of ratios serves all layers; four anchors in each of 4x4 and 2x2 cells.
    assert train_scores(net).shape == (4 * 20, 2)
    with pytest.raises(ArgumentError, match=r"must be one of vgg16_atrous of 300, .*, got vgg16 of 300"):
        custom_ssd("vgg16", 300, (), **settings)


def test_normalisations_may_be_others():
    class Marked(nn.BatchNorm):
        pass

    given = {"norm_layer": Marked, "norm_kwargs": {"epsilon": 0.5}}
    plain, other = made(), made(**given)
    values = [one.data() for one in plain.collect_params().values()]
    other.load_dict(dict(zip(other.collect_params(), values, strict=True)))
    assert not np.allclose(train_scores(other), train_scores(plain), atol=1e-3)
    for name, count in (("ssd_300_vgg16_atrous_voc", 0), ("ssd_300_resnet34_v1b_voc", 36)):
        net = get_model(name, pretrained_base=False, **given)
        assert sum(isinstance(one, Marked) for one in net.modules()) == count


def test_resnet_must_be_of_kind_v1b():
    with pytest.raises(ArgumentError, match="network must be a ResNet of kind v1b, got 'resnet34_v1'"):
        ResNetV1bSSD("resnet34_v1", [])


def test_resnet_may_normalise_further_layers_and_have_bottlenecks():
    net = ResNetV1bSSD("resnet50_v1b", [16, 16], use_bn=True, reduce_ratio=0.5, min_depth=4)
    net.initialize()
    shapes = [one.shape[1:] for one in net(nd.zeros((1, 3, 96, 96)))]
    assert shapes == [(512, 12, 12), (2048, 6, 6), (16, 3, 3), (16, 1, 1)]
    assert net.more_stages[0][0].weight.shape[0] == 8


@pytest.mark.parametrize(("network", "features"), [(None, ["a"]), ("mobilenet0.25", vgg16_atrous_300)])
def test_features_are_names_or_a_function(network, features):
    with pytest.raises(ArgumentTypeError, match="features must be names of a network's outputs, or a function and"):
        SSD(network, 64, features, [], [8, 16], [(1,)], [8], ("a",))


def test_a_network_or_a_function_makes_the_maps():
    def two(pretrained, ctx, root):
        assert (pretrained, ctx) == (False, None)
        return ResNetV1bSSD("resnet18_v1b", [])

    net = get_ssd("mine", 96, two, None, (20, 40, 60), [(1,), (1,)], (8, 16), ("a",), "", pretrained_base=False)
    net.initialize()
    assert train_scores(net).shape == (2 * (8 * 8 + 4 * 4), 2)
