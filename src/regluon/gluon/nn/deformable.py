"""Convolutions that learn where to look."""

import math
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.nn.activation import Activation
from regluon.gluon.nn.sizes import Size, each

__all__ = ["DeformableConvolution", "ModulatedDeformableConvolution"]


class _Deformable(HybridBlock):
    """What both share: a convolution that finds offsets, and one that follows them."""

    _operator = ""
    # Numbers for each tap of the kernel that the first convolution finds.
    _finds = 2
    _order = ("offset", "deformable_conv")

    def __init__(
        self,
        channels: int,
        kernel_size: Size = (1, 1),
        strides: Size = (1, 1),
        padding: Size = (0, 0),
        dilation: Size = (1, 1),
        groups: int = 1,
        num_deformable_group: int = 1,
        layout: str = "NCHW",
        use_bias: bool = True,
        in_channels: int = 0,
        activation: str | None = None,
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        offset_weight_initializer: Any = "zeros",
        offset_bias_initializer: Any = "zeros",
        offset_use_bias: bool = True,
        op_name: str = "",  # noqa: ARG002
        adj: None = None,
        **names: Any,
    ) -> None:
        """Set the layer up; sizes are one int, or one for each axis.

        Args:
            channels: number of output channels.
            kernel_size: size of the kernel.
            strides: step of the kernel.
            padding: put around the input.
            dilation: distance of the kernel's taps before they move.
            groups: number of parts that channels are divided into, for both convolutions.
            num_deformable_group: number of parts of the input channels that have offsets of their own.
            layout: only ``NCHW``.
            use_bias: add a bias to each channel.
            in_channels: number of input channels; 0 takes it from the first input.
            activation: name of an activation applied last.
            weight_initializer: initializer of the weight.
            bias_initializer: initializer of the bias.
            offset_weight_initializer: initializer of the weight that finds offsets.
            offset_bias_initializer: initializer of the bias that finds offsets.
            offset_use_bias: add a bias to the offsets.
            op_name: accepted for MXNet's sake.
            adj: only None; MXNet's operators know no such argument.
            names: ``prefix`` and ``params``.
        """
        super().__init__(**names)
        who = type(self).__name__
        if layout != "NCHW":
            raise ArgumentError(f"{who}: layout must be 'NCHW', got {layout!r}")
        if adj is not None:
            raise ArgumentError(f"{who}: adj must be None, got {adj!r}")
        sizes = {
            "kernel": each(who, "kernel_size", kernel_size, 2, 1),
            "stride": each(who, "strides", strides, 2, 1),
            "dilate": each(who, "dilation", dilation, 2, 1),
            "pad": each(who, "padding", padding, 2),
        }
        taps = math.prod(sizes["kernel"]) * num_deformable_group
        common = {**sizes, "num_group": groups, "layout": layout}
        self._offsets = 2 * taps
        self._kwargs_offset = {**common, "num_filter": self._finds * taps, "no_bias": not offset_use_bias}
        self._kwargs_deformable_conv = {
            **common, "num_filter": channels, "num_deformable_group": num_deformable_group, "no_bias": not use_bias,
        }  # fmt: skip
        starts = {
            "offset": (self._kwargs_offset, offset_weight_initializer, offset_bias_initializer),
            "deformable_conv": (self._kwargs_deformable_conv, weight_initializer, bias_initializer),
        }
        for name in self._order:
            given, weight, bias = starts[name]
            self._make(name, given, in_channels // groups, weight, bias)
        with self.name_scope():
            self.act = Activation(activation, prefix=f"{activation}_") if activation is not None else None

    def _make(self, name: str, given: dict[str, Any], inner: int, weight: Any, bias: Any) -> None:
        """Make the weight and the bias of one of the convolutions."""
        shape = (given["num_filter"], inner, *given["kernel"])
        made = self.params.get(f"{name}_weight", shape=shape, init=weight, allow_deferred_init=True)
        setattr(self, f"{name}_weight", made)
        if given["no_bias"]:
            setattr(self, f"{name}_bias", None)
        else:
            made = self.params.get(f"{name}_bias", shape=shape[:1], init=bias, allow_deferred_init=True)
            setattr(self, f"{name}_bias", made)

    def pre_infer_weight(self) -> tuple[int, ...]:
        """Return the weight's shape, -1 for the channels that follow from the input."""
        given = self._kwargs_deformable_conv
        return (given["num_filter"], -1, *given["kernel"])

    def pre_infer_offset_weight(self) -> tuple[int, ...]:
        """Return the shape of the weight that finds offsets, -1 for the channels that follow from the input."""
        given = self._kwargs_offset
        return (given["num_filter"], -1, *given["kernel"])

    def hybrid_forward(
        self, F: Any, x: Any, offset_weight: Any, deformable_conv_weight: Any, offset_bias: Any = None,
        deformable_conv_bias: Any = None,
    ) -> Any:  # fmt: skip
        """Find offsets, and convolve where they point."""
        found = F.Convolution(x, offset_weight, offset_bias, cudnn_off=True, **self._kwargs_offset)
        convolve = getattr(F.contrib, self._operator)
        inputs = (x, *self._parted(F, found), deformable_conv_weight, deformable_conv_bias)
        x = convolve(*inputs, name="fwd", **self._kwargs_deformable_conv)
        return x if self.act is None else self.act(x)

    def _parted(self, F: Any, found: Any) -> tuple[Any, ...]:  # noqa: ARG002
        """Part what the first convolution has found into inputs of the second."""
        return (found,)


class DeformableConvolution(_Deformable):
    """Convolve where a second convolution of the input points to (Dai et al., 2017).

    The offsets begin at 0, so the layer begins as a plain convolution; they are ``y, x`` for each tap of the kernel.
    MXNet's ``gluon.contrib.cnn.DeformableConvolution``.

    Examples:
        >>> from regluon import nd
        >>> layer = DeformableConvolution(4, 3)
        >>> layer.initialize()
        >>> layer(nd.ones((1, 2, 5, 5))).shape
        (1, 4, 3, 3)
    """

    _operator = "DeformableConvolution"

    def _alias(self) -> str:
        return "deformable_conv"

    def __repr__(self) -> str:
        given = self._kwargs_deformable_conv
        outer, inner = (self._reg_params["deformable_conv_weight"].shape or (0, 0))[:2]
        parts = [f"{inner or None} -> {outer}", f"kernel_size={given['kernel']}", f"stride={given['stride']}"]
        if any(given["pad"]):
            parts.append(f"padding={given['pad']}")
        if any(one != 1 for one in given["dilate"]):
            parts.append(f"dilation={given['dilate']}")
        if given["num_group"] != 1:
            parts.append(f"groups={given['num_group']}")
        if given["no_bias"]:
            parts.append("bias=False")
        if self.act is not None:
            parts.append(repr(self.act))
        return f"{type(self).__name__}({', '.join(parts)})"


class ModulatedDeformableConvolution(_Deformable):
    """Convolve where a second convolution of the input points to, and weigh what is there (Zhu et al., 2018).

    The weight of each tap is twice the sigmoid of what is found, so that it begins at 1.
    MXNet's ``gluon.contrib.cnn.ModulatedDeformableConvolution``.

    Examples:
        >>> from regluon import nd
        >>> layer = ModulatedDeformableConvolution(4, 3)
        >>> layer.initialize()
        >>> layer(nd.ones((1, 2, 5, 5))).shape
        (1, 4, 3, 3)
    """

    _operator = "ModulatedDeformableConvolution"
    _finds = 3
    _order = ("deformable_conv", "offset")

    def _alias(self) -> str:
        return "modulated_deformable_conv"

    def _parted(self, F: Any, found: Any) -> tuple[Any, ...]:
        offsets = F.slice_axis(found, axis=1, begin=0, end=self._offsets)
        mask = F.slice_axis(found, axis=1, begin=self._offsets, end=None)
        return offsets, F.sigmoid(mask) * 2
