"""Inception v3 (Szegedy et al., 2016)."""

import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.model_zoo.model_store import ROOT, Pretrained, load_pretrained
from regluon.gluon.model_zoo.vision.registry import register

__all__ = ["Inception3", "inception_v3"]

# Channels, size, stride and padding of a convolution; the latter two are 1 and 0 if not given.
Layer = tuple[Any, ...]


class Inception3(HybridBlock):
    """Classify pictures ``(B, 3, H, W)`` of 299 pixels.

    Args:
        classes: number of classes.
        norm_layer: class of the normalisations.
        norm_kwargs: arguments of it.
        partial_bn: let all normalisations but the first use their running statistics while training too.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        classes: int = 1000,
        norm_layer: Callable[..., HybridBlock] = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        partial_bn: bool = False,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        first = {"epsilon": 0.001, **(norm_kwargs or {})}
        others = {**first, "use_global_stats": True} if partial_bn else first
        make = _Maker(partial(norm_layer, **others))
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            self.features.add(
                _Maker(partial(norm_layer, **first)).convolve(32, 3, 2),
                make.convolve(32, 3),
                make.convolve(64, 3, 1, 1),
                nn.MaxPool2D(3, 2),
                make.convolve(80, 1),
                make.convolve(192, 3),
                nn.MaxPool2D(3, 2),
                *(make.module_a(channels, f"A{i}_") for i, channels in enumerate((32, 64, 64), 1)),
                make.module_b("B_"),
                *(make.module_c(channels, f"C{i}_") for i, channels in enumerate((128, 160, 160, 192), 1)),
                make.module_d("D_"),
                make.module_e("E1_"),
                make.module_e("E2_"),
                nn.AvgPool2D(8),
                nn.Dropout(0.5),
            )
            self.output = nn.Dense(classes)

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Return scores ``(B, classes)``."""
        return self.output(self.features(x))


def inception_v3(
    pretrained: Pretrained = False, ctx: Any = None, root: str | os.PathLike[str] = ROOT, **kwargs: Any
) -> Inception3:
    """Make an Inception v3.

    Args:
        pretrained: load weights, as ``load_pretrained`` says.
        ctx: devices for them.
        root: folder where they are kept.
        kwargs: arguments of ``Inception3``. GluonCV's function takes ``partial_bn`` and forgets it; here it counts.

    Examples:
        >>> from regluon import nd
        >>> net = inception_v3(classes=10)
        >>> net.initialize()
        >>> net(nd.zeros((1, 3, 299, 299))).shape
        (1, 10)
    """
    net = Inception3(**kwargs)
    load_pretrained(net, "inceptionv3", pretrained, root, ctx)
    return net


class _Maker:
    """Makes the modules (figures 5 to 7 and section 5 of the paper), normalised by what a function makes."""

    def __init__(self, normalise: Callable[[], HybridBlock]) -> None:
        self._normalise = normalise

    def module_a(self, pooled: int, prefix: str) -> HybridBlock:
        """Split 5x5 filters in two of 3x3."""
        return self._module(
            prefix,
            (None, (64, 1)),
            (None, (48, 1), (64, 5, 1, 2)),
            (None, (64, 1), (96, 3, 1, 1), (96, 3, 1, 1)),
            ("avg", (pooled, 1)),
        )

    def module_b(self, prefix: str) -> HybridBlock:
        """Halve the size."""
        return self._module(
            prefix, (None, (384, 3, 2)), (None, (64, 1), (96, 3, 1, 1), (96, 3, 2)), ("max",)
        )  # fmt: skip

    def module_c(self, channels: int, prefix: str) -> HybridBlock:
        """Split 7x7 filters in rows and columns."""
        return self._module(
            prefix,
            (None, (192, 1)),
            (None, (channels, 1), _row(channels), _column(192)),
            (None, (channels, 1), _column(channels), _row(channels), _column(channels), _row(192)),
            ("avg", (192, 1)),
        )

    def module_d(self, prefix: str) -> HybridBlock:
        """Halve the size."""
        return self._module(
            prefix,
            (None, (192, 1), (320, 3, 2)),
            (None, (192, 1), _row(192), _column(192), (192, 3, 2)),
            ("max",),
        )

    def module_e(self, prefix: str) -> HybridBlock:
        """Put rows and columns of 3x3 filters side by side."""
        module = nn.HybridConcatenate(axis=1, prefix=prefix)
        with module.name_scope():
            module.add(self._branch(None, (320, 1)))
            for before in (((384, 1),), ((448, 1), (384, 3, 1, 1))):
                wide = nn.HybridSequential(prefix="")
                split = nn.HybridConcatenate(axis=1, prefix="")
                wide.add(self._branch(None, *before), split)
                split.add(self._branch(None, _row(384, 3)), self._branch(None, _column(384, 3)))
                module.add(wide)
            module.add(self._branch("avg", (192, 1)))
        return module

    def convolve(self, *layer: Any) -> nn.HybridSequential:
        """Make a convolution, a normalisation and a rectifier."""
        part = nn.HybridSequential(prefix="")
        part.add(nn.Conv2D(*layer, use_bias=False), self._normalise(), nn.Activation("relu"))
        return part

    def _module(self, prefix: str, *branches: tuple[Any, ...]) -> HybridBlock:
        module = nn.HybridConcatenate(axis=1, prefix=prefix)
        with module.name_scope():
            for branch in branches:
                module.add(self._branch(*branch))
        return module

    def _branch(self, pooling: str | None, *layers: Layer) -> nn.HybridSequential:
        branch = nn.HybridSequential(prefix="")
        if pooling == "avg":
            branch.add(nn.AvgPool2D(3, 1, 1))
        elif pooling == "max":
            branch.add(nn.MaxPool2D(3, 2))
        for layer in layers:
            branch.add(self.convolve(*layer))
        return branch


def _row(channels: int, size: int = 7) -> Layer:
    return channels, (1, size), 1, (0, size // 2)


def _column(channels: int, size: int = 7) -> Layer:
    return channels, (size, 1), 1, (size // 2, 0)


register("inceptionv3", inception_v3)
