"""CenterNet: a step of training as GluonCV makes it, its parts by hand, other classes, and hard pictures."""

import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch

from regluon import autograd, gluon, nd, sym
from regluon.core.errors import ArgumentError, NotSupportedError
from regluon.cv.loss import HeatmapFocalLoss, MaskedL1Loss
from regluon.cv.model_zoo import CenterNet, center_net_mobilenetv3_small_duc_voc, get_model
from regluon.cv.model_zoo.center_net import get_base_network
from regluon.cv.model_zoo.center_net.deconv_dla import DeconvDLA
from regluon.cv.model_zoo.center_net.deconv_resnet import DeconvResnet
from regluon.cv.model_zoo.center_net.duc_mobilenet import DUCMobilenet
from regluon.cv.target import CenterNetTargetGenerator
from regluon.gluon import nn
from tests.cv.faces import COMPILES
from tests.recorded import recorded_params

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tools"))
from golden import zoo

sys.path.pop(0)

HEADS = {"heatmap": {"num_output": 3, "bias": -2.19}, "wh": {"num_output": 2}, "reg": {"num_output": 2}}
BOXES = [[[2, 3, 14, 16], [12, 8, 38, 30], [-1] * 4], [[0, 0, 40, 32], [-1] * 4, [-1] * 4]]
IDS = [[[1], [0], [-1]], [[2], [-1], [-1]]]


def small(**changes) -> CenterNet:
    """Make a CenterNet of stride 4."""
    base = nn.HybridSequential()
    base.add(nn.Conv2D(8, 3, 2, 1), nn.BatchNorm(), nn.Activation("relu"), nn.Conv2D(12, 3, 2, 1))
    given = {"heads": HEADS, "classes": ("a", "b", "c"), "head_conv_channel": 6, "topk": 12}
    return CenterNet(base, **{**given, **changes})


def fill(net, row, picture):
    """Give a network the values that both sides draw."""
    net.infer_shape(picture)
    parameters = net._collect_params_with_prefix()
    net.initialize("zeros", force_reinit=True)
    net.load_dict(zoo.values(row, {name: one.shape for name, one in parameters.items()}))
    return parameters


def losses_of(predicted, targets):
    """Compute the three losses of GluonCV's script of training."""
    heat, sizes, sizes_mask, shifts, shifts_mask = targets
    return [
        HeatmapFocalLoss(from_logits=True)(predicted[0], heat),
        MaskedL1Loss(weight=0.1)(predicted[1], sizes, sizes_mask),
        MaskedL1Loss(weight=1.0)(predicted[2], shifts, shifts_mask),
    ]


@pytest.fixture
def x():
    return nd.from_torch(torch.rand(2, 3, 32, 40, generator=torch.Generator().manual_seed(1)))


@pytest.fixture
def net(x):
    """A network whose scores differ."""
    made = small()
    fill(made, zoo.Row("small", scales=((r"^heads\.\d\.2\.weight", 3.0),)), x)
    return made


# As GluonCV


@pytest.mark.parametrize("mode", ["step by step", "hybridized", "torch"])
@pytest.mark.parametrize("case", recorded_params("CenterNet_step", folder="components"))
def test_a_step_of_training_equals_gluoncv(case, mode):
    row = zoo.ROWS.get(case.attrs["label"]) or zoo.Row("small")
    net = small() if row.label == "small" else get_model(row.name, **zoo.arguments(row))
    picture, boxes, ids = (nd.array(one) for one in case.inputs.values())
    parameters = fill(net, row, picture)
    height, width = picture.shape[2] // 4, picture.shape[3] // 4
    targets = CenterNetTargetGenerator(net.num_classes, width, height).for_batch(boxes / 4, ids)
    if mode == "hybridized":
        net.hybridize()
    if mode == "torch":
        net.train()
        losses = losses_of(net(picture.as_torch()), [one.as_torch() for one in targets])
        torch.stack(losses).sum().backward()
        losses = [one.detach().numpy() for one in losses]
    else:
        with autograd.record():
            losses = losses_of(net(picture), targets)
            total = nd.add_n(*losses)
        total.backward()
        losses = [one.asnumpy() for one in losses]
    for one, want in zip(losses, case.outputs[:3], strict=True):
        np.testing.assert_allclose(one, want, rtol=1e-4)
    trained = [name for name in sorted(parameters) if parameters[name].grad_req != "null"]
    recorded = case.outputs[3].tolist()
    largest = max(length for length, _ in recorded)
    # Through many layers that normalise by a batch of a few pixels, errors of rounding grow; MXNet's do as well.
    loose = 1e-4 if row.label == "small" else 1e-3
    for name, (length, part) in zip(trained, recorded, strict=True):
        gradient = parameters[name].grad().asnumpy().astype(np.float64)
        along = np.random.default_rng(zlib.crc32(name.encode())).standard_normal(gradient.shape)
        assert np.sqrt((gradient**2).sum()) == pytest.approx(length, rel=loose, abs=1e-6 * largest), name
        assert (gradient * along).sum() == pytest.approx(part, abs=loose * length + 1e-6 * largest), name


@pytest.mark.parametrize(
    "mode", [{"active": False}, {}, {"static_alloc": True}], ids=["step by step", "graph", "folded"]
)
@pytest.mark.parametrize("case", recorded_params("CenterNet_found", folder="components"))
def test_what_is_found_equals_gluoncv(case, mode):
    net, picture = small(**case.attrs), nd.array(case.inputs["picture"])
    fill(net, zoo.Row("small"), picture)
    net.hybridize(**mode)
    for one, want in zip(net(picture), case.outputs, strict=True):
        np.testing.assert_allclose(one.asnumpy(), want, rtol=1e-5, atol=1e-4)


def test_what_is_found_is_what_the_maps_say(net, x):
    """Look for peaks one by one."""
    net.eval()
    heat, sizes, shifts = (one.asnumpy() for one in net._maps(nd, x))
    ids, scores, boxes = (one.asnumpy() for one in net(x))
    for image in range(2):
        rows = []
        for number, down, across in np.ndindex(*heat.shape[1:]):
            around = heat[image, number, max(down - 1, 0) : down + 2, max(across - 1, 0) : across + 2]
            score = heat[image, number, down, across]
            if score == around.max():
                center = np.array([across, down]) + shifts[image, :, down, across]
                half = sizes[image, :, down, across] / 2
                rows.append((score, number, *(center - half) * 4, *(center + half) * 4))
        want = np.array(sorted(rows, reverse=True)[:12])
        np.testing.assert_allclose(scores[image], want[:, 0], rtol=1e-5)
        np.testing.assert_array_equal(ids[image], want[:, 1])
        np.testing.assert_allclose(boxes[image], want[:, 2:], rtol=1e-4, atol=1e-4)


def test_all_faces_agree(net, x):
    plain = [one.asnumpy() for one in net(x)]
    net.eval()
    for mine, its in zip(plain, net(x.as_torch()), strict=True):
        np.testing.assert_allclose(mine, its.detach().numpy(), rtol=1e-4, atol=1e-4)
    net.hybridize()
    for mine, its in zip(plain, net(x), strict=True):
        np.testing.assert_allclose(mine, its.asnumpy(), rtol=1e-4, atol=1e-4)
    net.hybridize(False)
    assert [len(one) for one in net(sym.var("data"))] == [1, 1, 1]


@COMPILES
@pytest.mark.parametrize("training", [False, True])
def test_compiles_whole(net, x, training):
    net.train(training)
    want = net(x.as_torch())
    torch.compiler.reset()
    got = torch.compile(net, fullgraph=True, backend="eager")(x.as_torch())
    for one, its in zip(got, want, strict=True):
        np.testing.assert_allclose(one.detach(), its.detach(), rtol=1e-4, atol=1e-5)


def test_overlapping_boxes_are_dropped_on_request(net, x):
    net.heads[1][2].bias.set_data(nd.array([6, 6]))  # so that boxes are some pixels wide
    plain = [one.asnumpy() for one in net(x)]
    net.set_nms(0.02, nms_topk=10, post_nms=8)
    ids, scores, boxes = (one.asnumpy() for one in net(x))
    assert (ids.shape, scores.shape, boxes.shape) == ((2, 8), (2, 8), (2, 8, 4))
    rows = np.concatenate([plain[0][..., None], plain[1][..., None], plain[2]], axis=2)
    kept = nd.contrib.box_nms(nd.array(rows), overlap_thresh=0.02, topk=10, id_index=0, score_index=1, coord_start=2)
    np.testing.assert_array_equal(np.concatenate([ids[..., None], scores[..., None], boxes], 2), kept.asnumpy()[:, :8])
    assert (ids == -1).any()
    net.set_nms(0.02, nms_topk=-1, post_nms=-1)
    assert net(x)[0].shape == (2, 12)
    net.set_nms()
    for one, want in zip(net(x), plain, strict=True):
        np.testing.assert_array_equal(one.asnumpy(), want)


# Pictures that are hard on losses


@pytest.mark.parametrize("base", ["small", "mobilenetv3_small_duc"])
@pytest.mark.parametrize(
    ("size", "boxes"),
    [
        pytest.param((32, 40), [[-1, -1, -1, -1]], id="no object"),
        pytest.param((32, 40), np.zeros((0, 4)), id="no row at all"),
        pytest.param((32, 40), [[5, 5, 5, 5], [0, 0, 0, 9], [-1, -1, -1, -1]], id="boxes of no area"),
        pytest.param((32, 40), [[0, 0, 40, 32], [39, 31, 40, 32]], id="the whole picture and its last pixel"),
        pytest.param((1, 1), [[0, 0, 1, 1]], id="a picture of one pixel"),
    ],
)
def test_losses_and_gradients_of_all_heads_are_finite(base, size, boxes):
    torch.manual_seed(0)
    if base == "small":
        net = small()
        net.initialize()
    else:
        net = get_model(f"center_net_{base}_voc", classes=("a", "b", "c"), pretrained_base=False)
    net.train()
    predicted = net(torch.rand(1, 3, *size))
    boxes = torch.tensor(np.array(boxes, np.float32))[None]
    ids = torch.where(boxes[..., :1] < 0, -1.0, 1.0)
    height, width = predicted[0].shape[2:]
    targets = CenterNetTargetGenerator(3, width, height).for_batch(boxes / 4, ids)
    losses = losses_of(predicted, targets)
    torch.stack(losses).sum().backward()
    assert torch.isfinite(torch.stack(losses)).all()
    for parameter in net.heads.parameters():
        assert parameter.grad is not None
        assert torch.isfinite(parameter.grad).all()
    assert net.heads[0][2].bias.grad().asnumpy().any()
    assert net.heads[1][2].bias.grad().asnumpy().any() == bool((boxes[..., 2:] > boxes[..., :2]).all(-1).any())


def test_learns_two_pictures_by_heart(x):
    torch.manual_seed(0)
    net = small(head_conv_channel=24)
    net.initialize("xavier")
    targets = CenterNetTargetGenerator(3, 10, 8).for_batch(nd.array(BOXES) / 4, nd.array(IDS))
    net(x)
    net.hybridize()
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.02})
    for _ in range(250):
        with autograd.record():
            total = nd.add_n(*losses_of(net(x), targets))
        total.backward()
        trainer.step(1)
    found_ids, scores, found = (one.asnumpy() for one in net(x))
    for image, (truths, wanted) in enumerate(zip(BOXES, IDS, strict=True)):
        real = [(box, number[0]) for box, number in zip(truths, wanted, strict=True) if number[0] >= 0]
        for rank in range(len(real)):
            [(box, _)] = [one for one in real if one[1] == found_ids[image, rank]]
            assert scores[image, rank] > 0.3
            np.testing.assert_allclose(found[image, rank], box, atol=4)


# Weights and classes


def test_weights_come_back_from_a_file(net, x, tmp_path):
    want = [one.asnumpy() for one in net(x)]
    net.save_parameters(tmp_path / "center.params")
    other = small()
    other.load_parameters(tmp_path / "center.params")
    for one, its in zip(other(x), want, strict=True):
        np.testing.assert_array_equal(one.asnumpy(), its)


def test_networks_of_the_zoo_are_ready_to_run_and_read_files(tmp_path):
    torch.manual_seed(0)
    first = get_model("center_net_mobilenetv3_small_duc_voc", pretrained_base=False)
    picture = nd.from_torch(torch.rand(1, 3, 32, 32))
    want = first(picture)[1].asnumpy()
    assert abs(want - 0.1).max() < 0.02  # the bias of -2.19
    first.save_parameters(tmp_path / "center_net_mobilenetv3_small_duc_voc.params")
    again = center_net_mobilenetv3_small_duc_voc(pretrained=True, root=tmp_path)
    np.testing.assert_array_equal(again(picture)[1].asnumpy(), want)
    assert (again.num_classes, again.topk, again.post_nms) == (20, 40, 40)


def test_heads_begin_as_in_gluoncv():
    torch.manual_seed(0)
    net = small(head_conv_channel=0)
    net.initialize()
    net(nd.zeros((1, 3, 32, 40)))
    heat, sizes, shifts = (head[0] for head in net.heads)
    np.testing.assert_allclose(heat.bias.data().asnumpy(), -2.19, rtol=1e-6)
    assert heat.weight.data().abs().max().asscalar() > 0.1
    for one in (sizes, shifts):
        assert not one.bias.data().asnumpy().any()
        assert one.weight.data().abs().max().asscalar() < 0.01


def test_transposed_convolutions_begin_with_bilinear_upsampling():
    net = get_base_network("resnet18_v1b")
    kernel = np.outer([0.25, 0.75, 0.75, 0.25], [0.25, 0.75, 0.75, 0.25])
    weight = net.deconv[3].weight.data().asnumpy()
    np.testing.assert_allclose(weight[:, 0], np.broadcast_to(kernel, (256, 4, 4)), rtol=1e-6)
    assert 0.009 < weight[:, 1:].std() < 0.011


@pytest.mark.parametrize("between", [0, 6])
def test_reset_class_keeps_what_is_reused(x, between):
    net = small(head_conv_channel=between)
    fill(net, zoo.Row("small"), x)
    before = net.heads[0][-1].weight.data().asnumpy()
    names = list(net._collect_params_with_prefix())
    net.reset_class(["d", "b"], reuse_weights=["b"])
    assert (net.classes, net.num_classes) == (("d", "b"), 2)
    after = net.heads[0][-1]
    np.testing.assert_array_equal(after.weight.data().asnumpy()[1], before[1])
    assert (after.weight.data().asnumpy()[0] != before[0]).any()
    assert after.bias.data().asnumpy()[0] == np.float32(-2.19)
    assert list(net._collect_params_with_prefix()) == names
    assert set(np.unique(net(x)[0].asnumpy())) <= {0, 1}
    with autograd.train_mode():
        assert [one.shape for one in net(x)] == [(2, 2, 8, 10), (2, 2, 8, 10), (2, 2, 8, 10)]


def test_reset_class_comes_before_the_first_call(x):
    net = small()
    net.initialize()
    net.reset_class(["d"])
    assert not net(x)[0].asnumpy().any()
    fresh = small()
    with pytest.raises(ArgumentError, match="reset_class with reuse_weights must come after weights are loaded"):
        fresh.reset_class(["a"], reuse_weights=["a"])


def test_the_small_one_has_the_same_names_whatever_was_made_before():
    first, other = (get_model("center_net_128_small", classes=("a", "b")) for _ in range(2))
    assert list(first.collect_params()) == list(other.collect_params())
    other.initialize()
    ids, scores, boxes = other(nd.zeros((2, 3, 64, 96)))
    assert (ids.shape, scores.shape, boxes.shape) == ((2, 100), (2, 100), (2, 100, 4))


# What is refused


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"classes": ()}, "classes must be at least one name, got none", id="no classes"),
        pytest.param({"classes": "cat"}, "at least one name, got cat", id="one name"),
        pytest.param({"heads": {"wh": {}}}, "heads must be heatmap, wh, reg, in this order, got wh", id="heads"),
        pytest.param({"classes": ("a",)}, "must be the number of classes, 1, got 3", id="outputs"),
    ],
)  # fmt: skip
def test_errors(change, words):
    with pytest.raises(ArgumentError, match=words):
        small(**change)


def test_errors_of_backbones():
    with pytest.raises(ArgumentError, match=r"name must be one of resnet18_v1b, .*, got 'vgg16'"):
        get_base_network("vgg16")
    with pytest.raises(ArgumentError, match="must be a ResNet of kind v1b, got 'resnet50_v1'"):
        DeconvResnet("resnet50_v1")
    with pytest.raises(ArgumentError, match="one of 4, 3 and 2 for each of deconv_filters, got"):
        DeconvResnet(deconv_kernels=(4, 4, 5))
    with pytest.raises(ArgumentError, match="down_ratio must be one of 2, 4, 8, 16, got 3"):
        DeconvDLA("dla34", False, 3, 5)
    with pytest.raises(ArgumentError, match="base_network must be a MobileNet, got 'dla34'"):
        DUCMobilenet("dla34")
    with pytest.raises(NotSupportedError, match="norm_layer must be BatchNorm, got LayerNorm"):
        DUCMobilenet(norm_layer=nn.LayerNorm)


@pytest.mark.parametrize(("kernels", "scale", "name"), [((3, 2, 4), 4, "resnet18_v1b"), (None, 8, "dla34")])
def test_other_sizes_of_backbones(kernels, scale, name):
    if kernels:
        net = DeconvResnet(name, deconv_kernels=kernels, pretrained_base=False)
    else:
        net = DeconvDLA(name, False, scale, 5)
    net.initialize()
    assert net(nd.zeros((1, 3, 64, 32))).shape[2:] == (64 // scale, 32 // scale)
