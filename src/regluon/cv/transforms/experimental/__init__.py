"""GluonCV's ``data.transforms.experimental``."""

from regluon.cv.transforms.experimental import bbox, image

__all__ = ["bbox", "image"]
