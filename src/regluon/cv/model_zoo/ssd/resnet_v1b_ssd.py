"""ResNet v1b as the backbone of an SSD."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.cv.model_zoo.registry import get_model
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock
from regluon.initializer import Xavier

__all__ = ["ResNetV1bSSD", "resnet34_v1b_ssd"]


class ResNetV1bSSD(HybridBlock):
    """Turn pictures ``(B, 3, H, W)`` into maps of strides 8, 16 and so on; its fourth stage has a map of stride 16.

    Args:
        network: name of a ResNet of kind v1b.
        add_filters: channels of further maps.
        norm_layer: class of the normalisations.
        norm_kwargs: arguments of it.
        use_bn: normalise in the further layers.
        reduce_ratio: channels of their 1x1 convolutions relative to those of the map.
        min_depth: the least number of channels of these.
        kwargs: further arguments of the ResNet.
    """

    def __init__(
        self,
        network: str,
        add_filters: Sequence[int],
        norm_layer: Callable[..., HybridBlock] = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        use_bn: bool = False,
        reduce_ratio: float = 1.0,
        min_depth: int = 128,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        if not network.endswith("v1b"):
            raise ArgumentError(f"ResNetV1bSSD: network must be a ResNet of kind v1b, got {network!r}")
        base: Any = get_model(network, norm_layer=norm_layer, norm_kwargs=norm_kwargs, **kwargs)
        with self.name_scope():
            self.stage1 = nn.HybridSequential(prefix="stage1")
            self.stage1.add(base.conv1, base.bn1, base.relu, base.maxpool, base.layer1, base.layer2)
            # The third stage of a ResNet halves the size; here it is not to.
            first = base.layer3[0]
            for convolution in (first.conv1, first.conv2, first.downsample[0]):
                convolution._kwargs["stride"] = (1, 1)
            self.stage2 = nn.HybridSequential(prefix="stage2")
            self.stage2.add(base.layer3, base.layer4)
            self.more_stages = nn.HybridSequential(prefix="more_stages")
            for i, channels in enumerate(add_filters):
                stage = nn.HybridSequential(prefix=f"more_stages_{i}")
                between = max(min_depth, round(channels * reduce_ratio))
                # Of pictures of 300 pixels, the last map is to be one cell.
                padding = 0 if i == len(add_filters) - 1 else 1
                for width, size, stride, pad in ((between, 1, 1, 0), (channels, 3, 2, padding)):
                    beginning = Xavier(rnd_type="gaussian", factor_type="out", magnitude=2)
                    stage.add(nn.Conv2D(width, size, stride, pad, use_bias=not use_bn, weight_initializer=beginning))
                    if use_bn:
                        stage.add(norm_layer(**(norm_kwargs or {})))
                    stage.add(nn.Activation("relu"))
                self.more_stages.add(stage)

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Return the maps, the finest first."""
        maps = []
        for part in (self.stage1, self.stage2, *self.more_stages):
            x = part(x)
            maps.append(x)
        return maps


def resnet34_v1b_ssd(**kwargs: Any) -> ResNetV1bSSD:
    """Make the ResNet for SSDs of pictures of 300 pixels; arguments as for ``ResNetV1bSSD`` after the first two."""
    return ResNetV1bSSD("resnet34_v1b", (256, 256, 128, 128), **kwargs)
