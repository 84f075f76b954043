"""DLA whose maps are joined again from the deepest up (Yu et al., 2018; Zhou et al., 2019, figure 6)."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.cv.model_zoo.center_net.upsample import BilinearUpSample, begin
from regluon.cv.model_zoo.pretrained import ROOT, Pretrained, base_weights
from regluon.cv.model_zoo.registry import get_model
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock

__all__ = [
    "CustomConv",
    "DLAUp",
    "DeconvDLA",
    "IDAUp",
    "dla34_deconv",
    "dla34_deconv_dcnv2",
    "get_deconv_dla",
]

Norm = Callable[..., HybridBlock]

_RATIOS = {2: 1, 4: 2, 8: 3, 16: 4}


class DeconvDLA(HybridBlock):
    """Make one map of pictures; GluonCV's ``DeconvDLA``.

    Args:
        base_network: name of a DLA.
        pretrained_base: weights of it; None takes those that are on this machine.
        down_ratio: pixels of the picture for each of the map: 2, 4, 8 or 16.
        last_level: number of the first level of the DLA whose map is not joined in the end.
        out_channel: channels of the map; those of the first level that is joined if 0.
        use_dcnv2: let the convolutions be modulated deformable ones.
        norm_layer: class of the normalisations.
        norm_kwargs: arguments of it.
        ctx: devices for the weights.
        root: folder where they are kept.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        base_network: str,
        pretrained_base: Pretrained,
        down_ratio: int,
        last_level: int,
        out_channel: int = 0,
        use_dcnv2: bool = False,
        norm_layer: Norm = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        ctx: Any = None,
        root: str | os.PathLike[str] = ROOT,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        if down_ratio not in _RATIOS:
            raise ArgumentError(f"DeconvDLA: down_ratio must be one of 2, 4, 8, 16, got {down_ratio}")
        self.first_level, self.last_level = _RATIOS[down_ratio], last_level
        weights = base_weights(base_network, pretrained_base, root)
        self.base: Any = get_model(base_network, pretrained=weights, ctx=ctx, root=root, use_feature=True)
        channels = list(self.base.channels)[self.first_level :]
        joined = last_level - self.first_level
        kinds = {"use_dcnv2": use_dcnv2, "norm_layer": norm_layer, "norm_kwargs": norm_kwargs}
        self.dla_up = DLAUp(0, channels, [2**i for i in range(len(channels))], **kinds)
        self.ida_up = IDAUp(out_channel or channels[0], channels[:joined], [2**i for i in range(joined)], **kinds)

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Return ``(B, C, H / down_ratio, W / down_ratio)`` of pictures ``(B, 3, H, W)``."""
        maps = self.dla_up(self.base(x)[self.first_level :])
        return self.ida_up(maps[: self.last_level - self.first_level])[-1]


class DLAUp(HybridBlock):
    """Join maps step by step, one more from the deepest up in each; GluonCV's ``DLAUp``.

    Args:
        startp: number of the first map that is joined; those before are passed over.
        channels: of each map that is joined.
        scales: how much smaller each is than the first.
        in_channels: what the maps have before, if not ``channels``.
        use_dcnv2: let the convolutions be modulated deformable ones.
        norm_layer: class of the normalisations.
        norm_kwargs: arguments of it.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        startp: int,
        channels: Sequence[int],
        scales: Sequence[int],
        in_channels: Sequence[int] | None = None,
        use_dcnv2: bool = False,
        norm_layer: Norm = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        self.startp, self.channels = startp, channels
        before, sizes = list(in_channels or channels), list(scales)
        with self.name_scope():
            self.idas = nn.HybridSequential(prefix="ida")
            for first in range(len(channels) - 2, -1, -1):
                ratios = [size // sizes[first] for size in sizes[first:]]
                self.idas.add(IDAUp(channels[first], before[first:], ratios, use_dcnv2, norm_layer, norm_kwargs))
                # What is joined is as large, and has as many channels, as the first of it.
                sizes[first + 1 :] = [sizes[first]] * (len(sizes) - first - 1)
                before[first + 1 :] = [channels[first]] * (len(before) - first - 1)

    def hybrid_forward(self, F: Any, layers: Sequence[Any]) -> list[Any]:  # noqa: ARG002
        """Join maps, the largest first; return the last map of each step, the last step first, and the deepest map."""
        layers = list(layers)[self.startp :]
        out = [layers[-1]]
        for count, ida in enumerate(self.idas, 2):
            layers[-count:] = ida(layers[-count:])
            out.insert(0, layers[-1])
        return out


class IDAUp(HybridBlock):
    """Enlarge each map but the first and join it with the one before; GluonCV's ``IDAUp``.

    Args:
        out_channels: channels of what comes out.
        in_channels: channels of each map.
        up_f: how much each is enlarged.
        use_dcnv2: let the convolutions be modulated deformable ones.
        norm_layer: class of the normalisations.
        norm_kwargs: arguments of it.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        out_channels: int,
        in_channels: Sequence[int],
        up_f: Sequence[int],
        use_dcnv2: bool = False,
        norm_layer: Norm = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        kinds = {"use_dcnv2": use_dcnv2, "norm_layer": norm_layer, "norm_kwargs": norm_kwargs}
        with self.name_scope():
            self.projs = nn.HybridSequential(prefix="ida_proj")
            self.ups = nn.HybridSequential(prefix="ida_ups")
            self.nodes = nn.HybridSequential(prefix="ida_nodes")
            for channels, ratio in list(zip(in_channels, map(int, up_f), strict=True))[1:]:
                self.projs.add(CustomConv(channels, out_channels, **kinds))
                self.nodes.add(CustomConv(out_channels, out_channels, **kinds))
                self.ups.add(
                    nn.Conv2DTranspose(
                        out_channels, ratio * 2, ratio, ratio // 2, groups=out_channels, use_bias=False,
                        in_channels=out_channels, weight_initializer=BilinearUpSample(),
                    )
                )  # fmt: skip

    def hybrid_forward(self, F: Any, layers: Sequence[Any]) -> list[Any]:  # noqa: ARG002
        """Return as many maps ``(B, C, H, W)`` as there are; each joins all before it."""
        joined = list(layers[:1])
        for layer, project, enlarge, node in zip(layers[1:], self.projs, self.ups, self.nodes, strict=True):
            joined.append(node(enlarge(project(layer)) + joined[-1]))
        return joined


class CustomConv(HybridBlock):
    """Convolve, normalise, activate; GluonCV's ``CustomConv``.

    Args:
        in_channels: number of input channels.
        out_channels: number of output channels.
        use_dcnv2: let the convolution be a modulated deformable one.
        momentum: of the normalisation.
        norm_layer: class of it.
        norm_kwargs: arguments of it.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        use_dcnv2: bool = False,
        momentum: float = 0.9,
        norm_layer: Norm = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        convolution = nn.ModulatedDeformableConvolution if use_dcnv2 else nn.Conv2D
        with self.name_scope():
            self.actf = nn.HybridSequential()
            norm = norm_layer(**{"in_channels": out_channels, "momentum": momentum, **(norm_kwargs or {})})
            self.actf.add(norm, nn.Activation("relu"))
            self.conv = convolution(out_channels, kernel_size=3, strides=1, padding=1, in_channels=in_channels)

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Return ``(B, out_channels, H, W)``."""
        return self.actf(self.conv(x))


def get_deconv_dla(
    base_network: str,
    pretrained: Pretrained = False,
    ctx: Any = None,
    scale: float = 4.0,
    use_dcnv2: bool = False,
    **kwargs: Any,
) -> DeconvDLA:
    """Make a DLA whose maps are joined again, ready to run.

    Args:
        base_network: name of the DLA.
        pretrained: weights of it.
        ctx: devices for the weights.
        scale: pixels of the picture for each of the map: 2, 4, 8 or 16.
        use_dcnv2: let the convolutions be modulated deformable ones.
        kwargs: further arguments of ``DeconvDLA``.
    """
    net = DeconvDLA(base_network, pretrained, int(scale), 5, use_dcnv2=use_dcnv2, ctx=ctx, **kwargs)
    begin(net, ctx)
    return net


def dla34_deconv(**kwargs: Any) -> DeconvDLA:
    """Make a DLA-34 whose maps are joined again; arguments as for ``get_deconv_dla`` after the first."""
    return get_deconv_dla("dla34", **{**kwargs, "use_dcnv2": False})


def dla34_deconv_dcnv2(**kwargs: Any) -> DeconvDLA:
    """Make a DLA-34 whose maps are joined again by modulated deformable convolutions; arguments as there."""
    return get_deconv_dla("dla34", **{**kwargs, "use_dcnv2": True})
