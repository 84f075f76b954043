"""Augmenters that cut, resize and mirror. Chances are drawn from Python's generator, in MXNet's order."""

import random
from typing import Any

from regluon import nd
from regluon.core.errors import ArgumentTypeError
from regluon.image.augmenter import Augmenter
from regluon.image.crop import center_crop, random_crop, random_size_crop
from regluon.image.resize import choose_interpolation, imresize, resize_short, size_of

__all__ = [
    "CenterCropAug",
    "ForceResizeAug",
    "HorizontalFlipAug",
    "RandomCropAug",
    "RandomSizedCropAug",
    "ResizeAug",
]


class ResizeAug(Augmenter):
    """Resize so that the shorter edge has a length; see ``resize_short``.

    Args:
        size: the length.
        interp: how.
    """

    def __init__(self, size: int, interp: int = 2) -> None:
        super().__init__(size=size, interp=interp)
        self.size, self.interp = size, interp

    def __call__(self, src: Any) -> Any:
        """Return the changed picture."""
        return resize_short(src, self.size, self.interp)


class ForceResizeAug(Augmenter):
    """Resize, whatever becomes of the shape.

    Args:
        size: width and height.
        interp: how, see ``resize_short``.
    """

    def __init__(self, size: tuple[int, int], interp: int = 2) -> None:
        super().__init__(size=size, interp=interp)
        self.size, self.interp = size, interp

    def __call__(self, src: Any) -> Any:
        """Return the changed picture."""
        width, height = self.size
        sizes = (*size_of("ForceResizeAug", src), height, width)
        return imresize(src, width, height, interp=choose_interpolation("ForceResizeAug", self.interp, sizes))


class RandomCropAug(Augmenter):
    """Cut a rectangle out at a random place; see ``random_crop``.

    Args:
        size: width and height.
        interp: how to resize.
    """

    def __init__(self, size: tuple[int, int], interp: int = 2) -> None:
        super().__init__(size=size, interp=interp)
        self.size, self.interp = size, interp

    def __call__(self, src: Any) -> Any:
        """Return the changed picture."""
        return random_crop(src, self.size, self.interp)[0]


class RandomSizedCropAug(Augmenter):
    """Cut a rectangle of random size, shape and place out, and resize it; see ``random_size_crop``.

    Args:
        size: width and height of the result.
        area: part of the picture's area.
        ratio: width over height.
        interp: how to resize.
        min_area: ``area`` by its old name.
    """

    def __init__(
        self,
        size: tuple[int, int],
        area: float | tuple[float, float] | None = None,
        ratio: tuple[float, float] = (3 / 4, 4 / 3),
        interp: int = 2,
        *,
        min_area: float | None = None,
    ) -> None:
        area = min_area if area is None else area
        if area is None:
            raise ArgumentTypeError("RandomSizedCropAug: area must be given, a float or 2 of them")
        super().__init__(size=size, area=area, ratio=ratio, interp=interp)
        self.size, self.area, self.ratio, self.interp = size, area, ratio, interp

    def __call__(self, src: Any) -> Any:
        """Return the changed picture."""
        return random_size_crop(src, self.size, self.area, self.ratio, self.interp)[0]


class CenterCropAug(Augmenter):
    """Cut the middle out; see ``center_crop``.

    Args:
        size: width and height.
        interp: how to resize.
    """

    def __init__(self, size: tuple[int, int], interp: int = 2) -> None:
        super().__init__(size=size, interp=interp)
        self.size, self.interp = size, interp

    def __call__(self, src: Any) -> Any:
        """Return the changed picture."""
        return center_crop(src, self.size, self.interp)[0]


class HorizontalFlipAug(Augmenter):
    """Mirror by chance, left for right.

    Args:
        p: the chance.
    """

    def __init__(self, p: float) -> None:
        super().__init__(p=p)
        self.p = p

    def __call__(self, src: Any) -> Any:
        """Return the changed picture."""
        return nd.flip(src, axis=1) if random.random() < self.p else src
