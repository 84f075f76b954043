"""Targets: what a detector is to predict for each anchor, given the ground truths."""

from regluon.cv.target.ssd import SSDTargetGenerator

__all__ = ["SSDTargetGenerator"]
