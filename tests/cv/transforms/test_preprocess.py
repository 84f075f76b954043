import numpy as np
import pytest

from regluon.core.errors import ArgumentError, FormatError, ShapeError
from regluon.cv.transforms import Placement, Preprocess

PLAIN = {"mean": (0.0, 0.0, 0.0), "std": (1 / 255, 1 / 255, 1 / 255)}
"""With these a normalised value is the pixel itself."""


def test_picture_of_the_right_size_is_only_normalised():
    image = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    values, placement = Preprocess(16, **PLAIN)(image)
    np.testing.assert_allclose(values, image.transpose(2, 0, 1), rtol=1e-6)
    assert placement == Placement(1.0, 0, 0, 16, 16)


def test_colours_are_normalised_by_channel():
    image = np.zeros((2, 2, 3), np.uint8) + np.array([0, 51, 255], np.uint8)
    values, _ = Preprocess(2, (0.5, 0.2, 0.0), (0.5, 0.1, 0.25))(image)
    np.testing.assert_allclose(values[:, 0, 0], [-1.0, 0.0, 4.0], atol=1e-6)


@pytest.mark.parametrize(
    ("shape", "placement"),
    [
        pytest.param((50, 100), Placement(1.28, 0, 32, 100, 50), id="wide"),
        pytest.param((100, 50), Placement(1.28, 32, 0, 50, 100), id="tall"),
        pytest.param((1, 1), Placement(128.0, 0, 0, 1, 1), id="one pixel"),
        pytest.param((1, 1000), Placement(0.128, 0, 63, 1000, 1), id="a line keeps one row"),
    ],
)
def test_keeps_the_shape_of_the_picture(shape, placement):
    values, found = Preprocess(128, **PLAIN)(np.full((*shape, 3), 200, np.uint8))
    assert found == placement
    assert values.shape == (3, 128, 128)
    middle = values[0, 64 if shape[0] > 1 or shape[1] == 1 else 63, 64]
    assert middle == pytest.approx(200)


def test_padding_has_the_mean_colour():
    values, _ = Preprocess(8, (0.2, 0.4, 0.6))(np.zeros((4, 8, 3), np.uint8))
    np.testing.assert_allclose(values[:, 0, 0], 0, atol=1e-2)


def test_restore_undoes_the_placement():
    _, placement = Preprocess(128)(np.zeros((50, 100, 3), np.uint8))
    boxes = np.array([[10, 5, 60, 45], [0, 0, 100, 50]], np.float32)
    placed = boxes * 1.28 + np.array([0, 32, 0, 32], np.float32)
    np.testing.assert_allclose(placement.restore(placed), boxes, atol=1e-4)


def test_restore_cuts_at_the_edges_and_takes_no_boxes():
    placement = Placement(2.0, 0, 10, 20, 10)
    np.testing.assert_array_equal(placement.restore(np.array([[-5.0, 0, 90, 99]])), [[0, 0, 20, 10]])
    assert placement.restore(np.zeros((0, 4))).shape == (0, 4)


def test_card_round_trip():
    prepare = Preprocess(64, (0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
    assert Preprocess.from_card(prepare.to_card()) == prepare


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        pytest.param(lambda: Preprocess(0), ArgumentError, "size must be an int >= 1, got 0", id="size"),
        pytest.param(lambda: Preprocess(8, std=(1, 1, 0)), ArgumentError, "mean and std must be 3 numbers", id="std"),
        pytest.param(lambda: Preprocess(8)(np.zeros((4, 4), np.uint8)), ShapeError, r"\(H, W, 3\) uint8", id="gray"),
        pytest.param(lambda: Preprocess(8)(np.zeros((4, 4, 3))), ShapeError, "float64", id="floats"),
        pytest.param(lambda: Preprocess.from_card({"size": 8}), FormatError, "must hold size, mean and std", id="card"),
        pytest.param(
            lambda: Preprocess.from_card({"size": "8", "mean": [0] * 3, "std": [1] * 3}),
            FormatError, "size must be an int", id="card of a wrong type",
        ),
    ],
)  # fmt: skip
def test_errors(call, kind, words):
    with pytest.raises(kind, match=words):
        call()
