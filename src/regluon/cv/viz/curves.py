"""Plots of how well a detector does and how its training went, as matplotlib figures.

The figures belong to no window and no pyplot state: ``figure.savefig("PR_curve.png")`` works anywhere.
"""

import csv
import math
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from regluon.core.errors import ArgumentError, FormatError
from regluon.cv.viz.color import class_color

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_confidence", "plot_precision_recall", "plot_results"]

_MOST_NAMES = 20  # more classes than these are drawn without their names


class Curve(Protocol):
    """What is plotted of a class: ``regluon.cv.metrics.PrecisionRecallCurve`` has it."""

    @property
    def name(self) -> str: ...
    @property
    def average_precision(self) -> float: ...
    @property
    def precision(self) -> np.ndarray: ...
    @property
    def recall(self) -> np.ndarray: ...
    def at(self, confidence: np.ndarray) -> tuple[np.ndarray, np.ndarray]: ...


def plot_precision_recall(curves: Sequence[Curve], title: str = "Precision and recall") -> "Figure":
    """Plot the precision that remains at each recall, for each class and on average.

    Args:
        curves: one per class.
        title: written above.

    Returns:
        The figure.
    """
    figure, axes = _square_figure(title, "recall", "precision")
    grid = np.linspace(0, 1, 501)
    heights = []
    for index, curve in enumerate(curves):
        # The best precision at this recall or beyond, as the average precision counts it.
        highest = np.append(np.maximum.accumulate(curve.precision[::-1])[::-1], 0.0)
        heights.append(highest[np.searchsorted(curve.recall, grid)])
        _class_line(axes, grid, heights[-1], index, len(curves), f"{curve.name}  {curve.average_precision:.3f}")
    if heights:
        mean = sum(curve.average_precision for curve in curves) / len(curves)
        _mean_line(axes, grid, np.mean(heights, axis=0), f"mean  {mean:.3f}")
    return figure


def plot_confidence(curves: Sequence[Curve], quantity: Literal["f1", "precision", "recall"] = "f1") -> "Figure":
    """Plot F1, precision or recall against the confidence from which detections count.

    Args:
        curves: one per class.
        quantity: what to plot.

    Returns:
        The figure; the best mean F1, or the mean at confidence 0 of the other two, is in the legend.
    """
    if quantity not in ("f1", "precision", "recall"):
        raise ArgumentError(f"plot_confidence: quantity must be one of 'f1', 'precision', 'recall', got {quantity!r}")
    name = "F1" if quantity == "f1" else quantity.capitalize()
    figure, axes = _square_figure(f"{name} and confidence", "confidence", name if quantity == "f1" else quantity)
    grid = np.linspace(0, 1, 1001)
    heights = []
    for index, curve in enumerate(curves):
        precision, recall = curve.at(grid)
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
        heights.append({"f1": f1, "precision": precision, "recall": recall}[quantity])
        _class_line(axes, grid, heights[-1], index, len(curves), curve.name)
    if heights:
        mean = np.mean(heights, axis=0)
        best = int(mean.argmax()) if quantity == "f1" else 0
        _mean_line(axes, grid, mean, f"mean  {mean[best]:.3f} at {grid[best]:.3f}")
        axes.plot(grid[best], mean[best], "o", color="black", clip_on=False, zorder=6)
    return figure


def plot_results(path: str | PathLike[str]) -> "Figure":
    """Plot the columns of a ``results.csv`` against its epochs.

    Columns ``train/x`` and ``val/x`` share a panel, as do all ``lr/...``; every other column has its own. Empty cells
    are left out; ``time`` is not plotted.

    Args:
        path: the file: a header that has ``epoch`` in it, and a row for each epoch.

    Returns:
        The figure.

    Raises:
        FormatError: there is no header with ``epoch``, no row yet, or a cell that is no number.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    columns = _read_columns(Path(path))
    epochs = columns.pop("epoch")
    panels: dict[str, dict[str, list[float]]] = {}
    for name, values in columns.items():
        head, _, rest = name.partition("/")
        panel = {"train": rest, "val": rest, "lr": "learning rate", "metrics": rest}.get(head, name)
        panels.setdefault(panel, {})[rest if head == "lr" else head] = values
    across = min(len(panels), max(3, math.ceil(math.sqrt(len(panels)))))
    down = math.ceil(len(panels) / across)
    figure = Figure(figsize=(3.6 * across, 2.9 * down), layout="constrained")
    for index, (panel, lines) in enumerate(panels.items()):
        axes = figure.add_subplot(down, across, index + 1)
        _style(axes, panel, "", "")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        for place, (name, values) in enumerate(lines.items()):
            color = [part / 255 for part in class_color({"train": 1, "val": 0}.get(name, place + 3))]
            axes.plot(epochs, values, marker="." if len(epochs) < 40 else "", color=color, label=name)
        if len(lines) > 1:
            axes.legend(frameon=False, fontsize=9)
        if index >= len(panels) - across:
            axes.set_xlabel("epoch", fontsize=10)
    return figure


def _square_figure(title: str, x: str, y: str) -> "tuple[Figure, Axes]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 5), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    _style(axes, title, x, y)
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    return figure, axes


def _style(axes: "Axes", title: str, x: str, y: str) -> None:
    axes.set_title(title, fontsize=12, loc="left")
    axes.set_xlabel(x, fontsize=10)
    axes.set_ylabel(y, fontsize=10)
    axes.grid(color="0.9")
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=9, color="0.7")
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("0.7")


def _class_line(axes: "Axes", x: np.ndarray, y: np.ndarray, index: int, count: int, name: str) -> None:
    if count == 1:
        return  # the mean says it
    if count > _MOST_NAMES:
        axes.plot(x, y, color="0.75", linewidth=0.7)
        return
    axes.plot(x, y, color=[part / 255 for part in class_color(index)], linewidth=1.2, label=name)


def _mean_line(axes: "Axes", x: np.ndarray, y: np.ndarray, name: str) -> None:
    axes.plot(x, y, color="black", linewidth=2.5, label=name, zorder=5)
    axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _read_columns(path: Path) -> dict[str, list[float]]:
    with path.open(newline="") as stream:
        rows = [[cell.strip() for cell in row] for row in csv.reader(stream) if any(cell.strip() for cell in row)]
    if not rows or "epoch" not in rows[0]:
        raise FormatError(f"plot_results: {str(path)!r} must begin with a header that has epoch in it")
    if len(rows) == 1 or rows[0] == ["epoch"]:
        raise FormatError(f"plot_results: {str(path)!r} must have a row and a column to plot, got the header {rows[0]}")
    columns: dict[str, list[float]] = {}
    for place, name in enumerate(rows[0]):
        cells = [row[place] if place < len(row) else "" for row in rows[1:]]
        if name == "time":
            continue
        try:
            columns[name] = [float(cell) if cell else math.nan for cell in cells]
        except ValueError as error:
            raise FormatError(f"plot_results: column {name!r} of {str(path)!r} must be numbers: {error}") from error
    return columns
