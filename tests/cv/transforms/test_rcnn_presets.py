"""Pictures and labels for R-CNNs, as GluonCV prepares and batches them."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from regluon import nd
from regluon.core.errors import ArgumentTypeError, ShapeError
from regluon.cv.data import imencode
from regluon.cv.data.batchify import FasterRCNNTrainBatchify
from regluon.cv.model_zoo import get_model
from regluon.cv.transforms.presets.rcnn import (
    FasterRCNNDefaultTrainTransform,
    FasterRCNNDefaultValTransform,
    load_test,
    transform_test,
)

ROOT = Path(__file__).resolve().parents[3]

# Its neighbours there need MXNet; these two do not.
sys.path.insert(0, str(ROOT / "tools"))
from golden import rcnn, zoo  # noqa: E402

sys.path.pop(0)


def recorded(name):
    with np.load(ROOT / "tests" / "golden" / "rcnn" / f"{name}_data.npz", allow_pickle=False) as file:
        return dict(file)


def close(found, expected, what):
    np.testing.assert_allclose(zoo.sample(np.asarray(found)), expected, rtol=0, atol=1e-5, err_msg=what)


@pytest.mark.parametrize("kind", [lambda one: nd.array(one, dtype="uint8"), torch.tensor], ids=["NDArray", "tensor"])
@pytest.mark.parametrize("name", rcnn.CASES)
def test_samples_and_batches_equal_gluoncv(name, kind):
    step, expected = rcnn.CASES[name], recorded(name)
    net = get_model(step.row.name, **step.row.options)
    net.initialize("zeros")
    np.random.seed(step.seed)
    transform = FasterRCNNDefaultTrainTransform(64, 100, net, flip_p=1, num_sample=32, pos_iou_thresh=0.4)
    samples = [transform(kind(one), label) for one, label in rcnn.photographs()]
    for i in range(2):
        close(samples[0][i].numpy() if isinstance(samples[0][i], torch.Tensor) else zoo_array(samples[0][i]),
              expected[f"sample{i}"], f"sample {i}")  # fmt: skip
    batch = FasterRCNNTrainBatchify(net)(samples)
    for i, part in enumerate(batch):
        part = part[0] if isinstance(part, tuple) else part
        assert part.shape == tuple(expected[f"shape{i}"])
        close(part, expected[f"batch{i}"], f"batch {i}")


def zoo_array(one):
    return one.asnumpy() if isinstance(one, nd.NDArray) else one


def test_validation_equals_gluoncv():
    expected = recorded("c4")
    one, label = rcnn.photographs()[0]
    image, label, scale = FasterRCNNDefaultValTransform(64, 100)(nd.array(one, dtype="uint8"), label)
    close(image.asnumpy(), expected["val0"], "image")
    np.testing.assert_allclose(label, expected["val1"], rtol=1e-6)
    np.testing.assert_allclose(scale.asnumpy(), expected["val2"], rtol=1e-6)


def test_inputs_for_a_look_equal_gluoncv(tmp_path):
    one = rcnn.photographs()[0][0]
    x, shown = transform_test(nd.array(one, dtype="uint8"), 30, 100)
    close(x.asnumpy(), recorded("c4")["test"], "input")
    assert shown.dtype == np.uint8
    assert shown.shape[:2] == x.shape[2:]
    (tmp_path / "one.png").write_bytes(imencode(one, ".png"))
    again, _ = load_test(tmp_path / "one.png", 30, 100)
    np.testing.assert_array_equal(again.asnumpy(), x.asnumpy())
    both, pictures = load_test([str(tmp_path / "one.png")] * 2, 30, 100)
    assert len(both) == len(pictures) == 2


def test_a_generator_makes_samples_repeatable():
    one, label = rcnn.photographs()[0]
    sizes = set()
    for seed in (1, 1, 2, 3, 4):
        transform = FasterRCNNDefaultTrainTransform((20, 60), 200, generator=np.random.default_rng(seed))
        image, moved = transform(torch.tensor(one), label)
        sizes.add((tuple(image.shape), tuple(moved.reshape(-1))))
    assert 1 < len(sizes) < 5


def test_a_picture_without_objects_goes_through():
    net = get_model("faster_rcnn_128_small")
    net.initialize()
    transform = FasterRCNNDefaultTrainTransform(64, 100, net)
    _, label, classes, *_ = transform(torch.zeros(64, 64, 3, dtype=torch.uint8), np.zeros((0, 5), np.float32))
    assert label.shape == (0, 5)
    assert classes[0].shape[:2] == (8, 8)
    assert classes[0].max() == 0


def test_shards_are_filled_up_by_themselves():
    net = get_model("faster_rcnn_128_small")
    net.initialize()
    transform = FasterRCNNDefaultTrainTransform(40, 100, net, flip_p=0)
    images, labels, classes, offsets, masks = FasterRCNNTrainBatchify(net, num_shards=2)(
        [transform(torch.tensor(one), label) for one, label in rcnn.photographs()]
    )
    assert [one.shape for one in images] == [(1, 3, 40, 64), (1, 3, 60, 40)]
    assert [one.shape[1] for one in labels] == [2, 1]
    assert [one.shape for one in classes] == [(1, 5 * 8 * 6), (1, 8 * 5 * 6)]
    assert [one.shape for one in offsets] == [one.shape for one in masks] == [(1, 240, 4), (1, 240, 4)]


def test_refuses():
    with pytest.raises(ArgumentTypeError, match="net must be a network that proposes regions, got int"):
        FasterRCNNDefaultTrainTransform(net=3)
    with pytest.raises(ShapeError, match="samples must have 5 parts, got 2"):
        FasterRCNNTrainBatchify(get_model("faster_rcnn_128_small"))([(1, 2)])
