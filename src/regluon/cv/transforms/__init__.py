"""Pictures into network inputs, and boxes back into pictures; GluonCV's ``data.transforms``."""

from regluon.cv.transforms import bbox, experimental, image, presets
from regluon.cv.transforms.preprocess import Placement, Preprocess

__all__ = ["Placement", "Preprocess", "bbox", "experimental", "image", "presets"]
