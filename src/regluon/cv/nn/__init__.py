"""The parts that detectors are made of; GluonCV's ``gluoncv.nn``."""

from regluon.cv.nn import bbox, coder, feature, matcher, predictor, sampler
from regluon.cv.nn.norm import GroupNorm

__all__ = ["GroupNorm", "bbox", "coder", "feature", "matcher", "predictor", "sampler"]
