"""ResNet as others than MXNet make it, and as detectors use it: kinds v1b, v1c, v1d, v1e and v1s.

v1b has the stride in the 3x3 convolution of a bottleneck. v1c and v1s have three 3x3 convolutions in the place of the
first 7x7 one. v1d and v1e (He et al., 2018, "Bag of tricks") shrink what goes past a block by average pooling.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from regluon.cv.model_zoo.pretrained import ROOT, Pretrained, load_pretrained
from regluon.cv.model_zoo.registry import register
from regluon.cv.nn.norm import GroupNorm
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock

__all__ = [
    "BasicBlockV1b",
    "BottleneckV1b",
    "ResNetV1b",
    "resnet18_v1b",
    "resnet34_v1b",
    "resnet50_v1b",
    "resnet50_v1b_gn",
    "resnet50_v1c",
    "resnet50_v1d",
    "resnet50_v1e",
    "resnet50_v1s",
    "resnet101_v1b",
    "resnet101_v1b_gn",
    "resnet101_v1c",
    "resnet101_v1d",
    "resnet101_v1e",
    "resnet101_v1s",
    "resnet152_v1b",
    "resnet152_v1c",
    "resnet152_v1d",
    "resnet152_v1e",
    "resnet152_v1s",
]

Norm = Callable[..., HybridBlock]


class BasicBlockV1b(HybridBlock):
    """Add two 3x3 convolutions to the input, then ReLU.

    Args:
        planes: channels.
        strides: of the first convolution.
        dilation: of the first convolution.
        downsample: brings the input to the output's size.
        previous_dilation: of the second convolution.
        norm_layer: makes the layers that normalise.
        norm_kwargs: arguments for them.
        last_gamma: without effect in this block, as in GluonCV.
    """

    expansion = 1

    def __init__(
        self,
        planes: int,
        strides: int = 1,
        dilation: int = 1,
        downsample: HybridBlock | None = None,
        previous_dilation: int = 1,
        norm_layer: Norm = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        last_gamma: bool = False,  # noqa: ARG002
    ) -> None:
        super().__init__()
        norm = partial(norm_layer, in_channels=planes, **(norm_kwargs or {}))
        self.conv1 = _conv3x3(planes, strides, dilation)
        self.bn1 = norm()
        self.relu1 = nn.Activation("relu")
        self.conv2 = _conv3x3(planes, 1, previous_dilation)
        self.bn2 = norm()
        self.relu2 = nn.Activation("relu")
        self.downsample = downsample

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Compute ``(B, planes, H / strides, W / strides)``."""
        changed = self.relu1(self.bn1(self.conv1(x)))
        changed = self.bn2(self.conv2(changed))
        return self.relu2(changed + (x if self.downsample is None else self.downsample(x)))


class BottleneckV1b(HybridBlock):
    """Add a 1x1, a 3x3 and a 1x1 convolution, the last with four times the channels, to the input, then ReLU.

    Args:
        planes: channels of the first two convolutions.
        strides: of the 3x3 convolution.
        dilation: of the 3x3 convolution.
        downsample: brings the input to the output's size.
        previous_dilation: without effect in this block.
        norm_layer: makes the layers that normalise.
        norm_kwargs: arguments for them.
        last_gamma: start the last normalisation at zero, so that nothing is added at first.
    """

    expansion = 4

    def __init__(
        self,
        planes: int,
        strides: int = 1,
        dilation: int = 1,
        downsample: HybridBlock | None = None,
        previous_dilation: int = 1,  # noqa: ARG002
        norm_layer: Norm = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        last_gamma: bool = False,
    ) -> None:
        super().__init__()
        norm = partial(norm_layer, **(norm_kwargs or {}))
        self.conv1 = nn.Conv2D(planes, kernel_size=1, use_bias=False)
        self.bn1 = norm(in_channels=planes)
        self.relu1 = nn.Activation("relu")
        self.conv2 = _conv3x3(planes, strides, dilation)
        self.bn2 = norm(in_channels=planes)
        self.relu2 = nn.Activation("relu")
        self.conv3 = nn.Conv2D(planes * 4, kernel_size=1, use_bias=False)
        self.bn3 = norm(in_channels=planes * 4, **({"gamma_initializer": "zeros"} if last_gamma else {}))
        self.relu3 = nn.Activation("relu")
        self.downsample = downsample

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Compute ``(B, 4 * planes, H / strides, W / strides)``."""
        changed = self.relu1(self.bn1(self.conv1(x)))
        changed = self.relu2(self.bn2(self.conv2(changed)))
        changed = self.bn3(self.conv3(changed))
        return self.relu3(changed + (x if self.downsample is None else self.downsample(x)))


class ResNetV1b(HybridBlock):
    """Classify pictures; detectors take ``layer1`` to ``layer4``, of strides 4, 8, 16 and 32.

    Args:
        block: class of the blocks.
        layers: blocks in each of the four stages.
        classes: how many there are.
        dilated: keep stride 8 in the last two stages, with dilated convolutions (Yu and Koltun, 2016).
        norm_layer: makes the layers that normalise.
        norm_kwargs: arguments for them.
        last_gamma: start the last normalisation of each bottleneck at zero.
        deep_stem: begin with three 3x3 convolutions.
        stem_width: channels of the first two of them; the third has twice as many.
        avg_down: shrink what goes past a block by average pooling, not by a stride.
        final_drop: chance to drop a number before the classifier.
        use_global_stats: normalise with the running statistics while training, too.
        name_prefix: begins the full names of the Parameters.

    Examples:
        >>> from regluon import nd
        >>> net = ResNetV1b(BasicBlockV1b, [1, 1, 1, 1], classes=10, dilated=True)
        >>> net.initialize()
        >>> net(nd.zeros((1, 3, 32, 32))).shape
        (1, 10)
    """

    layer1: nn.HybridSequential
    layer2: nn.HybridSequential
    layer3: nn.HybridSequential
    layer4: nn.HybridSequential

    def __init__(
        self,
        block: type[BasicBlockV1b] | type[BottleneckV1b],
        layers: Sequence[int],
        classes: int = 1000,
        dilated: bool = False,
        norm_layer: Norm = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        last_gamma: bool = False,
        deep_stem: bool = False,
        stem_width: int = 32,
        avg_down: bool = False,
        final_drop: float = 0.0,
        use_global_stats: bool = False,
        name_prefix: str = "",
    ) -> None:
        super().__init__(prefix=name_prefix)
        self.norm_kwargs = {**(norm_kwargs or {}), **({"use_global_stats": True} if use_global_stats else {})}
        norm = partial(norm_layer, **self.norm_kwargs)
        made = partial(block, norm_layer=norm_layer, norm_kwargs=self.norm_kwargs, last_gamma=last_gamma)
        with self.name_scope():
            channels = stem_width * 2 if deep_stem else 64
            self.conv1 = _stem(stem_width, norm) if deep_stem else nn.Conv2D(64, 7, 2, 3, use_bias=False)
            self.bn1 = norm(in_channels=channels)
            self.relu = nn.Activation("relu")
            self.maxpool = nn.MaxPool2D(pool_size=3, strides=2, padding=1)
            for i, count in enumerate(layers, 1):
                planes, dilation = 32 << i, (1, 1, 1, 2, 4)[i] if dilated else 1
                strides, wanted = 1 if i == 1 or dilation > 1 else 2, planes * block.expansion
                way = _way(i, wanted, strides, avg_down, norm) if strides != 1 or channels != wanted else None
                setattr(self, f"layer{i}", _stage(i, made, count, planes, strides, dilation, way))
                channels = wanted
            self.avgpool = nn.GlobalAvgPool2D()
            self.flat = nn.Flatten()
            self.drop = nn.Dropout(final_drop) if final_drop > 0 else None
            self.fc = nn.Dense(classes, in_units=channels)

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Compute scores ``(B, classes)``, before softmax, of pictures ``(B, 3, H, W)``."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        x = self.flat(self.avgpool(x))
        return self.fc(x if self.drop is None else self.drop(x))


def _conv3x3(channels: int, strides: int, dilation: int) -> nn.Conv2D:
    return nn.Conv2D(channels, 3, strides, padding=dilation, dilation=dilation, use_bias=False)


def _stem(width: int, norm: Norm) -> nn.HybridSequential:
    """Make three 3x3 convolutions, the first of stride 2."""
    stem = nn.HybridSequential(prefix="conv1")
    for strides in (2, 1):
        stem.add(_conv3x3(width, strides, 1), norm(in_channels=width), nn.Activation("relu"))
    stem.add(_conv3x3(width * 2, 1, 1))
    return stem


def _way(number: int, channels: int, strides: int, avg_down: bool, norm: Norm) -> nn.HybridSequential:
    """Make what brings the input of a stage to its output's size."""
    way = nn.HybridSequential(prefix=f"down{number}_")
    with way.name_scope():
        if avg_down:
            way.add(nn.AvgPool2D(strides, strides, ceil_mode=True, count_include_pad=False))
            strides = 1
        way.add(nn.Conv2D(channels, kernel_size=1, strides=strides, use_bias=False), norm(in_channels=channels))
    return way


def _stage(
    number: int,
    block: Callable[..., HybridBlock],
    count: int,
    planes: int,
    strides: int,
    dilation: int,
    way: HybridBlock | None,
) -> nn.HybridSequential:
    """Stack blocks; the first has the stride, and half the dilation, which its input has."""
    stage = nn.HybridSequential(prefix=f"layers{number}_")
    with stage.name_scope():
        stage.add(block(planes, strides, max(dilation // 2, 1), way, previous_dilation=dilation))
        for _ in range(count - 1):
            stage.add(block(planes, 1, dilation, previous_dilation=dilation))
    return stage


#: Blocks in each stage, by the number of layers.
_LAYERS = {18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3], 152: [3, 8, 36, 3]}
_KINDS: dict[str, dict[str, Any]] = {
    "b": {},
    "b_gn": {"norm_layer": GroupNorm},
    "c": {"deep_stem": True},
    "d": {"deep_stem": True, "avg_down": True},
    "e": {"deep_stem": True, "avg_down": True, "stem_width": 64},
    "s": {"deep_stem": True, "stem_width": 64},
}


def _named(num_layers: int, kind: str) -> Callable[..., ResNetV1b]:
    """Return the function that makes one of the networks, registered."""
    name = f"resnet{num_layers}_v1{kind}"

    def make(
        pretrained: Pretrained = False, root: str | os.PathLike[str] = ROOT, ctx: Any = None, **kwargs: Any
    ) -> ResNetV1b:
        block = BasicBlockV1b if num_layers < 50 else BottleneckV1b
        arguments = {"name_prefix": f"resnetv1{kind[0]}_", **_KINDS[kind], **kwargs}
        net = ResNetV1b(block, _LAYERS[num_layers], **arguments)
        load_pretrained(net, name, pretrained, root, ctx)
        return net

    make.__name__ = make.__qualname__ = name
    make.__doc__ = f"""Make a ResNet of kind v1{kind.replace("_gn", " with GroupNorm")} and {num_layers} layers.

    Args:
        pretrained: weights to load, as for ``load_pretrained``.
        root: folder where they are kept.
        ctx: devices for them.
        kwargs: arguments of ``ResNetV1b``, such as ``classes`` and ``dilated``.
    """
    return register(name, make)


resnet18_v1b = _named(18, "b")
resnet34_v1b = _named(34, "b")
resnet50_v1b = _named(50, "b")
resnet50_v1b_gn = _named(50, "b_gn")
resnet101_v1b = _named(101, "b")
resnet101_v1b_gn = _named(101, "b_gn")
resnet152_v1b = _named(152, "b")
resnet50_v1c = _named(50, "c")
resnet101_v1c = _named(101, "c")
resnet152_v1c = _named(152, "c")
resnet50_v1d = _named(50, "d")
resnet101_v1d = _named(101, "d")
resnet152_v1d = _named(152, "d")
resnet50_v1e = _named(50, "e")
resnet101_v1e = _named(101, "e")
resnet152_v1e = _named(152, "e")
resnet50_v1s = _named(50, "s")
resnet101_v1s = _named(101, "s")
resnet152_v1s = _named(152, "s")
