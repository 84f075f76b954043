"""Find objects in pictures, one after the other, with a detector it knows nothing about."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from regluon.core.errors import ArgumentError, MXNetError
from regluon.core.files import write_text
from regluon.cv.data import imread, list_images
from regluon.engine.config import PredictConfig
from regluon.engine.results import Results
from regluon.engine.run_folder import RunFolder

__all__ = ["Outcome", "predict"]

# Files of the folder itself, whose names no picture's JSON may take.
RESERVED = ("args", "predictions")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one picture.

    Args:
        path: the picture.
        results: what was found in it; None where it could not be read.
        error: why it could not be read, in one line.
        saved: the files written for it.
    """

    path: Path
    results: Results | None = None
    error: str | None = None
    saved: tuple[Path, ...] = ()


def predict(
    config: PredictConfig, detect: Callable[[np.ndarray], Results], folder: RunFolder | None = None
) -> Iterator[Outcome]:
    """Find objects in each picture, write what was asked for, and yield what became of it.

    A picture that cannot be read is one Outcome with an error; the others go on.

    Args:
        config: which pictures, which boxes to keep, what to write. Score, classes and number of boxes are cut here; the
            overlap (``iou``) is the detector's.
        detect: takes a ``(H, W, 3)`` picture, returns what is in it.
        folder: where to write; nothing is written without.

    Yields:
        An Outcome per picture, in order.

    Raises:
        ArgumentError: the detector does not know a class that was asked for.
    """
    taken: set[str] = set(RESERVED)
    coco: list[dict[str, Any]] = []
    try:
        for read in _read_each(config.source):
            if isinstance(read, Outcome):
                yield read
                continue
            path, picture = read
            results = _keep(config, detect(picture), path)
            if folder is None:
                yield Outcome(path, results)
                continue
            stem = _free_name(path.stem, taken)
            coco += results.to_coco(int(stem) if stem.isdecimal() else stem)
            yield Outcome(path, results, saved=_write(config, results, folder.path, stem, path.suffix))
    finally:
        if folder is not None and config.save:
            folder.write_json("predictions.json", coco)


def _read_each(sources: Iterable[str]) -> Iterator[tuple[Path, np.ndarray] | Outcome]:
    """Yield each picture once with its path, or what is wrong with it."""
    seen: set[Path] = set()
    for source in sources:
        try:
            paths = list_images(source)
        except (MXNetError, OSError) as error:
            yield Outcome(Path(source), error=_in_one_line(error))
            continue
        for path in paths:
            if path in seen:
                continue
            seen.add(path)
            try:
                picture = imread(path)
            except (MXNetError, OSError) as error:
                yield Outcome(path, error=_in_one_line(error))
            else:
                yield path, picture


def _in_one_line(error: Exception) -> str:
    # The reader of the line does not know the function that speaks first in the message.
    speaker, _, rest = str(error).partition(": ")
    return " ".join((rest if speaker in ("imread", "list_images") else str(error)).split())


def _keep(config: PredictConfig, results: Results, path: Path) -> Results:
    unknown = [number for number in config.classes or () if number not in results.names]
    if unknown:
        raise ArgumentError(f"predict: classes must be among {sorted(results.names)}, got {unknown}")
    alive = results.boxes.conf >= config.conf
    if config.classes is not None:
        alive &= np.isin(results.boxes.cls, config.classes)
    ranked = np.argsort(-results.boxes.conf, kind="stable")
    kept = results[ranked[alive[ranked]][: config.max_det]]
    return Results(kept.orig_img, kept.boxes, kept.names, str(path), kept.speed)


def _free_name(stem: str, taken: set[str]) -> str:
    """Return the stem, or with ``-2``, ``-3``, ... where a picture of another folder or format has taken it."""
    name, number = stem, 1
    # Some file systems take a.json and A.json for the same file.
    while name.lower() in taken:
        number += 1
        name = f"{stem}-{number}"
    taken.add(name.lower())
    return name


def _write(config: PredictConfig, results: Results, folder: Path, stem: str, suffix: str) -> tuple[Path, ...]:
    written: list[Path] = []
    if config.save:
        written.append(results.save(folder / f"{stem}{suffix}"))
        boxes = folder / f"{stem}.json"
        write_text(boxes, results.to_json(indent=2) + "\n")
        written.append(boxes)
    if config.save_txt:
        written.append(results.save_txt(folder / "labels" / f"{stem}.txt", config.save_conf))
    if config.save_crop:
        written += results.save_crop(folder / "crops", stem)
    return tuple(written)
