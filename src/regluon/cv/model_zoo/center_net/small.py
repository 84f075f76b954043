"""A CenterNet that trains within minutes on two CPU cores."""

from collections.abc import Sequence
from typing import Any

from regluon.cv.model_zoo.center_net.center_net import CenterNet
from regluon.cv.model_zoo.center_net.deconv_dla import DLAUp
from regluon.cv.model_zoo.registry import register_model
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock

__all__ = ["center_net_128_small"]

# One prefix for every instance, so that weights have the same names whatever networks were made before.
PREFIX = "centernet_"

# Channels and stride of the layers of each stage; the stages' maps have strides 4, 8 and 16.
STAGES = (((16, 2), (32, 2), (32, 1)), ((64, 2), (64, 1)), ((96, 2), (96, 1)))


class _SmallBase(HybridBlock):
    """Make maps ever smaller, and join them again from the smallest up."""

    def __init__(self, **names: Any) -> None:
        super().__init__(**names)
        with self.name_scope():
            self.stages = nn.HybridSequential(prefix="")
            for layers in STAGES:
                stage = nn.HybridSequential(prefix="")
                for channels, stride in layers:
                    stage.add(nn.Conv2D(channels, 3, stride, 1, use_bias=False), nn.BatchNorm(), nn.Activation("relu"))
                self.stages.add(stage)
            self.up = DLAUp(0, [layers[-1][0] for layers in STAGES], [1, 2, 4], prefix="up_")

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Return ``(B, 32, H / 4, W / 4)``."""
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return self.up(maps)[0]


@register_model
def center_net_128_small(classes: Sequence[str] = tuple("0123456789"), **kwargs: Any) -> CenterNet:
    """Make a CenterNet for pictures of about 128 x 128 pixels, edges divisible by 16, and objects of 16 to 64.

    Args:
        classes: names of the classes.
        kwargs: further arguments of ``CenterNet``.

    Examples:
        >>> from regluon import nd
        >>> net = center_net_128_small()
        >>> net.initialize()
        >>> [one.shape for one in net(nd.zeros((1, 3, 128, 128)))]
        [(1, 100), (1, 100), (1, 100, 4)]
    """
    arguments = {
        "base_network": _SmallBase(prefix=f"{PREFIX}small_"),
        "heads": {
            "heatmap": {"num_output": len(classes), "bias": -2.19},
            "wh": {"num_output": 2},
            "reg": {"num_output": 2},
        },
        "head_conv_channel": 32,
        "classes": classes,
        "prefix": PREFIX,
    }
    return CenterNet(**{**arguments, **kwargs})
