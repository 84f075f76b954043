"""MobileNetV3 (Howard et al., 2019)."""

import math
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.cv.model_zoo.pretrained import ROOT, Pretrained, load_pretrained
from regluon.cv.model_zoo.registry import register
from regluon.cv.nn.block import HardSigmoid, HardSwish, ReLU6
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock

__all__ = ["Activation", "get_mobilenet_v3", "mobilenet_v3_large", "mobilenet_v3_small"]

Norm = Callable[..., HybridBlock]

# Kernel, channels in between, channels, whether channels are weighed, activation, stride of a block.
Unit = tuple[int, int, int, bool, str, int]

ACTIVATIONS: dict[str, Callable[[], HybridBlock]] = {
    "relu": lambda: nn.Activation("relu"),
    "relu6": ReLU6,
    "hard_sigmoid": HardSigmoid,
    "swish": nn.Swish,
    "hard_swish": HardSwish,
    "leaky": lambda: nn.LeakyReLU(0.375),
}

# Blocks, and channels of the convolution after them (tables 1 and 2 of the paper).
SPECS: dict[str, tuple[tuple[Unit, ...], int]] = {
    "large": (
        (
            (3, 16, 16, False, "relu", 1),
            (3, 64, 24, False, "relu", 2),
            (3, 72, 24, False, "relu", 1),
            (5, 72, 40, True, "relu", 2),
            (5, 120, 40, True, "relu", 1),
            (5, 120, 40, True, "relu", 1),
            (3, 240, 80, False, "hard_swish", 2),
            (3, 200, 80, False, "hard_swish", 1),
            (3, 184, 80, False, "hard_swish", 1),
            (3, 184, 80, False, "hard_swish", 1),
            (3, 480, 112, True, "hard_swish", 1),
            (3, 672, 112, True, "hard_swish", 1),
            (5, 672, 160, True, "hard_swish", 2),
            (5, 960, 160, True, "hard_swish", 1),
            (5, 960, 160, True, "hard_swish", 1),
        ),
        960,
    ),
    "small": (
        (
            (3, 16, 16, True, "relu", 2),
            (3, 72, 24, False, "relu", 2),
            (3, 88, 24, False, "relu", 1),
            (5, 96, 40, True, "hard_swish", 2),
            (5, 240, 40, True, "hard_swish", 1),
            (5, 240, 40, True, "hard_swish", 1),
            (5, 120, 48, True, "hard_swish", 1),
            (5, 144, 48, True, "hard_swish", 1),
            (5, 288, 96, True, "hard_swish", 2),
            (5, 576, 96, True, "hard_swish", 1),
            (5, 576, 96, True, "hard_swish", 1),
        ),
        576,
    ),
}


class _MobileNetV3(HybridBlock):
    """Classify pictures ``(B, 3, H, W)``; arguments beyond the tables' are those of ``get_mobilenet_v3``."""

    def __init__(
        self,
        cfg: Sequence[Unit],
        cls_ch_squeeze: int,
        cls_ch_expand: int,
        multiplier: float = 1.0,
        classes: int = 1000,
        norm_kwargs: Mapping[str, Any] | None = None,
        last_gamma: bool = False,  # noqa: ARG002
        final_drop: float = 0.0,
        use_global_stats: bool = False,
        name_prefix: str = "",
        norm_layer: Norm = nn.BatchNorm,
    ) -> None:
        super().__init__(prefix=name_prefix)
        given = {**(norm_kwargs or {}), **({"use_global_stats": True} if use_global_stats else {})}

        def normalise(**names: Any) -> HybridBlock:
            return norm_layer(**given, **names)

        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            width = 16
            first = _divisible(width * multiplier)
            self.features.add(
                nn.Conv2D(first, 3, 2, 1, use_bias=False, prefix="first-3x3-conv-conv2d_"),
                normalise(prefix="first-3x3-conv-batchnorm_"),
                HardSwish(),
            )
            for i, (kernel, between, channels, weighed, activation, stride) in enumerate(cfg):
                before, width = width, _divisible(channels * multiplier)
                inner = _divisible(between * multiplier)
                name = f"seq-{i}"
                self.features.add(_ResUnit(before, inner, width, kernel, activation, weighed, stride, name, normalise))
            self.features.add(
                nn.Conv2D(_divisible(cls_ch_squeeze * multiplier), 1, use_bias=False, prefix="last-1x1-conv1-conv2d_"),
                normalise(prefix="last-1x1-conv1-batchnorm_"),
                HardSwish(),
                nn.GlobalAvgPool2D(),
                nn.Conv2D(cls_ch_expand, 1, use_bias=False, prefix="last-1x1-conv2-conv2d_"),
                HardSwish(),
            )
            if final_drop > 0:
                self.features.add(nn.Dropout(final_drop))
            self.output = nn.HybridSequential(prefix="output_")
            with self.output.name_scope():
                self.output.add(nn.Conv2D(classes, 1, in_channels=cls_ch_expand, prefix="fc_"), nn.Flatten())

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Return scores ``(B, classes)``."""
        return self.output(self.features(x))


class _ResUnit(HybridBlock):
    """Widen, filter each channel on its own, weigh channels, narrow; add the input where it is of the same shape."""

    def __init__(
        self,
        num_in: int,
        num_mid: int,
        num_out: int,
        kernel_size: int,
        act_type: str,
        use_se: bool,
        strides: int,
        name: str,
        normalise: Norm,
    ) -> None:
        super().__init__()
        self._widens, self._weighs = num_out != num_mid, use_se
        self._adds = num_in == num_out and strides == 1
        with self.name_scope():
            if self._widens:
                self.expand = _Unit(num_mid, 1, 1, 1, act_type, f"{name}-exp", normalise)
            self.conv1 = _Unit(num_mid, kernel_size, strides, num_mid, act_type, f"{name}-depthwise", normalise)
            if use_se:
                self.se = _SE(num_mid, f"{name}-se")
            self.conv2 = _Unit(num_out, 1, 1, 1, None, f"{name}-linear", normalise)

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Return ``(B, num_out, H / strides, W / strides)``."""
        out = self.conv1(self.expand(x) if self._widens else x)
        out = self.conv2(self.se(out) if self._weighs else out)
        return x + out if self._adds else out


class _Unit(HybridBlock):
    """Convolve, normalise, activate."""

    def __init__(
        self,
        num_out: int,
        kernel_size: int,
        strides: int,
        num_groups: int,
        act_type: str | None,
        name: str,
        normalise: Norm,
    ) -> None:
        super().__init__()
        self._activates = act_type is not None
        self.conv = nn.Conv2D(
            num_out, kernel_size, strides, kernel_size // 2, groups=num_groups, use_bias=False, prefix=f"{name}-conv2d_"
        )
        self.bn = normalise(prefix=f"{name}-batchnorm_")
        if act_type is not None:
            self.act = Activation(act_type)

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Return the map."""
        out = self.bn(self.conv(x))
        return self.act(out) if self._activates else out


class _SE(HybridBlock):
    """Weigh channels by what their means say (Hu et al., 2018)."""

    def __init__(self, num_out: int, name: str) -> None:
        super().__init__()
        self.pool = nn.GlobalAvgPool2D()
        self.conv1 = nn.Conv2D(_divisible(num_out // 4), 1, prefix=f"{name}_fc1_")
        self.act1 = Activation("relu")
        self.conv2 = nn.Conv2D(num_out, 1, prefix=f"{name}_fc2_")
        self.act2 = Activation("hard_sigmoid")

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return a map of the input's shape."""
        weights = self.act1(self.conv1(self.pool(x)))
        return F.broadcast_mul(x, self.act2(self.conv2(weights)))


class Activation(HybridBlock):
    """Apply an activation by its name in this family.

    Args:
        act_func: ``relu``, ``relu6``, ``hard_sigmoid``, ``swish``, ``hard_swish`` or ``leaky``.
        names: ``prefix`` and ``params``.
    """

    def __init__(self, act_func: str, **names: Any) -> None:
        super().__init__(**names)
        if act_func not in ACTIVATIONS:
            raise ArgumentError(f"Activation: act_func must be one of {list(ACTIVATIONS)}, got {act_func!r}")
        self.act = ACTIVATIONS[act_func]()

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Apply it to every element."""
        return self.act(x)


def get_mobilenet_v3(
    model_name: str,
    multiplier: float = 1.0,
    pretrained: Pretrained = False,
    ctx: Any = None,
    root: str | os.PathLike[str] = ROOT,
    norm_layer: Norm = nn.BatchNorm,
    norm_kwargs: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> HybridBlock:
    """Make a MobileNetV3.

    GluonCV normalises by ``norm_layer`` in two places and forgets ``norm_kwargs``; here they count everywhere.

    Args:
        model_name: ``large`` or ``small``.
        multiplier: of all channels but the last.
        pretrained: load weights, as ``load_pretrained`` says.
        ctx: devices for them.
        root: folder where they are kept.
        norm_layer: class of the normalisations.
        norm_kwargs: arguments of it.
        kwargs: ``classes``; ``use_global_stats``, for normalisations that use running statistics while training too;
            ``name_prefix``, the network's prefix; ``last_gamma``, accepted for GluonCV's sake.
    """
    if model_name not in SPECS:
        raise ArgumentError(f"get_mobilenet_v3: model_name must be one of {list(SPECS)}, got {model_name!r}")
    units, squeezed = SPECS[model_name]
    net = _MobileNetV3(
        units, squeezed, 1280, multiplier, final_drop=0.2, norm_layer=norm_layer, norm_kwargs=norm_kwargs, **kwargs
    )
    load_pretrained(net, f"mobilenetv3_{model_name}", pretrained, root, ctx)
    return net


def mobilenet_v3_large(**kwargs: Any) -> HybridBlock:
    """Make the larger MobileNetV3; arguments as for ``get_mobilenet_v3`` after the first.

    Examples:
        >>> from regluon import nd
        >>> net = mobilenet_v3_large(classes=10)
        >>> net.initialize()
        >>> net(nd.zeros((1, 3, 32, 32))).shape
        (1, 10)
    """
    return get_mobilenet_v3("large", **kwargs)


def mobilenet_v3_small(**kwargs: Any) -> HybridBlock:
    """Make the smaller MobileNetV3; arguments as for ``get_mobilenet_v3`` after the first."""
    return get_mobilenet_v3("small", **kwargs)


def _divisible(width: float, by: int = 8) -> int:
    """Round up to a multiple."""
    return math.ceil(width / by) * by


register("mobilenetv3_large", mobilenet_v3_large)
register("mobilenetv3_small", mobilenet_v3_small)
