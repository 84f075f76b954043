"""The pictures and plots that a run leaves behind."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from regluon.core.files import write_bytes
from regluon.cv.data import imencode
from regluon.cv.metrics import VOCMApMetric
from regluon.cv.viz import draw_comparison, draw_grid, plot_confidence, plot_precision_recall, plot_results

__all__ = ["write_curves", "write_pictures"]


def write_curves(folder: Path, metric: VOCMApMetric) -> None:
    """Write the precision-recall curve, those against confidence, and the course of the training."""
    curves = metric.curves()
    figures = {
        "PR_curve.png": plot_precision_recall(curves),
        "F1_curve.png": plot_confidence(curves, "f1"),
        "P_curve.png": plot_confidence(curves, "precision"),
        "R_curve.png": plot_confidence(curves, "recall"),
    }
    if (folder / "results.csv").exists():
        figures["results.png"] = plot_results(folder / "results.csv")
    for name, figure in figures.items():
        figure.savefig(folder / name, dpi=120)


def write_pictures(
    folder: Path,
    images: np.ndarray,
    boxes: np.ndarray,
    ids: np.ndarray,
    found: Sequence[Any],
    names: Sequence[str],
    threshold: float,
) -> None:
    """Write validation pictures with true and found boxes side by side, each alone and some on one sheet.

    Args:
        folder: the run's folder.
        images: ``(N, H, W, 3)`` pictures.
        boxes: ``(N, M, 4)`` true boxes.
        ids: ``(N, M, 1)`` true classes.
        found: boxes, ids and scores of the first pictures.
        names: names of the classes.
        threshold: the least score of a found box that is drawn.
    """
    panels = [
        draw_comparison(image, true, labels, *rows, class_names=list(names), threshold=threshold)
        for image, true, labels, rows in zip(images, boxes, ids, found, strict=False)
    ]
    place = folder / "val"
    place.mkdir(exist_ok=True)
    for i, panel in enumerate(panels):
        write_bytes(place / f"{i:03d}.jpg", imencode(panel, ".jpg"))
    write_bytes(folder / "val_batch0_pred.jpg", imencode(draw_grid(panels[:8], columns=2), ".jpg"))
