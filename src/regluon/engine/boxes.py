"""Boxes with scores and classes, in the four ways users ask for them."""

from collections.abc import Iterator, Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from regluon.core.errors import ShapeError

__all__ = ["Boxes", "HostArray", "Index"]

Index = int | slice | Sequence[int] | np.ndarray


class HostArray(np.ndarray):
    """A numpy array that answers where a torch tensor would.

    It can be asked to come to the CPU, where it is, and to become a numpy array, which it is; ``int`` and ``float``
    take an array of one element whatever its rank, as in ``int(box.cls)``.
    """

    def cpu(self) -> Self:
        """Return the array."""
        return self

    def detach(self) -> Self:
        """Return the array."""
        return self

    def numpy(self) -> np.ndarray:
        """Return the array as a plain numpy array over the same memory."""
        return self.view(np.ndarray)

    def __int__(self) -> int:
        return int(self.item())

    def __float__(self) -> float:
        return float(self.item())


class Boxes:
    """Boxes with scores and classes.

    Args:
        data: ``(N, 6)`` rows of ``x1, y1, x2, y2, score, class`` in pixels of the picture.
        orig_shape: height and width of the picture.

    Raises:
        ShapeError: ``data`` is not ``(N, 6)``.

    Examples:
        >>> boxes = Boxes([[10, 20, 30, 60, 0.9, 7]], (100, 200))
        >>> boxes.xywh.tolist(), boxes.cls.tolist(), len(boxes)
        ([[20.0, 40.0, 20.0, 40.0]], [7.0], 1)
    """

    __slots__ = ("data", "orig_shape")

    def __init__(self, data: ArrayLike, orig_shape: tuple[int, int]) -> None:
        rows = np.asarray(data, dtype=np.float32)
        rows = rows.reshape(0, 6) if rows.size == 0 else rows
        if rows.ndim != 2 or rows.shape[1] != 6:
            raise ShapeError(f"Boxes: data must be (N, 6), got shape {rows.shape}")
        self.data = rows.view(HostArray)
        self.orig_shape = orig_shape

    @property
    def xyxy(self) -> HostArray:
        """``(N, 4)`` left, top, right, bottom in pixels."""
        return self.data[:, :4].view(HostArray)

    @property
    def xywh(self) -> HostArray:
        """``(N, 4)`` centre x, centre y, width, height in pixels."""
        low, high = self.data[:, 0:2], self.data[:, 2:4]
        return np.concatenate([(low + high) / 2, high - low], axis=1).view(HostArray)

    @property
    def xyxyn(self) -> HostArray:
        """``xyxy`` as shares of the picture's width and height."""
        return (self.xyxy / self._sides).view(HostArray)

    @property
    def xywhn(self) -> HostArray:
        """``xywh`` as shares of the picture's width and height."""
        return (self.xywh / self._sides).view(HostArray)

    @property
    def conf(self) -> HostArray:
        """``(N,)`` scores."""
        return self.data[:, 4].view(HostArray)

    @property
    def cls(self) -> HostArray:
        """``(N,)`` classes, as floats."""
        return self.data[:, 5].view(HostArray)

    @property
    def id(self) -> None:
        """Numbers of tracked objects: none, since nothing is tracked."""
        return

    @property
    def is_track(self) -> bool:
        """Whether ``id`` is there."""
        return False

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of ``data``."""
        return self.data.shape

    def cpu(self) -> Self:
        """Return the boxes."""
        return self

    def numpy(self) -> Self:
        """Return the boxes."""
        return self

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: Index) -> "Boxes":
        return Boxes(np.atleast_2d(self.data[index]), self.orig_shape)

    def __iter__(self) -> "Iterator[Boxes]":
        return (self[number] for number in range(len(self)))

    @property
    def _sides(self) -> np.ndarray:
        height, width = self.orig_shape
        return np.array([width, height, width, height], np.float32)
