"""Anchors: the boxes that detectors judge and shift."""

from regluon.cv.anchor.rpn import RPNAnchorGenerator
from regluon.cv.anchor.ssd import LiteAnchorGenerator, SSDAnchorGenerator

__all__ = ["LiteAnchorGenerator", "RPNAnchorGenerator", "SSDAnchorGenerator"]
