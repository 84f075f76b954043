"""One record of a RecordIO file, in bytes.

A record is a mark, a word that holds a length (29 bits) and the part of the record that follows (3 bits), the
bytes, and zeros up to a multiple of four. Where the bytes themselves contain the mark at a multiple of four, it is
left out and the record is cut in two there, so that the mark never stands anywhere else (``RecordIOWriter`` of
dmlc-core).
"""

import os
import struct
from collections.abc import Callable
from io import FileIO

from regluon.core.errors import FormatError

__all__ = ["MAX_LENGTH", "framed", "read_record"]

MAX_LENGTH = (1 << 29) - 1

_MARK = struct.pack("<I", 0xCED7230A)
_LENGTH_BITS = 29
_WHOLE, _FIRST, _MIDDLE, _LAST = range(4)


def framed(record: bytes) -> bytes:
    """Put a record of at most ``MAX_LENGTH`` bytes into its frame.

    Examples:
        >>> framed(b"ab").hex(" ", 4)
        '0a23d7ce 02000000 61620000'
    """
    pieces = _cut(record)
    parts = [_MIDDLE] * len(pieces)
    parts[0], parts[-1] = _FIRST, _LAST
    if len(pieces) == 1:
        parts = [_WHOLE]
    frame = [
        _MARK + struct.pack("<I", part << _LENGTH_BITS | len(piece)) + piece
        for part, piece in zip(parts, pieces, strict=True)
    ]
    return b"".join(frame) + bytes(-len(record) % 4)


def read_record(file: FileIO, start: int, complain: Callable[[int, str], FormatError]) -> tuple[bytes | None, int]:
    """Read the record that begins at a byte of a file.

    Args:
        file: open for reading.
        start: where the record begins.
        complain: makes the error from a position and a rule that does not hold there.

    Returns:
        The record, and where the next begins; None in its place at the end of the file.
    """
    end = os.fstat(file.fileno()).st_size
    if start == end:
        return None, start
    pieces: list[bytes] = []
    position = start
    while True:
        file.seek(position)
        head = file.read(8)
        if len(head) != 8 or not head.startswith(_MARK):
            raise complain(position, f"a record must begin with {_MARK.hex()} and a length, got {head.hex()}")
        word = int.from_bytes(head[4:], "little")
        part, length = word >> _LENGTH_BITS, word & MAX_LENGTH
        if part not in ((_MIDDLE, _LAST) if pieces else (_WHOLE, _FIRST)):
            choices = "2 (middle) or 3 (last)" if pieces else "0 (whole) or 1 (first)"
            raise complain(position, f"part of the record must be {choices}, got {part}")
        # Checked before reading, because read() takes memory for all it is asked for.
        padded = length + -length % 4
        if padded > end - position - 8:
            raise complain(
                position, f"the file is cut short: {padded} bytes must follow, but only {end - position - 8} are left"
            )
        pieces.append(file.read(padded)[:length])
        position += 8 + padded
        if part in (_WHOLE, _LAST):
            return _MARK.join(pieces), position


def _cut(record: bytes) -> list[bytes]:
    """Split at every mark that begins at a multiple of four."""
    pieces = []
    start = 0
    found = record.find(_MARK)
    while found >= 0:
        if found % 4:
            found = record.find(_MARK, found + 1)
            continue
        pieces.append(record[start:found])
        start = found + 4
        found = record.find(_MARK, start)
    return [*pieces, record[start:]]
