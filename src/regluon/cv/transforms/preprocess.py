"""The one definition of how a picture becomes a network's input; weights carry it with them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import torch

from regluon.core.errors import ArgumentError, FormatError, ShapeError

__all__ = ["Placement", "Preprocess"]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture lies in a network's input.

    Attributes:
        scale: pixels of the input for one of the picture.
        left: pixels of padding left of it.
        top: pixels of padding above it.
        width: width of the picture.
        height: height of the picture.
    """

    scale: float
    left: int
    top: int
    width: int
    height: int

    def restore(self, boxes: np.ndarray) -> np.ndarray:
        """Bring corner boxes ``(N, 4)`` from the input back into the picture, cut at its edges."""
        moved = (boxes - np.array([self.left, self.top] * 2, np.float32)) / self.scale
        return moved.clip(0, np.array([self.width, self.height] * 2, np.float32)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Preprocess:
    """Scale a picture into a square, keeping its shape, and normalise its colours.

    Args:
        size: side of the square in pixels.
        mean: mean of each channel, of values in [0, 1].
        std: standard deviation of each channel.

    Examples:
        >>> prepare = Preprocess(128)
        >>> values, placement = prepare(np.zeros((50, 100, 3), np.uint8))
        >>> values.shape, placement.top, placement.scale
        ((3, 128, 128), 32, 1.28)
    """

    size: int
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)

    def __post_init__(self) -> None:
        if isinstance(self.size, bool) or not isinstance(self.size, int) or self.size < 1:
            raise ArgumentError(f"Preprocess: size must be an int >= 1, got {self.size!r}")
        if len(self.mean) != 3 or len(self.std) != 3 or not all(one > 0 for one in self.std):
            raise ArgumentError(f"Preprocess: mean and std must be 3 numbers, std > 0, got {self.mean} and {self.std}")

    @classmethod
    def from_card(cls, card: Mapping[str, Any]) -> Self:
        """Read what ``to_card`` has written."""
        try:
            return cls(card["size"], tuple(card["mean"]), tuple(card["std"]))
        except (KeyError, TypeError, ArgumentError) as error:
            raise FormatError(f"preprocessing must hold size, mean and std, got {dict(card)!r} ({error})") from None

    def to_card(self) -> dict[str, Any]:
        """Write it as plain values."""
        return asdict(self)

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, Placement]:
        """Return the input ``(3, size, size)`` float32 of a picture ``(H, W, 3)`` uint8, and where the picture lies."""
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise ShapeError(f"Preprocess: image must be (H, W, 3) uint8, got {image.shape} {image.dtype}")
        height, width = image.shape[:2]
        scale = self.size / max(height, width)
        tall, wide = max(1, round(height * scale)), max(1, round(width * scale))
        top, left = (self.size - tall) // 2, (self.size - wide) // 2
        square = np.empty((self.size, self.size, 3), np.uint8)
        square[:] = np.round(np.array(self.mean) * 255)
        square[top : top + tall, left : left + wide] = _resized(image, tall, wide)
        return self.normalize(square[None])[0], Placement(scale, left, top, width, height)

    def normalize(self, images: np.ndarray) -> np.ndarray:
        """Return ``(B, 3, H, W)`` float32 of pictures ``(B, H, W, 3)`` uint8, their colours normalised."""
        mean, std = (np.array(one, np.float32) * 255 for one in (self.mean, self.std))
        return ((images.astype(np.float32) - mean) / std).transpose(0, 3, 1, 2)


def _resized(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize with antialiasing; torch's is several times as fast as Pillow's."""
    if image.shape[:2] == (height, width):
        return image
    pixels = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None]
    resized = torch.nn.functional.interpolate(pixels, (height, width), mode="bilinear", antialias=True)
    return resized[0].permute(1, 2, 0).numpy()
