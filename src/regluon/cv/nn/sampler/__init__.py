"""Samplers: which anchors a detector learns from, once they are matched; and which items of a data set.

A sampler of anchors maps matches ``(B, N)``, indices of ground truths or -1, to samples ``(B, N)``: 1 for a positive
anchor, -1 for a negative one, 0 for one to ignore.
"""

from regluon.cv.nn.sampler.hard_negative import NaiveSampler, OHEMSampler
from regluon.cv.nn.sampler.quota import QuotaSampler
from regluon.cv.nn.sampler.quota_op import QuotaSamplerOp, QuotaSamplerProp
from regluon.cv.nn.sampler.split import SplitSampler, SplitSortedBucketSampler

__all__ = [
    "NaiveSampler",
    "OHEMSampler",
    "QuotaSampler",
    "QuotaSamplerOp",
    "QuotaSamplerProp",
    "SplitSampler",
    "SplitSortedBucketSampler",
]
