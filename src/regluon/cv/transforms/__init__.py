"""Pictures into network inputs, and boxes back into pictures."""

from regluon.cv.transforms.preprocess import Placement, Preprocess

__all__ = ["Placement", "Preprocess"]
