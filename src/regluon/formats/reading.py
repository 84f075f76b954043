"""Reading a binary stream that may lie about itself.

Nothing is allocated before it is known that the stream can fill it, and every complaint names file, place and byte.
"""

import math
import struct
from typing import IO

import numpy as np

from regluon.core.errors import FormatError

__all__ = ["Allowance", "ByteReader", "format_error"]

# Large enough to be quick, small beside an array: what a piece needs is held twice.
_PIECE = 1 << 20


def format_error(file: str, place: str, rule: str, offset: int | None = None) -> FormatError:
    """Word the complaint about a parameter file.

    Examples:
        >>> str(format_error("net.params", "array 3", "number of axes must be 0 to 32, got 99", 120))
        'load_params: net.params, array 3 at byte 120: number of axes must be 0 to 32, got 99'
    """
    where = ", ".join(part for part in (file, place) if part)
    at = "" if offset is None else f" at byte {offset}"
    return FormatError(f"load_params: {where}{at}: {rule}")


class Allowance:
    """How many bytes the arrays of one file may still take beyond what the file holds.

    Args:
        limit: the number to begin with.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.left = limit

    def spend(self, size: int) -> bool:
        """Take ``size`` bytes off, and say whether there were that many."""
        self.left -= size
        return self.left >= 0


class ByteReader:
    """Read a stream front to back.

    Args:
        stream: at its first byte.
        size: how many bytes it holds.
        file: its name, for messages.
        place: which part of the file is being read, for messages; set it as reading goes on.
    """

    def __init__(self, stream: IO[bytes], size: int, file: str, place: str = "") -> None:
        self.file = file
        self.place = place
        self.offset = 0
        self._stream = stream
        self._size = size
        self._field = 0

    @property
    def left(self) -> int:
        """How many bytes have not been read."""
        return self._size - self.offset

    def error(self, rule: str) -> FormatError:
        """Word a complaint about the field read last."""
        return format_error(self.file, self.place, rule, self._field)

    def numbers(self, layout: str) -> tuple[int, ...]:
        """Read the numbers of a ``struct`` layout."""
        return struct.unpack(layout, self.take(struct.calcsize(layout)))

    def number(self, layout: str) -> int:
        """Read one number of a ``struct`` layout."""
        return self.numbers(layout)[0]

    def take(self, size: int) -> bytes:
        """Read exactly ``size`` bytes."""
        self._begin(size)
        return self._read(size)

    def array(self, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
        """Read an array of its own: writable, aligned, in the machine's byte order.

        Args:
            dtype: its type in the file.
            shape: its shape; no axis is negative.
        """
        size = math.prod(shape) * dtype.itemsize
        self._begin(size)
        raw = np.empty(size, np.uint8)
        for start in range(0, size, _PIECE):
            stop = min(start + _PIECE, size)
            raw[start:stop] = np.frombuffer(self._read(stop - start), np.uint8)
        if dtype == np.bool_:
            # A byte that is neither 0 nor 1 would be a bool that numpy's operations disagree about.
            return (raw != 0).reshape(shape)
        return raw.view(dtype).astype(dtype.newbyteorder("="), copy=False).reshape(shape)

    def _begin(self, size: int) -> None:
        self._field = self.offset
        if size > self.left:
            raise self.error(f"the file is cut short: {size} bytes must follow, but only {self.left} are left")

    def _read(self, size: int) -> bytes:
        data = self._stream.read(size)
        if len(data) != size:
            raise self.error(f"{size} bytes must follow, but only {len(data)} came: the size stated is wrong")
        self.offset += size
        return data
