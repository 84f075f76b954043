"""Random colours (Liu et al., 2016)."""

from typing import Any

import numpy as np
import torch

from regluon import nd
from regluon.cv.transforms.chance import Chance
from regluon.nd.ndarray import NDArray

__all__ = ["random_color_distort"]

_LUMA = (0.299, 0.587, 0.114)
# To brightness and two axes of colour, and back.
_YIQ = np.array([_LUMA, (0.596, -0.274, -0.321), (0.211, -0.523, 0.311)])
_RGB = np.array([[1.0, 0.956, 0.621], [1.0, -0.272, -0.647], [1.0, -1.107, 1.705]])


def random_color_distort(
    src: Any,
    brightness_delta: float = 32,
    contrast_low: float = 0.5,
    contrast_high: float = 1.5,
    saturation_low: float = 0.5,
    saturation_high: float = 1.5,
    hue_delta: float = 18,
    generator: np.random.Generator | None = None,
) -> Any:
    """Change brightness, contrast, saturation and hue, each by chance; GluonCV's ``random_color_distort``.

    Float pictures are not written into, as GluonCV does.

    Args:
        src: ``(H, W, 3)`` of values from 0 to 255, an NDArray or a torch tensor.
        brightness_delta: the most that is added.
        contrast_low: the least factor of values.
        contrast_high: the largest.
        saturation_low: the least factor of colours.
        saturation_high: the largest.
        hue_delta: the most half turns of the circle of colours.
        generator: where chances come from; the global generators if not given.

    Returns:
        The picture as float32, of any values.

    Examples:
        >>> picture = nd.ones((2, 2, 3)) * 100
        >>> random_color_distort(picture, generator=np.random.default_rng(0)).shape
        (2, 2, 3)
    """
    chance = Chance(generator)
    pixels = (src.as_torch() if isinstance(src, NDArray) else src).to(torch.float32)
    if chance.uniform(0, 1) > 0.5:
        pixels = pixels + chance.uniform(-brightness_delta, brightness_delta)
    contrast_first = chance.below(2) == 1
    if contrast_first:
        pixels = _contrast(pixels, chance, contrast_low, contrast_high)
    pixels = _saturation(pixels, chance, saturation_low, saturation_high)
    pixels = _hue(pixels, chance, hue_delta)
    if not contrast_first:
        pixels = _contrast(pixels, chance, contrast_low, contrast_high)
    return nd.from_torch(pixels) if isinstance(src, NDArray) else pixels


def _contrast(pixels: torch.Tensor, chance: Chance, low: float, high: float) -> torch.Tensor:
    return pixels * chance.uniform(low, high) if chance.uniform(0, 1) > 0.5 else pixels


def _saturation(pixels: torch.Tensor, chance: Chance, low: float, high: float) -> torch.Tensor:
    if chance.uniform(0, 1) <= 0.5:
        return pixels
    factor = chance.uniform(low, high)
    gray = (pixels * pixels.new_tensor(_LUMA)).sum(2, keepdim=True)
    return pixels * factor + gray * (1.0 - factor)


def _hue(pixels: torch.Tensor, chance: Chance, delta: float) -> torch.Tensor:
    if chance.uniform(0, 1) <= 0.5:
        return pixels
    angle = chance.python_uniform(-delta, delta) * np.pi
    cos, sin = np.cos(angle), np.sin(angle)
    turn = _RGB @ np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]]) @ _YIQ
    return pixels @ pixels.new_tensor(turn.T)
