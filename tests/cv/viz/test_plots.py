import subprocess
import sys
from dataclasses import dataclass

import matplotlib
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

from regluon.core.errors import ArgumentError, FormatError, ShapeError
from regluon.cv.viz import class_color, plot_bbox, plot_confidence, plot_image, plot_precision_recall, plot_results

IMAGE = np.arange(4 * 6 * 3).reshape(4, 6, 3) * 3.0


@pytest.fixture
def axes():
    return Figure().add_subplot()


def test_plot_image(axes):
    assert plot_image(IMAGE, ax=axes) is axes
    np.testing.assert_array_equal(axes.images[0].get_array(), IMAGE.astype(np.uint8))
    plot_image(torch.tensor(IMAGE), ax=axes, reverse_rgb=True)
    np.testing.assert_array_equal(axes.images[1].get_array(), IMAGE.astype(np.uint8)[..., ::-1])


def test_plot_bbox(axes):
    boxes = np.array([[1, 2, 11, 22], [3, 4, 8, 9], [5, 5, 6, 6], [0, 0, 1, 1]], np.float32)
    kept = boxes.copy()
    colors = {1: (0, 0, 255)}
    made = plot_bbox(IMAGE, boxes, [0.9, 0.5, 0.4, 0.9], [0, 7, 0, -1], class_names=["cat"], colors=colors, ax=axes)
    assert made is axes
    assert [patch.get_bbox().bounds for patch in axes.patches] == [(1, 2, 10, 20), (3, 4, 5, 5)]
    assert [text.get_text() for text in axes.texts] == ["cat 0.900", "7 0.500"]
    assert axes.texts[0].get_position() == (1, 0)
    np.testing.assert_allclose(axes.patches[0].get_edgecolor()[:3], np.array(class_color(0)) / 255)
    np.testing.assert_array_equal(boxes, kept)
    assert colors == {1: (0, 0, 255)}


def test_plot_bbox_options(axes):
    plot_bbox(IMAGE, [[0.5, 0.25, 1.0, 1.0]], absolute_coordinates=False, linewidth=2, ax=axes)
    assert axes.patches[0].get_bbox().bounds == (3, 1, 3, 3)
    assert axes.patches[0].get_linewidth() == 2
    assert not axes.texts
    plot_bbox(IMAGE, [[0, 0, 2, 2]], labels=torch.tensor([[1]]), colors={1: (0, 255, 0)}, fontsize=8, ax=axes)
    assert axes.texts[0].get_text() == "1"
    assert axes.texts[0].get_fontsize() == 8
    assert axes.patches[1].get_edgecolor() == (0, 1, 0, 1)
    assert len(plot_bbox(IMAGE, np.zeros((0, 4)), np.zeros(0), np.zeros(0), ax=axes).patches) == 2


def test_plot_bbox_makes_its_own_axes():
    from matplotlib import pyplot

    with matplotlib.rc_context({"backend": "agg"}):
        made = plot_bbox(IMAGE, [[0, 0, 2, 2]])
        assert made.figure is pyplot.gcf()
        pyplot.close("all")


@pytest.mark.parametrize("name", ["scores", "labels"])
def test_plot_bbox_errors(name, axes):
    with pytest.raises(ShapeError, match=f"plot_bbox: {name} must be one for each of 1 boxes, got 2"):
        plot_bbox(IMAGE, [[0, 0, 2, 2]], ax=axes, **{name: [1, 2]})


@dataclass
class Curve:
    name: str
    average_precision: float
    precision: np.ndarray
    recall: np.ndarray

    def at(self, confidence):
        return np.full(len(confidence), 0.5), 1 - confidence


def curve(name="a"):
    return Curve(name, 0.6, np.array([1.0, 0.5, 2 / 3]), np.array([0.25, 0.25, 0.5]))


def test_precision_recall(tmp_path):
    figure = plot_precision_recall([curve("a"), curve("b")])
    lines = figure.axes[0].lines
    assert [line.get_label() for line in lines] == ["a  0.600", "b  0.600", "mean  0.600"]
    recall, precision = lines[0].get_data()
    for at, height in ((0.1, 1), (0.25, 1), (0.3, 2 / 3), (0.5, 2 / 3), (0.6, 0)):
        assert precision[np.isclose(recall, at)] == pytest.approx(height)
    path = tmp_path / "PR_curve.png"
    figure.savefig(path)
    with Image.open(path) as picture:
        assert picture.size == (900, 600)


def test_many_classes_have_no_names():
    lines = plot_precision_recall([curve(str(label)) for label in range(30)]).axes[0].lines
    assert len(lines) == 31
    assert [line.get_label() for line in lines if not line.get_label().startswith("_")] == ["mean  0.600"]


@pytest.mark.parametrize(
    ("quantity", "height", "label"),
    [
        pytest.param("precision", 0.5, "mean  0.500 at 0.000", id="precision"),
        pytest.param("recall", 0.8, "mean  1.000 at 0.000", id="recall"),
        pytest.param("f1", 2 * 0.5 * 0.8 / 1.3, "mean  0.667 at 0.000", id="f1"),
    ],
)
def test_confidence(quantity, height, label):
    axes = plot_confidence([curve()], quantity).axes[0]
    assert axes.lines[0].get_label() == label
    confidence, values = axes.lines[0].get_data()
    assert values[np.isclose(confidence, 0.2)] == pytest.approx(height)


def test_no_curves():
    assert not plot_precision_recall([]).axes[0].lines
    assert not plot_confidence([]).axes[0].lines
    with pytest.raises(ArgumentError, match="quantity must be one of 'f1', 'precision', 'recall', got 'x'"):
        plot_confidence([], "x")


def test_results(tmp_path):
    path = tmp_path / "results.csv"
    path.write_text(
        " epoch, time, train/box_loss, metrics/mAP50(B), val/box_loss, lr/pg0, lr/pg1, other\n"
        "1, 3.5, 2.0, 0.1, , 0.01, 0.02, 5\n\n2, 7.5, 1.0, 0.2, 3.0, 0.01, 0.02\n"
    )
    figure = plot_results(path)
    panels = {axes.get_title(loc="left"): axes for axes in figure.axes}
    assert list(panels) == ["box_loss", "mAP50(B)", "learning rate", "other"]
    losses = {line.get_label(): line.get_data()[1] for line in panels["box_loss"].lines}
    np.testing.assert_array_equal(losses["train"], [2, 1])
    np.testing.assert_array_equal(losses["val"], [np.nan, 3])
    assert [line.get_label() for line in panels["learning rate"].lines] == ["pg0", "pg1"]
    np.testing.assert_array_equal(panels["mAP50(B)"].lines[0].get_xdata(), [1, 2])
    figure.savefig(tmp_path / "results.png")
    assert (tmp_path / "results.png").stat().st_size > 5000


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "must begin with a header that has epoch in it", id="empty"),
        pytest.param("a,b\n1,2\n", "must begin with a header that has epoch in it", id="header"),
        pytest.param("epoch,x\n", r"a row and a column to plot, got the header \['epoch', 'x'\]", id="no row"),
        pytest.param("epoch\n1\n", "a row and a column to plot", id="no column"),
        pytest.param("epoch,x\n1,two\n", "column 'x' of .*must be numbers: .*'two'", id="word"),
    ],
)
def test_results_errors(text, words, tmp_path):
    path = tmp_path / "results.csv"
    path.write_text(text)
    with pytest.raises(FormatError, match=words):
        plot_results(path)


def test_nothing_heavy_is_imported_early():
    code = "import sys, regluon.cv.viz, regluon.cv.data"
    code += "; print([name for name in ('matplotlib', 'PIL', 'sklearn', 'scipy') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
