"""Predictors: the last layers of a detector, which turn features into scores and offsets."""

from typing import Any

from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock
from regluon.initializer import Xavier

__all__ = ["ConvPredictor", "FCPredictor"]


class ConvPredictor(HybridBlock):
    """Predict ``num_channel`` numbers at every place of a feature map by a convolution; GluonCV's ``ConvPredictor``.

    Args:
        num_channel: number of output channels.
        kernel: size of the kernel, height and width.
        pad: zeros put around the map.
        stride: step of the kernel.
        activation: name of an activation applied last.
        use_bias: add a bias; needless before a normalisation.
        in_channels: number of input channels; 0 takes it from the first input.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> predictor = ConvPredictor(4)
        >>> predictor.initialize()
        >>> predictor(nd.ones((1, 2, 5, 5))).shape
        (1, 4, 5, 5)
    """

    def __init__(
        self,
        num_channel: int,
        kernel: tuple[int, int] = (3, 3),
        pad: tuple[int, int] = (1, 1),
        stride: tuple[int, int] = (1, 1),
        activation: str | None = None,
        use_bias: bool = True,
        in_channels: int = 0,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        with self.name_scope():
            self.predictor = nn.Conv2D(
                num_channel,
                kernel,
                strides=stride,
                padding=pad,
                activation=activation,
                use_bias=use_bias,
                weight_initializer=Xavier(magnitude=2),
                bias_initializer="zeros",
                in_channels=in_channels,
            )

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Predict from ``(B, C, H, W)`` features."""
        return self.predictor(x)


class FCPredictor(HybridBlock):
    """Predict ``num_output`` numbers for each sample by a dense layer; GluonCV's ``FCPredictor``.

    Args:
        num_output: number of outputs.
        activation: name of an activation applied last.
        use_bias: add a bias.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> predictor = FCPredictor(4)
        >>> predictor.initialize()
        >>> predictor(nd.ones((1, 2, 5, 5))).shape
        (1, 4)
    """

    def __init__(self, num_output: int, activation: str | None = None, use_bias: bool = True, **names: Any) -> None:
        super().__init__(**names)
        with self.name_scope():
            self.predictor = nn.Dense(num_output, activation=activation, use_bias=use_bias)

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Predict from ``(B, *)`` features, their axes after the first joined."""
        return self.predictor(x)
