"""Region proposals: boxes that a region proposal network scores and shifts, the best of them without much overlap.

(Ren et al., Faster R-CNN, 2015.)
"""

import math
from typing import Annotated

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.kernels.checks import require
from regluon.kernels.nms import nms_order
from regluon.kernels.precision import at_least_single, single
from regluon.ops.attr import Range
from regluon.ops.registry import Attributes, op

__all__ = ["multi_proposal", "proposal"]

Numbers = tuple[float, ...]
Count = Annotated[int, Range(0)]


def _outputs(attributes: Attributes) -> tuple[str, ...]:
    return ("output", "score") if attributes["output_score"] else ("output",)


@op("_contrib_Proposal", outputs=_outputs, hidden=1, differentiable=False)
def proposal(
    cls_prob: Tensor,
    bbox_pred: Tensor,
    im_info: Tensor,
    rpn_pre_nms_top_n: int = 6000,
    rpn_post_nms_top_n: Count = 300,
    threshold: float = 0.7,
    rpn_min_size: int = 16,
    scales: Numbers = (4.0, 8.0, 16.0, 32.0),
    ratios: Numbers = (0.5, 1.0, 2.0),
    feature_stride: int = 16,
    output_score: bool = False,
    iou_loss: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """Propose regions of one image (MXNet, ``Proposal``); see :func:`multi_proposal`, which takes several."""
    if cls_prob.ndim == 4 and cls_prob.shape[0] != 1:
        raise ShapeError(f"Proposal: cls_prob must be of one image, got {cls_prob.shape[0]}; MultiProposal takes several")
    found = _proposals(
        "Proposal",
        (cls_prob, bbox_pred, im_info),
        (scales, ratios, feature_stride),
        (rpn_min_size, iou_loss),
        (rpn_pre_nms_top_n, rpn_post_nms_top_n, threshold),
    )
    return found if output_score else found[0]
