"""VGG (Simonyan and Zisserman, 2015)."""

import os
from collections.abc import Sequence
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.model_zoo.model_store import ROOT, Pretrained, load_pretrained
from regluon.gluon.model_zoo.vision.registry import register
from regluon.initializer import Xavier

__all__ = ["VGG", "get_vgg", "vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn"]

_FILTERS = (64, 128, 256, 512, 512)

# For each number of layers: convolutions of each stage, and their channels.
SPECS: dict[int, tuple[tuple[int, ...], tuple[int, ...]]] = {
    11: ((1, 1, 2, 2, 2), _FILTERS),
    13: ((2, 2, 2, 2, 2), _FILTERS),
    16: ((2, 2, 3, 3, 3), _FILTERS),
    19: ((2, 2, 4, 4, 4), _FILTERS),
}


class VGG(HybridBlock):
    """Classify pictures ``(B, 3, H, W)``.

    Args:
        layers: number of convolutions of each stage.
        filters: channels of each stage.
        classes: number of classes.
        batch_norm: normalise after every convolution.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        layers: Sequence[int],
        filters: Sequence[int],
        classes: int = 1000,
        batch_norm: bool = False,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        if len(layers) != len(filters):
            raise ArgumentError(f"VGG: layers and filters must be as many, got {len(layers)} and {len(filters)}")
        dense: dict[str, Any] = {"weight_initializer": "normal", "bias_initializer": "zeros"}
        beginning = Xavier(rnd_type="gaussian", factor_type="out", magnitude=2)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            for count, width in zip(layers, filters, strict=True):
                for _ in range(count):
                    self.features.add(nn.Conv2D(width, 3, padding=1, weight_initializer=beginning))
                    if batch_norm:
                        self.features.add(nn.BatchNorm())
                    self.features.add(nn.Activation("relu"))
                self.features.add(nn.MaxPool2D(strides=2))
            for _ in range(2):
                self.features.add(nn.Dense(4096, activation="relu", **dense), nn.Dropout(0.5))
            self.output = nn.Dense(classes, **dense)

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Return scores ``(B, classes)``."""
        return self.output(self.features(x))


def get_vgg(
    num_layers: int, pretrained: Pretrained = False, ctx: Any = None, root: str | os.PathLike[str] = ROOT, **kwargs: Any
) -> VGG:
    """Make a VGG.

    Args:
        num_layers: 11, 13, 16 or 19.
        pretrained: load weights, as ``load_pretrained`` says.
        ctx: devices for them.
        root: folder where they are kept.
        kwargs: further arguments of ``VGG``.
    """
    if num_layers not in SPECS:
        raise ArgumentError(f"get_vgg: num_layers must be one of {list(SPECS)}, got {num_layers}")
    net = VGG(*SPECS[num_layers], **kwargs)
    normalised = "_bn" if kwargs.get("batch_norm") else ""
    load_pretrained(net, f"vgg{num_layers}{normalised}", pretrained, root, ctx)
    return net


def vgg11(**kwargs: Any) -> VGG:
    """Make VGG-11; arguments as for ``get_vgg``."""
    return get_vgg(11, **kwargs)


def vgg13(**kwargs: Any) -> VGG:
    """Make VGG-13; arguments as for ``get_vgg``."""
    return get_vgg(13, **kwargs)


def vgg16(**kwargs: Any) -> VGG:
    """Make VGG-16; arguments as for ``get_vgg``.

    Examples:
        >>> from regluon import nd
        >>> net = vgg16(classes=10)
        >>> net.initialize()
        >>> net(nd.zeros((1, 3, 32, 32))).shape
        (1, 10)
    """
    return get_vgg(16, **kwargs)


def vgg19(**kwargs: Any) -> VGG:
    """Make VGG-19; arguments as for ``get_vgg``."""
    return get_vgg(19, **kwargs)


def vgg11_bn(**kwargs: Any) -> VGG:
    """Make VGG-11 with normalisations; arguments as for ``get_vgg``."""
    return get_vgg(11, **{**kwargs, "batch_norm": True})


def vgg13_bn(**kwargs: Any) -> VGG:
    """Make VGG-13 with normalisations; arguments as for ``get_vgg``."""
    return get_vgg(13, **{**kwargs, "batch_norm": True})


def vgg16_bn(**kwargs: Any) -> VGG:
    """Make VGG-16 with normalisations; arguments as for ``get_vgg``."""
    return get_vgg(16, **{**kwargs, "batch_norm": True})


def vgg19_bn(**kwargs: Any) -> VGG:
    """Make VGG-19 with normalisations; arguments as for ``get_vgg``."""
    return get_vgg(19, **{**kwargs, "batch_norm": True})


for _function in (vgg11, vgg13, vgg16, vgg19, vgg11_bn, vgg13_bn, vgg16_bn, vgg19_bn):
    register(_function.__name__, _function)
