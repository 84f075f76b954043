"""The augmenters of one training run, by a few numbers."""

from typing import Any

import numpy as np

from regluon import nd
from regluon.core.errors import ArgumentError
from regluon.image.augmenter import Augmenter, CastAug
from regluon.image.color import ColorJitterAug, ColorNormalizeAug, HueJitterAug, LightingAug, RandomGrayAug
from regluon.image.place import CenterCropAug, HorizontalFlipAug, RandomCropAug, RandomSizedCropAug, ResizeAug
from regluon.nd.ndarray import NDArray

__all__ = ["CreateAugmenter"]

# Of ImageNet's colours: mean, deviation, and the directions in which they vary (AlexNet, section 4.1).
_MEAN, _STD = [123.68, 116.28, 103.53], [58.395, 57.12, 57.375]
_VALUES = np.array([55.46, 4.794, 1.148])
_VECTORS = np.array([[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]])


def CreateAugmenter(
    data_shape: tuple[int, int, int],
    resize: int = 0,
    rand_crop: bool = False,
    rand_resize: bool = False,
    rand_mirror: bool = False,
    mean: Any = None,
    std: Any = None,
    brightness: float = 0,
    contrast: float = 0,
    saturation: float = 0,
    hue: float = 0,
    pca_noise: float = 0,
    rand_gray: float = 0,
    inter_method: int = 2,
) -> list[Augmenter]:
    """List augmenters for training on, or judging, whole pictures.

    Args:
        data_shape: channels, height and width of the result.
        resize: length of the shorter edge, before all else; 0 leaves it.
        rand_crop: cut at a random place rather than in the middle.
        rand_resize: cut with random size and shape; needs ``rand_crop``.
        rand_mirror: mirror every other picture.
        mean: ``(3,)`` or ``(1,)`` to take away; True is ImageNet's.
        std: likewise, to divide by.
        brightness: see ``BrightnessJitterAug``.
        contrast: see ``ContrastJitterAug``.
        saturation: see ``SaturationJitterAug``.
        hue: see ``HueJitterAug``.
        pca_noise: see ``LightingAug``.
        rand_gray: see ``RandomGrayAug``.
        inter_method: how to resize, see ``resize_short``.

    Examples:
        >>> [type(one).__name__ for one in CreateAugmenter((3, 8, 8), rand_mirror=True)]
        ['CenterCropAug', 'HorizontalFlipAug', 'CastAug']
    """
    size = (data_shape[2], data_shape[1])
    if rand_resize and not rand_crop:
        raise ArgumentError("CreateAugmenter: rand_crop must be true where rand_resize is")
    found: list[Augmenter] = [ResizeAug(resize, inter_method)] if resize > 0 else []
    if rand_resize:
        found.append(RandomSizedCropAug(size, 0.08, (3.0 / 4.0, 4.0 / 3.0), inter_method))
    else:
        found.append((RandomCropAug if rand_crop else CenterCropAug)(size, inter_method))
    if rand_mirror:
        found.append(HorizontalFlipAug(0.5))
    found.append(CastAug())
    if brightness or contrast or saturation:
        found.append(ColorJitterAug(brightness, contrast, saturation))
    if hue:
        found.append(HueJitterAug(hue))
    if pca_noise > 0:
        found.append(LightingAug(pca_noise, _VALUES, _VECTORS))
    if rand_gray > 0:
        found.append(RandomGrayAug(rand_gray))
    mean, std = _numbers("mean", mean, _MEAN), _numbers("std", std, _STD)
    return found if mean is None and std is None else [*found, ColorNormalizeAug(mean, std)]


def _numbers(name: str, given: Any, usual: list[float]) -> Any:
    if given is None:
        return None
    if given is True:
        return nd.array(usual)
    if not isinstance(given, (np.ndarray, NDArray)) or given.shape[0] not in (1, 3):
        raise ArgumentError(f"CreateAugmenter: {name} must be True or an array of 1 or 3 numbers, got {given!r:.80}")
    return given
