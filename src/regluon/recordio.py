"""RecordIO, MXNet's container of pictures and other byte strings: ``mx.recordio``."""

import io
from typing import Any

import numpy as np

from regluon.core.array import as_numpy
from regluon.core.errors import ArgumentError, ShapeError
from regluon.formats.image_record import IRHeader, pack, unpack
from regluon.formats.picture import Reading, decode, encode
from regluon.formats.recordio import MXIndexedRecordIO, MXRecordIO

__all__ = ["IRHeader", "MXIndexedRecordIO", "MXRecordIO", "pack", "pack_img", "unpack", "unpack_img"]

# OpenCV's ways to read a picture.
_READINGS: dict[int, Reading] = {-1: "stored", 0: "gray", 1: "color"}


def pack_img(header: IRHeader | tuple[int, Any, int, int], img: Any, quality: int = 95, img_fmt: str = ".jpg") -> bytes:
    """Make a record of a header and a picture.

    Args:
        header: see ``pack``.
        img: ``(H, W)`` gray or ``(H, W, 3)`` blue, green, red, uint8; as OpenCV has them.
        quality: of JPEG, 1 to 100; of PNG how hard to compress, 0 to 9.
        img_fmt: the ending of the files that hold such pictures.

    Examples:
        >>> record = pack_img(IRHeader(0, 4, 7, 0), np.full((2, 3, 3), 9, np.uint8), quality=9, img_fmt=".png")
        >>> header, img = unpack_img(record)
        >>> header.label, img.shape
        (4.0, (2, 3, 3))
    """
    pixels = as_numpy(img)
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] not in (1, 3, 4)):
        raise ShapeError(f"pack_img: img must be (H, W) or (H, W, 3) uint8, got {pixels.shape} {pixels.dtype}")
    if pixels.ndim == 3:
        pixels = pixels[..., 0] if pixels.shape[2] == 1 else _swapped(pixels)
    form = img_fmt.lower()
    if form == ".png" and not 0 <= quality <= 9:
        raise ArgumentError(f"pack_img: quality must be in [0, 9] for PNG, got {quality}")
    options = {"compress_level": quality} if form == ".png" else {"quality": quality}
    return pack(header, encode(pixels, "pack_img: img_fmt must", img_fmt, **options))


def unpack_img(s: bytes, iscolor: int = -1) -> tuple[IRHeader, np.ndarray]:
    """Split a record into its header and its picture.

    Args:
        s: the record.
        iscolor: 1 gives colours, 0 gray, -1 what is there, transparency and 16 bits too.

    Returns:
        The header; the picture, ``(H, W)`` gray, ``(H, W, 3)`` blue, green, red, or ``(H, W, 4)`` with opacity.

    Examples:
        >>> unpack_img(pack(IRHeader(0, 1, 2, 0), b"P5 2 1 255 " + bytes([0, 255])))[1]
        array([[  0, 255]], dtype=uint8)
    """
    if iscolor not in _READINGS:
        raise ArgumentError(f"unpack_img: iscolor must be one of -1, 0, 1, got {iscolor!r}")
    header, picture = unpack(s)
    pixels = decode(io.BytesIO(picture), "unpack_img: the picture in s", _READINGS[iscolor])
    return header, _swapped(pixels) if pixels.ndim == 3 else pixels


def _swapped(pixels: np.ndarray) -> np.ndarray:
    """Turn red, green, blue round, and leave opacity where it is."""
    return np.ascontiguousarray(pixels[..., [2, 1, 0, 3][: pixels.shape[2]]])
