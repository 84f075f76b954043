"""The header in front of an image in a record: label and number."""

import numbers
import struct
from typing import Any, NamedTuple

import numpy as np

from regluon.core.errors import ArgumentError, FormatError

__all__ = ["IRHeader", "pack", "unpack"]

_LAYOUT = struct.Struct("<IfQQ")


class IRHeader(NamedTuple):
    """What a record says about its image.

    Attributes:
        flag: how many labels stand between header and image; 0 means the one in the header. ``pack`` sets it.
        label: one number, or a ``(flag,)`` float32 array.
        id: the number of the image.
        id2: the upper bits of that number, mostly 0.
    """

    flag: int
    label: Any
    id: int
    id2: int


def pack(header: IRHeader | tuple[int, Any, int, int], s: bytes) -> bytes:
    """Put a header in front of the bytes of an image, as ``mx.recordio.pack`` does.

    Args:
        header: its flag counts for nothing; its label is a number, or numbers of any shape, stored flat as float32.
        s: the encoded image.

    Examples:
        >>> unpack(pack(IRHeader(0, [1, 2.5], 7, 0), b"image"))
        (IRHeader(flag=2, label=array([1. , 2.5], dtype=float32), id=7, id2=0), b'image')
    """
    _, label, number, upper = header
    try:
        if isinstance(label, numbers.Number):
            return _LAYOUT.pack(0, label, number, upper) + s
        labels = np.asarray(label, "<f4")
        return _LAYOUT.pack(labels.size, 0.0, number, upper) + labels.tobytes() + s
    except (OverflowError, TypeError, ValueError, struct.error) as error:
        raise ArgumentError(
            f"pack: header must have numbers as label and integers of 64 bits from 0 up as id and id2, and s must be "
            f"bytes, got {header!r:.200} and {type(s).__name__}"
        ) from error


def unpack(s: bytes) -> tuple[IRHeader, bytes]:
    """Split a record into its header and the bytes of the image, as ``mx.recordio.unpack`` does.

    Returns:
        The header, whose label is a float or, if its flag is not 0, a ``(flag,)`` float32 array; the image.
    """
    if len(s) < _LAYOUT.size:
        raise FormatError(f"unpack: record must have a header of {_LAYOUT.size} bytes, got {len(s)} bytes")
    header = IRHeader(*_LAYOUT.unpack_from(s))
    image = _LAYOUT.size + 4 * header.flag
    if len(s) < image:
        raise FormatError(f"unpack: record must have {header.flag} labels after its header, got {len(s)} bytes")
    if header.flag:
        header = header._replace(label=np.frombuffer(s, "<f4", header.flag, _LAYOUT.size).astype(np.float32))
    return header, s[image:]
