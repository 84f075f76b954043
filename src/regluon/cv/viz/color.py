"""The colour and the name of a class, the same in every picture and plot."""

import colorsys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["class_color", "class_text"]


def class_color(label: int, colors: Mapping[int, Any] | None = None) -> tuple[int, int, int]:
    """Choose the colour of a class.

    Args:
        label: the class; a negative one, no class, is gray-blue.
        colors: own choices for some classes, as three numbers of 0 to 255, or floats of 0 to 1 as matplotlib has them.

    Returns:
        Red, green and blue of 0 to 255.

    Examples:
        >>> class_color(3, {3: (255, 0, 0)})
        (255, 0, 0)
        >>> len({class_color(label) for label in range(80)})
        80
    """
    if colors is not None and label in colors:
        color = np.asarray(colors[label])[:3]
        whole = np.issubdtype(color.dtype, np.integer) or color.max() > 1
        red, green, blue = np.clip(color if whole else color * 255, 0, 255).round().astype(int).tolist()
        return red, green, blue
    if label < 0:
        return 90, 120, 160
    # Steps of the golden ratio round the colour wheel keep any number of neighbours apart.
    hue = (0.02 + label * 0.618034) % 1
    rgb = colorsys.hsv_to_rgb(hue, (0.85, 0.65, 1.0)[label // 7 % 3], (0.95, 0.85, 0.7)[label // 5 % 3])
    red, green, blue = (round(255 * part) for part in rgb)
    return red, green, blue


def class_text(label: int, class_names: Sequence[str] | None = None) -> str:
    """Return the name of a class, its number if it has none, nothing if it is negative.

    Examples:
        >>> class_text(1, ["cat", "dog"]), class_text(2, ["cat", "dog"]), class_text(-1)
        ('dog', '2', '')
    """
    if label < 0:
        return ""
    return str(label) if class_names is None or label >= len(class_names) else class_names[label]
