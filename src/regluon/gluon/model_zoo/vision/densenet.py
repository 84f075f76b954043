"""DenseNet (Huang et al., 2017), with bottlenecks and compression."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.model_zoo.model_store import ROOT, Pretrained, load_pretrained
from regluon.gluon.model_zoo.vision.registry import register

__all__ = ["DenseNet", "densenet121", "densenet161", "densenet169", "densenet201", "get_densenet"]

# For each number of layers: channels of the first convolution, channels that a layer adds, layers of each stage.
SPECS: dict[int, tuple[int, int, tuple[int, ...]]] = {
    121: (64, 32, (6, 12, 24, 16)),
    161: (96, 48, (6, 12, 36, 24)),
    169: (64, 32, (6, 12, 32, 32)),
    201: (64, 32, (6, 12, 48, 32)),
}


class DenseNet(HybridBlock):
    """Classify pictures ``(B, 3, H, W)`` of at least 221 pixels.

    Args:
        num_init_features: channels of the first convolution.
        growth_rate: channels that a layer adds.
        block_config: number of layers of each stage.
        bn_size: channels of the 1x1 convolutions, in those that a layer adds.
        dropout: share of a layer's outputs that are dropped while training.
        classes: number of classes.
        norm_layer: class of the normalisations.
        norm_kwargs: arguments of it.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        num_init_features: int,
        growth_rate: int,
        block_config: Sequence[int],
        bn_size: int = 4,
        dropout: float = 0,
        classes: int = 1000,
        norm_layer: Callable[..., HybridBlock] = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        **names: Any,
    ) -> None:
        super().__init__(**names)

        def normalised() -> tuple[HybridBlock, HybridBlock]:
            return norm_layer(**(norm_kwargs or {})), nn.Activation("relu")

        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            self.features.add(
                nn.Conv2D(num_init_features, 7, 2, 3, use_bias=False), *normalised(), nn.MaxPool2D(3, 2, 1)
            )
            channels = num_init_features
            for stage, count in enumerate(block_config, 1):
                if stage > 1:
                    channels //= 2
                    between = nn.HybridSequential(prefix="")
                    between.add(*normalised(), nn.Conv2D(channels, 1, use_bias=False), nn.AvgPool2D(2, 2))
                    self.features.add(between)
                layers = nn.HybridSequential(prefix=f"stage{stage}_")
                with layers.name_scope():
                    for _ in range(count):
                        layers.add(_layer(growth_rate, bn_size, dropout, normalised))
                self.features.add(layers)
                channels += count * growth_rate
            self.features.add(*normalised(), nn.AvgPool2D(7), nn.Flatten())
            self.output = nn.Dense(classes)

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Return scores ``(B, classes)``."""
        return self.output(self.features(x))


def get_densenet(
    num_layers: int, pretrained: Pretrained = False, ctx: Any = None, root: str | os.PathLike[str] = ROOT, **kwargs: Any
) -> DenseNet:
    """Make a DenseNet.

    Args:
        num_layers: 121, 161, 169 or 201.
        pretrained: load weights, as ``load_pretrained`` says.
        ctx: devices for them.
        root: folder where they are kept.
        kwargs: further arguments of ``DenseNet``.
    """
    if num_layers not in SPECS:
        raise ArgumentError(f"get_densenet: num_layers must be one of {list(SPECS)}, got {num_layers}")
    net = DenseNet(*SPECS[num_layers], **kwargs)
    load_pretrained(net, f"densenet{num_layers}", pretrained, root, ctx)
    return net


def densenet121(**kwargs: Any) -> DenseNet:
    """Make DenseNet-121; arguments as for ``get_densenet``.

    Examples:
        >>> from regluon import nd
        >>> net = densenet121(classes=10)
        >>> net.initialize()
        >>> net(nd.zeros((1, 3, 224, 224))).shape
        (1, 10)
    """
    return get_densenet(121, **kwargs)


def densenet161(**kwargs: Any) -> DenseNet:
    """Make DenseNet-161; arguments as for ``get_densenet``."""
    return get_densenet(161, **kwargs)


def densenet169(**kwargs: Any) -> DenseNet:
    """Make DenseNet-169; arguments as for ``get_densenet``."""
    return get_densenet(169, **kwargs)


def densenet201(**kwargs: Any) -> DenseNet:
    """Make DenseNet-201; arguments as for ``get_densenet``."""
    return get_densenet(201, **kwargs)


def _layer(
    growth_rate: int, bn_size: int, dropout: float, normalised: Callable[[], tuple[HybridBlock, HybridBlock]]
) -> nn.HybridConcatenate:
    """Make a layer, which adds channels to its input's."""
    new = nn.HybridSequential(prefix="")
    new.add(*normalised(), nn.Conv2D(bn_size * growth_rate, 1, use_bias=False))
    new.add(*normalised(), nn.Conv2D(growth_rate, 3, padding=1, use_bias=False))
    if dropout:
        new.add(nn.Dropout(dropout))
    layer = nn.HybridConcatenate(axis=1, prefix="")
    layer.add(nn.Identity(), new)
    return layer


for _function in (densenet121, densenet161, densenet169, densenet201):
    register(_function.__name__, _function)
