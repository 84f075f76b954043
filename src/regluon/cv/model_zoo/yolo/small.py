"""A YOLOv3 that trains within minutes on two CPU cores."""

from collections.abc import Sequence
from typing import Any

from regluon.cv.model_zoo.backbones.darknet import darknet_unit
from regluon.cv.model_zoo.registry import register_model
from regluon.cv.model_zoo.yolo.yolo3 import YOLOV3
from regluon.gluon import nn

__all__ = ["yolo3_128_small"]

# One prefix for every instance, so that weights have the same names whatever networks were made before.
PREFIX = "yolo3_"

# Channels and stride of the layers of each stage; the stages' maps have strides 8 and 16.
STAGES = (((16, 2), (32, 2), (32, 1), (64, 2), (64, 1)), ((96, 2), (96, 1)))


@register_model
def yolo3_128_small(classes: Sequence[str] = tuple("0123456789"), **kwargs: Any) -> YOLOV3:
    """Make a YOLOv3 for pictures of about 128 x 128 pixels and objects of 16 to 64.

    Args:
        classes: names of the classes.
        kwargs: further arguments of ``YOLOV3``.

    Examples:
        >>> from regluon import nd
        >>> net = yolo3_128_small()
        >>> net.initialize()
        >>> [one.shape for one in net(nd.zeros((1, 3, 128, 128)))]
        [(1, 100, 1), (1, 100, 1), (1, 100, 4)]
    """
    stages = []
    for i, layers in enumerate(STAGES):
        stage = nn.HybridSequential(prefix=f"{PREFIX}small{i}_")
        with stage.name_scope():
            for channels, stride in layers:
                stage.add(darknet_unit(channels, 3, 1, stride))
        stages.append(stage)
    arguments = {
        "stages": stages,
        "channels": [64, 48],
        "anchors": [[18, 22, 24, 30], [34, 38, 40, 52]],
        "strides": [8, 16],
        "alloc_size": (64, 64),
        "ignore_iou_thresh": 0.5,
        "classes": classes,
        "prefix": PREFIX,
    }
    return YOLOV3(**{**arguments, **kwargs})
