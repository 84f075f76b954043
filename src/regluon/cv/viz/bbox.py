"""Boxes on matplotlib axes, with GluonCV's interface."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from regluon.core.array import as_numpy
from regluon.core.errors import ShapeError
from regluon.cv.viz.color import class_color, class_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_bbox", "plot_image"]


def plot_image(img: Any, ax: "Axes | None" = None, reverse_rgb: bool = False) -> "Axes":
    """Show an image on matplotlib axes.

    Args:
        img: ``(H, W, 3)``, values of 0 to 255.
        ax: where to; new axes of a new pyplot figure if None.
        reverse_rgb: swap red and blue first, for an image read by OpenCV.

    Returns:
        The axes.

    Examples:
        >>> from matplotlib.figure import Figure
        >>> axes = plot_image(np.zeros((4, 6, 3)), ax=Figure().add_subplot())
        >>> axes.get_xlim()
        (np.float64(-0.5), np.float64(5.5))
    """
    if ax is None:
        from matplotlib import pyplot

        ax = pyplot.figure().add_subplot(1, 1, 1)
    image = as_numpy(img)
    ax.imshow((image[..., ::-1] if reverse_rgb else image).astype(np.uint8))
    return ax


def plot_bbox(
    img: Any,
    bboxes: Any,
    scores: Any = None,
    labels: Any = None,
    thresh: float = 0.5,
    class_names: Sequence[str] | None = None,
    colors: Mapping[int, Any] | None = None,
    ax: "Axes | None" = None,
    reverse_rgb: bool = False,
    absolute_coordinates: bool = True,
    linewidth: float = 3.5,
    fontsize: int = 12,
) -> "Axes":
    """Show an image and boxes on matplotlib axes. GluonCV's ``viz.plot_bbox``.

    Unlike GluonCV's it changes neither ``bboxes`` nor ``colors``, and the colour of a class is always the same.

    Args:
        img: ``(H, W, 3)``, values of 0 to 255.
        bboxes: ``(N, 4)`` boxes in corner form.
        scores: ``(N,)`` or ``(N, 1)``; boxes scored below ``thresh`` are left out.
        labels: ``(N,)`` or ``(N, 1)`` classes; boxes with a negative one are left out.
        thresh: the lowest score to show.
        class_names: what to write for the classes; their numbers if None.
        colors: own colours of some classes, see ``class_color``.
        ax: where to; new axes of a new pyplot figure if None.
        reverse_rgb: swap red and blue first, for an image read by OpenCV.
        absolute_coordinates: boxes are in pixels; else in parts of the width and height.
        linewidth: of the boxes, in points.
        fontsize: of the text, in points.

    Returns:
        The axes.

    Examples:
        >>> from matplotlib.figure import Figure
        >>> axes = plot_bbox(np.zeros((40, 60, 3)), [[5, 5, 20, 20]], [0.75], [0], 0.5, ["cat"], ax=Figure().subplots())
        >>> [text.get_text() for text in axes.texts]
        ['cat 0.750']
    """
    boxes = as_numpy(bboxes)
    boxes = boxes.reshape(-1, 4) if not boxes.size else boxes
    for name, values in (("scores", scores), ("labels", labels)):
        if values is not None and as_numpy(values).size != len(boxes):
            raise ShapeError(f"plot_bbox: {name} must be one for each of {len(boxes)} boxes, got {len(values)}")
    image = as_numpy(img)
    ax = plot_image(image, ax=ax, reverse_rgb=reverse_rgb)
    if not absolute_coordinates:
        boxes = boxes * np.tile(image.shape[1::-1], 2)
    scored = None if scores is None else as_numpy(scores).ravel()
    classes = np.full(len(boxes), -1) if labels is None else as_numpy(labels).ravel().astype(int)
    for index, label in enumerate(classes.tolist()):
        if (scored is not None and scored[index] < thresh) or (labels is not None and label < 0):
            continue
        color = [part / 255 for part in class_color(label, colors)]
        _add_box(ax, boxes[index].astype(int).tolist(), color, linewidth)
        name = class_text(label, class_names)
        text = name if scored is None else f"{name} {scored[index]:.3f}"
        if text:
            left, top = boxes[index, :2].astype(int).tolist()
            ax.text(left, top - 2, text, fontsize=fontsize, color="white", bbox={"facecolor": color, "alpha": 0.5})
    return ax


def _add_box(ax: "Axes", box: list[int], color: list[float], linewidth: float) -> None:
    from matplotlib.patches import Rectangle

    left, top, right, bottom = box
    ax.add_patch(Rectangle((left, top), right - left, bottom - top, fill=False, edgecolor=color, linewidth=linewidth))
