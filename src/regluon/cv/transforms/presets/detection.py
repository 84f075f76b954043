"""What the transforms of detectors have in common."""

import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from regluon import nd, th
from regluon.core.errors import ArgumentTypeError
from regluon.cv.transforms import bbox as boxes
from regluon.cv.transforms import image as pictures
from regluon.cv.transforms.chance import Chance
from regluon.cv.transforms.experimental.bbox import random_crop_with_constraints
from regluon.cv.transforms.experimental.image import random_color_distort
from regluon.image import fixed_crop, imread
from regluon.nd.ndarray import NDArray

__all__ = ["MEAN", "STD", "augmented", "fitted", "inputs", "listed", "read"]

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)

Numbers = Sequence[float]


def augmented(
    src: Any, label: np.ndarray, size: tuple[int, int], mean: Numbers, generator: np.random.Generator | None
) -> tuple[Any, np.ndarray]:
    """Vary a picture and its boxes as SSD does (Liu et al., 2016, section 2.2): colours, canvas, part, size, mirror.

    Args:
        src: ``(H, W, 3)``.
        label: ``(N, 4+)`` boxes.
        size: width and height of what comes out.
        mean: the colour of canvases, of values in [0, 1].
        generator: where chances come from; the global generators if None.
    """
    chance = Chance(generator)
    image = random_color_distort(src, generator=generator)
    if chance.uniform(0, 1) > 0.5:
        image, (left, top, *_) = pictures.random_expand(image, fill=[one * 255 for one in mean], generator=generator)
        label = boxes.translate(label, left, top)
    height, width, _ = image.shape
    label, part = random_crop_with_constraints(label, (width, height), generator=generator)
    image = fixed_crop(image, *part)
    image, label = fitted(image, label, size, interp=chance.below(5))
    image, (mirrored, _) = pictures.random_flip(image, px=0.5, generator=generator)
    return image, boxes.flip(label, size, flip_x=mirrored)


def fitted(src: Any, label: np.ndarray, size: tuple[int, int], interp: int) -> tuple[Any, np.ndarray]:
    """Resize a picture and its boxes to a width and height."""
    height, width, _ = src.shape
    return pictures.imresize(src, *size, interp=interp), boxes.resize(label, (width, height), size)


def inputs(src: Any, mean: Numbers, std: Numbers) -> Any:
    """Make ``(3, H, W)`` float32 of a picture, its colours normalised."""
    face: Any = th if isinstance(src, Tensor) else nd
    return face.image.normalize(face.image.to_tensor(src), mean=tuple(mean), std=tuple(std))


def listed(
    who: str, imgs: Any, short: int, max_size: int, stride: int, mean: Numbers, std: Numbers
) -> tuple[Any, Any]:  # fmt: skip
    """Make inputs ``(1, 3, H, W)`` of pictures, and arrays ``(H, W, 3)`` uint8 to be drawn on; lists for several."""
    tensors, originals = [], []
    for image in [imgs] if isinstance(imgs, (NDArray, Tensor)) else imgs:
        if not isinstance(image, (NDArray, Tensor)):
            raise ArgumentTypeError(f"{who}: imgs must be NDArrays or torch tensors, got {type(image).__name__}")
        resized = pictures.resize_short_within(image, short, max_size, stride)
        tensors.append(inputs(resized, mean, std)[None])
        pixels = resized.as_torch() if isinstance(resized, NDArray) else resized
        originals.append(pixels.cpu().numpy().astype(np.uint8))
    return (tensors[0], originals[0]) if len(tensors) == 1 else (tensors, originals)


def read(filenames: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[NDArray]:
    """Read picture files."""
    given = [filenames] if isinstance(filenames, (str, os.PathLike)) else filenames
    return [imread(one) for one in given]
