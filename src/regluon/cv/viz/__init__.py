"""Seeing what a detector sees: boxes on pictures, curves of its quality."""

from regluon.cv.viz.bbox import plot_bbox, plot_image
from regluon.cv.viz.color import class_color, class_text
from regluon.cv.viz.curves import plot_confidence, plot_precision_recall, plot_results
from regluon.cv.viz.draw import draw_boxes, draw_comparison, draw_grid

__all__ = [
    "class_color",
    "class_text",
    "draw_boxes",
    "draw_comparison",
    "draw_grid",
    "plot_bbox",
    "plot_confidence",
    "plot_image",
    "plot_precision_recall",
    "plot_results",
]
