"""Operators on pictures ``(H, W, C)``: what the transforms of data sets are made of."""

from regluon.ops.image import color, crop, flip, normalize, resize

__all__ = ["color", "crop", "flip", "normalize", "resize"]
