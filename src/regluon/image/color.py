"""Augmenters that change colours. Chances are drawn from Python's and numpy's generators, in MXNet's order.

They take float pictures, and return new ones where MXNet's write into the picture they got.
"""

import math
import random
from typing import Any

import numpy as np

from regluon import nd
from regluon.core.array import as_numpy
from regluon.image.augmenter import Augmenter, RandomOrderAug
from regluon.nd.ndarray import NDArray

__all__ = [
    "BrightnessJitterAug",
    "ColorJitterAug",
    "ColorNormalizeAug",
    "ContrastJitterAug",
    "HueJitterAug",
    "LightingAug",
    "RandomGrayAug",
    "SaturationJitterAug",
    "color_normalize",
]

# How bright red, green and blue look.
_LUMA = [[[0.299, 0.587, 0.114]]]
# To brightness and two axes of colour, and back.
_YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.321], [0.211, -0.523, 0.311]])
_RGB = np.array([[1.0, 0.956, 0.621], [1.0, -0.272, -0.647], [1.0, -1.107, 1.705]])


def color_normalize(src: Any, mean: Any, std: Any = None) -> Any:
    """Take a mean from a picture and divide it by a deviation.

    Args:
        src: ``(H, W, C)`` float.
        mean: ``(C,)`` or a number; None takes nothing.
        std: likewise.

    Examples:
        >>> color_normalize(nd.array([[[5, 7]]]), nd.array([1, 2]), nd.array([2, 5])).asnumpy().tolist()
        [[[2.0, 1.0]]]
    """
    if mean is not None:
        src = src - _alike(src, mean)
    return src if std is None else src / _alike(src, std)


class BrightnessJitterAug(Augmenter):
    """Multiply by a factor drawn evenly.

    Args:
        brightness: how far the factor may be from 1.
    """

    def __init__(self, brightness: float) -> None:
        super().__init__(brightness=brightness)
        self.brightness = brightness

    def __call__(self, src: Any) -> Any:
        """Return the changed picture."""
        return src * (1.0 + random.uniform(-self.brightness, self.brightness))


class ContrastJitterAug(Augmenter):
    """Draw pixels away from the mean gray by a factor drawn evenly.

    Args:
        contrast: how far the factor may be from 1.
    """

    def __init__(self, contrast: float) -> None:
        super().__init__(contrast=contrast)
        self.contrast = contrast
        self.coef = nd.array(_LUMA)

    def __call__(self, src: Any) -> Any:
        """Return the changed picture."""
        factor = 1.0 + random.uniform(-self.contrast, self.contrast)
        gray = src * _alike(src, self.coef)
        return src * factor + (3.0 * (1.0 - factor) / gray.size) * nd.sum(gray)


class SaturationJitterAug(Augmenter):
    """Draw pixels away from their own gray by a factor drawn evenly.

    Args:
        saturation: how far the factor may be from 1.
    """

    def __init__(self, saturation: float) -> None:
        super().__init__(saturation=saturation)
        self.saturation = saturation
        self.coef = nd.array(_LUMA)

    def __call__(self, src: Any) -> Any:
        """Return the changed picture."""
        factor = 1.0 + random.uniform(-self.saturation, self.saturation)
        return src * factor + nd.sum(src * _alike(src, self.coef), axis=2, keepdims=True) * (1.0 - factor)


class HueJitterAug(Augmenter):
    """Turn the hue by a part of half a circle drawn evenly, in the YIQ colour space.

    Args:
        hue: how far to turn at most, either way.
    """

    def __init__(self, hue: float) -> None:
        super().__init__(hue=hue)
        self.hue = hue

    def __call__(self, src: Any) -> Any:
        """Return the changed picture."""
        angle = random.uniform(-self.hue, self.hue) * math.pi
        cosine, sine = math.cos(angle), math.sin(angle)
        turn = np.array([[1.0, 0.0, 0.0], [0.0, cosine, -sine], [0.0, sine, cosine]])
        return nd.dot(src, _alike(src, nd.array((_RGB @ turn @ _YIQ).T)))


class ColorJitterAug(RandomOrderAug):
    """Change brightness, contrast and saturation, those above 0, in random order.

    Args:
        brightness: see ``BrightnessJitterAug``.
        contrast: see ``ContrastJitterAug``.
        saturation: see ``SaturationJitterAug``.
    """

    def __init__(self, brightness: float, contrast: float, saturation: float) -> None:
        kinds = {BrightnessJitterAug: brightness, ContrastJitterAug: contrast, SaturationJitterAug: saturation}
        super().__init__([kind(amount) for kind, amount in kinds.items() if amount > 0])


class LightingAug(Augmenter):
    """Add the directions in which colours vary, by amounts drawn from a normal distribution (AlexNet, section 4.1).

    Args:
        alphastd: standard deviation of the amounts.
        eigval: ``(3,)`` how much the colours vary.
        eigvec: ``(3, 3)`` in which directions.
    """

    def __init__(self, alphastd: float, eigval: Any, eigvec: Any) -> None:
        super().__init__(alphastd=alphastd, eigval=eigval, eigvec=eigvec)
        self.alphastd, self.eigval, self.eigvec = alphastd, eigval, eigvec

    def __call__(self, src: Any) -> Any:
        """Return the changed picture."""
        amounts = np.random.normal(0, self.alphastd, size=(3,))
        return src + _alike(src, nd.array(np.dot(as_numpy(self.eigvec) * amounts, as_numpy(self.eigval))))


class ColorNormalizeAug(Augmenter):
    """Take a mean away and divide by a deviation; see ``color_normalize``.

    Args:
        mean: ``(C,)``, or None.
        std: ``(C,)``, or None.
    """

    def __init__(self, mean: Any, std: Any) -> None:
        super().__init__(mean=mean, std=std)
        self.mean, self.std = (one if one is None or isinstance(one, NDArray) else nd.array(one) for one in (mean, std))

    def __call__(self, src: Any) -> Any:
        """Return the changed picture."""
        return color_normalize(src, self.mean, self.std)


class RandomGrayAug(Augmenter):
    """Make all three channels gray by chance.

    Args:
        p: the chance.
    """

    def __init__(self, p: float) -> None:
        super().__init__(p=p)
        self.p = p
        self.mat = nd.array([[0.21] * 3, [0.72] * 3, [0.07] * 3])

    def __call__(self, src: Any) -> Any:
        """Return the changed picture."""
        return nd.dot(src, _alike(src, self.mat)) if random.random() < self.p else src


def _alike(src: Any, value: Any) -> Any:
    """Return a value as an array of the picture's kind, NDArray or ``mx.np.ndarray``, if it is an array."""
    return src._kind(value._tensor, value._place) if isinstance(value, NDArray) else value
