"""What Faster R-CNNs do besides answering as GluonCV's; those numbers are in the zoo's and the training's tests."""

import numpy as np
import pytest
import torch

import regluon as mx
from regluon import autograd, nd
from regluon.core.errors import ArgumentError, UnknownNameError
from regluon.cv.model_zoo import get_model
from regluon.cv.model_zoo.rcnn import RPN, DoubleHeadRCNN, FasterRCNN, FasterRCNNLoss, MaskRCNN
from regluon.cv.target import RPNTargetGenerator
from regluon.formats.params import save_params
from regluon.gluon import nn
from tests.cv.faces import ask

BOXES = np.array([[[4, 4, 30, 34], [40, 20, 60, 60]], [[10, 30, 40, 60], [-1, -1, -1, -1]]], np.float32)
CLASSES = np.array([[[1], [0]], [[2], [-1]]], np.float32)


def small(**given):
    net = get_model("faster_rcnn_128_small", classes=("cat", "cow", "dog"), **given)
    net.initialize()
    return net


def pyramid(**given):
    class Levels(mx.gluon.HybridBlock):
        def __init__(self):
            super().__init__(prefix="levels_")
            with self.name_scope():
                self.first, self.second = nn.Conv2D(8, 3, 4, 1), nn.Conv2D(8, 3, 2, 1)

        def hybrid_forward(self, F, x):
            first = F.relu(self.first(x))
            return [first, F.relu(self.second(first))]

    net = FasterRCNN(
        Levels(), None, ("cat", "cow"), min_stage=2, max_stage=3, strides=(4, 8), scales=(2, 4), alloc_size=(32, 32),
        rpn_channel=8, rpn_test_post_nms=12, rpn_train_post_nms=20, num_sample=8, roi_size=(3, 3), rpn_min_size=2,
        **given,
    )  # fmt: skip
    net.initialize()
    return net


def picture(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("make", [small, pyramid, lambda: small(roi_mode="pool")], ids=["one map", "pyramid", "pool"])
def test_all_faces_agree(make):
    net, x = make(), picture(2, 3, 64, 64)
    expected = [one.asnumpy() for one in net(nd.array(x))]
    net.hybridize()
    hybrid = [one.asnumpy() for one in net(nd.array(x))]
    net.hybridize(False)
    for found in (hybrid, ask("th", net, [x]).outputs, ask("sym", net, [x]).outputs):
        for one, want in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, want, atol=2e-4)


def test_a_batch_is_its_pictures():
    net, x = small(), picture(3, 3, 64, 48)
    batch = [one.asnumpy() for one in net(nd.array(x))]
    for i in range(3):
        for one, all_ in zip(net(nd.array(x[i : i + 1])), batch, strict=True):
            np.testing.assert_allclose(one.asnumpy()[0], all_[i], atol=1e-3)


def total(net, x, boxes, classes, **given):
    generate = RPNTargetGenerator(generator=0)
    scores, shifts, *_, rpn_scores, rpn_shifts, anchors, of_class, of_box, masks, _ = net(x, boxes, classes, **given)
    first = generate.for_batch(boxes, anchors, x.shape[3], x.shape[2])
    return FasterRCNNLoss()((scores, shifts), (rpn_scores, rpn_shifts), (of_class, of_box, masks), first)


HEADS = ("class_predictor", "box_predictor", "rpn.score", "rpn.loc")


@pytest.mark.parametrize("make", [small, pyramid], ids=["one map", "pyramid"])
@pytest.mark.parametrize(
    ("size", "boxes"),
    [
        pytest.param((64, 64), np.zeros((2, 0, 4)), id="no object, no row"),
        pytest.param((64, 64), np.full((2, 3, 4), -1), id="padding only"),
        pytest.param((64, 64), [[[5, 5, 30, 30], [-1] * 4], [[-1] * 4, [-1] * 4]], id="one picture without"),
        pytest.param((64, 64), [[[5, 5, 5, 5], [3, 3, 40, 3]]] * 2, id="no area"),
        pytest.param((64, 64), [[[60, 60, 200, 200]]] * 2, id="beyond the edge"),
        pytest.param((1, 1), [[[0, 0, 1, 1]]] * 2, id="one pixel"),
        pytest.param((1, 1), np.zeros((2, 0, 4)), id="one pixel, no object"),
    ],
)
def test_losses_and_gradients_of_every_head_are_finite(make, size, boxes):
    net, boxes = make(), np.array(boxes, np.float32)
    classes = np.where(boxes[..., :1] < 0, -1, 1).astype(np.float32)
    x = nd.array(picture(2, 3, *size))
    net(x)
    with autograd.record():
        losses = total(net, x, nd.array(boxes), nd.array(classes))
    autograd.backward(list(losses))
    assert all(np.isfinite(one.asnumpy()).all() for one in losses)
    for name, one in net._collect_params_with_prefix().items():
        if name.startswith(HEADS) or "rpn_head" in name:
            assert np.isfinite(one.grad().asnumpy()).all(), name


def test_a_plain_torch_loop_learns():
    mx.random.seed(0)
    net = small()
    net.eval()(torch.zeros(1, 3, 64, 64))
    net.train()
    optimizer = torch.optim.Adam(net.parameters(), 2e-3)
    x, boxes, classes = torch.tensor(picture(2, 3, 64, 64)), torch.tensor(BOXES), torch.tensor(CLASSES)
    seen = []
    for _ in range(12):
        loss = sum(one.sum() for one in total(net, x, boxes, classes))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen.append(loss.item())
    assert np.mean(seen[-3:]) < 0.5 * seen[0]


@pytest.mark.parametrize("hybrid", [False, True], ids=["eager", "hybridized"])
def test_seeds_and_keys_fix_what_is_drawn(hybrid):
    net, x = small(rpn_train_post_nms=60), nd.array(picture(2, 3, 64, 64))
    if hybrid:
        net.hybridize()
    keys = nd.array(np.random.default_rng(0).random((2, 62)).astype(np.float32))
    net(x)

    def rois(seed, *keys):
        mx.random.seed(seed)
        with autograd.train_mode():
            return net(x, nd.array(BOXES), nd.array(CLASSES), *keys)[2].asnumpy()

    assert (rois(1) == rois(1)).all()
    assert (rois(1) != rois(2)).any()
    assert (rois(1, keys) == rois(2, keys)).all()


def test_training_without_ground_truths_is_refused():
    with autograd.train_mode(), pytest.raises(ArgumentError, match="gt_box and gt_label must be given while training"):
        small()(nd.zeros((1, 3, 64, 64)))


def test_classes_that_are_reused_keep_their_numbers():
    net, x = small(), nd.array(picture(1, 3, 64, 64))
    net(x)
    before = {name: one.data().asnumpy() for name, one in net.collect_params().items()}
    net.reset_class(["dog", "ape"], reuse_weights={"dog": "dog"})
    assert net.classes == ("dog", "ape")
    assert net.num_class == 2
    after = {name: one.data().asnumpy() for name, one in net.collect_params().items()}
    assert sorted(before) == sorted(after)
    weight, box = "class_predictor.weight", "box_predictor.weight"
    np.testing.assert_array_equal(after[weight][:2], before[weight][[0, 3]])
    np.testing.assert_array_equal(after[box][:4], before[box][8:12])
    assert after[weight].shape[0] == 3
    assert net(x)[0].shape[1] == 2 * 40
    with autograd.train_mode():
        assert net(x, nd.array(BOXES[:1]), nd.array(CLASSES[:1]))[1].shape[2] == 2


def test_reuse_before_there_are_weights_is_refused():
    with pytest.raises(ArgumentError, match="reset_class with reuse_weights must come after weights are loaded"):
        get_model("faster_rcnn_128_small").reset_class(["1"], ["1"])


def test_nms_settings_count():
    net, x = small(), nd.array(picture(1, 3, 64, 64))
    net.hybridize()
    found = []
    for settings in ({"nms_thresh": 1.0}, {"nms_thresh": 0.01}, {"nms_thresh": 1.0, "nms_topk": 2}):
        net.set_nms(**{"nms_topk": -1, **settings})
        ids = net(x)[0].asnumpy()[0, :, 0]
        found.append([(ids == one).sum() for one in range(3)])
    assert sum(found[0]) > sum(found[1])
    assert max(found[2]) == 2
    net.set_nms(nms_thresh=1.0, nms_topk=5, force_nms=True, post_nms=7)
    assert (net(x)[0].asnumpy() >= 0).sum() == 5
    assert net.post_nms == 7


def test_parameters_to_train_match_the_patterns():
    net = small(train_patterns=".*dense|.*rpn")
    names = [one.name for one in net.collect_train_params().values()]
    assert names
    assert all("dense" in one or "rpn" in one for one in names)
    assert len(net.collect_train_params("fasterrcnn_small")) + len(names) == len(net.collect_params())
    assert len(small().collect_train_params()) == len(small().collect_params())


def test_constants_that_gluoncv_saves_with_trained_networks_are_passed_over(tmp_path):
    net, x = small(), nd.array(picture(1, 3, 64, 64))
    expected = net(x)[1].asnumpy()
    values = {name: one.data().asnumpy() for name, one in net._collect_params_with_prefix().items()}
    values["_target_generator._box_encoder.means"] = np.zeros(4, np.float32)
    full = {one.name: values[name] for name, one in net._collect_params_with_prefix().items()}
    full["normalizedperclassboxcenterencoder0_stds"] = np.ones(4, np.float32)
    for some in (values, full):
        save_params(tmp_path / "trained.params", some)
        other = small()
        other.load_parameters(tmp_path / "trained.params")
        np.testing.assert_array_equal(other(x)[1].asnumpy(), expected)


def test_weights_are_found_in_a_folder_and_carried_over(tmp_path):
    options = {"rpn_test_post_nms": 5}
    net = get_model("faster_rcnn_resnet50_v1b_voc", pretrained_base=False, **options)
    net.initialize()
    net(nd.zeros((1, 3, 64, 64)))
    net.save_parameters(tmp_path / "faster_rcnn_resnet50_v1b_voc.params")
    other = get_model(
        "faster_rcnn_resnet50_v1b_custom", classes=["sofa", "lamp"], transfer="voc", root=tmp_path, **options
    )
    assert other.classes == ("sofa", "lamp")
    old, new = (one.class_predictor.weight.data().asnumpy() for one in (net, other))
    np.testing.assert_array_equal(new[1], old[1 + net.classes.index("sofa")])


def test_custom_networks_have_no_weights_to_load():
    with pytest.warns(UserWarning, match="networks for other classes have no weights"):
        get_model("faster_rcnn_resnet50_v1b_custom", classes=["a"], pretrained=True, pretrained_base=False)


def test_proposals_of_levels_can_be_suppressed_alone():
    found = []
    for alone in (False, True):
        mx.random.seed(0)
        rpn = RPN(8, (4, 8), 8, (2, 2), (1,), (16, 16), None, 0.3, 50, 40, 50, 40, 2, multi_level=True,
                  per_level_nms=alone)  # fmt: skip
        rpn.initialize(mx.init.Normal(0.3))
        maps = [nd.array(picture(1, 4, 8, 8)), nd.array(picture(1, 4, 4, 4, seed=1))]
        scores, boxes = rpn(nd.zeros((1, 3, 32, 32)), *maps)
        kept = scores.asnumpy()[0, :, 0]
        assert (np.diff(kept) <= 0).all(), "the best come first"
        found.append((kept > 0).sum())
        assert rpn.get_test_post_nms() == 40
        assert boxes.shape[2] == 4
    assert found[1] > found[0], "boxes of different levels do not suppress each other"


def test_masks_follow_their_classes():
    features = nn.HybridSequential()
    features.add(nn.Conv2D(8, 3, 16, 1))
    net = MaskRCNN(features, None, ("cat", "cow"), mask_channels=4, rcnn_max_dets=5, rpn_test_post_nms=9,
                   rpn_train_post_nms=9, num_sample=8, roi_size=(3, 3), rpn_channel=8, rpn_min_size=2)  # fmt: skip
    net.initialize()
    x = nd.array(picture(2, 3, 64, 64))
    ids, scores, boxes, masks = net(x)
    assert [one.shape for one in (ids, scores, boxes, masks)] == [(2, 5, 1), (2, 5, 1), (2, 5, 4), (2, 5, 6, 6)]
    assert (np.diff(scores.asnumpy()[..., 0]) <= 0).all()
    net.mask.mask.bias.set_data(nd.array([-50, 50]))
    expected = (ids.asnumpy() == 1).astype(np.float32)[..., None]
    np.testing.assert_allclose(net(x)[3].asnumpy(), np.broadcast_to(expected, masks.shape), atol=1e-3)
    before = net.mask.mask.weight.data().asnumpy()
    net.reset_class(["cow", "ape", "dog"], ["cow"])
    np.testing.assert_array_equal(net.mask.mask.weight.data().asnumpy()[0], before[1])
    with autograd.train_mode():
        drawn = net(x, nd.array(BOXES), nd.array(CLASSES))[2]
    assert drawn.shape == (2, 2, 3, 6, 6)
    fresh = MaskRCNN(nn.HybridSequential(), None, ("cat",), roi_size=(3, 3))
    with pytest.raises(ArgumentError, match="Mask: reset_class with reuse_weights must come after weights"):
        fresh.mask.reset_class(["cat"], ["cat"])


def features():
    return nn.HybridSequential()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: FasterRCNN(features(), None, ()), r"classes must be at least one name, got \(\)"),
        (lambda: FasterRCNN(features(), None, ("a",), roi_mode="crop"), "roi_mode must be one of 'align', 'pool'"),
        (lambda: FasterRCNN(features(), None, ("a",), roi_size=(7,)), "roi_size must be 2 numbers"),
        (
            lambda: FasterRCNN(features(), None, ("a",), min_stage=2, max_stage=4, strides=(4, 8), scales=(1, 2, 4)),
            "scales and strides must be one for each of 3 stages, got 3 and 2",
        ),
        (lambda: DoubleHeadRCNN(features(), None, ("a",), features()), "box_features must be None"),
    ],
)
def test_refuses(call, words):
    with pytest.raises(ArgumentError, match=words):
        call()


def test_refuses_an_unknown_backbone():
    with pytest.raises(UnknownNameError, match=r"base_network_name must be one of resnet18_v1b, .*, got 'vgg16'"):
        get_model("custom_faster_rcnn_fpn", classes=["a"], base_network_name="vgg16")
