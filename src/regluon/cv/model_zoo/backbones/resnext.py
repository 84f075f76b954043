"""ResNeXt (Xie et al., 2016), SE-ResNeXt and SENet (Hu et al., 2017): ResNets with grouped convolutions."""

import math
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.cv.model_zoo.pretrained import ROOT, Pretrained, load_pretrained
from regluon.cv.model_zoo.registry import register
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock

__all__ = [
    "GroupedBlock",
    "ResNext",
    "SENet",
    "get_resnext",
    "get_senet",
    "resnext50_32x4d",
    "resnext101_32x4d",
    "resnext101_64x4d",
    "resnext101e_64x4d",
    "se_resnext50_32x4d",
    "se_resnext101_32x4d",
    "se_resnext101_64x4d",
    "se_resnext101e_64x4d",
    "senet_154",
    "senet_154e",
]

Norm = Callable[..., HybridBlock]


class GroupedBlock(HybridBlock):
    """Add a 1x1, a grouped 3x3 and a 1x1 convolution to the input, then ReLU.

    Args:
        channels: a quarter of the output's.
        widths: of the first two convolutions.
        cardinality: number of groups.
        stride: of the 3x3 convolution.
        use_se: weigh the channels.
        last_gamma: start the last normalisation at one, else at zero, so that nothing is added at first. GluonCV's
            name says the opposite, its networks begin so.
        norm: makes the layers that normalise.
        way: makes what brings the input to the output's size.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        channels: int,
        widths: tuple[int, int],
        cardinality: int,
        stride: int,
        use_se: bool,
        last_gamma: bool,
        norm: Norm,
        way: Callable[[], HybridBlock] | None,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        self.body = nn.HybridSequential(prefix="")
        self.body.add(_conv(widths[0], 1, 1), norm(), nn.Activation("relu"))
        self.body.add(nn.Conv2D(widths[1], 3, stride, 1, groups=cardinality, use_bias=False))
        self.body.add(norm(), nn.Activation("relu"))
        self.body.add(_conv(channels * 4, 1, 1), norm() if last_gamma else norm(gamma_initializer="zeros"))
        self.se = None
        if use_se:
            self.se = nn.HybridSequential(prefix="")
            self.se.add(nn.Conv2D(channels // 4, kernel_size=1), nn.Activation("relu"))
            self.se.add(nn.Conv2D(channels * 4, kernel_size=1), nn.Activation("sigmoid"))
        self.downsample = None if way is None else way()

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Compute ``(B, 4 * channels, H / stride, W / stride)``."""
        changed = self.body(x)
        if self.se is not None:
            weight = self.se(F.contrib.AdaptiveAvgPooling2D(changed, output_size=1))
            changed = F.broadcast_mul(changed, weight)
        return F.Activation(changed + (x if self.downsample is None else self.downsample(x)), act_type="relu")


class ResNext(HybridBlock):
    """Classify pictures.

    Args:
        layers: blocks in each stage.
        cardinality: number of groups of the 3x3 convolutions.
        bottleneck_width: channels of each group in the first stage.
        classes: how many there are.
        last_gamma: start the last normalisation of each block at one; at zero if not.
        use_se: weigh the channels in each block.
        deep_stem: begin with three 3x3 convolutions.
        avg_down: shrink what goes past a block by average pooling, not by a stride.
        stem_width: channels of the first two of the three convolutions.
        norm_layer: makes the layers that normalise.
        norm_kwargs: arguments for them.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> net = ResNext([1, 1], 8, 4, classes=10, use_se=True)
        >>> net.initialize()
        >>> net(nd.zeros((1, 3, 32, 32))).shape
        (1, 10)
    """

    def __init__(
        self,
        layers: Sequence[int],
        cardinality: int,
        bottleneck_width: int,
        classes: int = 1000,
        last_gamma: bool = False,
        use_se: bool = False,
        deep_stem: bool = False,
        avg_down: bool = False,
        stem_width: int = 64,
        norm_layer: Norm = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        norm = partial(norm_layer, **(norm_kwargs or {}))
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            if deep_stem:
                _add_stem(self.features, stem_width, norm)
            else:
                self.features.add(nn.Conv2D(64, 7, 2, 3, use_bias=False), norm(), nn.Activation("relu"))
            self.features.add(nn.MaxPool2D(3, 2, 1))
            for i, count in enumerate(layers):
                channels, stride = 64 << i, 2 if i else 1
                width = cardinality * math.floor(channels * bottleneck_width / 64)
                made = partial(GroupedBlock, channels, (width, width), cardinality)
                made = partial(made, use_se=use_se, last_gamma=last_gamma, norm=norm)
                way = partial(_way, channels * 4, 1, stride, avg_down and i > 0, norm)
                self.features.add(_stage(i + 1, made, count, stride, way))
            self.features.add(nn.GlobalAvgPool2D())
            self.output = nn.Dense(classes)

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Compute scores ``(B, classes)``, before softmax, of pictures ``(B, 3, H, W)``."""
        return self.output(self.features(x))


class SENet(HybridBlock):
    """Classify pictures with the network of the SENet paper (its appendix A).

    Args:
        layers: blocks in each stage.
        cardinality: number of groups of the 3x3 convolutions.
        bottleneck_width: channels of each group in the first stage.
        avg_down: shrink what goes past a block by average pooling, not by a stride.
        classes: how many there are.
        norm_layer: makes the layers that normalise.
        norm_kwargs: arguments for them.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> net = SENet([1, 1], 8, 4, classes=10)
        >>> net.initialize()
        >>> net(nd.zeros((1, 3, 32, 32))).shape
        (1, 10)
    """

    def __init__(
        self,
        layers: Sequence[int],
        cardinality: int,
        bottleneck_width: int,
        avg_down: bool = False,
        classes: int = 1000,
        norm_layer: Norm = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        norm = partial(norm_layer, **(norm_kwargs or {}))
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            _add_stem(self.features, 64, norm)
            self.features.add(nn.MaxPool2D(3, 2, ceil_mode=True))
            for i, count in enumerate(layers):
                channels, stride = 64 << i, 2 if i else 1
                width = cardinality * math.floor(channels * bottleneck_width / 64)
                made = partial(GroupedBlock, channels, (width // 2, width), cardinality)
                made = partial(made, use_se=True, last_gamma=False, norm=norm)
                way = partial(_way, channels * 4, 3 if i else 1, stride, avg_down and i > 0, norm)
                self.features.add(_stage(i + 1, made, count, stride, way))
            self.features.add(nn.GlobalAvgPool2D(), nn.Dropout(0.2))
            self.output = nn.Dense(classes)

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Compute scores ``(B, classes)``, before softmax, of pictures ``(B, 3, H, W)``."""
        return self.output(self.features(x))


def _conv(channels: int, size: int, stride: int) -> nn.Conv2D:
    return nn.Conv2D(channels, size, stride, size // 2, use_bias=False)


def _add_stem(features: nn.HybridSequential, width: int, norm: Norm) -> None:
    """Add three 3x3 convolutions, the first of stride 2."""
    for channels, stride in ((width, 2), (width, 1), (width * 2, 1)):
        features.add(_conv(channels, 3, stride), norm(), nn.Activation("relu"))


def _way(channels: int, size: int, stride: int, avg_down: bool, norm: Norm) -> nn.HybridSequential:
    """Make what brings the input of a stage to its output's size."""
    way = nn.HybridSequential(prefix="")
    if avg_down:
        way.add(nn.AvgPool2D(stride, stride, ceil_mode=True, count_include_pad=False), _conv(channels, 1, 1), norm())
    else:
        way.add(_conv(channels, size, stride), norm())
    return way


def _stage(
    number: int, block: Callable[..., HybridBlock], count: int, stride: int, way: Callable[[], HybridBlock]
) -> nn.HybridSequential:
    """Stack blocks; the first has the stride."""
    stage = nn.HybridSequential(prefix=f"stage{number}_")
    with stage.name_scope():
        stage.add(block(stride=stride, way=way, prefix=""))
        for _ in range(count - 1):
            stage.add(block(stride=1, way=None, prefix=""))
    return stage


#: Blocks in each stage, by the number of layers.
_LAYERS = {50: [3, 4, 6, 3], 101: [3, 4, 23, 3], 152: [3, 8, 36, 3]}


def get_resnext(
    num_layers: int,
    cardinality: int = 32,
    bottleneck_width: int = 4,
    use_se: bool = False,
    deep_stem: bool = False,
    avg_down: bool = False,
    pretrained: Pretrained = False,
    ctx: Any = None,
    root: str | os.PathLike[str] = ROOT,
    **kwargs: Any,
) -> ResNext:
    """Make a ResNeXt.

    Args:
        num_layers: 50 or 101.
        cardinality: number of groups.
        bottleneck_width: channels of each group in the first stage.
        use_se: weigh the channels in each block.
        deep_stem: begin with three 3x3 convolutions.
        avg_down: shrink what goes past a block by average pooling.
        pretrained: weights to load, as for ``load_pretrained``.
        ctx: devices for them.
        root: folder where they are kept.
        kwargs: further arguments of ``ResNext``.
    """
    if num_layers not in (50, 101):
        raise ArgumentError(f"get_resnext: num_layers must be one of 50, 101, got {num_layers!r}")
    net = ResNext(
        _LAYERS[num_layers], cardinality, bottleneck_width, use_se=use_se, deep_stem=deep_stem, avg_down=avg_down,
        **kwargs,
    )  # fmt: skip
    kind = f"{num_layers}{'e' if deep_stem and avg_down else ''}_{cardinality}x{bottleneck_width}d"
    load_pretrained(net, f"{'se_' if use_se else ''}resnext{kind}", pretrained, root, ctx)
    return net


def get_senet(
    num_layers: int,
    cardinality: int = 64,
    bottleneck_width: int = 4,
    avg_down: bool = False,
    pretrained: Pretrained = False,
    ctx: Any = None,
    root: str | os.PathLike[str] = ROOT,
    **kwargs: Any,
) -> SENet:
    """Make a SENet.

    Args:
        num_layers: 50, 101 or 152; its name has two more.
        cardinality: number of groups.
        bottleneck_width: channels of each group in the first stage.
        avg_down: shrink what goes past a block by average pooling.
        pretrained: weights to load, as for ``load_pretrained``.
        ctx: devices for them.
        root: folder where they are kept.
        kwargs: further arguments of ``SENet``.
    """
    if num_layers not in _LAYERS:
        raise ArgumentError(f"get_senet: num_layers must be one of 50, 101, 152, got {num_layers!r}")
    net = SENet(_LAYERS[num_layers], cardinality, bottleneck_width, avg_down, **kwargs)
    load_pretrained(net, f"senet_{num_layers + 2}{'e' if avg_down else ''}", pretrained, root, ctx)
    return net


def _named(name: str, function: Callable[..., HybridBlock], *given: Any, **fixed: Any) -> Callable[..., HybridBlock]:
    """Return the function that makes one of the networks, registered."""

    def make(
        pretrained: Pretrained = False, root: str | os.PathLike[str] = ROOT, ctx: Any = None, **kwargs: Any
    ) -> HybridBlock:
        return function(*given, pretrained=pretrained, root=root, ctx=ctx, **fixed, **kwargs)

    make.__name__ = make.__qualname__ = name
    make.__doc__ = f"""Make ``{name}``.

    Args:
        pretrained: weights to load, as for ``load_pretrained``.
        root: folder where they are kept.
        ctx: devices for them.
        kwargs: further arguments of ``{function.__name__}``, such as ``classes``.
    """
    return register(name, make)


resnext50_32x4d = _named("resnext50_32x4d", get_resnext, 50, 32, 4)
resnext101_32x4d = _named("resnext101_32x4d", get_resnext, 101, 32, 4)
resnext101_64x4d = _named("resnext101_64x4d", get_resnext, 101, 64, 4)
resnext101e_64x4d = _named("resnext101e_64x4d", get_resnext, 101, 64, 4, deep_stem=True, avg_down=True)
se_resnext50_32x4d = _named("se_resnext50_32x4d", get_resnext, 50, 32, 4, use_se=True)
se_resnext101_32x4d = _named("se_resnext101_32x4d", get_resnext, 101, 32, 4, use_se=True)
se_resnext101_64x4d = _named("se_resnext101_64x4d", get_resnext, 101, 64, 4, use_se=True)
se_resnext101e_64x4d = _named(
    "se_resnext101e_64x4d", get_resnext, 101, 64, 4, use_se=True, deep_stem=True, avg_down=True
)
senet_154 = _named("senet_154", get_senet, 152)
senet_154e = _named("senet_154e", get_senet, 152, avg_down=True)
