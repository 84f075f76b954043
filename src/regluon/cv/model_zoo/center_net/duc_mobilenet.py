"""MobileNetV3 whose last map is enlarged by dense upsampling convolutions (Wang et al., 2017)."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from regluon.core.errors import ArgumentError, NotSupportedError
from regluon.cv.model_zoo.center_net.upsample import begin
from regluon.cv.model_zoo.pretrained import ROOT, Pretrained, base_weights
from regluon.cv.model_zoo.registry import get_model
from regluon.cv.nn.block import DUC
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock

__all__ = ["DUCMobilenet", "get_duc_mobilenet", "mobilenetv3_large_duc", "mobilenetv3_small_duc"]


class DUCMobilenet(HybridBlock):
    """Make one map of pictures; GluonCV's ``DUCMobilenet``.

    Args:
        base_network: name of a MobileNet.
        up_filters: channels of each convolution that enlarges.
        up_scales: by how much; channels are divided by its square.
        pretrained_base: weights of the MobileNet; None takes those that are on this machine.
        norm_layer: ``BatchNorm``; there is no other here.
        norm_kwargs: accepted for GluonCV's sake.
        ctx: devices for the weights.
        root: folder where they are kept.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        base_network: str = "mobilenetv3_small",
        up_filters: Sequence[int] = (512, 256, 128),
        up_scales: Sequence[int] = (2, 2, 2),
        pretrained_base: Pretrained = None,
        norm_layer: Callable[..., HybridBlock] = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,  # noqa: ARG002
        ctx: Any = None,
        root: str | os.PathLike[str] = ROOT,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        if norm_layer is not nn.BatchNorm:
            raise NotSupportedError(f"DUCMobilenet: norm_layer must be BatchNorm, got {norm_layer.__name__}")
        if "mobilenet" not in base_network:
            raise ArgumentError(f"DUCMobilenet: base_network must be a MobileNet, got {base_network!r}")
        weights = base_weights(base_network, pretrained_base, root)
        net: Any = get_model(base_network, pretrained=weights, ctx=ctx, root=root)
        end = [type(one) for one in net.features].index(nn.GlobalAvgPool2D)
        with self.name_scope():
            self.feature = net.features[:end]
            self.upsampling = nn.HybridSequential(prefix="upsampling_")
            for channels, scale in zip(up_filters, up_scales, strict=True):
                self.upsampling.add(DUC(channels, scale))

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Return ``(B, C, H / 4, W / 4)`` of pictures ``(B, 3, H, W)``."""
        return self.upsampling(self.feature(x))


def get_duc_mobilenet(
    base_network: str, pretrained: Pretrained = False, ctx: Any = None, **kwargs: Any
) -> DUCMobilenet:
    """Make a MobileNet whose last map is enlarged, ready to run.

    Args:
        base_network: name of the MobileNet.
        pretrained: weights of it.
        ctx: devices for the weights.
        kwargs: further arguments of ``DUCMobilenet``.
    """
    net = DUCMobilenet(base_network, pretrained_base=pretrained, ctx=ctx, **kwargs)
    begin(net, ctx)
    return net


def mobilenetv3_large_duc(**kwargs: Any) -> DUCMobilenet:
    """Make a large MobileNetV3 whose last map is enlarged; arguments as for ``get_duc_mobilenet`` after the first."""
    return get_duc_mobilenet("mobilenetv3_large", up_filters=(512, 256, 256), up_scales=(2, 2, 2), **kwargs)


def mobilenetv3_small_duc(**kwargs: Any) -> DUCMobilenet:
    """Make a small MobileNetV3 whose last map is enlarged; arguments as there."""
    return get_duc_mobilenet("mobilenetv3_small", up_filters=(512, 256, 128), up_scales=(2, 2, 2), **kwargs)
