"""A Faster R-CNN that trains within minutes on two CPU cores."""

from collections.abc import Sequence
from typing import Any

from regluon.cv.model_zoo.rcnn.faster_rcnn import FasterRCNN
from regluon.cv.model_zoo.registry import register_model
from regluon.gluon import nn

__all__ = ["faster_rcnn_128_small"]

# One prefix for every instance, so that weights have the same names whatever networks were made before.
PREFIX = "fasterrcnn_"


@register_model
def faster_rcnn_128_small(classes: Sequence[str] = tuple("0123456789"), **kwargs: Any) -> FasterRCNN:
    """Make a Faster R-CNN for pictures of about 128 x 128 pixels and objects of 16 to 64.

    Args:
        classes: names of the classes.
        kwargs: further arguments of ``FasterRCNN``.

    Examples:
        >>> from regluon import nd
        >>> net = faster_rcnn_128_small()
        >>> net.initialize()
        >>> [one.shape for one in net(nd.zeros((1, 3, 128, 128)))]
        [(1, 400, 1), (1, 400, 1), (1, 400, 4)]
    """
    features = nn.HybridSequential(prefix=f"{PREFIX}small_")
    with features.name_scope():
        for channels, stride in ((16, 2), (32, 2), (32, 1), (64, 2), (64, 1), (96, 1)):
            features.add(nn.Conv2D(channels, 3, stride, 1, use_bias=False), nn.BatchNorm(), nn.Activation("relu"))
    head = nn.HybridSequential(prefix=f"{PREFIX}head_")
    with head.name_scope():
        head.add(nn.Dense(128, activation="relu"))
    arguments = {
        "features": features,
        "top_features": None,
        "box_features": head,
        "classes": classes,
        "roi_size": (5, 5),
        "strides": 8,
        "base_size": 8,
        "scales": (3, 4.5, 6.5),
        "ratios": (1, 1.7),
        "alloc_size": (64, 64),
        "rpn_channel": 64,
        "rpn_train_pre_nms": 400,
        "rpn_train_post_nms": 80,
        "rpn_test_pre_nms": 400,
        "rpn_test_post_nms": 40,
        "rpn_min_size": 8,
        "num_sample": 32,
        "prefix": PREFIX,
    }
    return FasterRCNN(**{**arguments, **kwargs})
