"""What a detector found in a picture, under the names users of detection toolkits know.

``results.boxes.xyxy``, ``.conf``, ``.cls``, ``results.names``, ``results.plot()``, ``results.to_json()`` ... Arrays are
numpy; they also answer to ``.cpu()`` and ``.numpy()``, so that code written for results on torch tensors reads them.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import ArrayLike

from regluon.core.errors import ArgumentError, ShapeError
from regluon.core.files import write_bytes, write_text
from regluon.cv.data import imencode
from regluon.engine.boxes import Boxes, Index

__all__ = ["Boxes", "Results"]

# What a drawn picture is written as; one of any other form becomes a JPEG.
WRITTEN = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")


class Results:
    """The boxes found in one picture, with the picture.

    Args:
        orig_img: ``(H, W, 3)`` red, green, blue bytes.
        boxes: the boxes, or their ``(N, 6)`` rows of ``x1, y1, x2, y2, score, class``, best score first.
        names: the name of each class number.
        path: where the picture came from.
        speed: milliseconds of ``preprocess``, ``inference``, ``postprocess``.

    Raises:
        ShapeError: the picture is not ``(H, W, 3)``.

    Examples:
        >>> picture = np.zeros((100, 200, 3), np.uint8)
        >>> results = Results(picture, [[10, 20, 30, 60, 0.9, 7]], {7: "seven"}, "a.png")
        >>> [results.names[int(box.cls[0])] for box in results.boxes], str(results)
        (['seven'], '1 seven')
    """

    __slots__ = ("boxes", "names", "orig_img", "path", "speed")

    def __init__(
        self,
        orig_img: np.ndarray,
        boxes: Boxes | ArrayLike,
        names: Mapping[int, str],
        path: str = "",
        speed: Mapping[str, float] | None = None,
    ) -> None:
        if orig_img.ndim != 3 or orig_img.shape[2] != 3:
            raise ShapeError(f"Results: orig_img must be (H, W, 3), got shape {orig_img.shape}")
        self.orig_img = orig_img
        self.boxes = boxes if isinstance(boxes, Boxes) else Boxes(boxes, self.orig_shape)
        self.names = dict(names)
        self.path = path
        self.speed = dict(speed or {})

    @property
    def orig_shape(self) -> tuple[int, int]:
        """Height and width of the picture."""
        return self.orig_img.shape[0], self.orig_img.shape[1]

    @property
    def masks(self) -> None:
        """Outlines of the objects: none, since nothing is segmented. Readers of other toolkits' results ask."""
        return

    def cpu(self) -> Self:
        """Return the results."""
        return self

    def numpy(self) -> Self:
        """Return the results."""
        return self

    def __len__(self) -> int:
        return len(self.boxes)

    def __getitem__(self, index: Index) -> "Results":
        return Results(self.orig_img, self.boxes[index], self.names, self.path, self.speed)

    def __iter__(self) -> "Iterator[Results]":
        return (self[number] for number in range(len(self)))

    def __str__(self) -> str:
        if len(self) == 0:
            return "nothing found"
        classes, counts = np.unique(self.boxes.cls.astype(int), return_counts=True)
        return ", ".join(f"{count} {self._name(number)}" for number, count in zip(classes, counts, strict=True))

    def plot(self) -> np.ndarray:
        """Draw all boxes, with names and scores, on a copy of the picture.

        Returns:
            ``(H * n, W * n, 3)`` red, green, blue bytes; a small picture is enlarged, so that names can be read.
        """
        # Drawing loads imaging and plotting, which whoever only reads numbers must not wait for.
        from regluon.cv.viz import draw_boxes

        classes = self.boxes.cls.astype(int)
        count = max([*self.names, *classes.tolist()], default=-1) + 1
        return draw_boxes(
            self.orig_img,
            np.asarray(self.boxes.xyxy),
            labels=np.asarray(classes),
            scores=np.asarray(self.boxes.conf),
            class_names=[self._name(number) for number in range(count)],
            threshold=0.0,
        )

    def save(self, path: str | Path) -> Path:
        """Write the drawn picture.

        Args:
            path: where to; a suffix that pictures are not written in becomes ``.jpg``.

        Returns:
            The path written.
        """
        target = Path(path)
        if target.suffix.lower() not in WRITTEN:
            target = target.with_suffix(".jpg")
        return _write_picture(target, self.plot())

    def save_txt(self, path: str | Path, save_conf: bool = False) -> Path:
        """Write a line per box: class, centre x, centre y, width, height as shares of the picture, perhaps the score.

        Args:
            path: the text file; missing folders are made.
            save_conf: end each line with the score.

        Returns:
            The path written.
        """
        columns = [self.boxes.xywhn, self.boxes.conf[:, None]] if save_conf else [self.boxes.xywhn]
        rows = np.concatenate(columns, axis=1)
        lines = (
            f"{int(number)} {' '.join(f'{value:.6g}' for value in row)}\n"
            for number, row in zip(self.boxes.cls, rows, strict=True)
        )
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        write_text(target, "".join(lines))
        return target

    def save_crop(self, folder: str | Path, stem: str | None = None) -> list[Path]:
        """Write each box as a picture of its own, in a folder per class.

        Args:
            folder: holds the folders of the classes.
            stem: beginning of the file names; the picture's own by default.

        Returns:
            The paths written. A box that lies outside the picture, or has no area in it, has none.
        """
        height, width = self.orig_shape
        stem = stem or Path(self.path).stem or "picture"
        written = []
        for number, (box, label) in enumerate(zip(self.boxes.xyxy, self.boxes.cls, strict=True), 1):
            left, top, right, bottom = np.rint(box).clip(0, [width, height, width, height]).astype(int)
            if right > left and bottom > top:
                # Names may come out of a file somebody else made: they must not lead out of the folder.
                name = "".join(
                    letter if letter.isalnum() or letter in " -_" else "_" for letter in self._name(int(label))
                )
                target = Path(folder) / (name.strip() or "_") / f"{stem}-{number}.jpg"
                written.append(_write_picture(target, self.orig_img[top:bottom, left:right]))
        return written

    def summary(self) -> list[dict[str, Any]]:
        """Return a row per box: ``name``, ``class``, ``confidence``, ``box`` with ``x1``, ``y1``, ``x2``, ``y2``."""
        return [
            {
                "name": self._name(int(label)),
                "class": int(label),
                "confidence": round(float(score), 5),
                "box": {
                    side: round(float(value), 2) for side, value in zip(("x1", "y1", "x2", "y2"), box, strict=True)
                },
            }
            for *box, score, label in self.boxes.data.tolist()
        ]

    def to_json(self, indent: int | None = None) -> str:
        """Return :meth:`summary` as JSON."""
        return json.dumps(self.summary(), indent=indent, ensure_ascii=False)

    def to_gluon(self, size: int | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return ids, scores and boxes the way GluonCV's networks do.

        Args:
            size: rows to return, padded with -1 or cut; the number of boxes by default.

        Returns:
            ``(1, size, 1)`` class ids, ``(1, size, 1)`` scores and ``(1, size, 4)`` corner boxes in pixels.
        """
        size = len(self) if size is None else size
        if size < 0:
            raise ArgumentError(f"Results: size must be an int >= 0, got {size}")
        rows = np.full((1, size, 6), -1, np.float32)
        kept = self.boxes.data[:size]
        rows[0, : len(kept)] = kept
        return rows[..., 5:6], rows[..., 4:5], rows[..., :4]

    def to_torchvision(self) -> dict[str, torch.Tensor]:
        """Return ``boxes (N, 4)``, ``labels (N,)`` (from 0, as here) and ``scores (N,)`` as torch tensors."""
        rows = torch.from_numpy(self.boxes.data.numpy().copy())
        return {"boxes": rows[:, :4], "labels": rows[:, 5].to(torch.int64), "scores": rows[:, 4]}

    def to_coco(self, image_id: int | str, category_ids: Mapping[int, int] | None = None) -> list[dict[str, Any]]:
        """Return rows of a COCO results file.

        Args:
            image_id: the picture's id in the annotations.
            category_ids: the category of each class number; the class number itself by default.

        Returns:
            A row per box: ``image_id``, ``category_id``, ``bbox`` (left, top, width, height), ``score``.
        """
        rows = []
        for left, top, right, bottom, score, label in self.boxes.data.tolist():
            category = int(label) if category_ids is None else category_ids[int(label)]
            bbox = [round(value, 3) for value in (left, top, right - left, bottom - top)]
            rows.append({"image_id": image_id, "category_id": category, "bbox": bbox, "score": round(score, 5)})
        return rows

    def _name(self, number: int) -> str:
        return self.names.get(number, str(number))


def _write_picture(target: Path, picture: np.ndarray) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(target, imencode(picture, target.suffix))
    return target
