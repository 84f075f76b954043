"""Darknet-53 (Redmon and Farhadi, 2018), what YOLOv3 looks at pictures with."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.cv.model_zoo.pretrained import ROOT, Pretrained, load_pretrained
from regluon.cv.model_zoo.registry import register_model
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock

__all__ = ["DarknetBasicBlockV3", "DarknetV3", "darknet53", "darknet_unit", "get_darknet"]

# For each version and number of layers: residual blocks of each stage; channels of the first layer and each stage.
SPECS: dict[str, dict[int, tuple[tuple[int, ...], tuple[int, ...]]]] = {
    "v3": {53: ((1, 2, 8, 8, 4), (32, 64, 128, 256, 512, 1024))}
}


class DarknetV3(HybridBlock):
    """Classify pictures ``(B, 3, H, W)``.

    ``features`` is a chain whose stages, of strides 2 to 32, end with the children 2, 5, 14, 23 and 28.

    Args:
        layers: number of residual blocks of each stage.
        channels: channels of the first layer, then of each stage; even numbers.
        classes: number of classes.
        norm_layer: class of the normalisations.
        norm_kwargs: arguments of it.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        layers: Sequence[int],
        channels: Sequence[int],
        classes: int = 1000,
        norm_layer: Callable[..., HybridBlock] = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        if len(layers) != len(channels) - 1:
            raise ArgumentError(
                f"DarknetV3: channels must be one more than the {len(layers)} layers, got {len(channels)}"
            )
        if any(width % 2 for width in channels[1:]):
            raise ArgumentError(f"DarknetV3: channels after the first must be even, got {tuple(channels)}")
        with self.name_scope():
            self.features = nn.HybridSequential()
            self.features.add(darknet_unit(channels[0], 3, 1, 1, norm_layer, norm_kwargs))
            for count, width in zip(layers, channels[1:], strict=True):
                self.features.add(darknet_unit(width, 3, 1, 2, norm_layer, norm_kwargs))
                for _ in range(count):
                    self.features.add(DarknetBasicBlockV3(width // 2, norm_layer, norm_kwargs))
            self.output = nn.Dense(classes)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return scores ``(B, classes)``."""
        return self.output(F.Pooling(self.features(x), kernel=(7, 7), global_pool=True, pool_type="avg"))


class DarknetBasicBlockV3(HybridBlock):
    """Halve the channels by a 1x1 convolution, double them by a 3x3 one and add the input.

    Args:
        channel: channels in between.
        norm_layer: class of the normalisations.
        norm_kwargs: arguments of it.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        channel: int,
        norm_layer: Callable[..., HybridBlock] = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        self.body = nn.HybridSequential(prefix="")
        self.body.add(
            darknet_unit(channel, 1, 0, 1, norm_layer, norm_kwargs),
            darknet_unit(channel * 2, 3, 1, 1, norm_layer, norm_kwargs),
        )

    def hybrid_forward(self, F: Any, x: Any, *args: Any) -> Any:  # noqa: ARG002
        """Return a map of the input's shape."""
        return self.body(x) + x


def darknet_unit(
    channel: int,
    kernel: int,
    padding: int,
    stride: int,
    norm_layer: Callable[..., HybridBlock] = nn.BatchNorm,
    norm_kwargs: Mapping[str, Any] | None = None,
) -> nn.HybridSequential:
    """Make a convolution, a normalisation and a leaky rectifier.

    Args:
        channel: number of output channels.
        kernel: size of the kernel.
        padding: zeros put around the map.
        stride: step of the kernel.
        norm_layer: class of the normalisation.
        norm_kwargs: arguments of it.
    """
    unit = nn.HybridSequential(prefix="")
    unit.add(
        nn.Conv2D(channel, kernel, stride, padding, use_bias=False),
        norm_layer(**{"epsilon": 1e-5, "momentum": 0.9, **(norm_kwargs or {})}),
        nn.LeakyReLU(0.1),
    )
    return unit


def get_darknet(
    darknet_version: str,
    num_layers: int,
    pretrained: Pretrained = False,
    ctx: Any = None,
    root: str | os.PathLike[str] = ROOT,
    **kwargs: Any,
) -> DarknetV3:
    """Make a Darknet.

    Args:
        darknet_version: ``v3``.
        num_layers: 53.
        pretrained: load weights, as ``load_pretrained`` says.
        ctx: devices for them.
        root: folder where they are kept.
        kwargs: arguments of ``DarknetV3``.
    """
    if darknet_version not in SPECS:
        raise ArgumentError(f"get_darknet: darknet_version must be one of {list(SPECS)}, got {darknet_version!r}")
    specs = SPECS[darknet_version]
    if num_layers not in specs:
        raise ArgumentError(f"get_darknet: num_layers must be one of {list(specs)}, got {num_layers}")
    net = DarknetV3(*specs[num_layers], **kwargs)
    load_pretrained(net, f"darknet{num_layers}", pretrained, root, ctx)
    return net


@register_model
def darknet53(**kwargs: Any) -> DarknetV3:
    """Make Darknet-53, with the arguments of ``get_darknet`` after the first two.

    Examples:
        >>> from regluon import nd
        >>> net = darknet53(classes=10)
        >>> net.initialize()
        >>> [net.features[:end](nd.zeros((1, 3, 32, 32))).shape for end in (15, 24, 29)]
        [(1, 256, 4, 4), (1, 512, 2, 2), (1, 1024, 1, 1)]
    """
    return get_darknet("v3", 53, **kwargs)
