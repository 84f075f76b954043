"""Picture files to arrays, as OpenCV reads them."""

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from regluon.core.array import as_numpy
from regluon.core.errors import ArgumentError, ArgumentTypeError, MissingFileError
from regluon.formats.picture import decode
from regluon.nd.array import NDArray, from_numpy

__all__ = ["imdecode", "imread"]


def imread(filename: str | os.PathLike[str], flag: int = 1, to_rgb: bool = True, out: NDArray | None = None) -> NDArray:
    """Read a picture file as MXNet does: not turned by its EXIF orientation, without transparency, in 8 bits.

    ``regluon.cv.data.imread`` reads pictures as they are meant to be seen.

    Args:
        filename: the file.
        flag: 1 for three channels, 0 for one, of gray.
        to_rgb: red, green, blue; otherwise blue, green, red.
        out: an array of the right shape to write to.

    Returns:
        ``(H, W, 3)`` or ``(H, W, 1)`` uint8.

    Raises:
        MissingFileError: there is no such file.
        FormatError: it is empty, cut short, no picture, or larger than Pillow's limit against decompression bombs.
    """
    _check_flag("imread", flag)
    path = Path(filename)
    if not path.is_file():
        raise MissingFileError(f"imread: filename must be a file that exists, got {str(path)!r}")
    with path.open("rb") as stream:
        pixels = decode(stream, f"imread: {str(path)!r}", "color" if flag else "gray")
    return _given(pixels, to_rgb, out)


def imdecode(buf: Any, flag: int = 1, to_rgb: bool = True, out: NDArray | None = None) -> NDArray:
    """Read a picture out of the bytes of its file; see ``imread``.

    Args:
        buf: bytes, or a uint8 array of them.
        flag: 1 for three channels, 0 for one, of gray.
        to_rgb: red, green, blue; otherwise blue, green, red.
        out: an array of the right shape to write to.

    Examples:
        >>> imdecode(b"P5 2 1 255 " + bytes([0, 255]), flag=0).asnumpy().tolist()
        [[[0], [255]]]
    """
    _check_flag("imdecode", flag)
    if not isinstance(buf, bytes | bytearray | memoryview | np.ndarray | NDArray | Tensor):
        raise ArgumentTypeError(f"imdecode: buf must be bytes or an array of them, got {type(buf).__name__}")
    data = bytes(buf) if isinstance(buf, bytes | bytearray | memoryview) else as_numpy(buf).astype(np.uint8).tobytes()
    return _given(decode(io.BytesIO(data), "imdecode: buf", "color" if flag else "gray"), to_rgb, out)


def _check_flag(who: str, flag: int) -> None:
    if flag not in (0, 1):
        raise ArgumentError(f"{who}: flag must be one of 0, 1, got {flag!r}")


def _given(pixels: np.ndarray, to_rgb: bool, out: NDArray | None) -> NDArray:
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    elif not to_rgb:
        pixels = pixels[:, :, ::-1]
    found = from_numpy(np.ascontiguousarray(pixels))
    if out is None:
        return found
    out[:] = found
    return out
