"""An SSD that trains within minutes on two CPU cores."""

from collections.abc import Sequence
from typing import Any

from regluon.cv.model_zoo.registry import register_model
from regluon.cv.model_zoo.ssd.ssd import SSD
from regluon.gluon import nn

__all__ = ["ssd_128_small"]

# One prefix for every instance, so that weights have the same names whatever networks were made before.
PREFIX = "ssd_"


@register_model
def ssd_128_small(classes: Sequence[str] = tuple("0123456789"), **kwargs: Any) -> SSD:
    """Make an SSD for pictures of about 128 x 128 pixels and objects of 16 to 64.

    Args:
        classes: names of the classes.
        kwargs: further arguments of ``SSD``.

    Examples:
        >>> from regluon import nd
        >>> net = ssd_128_small()
        >>> net.initialize()
        >>> [one.shape for one in net(nd.zeros((1, 3, 128, 128)))]
        [(1, 100, 1), (1, 100, 1), (1, 100, 4)]
    """
    backbone = _backbone()
    arguments = {
        "network": backbone,
        "base_size": 128,
        "features": [f"{backbone.prefix}{name}_fwd" for name in ("relu4", "relu6")],
        "num_filters": [96],
        "sizes": [20, 32, 48, 72],
        "ratios": [(1.0, 0.6)] * 3,
        "steps": [8, 16, 32],
        "min_depth": 48,
        "anchor_alloc_size": 64,
        "classes": classes,
        "prefix": PREFIX,
    }
    return SSD(**{**arguments, **kwargs})


def _backbone() -> nn.HybridSequential:
    """Stack convolutions that halve the map four times; the fifth has stride 8, the seventh 16."""
    net = nn.HybridSequential(prefix=f"{PREFIX}small_")
    with net.name_scope():
        for channels, stride in ((16, 2), (32, 2), (32, 1), (64, 2), (64, 1), (96, 2), (96, 1)):
            net.add(nn.Conv2D(channels, 3, stride, 1, use_bias=False), nn.BatchNorm(), nn.Activation("relu"))
    return net
