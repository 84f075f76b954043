"""SqueezeNet (Iandola et al., 2016)."""

import os
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.model_zoo.model_store import ROOT, Pretrained, load_pretrained
from regluon.gluon.model_zoo.vision.registry import register

__all__ = ["SqueezeNet", "get_squeezenet", "squeezenet1_0", "squeezenet1_1"]

# For each version: channels and size of the first convolution; then groups of fire modules, named by the channels that
# they squeeze to, with a pooling before each group.
SPECS: dict[str, tuple[int, int, tuple[tuple[int, ...], ...]]] = {
    "1.0": (96, 7, ((16, 16, 32), (32, 48, 48, 64), (64,))),
    "1.1": (64, 3, ((16, 16), (32, 32), (48, 48, 64, 64))),
}


class SqueezeNet(HybridBlock):
    """Classify pictures ``(B, 3, H, W)`` of about 224 pixels.

    Args:
        version: ``1.0``, or ``1.1``, which is as good in less than half the time.
        classes: number of classes.
        names: ``prefix`` and ``params``.
    """

    def __init__(self, version: str, classes: int = 1000, **names: Any) -> None:
        super().__init__(**names)
        if version not in SPECS:
            raise ArgumentError(f"SqueezeNet: version must be one of {list(SPECS)}, got {version!r}")
        channels, size, groups = SPECS[version]
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            self.features.add(nn.Conv2D(channels, size, 2), nn.Activation("relu"))
            for group in groups:
                self.features.add(nn.MaxPool2D(3, 2, ceil_mode=True), *(_fire(squeezed) for squeezed in group))
            self.features.add(nn.Dropout(0.5))
            self.output = nn.HybridSequential(prefix="")
            self.output.add(nn.Conv2D(classes, 1), nn.Activation("relu"), nn.AvgPool2D(13), nn.Flatten())

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Return scores ``(B, classes)`` of pictures of 224 pixels."""
        return self.output(self.features(x))


def get_squeezenet(
    version: str, pretrained: Pretrained = False, ctx: Any = None, root: str | os.PathLike[str] = ROOT, **kwargs: Any
) -> SqueezeNet:
    """Make a SqueezeNet.

    Args:
        version: ``1.0`` or ``1.1``.
        pretrained: load weights, as ``load_pretrained`` says.
        ctx: devices for them.
        root: folder where they are kept.
        kwargs: further arguments of ``SqueezeNet``.
    """
    net = SqueezeNet(version, **kwargs)
    load_pretrained(net, f"squeezenet{version}", pretrained, root, ctx)
    return net


def squeezenet1_0(**kwargs: Any) -> SqueezeNet:
    """Make SqueezeNet 1.0; arguments as for ``get_squeezenet``."""
    return get_squeezenet("1.0", **kwargs)


def squeezenet1_1(**kwargs: Any) -> SqueezeNet:
    """Make SqueezeNet 1.1; arguments as for ``get_squeezenet``.

    Examples:
        >>> from regluon import nd
        >>> net = squeezenet1_1(classes=10)
        >>> net.initialize()
        >>> net(nd.zeros((1, 3, 224, 224))).shape
        (1, 10)
    """
    return get_squeezenet("1.1", **kwargs)


def _fire(squeezed: int) -> nn.HybridSequential:
    """Make a fire module: few channels, then four times as many of 1x1 convolutions beside as many of 3x3 ones."""
    module = nn.HybridSequential(prefix="")
    module.add(_convolve(squeezed, 1))
    paths = nn.HybridConcatenate(axis=1, prefix="")
    paths.add(_convolve(squeezed * 4, 1), _convolve(squeezed * 4, 3))
    module.add(paths)
    return module


def _convolve(channels: int, size: int) -> nn.HybridSequential:
    """Make a convolution that keeps the size of maps, and a rectifier."""
    part = nn.HybridSequential(prefix="")
    part.add(nn.Conv2D(channels, size, padding=size // 2), nn.Activation("relu"))
    return part


register("squeezenet1.0", squeezenet1_0)
register("squeezenet1.1", squeezenet1_1)
