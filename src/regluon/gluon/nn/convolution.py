"""Convolutions and transposed convolutions over one, two or three axes."""

from typing import Any

from regluon.core.errors import ArgumentError
from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.nn.activation import Activation
from regluon.gluon.nn.sizes import Size, check_layout, each

__all__ = ["Conv1D", "Conv1DTranspose", "Conv2D", "Conv2DTranspose", "Conv3D", "Conv3DTranspose"]


class _Conv(HybridBlock):
    """What all convolutions share; a rank is a name and a number of axes."""

    _axes = 0
    _op = "Convolution"

    def __init__(
        self,
        channels: int,
        kernel_size: Size,
        strides: Size = 1,
        padding: Size = 0,
        dilation: Size = 1,
        groups: int = 1,
        layout: str | None = None,
        activation: str | None = None,
        use_bias: bool = True,
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        in_channels: int = 0,
        **names: Any,
    ) -> None:
        """Set the layer up; sizes are one int, or one for each axis.

        Args:
            channels: number of output channels.
            kernel_size: size of the kernel.
            strides: step of the kernel.
            padding: zeros put around the input.
            dilation: distance of the kernel's taps.
            groups: number of parts that channels are divided into.
            layout: order of the axes, channels second (the default) or last, such as ``NHWC``.
            activation: name of an activation applied last, such as ``"relu"``.
            use_bias: add a bias to each channel.
            weight_initializer: initializer of the weight.
            bias_initializer: initializer of the bias.
            in_channels: number of input channels; 0 takes it from the first input.
            names: ``prefix`` and ``params``.
        """
        super().__init__(**names)
        who = type(self).__name__
        layout = check_layout(who, layout, self._axes)
        for name, value in (("channels", channels), ("groups", groups)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ArgumentError(f"{who}: {name} must be an int >= 1, got {value!r}")
        if channels % groups or in_channels % groups:
            raise ArgumentError(
                f"{who}: channels and in_channels must be multiples of {groups} groups, got {channels}, {in_channels}"
            )
        self._channels, self._in_channels = channels, in_channels
        self._kwargs: dict[str, Any] = {
            "kernel": each(who, "kernel_size", kernel_size, self._axes, 1),
            "stride": each(who, "strides", strides, self._axes, 1),
            "dilate": each(who, "dilation", dilation, self._axes, 1),
            "pad": each(who, "padding", padding, self._axes),
            "num_filter": channels,
            "num_group": groups,
            "no_bias": not use_bias,
            "layout": layout,
        }
        with self.name_scope():
            self.weight = self.params.get(
                "weight", shape=self._weight_shape(layout), init=weight_initializer, allow_deferred_init=True
            )
            self.bias = None
            if use_bias:
                self.bias = self.params.get("bias", shape=(channels,), init=bias_initializer, allow_deferred_init=True)
            self.act = Activation(activation, prefix=f"{activation}_") if activation is not None else None

    def _alias(self) -> str:
        return "conv"

    def _weight_shape(self, layout: str) -> tuple[int, ...]:
        """Lay the weight's axes out as the layout says: its N is the output channels, its C the input ones."""
        outer, inner = self._channels, self._in_channels // self._kwargs["num_group"]
        if self._op == "Deconvolution":
            outer, inner = self._in_channels, self._channels // self._kwargs["num_group"]
        sizes = iter(self._kwargs["kernel"])
        return tuple({"N": outer, "C": inner}.get(axis) if axis in "NC" else next(sizes) for axis in layout)  # type: ignore[misc]

    def hybrid_forward(self, F: Any, x: Any, weight: Any, bias: Any = None) -> Any:
        """Convolve, add the bias, activate."""
        x = getattr(F, self._op)(x, weight, bias, name="fwd", **self._kwargs)
        return x if self.act is None else self.act(x)

    def __repr__(self) -> str:
        given, shape = self._kwargs, self.weight.shape
        if shape is None:
            return super().__repr__()
        # The weight's two numbers of channels, as MXNet shows them: with groups those of one group, and where the
        # convolution is transposed the wrong way round.
        inner, outer = shape[given["layout"].index("C")], shape[0]
        parts = [f"{inner or None} -> {outer}", f"kernel_size={given['kernel']}", f"stride={given['stride']}"]
        if any(given["pad"]):
            parts.append(f"padding={given['pad']}")
        if any(one != 1 for one in given["dilate"]):
            parts.append(f"dilation={given['dilate']}")
        if given["num_group"] != 1:
            parts.append(f"groups={given['num_group']}")
        if self.bias is None:
            parts.append("bias=False")
        if self.act is not None:
            parts.append(repr(self.act))
        return f"{type(self).__name__}({', '.join(parts)})"


class _ConvTranspose(_Conv):
    """What the transposed convolutions share: the order of their arguments."""

    _op = "Deconvolution"

    def __init__(
        self,
        channels: int,
        kernel_size: Size,
        strides: Size = 1,
        padding: Size = 0,
        output_padding: Size = 0,
        dilation: Size = 1,
        groups: int = 1,
        layout: str | None = None,
        activation: str | None = None,
        use_bias: bool = True,
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        in_channels: int = 0,
        **names: Any,
    ) -> None:
        """Set the layer up; the arguments are those of a convolution, and one more.

        Args:
            channels: number of output channels.
            kernel_size: size of the kernel.
            strides: step of the kernel in the output.
            padding: cut off around the output.
            output_padding: added to the output's size at its end; less than the stride.
            dilation: distance of the kernel's taps.
            groups: number of parts that channels are divided into.
            layout: order of the axes, channels second (the default) or last.
            activation: name of an activation applied last.
            use_bias: add a bias to each channel.
            weight_initializer: initializer of the weight.
            bias_initializer: initializer of the bias.
            in_channels: number of input channels; 0 takes it from the first input.
            names: ``prefix`` and ``params``.
        """
        super().__init__(
            channels, kernel_size, strides, padding, dilation, groups, layout, activation, use_bias, weight_initializer,
            bias_initializer, in_channels, **names,
        )  # fmt: skip
        self._kwargs["adj"] = each(type(self).__name__, "output_padding", output_padding, self._axes)


class Conv1D(_Conv):
    """Convolution over one axis of ``(N, C, W)``; MXNet's ``gluon.nn.Conv1D``.

    The weight has shape ``(channels, in_channels / groups, ...)`` with its axes in the order of the layout. An output
    axis has size ``(x + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1``.

    Examples:
        >>> from regluon import nd
        >>> layer = Conv1D(4, 3)
        >>> layer.initialize()
        >>> layer(nd.ones((1, 2, 5))).shape
        (1, 4, 3)
    """

    _axes = 1


class Conv2D(_Conv):
    """Convolution over two axes of ``(N, C, H, W)``; MXNet's ``gluon.nn.Conv2D``.

    The weight has shape ``(channels, in_channels / groups, ...)`` with its axes in the order of the layout. An output
    axis has size ``(x + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1``.

    Examples:
        >>> from regluon import nd
        >>> layer = Conv2D(4, 3)
        >>> layer.initialize()
        >>> layer(nd.ones((1, 2, 5, 5))).shape
        (1, 4, 3, 3)
    """

    _axes = 2


class Conv3D(_Conv):
    """Convolution over three axes of ``(N, C, D, H, W)``; MXNet's ``gluon.nn.Conv3D``.

    The weight has shape ``(channels, in_channels / groups, ...)`` with its axes in the order of the layout. An output
    axis has size ``(x + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1``.

    Examples:
        >>> from regluon import nd
        >>> layer = Conv3D(4, 3)
        >>> layer.initialize()
        >>> layer(nd.ones((1, 2, 5, 5, 5))).shape
        (1, 4, 3, 3, 3)
    """

    _axes = 3


class Conv1DTranspose(_ConvTranspose):
    """Transposed convolution over one axis of ``(N, C, W)``; MXNet's ``gluon.nn.Conv1DTranspose``.

    The weight has shape ``(in_channels, channels / groups, ...)`` with its axes in the order of the layout. An output
    axis has size ``(x - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1 + output_padding``.

    Examples:
        >>> from regluon import nd
        >>> layer = Conv1DTranspose(4, 3)
        >>> layer.initialize()
        >>> layer(nd.ones((1, 2, 5))).shape
        (1, 4, 7)
    """

    _axes = 1


class Conv2DTranspose(_ConvTranspose):
    """Transposed convolution over two axes of ``(N, C, H, W)``; MXNet's ``gluon.nn.Conv2DTranspose``.

    The weight has shape ``(in_channels, channels / groups, ...)`` with its axes in the order of the layout. An output
    axis has size ``(x - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1 + output_padding``.

    Examples:
        >>> from regluon import nd
        >>> layer = Conv2DTranspose(4, 3)
        >>> layer.initialize()
        >>> layer(nd.ones((1, 2, 5, 5))).shape
        (1, 4, 7, 7)
    """

    _axes = 2


class Conv3DTranspose(_ConvTranspose):
    """Transposed convolution over three axes of ``(N, C, D, H, W)``; MXNet's ``gluon.nn.Conv3DTranspose``.

    The weight has shape ``(in_channels, channels / groups, ...)`` with its axes in the order of the layout. An output
    axis has size ``(x - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1 + output_padding``.

    Examples:
        >>> from regluon import nd
        >>> layer = Conv3DTranspose(4, 3)
        >>> layer.initialize()
        >>> layer(nd.ones((1, 2, 5, 5, 5))).shape
        (1, 4, 7, 7, 7)
    """

    _axes = 3
