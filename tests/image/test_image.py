"""What ``mx.image`` refuses, and that it takes torch tensors; its numbers are in test_pieces.py."""

import numpy as np
import pytest
import torch

from regluon import image, nd
from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError

PICTURE = nd.array(np.arange(60).reshape(4, 5, 3), dtype="uint8")


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        pytest.param(
            lambda: image.copyMakeBorder(PICTURE, 0, -1, 0, 0),
            ArgumentError,
            r"copyMakeBorder: margins must be >= 0, got \(0, -1, 0, 0\)",
            id="margin",
        ),
        pytest.param(
            lambda: image.copyMakeBorder(PICTURE, 0, 1, 0, 0, type=5),
            ArgumentError,
            "copyMakeBorder: type must be one of 0, 1, 2, 3, 4, got 5",
            id="border",
        ),
        pytest.param(
            lambda: image.copyMakeBorder(PICTURE, 0, 1, 0, 0, values=(1, 2)),
            ArgumentError,
            r"copyMakeBorder: values must be 1 or 3 floats, got \(1, 2\)",
            id="colour",
        ),
        pytest.param(
            lambda: image.CreateAugmenter((3, 2, 2), mean=[1, 2, 3]),
            ArgumentError,
            r"mean must be True or an array of 1 or 3 numbers, got \[1, 2, 3\]",
            id="mean",
        ),
        pytest.param(
            lambda: image.CreateAugmenter((3, 2, 2), std=np.ones(2)),
            ArgumentError,
            "std must be True or an array of 1 or 3 numbers",
            id="std",
        ),
        pytest.param(
            lambda: image.random_size_crop(PICTURE, (2, 2)),
            ArgumentTypeError,
            "random_size_crop: area must be given, a float or 2 of them",
            id="area",
        ),
        pytest.param(
            lambda: image.RandomSizedCropAug((2, 2)),
            ArgumentTypeError,
            "RandomSizedCropAug: area must be given, a float or 2 of them",
            id="area of the augmenter",
        ),
        pytest.param(
            lambda: image.center_crop(PICTURE[0], (2, 2)),
            ShapeError,
            r"center_crop: src must be \(H, W, C\), got shape \(5, 3\)",
            id="shape",
        ),
        pytest.param(
            lambda: image.resize_short(PICTURE, 3, interp=7),
            ArgumentError,
            "resize_short: interp must be one of 0, 1, 2, 3, 4, 9, 10, got 7",
            id="interp",
        ),
    ],
)
def test_refusals(call, error: type, words: str):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda x: image.imresize(x, 7, 3), id="imresize"),
        pytest.param(lambda x: image.resize_short(x, 3, 9), id="resize_short"),
        pytest.param(lambda x: image.center_crop(x, (2, 6))[0], id="center_crop"),
        pytest.param(lambda x: image.copyMakeBorder(x, 1, 0, 2, 1, type=4), id="copyMakeBorder"),
        pytest.param(lambda x: image.copyMakeBorder(x, 1, 0, 2, 1, values=9), id="copyMakeBorder, one colour"),
    ],
)
def test_tensors_are_taken(call):
    found = call(torch.from_numpy(PICTURE.asnumpy()))
    assert isinstance(found, torch.Tensor)
    np.testing.assert_array_equal(found.numpy(), call(PICTURE).asnumpy())


def test_old_names_of_arguments():
    arguments = {"min_area": 1.0, "ratio": (1.25, 1.25)}
    assert image.random_size_crop(PICTURE, (5, 4), **arguments)[1] == (0, 0, 5, 4)
    assert image.RandomSizedCropAug((5, 4), **arguments)(PICTURE).shape == (4, 5, 3)


def test_results_can_be_written_into_an_array():
    out = nd.zeros((2, 3, 3), dtype="uint8")
    assert image.imresize(PICTURE, 3, 2, out=out) is out
    assert out.asnumpy().any()


def test_the_base_says_what_is_missing():
    with pytest.raises(NotImplementedError, match="Augmenter: __call__ must be written"):
        image.Augmenter()(PICTURE)


def test_numpy_style_arrays_are_taken():
    from regluon import np as mx_np

    picture = mx_np.array(PICTURE.asnumpy(), dtype="uint8")
    found, _ = image.center_crop(picture, (2, 6))
    assert type(found) is mx_np.ndarray
    assert type(image.copyMakeBorder(picture, 1, 0, 2, 1)) is mx_np.ndarray
    assert type(image.imrotate(picture.astype("float32"), 20)) is mx_np.ndarray
    augmenters = image.CreateAugmenter(
        (3, 4, 4),
        brightness=0.1,
        contrast=0.1,
        saturation=0.1,
        hue=0.1,
        pca_noise=0.1,
        rand_gray=1,
        mean=True,
        std=True,
    )
    for one in augmenters:
        picture = one(picture)
    assert (type(picture), picture.shape) == (mx_np.ndarray, (4, 4, 3))
