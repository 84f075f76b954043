"""Transforms of pictures and boxes: GluonCV's answers to the same seeds, and what a generator promises."""

import random
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from regluon import nd
from regluon.core.errors import ArgumentError, ArgumentTypeError
from regluon.core.nested import flatten
from regluon.cv.model_zoo import YOLOV3
from regluon.cv.transforms import bbox, experimental, image
from regluon.cv.transforms.presets import ssd, yolo
from regluon.gluon import nn
from tests.recorded import Case, recorded, recorded_params

FUNCTIONS: dict[str, Any] = {
    **{name: getattr(module, name) for module in (bbox, image) for name in module.__all__},
    "random_crop_with_constraints": experimental.bbox.random_crop_with_constraints,
    "random_color_distort": experimental.image.random_color_distort,
    "ssd_test": ssd.transform_test,
    "yolo_test": yolo.transform_test,
}
PRESETS: dict[str, Any] = {
    "ssd_train": ssd.SSDDefaultTrainTransform,
    "ssd_val": ssd.SSDDefaultValTransform,
    "yolo_train": yolo.YOLO3DefaultTrainTransform,
    "yolo_val": yolo.YOLO3DefaultValTransform,
}
KINDS = pytest.mark.parametrize("kind", ["nd", "th"])


def network() -> YOLOV3:
    """Make the network that GluonCV's transform was given."""
    first = nn.HybridSequential()
    first.add(nn.Conv2D(4, 3, 2, 1), nn.BatchNorm(), nn.LeakyReLU(0.1), nn.Conv2D(8, 3, 2, 1))
    anchors = [[6, 8, 10, 6], [20, 20, 30, 16]]
    net = YOLOV3([first, nn.Conv2D(8, 3, 2, 1)], [8, 4], anchors, [4, 8], tuple("abcdefghijklmnopqrst"), (32, 32))
    net.initialize()
    net(nd.zeros((1, 3, 16, 24)))
    return net


def given(value: np.ndarray, kind: str) -> Any:
    """Make a picture of a kind; boxes stay as they are."""
    if value.ndim == 2:
        return value
    return torch.tensor(value) if kind == "th" else nd.array(value, dtype=value.dtype)


def answer(what: str, kind: str, arrays: Any, seed: int = 0, targets: bool = False, **attrs: Any) -> list[np.ndarray]:
    if targets and what == "ssd_train":
        anchors = np.concatenate([np.random.RandomState(0).uniform(0, 24, (1, 40, 2)), np.full((1, 40, 2), 9)], -1)
        attrs["anchors"] = given(anchors.astype(np.float32), kind)
    if targets and what == "yolo_train":
        attrs["net"] = network()
    apply = PRESETS[what](**attrs) if what in PRESETS else lambda *arrays: FUNCTIONS[what](*arrays, **attrs)
    pictures = [given(one, kind) for one in arrays]
    before = [one.copy() for one in arrays]
    random.seed(seed)
    np.random.seed(seed)
    outputs = apply(*pictures)
    for one, was in zip(pictures, before, strict=True):
        np.testing.assert_array_equal(one.asnumpy() if isinstance(one, nd.NDArray) else np.asarray(one), was)
    if isinstance(outputs, tuple) and arrays[0].ndim == 3:
        first = outputs[0]
        assert isinstance(first, torch.Tensor if kind == "th" else nd.NDArray)
    return flat(outputs)


def flat(outputs: Any) -> list[np.ndarray]:
    if isinstance(outputs, tuple) and outputs and all(np.isscalar(one) for one in outputs):
        return [np.array(outputs, np.float64)]
    if isinstance(outputs, (list, tuple)):
        return [leaf for one in outputs for leaf in flat(one)]
    return [outputs.asnumpy() if isinstance(outputs, nd.NDArray) else np.asarray(outputs)]


def assert_equals(case: Case, kind: str) -> None:
    attrs = dict(case.attrs)
    got = answer(attrs.pop("what"), kind, list(case.inputs.values()), **attrs)
    assert [one.shape for one in got] == [one.shape for one in case.outputs]
    for one, want in zip(got, case.outputs, strict=True):
        # Floats of 0 to 255 and, normalised, of about -2 to 2.
        np.testing.assert_allclose(one, want, rtol=1e-5, atol=2e-4 if want.max(initial=0) > 10 else 2e-5)


@pytest.mark.parametrize("case", recorded_params("transforms_bbox", folder="components"))
def test_boxes_equal_gluoncv_for_the_same_seeds(case: Case) -> None:
    assert_equals(case, "numpy")


@KINDS
@pytest.mark.parametrize(
    "case",
    [
        *recorded_params("transforms_image", folder="components"),
        *recorded_params("transforms_presets", folder="components"),
    ],
)
def test_pictures_equal_gluoncv_for_the_same_seeds(case: Case, kind: str) -> None:
    assert_equals(case, kind)


# Generators


@pytest.mark.parametrize("what", ["ssd_train", "yolo_train"])
def test_a_generator_makes_the_same_whatever_else_is_drawn(what: str) -> None:
    case = recorded("transforms_presets", "components")[0]
    picture, label = case.inputs.values()
    made = []
    for _ in range(2):
        random.random(), np.random.random()
        transform = PRESETS[what](24, 16, generator=np.random.default_rng(7))
        made.append([transform(torch.tensor(picture), label) for _ in range(3)])
    for first, second in zip(flatten(made[0]), flatten(made[1]), strict=True):
        np.testing.assert_array_equal(np.asarray(first), np.asarray(second))
    assert not torch.equal(made[0][0][0], made[0][1][0])


def test_drawn_parts_keep_what_they_promise() -> None:
    generator = np.random.default_rng(0)
    for _ in range(200):
        low = generator.uniform(0, 50, (3, 2))
        boxes = np.concatenate([low, low + generator.uniform(4, 30, (3, 2))], 1)
        kept, (left, top, width, height) = experimental.bbox.random_crop_with_constraints(
            boxes, (80, 80), generator=generator
        )
        assert 0 <= left <= left + width <= 80
        assert 0 <= top <= top + height <= 80
        assert len(kept)
        assert (kept[:, :2] < kept[:, 2:]).all()
        assert (kept >= 0).all()
        assert (kept[:, 2] <= width).all()
        assert (kept[:, 3] <= height).all()


@pytest.mark.parametrize("what", ["ssd_train", "yolo_train"])
def test_pictures_without_objects_are_transformed(what: str) -> None:
    label = np.zeros((0, 5))
    x, left = PRESETS[what](24, 16, generator=np.random.default_rng(1))(torch.zeros(20, 30, 3), label)
    assert (tuple(x.shape), left.shape) == ((3, 16, 24), (0, 5))


def test_a_part_may_be_as_high_as_the_picture() -> None:
    boxes, part = experimental.bbox.random_crop_with_constraints(
        np.array([[0.0, 0, 8, 8]]), (8, 8), min_scale=1, max_scale=1, max_aspect_ratio=1
    )
    assert (boxes.tolist(), part) == ([[0, 0, 8, 8]], (0, 0, 8, 8))


# The rest


def test_targets_leave_running_means_of_the_network_alone() -> None:
    net = network()
    before = {name: one.clone() for name, one in net.named_buffers()}
    net.eval()
    yolo.YOLO3DefaultTrainTransform(24, 16, net)
    assert not net.training
    assert all(torch.equal(one, before[name]) for name, one in net.named_buffers())


def test_mixed_pictures_have_objects_in_part() -> None:
    label = np.array([[4, 4, 16, 14, 3, 0.25]])
    transform = yolo.YOLO3DefaultTrainTransform(24, 16, network(), mixup=True, generator=np.random.default_rng(0))
    _, there, *_ = transform(torch.full((16, 24, 3), 90.0), label)
    assert sorted(set(there.flatten().tolist())) == [0, 0.25]


@pytest.mark.parametrize("load", [ssd.load_test, yolo.load_test], ids=["ssd", "yolo"])
def test_files_are_read_one_or_several(load: Any, tmp_path: Any) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (20, 30, 3), np.uint8)
    for name in ("a.png", "b.png"):
        Image.fromarray(pixels).save(tmp_path / name)
    x, drawn = load(str(tmp_path / "a.png"), short=20)
    np.testing.assert_array_equal(drawn, pixels)
    want = (pixels / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    np.testing.assert_allclose(x.asnumpy()[0], want.transpose(2, 0, 1), atol=1e-5)
    many, drawings = load([tmp_path / "a.png", tmp_path / "b.png"], short=10)
    assert [one.shape for one in many] == [(1, 3, 10, 15)] * 2
    assert [one.shape for one in drawings] == [(10, 15, 3)] * 2


def test_canvas_has_a_colour_for_each_channel() -> None:
    canvas, place = image.resize_contain(nd.zeros((4, 4, 3)), (6, 4), fill=[1, 2, 3])
    assert canvas.asnumpy()[0, 0].tolist() == [1, 2, 3]
    assert place == (1, 0, 4, 4)


def test_what_asks_for_nothing_changes_nothing() -> None:
    picture, boxes = torch.ones(4, 6, 3), np.array([[1.0, 1, 3, 3]])
    assert image.random_pca_lighting(picture, 0) is picture
    assert image.random_expand(picture, 1) == (picture, (0, 0, 6, 4))
    np.testing.assert_array_equal(bbox.crop(boxes, (None,) * 4), boxes)
    assert image.resize_long(picture, 3).shape == (2, 3, 3)


def test_a_flip_may_copy() -> None:
    picture = torch.zeros(2, 2, 3)
    same, _ = image.random_flip(picture)
    copy, _ = image.random_flip(picture, copy=True)
    assert same is picture
    assert copy.data_ptr() != picture.data_ptr()


BOX, PICTURE = np.array([[0.0, 0, 4, 4]]), nd.zeros((4, 5, 3))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        pytest.param(lambda: bbox.crop(BOX, (1, 2)), ArgumentError, "must be left, top, width and height", id="crop"),
        pytest.param(lambda: bbox.flip(BOX, (1,)), ArgumentError, "flip: size must be width and height", id="flip"),
        pytest.param(lambda: image.ten_crop(PICTURE, (9, 2)), ArgumentError, "size must be at most", id="ten_crop"),
        pytest.param(
            lambda: image.random_expand(PICTURE, fill=[1, 2]), ArgumentError, "fill must be 1 number or 3", id="fill"
        ),
        pytest.param(
            lambda: yolo.transform_test([np.zeros((2, 2, 3))]), ArgumentTypeError, "imgs must be NDArrays", id="numpy"
        ),
    ],
)
def test_errors(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()
