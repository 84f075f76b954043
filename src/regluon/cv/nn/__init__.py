"""The parts that detectors are made of; GluonCV's ``gluoncv.nn``."""

from regluon.cv.nn import bbox, coder, feature, matcher, predictor, sampler

__all__ = ["bbox", "coder", "feature", "matcher", "predictor", "sampler"]
