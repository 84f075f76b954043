"""ResNets that enlarge their last map again by transposed convolutions (Xiao et al., 2018, "Simple Baselines")."""

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
    "DeconvResnet",
    "get_deconv_resnet",
    "resnet18_v1b_deconv",
    "resnet18_v1b_deconv_dcnv2",
    "resnet50_v1b_deconv",
    "resnet50_v1b_deconv_dcnv2",
    "resnet101_v1b_deconv",
    "resnet101_v1b_deconv_dcnv2",
]

Norm = Callable[..., HybridBlock]

# Padding of the input and of the output by which a kernel of this size doubles a map.
_PADDINGS = {4: (1, 0), 3: (1, 1), 2: (0, 0)}


class DeconvResnet(HybridBlock):
    """Make one map of pictures; GluonCV's ``DeconvResnet``.

    Args:
        base_network: name of a ResNet of kind v1b.
        deconv_filters: channels of each stage that doubles the map.
        deconv_kernels: sizes of their transposed convolutions, 4, 3 or 2.
        pretrained_base: weights of the ResNet; None takes those that are on this machine.
        norm_layer: class of the normalisations after them.
        norm_kwargs: arguments of it.
        use_dcnv2: let the convolutions before them be modulated deformable ones.
        ctx: devices for the weights.
        root: folder where they are kept.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        base_network: str = "resnet18_v1b",
        deconv_filters: Sequence[int] = (256, 128, 64),
        deconv_kernels: Sequence[int] = (4, 4, 4),
        pretrained_base: Pretrained = None,
        norm_layer: Norm = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        use_dcnv2: bool = False,
        ctx: Any = None,
        root: str | os.PathLike[str] = ROOT,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        if "resnet" not in base_network or "v1b" not in base_network:
            raise ArgumentError(f"DeconvResnet: base_network must be a ResNet of kind v1b, got {base_network!r}")
        if len(deconv_filters) != len(deconv_kernels) or not set(deconv_kernels) <= set(_PADDINGS):
            raise ArgumentError(
                "DeconvResnet: deconv_kernels must be one of 4, 3 and 2 for each of deconv_filters, got "
                f"{tuple(deconv_kernels)} for {tuple(deconv_filters)}"
            )
        weights = base_weights(base_network, pretrained_base, root)
        net: Any = get_model(base_network, pretrained=weights, ctx=ctx, root=root)
        stages = net.layer1, net.layer2, net.layer3, net.layer4
        self.base_network = nn.HybridSequential()
        self.base_network.add(net.conv1, net.bn1, net.relu, net.maxpool, *stages)
        norm = {"momentum": 0.9, **(norm_kwargs or {})}
        before = net.fc.weight.shape[1]
        with self.name_scope():
            self.deconv = nn.HybridSequential(prefix="deconv_")
            for channels, kernel in zip(deconv_filters, deconv_kernels, strict=True):
                convolution = nn.ModulatedDeformableConvolution if use_dcnv2 else nn.Conv2D
                padding, more = _PADDINGS[kernel]
                self.deconv.add(
                    convolution(channels, kernel_size=3, strides=1, padding=1, in_channels=before),
                    norm_layer(**norm),
                    nn.Activation("relu"),
                    nn.Conv2DTranspose(
                        channels, kernel, 2, padding, more, use_bias=False, in_channels=channels,
                        weight_initializer=BilinearUpSample(),
                    ),
                    norm_layer(**norm),
                    nn.Activation("relu"),
                )  # fmt: skip
                before = channels

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Return ``(B, C, H / 4, W / 4)`` of pictures ``(B, 3, H, W)``."""
        return self.deconv(self.base_network(x))


def get_deconv_resnet(
    base_network: str, pretrained: Pretrained = False, ctx: Any = None, use_dcnv2: bool = False, **kwargs: Any
) -> DeconvResnet:
    """Make a ResNet that enlarges its last map, ready to run.

    Args:
        base_network: name of the ResNet.
        pretrained: weights of it.
        ctx: devices for the weights.
        use_dcnv2: let convolutions be modulated deformable ones.
        kwargs: further arguments of ``DeconvResnet``.
    """
    net = DeconvResnet(base_network, pretrained_base=pretrained, use_dcnv2=use_dcnv2, ctx=ctx, **kwargs)
    begin(net, ctx)
    return net


def _named(base: str, use_dcnv2: bool) -> Callable[..., DeconvResnet]:
    """Return the function that makes one of the networks."""

    def make(**kwargs: Any) -> DeconvResnet:
        return get_deconv_resnet(base, **{**kwargs, "use_dcnv2": use_dcnv2})

    kind = "modulated deformable" if use_dcnv2 else "plain"
    make.__name__ = make.__qualname__ = f"{base}_deconv{'_dcnv2' if use_dcnv2 else ''}"
    make.__doc__ = f"""Make a {base} that enlarges its last map, with {kind} convolutions before each doubling.

    Args:
        kwargs: arguments of ``get_deconv_resnet``.
    """
    return make


resnet18_v1b_deconv = _named("resnet18_v1b", use_dcnv2=False)
resnet18_v1b_deconv_dcnv2 = _named("resnet18_v1b", use_dcnv2=True)
resnet50_v1b_deconv = _named("resnet50_v1b", use_dcnv2=False)
resnet50_v1b_deconv_dcnv2 = _named("resnet50_v1b", use_dcnv2=True)
resnet101_v1b_deconv = _named("resnet101_v1b", use_dcnv2=False)
resnet101_v1b_deconv_dcnv2 = _named("resnet101_v1b", use_dcnv2=True)
