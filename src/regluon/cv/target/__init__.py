"""Targets: what a detector is to predict for each anchor, given the ground truths."""

from regluon.cv.target.center_net import CenterNetTargetGenerator
from regluon.cv.target.mask import MaskTargetGenerator
from regluon.cv.target.rcnn import RCNNTargetGenerator, RCNNTargetSampler
from regluon.cv.target.rpn import RPNTargetGenerator, RPNTargetSampler
from regluon.cv.target.ssd import SSDTargetGenerator
from regluon.cv.target.yolo import (
    YOLOV3DynamicTargetGeneratorSimple,
    YOLOV3PrefetchTargetGenerator,
    YOLOV3TargetMerger,
)

__all__ = [
    "CenterNetTargetGenerator",
    "MaskTargetGenerator",
    "RCNNTargetGenerator",
    "RCNNTargetSampler",
    "RPNTargetGenerator",
    "RPNTargetSampler",
    "SSDTargetGenerator",
    "YOLOV3DynamicTargetGeneratorSimple",
    "YOLOV3PrefetchTargetGenerator",
    "YOLOV3TargetMerger",
]
