"""Boxes drawn into pictures, as arrays in and out: fast, and without matplotlib."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from regluon.core.array import as_numpy
from regluon.core.errors import ArgumentError, ShapeError
from regluon.cv.viz.color import class_color, class_text

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

__all__ = ["draw_boxes", "draw_comparison", "draw_grid"]


def draw_boxes(
    image: Any,
    boxes: Any,
    labels: Any = None,
    scores: Any = None,
    class_names: Sequence[str] | None = None,
    threshold: float = 0.5,
    colors: Mapping[int, Any] | None = None,
    scale: int | None = None,
) -> np.ndarray:
    """Draw boxes, with the names and scores of their classes, into a copy of a picture.

    Args:
        image: ``(H, W, 3)``, ``(H, W, 1)`` or ``(H, W)``, values of 0 to 255.
        boxes: ``(N, 4)`` boxes in corner form, in pixels of ``image``; such with NaN or infinity are left out.
        labels: ``(N,)`` or ``(N, 1)`` classes; boxes with a negative one, padding, are left out.
        scores: ``(N,)`` or ``(N, 1)``; boxes scored below ``threshold`` are left out.
        class_names: what to write for the classes; their numbers if None.
        threshold: the lowest score to draw.
        colors: own colours of some classes, see ``class_color``.
        scale: how many times to enlarge the picture first, so that the text is legible; if None, so often that its
            longer side has 480 pixels or more.

    Returns:
        ``(H * scale, W * scale, 3)`` uint8.

    Examples:
        >>> draw_boxes(np.zeros((40, 60, 3)), [[5, 5, 20, 20]], [0], [0.9], ["cat"], scale=2).shape
        (80, 120, 3)
    """
    from PIL import Image, ImageDraw

    pixels = _pixels("draw_boxes", image)
    factor = math.ceil(480 / max(pixels.shape[:2])) if scale is None else scale
    if factor < 1:
        raise ArgumentError(f"draw_boxes: scale must be at least 1, got {scale}")
    boxes, classes, scored = _checked_rows(boxes, labels, scores)
    size = pixels.shape[1] * factor, pixels.shape[0] * factor
    picture = Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC)
    canvas = ImageDraw.Draw(picture)
    kept = np.isfinite(boxes).all(axis=1)
    if labels is not None:
        kept &= classes >= 0
    if scored is not None:
        kept &= scored >= threshold
    # The most confident box comes last, on top of the others.
    order = np.arange(len(boxes)) if scored is None else scored.argsort(kind="stable")
    for index in order[kept[order]].tolist():
        label = int(classes[index])
        name, score = class_text(label, class_names), "" if scored is None else f"{scored[index]:.2f}"
        _draw_box(canvas, boxes[index] * factor, f"{name} {score}".strip(), class_color(label, colors))
    return np.array(picture)


def draw_comparison(
    image: Any,
    true_boxes: Any,
    true_labels: Any,
    boxes: Any,
    labels: Any,
    scores: Any,
    class_names: Sequence[str] | None = None,
    threshold: float = 0.5,
    colors: Mapping[int, Any] | None = None,
    scale: int | None = None,
) -> np.ndarray:
    """Draw the true boxes of a picture and, beside them, the detected ones.

    Args:
        image: ``(H, W, 3)``, values of 0 to 255.
        true_boxes: ``(M, 4)`` boxes in corner form.
        true_labels: ``(M,)`` or ``(M, 1)`` classes.
        boxes: ``(N, 4)`` detected boxes.
        labels: ``(N,)`` or ``(N, 1)`` their classes.
        scores: ``(N,)`` or ``(N, 1)`` their scores.
        class_names: what to write for the classes; their numbers if None.
        threshold: the lowest score to draw.
        colors: own colours of some classes, see ``class_color``.
        scale: how many times to enlarge the picture, see ``draw_boxes``.

    Returns:
        Two panels with a heading each, side by side, uint8.
    """
    true = draw_boxes(image, true_boxes, true_labels, None, class_names, threshold, colors, scale)
    found = draw_boxes(image, boxes, labels, scores, class_names, threshold, colors, scale)
    return draw_grid([_with_heading(true, "true"), _with_heading(found, f"predicted, from {threshold:.2f}")], 2)


def draw_grid(images: Sequence[Any], columns: int | None = None, gap: int = 6) -> np.ndarray:
    """Lay pictures out in rows, white between them.

    Args:
        images: each ``(H, W, 3)``, ``(H, W, 1)`` or ``(H, W)``; smaller ones stand in the middle of their cell.
        columns: pictures in a row; as many as make a square if None.
        gap: pixels between two pictures.

    Returns:
        One picture, uint8.

    Examples:
        >>> draw_grid([np.zeros((10, 20, 3))] * 3, columns=2, gap=5).shape
        (25, 45, 3)
    """
    if not len(images):
        raise ArgumentError("draw_grid: images must be at least one, got none")
    columns = int(np.ceil(np.sqrt(len(images)))) if columns is None else columns
    if columns < 1:
        raise ArgumentError(f"draw_grid: columns must be at least 1, got {columns}")
    cells = [_pixels("draw_grid", image) for image in images]
    height, width = np.max([cell.shape[:2] for cell in cells], axis=0).tolist()
    rows = -(-len(cells) // columns)
    grid = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), 255, np.uint8)
    for index, cell in enumerate(cells):
        top = index // columns * (height + gap) + (height - cell.shape[0]) // 2
        left = index % columns * (width + gap) + (width - cell.shape[1]) // 2
        grid[top : top + cell.shape[0], left : left + cell.shape[1]] = cell
    return grid


def _pixels(who: str, image: Any) -> np.ndarray:
    pixels = as_numpy(image)
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 3) or not pixels.size:
        raise ShapeError(f"{who}: image must be (H, W, 3), (H, W, 1) or (H, W), got {pixels.shape}")
    pixels = pixels if pixels.dtype == np.uint8 else np.clip(pixels, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))


def _checked_rows(boxes: Any, labels: Any, scores: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    boxes = as_numpy(boxes)
    boxes = boxes.reshape(-1, 4) if not boxes.size else boxes
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ShapeError(f"draw_boxes: boxes must be (N, 4), got {boxes.shape}")
    for name, values in (("labels", labels), ("scores", scores)):
        if values is not None and as_numpy(values).size != len(boxes):
            raise ShapeError(f"draw_boxes: {name} must be one for each of {len(boxes)} boxes, got {len(values)}")
    classes = np.full(len(boxes), -1) if labels is None else as_numpy(labels).ravel().astype(int)
    return boxes.astype(float), classes, None if scores is None else as_numpy(scores).ravel()


def _draw_box(canvas: "ImageDraw", box: np.ndarray, text: str, color: tuple[int, int, int]) -> None:
    """Draw a box just round what it holds, and its text on a tag of its colour that stays in the picture."""
    from PIL import ImageFont

    width, height = canvas.im.size
    line = max(2, round(max(width, height) / 250))
    low, high = np.minimum(box[:2], box[2:]), np.maximum(box[:2], box[2:])
    left, top = np.clip(low.round() - line, 0, [width - 1, height - 1]).astype(int).tolist()
    right, bottom = np.clip(high.round() + line - 1, 0, [width - 1, height - 1]).astype(int).tolist()
    canvas.rectangle((left, top, right, bottom), outline=color, width=line)
    if not text:
        return
    font = ImageFont.load_default(max(13, round(max(width, height) / 32)))
    _, text_top, _, text_bottom = canvas.textbbox((0, 0), "Hg", font=font)
    margin = line + 2
    tag_width, tag_height = round(canvas.textlength(text, font)) + 2 * margin, round(text_bottom - text_top) + margin
    tag_left = max(0, min(left, width - tag_width))
    tag_top = top - tag_height + line if top - tag_height + line >= 0 else top
    canvas.rectangle((tag_left, tag_top, tag_left + tag_width - 1, tag_top + tag_height - 1), fill=color)
    red, green, blue = color
    ink = "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 150 else "white"
    canvas.text((tag_left + margin, tag_top + margin // 2 - text_top), text, fill=ink, font=font)


def _with_heading(pixels: np.ndarray, text: str) -> np.ndarray:
    from PIL import Image, ImageDraw, ImageFont

    size = max(13, round(max(pixels.shape[:2]) / 28))
    bar = Image.new("RGB", (pixels.shape[1], round(1.7 * size)), "white")
    font = ImageFont.load_default(size)
    ImageDraw.Draw(bar).text((size / 3, bar.height / 2), text, fill=(40, 40, 40), font=font, anchor="lm")
    return np.concatenate([np.asarray(bar), pixels])
