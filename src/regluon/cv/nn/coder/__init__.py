"""Coders: from matched boxes and classes to training targets, and from predictions back to boxes and classes.

B images have N anchors and M ground truths each. Samples ``(B, N)`` are 1 for a positive anchor, -1 for a negative
and 0 for one to ignore; what counts is whether they are above 0.5 or below -0.5. Matches ``(B, N)`` are indices of
ground truths, cut to ints; those outside of ``[0, M)`` count as the nearest, so that -1 does no harm. Class ids of
ground truths begin at 0 and leave the background out; encoded classes have the background as 0. Encoded boxes come
with masks that are 1 where there is a target; targets are 0 elsewhere.
"""

from regluon.cv.nn.coder.box import (
    NormalizedBoxCenterDecoder,
    NormalizedBoxCenterEncoder,
    NumPyNormalizedBoxCenterEncoder,
)
from regluon.cv.nn.coder.center_net import CenterNetDecoder
from regluon.cv.nn.coder.label import MultiClassDecoder, MultiClassEncoder, MultiPerClassDecoder, SigmoidClassEncoder
from regluon.cv.nn.coder.per_class import NormalizedPerClassBoxCenterEncoder

__all__ = [
    "CenterNetDecoder",
    "MultiClassDecoder",
    "MultiClassEncoder",
    "MultiPerClassDecoder",
    "NormalizedBoxCenterDecoder",
    "NormalizedBoxCenterEncoder",
    "NormalizedPerClassBoxCenterEncoder",
    "NumPyNormalizedBoxCenterEncoder",
    "SigmoidClassEncoder",
]
