"""MobileNet (Howard et al., 2017) and MobileNetV2 (Sandler et al., 2018)."""

import os
from collections.abc import Callable, Mapping
from typing import Any

from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.model_zoo.model_store import ROOT, Pretrained, load_pretrained
from regluon.gluon.model_zoo.vision.registry import register

__all__ = [
    "LinearBottleneck",
    "MobileNet",
    "MobileNetV2",
    "ReLU6",
    "get_mobilenet",
    "get_mobilenet_v2",
    "mobilenet0_5",
    "mobilenet0_25",
    "mobilenet0_75",
    "mobilenet1_0",
    "mobilenet_v2_0_5",
    "mobilenet_v2_0_25",
    "mobilenet_v2_0_75",
    "mobilenet_v2_1_0",
]

# Channels and stride of each pair of a depthwise and a 1x1 convolution.
V1_PAIRS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *((512, 1),) * 5, (1024, 2), (1024, 1))

# Expansion, channels, number and first stride of the bottlenecks of each stage.
V2_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


class MobileNet(HybridBlock):
    """Classify pictures ``(B, 3, H, W)``.

    Args:
        multiplier: of all channels.
        classes: number of classes.
        norm_layer: class of the normalisations.
        norm_kwargs: arguments of it.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        multiplier: float = 1.0,
        classes: int = 1000,
        norm_layer: Callable[..., HybridBlock] = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            width = int(32 * multiplier)
            _add(self.features, width, norm_layer, norm_kwargs, 3, 2)
            for channels, stride in V1_PAIRS:
                _add(self.features, width, norm_layer, norm_kwargs, 3, stride, width)
                width = int(channels * multiplier)
                _add(self.features, width, norm_layer, norm_kwargs)
            self.features.add(nn.GlobalAvgPool2D(), nn.Flatten())
            self.output = nn.Dense(classes)

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Return scores ``(B, classes)``."""
        return self.output(self.features(x))


class MobileNetV2(HybridBlock):
    """Classify pictures ``(B, 3, H, W)``.

    Args:
        multiplier: of all channels but the last, which it can only widen.
        classes: number of classes.
        norm_layer: class of the normalisations.
        norm_kwargs: arguments of it.
        widen_always: as for ``LinearBottleneck``.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        multiplier: float = 1.0,
        classes: int = 1000,
        norm_layer: Callable[..., HybridBlock] = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        widen_always: bool = True,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="features_")
            with self.features.name_scope():
                width = int(32 * multiplier)
                _add(self.features, width, norm_layer, norm_kwargs, 3, 2, active=ReLU6)
                for expansion, channels, count, first in V2_STAGES:
                    for i in range(count):
                        before, width, stride = width, int(channels * multiplier), first if i == 0 else 1
                        self.features.add(
                            LinearBottleneck(before, width, expansion, stride, norm_layer, norm_kwargs, widen_always)
                        )
                _add(self.features, int(1280 * max(multiplier, 1.0)), norm_layer, norm_kwargs, active=ReLU6)
                self.features.add(nn.GlobalAvgPool2D())
            self.output = nn.HybridSequential(prefix="output_")
            with self.output.name_scope():
                self.output.add(nn.Conv2D(classes, 1, use_bias=False, prefix="pred_"), nn.Flatten())

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Return scores ``(B, classes)``."""
        return self.output(self.features(x))


class LinearBottleneck(HybridBlock):
    """Widen by a 1x1 convolution, filter each channel on its own, narrow without a rectifier.

    Args:
        in_channels: number of input channels.
        channels: number of output channels; the input is added where they are as many and ``stride`` is 1.
        t: channels in between, in input channels.
        stride: step of the filters.
        norm_layer: class of the normalisations.
        norm_kwargs: arguments of it.
        widen_always: have the first convolution even where ``t`` is 1, as in MXNet's zoo; GluonCV's has none there.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        t: int,
        stride: int,
        norm_layer: Callable[..., HybridBlock] = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        widen_always: bool = True,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        self.use_shortcut = stride == 1 and in_channels == channels
        between = in_channels * t
        with self.name_scope():
            self.out = nn.HybridSequential()
            if t != 1 or widen_always:
                _add(self.out, between, norm_layer, norm_kwargs, active=ReLU6)
            _add(self.out, between, norm_layer, norm_kwargs, 3, stride, between, ReLU6)
            _add(self.out, channels, norm_layer, norm_kwargs, active=None)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return ``(B, channels, H / stride, W / stride)``."""
        out = self.out(x)
        return F.elemwise_add(out, x) if self.use_shortcut else out


class ReLU6(HybridBlock):
    """Cut every element off at 0 and 6.

    Examples:
        >>> from regluon import nd
        >>> ReLU6()(nd.array([-1, 2, 7])).asnumpy()
        array([0., 2., 6.], dtype=float32)
    """

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Cut."""
        return F.clip(x, a_min=0, a_max=6, name="relu6")


def get_mobilenet(
    multiplier: float,
    pretrained: Pretrained = False,
    ctx: Any = None,
    root: str | os.PathLike[str] = ROOT,
    norm_layer: Callable[..., HybridBlock] = nn.BatchNorm,
    norm_kwargs: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> MobileNet:
    """Make a MobileNet.

    Args:
        multiplier: of all channels; there are weights for 1.0, 0.75, 0.5 and 0.25.
        pretrained: load weights, as ``load_pretrained`` says.
        ctx: devices for them.
        root: folder where they are kept.
        norm_layer: class of the normalisations.
        norm_kwargs: arguments of it.
        kwargs: further arguments of ``MobileNet``.
    """
    net = MobileNet(multiplier, norm_layer=norm_layer, norm_kwargs=norm_kwargs, **kwargs)
    load_pretrained(net, f"mobilenet{float(multiplier)}", pretrained, root, ctx)
    return net


def get_mobilenet_v2(
    multiplier: float,
    pretrained: Pretrained = False,
    ctx: Any = None,
    root: str | os.PathLike[str] = ROOT,
    norm_layer: Callable[..., HybridBlock] = nn.BatchNorm,
    norm_kwargs: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> MobileNetV2:
    """Make a MobileNetV2; arguments as for ``get_mobilenet``, the further ones those of ``MobileNetV2``."""
    net = MobileNetV2(multiplier, norm_layer=norm_layer, norm_kwargs=norm_kwargs, **kwargs)
    load_pretrained(net, f"mobilenetv2_{float(multiplier)}", pretrained, root, ctx)
    return net


def mobilenet1_0(**kwargs: Any) -> MobileNet:
    """Make the MobileNet of all channels; arguments as for ``get_mobilenet``.

    Examples:
        >>> from regluon import nd
        >>> net = mobilenet1_0(classes=10)
        >>> net.initialize()
        >>> net(nd.zeros((1, 3, 32, 32))).shape
        (1, 10)
    """
    return get_mobilenet(1.0, **kwargs)


def mobilenet0_75(**kwargs: Any) -> MobileNet:
    """Make the MobileNet of 3/4 of the channels; arguments as for ``get_mobilenet``."""
    return get_mobilenet(0.75, **kwargs)


def mobilenet0_5(**kwargs: Any) -> MobileNet:
    """Make the MobileNet of half the channels; arguments as for ``get_mobilenet``."""
    return get_mobilenet(0.5, **kwargs)


def mobilenet0_25(**kwargs: Any) -> MobileNet:
    """Make the MobileNet of a quarter of the channels; arguments as for ``get_mobilenet``."""
    return get_mobilenet(0.25, **kwargs)


def mobilenet_v2_1_0(**kwargs: Any) -> MobileNetV2:
    """Make the MobileNetV2 of all channels; arguments as for ``get_mobilenet_v2``."""
    return get_mobilenet_v2(1.0, **kwargs)


def mobilenet_v2_0_75(**kwargs: Any) -> MobileNetV2:
    """Make the MobileNetV2 of 3/4 of the channels; arguments as for ``get_mobilenet_v2``."""
    return get_mobilenet_v2(0.75, **kwargs)


def mobilenet_v2_0_5(**kwargs: Any) -> MobileNetV2:
    """Make the MobileNetV2 of half the channels; arguments as for ``get_mobilenet_v2``."""
    return get_mobilenet_v2(0.5, **kwargs)


def mobilenet_v2_0_25(**kwargs: Any) -> MobileNetV2:
    """Make the MobileNetV2 of a quarter of the channels; arguments as for ``get_mobilenet_v2``."""
    return get_mobilenet_v2(0.25, **kwargs)


def _add(
    net: nn.HybridSequential,
    channels: int,
    norm_layer: Callable[..., HybridBlock],
    norm_kwargs: Mapping[str, Any] | None,
    kernel: int = 1,
    stride: int = 1,
    groups: int = 1,
    active: Callable[[], HybridBlock] | None = lambda: nn.Activation("relu"),
) -> None:
    """Append a convolution that keeps or divides the size, a normalisation and an activation."""
    net.add(
        nn.Conv2D(channels, kernel, stride, kernel // 2, groups=groups, use_bias=False),
        norm_layer(**{"scale": True, **(norm_kwargs or {})}),
    )
    if active is not None:
        net.add(active())


register("mobilenet1.0", mobilenet1_0)
register("mobilenet0.75", mobilenet0_75)
register("mobilenet0.5", mobilenet0_5)
register("mobilenet0.25", mobilenet0_25)
register("mobilenetv2_1.0", mobilenet_v2_1_0)
register("mobilenetv2_0.75", mobilenet_v2_0_75)
register("mobilenetv2_0.5", mobilenet_v2_0_5)
register("mobilenetv2_0.25", mobilenet_v2_0_25)
