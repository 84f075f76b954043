"""Image lists, ``.lst``: one line for each image, of number, labels and path with tabs between.

The list that MXNet's ``im2rec`` makes and takes. For detection the labels are a header (its own length, the length
of an object) and then, object by object, class and corners.
"""

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from regluon.core.errors import ArgumentError, FormatError
from regluon.core.files import replacing

__all__ = ["ListEntry", "read_lst", "write_lst"]


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One image of a list.

    Attributes:
        index: its number; its key in the ``.idx`` file.
        labels: one class, or whatever the task wants.
        path: where the image is, relative to a folder that the list does not name.
    """

    index: int
    labels: tuple[float, ...]
    path: str


def read_lst(path: str | os.PathLike[str]) -> list[ListEntry]:
    """Read an image list; empty lines are passed over.

    Raises:
        FormatError: a line is not a number, one label or more, and a path. ``im2rec`` drops such lines.
    """
    with Path(path).open("rb") as lines:
        return [_entry(line, f"{path}, line {number}") for number, line in enumerate(lines, 1) if line.strip()]


def write_lst(path: str | os.PathLike[str], entries: Iterable[ListEntry]) -> None:
    """Write an image list as ``im2rec`` does: labels with six decimals, more where float32 needs them.

    If anything fails, an older file of that name is untouched.
    """
    with replacing(path) as stream:
        for entry in entries:
            stream.write(_line(entry).encode())


def _entry(line: bytes, where: str) -> ListEntry:
    try:
        index, *labels, path = (field.strip() for field in line.decode("utf-8-sig").strip().split("\t"))
        entry = ListEntry(int(index), tuple(float(label) for label in labels), path)
    except ValueError as error:
        raise _bad_line(where, line) from error
    if not labels or not path:
        raise _bad_line(where, line)
    return entry


def _bad_line(where: str, line: bytes) -> FormatError:
    return FormatError(
        f"read_lst: {where}: must be a number, one label or more, and a path, with tabs between, got {line!r:.200}"
    )


def _line(entry: ListEntry) -> str:
    if not entry.labels or not entry.path or entry.path != entry.path.strip() or set(entry.path) & set("\t\r\n"):
        raise ArgumentError(
            f"write_lst: an entry must have a label, and a path without tabs, line ends and outer blanks, got {entry}"
        )
    return "\t".join([f"{entry.index:d}", *(_decimal(label) for label in entry.labels), f"{entry.path}\n"])


def _decimal(label: float) -> str:
    text = f"{label:f}"
    exact = np.float32(label)
    # Packed records hold float32, so that is the number to keep.
    return text if np.float32(text) == exact or math.isnan(label) else str(exact)
