"""Kernels: the sequential loops behind operators, as torch custom ops with compiled CPU code and a plain-torch twin."""

from regluon.kernels.matching import bipartite_match, bipartite_match_plain
from regluon.kernels.nms import nms_order, nms_order_plain

__all__ = ["bipartite_match", "bipartite_match_plain", "nms_order", "nms_order_plain"]
