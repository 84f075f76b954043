"""Transforms that change colours by chance."""

from typing import Any

from regluon.gluon.data.vision.transforms.base import Transform, drawn

__all__ = [
    "RandomBrightness",
    "RandomColorJitter",
    "RandomContrast",
    "RandomGray",
    "RandomHue",
    "RandomLighting",
    "RandomSaturation",
]


class RandomBrightness(Transform):
    """Multiply by a factor drawn evenly from ``max(0, 1 - brightness)`` to ``1 + brightness``.

    Args:
        brightness: how far the factor may be from 1.
    """

    def __init__(self, brightness: float) -> None:
        super().__init__()
        self._bounds = _bounds(brightness)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return the changed picture."""
        return F.image.random_brightness(x, **self._bounds)


class RandomContrast(Transform):
    """Draw pixels away from the mean gray by a factor drawn from ``max(0, 1 - contrast)`` to ``1 + contrast``.

    Args:
        contrast: how far the factor may be from 1.
    """

    def __init__(self, contrast: float) -> None:
        super().__init__()
        self._bounds = _bounds(contrast)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return the changed picture."""
        return F.image.random_contrast(x, **self._bounds)


class RandomSaturation(Transform):
    """Draw pixels away from their gray by a factor drawn from ``max(0, 1 - saturation)`` to ``1 + saturation``.

    The gray is MXNet's; see the operator ``image.random_saturation``.

    Args:
        saturation: how far the factor may be from 1.
    """

    def __init__(self, saturation: float) -> None:
        super().__init__()
        self._bounds = _bounds(saturation)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return the changed picture."""
        return F.image.random_saturation(x, **self._bounds)


class RandomHue(Transform):
    """Turn the hue by a part of the circle drawn from ``max(0, 1 - hue)`` to ``1 + hue``; 1 is all the way around.

    Args:
        hue: how far to turn at most, either way.
    """

    def __init__(self, hue: float) -> None:
        super().__init__()
        self._bounds = _bounds(hue)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return the changed picture."""
        return F.image.random_hue(x, **self._bounds)


class RandomColorJitter(Transform):
    """Change brightness, contrast, saturation and hue by chance, in random order.

    Args:
        brightness: see ``RandomBrightness``.
        contrast: see ``RandomContrast``.
        saturation: see ``RandomSaturation``.
        hue: see ``RandomHue``.
    """

    def __init__(self, brightness: float = 0, contrast: float = 0, saturation: float = 0, hue: float = 0) -> None:
        super().__init__()
        self._amounts = {"brightness": brightness, "contrast": contrast, "saturation": saturation, "hue": hue}

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return the changed picture."""
        return F.image.random_color_jitter(x, **self._amounts)


class RandomLighting(Transform):
    """Add the directions in which colours vary, by amounts drawn from a normal distribution (AlexNet, section 4.1).

    Args:
        alpha: standard deviation of the amounts.
    """

    def __init__(self, alpha: float) -> None:
        super().__init__()
        self._alpha = alpha

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return the changed picture."""
        return F.image.random_lighting(x, alpha_std=self._alpha)


class RandomGray(Transform):
    """Make all three channels gray by chance; the result is float32. From MXNet 2.

    Differs from MXNet, which weights the channels of the result and not those of the picture, so that it is not gray.

    Args:
        p: the chance.

    Examples:
        >>> from regluon import nd
        >>> RandomGray(1)(nd.array([[[100, 0, 0]]])).asnumpy().round(2).tolist()
        [[[29.889999389648438, 29.889999389648438, 29.889999389648438]]]
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return the changed picture."""
        x = F.cast(x, dtype="float32")
        red, green, blue = (F.slice_axis(x, axis=-1, begin=place, end=place + 1) for place in range(3))
        gray = F.broadcast_like(0.2989 * red + 0.5870 * green + 0.1140 * blue, x)
        chosen = F.cast(drawn(F, x) < self.p, dtype="float32")
        return x + F.broadcast_mul(gray - x, F.reshape(chosen, shape=(1, 1, 1)))


def _bounds(amount: float) -> dict[str, float]:
    return {"min_factor": max(0, 1 - amount), "max_factor": 1 + amount}
