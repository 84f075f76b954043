"""Colours of pictures, changed by chance or as told; from MXNet's ``_image_random_*`` and lighting operators.

They count in float32 whatever the dtype, and cut numbers off rather than round them when it holds whole ones; uint8 is
kept within 0 to 255. As in MXNet the gradient passes as if nothing had been done. Chances are drawn from torch's global
generator (``torch.manual_seed``).
"""

from collections.abc import Callable
from typing import Annotated

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.attr import Range
from regluon.ops.gradient import with_slope
from regluon.ops.registry import op

__all__ = [
    "adjust_lighting",
    "random_brightness",
    "random_color_jitter",
    "random_contrast",
    "random_hue",
    "random_lighting",
    "random_saturation",
]

# How bright red, green and blue look.
_LUMA = (0.299, 0.587, 0.114)
# Directions in which the colours of ImageNet vary, times how much (AlexNet, section 4.1).
_PRINCIPAL = (
    (55.46 * -0.5675, 4.794 * 0.7192, 1.148 * 0.4009),
    (55.46 * -0.5808, 4.794 * -0.0045, 1.148 * -0.8140),
    (55.46 * -0.5836, 4.794 * -0.6948, 1.148 * 0.4203),
)

Amount = Annotated[float, Range(0)]


@op("_image_random_brightness")
def random_brightness(data: Tensor, min_factor: Amount, max_factor: Amount) -> Tensor:
    """Multiply a picture by a factor drawn evenly between two.

    Args:
        data: ``(H, W, C)``, C being 1 or 3.
        min_factor: the least factor.
        max_factor: the greatest.

    Returns:
        ``(H, W, C)`` of the same dtype.

    Examples:
        >>> random_brightness(torch.full((1, 1, 3), 10.0), 2.0, 2.0).flatten()
        tensor([20., 20., 20.])
    """
    _checked("_image_random_brightness", data, min_factor, max_factor)
    return _changed(data, _brightness, _drawn(data, min_factor, max_factor))


@op("_image_random_contrast")
def random_contrast(data: Tensor, min_factor: Amount, max_factor: Amount) -> Tensor:
    """Draw the pixels of a picture away from its mean gray by a factor drawn evenly between two.

    Args:
        data: ``(H, W, C)``, C being 1 or 3.
        min_factor: the least factor.
        max_factor: the greatest.

    Returns:
        ``(H, W, C)`` of the same dtype.

    Examples:
        >>> random_contrast(torch.tensor([[[10.0], [20.0]]]), 2.0, 2.0).flatten()
        tensor([ 5., 25.])
    """
    _checked("_image_random_contrast", data, min_factor, max_factor)
    return _changed(data, _contrast, _drawn(data, min_factor, max_factor))


@op("_image_random_saturation")
def random_saturation(data: Tensor, min_factor: Amount, max_factor: Amount) -> Tensor:
    """Draw every pixel away from a gray of its own by a factor drawn evenly between two.

    The gray is 0.114 times blue, as in MXNet, which forgets red and green; so a factor of 0 gives no gray picture.

    Args:
        data: ``(H, W, C)``, C being 1, where nothing changes, or 3.
        min_factor: the least factor.
        max_factor: the greatest.

    Returns:
        ``(H, W, C)`` of the same dtype.

    Examples:
        >>> random_saturation(torch.tensor([[[100.0, 50.0, 10.0]]]), 0.0, 0.0).flatten()
        tensor([1.1400, 1.1400, 1.1400])
    """
    _checked("_image_random_saturation", data, min_factor, max_factor)
    return _changed(data, _saturation, _drawn(data, min_factor, max_factor))


@op("_image_random_hue")
def random_hue(data: Tensor, min_factor: Amount, max_factor: Amount) -> Tensor:
    """Turn the hue of a picture by a part of the circle drawn evenly between two; 1 is all the way around.

    Differs from MXNet in that a gray picture stays as it is, where MXNet's result is whatever the memory held.

    Args:
        data: ``(H, W, C)``, C being 1, where nothing changes, or 3; from 0 to 255.
        min_factor: the least part.
        max_factor: the greatest.

    Returns:
        ``(H, W, C)`` of the same dtype.

    Examples:
        >>> random_hue(torch.tensor([[[255.0, 0.0, 0.0]]]), 0.5, 0.5).round().flatten()
        tensor([  0., 255., 255.])
    """
    _checked("_image_random_hue", data, min_factor, max_factor)
    return _changed(data, _hue, _drawn(data, min_factor, max_factor))


@op("_image_random_color_jitter")
def random_color_jitter(data: Tensor, brightness: float, contrast: float, saturation: float, hue: float) -> Tensor:
    """Change brightness, contrast, saturation and hue by chance, in random order.

    Differs from MXNet in that all amounts may be 0, where MXNet's result is whatever the memory held. The order is
    drawn outside of the graph that ``torch.compile`` makes.

    Args:
        data: ``(H, W, C)``, C being 1 or 3.
        brightness: the factor is drawn from ``1 - brightness`` to ``1 + brightness``; nothing is done unless > 0.
        contrast: likewise.
        saturation: likewise.
        hue: the part of the circle is drawn from ``-hue`` to ``hue``.

    Returns:
        ``(H, W, C)`` of the same dtype.

    Examples:
        >>> random_color_jitter(torch.ones(1, 1, 3), 0.5, 0.0, 0.0, 0.0).shape
        torch.Size([1, 1, 3])
    """
    _shaped("_image_random_color_jitter", data)
    steps: list[tuple[Callable[[Tensor, Tensor], Tensor], float, float]] = [
        (_brightness, brightness, 1.0), (_contrast, contrast, 1.0), (_saturation, saturation, 1.0), (_hue, hue, 0.0)
    ]  # fmt: skip
    steps = [step for step in steps if step[1] > 0]
    order = torch.randperm(len(steps)).tolist() if len(steps) > 1 else range(len(steps))
    changed = data
    for step, amount, middle in (steps[place] for place in order):
        changed = _stored(data, step(changed.float(), _drawn(data, middle - amount, middle + amount)))
    return with_slope(changed.clone() if changed is data else changed, data)


@op("_image_adjust_lighting")
def adjust_lighting(data: Tensor, alpha: tuple[float, ...]) -> Tensor:
    """Add to a picture what AlexNet adds: the directions in which colours vary, by given amounts.

    Differs from MXNet in that a gray picture stays as it is, where MXNet's result is whatever the memory held.

    Args:
        data: ``(H, W, C)``, C being 1, where nothing changes, or 3.
        alpha: three amounts, of the directions.

    Returns:
        ``(H, W, C)`` of the same dtype.

    Examples:
        >>> adjust_lighting(torch.full((1, 1, 3), 100.0), (0.1, 0.0, 0.0)).flatten()
        tensor([96.8526, 96.7789, 96.7634])
    """
    _shaped("_image_adjust_lighting", data)
    if len(alpha) != 3:
        raise ArgumentError(f"_image_adjust_lighting: alpha must be 3 floats, got {alpha}")
    return _changed(data, _lighting, torch.tensor(alpha, dtype=torch.float32, device=data.device))


@op("_image_random_lighting")
def random_lighting(data: Tensor, alpha_std: float = 0.05) -> Tensor:
    """Add to a picture what AlexNet adds, by amounts drawn from a normal distribution.

    Args:
        data: ``(H, W, C)``, C being 1, where nothing changes, or 3.
        alpha_std: standard deviation of the amounts.

    Returns:
        ``(H, W, C)`` of the same dtype.

    Examples:
        >>> random_lighting(torch.full((1, 1, 3), 100.0), 0.0).flatten()
        tensor([100., 100., 100.])
    """
    _shaped("_image_random_lighting", data)
    return _changed(data, _lighting, torch.randn(3, device=data.device) * alpha_std)


def _shaped(who: str, data: Tensor) -> None:
    if data.ndim != 3 or data.shape[2] not in (1, 3):
        raise ShapeError(f"{who}: data must be (H, W, C) with 1 or 3 channels, got shape {tuple(data.shape)}")


def _checked(who: str, data: Tensor, low: float, high: float) -> None:
    _shaped(who, data)
    if low > high:
        raise ArgumentError(f"{who}: max_factor must be >= min_factor, {low}, got {high}")


def _drawn(data: Tensor, low: float, high: float) -> Tensor:
    """Draw a float32 number evenly between two."""
    return torch.rand((), device=data.device) * (high - low) + low


def _changed(data: Tensor, step: Callable[[Tensor, Tensor], Tensor], amount: Tensor) -> Tensor:
    return with_slope(_stored(data, step(data.float(), amount)), data)


def _stored(data: Tensor, values: Tensor) -> Tensor:
    """Bring values back to the dtype of the data."""
    return (values.clamp(0, 255) if data.dtype == torch.uint8 else values).to(data.dtype)


def _gray(values: Tensor) -> Tensor:
    """Return ``(H, W, 1)`` brightness."""
    if values.shape[2] == 1:
        return values
    red, green, blue = values.split(1, 2)
    return red * _LUMA[0] + green * _LUMA[1] + blue * _LUMA[2]


def _brightness(values: Tensor, factor: Tensor) -> Tensor:
    return values * factor


def _contrast(values: Tensor, factor: Tensor) -> Tensor:
    return values * factor + (1 - factor) * _gray(values).mean()


def _saturation(values: Tensor, factor: Tensor) -> Tensor:
    # MXNet's sum over the colours keeps the last alone.
    return values.clone() if values.shape[2] == 1 else values[..., 2:] * _LUMA[2] * (1 - factor) + values * factor


def _lighting(values: Tensor, amounts: Tensor) -> Tensor:
    if values.shape[2] == 1:
        return values.clone()
    directions = torch.tensor(_PRINCIPAL, dtype=torch.float32, device=values.device) * amounts
    return values + (directions[:, 0] + directions[:, 1] + directions[:, 2])


def _hue(values: Tensor, turn: Tensor) -> Tensor:
    """Turn the hue, by way of hue, lightness and saturation."""
    if values.shape[2] == 1:
        return values.clone()
    red, green, blue = (values / 255.0).unbind(2)
    high, low = torch.maximum(torch.maximum(red, green), blue), torch.minimum(torch.minimum(red, green), blue)
    spread, light = high - low, (high + low) * 0.5
    colored = spread > torch.finfo(torch.float32).eps
    unit = 60.0 / torch.where(colored, spread, 1.0)
    hue = torch.where(high == green, (blue - red) * unit + 120.0, (red - green) * unit + 240.0)
    hue = torch.where(high == red, (green - blue) * unit, hue)
    hue = torch.where(hue < 0, hue + 360.0, hue)
    saturation = spread / torch.where(light < 0.5, high + low, 2.0 - high - low)
    sixth = torch.remainder((hue + turn * 360.0) * (1.0 / 60.0), 6.0)
    most = torch.where(light <= 0.5, light * (1 + saturation), light + saturation - light * saturation)
    least = 2 * light - most
    # How far each colour is from the least to the most, around the circle.
    parts = [(sixth - 3).abs() - 1, 2 - (sixth - 2).abs(), 2 - (sixth - 4).abs()]
    turned = [torch.where(part >= 1, most, least + (most - least) * part.clamp(0, 1)) for part in parts]
    return torch.stack([torch.where(colored & (saturation != 0), one, light) for one in turned], 2) * 255.0
