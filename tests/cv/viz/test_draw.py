import numpy as np
import pytest
import torch

from regluon.core.errors import ArgumentError, ShapeError
from regluon.cv.viz import class_color, class_text, draw_boxes, draw_comparison, draw_grid

GRAY = np.full((64, 100, 3), 128, np.uint8)
BOX = [[20.0, 30.0, 60.0, 50.0]]
RED = {0: (255, 0, 0), 1: (0, 0, 255)}


def mask(image, color):
    return (image == np.array(color)).all(axis=2)


def test_the_line_runs_just_outside_the_box():
    image = draw_boxes(GRAY, BOX, colors={-1: (255, 0, 0)}, scale=4)
    assert image.shape == (256, 400, 3)
    red = mask(image, (255, 0, 0))
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (118, 201, 78, 241)
    assert not red[120:200, 80:240].any()
    assert (image[120:200, 80:240] == 128).all()
    assert (GRAY == 128).all()


def test_a_label_gets_a_tag_that_stays_inside():
    for box in (BOX, [[0, 0, 10, 10]], [[95, 55, 140, 90]], [[-30, -30, 8, 8]]):
        plain = mask(draw_boxes(GRAY, box, None, colors={-1: (255, 0, 0)}), (255, 0, 0))
        tagged = mask(draw_boxes(GRAY, box, [0], [0.9], ["a long name"], colors=RED), (255, 0, 0))
        assert tagged.sum() > plain.sum() + 500


def test_small_pictures_grow_and_large_ones_do_not():
    assert draw_boxes(GRAY, BOX).shape == (320, 500, 3)
    assert draw_boxes(np.zeros((480, 480, 3)), BOX).shape == (480, 480, 3)
    assert draw_boxes(np.zeros((10, 2000, 3)), BOX).shape == (10, 2000, 3)


@pytest.mark.parametrize(
    ("labels", "scores", "drawn"),
    [
        pytest.param([0, 1], None, {"red", "blue"}, id="all"),
        pytest.param([0, -1], None, {"red"}, id="padding"),
        pytest.param([0, 1], [0.4, 0.5], {"blue"}, id="threshold"),
        pytest.param([[0.0], [1.0]], [[0.9], [0.1]], {"red"}, id="columns"),
    ],
)
def test_what_is_drawn(labels, scores, drawn):
    image = draw_boxes(GRAY, [[5, 20, 30, 60], [60, 20, 90, 60]], labels, scores, colors=RED)
    seen = {name for name, color in (("red", RED[0]), ("blue", RED[1])) if mask(image, color).any()}
    assert seen == drawn


def test_the_most_confident_is_on_top():
    twice = [BOX[0], BOX[0]]
    first = draw_boxes(GRAY, twice, [0, 1], [0.9, 0.8], colors=RED)
    assert mask(first, RED[0]).any()
    assert not mask(first, RED[1]).any()


def test_boxes_without_sense_do_no_harm():
    nothing = draw_boxes(GRAY, np.zeros((0, 4)), np.zeros(0), np.zeros(0))
    np.testing.assert_array_equal(nothing, draw_boxes(GRAY, []))
    odd = [[np.nan, 0, 1, 1], [0, 0, np.inf, 5]]
    np.testing.assert_array_equal(draw_boxes(GRAY, odd, [0, 0], [1, 1]), nothing)
    turned = draw_boxes(GRAY, [[60, 50, 20, 30]], [0])
    np.testing.assert_array_equal(turned, draw_boxes(GRAY, BOX, [0]))
    assert draw_boxes(GRAY, [[-500, -500, 900, 900]], [0], [0.5], ["far outside"]).shape == nothing.shape


def test_forms_of_a_picture():
    expected = draw_boxes(GRAY, BOX, [0], [0.75], ["a"])
    for image in (GRAY[..., 0], GRAY[..., :1], GRAY.astype(float) + 0.4, torch.tensor(GRAY)):
        np.testing.assert_array_equal(draw_boxes(image, torch.tensor(BOX), [0], torch.tensor([0.75]), ["a"]), expected)


def test_comparison():
    image = draw_comparison(GRAY, BOX, [0], BOX, [1], [0.9], ["a", "b"], colors=RED)
    left, right = image[:, :500], image[:, -500:]
    assert image.shape[1] == 1006
    assert image.shape[0] > 320
    assert (mask(left, RED[0]).any(), mask(left, RED[1]).any()) == (True, False)
    assert (mask(right, RED[0]).any(), mask(right, RED[1]).any()) == (False, True)
    heading = image[: image.shape[0] - 320]
    assert (heading[:, :500] < 100).any()
    assert (heading[:, -500:] < 100).any()
    low = draw_comparison(GRAY, BOX, [0], BOX, [1], [0.4], ["a", "b"], threshold=0.5, colors=RED)
    assert not mask(low, RED[1]).any()


def test_grid():
    cells = [np.full((10, 20, 3), value, np.uint8) for value in (0, 50, 100)] + [np.full((4, 6), 7)]
    grid = draw_grid(cells, gap=2)
    assert grid.shape == (22, 42, 3)
    assert (grid[:10, :20] == 0).all()
    assert (grid[:10, 22:] == 50).all()
    assert (grid[10:12] == 255).all()
    assert (grid[15:19, 29:35] == 7).all()
    assert (grid[12:, 22:] != 255).any(axis=2).sum() == 24
    assert draw_grid(cells[:3]).shape == (26, 46, 3)
    assert draw_grid(cells[:3], columns=3, gap=0).shape == (10, 60, 3)


def test_colors():
    assert class_color(0, {0: (0.0, 0.5, 1.0)}) == (0, 128, 255)
    assert class_color(0, {0: (0, 128, 300)}) == (0, 128, 255)
    assert class_color(1, {0: (1, 1, 1)}) == class_color(1)
    colors = np.array([class_color(label) for label in range(10)])
    apart = np.abs(colors[:, None] - colors).sum(axis=2) + 999 * np.eye(10)
    assert apart.min() > 60
    assert class_text(0, ["a"]) == "a"
    assert class_text(5, ["a"]) == "5"
    assert class_text(-1, ["a"]) == ""


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        pytest.param(
            lambda: draw_boxes(np.zeros((3, 4, 4)), BOX), ShapeError, r"image must be .*got \(3, 4, 4\)", id="i"
        ),
        pytest.param(
            lambda: draw_boxes(GRAY, [[1, 2, 3]]), ShapeError, r"boxes must be \(N, 4\), got \(1, 3\)", id="b"
        ),
        pytest.param(
            lambda: draw_boxes(GRAY, BOX, [0, 1]), ShapeError, "labels must be one for each of 1 boxes", id="l"
        ),
        pytest.param(lambda: draw_boxes(GRAY, BOX, [0], []), ShapeError, "scores must be one .*got 0", id="s"),
        pytest.param(
            lambda: draw_boxes(GRAY, BOX, scale=0), ArgumentError, "scale must be at least 1, got 0", id="scale"
        ),
        pytest.param(lambda: draw_grid([]), ArgumentError, "images must be at least one, got none", id="none"),
        pytest.param(lambda: draw_grid([GRAY], columns=0), ArgumentError, "columns must be at least 1, got 0", id="c"),
    ],
)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()
