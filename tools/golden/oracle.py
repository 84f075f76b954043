"""What of MXNet 1.9.1 has to be put right before its answers repeat.

Runs where MXNet is installed.
"""

from __future__ import annotations

from typing import Any

import mxnet as mx
import numpy as np

__all__ = ["mend", "mend_gluoncv", "sort_stably"]


def mend() -> None:
    """Give regions of image -1 zeros: MXNet on CPUs leaves whatever was in memory."""
    align = mx.nd.contrib.ROIAlign

    def aligned(data: Any, rois: Any, *args: Any, **kwargs: Any) -> Any:
        pooled = align(data, rois, *args, **kwargs)
        there = (rois[:, 0] >= 0).reshape((-1, 1, 1, 1)).broadcast_like(pooled)
        return mx.nd.where(there, pooled, mx.nd.zeros_like(pooled))

    mx.nd.contrib.ROIAlign = aligned


def sort_stably() -> None:
    """Let equals stay in their order when indices are sorted: MXNet on CPUs leaves open which comes first."""

    def argsort(data: Any, axis: int = -1, is_ascend: bool = True, dtype: str = "float32") -> Any:
        values = data.asnumpy()
        order = np.argsort(values if is_ascend else -values, axis=axis, kind="stable")
        return mx.nd.array(order, dtype=dtype)

    mx.nd.argsort = argsort


def mend_gluoncv() -> None:
    """Let ``custom_faster_rcnn_fpn`` be Faster R-CNN's: GluonCV's zoo has a double head's there, which cannot run."""
    from gluoncv.model_zoo import model_zoo
    from gluoncv.model_zoo.rcnn.faster_rcnn import faster_rcnn

    model_zoo._models["custom_faster_rcnn_fpn"] = faster_rcnn.custom_faster_rcnn_fpn
