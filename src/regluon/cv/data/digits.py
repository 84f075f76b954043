"""A detection data set that needs no download: handwritten digits on photographs.

The digits are the 1,797 of scikit-learn (UCI's optical recognition of handwritten digits), the photographs its two
sample images. Every picture is made when it is asked for, from nothing but the seed, the split and its index.
"""

import operator
from functools import lru_cache
from typing import ClassVar, Literal

import numpy as np

from regluon.core.errors import ArgumentError
from regluon.cv.data.errors import MissingPackageError

__all__ = ["DigitScenes"]


class DigitScenes:
    """Make pictures of 1 to ``most`` handwritten digits on photographs, with the boxes known exactly.

    The splits share neither a digit nor a pixel of background: the last fifth of the digits and the right halves of
    the photographs are ``val``. An item is the same whenever and wherever it is asked for.

    Args:
        split: ``train`` or ``val``.
        length: how many pictures; 4,000 for ``train`` and 500 for ``val`` if None.
        size: height and width of a picture in pixels, at least 32.
        seed: another seed gives other pictures, out of the same digits and photographs.
        most: the most digits in one picture.
        max_overlap: the part of a digit's box that another's may cover, so that no digit hides another.

    Attributes:
        classes: the names of the classes, "0" to "9".

    Examples:
        >>> image, label = DigitScenes("val")[0]
        >>> image.shape, image.dtype, label.shape[1], label.dtype
        ((128, 128, 3), dtype('uint8'), 5, dtype('float32'))
    """

    classes: ClassVar[tuple[str, ...]] = tuple("0123456789")

    def __init__(
        self,
        split: Literal["train", "val"] = "train",
        length: int | None = None,
        size: int = 128,
        seed: int = 0,
        most: int = 6,
        max_overlap: float = 0.15,
    ) -> None:
        if split not in _SPLITS:
            raise ArgumentError(f"DigitScenes: split must be one of 'train', 'val', got {split!r}")
        length = _SPLITS[split] if length is None else length
        for name, value, least in (("length", length, 0), ("size", size, 32), ("seed", seed, 0), ("most", most, 1)):
            if value < least:
                raise ArgumentError(f"DigitScenes: {name} must be at least {least}, got {value}")
        if not 0 <= max_overlap <= 1:
            raise ArgumentError(f"DigitScenes: max_overlap must be in [0, 1], got {max_overlap}")
        self.split = split
        self.size = size
        self.seed = seed
        self.most = most
        self.max_overlap = max_overlap
        self._length = length
        self._strokes, self._classes = _load_digits(split)
        self._photographs = _load_photographs(split, size)

    @property
    def num_class(self) -> int:
        """The number of classes, 10."""
        return len(self.classes)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Make the picture at ``index``.

        Returns:
            The picture ``(size, size, 3)`` uint8 RGB, and its label ``(m, 5)`` float32 of rows
            ``xmin, ymin, xmax, ymax, class``: the edges in pixels around all ink of a digit, so that ``xmax - xmin``
            is its width.
        """
        index = operator.index(index)
        if not -self._length <= index < self._length:
            raise IndexError(f"DigitScenes: index must be below {self._length}, got {index}")
        random = np.random.default_rng([self.seed, list(_SPLITS).index(self.split), index % self._length])
        image = self._background(random)
        boxes = np.zeros((0, 4), np.float32)
        labels = []
        for _ in range(random.integers(1, self.most + 1)):
            chosen = random.integers(len(self._strokes))
            ink = _ink(self._strokes[chosen], self.size, random)
            box = self._place(ink, boxes, random)
            if box is not None:
                _blend(image, ink, box, random)
                boxes = np.concatenate([boxes, box[None]])
                labels.append(self._classes[chosen])
        return image, np.column_stack([boxes, np.array(labels, np.float32)])

    def _background(self, random: np.random.Generator) -> np.ndarray:
        """Cut a square out of a photograph, perhaps mirrored, in another light."""
        photograph = self._photographs[random.integers(len(self._photographs))]
        top, left = (random.integers(extent - self.size + 1) for extent in photograph.shape[:2])
        square = photograph[top : top + self.size, left : left + self.size]
        light = random.uniform(0.6, 1.1) * np.arange(256) + random.uniform(-20, 30)
        return np.clip(light, 0, 255).astype(np.uint8)[square[:, :: random.choice([1, -1])]]

    def _place(self, ink: np.ndarray, boxes: np.ndarray, random: np.random.Generator) -> np.ndarray | None:
        """Find a box ``(4,)`` for ``ink`` that covers no other too much; None if ten tries find none."""
        height, width = ink.shape
        for _ in range(10):
            left, top = random.integers(self.size - width + 1), random.integers(self.size - height + 1)
            box = np.array([left, top, left + width, top + height], np.float32)
            shared = np.clip(np.minimum(boxes[:, 2:], box[2:]) - np.maximum(boxes[:, :2], box[:2]), 0, None).prod(
                axis=1
            )
            smaller = np.minimum((boxes[:, 2:] - boxes[:, :2]).prod(axis=1), width * height)
            if (shared <= self.max_overlap * smaller).all():
                return box
        return None


_SPLITS = {"train": 4000, "val": 500}
_SPREAD = (0.16, 0.44)  # smallest and largest digit, as parts of the picture


def _load_digits(split: str) -> tuple[np.ndarray, np.ndarray]:
    """Load the digits ``(N, 10, 10)`` in [0, 1], a rim of paper added, and their classes ``(N,)``."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise _missing() from error
    pixels, classes = load_digits(return_X_y=True)
    cut = len(pixels) * 4 // 5
    part = slice(None, cut) if split == "train" else slice(cut, None)
    strokes = pixels[part].reshape(-1, 8, 8).astype(np.float32) / 16
    return np.pad(strokes, ((0, 0), (1, 1), (1, 1))), classes[part]


def _load_photographs(split: str, size: int) -> list[np.ndarray]:
    """Load the halves of the photographs that belong to ``split``, each in three sizes from which ``size`` is cut."""
    try:
        from PIL import Image
        from sklearn.datasets import load_sample_images
    except ImportError as error:
        raise _missing() from error
    photographs = []
    for photograph in load_sample_images().images:
        middle = photograph.shape[1] // 2
        half = Image.fromarray(photograph[:, :middle] if split == "train" else photograph[:, middle:])
        for room in (1.25, 1.875, 2.5):
            scale = room * size / min(half.size)
            smaller = half.resize((round(half.width * scale), round(half.height * scale)), Image.Resampling.LANCZOS)
            photographs.append(np.asarray(smaller))
    return photographs


def _missing() -> MissingPackageError:
    return MissingPackageError("DigitScenes: scikit-learn must be installed for its digits: pip install regluon[demo]")


def _ink(strokes: np.ndarray, size: int, random: np.random.Generator) -> np.ndarray:
    """Scale the digit ``(10, 10)`` up smoothly and cut off the paper around it: how much ink each pixel has."""
    extent = random.uniform(*_SPREAD) * size * len(strokes) / (len(strokes) - 2)
    narrow = random.uniform(0.75, 1.1)
    density = _upscaling(round(extent)) @ strokes @ _upscaling(round(extent * narrow)).T
    # The edge of a pen stroke is sharp at any size: only the middle of the grey ramp is kept.
    ink = np.clip((density - 0.35) / 0.2, 0, 1)
    seen = ink > 0.25
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


@lru_cache(maxsize=512)
def _upscaling(extent: int, cells: int = 10) -> np.ndarray:
    """Weights ``(extent, cells)`` that read ``cells`` cells at ``extent`` pixels by cubic convolution.

    R. G. Keys, "Cubic convolution interpolation for digital image processing", 1981, with a = -1/2.
    """
    centers = (np.arange(extent) + 0.5) * cells / extent - 0.5
    d = np.abs(centers[:, None] - np.arange(cells))
    near, far = 1.5 * d**3 - 2.5 * d**2 + 1, -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2
    return np.where(d < 1, near, np.where(d < 2, far, 0)).astype(np.float32)


def _blend(image: np.ndarray, ink: np.ndarray, box: np.ndarray, random: np.random.Generator) -> None:
    """Write ``ink`` into ``box`` of ``image``, in a colour clearly darker or lighter than what is there."""
    left, top, right, bottom = box.astype(int)
    paper = image[top:bottom, left:right].astype(np.float32)
    level = paper.mean()
    lighter = random.random() < (0.5 if 100 < level < 155 else float(level <= 100))
    contrast = random.uniform(90, 180) * (1 if lighter else -1)
    color = np.clip(level + contrast + random.normal(0, 25, 3), 0, 255)
    paper += (ink * random.uniform(0.8, 1))[..., None] * (color.astype(np.float32) - paper)
    image[top:bottom, left:right] = paper.round()
