"""ResNet for pictures of 32 x 32 pixels (He et al., 2015, section 4.2; 2016)."""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.cv.model_zoo.pretrained import ROOT, Pretrained, load_pretrained
from regluon.cv.model_zoo.registry import register
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.model_zoo.vision.resnet import BasicBlockV1

__all__ = [
    "CIFARBasicBlockV1",
    "CIFARBasicBlockV2",
    "CIFARResNetV1",
    "CIFARResNetV2",
    "cifar_resnet20_v1",
    "cifar_resnet20_v2",
    "cifar_resnet56_v1",
    "cifar_resnet56_v2",
    "cifar_resnet110_v1",
    "cifar_resnet110_v2",
    "get_cifar_resnet",
]

Norm = Callable[..., HybridBlock]

#: Of the stem, then of each stage.
_CHANNELS = [16, 16, 32, 64]

CIFARBasicBlockV1 = BasicBlockV1


class CIFARBasicBlockV2(HybridBlock):
    """Add two 3x3 convolutions, each after normalisation and ReLU, to the input, which goes past both.

    Args:
        channels: of the output.
        stride: of the first convolution.
        downsample: bring the input to the output's size with a convolution.
        in_channels: of the input; 0 takes them from it.
        norm_layer: makes the layers that normalise.
        norm_kwargs: arguments for them.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        channels: int,
        stride: int,
        downsample: bool = False,
        in_channels: int = 0,
        norm_layer: Norm = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        norm = partial(norm_layer, **(norm_kwargs or {}))
        self.bn1 = norm()
        self.conv1 = _conv3x3(channels, stride, in_channels)
        self.bn2 = norm()
        self.conv2 = _conv3x3(channels, 1, channels)
        self.downsample = None
        if downsample:
            self.downsample = nn.Conv2D(channels, 1, stride, use_bias=False, in_channels=in_channels)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Compute ``(B, channels, H / stride, W / stride)``."""
        changed = self.conv1(F.Activation(self.bn1(x), act_type="relu"))
        changed = self.conv2(F.Activation(self.bn2(changed), act_type="relu"))
        return changed + (x if self.downsample is None else self.downsample(x))


class _CIFARResNet(HybridBlock):
    """A stem, stages of blocks, and a classifier; ``SECOND`` tells the two kinds apart."""

    SECOND = False

    def __init__(
        self,
        block: Callable[..., HybridBlock],
        layers: Sequence[int],
        channels: Sequence[int],
        classes: int = 10,
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
        made = partial(block, norm_layer=norm_layer, norm_kwargs=norm_kwargs)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            if self.SECOND:
                self.features.add(norm(scale=False, center=False), _conv3x3(channels[0], 1, 0))
            else:
                self.features.add(_conv3x3(channels[0], 1, 0), norm())
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


class CIFARResNetV1(_CIFARResNet):
    """Classify small pictures with a ResNet of the first kind.

    Args:
        block: class of the blocks.
        layers: blocks in each stage.
        channels: of the stem, then of each stage.
        classes: how many there are.
        norm_layer: makes the layers that normalise.
        norm_kwargs: arguments for them.
        names: ``prefix`` and ``params``.
    """


class CIFARResNetV2(_CIFARResNet):
    """Classify small pictures with a ResNet of the second kind; arguments as for ``CIFARResNetV1``."""

    SECOND = True


def _conv3x3(channels: int, stride: int, in_channels: int) -> nn.Conv2D:
    return nn.Conv2D(channels, 3, stride, 1, use_bias=False, in_channels=in_channels)


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


def get_cifar_resnet(
    version: int,
    num_layers: int,
    pretrained: Pretrained = False,
    ctx: Any = None,
    root: str | os.PathLike[str] = ROOT,
    **kwargs: Any,
) -> HybridBlock:
    """Make a ResNet for small pictures.

    Args:
        version: 1 or 2.
        num_layers: two more than a multiple of six.
        pretrained: weights to load, as for ``load_pretrained``.
        ctx: devices for them.
        root: folder where they are kept.
        kwargs: further arguments of ``CIFARResNetV1``, such as ``classes``.

    Examples:
        >>> from regluon import nd
        >>> net = get_cifar_resnet(2, 8, classes=5)
        >>> net.initialize()
        >>> net(nd.zeros((1, 3, 32, 32))).shape
        (1, 5)
    """
    if version not in (1, 2):
        raise ArgumentError(f"get_cifar_resnet: version must be one of 1, 2, got {version!r}")
    if num_layers < 8 or num_layers % 6 != 2:
        raise ArgumentError(f"get_cifar_resnet: num_layers must be two more than a multiple of 6, got {num_layers!r}")
    network, block = ((CIFARResNetV1, CIFARBasicBlockV1), (CIFARResNetV2, CIFARBasicBlockV2))[version - 1]
    net = network(block, [num_layers // 6] * 3, _CHANNELS, **kwargs)
    load_pretrained(net, f"cifar_resnet{num_layers}_v{version}", pretrained, root, ctx)
    return net


def _named(version: int, num_layers: int) -> Callable[..., HybridBlock]:
    """Return the function that makes one of the networks, registered."""

    def make(
        pretrained: Pretrained = False, root: str | os.PathLike[str] = ROOT, ctx: Any = None, **kwargs: Any
    ) -> HybridBlock:
        return get_cifar_resnet(version, num_layers, pretrained, ctx, root, **kwargs)

    make.__name__ = make.__qualname__ = f"cifar_resnet{num_layers}_v{version}"
    make.__doc__ = f"""Make a ResNet of kind {version} with {num_layers} layers for small pictures.

    Args:
        pretrained: weights to load, as for ``load_pretrained``.
        root: folder where they are kept.
        ctx: devices for them.
        kwargs: arguments of ``CIFARResNetV{version}``, such as ``classes``.
    """
    return register(make.__name__, make)


cifar_resnet20_v1 = _named(1, 20)
cifar_resnet56_v1 = _named(1, 56)
cifar_resnet110_v1 = _named(1, 110)
cifar_resnet20_v2 = _named(2, 20)
cifar_resnet56_v2 = _named(2, 56)
cifar_resnet110_v2 = _named(2, 110)
