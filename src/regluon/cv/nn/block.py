"""Small layers that networks of the zoo are made of."""

from typing import Any

from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.model_zoo.vision.mobilenet import ReLU6

__all__ = ["DUC", "BatchNormCudnnOff", "HardSigmoid", "HardSwish", "ReLU6"]


class HardSigmoid(HybridBlock):
    """Climb from 0 at -3 to 1 at 3 along a line (Howard et al., 2019); GluonCV's ``HardSigmoid``.

    Args:
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> HardSigmoid()(nd.array([-4, 0, 1.5])).asnumpy()
        array([0.  , 0.5 , 0.75], dtype=float32)
    """

    def __init__(self, **names: Any) -> None:
        super().__init__(**names)
        self.act = ReLU6()

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Apply it to every element."""
        return self.act(x + 3.0) / 6.0


class HardSwish(HybridBlock):
    """Multiply every element by its ``HardSigmoid`` (Howard et al., 2019); GluonCV's ``HardSwish``.

    Args:
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> HardSwish()(nd.array([-4, 0, 1.5])).asnumpy()
        array([-0.   ,  0.   ,  1.125], dtype=float32)
    """

    def __init__(self, **names: Any) -> None:
        super().__init__(**names)
        self.act = HardSigmoid()

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Apply it to every element."""
        return x * self.act(x)


class BatchNormCudnnOff(nn.BatchNorm):
    """Normalise as ``BatchNorm`` does; GluonCV's ``BatchNormCudnnOff``, which gives Parameters other full names.

    Args:
        kwargs: arguments of ``BatchNorm``.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)


class DUC(HybridBlock):
    """Convolve, then lay channels out as pixels (Wang et al., 2017, "Understanding Convolution"); GluonCV's ``DUC``.

    Args:
        planes: channels of the convolution.
        upscale_factor: by how much maps grow; the channels are divided by its square.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> layer = DUC(12)
        >>> layer.initialize()
        >>> layer(nd.zeros((1, 5, 2, 3))).shape
        (1, 3, 4, 6)
    """

    def __init__(self, planes: int, upscale_factor: int = 2, **names: Any) -> None:
        super().__init__(**names)
        self.conv = nn.Conv2D(planes, 3, padding=1, use_bias=False)
        self.bn = BatchNormCudnnOff()
        self.relu = nn.Activation("relu")
        self.pixel_shuffle = nn.PixelShuffle2D(upscale_factor)

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Return ``(B, planes / factor ** 2, H * factor, W * factor)``."""
        return self.pixel_shuffle(self.relu(self.bn(self.conv(x))))
