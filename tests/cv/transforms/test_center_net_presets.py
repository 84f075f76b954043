"""Transforms of CenterNet: GluonCV's answers to the same seeds, and what a generator promises."""

import random

import numpy as np
import pytest
import torch
from PIL import Image

from regluon import nd
from regluon.core.nested import flatten
from regluon.cv.transforms.affine import affine_transform, get_affine_transform, warp
from regluon.cv.transforms.presets import center_net
from tests.recorded import recorded_params

KINDS = pytest.mark.parametrize("kind", ["nd", "th"])
LABEL = np.array([[2, 3, 12, 17, 1], [10, 1, 27.5, 9, 0]])


@KINDS
@pytest.mark.parametrize("case", recorded_params("CenterNet_prepared", folder="components"))
def test_equals_gluoncv(case, kind):
    options = dict(case.attrs)
    what, seed = options.pop("what"), options.pop("seed", 0)
    image, *label = case.inputs.values()
    picture = torch.tensor(image) if kind == "th" else nd.array(image, dtype=image.dtype)
    if what == "transform_test":
        answer = center_net.transform_test(picture, **options)
    else:
        apply = getattr(center_net, what)(**options)
        random.seed(seed)
        np.random.seed(seed)
        answer = apply(picture, *label)
    found = [
        one if isinstance(one, np.ndarray) else np.asarray(one.as_torch() if kind == "nd" else one)
        for one in flatten(answer)
    ]
    assert [one.shape for one in found] == [one.shape for one in case.outputs]
    # The picture itself is rounded to whole numbers: a step of one, over 255 and the deviation, where halves meet.
    close = np.abs(found[0] - case.outputs[0]) < 1e-4
    assert close.mean() > 0.99
    assert np.abs(found[0] - case.outputs[0]).max() < 1.05 / 255 / min(options.get("std", (0.22,)))
    for one, want in zip(found[1:], case.outputs[1:], strict=True):
        np.testing.assert_allclose(one, want, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("case", recorded_params("CenterNet_matrix", folder="components"))
def test_matrices_equal_gluoncv(case):
    found = affine_transform(case.inputs["points"], get_affine_transform(**case.attrs))
    np.testing.assert_allclose(found, case.outputs[0], rtol=1e-5, atol=1e-5)


def test_a_matrix_and_its_way_back():
    given = {"center": (7, 9), "scale": 31.5, "rot": 77, "output_size": (11, 6), "shift": (0.1, -0.2)}
    points = np.random.default_rng(0).normal(size=(3, 4, 2))
    moved = affine_transform(points, get_affine_transform(**given))
    np.testing.assert_allclose(affine_transform(moved, get_affine_transform(**given, inv=True)), points, rtol=1e-9)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_warp_by_its_definition(dtype):
    picture = (torch.rand(5, 7, 2, generator=torch.Generator().manual_seed(0)) * 200).to(dtype)
    matrix = get_affine_transform((3, 2.25), 6, 20, (8, 6))
    want = np.zeros((6, 8, 2))
    for row, column in np.ndindex(6, 8):
        x, y = np.linalg.solve(matrix[:, :2], np.array([column, row]) - matrix[:, 2])
        for down, across in np.ndindex(5, 7):
            want[row, column] += max(0, 1 - abs(x - across)) * max(0, 1 - abs(y - down)) * picture[down, across].numpy()
    assert want.any()
    got = warp(picture, matrix, (8, 6))
    assert got.dtype == dtype
    np.testing.assert_allclose(got.numpy(), want, atol=0.51 if dtype == torch.uint8 else 1e-3)


@KINDS
def test_a_generator_repeats_whatever_else_is_drawn(kind):
    picture = torch.arange(20 * 28 * 3).reshape(20, 28, 3).remainder(251).to(torch.uint8)
    made = []
    for seed in (1, 1, 2):
        np.random.seed(len(made))
        transform = center_net.CenterNetDefaultTrainTransform(32, 24, 2, generator=np.random.default_rng(seed))
        answer = transform(picture if kind == "th" else nd.from_torch(picture), LABEL)
        made.append([torch.as_tensor(one.as_torch() if kind == "nd" else one) for one in answer])
    assert all(torch.equal(*pair) for pair in zip(made[0], made[1], strict=True))
    assert not torch.equal(made[0][0], made[2][0])


def test_nothing_is_written_into_what_is_given():
    label, picture = LABEL.copy(), torch.full((20, 28, 3), 100, dtype=torch.uint8)
    center_net.CenterNetDefaultTrainTransform(32, 32, 2)(picture, label)
    center_net.CenterNetDefaultValTransform(32, 32)(picture, label)
    np.testing.assert_array_equal(label, LABEL)
    assert (picture == 100).all()


def test_boxes_are_cut_off_by_width_and_height():
    """GluonCV cuts left and top off by the width, right and bottom by the height."""
    picture = torch.zeros(30, 60, 3, dtype=torch.uint8)
    _, boxes = center_net.CenterNetDefaultValTransform(60, 30)(picture, np.array([[40, 2, 70, 40, 1]]))
    assert boxes.tolist() == [[40, 2, 59, 29, 1]]


def test_boxes_come_back_into_the_picture():
    picture, label = torch.zeros(30, 60, 3, dtype=torch.uint8), np.array([[10.0, 2, 40, 22, 1]])
    _, boxes = center_net.CenterNetDefaultValTransform(128, 128)(picture, label)
    back = affine_transform(boxes[0, :4].reshape(2, 2), center_net.get_post_transform(60, 30, 128, 128))
    np.testing.assert_allclose(back.ravel(), label[0, :4], rtol=1e-5)


def test_pictures_without_objects_train_too():
    _, *targets = center_net.CenterNetDefaultTrainTransform(32, 32, 2)(nd.ones((20, 28, 3)), np.zeros((0, 5)))
    assert not any(one.asnumpy().any() for one in targets)


def test_load_test_reads_files(tmp_path):
    Image.new("RGB", (40, 20), (124, 116, 104)).save(tmp_path / "a.png")
    x, picture = center_net.load_test(tmp_path / "a.png", 10)
    assert (x.shape, picture.shape) == ((1, 3, 10, 20), (10, 20, 3))
    assert abs(x.asnumpy()).max() < 0.02
    assert len(center_net.load_test([tmp_path / "a.png"] * 2, 10)[0]) == 2
