"""The blocks of ResNet: what they compute is added to their input.

All take ``channels`` of the output, ``stride``, ``downsample`` (bring the input to the output's size with a
convolution), ``in_channels`` (0 takes them from the input), ``last_gamma`` (start the last normalisation at zero, so
that nothing is added at first), ``use_se`` (weigh the channels), ``norm_layer`` (makes the layers that normalise) and
``norm_kwargs`` (arguments for them), and compute ``(B, channels, H / stride, W / stride)``.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock

__all__ = ["BasicBlockV1", "BasicBlockV2", "BottleneckV1", "BottleneckV2", "Norm", "conv1x1", "conv3x3", "squeeze"]

#: Makes a layer that normalises; takes ``gamma_initializer`` and what else ``BatchNorm`` takes.
Norm = Callable[..., HybridBlock]
#: Makes the convolutions of a block from the output's channels, the stride and the input's channels.
Convolutions = Callable[[int, int, int], list[HybridBlock]]


class _First(HybridBlock):
    """A block that ends with ReLU."""

    _convolutions: ClassVar[Convolutions]
    # In a graph the sum's inputs have an order, and MXNet's two blocks differ in it.
    _kept_first = True

    def __init__(
        self,
        channels: int,
        stride: int,
        downsample: bool = False,
        in_channels: int = 0,
        last_gamma: bool = False,
        use_se: bool = False,
        norm_layer: Norm = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        norm = partial(norm_layer, **(norm_kwargs or {}))
        self.body = nn.HybridSequential(prefix="")
        *inner, outer = type(self)._convolutions(channels, stride, in_channels)
        for one in inner:
            self.body.add(one, norm(), nn.Activation("relu"))
        self.body.add(outer, norm(gamma_initializer="zeros") if last_gamma else norm())
        self.se = squeeze(channels) if use_se else None
        self.downsample = None
        if downsample:
            self.downsample = nn.HybridSequential(prefix="")
            self.downsample.add(conv1x1(channels, stride, in_channels), norm())

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Compute ``(B, channels, H / stride, W / stride)``."""
        changed = _weigh(F, self.body(x), self.se)
        kept = x if self.downsample is None else self.downsample(x)
        return F.Activation(kept + changed if self._kept_first else changed + kept, act_type="relu")


class _Second(HybridBlock):
    """A block whose convolutions follow upon normalisation and ReLU."""

    _convolutions: ClassVar[Convolutions]

    def __init__(
        self,
        channels: int,
        stride: int,
        downsample: bool = False,
        in_channels: int = 0,
        last_gamma: bool = False,
        use_se: bool = False,
        norm_layer: Norm = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        norm = partial(norm_layer, **(norm_kwargs or {}))
        self._steps: list[tuple[HybridBlock, HybridBlock]] = []
        convolutions = type(self)._convolutions(channels, stride, in_channels)
        for i, convolve in enumerate(convolutions, 1):
            normalise = norm(gamma_initializer="zeros") if last_gamma and i == len(convolutions) else norm()
            setattr(self, f"bn{i}", normalise)
            setattr(self, f"conv{i}", convolve)
            self._steps.append((normalise, convolve))
        self.se = squeeze(channels) if use_se else None
        self.downsample = conv1x1(channels, stride, in_channels) if downsample else None

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Compute ``(B, channels, H / stride, W / stride)``."""
        kept = changed = x
        for i, (normalise, convolve) in enumerate(self._steps):
            ready = F.Activation(normalise(changed), act_type="relu")
            if i == 0 and self.downsample is not None:
                kept = self.downsample(ready)
            changed = convolve(ready)
        return _weigh(F, changed, self.se) + kept


def _basic(channels: int, stride: int, in_channels: int) -> list[HybridBlock]:
    return [conv3x3(channels, stride, in_channels), conv3x3(channels, 1, channels)]


def _bottleneck_v1(channels: int, stride: int, _: int) -> list[HybridBlock]:
    inner = channels // 4
    first = nn.Conv2D(inner, kernel_size=1, strides=stride)
    return [first, conv3x3(inner, 1, inner), nn.Conv2D(channels, kernel_size=1)]


def _bottleneck_v2(channels: int, stride: int, _: int) -> list[HybridBlock]:
    inner = channels // 4
    return [conv1x1(inner, 1, 0), conv3x3(inner, stride, inner), conv1x1(channels, 1, 0)]


class BasicBlockV1(_First):
    """Add two 3x3 convolutions to the input, then ReLU."""

    _convolutions = staticmethod(_basic)


class BottleneckV1(_First):
    """Add a 1x1, a 3x3 and a 1x1 convolution, the first two of a quarter of the channels, to the input, then ReLU.

    The first convolution has the stride, and the 1x1 convolutions have biases, as in the networks that MXNet has
    published; ``BottleneckV1b`` does both otherwise.
    """

    _convolutions = staticmethod(_bottleneck_v1)
    _kept_first = False


class BasicBlockV2(_Second):
    """Add two 3x3 convolutions, each after normalisation and ReLU, to the input."""

    _convolutions = staticmethod(_basic)


class BottleneckV2(_Second):
    """Add a 1x1, a 3x3 and a 1x1 convolution, each after normalisation and ReLU, to the input.

    The first two have a quarter of the channels; the second has the stride.
    """

    _convolutions = staticmethod(_bottleneck_v2)


def conv3x3(channels: int, stride: int, in_channels: int) -> nn.Conv2D:
    """Make a 3x3 convolution without bias that keeps the size but for its stride."""
    return nn.Conv2D(channels, kernel_size=3, strides=stride, padding=1, use_bias=False, in_channels=in_channels)


def conv1x1(channels: int, stride: int, in_channels: int) -> nn.Conv2D:
    """Make a 1x1 convolution without bias."""
    return nn.Conv2D(channels, kernel_size=1, strides=stride, use_bias=False, in_channels=in_channels)


def squeeze(channels: int) -> nn.HybridSequential:
    """Make what decides upon weights of channels from their means (Hu et al., 2017, section 3)."""
    layers = nn.HybridSequential(prefix="")
    layers.add(nn.Dense(channels // 16, use_bias=False), nn.Activation("relu"))
    layers.add(nn.Dense(channels, use_bias=False), nn.Activation("sigmoid"))
    return layers


def _weigh(F: Any, x: Any, se: HybridBlock | None) -> Any:
    """Multiply each channel of each picture by its weight."""
    if se is None:
        return x
    weight = se(F.contrib.AdaptiveAvgPooling2D(x, output_size=1))
    return F.broadcast_mul(x, F.expand_dims(F.expand_dims(weight, axis=2), axis=2))
