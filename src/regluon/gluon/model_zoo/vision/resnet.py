"""ResNet of the first kind (He et al., 2015), where a block ends with ReLU, and of the second (2016), which begins so.

With ``use_se`` each block weighs its channels as in Squeeze-and-Excitation Networks (Hu et al., 2017).
"""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.model_zoo.model_store import ROOT, Pretrained, load_pretrained
from regluon.gluon.model_zoo.vision.registry import register
from regluon.gluon.model_zoo.vision.residual import (
    BasicBlockV1,
    BasicBlockV2,
    BottleneckV1,
    BottleneckV2,
    Norm,
    conv3x3,
)

__all__ = [
    "BasicBlockV1",
    "BasicBlockV2",
    "BottleneckV1",
    "BottleneckV2",
    "ResNetV1",
    "ResNetV2",
    "get_resnet",
    "resnet18_v1",
    "resnet18_v2",
    "resnet34_v1",
    "resnet34_v2",
    "resnet50_v1",
    "resnet50_v2",
    "resnet101_v1",
    "resnet101_v2",
    "resnet152_v1",
    "resnet152_v2",
    "se_resnet18_v1",
    "se_resnet18_v2",
    "se_resnet34_v1",
    "se_resnet34_v2",
    "se_resnet50_v1",
    "se_resnet50_v2",
    "se_resnet101_v1",
    "se_resnet101_v2",
    "se_resnet152_v1",
    "se_resnet152_v2",
]


class _ResNet(HybridBlock):
    """A stem, four stages of blocks, and a classifier; ``SECOND`` tells the two kinds apart."""

    SECOND = False

    def __init__(
        self,
        block: Callable[..., HybridBlock],
        layers: Sequence[int],
        channels: Sequence[int],
        classes: int = 1000,
        thumbnail: bool = False,
        last_gamma: bool = False,
        use_se: bool = False,
        norm_layer: Norm = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        if len(channels) != len(layers) + 1:
            raise ArgumentError(
                f"{type(self).__name__}: channels must be one more than layers, got {len(channels)} for {len(layers)}"
            )
        norm = partial(norm_layer, **(norm_kwargs or {}))
        made = partial(block, last_gamma=last_gamma, use_se=use_se, norm_layer=norm_layer, norm_kwargs=norm_kwargs)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            if self.SECOND:
                self.features.add(norm(scale=False, center=False))
            if thumbnail:
                self.features.add(conv3x3(channels[0], 1, 0))
            else:
                self.features.add(nn.Conv2D(channels[0], 7, 2, 3, use_bias=False), norm())
                self.features.add(nn.Activation("relu"), nn.MaxPool2D(3, 2, 1))
            for i, count in enumerate(layers):
                self.features.add(_stage(made, count, channels[i + 1], 2 if i else 1, i + 1, channels[i]))
            if self.SECOND:
                self.features.add(norm(), nn.Activation("relu"), nn.GlobalAvgPool2D(), nn.Flatten())
            else:
                self.features.add(nn.GlobalAvgPool2D())
            self.output = nn.Dense(classes, in_units=channels[-1])

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Compute scores ``(B, classes)``, before softmax, of pictures ``(B, 3, H, W)``."""
        return self.output(self.features(x))


class ResNetV1(_ResNet):
    """Classify pictures with a ResNet of the first kind.

    Args:
        block: class of the blocks, ``BasicBlockV1`` or ``BottleneckV1``.
        layers: blocks in each stage.
        channels: of the stem, then of each stage.
        classes: how many there are.
        thumbnail: begin with one 3x3 convolution, for small pictures.
        last_gamma: start the last normalisation of each block at zero.
        use_se: weigh the channels in each block.
        norm_layer: makes the layers that normalise.
        norm_kwargs: arguments for them.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> net = ResNetV1(BasicBlockV1, [1, 1], [8, 8, 16], classes=10)
        >>> net.initialize()
        >>> net(nd.zeros((1, 3, 32, 32))).shape
        (1, 10)
    """


class ResNetV2(_ResNet):
    """Classify pictures with a ResNet of the second kind; arguments as for ``ResNetV1``.

    Examples:
        >>> from regluon import nd
        >>> net = ResNetV2(BottleneckV2, [1, 1], [8, 16, 32], classes=10, thumbnail=True)
        >>> net.initialize()
        >>> net(nd.zeros((1, 3, 16, 16))).shape
        (1, 10)
    """

    SECOND = True


def _stage(
    block: Callable[..., HybridBlock], count: int, channels: int, stride: int, number: int, in_channels: int
) -> nn.HybridSequential:
    """Stack blocks, the first of which has the stride and changes the channels."""
    stage = nn.HybridSequential(prefix=f"stage{number}_")
    with stage.name_scope():
        stage.add(block(channels, stride, channels != in_channels, in_channels=in_channels, prefix=""))
        for _ in range(count - 1):
            stage.add(block(channels, 1, False, in_channels=channels, prefix=""))
    return stage


#: Whether blocks are bottlenecks, blocks in each stage, channels; by the number of layers.
_SIZES: dict[int, tuple[bool, list[int], list[int]]] = {
    18: (False, [2, 2, 2, 2], [64, 64, 128, 256, 512]),
    34: (False, [3, 4, 6, 3], [64, 64, 128, 256, 512]),
    50: (True, [3, 4, 6, 3], [64, 256, 512, 1024, 2048]),
    101: (True, [3, 4, 23, 3], [64, 256, 512, 1024, 2048]),
    152: (True, [3, 8, 36, 3], [64, 256, 512, 1024, 2048]),
}
_KINDS = {1: (ResNetV1, BasicBlockV1, BottleneckV1), 2: (ResNetV2, BasicBlockV2, BottleneckV2)}


def get_resnet(
    version: int,
    num_layers: int,
    pretrained: Pretrained = False,
    ctx: Any = None,
    root: str | os.PathLike[str] = ROOT,
    use_se: bool = False,
    **kwargs: Any,
) -> HybridBlock:
    """Make a ResNet.

    Args:
        version: 1 or 2.
        num_layers: 18, 34, 50, 101 or 152.
        pretrained: weights to load, as for ``load_pretrained``.
        ctx: devices for them.
        root: folder where they are kept.
        use_se: weigh the channels in each block.
        kwargs: further arguments of ``ResNetV1``.
    """
    if version not in _KINDS:
        raise ArgumentError(f"get_resnet: version must be one of 1, 2, got {version!r}")
    if num_layers not in _SIZES:
        raise ArgumentError(f"get_resnet: num_layers must be one of {', '.join(map(str, _SIZES))}, got {num_layers!r}")
    network, basic, bottleneck = _KINDS[version]
    deep, layers, channels = _SIZES[num_layers]
    net = network(bottleneck if deep else basic, layers, channels, use_se=use_se, **kwargs)
    load_pretrained(net, f"{'se_' if use_se else ''}resnet{num_layers}_v{version}", pretrained, root, ctx)
    return net


def _named(version: int, num_layers: int, use_se: bool = False) -> Callable[..., HybridBlock]:
    """Return the function that makes one of the networks, and register it if it is MXNet's."""

    def make(
        pretrained: Pretrained = False, root: str | os.PathLike[str] = ROOT, ctx: Any = None, **kwargs: Any
    ) -> HybridBlock:
        return get_resnet(version, num_layers, pretrained, ctx, root, use_se, **kwargs)

    make.__name__ = make.__qualname__ = f"{'se_' if use_se else ''}resnet{num_layers}_v{version}"
    make.__doc__ = f"""Make a {"SE-" if use_se else ""}ResNet of kind {version} with {num_layers} layers.

    Args:
        pretrained: weights to load, as for ``load_pretrained``.
        root: folder where they are kept.
        ctx: devices for them.
        kwargs: arguments of ``ResNetV{version}``, such as ``classes``.
    """
    return make if use_se else register(make.__name__, make)


resnet18_v1 = _named(1, 18)
resnet34_v1 = _named(1, 34)
resnet50_v1 = _named(1, 50)
resnet101_v1 = _named(1, 101)
resnet152_v1 = _named(1, 152)
resnet18_v2 = _named(2, 18)
resnet34_v2 = _named(2, 34)
resnet50_v2 = _named(2, 50)
resnet101_v2 = _named(2, 101)
resnet152_v2 = _named(2, 152)
se_resnet18_v1 = _named(1, 18, use_se=True)
se_resnet34_v1 = _named(1, 34, use_se=True)
se_resnet50_v1 = _named(1, 50, use_se=True)
se_resnet101_v1 = _named(1, 101, use_se=True)
se_resnet152_v1 = _named(1, 152, use_se=True)
se_resnet18_v2 = _named(2, 18, use_se=True)
se_resnet34_v2 = _named(2, 34, use_se=True)
se_resnet50_v2 = _named(2, 50, use_se=True)
se_resnet101_v2 = _named(2, 101, use_se=True)
se_resnet152_v2 = _named(2, 152, use_se=True)
