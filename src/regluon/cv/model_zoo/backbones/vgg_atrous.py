"""VGG with dilated instead of dense layers, what SSD (Liu et al., 2016) looks at pictures with."""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from regluon.core.errors import ArgumentError
from regluon.cv.model_zoo.pretrained import ROOT, Pretrained, load_pretrained
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.model_zoo.vision.vgg import SPECS
from regluon.initializer import Constant, Xavier

__all__ = ["Normalize", "VGGAtrousExtractor", "get_vgg_atrous_extractor", "vgg16_atrous_300", "vgg16_atrous_512"]

# Channels, size, stride and padding of a convolution.
Layer = tuple[int, int, int, int]

# For each size of pictures, the layers added one after the other, each a pair of convolutions.
EXTRAS: dict[int, tuple[tuple[Layer, Layer], ...]] = {
    300: (
        ((256, 1, 1, 0), (512, 3, 2, 1)),
        ((128, 1, 1, 0), (256, 3, 2, 1)),
        ((128, 1, 1, 0), (256, 3, 1, 0)),
        ((128, 1, 1, 0), (256, 3, 1, 0)),
    ),
    512: (
        ((256, 1, 1, 0), (512, 3, 2, 1)),
        *(((128, 1, 1, 0), (256, 3, 2, 1)),) * 3,
        ((128, 1, 1, 0), (256, 4, 1, 1)),
    ),
}


class VGGAtrousExtractor(HybridBlock):
    """Turn pictures ``(B, 3, H, W)``, normalised as usual, into maps of strides 8, 16, 32, ...

    Args:
        layers: number of convolutions of each of five stages.
        filters: their channels.
        extras: for each further map, its convolutions: channels, size, stride, padding.
        batch_norm: normalise after every convolution.
        norm_layer: class of the normalisations.
        norm_kwargs: arguments of it.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        layers: Sequence[int],
        filters: Sequence[int],
        extras: Sequence[Sequence[Layer]],
        batch_norm: bool = False,
        norm_layer: Callable[..., HybridBlock] = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        if not len(layers) == len(filters) == 5:
            raise ArgumentError(
                f"VGGAtrousExtractor: layers and filters must be 5 each, got {len(layers)} and {len(filters)}"
            )
        normalise = partial(norm_layer, **(norm_kwargs or {})) if batch_norm else None
        with self.name_scope():
            # Its weights were trained by Caffe on pictures of 0 to 255 less their mean.
            scale = np.array([0.229, 0.224, 0.225], np.float32).reshape(1, 3, 1, 1) * 255
            self.init_scale = self.params.get_constant("init_scale", scale)
            self.stages = nn.HybridSequential()
            for count, width in zip(layers, filters, strict=True):
                stage = nn.HybridSequential(prefix="")
                for _ in range(count):
                    _add(stage, (width, 3, 1, 1), normalise)
                self.stages.add(stage)
            # In place of the dense layers of 4096 units.
            dilated = nn.HybridSequential(prefix="dilated_")
            with dilated.name_scope():
                _add(dilated, (1024, 3, 1, 6), normalise, dilation=6)
                _add(dilated, (1024, 1, 1, 0), normalise)
            self.stages.add(dilated)
            # The fourth map's values are larger than the others'.
            self.norm4 = Normalize(filters[3], 20)
            self.extras = nn.HybridSequential()
            for i, settings in enumerate(extras):
                extra = nn.HybridSequential(prefix=f"extra{i}_")
                with extra.name_scope():
                    for setting in settings:
                        _add(extra, setting, normalise)
                self.extras.add(extra)

    def hybrid_forward(self, F: Any, x: Any, init_scale: Any) -> Any:
        """Return the maps, the finest first."""
        x = F.broadcast_mul(x, init_scale)
        *shallow, fourth, fifth, dilated = self.stages
        for stage in shallow:
            x = _halve(F, stage(x))
        x = fourth(x)
        maps = [self.norm4(x)]
        x = fifth(_halve(F, x))
        x = F.Pooling(
            x, pool_type="max", kernel=(3, 3), stride=(1, 1), pad=(1, 1), pooling_convention="full"
        )  # fmt: skip
        for part in (dilated, *self.extras):
            x = part(x)
            maps.append(x)
        return maps


class Normalize(HybridBlock):
    """Scale the channels of every cell to length 1 and then each by a learnt factor (Liu et al., 2016, section 3.1).

    Args:
        n_channel: number of channels.
        initial: what the factors begin with.
        eps: added to the squared length.

    Examples:
        >>> from regluon import nd
        >>> layer = Normalize(2, 10)
        >>> layer.initialize()
        >>> layer(nd.array([[[[3]], [[4]]]])).asnumpy().round(3).ravel()
        array([6., 8.], dtype=float32)
    """

    def __init__(self, n_channel: int, initial: float = 1, eps: float = 1e-5) -> None:
        super().__init__()
        self._eps = eps
        with self.name_scope():
            self.scale = self.params.get("normalize_scale", shape=(1, n_channel, 1, 1), init=Constant(initial))

    def hybrid_forward(self, F: Any, x: Any, scale: Any) -> Any:
        """Normalise ``(B, C, H, W)``."""
        return F.broadcast_mul(F.L2Normalization(x, mode="channel", eps=self._eps), scale)


def get_vgg_atrous_extractor(
    num_layers: int,
    im_size: int,
    pretrained: Pretrained = False,
    ctx: Any = None,
    root: str | os.PathLike[str] = ROOT,
    **kwargs: Any,
) -> VGGAtrousExtractor:
    """Make the backbone of an SSD on VGG.

    Args:
        num_layers: layers of the VGG: 11, 13, 16 or 19.
        im_size: size of pictures: 300 or 512.
        pretrained: load weights, which those of the added layers may be missing from.
        ctx: devices for them.
        root: folder where they are kept.
        kwargs: further arguments of ``VGGAtrousExtractor``.
    """
    for name, value, known in (("num_layers", num_layers, SPECS), ("im_size", im_size, EXTRAS)):
        if value not in known:
            raise ArgumentError(f"get_vgg_atrous_extractor: {name} must be one of {list(known)}, got {value}")
    net = VGGAtrousExtractor(*SPECS[num_layers], EXTRAS[im_size], **kwargs)
    if pretrained:
        # What the file lacks is to begin at random.
        net.initialize(ctx=ctx)
        normalised = "_bn" if kwargs.get("batch_norm") else ""
        load_pretrained(net, f"vgg{num_layers}_atrous{normalised}", pretrained, root, ctx, allow_missing=True)
    return net


def vgg16_atrous_300(**kwargs: Any) -> VGGAtrousExtractor:
    """Make the VGG-16 for SSDs of pictures of 300 pixels; arguments as for ``get_vgg_atrous_extractor``."""
    return get_vgg_atrous_extractor(16, 300, **kwargs)


def vgg16_atrous_512(**kwargs: Any) -> VGGAtrousExtractor:
    """Make the VGG-16 for SSDs of pictures of 512 pixels; arguments as for ``get_vgg_atrous_extractor``."""
    return get_vgg_atrous_extractor(16, 512, **kwargs)


def _add(
    net: nn.HybridSequential, layer: Layer, normalise: Callable[[], HybridBlock] | None, dilation: int = 1
) -> None:
    """Append a convolution, a normalisation and a rectifier."""
    channels, size, stride, padding = layer
    beginning = Xavier(rnd_type="gaussian", factor_type="out", magnitude=2)
    net.add(
        nn.Conv2D(channels, size, stride, padding, dilation, weight_initializer=beginning, bias_initializer="zeros")
    )
    if normalise is not None:
        net.add(normalise())
    net.add(nn.Activation("relu"))


def _halve(F: Any, x: Any) -> Any:
    """Take the maximum of each 2x2 cells, a last odd row counting as whole."""
    return F.Pooling(x, pool_type="max", kernel=(2, 2), stride=(2, 2), pooling_convention="full")
