"""YOLOv3: a step of training as GluonCV makes it, its parts by hand, other classes, and hard pictures."""

import sys
import warnings
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from regluon import autograd, gluon, nd, sym
from regluon.core.errors import ArgumentError, ArgumentTypeError, NotSupportedError
from regluon.cv.model_zoo import (
    YOLOV3,
    YOLODetectionBlockV3,
    YOLOOutputV3,
    custom_yolov3,
    get_model,
    yolo3_mobilenet0_25_custom,
)
from regluon.cv.target import YOLOV3PrefetchTargetGenerator
from regluon.gluon import Constant, nn
from tests.cv.faces import COMPILES
from tests.recorded import recorded_params

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tools"))
from golden import zoo

sys.path.pop(0)

ANCHORS, STRIDES = [[6, 8, 10, 6], [20, 20, 30, 16]], [4, 8]
BOXES = [[[2, 3, 10, 12], [5, 5, 30, 24], [-1, -1, -1, -1]], [[0, 0, 40, 32], [-1] * 4, [-1] * 4]]
IDS = [[[1], [0], [-1]], [[2], [-1], [-1]]]


def small(classes=("a", "b", "c"), **changes) -> YOLOV3:
    """Make a YOLOv3 of two maps of strides 4 and 8."""
    stages = [nn.HybridSequential(), nn.Conv2D(8, 3, 2, 1)]
    stages[0].add(nn.Conv2D(4, 3, 2, 1), nn.BatchNorm(), nn.LeakyReLU(0.1), nn.Conv2D(8, 3, 2, 1))
    given = {"stages": stages, "channels": [8, 4], "anchors": ANCHORS, "strides": STRIDES, "alloc_size": (16, 16)}
    net = YOLOV3(**{**given, "classes": classes, **changes})
    net.initialize()
    return net


@pytest.fixture
def net():
    torch.manual_seed(0)
    made = small()
    made(nd.zeros((1, 3, 32, 40)))
    return made


@pytest.fixture
def x():
    return nd.from_torch(torch.rand(2, 3, 32, 40, generator=torch.Generator().manual_seed(1)))


def targets_of(net, x, boxes, ids):
    with autograd.train_mode():
        _, anchors, cells, maps, *_ = net(x)
    return YOLOV3PrefetchTargetGenerator(net.num_class)(x, maps, anchors, cells, boxes, ids)


# As GluonCV


@pytest.mark.parametrize("mode", ["step by step", "hybridized", "torch"])
@pytest.mark.parametrize("case", recorded_params("YOLOV3_step", folder="components"))
def test_a_step_of_training_equals_gluoncv(case, mode):
    options = dict(case.attrs)
    label = options.pop("label")
    if label == "small":
        row, net = zoo.Row(label), small(tuple("abcdefghijklmnopqrst"), alloc_size=(32, 32))
    else:
        row = replace(zoo.ROWS[label], options=options)
        net = get_model(row.name, **zoo.arguments(row))
    picture, boxes, ids = (nd.array(one) for one in case.inputs.values())
    net.infer_shape(picture)
    parameters = net._collect_params_with_prefix()
    free = {name: one.shape for name, one in parameters.items() if not isinstance(one, Constant)}
    net.initialize("zeros", force_reinit=True)
    net.load_dict(zoo.values(row, free), allow_missing=True)
    if mode == "hybridized":
        net.hybridize()
    targets = targets_of(net, picture, boxes, ids)
    for one, want in zip(targets, case.outputs, strict=False):
        np.testing.assert_allclose(one.asnumpy(), want, rtol=1e-5, atol=1e-6)
    if mode == "torch":
        net.train()
        losses = net(*[one.as_torch() for one in (picture, boxes, *targets)])
        torch.cat(losses).sum().backward()
        losses = [one.detach().numpy() for one in losses]
    else:
        with autograd.record():
            losses = net(picture, boxes, *targets)
            total = nd.concat(*losses, dim=0).sum()
        total.backward()
        losses = [one.asnumpy() for one in losses]
    for one, want in zip(losses, case.outputs[5:9], strict=True):
        np.testing.assert_allclose(one, want, rtol=1e-4)
    trained = [name for name in sorted(free) if parameters[name].grad_req != "null"]
    # A bias before a normalisation has no gradient but errors of rounding.
    largest = max(length for length, _ in case.outputs[9].tolist())
    for name, (length, part) in zip(trained, case.outputs[9].tolist(), strict=True):
        gradient = parameters[name].grad().asnumpy().astype(np.float64)
        along = np.random.default_rng(zlib.crc32(name.encode())).standard_normal(gradient.shape)
        assert np.sqrt((gradient**2).sum()) == pytest.approx(length, rel=1e-4, abs=1e-6 * largest), name
        assert (gradient * along).sum() == pytest.approx(part, abs=1e-4 * length + 1e-6 * largest), name


def test_what_is_found_is_what_the_parts_say(net, x):
    """Put together anew from the raw predictions of a network whose normalisations predict."""
    net.set_nms(nms_thresh=-1)
    ids, scores, boxes = (one.asnumpy() for one in net(x))
    net.set_nms()
    kept = [one.asnumpy() for one in net(x)]
    tips = net._tips(nd, x)
    rows = []
    for output, tip, anchors, stride in zip(net.yolo_outputs, tips, ANCHORS[::-1], STRIDES[::-1], strict=True):
        raw = output.prediction(tip).asnumpy()
        batch, _, height, width = raw.shape
        raw = raw.reshape(batch, 2, 8, height, width)
        for number in range(3):
            for row, column, anchor in np.ndindex(height, width, 2):
                x_, y_, w, h, there, *classes = np.moveaxis(raw[:, anchor, :, row, column], 1, 0)
                sure = 1 / (1 + np.exp(-there)) / (1 + np.exp(-classes[number]))
                middle = [(column + 1 / (1 + np.exp(-x_))) * stride, (row + 1 / (1 + np.exp(-y_))) * stride]
                half = [np.exp(w) * anchors[2 * anchor] / 2, np.exp(h) * anchors[2 * anchor + 1] / 2]
                low = [a - b for a, b in zip(middle, half, strict=True)]
                high = [a + b for a, b in zip(middle, half, strict=True)]
                rows.append(np.stack([np.full_like(sure, number), sure, *low, *high], -1))
    want = np.stack(rows, 1)
    np.testing.assert_allclose(np.concatenate([ids, scores, boxes], -1), want, rtol=1e-4, atol=1e-4)
    suppressed = nd.contrib.box_nms(
        nd.array(want), overlap_thresh=0.45, topk=400, valid_thresh=0.01, id_index=0, score_index=1, coord_start=2
    ).asnumpy()[:, :100]
    np.testing.assert_allclose(np.concatenate(kept, -1), suppressed, rtol=1e-4, atol=1e-4)


def test_all_faces_agree(net, x):
    plain = [one.asnumpy() for one in net(x)]
    net.eval()
    for other in (net(x.as_torch()), torch.compile(net, fullgraph=True, backend="eager")(x.as_torch())):
        for mine, its in zip(plain, other, strict=True):
            np.testing.assert_allclose(mine, its.detach().numpy(), rtol=1e-4, atol=1e-4)
    net.hybridize()
    for mine, its in zip(plain, net(x), strict=True):
        np.testing.assert_allclose(mine, its.asnumpy(), rtol=1e-4, atol=1e-4)
    net.hybridize(False)
    assert [len(one) for one in net(sym.var("data"))] == [1, 1, 1]


def test_weights_come_back_from_a_file(net, x, tmp_path):
    want = [one.asnumpy() for one in net(x)]
    net.save_parameters(tmp_path / "yolo.params")
    other = small()
    other.load_parameters(tmp_path / "yolo.params")
    for one, its in zip(other(x), want, strict=True):
        np.testing.assert_array_equal(one.asnumpy(), its)


def test_training_without_targets_gives_what_targets_are_made_of(net, x):
    with autograd.record():
        boxes, anchors, cells, maps, *raw = net(x)
    count = 4 * 5 * 2 + 8 * 10 * 2
    assert boxes.shape == (2, count, 4)
    assert [one.shape for one in anchors] == [(1, 1, 2, 2)] * 2
    assert [one.shape for one in cells] == [(1, 20, 1, 2), (1, 80, 1, 2)]
    assert [one.shape for one in maps] == [(1, 1, 4, 5), (1, 1, 8, 10)]
    assert [one.shape for one in raw] == [(2, count, width) for width in (2, 2, 1, 3)]


# Pictures that are hard on losses


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
def test_losses_and_gradients_of_all_heads_are_finite(net, size, boxes):
    boxes = torch.tensor(np.array(boxes, np.float32))[None]
    ids = torch.where(boxes[..., :1] < 0, -1.0, 1.0)
    picture = torch.rand(1, 3, *size)
    net.train()
    _, anchors, cells, maps, *_ = net(picture)
    targets = YOLOV3PrefetchTargetGenerator(3)(picture, maps, anchors, cells, boxes, ids)
    losses = net(picture, boxes, *targets)
    torch.cat(losses).sum().backward()
    assert torch.isfinite(torch.cat(losses)).all()
    heads = [one.prediction for one in net.yolo_outputs]
    for parameter in (one for head in heads for one in head.parameters()):
        assert parameter.grad is not None
        assert torch.isfinite(parameter.grad).all()
        assert parameter.grad.any() or size == (1, 1)  # one value normalises to nothing


@COMPILES
def test_a_step_compiles_whole(net, x):
    boxes, ids = nd.array(BOXES), nd.array(IDS)
    targets = [one.as_torch() for one in targets_of(net, x, boxes, ids)]
    arguments = [x.as_torch(), boxes.as_torch(), *targets]
    net.train()
    want = torch.stack(net(*arguments))
    torch.compiler.reset()
    got = torch.stack(torch.compile(net, fullgraph=True, backend="eager")(*arguments))
    np.testing.assert_allclose(got.detach(), want.detach(), rtol=1e-4)


def test_learns_two_pictures_by_heart():
    torch.manual_seed(0)
    net = small()
    x, boxes, ids = nd.from_torch(torch.rand(2, 3, 32, 40)), nd.array(BOXES), nd.array(IDS)
    net(x)
    targets = targets_of(net, x, boxes, ids)
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.01})
    net.hybridize()
    for _ in range(160):
        with autograd.record():
            total = nd.add_n(*net(x, boxes, *targets))
        total.backward()
        trainer.step(2)
    found_ids, scores, found = (one.asnumpy() for one in net(x))
    for image, (truths, wanted) in enumerate(zip(BOXES, IDS, strict=True)):
        real = [(box, number[0]) for box, number in zip(truths, wanted, strict=True) if number[0] >= 0]
        for rank in range(len(real)):
            [(box, _)] = [one for one in real if one[1] == found_ids[image, rank, 0]]
            assert scores[image, rank, 0] > 0.3
            np.testing.assert_allclose(found[image, rank], box, atol=4)


# Other classes


def test_reset_class_keeps_what_is_reused(net, x):
    before = [output.prediction.weight.data().asnumpy().reshape(2, 8, -1) for output in net.yolo_outputs]
    net._target_generator._label_smooth = True
    net.reset_class(["d", "b"], reuse_weights=["b"])
    assert (net.classes, net.num_class, net._target_generator._label_smooth) == (("d", "b"), 2, True)
    for output, old in zip(net.yolo_outputs, before, strict=True):
        new = output.prediction.weight.data().asnumpy().reshape(2, 7, -1)
        np.testing.assert_array_equal(new[:, :5], old[:, :5])
        np.testing.assert_array_equal(new[:, 6], old[:, 6])
        assert (new[:, 5] != old[:, 5]).any()
    assert set(np.unique(net(x)[0].asnumpy())) <= {-1, 0, 1}
    targets = targets_of(net, x, nd.array(BOXES), nd.array(IDS) * 0)
    with autograd.record():
        losses = net(x, nd.array(BOXES), *targets)
    assert [one.shape for one in losses] == [(2,)] * 4


def test_reset_class_alone_begins_at_random(net, x):
    before = [output.prediction.bias.data().asnumpy() for output in net.yolo_outputs]
    net.reset_class(["d", "e", "f", "g"])
    assert net(x)[0].shape == (2, 100, 1)
    assert [len(output.prediction.bias.data()) for output in net.yolo_outputs] == [2 * 9 for _ in before]


def test_reset_class_comes_before_the_first_call(x):
    net = small()
    net.reset_class(["d"])
    assert set(np.unique(net(x)[0].asnumpy())) <= {-1, 0}
    fresh = small()
    with pytest.raises(ArgumentError, match="reset_class with reuse_weights must come after weights are loaded"):
        fresh.reset_class(["a"], reuse_weights=["a"])


def test_transfer_takes_weights_of_a_file(tmp_path):
    torch.manual_seed(0)
    known = get_model("yolo3_mobilenet0.25_voc", pretrained_base=False)
    known.initialize()
    known(nd.zeros((1, 3, 32, 32)))
    known.save_parameters(tmp_path / "yolo3_mobilenet0.25_voc.params")
    net = yolo3_mobilenet0_25_custom(["cow", "ape"], transfer="voc", root=tmp_path)
    cow = known.classes.index("cow")
    for ours, its in zip(net.yolo_outputs, known.yolo_outputs, strict=True):
        old = its.prediction.weight.data().asnumpy().reshape(3, 25, -1)
        new = ours.prediction.weight.data().asnumpy().reshape(3, 7, -1)
        np.testing.assert_array_equal(new[:, 5], old[:, 5 + cow])
    [path] = tmp_path.iterdir()
    again = get_model("yolo3_mobilenet0.25_voc", pretrained=path)
    x = nd.from_torch(torch.rand(1, 3, 32, 32))
    np.testing.assert_array_equal(again(x)[2].asnumpy(), known(x)[2].asnumpy())


def test_custom_warns_that_nothing_is_published():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        net = yolo3_mobilenet0_25_custom(["cow"], pretrained=True, pretrained_base=False, nms_thresh=0.3)
    assert "nobody has published weights" in str(caught[0].message)
    assert (net.classes, net.nms_thresh) == (("cow",), 0.3)


# What is refused


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        pytest.param({"classes": ()}, ArgumentError, "classes must be at least one name, got none", id="no classes"),
        pytest.param({"classes": "cat"}, ArgumentError, "at least one name, got cat", id="one name"),
        pytest.param({"strides": [4]}, ArgumentError, "one for each map, got 2, 2, 2 and 1", id="strides"),
        pytest.param({"pos_iou_thresh": 0.7}, NotSupportedError, "pos_iou_thresh must be 1, got 0.7", id="positives"),
        pytest.param({"channels": [8, 3]}, ArgumentError, "channel must be even, got 3", id="channels"),
        pytest.param({"anchors": [[1, 2, 3], [4, 5]]}, ArgumentError, "pairs of width and height, got", id="anchors"),
    ],
)
def test_errors(change, error, words):
    with pytest.raises(error, match=words):
        small(**change)


def test_targets_are_for_training(net, x):
    boxes, ids = nd.array(BOXES), nd.array(IDS)
    targets = targets_of(net, x, boxes, ids)
    with pytest.raises(ArgumentTypeError, match="targets must be given while training alone, got 6"):
        net(x, boxes, *targets)
    with autograd.record(), pytest.raises(ArgumentTypeError, match="targets must be the six gt_boxes"):
        net(x, boxes, ids)


def test_unknown_backbone():
    with pytest.raises(ArgumentError, match="base_network_name must be one of darknet53, mobile"):
        custom_yolov3("vgg16", [8], [[1, 1]], [8], ("a",), "voc")


def test_a_block_gives_what_goes_on_and_what_to_predict_from(x):
    block = YOLODetectionBlockV3(4)
    block.initialize()
    assert [one.shape for one in block(x)] == [(2, 4, 32, 40), (2, 8, 32, 40)]


def test_an_output_ends_where_its_cells_are_used_up():
    output = YOLOOutputV3(0, 2, [8, 8], 4, (16, 16))
    output.initialize()
    rows = output(nd.zeros((1, 4, 3, 5)))
    assert rows.shape == (1, 2 * 15, 6)
