"""Picture files: find them, read them, make them."""

import glob
import io
from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from regluon.core.array import as_numpy
from regluon.core.errors import ArgumentError, FormatError, ShapeError
from regluon.cv.data.errors import MissingFileError
from regluon.formats.picture import decode, encode

__all__ = ["IMAGE_SUFFIXES", "imdecode", "imencode", "imread", "list_images"]

IMAGE_SUFFIXES = frozenset(
    {".avif", ".bmp", ".gif", ".jfif", ".jp2", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}
)
"""The endings by which ``list_images`` knows a picture in a folder."""


def imread(path: str | PathLike[str]) -> np.ndarray:
    """Read a picture as it is meant to be seen.

    It is turned as its EXIF orientation says. Gray and palette pictures become RGB; what is transparent is laid over
    white; 16-bit gray keeps its upper 8 bits; CMYK is converted without a colour profile. Of an animation the first
    picture is read.

    Args:
        path: the file.

    Returns:
        ``(H, W, 3)`` uint8 RGB, writable.

    Raises:
        MissingFileError: there is no such file.
        FormatError: it is empty, cut short, not a picture, of floating-point numbers, or larger than Pillow's limit
            against decompression bombs.

    Examples:
        >>> import tempfile
        >>> from PIL import Image
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Image.new("L", (4, 2), 7).save(f"{folder}/gray.png")
        ...     imread(f"{folder}/gray.png")[0, 0].tolist()
        [7, 7, 7]
    """
    path = Path(path)
    if path.is_dir():
        raise FormatError(
            f"imread: path must be a picture, got the folder {str(path)!r}: list_images lists what is in it"
        )
    try:
        with path.open("rb") as stream:
            return decode(stream, f"imread: {str(path)!r}", "seen")
    except FileNotFoundError as error:
        raise MissingFileError(f"imread: path must be a file that exists, got {str(path)!r}") from error


def imdecode(data: bytes) -> np.ndarray:
    """Read a picture out of the bytes of its file; see ``imread``.

    Examples:
        >>> imdecode(b"P5 2 1 255 " + bytes([0, 255])).tolist()
        [[[0, 0, 0], [255, 255, 255]]]
    """
    return decode(io.BytesIO(data), "imdecode: data", "seen")


def imencode(image: Any, suffix: str = ".jpg", quality: int = 92) -> bytes:
    """Make the bytes of a picture file.

    Args:
        image: ``(H, W, 3)`` uint8 RGB.
        suffix: the ending of the files that hold such bytes.
        quality: of forms that lose detail, 1 to 100.

    Examples:
        >>> imdecode(imencode(np.full((2, 3, 3), 7, np.uint8), ".png")).shape
        (2, 3, 3)
    """
    pixels = as_numpy(image)
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ShapeError(f"imencode: image must be (H, W, 3) uint8, got {pixels.shape} {pixels.dtype}")
    return encode(pixels, "imencode: suffix must", suffix, quality=quality)


def list_images(paths: str | PathLike[str] | Iterable[str | PathLike[str]]) -> list[Path]:
    """Find the picture files that ``paths`` name.

    Args:
        paths: files, folders and patterns such as ``photos/*.jpg``, one or many. A folder stands for all files in it
            and in the folders below, save hidden ones, that end like a picture (``IMAGE_SUFFIXES``), sorted by path.
            A file named outright is taken whatever its ending.

    Returns:
        The files in the order of ``paths``, each once.

    Raises:
        MissingFileError: a path does not exist, or a pattern fits nothing.
        ArgumentError: there is no picture in any of them.

    Examples:
        >>> list_images([])
        Traceback (most recent call last):
        regluon.core.errors.ArgumentError: list_images: paths must lead to at least one picture, got []
    """
    given = [paths] if isinstance(paths, (str, PathLike)) else list(paths)
    found = list(dict.fromkeys(image for path in given for image in _expand(str(path))))
    if not found:
        hint = f" (looked for {' '.join(sorted(IMAGE_SUFFIXES))})" if given else ""
        got = [str(path) for path in given]
        raise ArgumentError(f"list_images: paths must lead to at least one picture, got {got}{hint}")
    return found


def _expand(path: str) -> Iterator[Path]:
    if Path(path).is_dir():
        for file in sorted(Path(path).rglob("*")):
            hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
            if file.suffix.lower() in IMAGE_SUFFIXES and not hidden and file.is_file():
                yield file
    elif Path(path).exists():
        yield Path(path)
    elif matches := sorted(glob.glob(path, recursive=True)):  # noqa: PTH207  # Path.glob takes no absolute pattern
        for match in matches:
            yield from _expand(match)
    else:
        raise MissingFileError(f"list_images: paths must be files, folders or patterns that exist, got {path!r}")
