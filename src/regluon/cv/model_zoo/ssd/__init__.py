"""SSD: detectors that classify and shift a dense set of anchors in one pass."""

from regluon.cv.model_zoo.ssd.small import ssd_128_small
from regluon.cv.model_zoo.ssd.ssd import SSD

__all__ = ["SSD", "ssd_128_small"]
