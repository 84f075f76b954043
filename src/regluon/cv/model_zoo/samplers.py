"""Samplers under the module name that they had in GluonCV 0.1."""

from regluon.cv.nn.sampler import NaiveSampler, OHEMSampler

__all__ = ["NaiveSampler", "OHEMSampler"]
