"""Operators of MXNet's ``contrib``: detection, resizing, quantisation."""

from regluon.ops.contrib import (
    batch_norm,
    bipartite_matching,
    box_coding,
    box_iou,
    box_nms,
    elementwise,
    index,
    interleaved_matmul,
    left_out,
    multibox_detection,
    multibox_prior,
    multibox_target,
    quantized,
    resize,
    roi_align,
    sparse_embedding,
)

__all__ = [
    "batch_norm",
    "bipartite_matching",
    "box_coding",
    "box_iou",
    "box_nms",
    "elementwise",
    "index",
    "interleaved_matmul",
    "left_out",
    "multibox_detection",
    "multibox_prior",
    "multibox_target",
    "quantized",
    "resize",
    "roi_align",
    "sparse_embedding",
]
