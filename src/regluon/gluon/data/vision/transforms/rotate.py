"""Transforms that turn pictures ``(C, H, W)`` or ``(N, C, H, W)`` of float32."""

from typing import Any

import numpy as np

from regluon.core.errors import ArgumentError
from regluon.gluon.block import Block
from regluon.gluon.data.vision.transforms.base import handed_on
from regluon.image.rotate import imrotate, random_rotate

__all__ = ["RandomRotation", "Rotate"]


class Rotate(Block):
    """Turn pictures about their middle; see ``image.imrotate``.

    Args:
        rotation_degrees: the angle.
        zoom_in: enlarge until nothing from outside is seen.
        zoom_out: shrink until all of the picture is seen.
    """

    def __init__(self, rotation_degrees: float, zoom_in: bool = False, zoom_out: bool = False) -> None:
        super().__init__()
        self._args = (rotation_degrees, zoom_in, zoom_out)

    def __call__(self, x: Any, *args: Any) -> Any:
        """Change a picture, and hand other arguments on."""
        return handed_on(super().__call__(x), args)

    def forward(self, x: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Return the changed picture."""
        return imrotate(x, *self._args)


class RandomRotation(Block):
    """Turn pictures about their middle by chance, by an angle drawn evenly; from numpy's generator.

    Args:
        angle_limits: least and greatest angle in degrees.
        zoom_in: enlarge until nothing from outside is seen.
        zoom_out: shrink until all of the picture is seen.
        rotate_with_proba: the chance.
    """

    def __init__(
        self,
        angle_limits: tuple[float, float],
        zoom_in: bool = False,
        zoom_out: bool = False,
        rotate_with_proba: float = 1.0,
    ) -> None:
        super().__init__()
        lower, upper = angle_limits
        if lower >= upper:
            raise ArgumentError(f"RandomRotation: angle_limits must be 2 angles in order, got {angle_limits}")
        if not 0 <= rotate_with_proba <= 1:
            raise ArgumentError(f"RandomRotation: rotate_with_proba must be in [0, 1], got {rotate_with_proba}")
        self._args = ((lower, upper), zoom_in, zoom_out)
        self._chance = rotate_with_proba

    def __call__(self, x: Any, *args: Any) -> Any:
        """Change a picture, and hand other arguments on."""
        return handed_on(super().__call__(x), args)

    def forward(self, x: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Return the picture, changed or not."""
        return x if np.random.random() > self._chance else random_rotate(x, *self._args)
