"""Anchors: the boxes that detectors judge and shift."""

from regluon.cv.anchor.ssd import LiteAnchorGenerator, SSDAnchorGenerator

__all__ = ["LiteAnchorGenerator", "SSDAnchorGenerator"]
