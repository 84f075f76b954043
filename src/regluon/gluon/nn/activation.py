"""Activations: a function applied to every element."""

from typing import Any

from regluon import initializer
from regluon.core.errors import ArgumentError
from regluon.gluon.hybrid import HybridBlock

__all__ = ["ELU", "GELU", "SELU", "Activation", "LeakyReLU", "PReLU", "SiLU", "Swish"]


class Activation(HybridBlock):
    """Apply a named activation to every element.

    Args:
        activation: ``relu``, ``sigmoid``, ``tanh``, ``softrelu`` or ``softsign``.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> Activation("relu")(nd.array([-1, 2])).asnumpy()
        array([0., 2.], dtype=float32)
    """

    def __init__(self, activation: str, **names: Any) -> None:
        self._act_type = activation
        super().__init__(**names)

    def _alias(self) -> str:
        return self._act_type

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Apply the activation."""
        return F.Activation(x, act_type=self._act_type, name="fwd")

    def __repr__(self) -> str:
        return f"Activation({self._act_type})"


class LeakyReLU(HybridBlock):
    """Rectify, with a small slope for negative elements (Maas et al., 2013).

    Args:
        alpha: the slope, >= 0.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> LeakyReLU(0.5)(nd.array([-1, 2])).asnumpy()
        array([-0.5,  2. ], dtype=float32)
    """

    def __init__(self, alpha: float, **names: Any) -> None:
        if alpha < 0:
            raise ArgumentError(f"LeakyReLU: alpha must be >= 0, got {alpha}")
        super().__init__(**names)
        self._alpha = alpha

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Rectify."""
        return F.LeakyReLU(x, act_type="leaky", slope=self._alpha, name="fwd")

    def __repr__(self) -> str:
        return f"LeakyReLU({self._alpha})"


class PReLU(HybridBlock):
    """Rectify, with a learnt slope for negative elements (He et al., 2015).

    Args:
        alpha_initializer: initializer of the slope, 0.25 if not given.
        in_channels: number of slopes: 1, or one for each channel (the second axis).
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> layer = PReLU()
        >>> layer.initialize()
        >>> layer(nd.array([[-1, 2]])).asnumpy()
        array([[-0.25,  2.  ]], dtype=float32)
    """

    def __init__(self, alpha_initializer: Any = None, in_channels: int = 1, **names: Any) -> None:
        super().__init__(**names)
        init = initializer.Constant(0.25) if alpha_initializer is None else alpha_initializer
        self.alpha = self.params.get("alpha", shape=(in_channels,), init=init)

    def hybrid_forward(self, F: Any, x: Any, alpha: Any) -> Any:
        """Rectify."""
        return F.LeakyReLU(x, gamma=alpha, act_type="prelu", name="fwd")


class ELU(HybridBlock):
    """Rectify, with ``alpha * (exp(x) - 1)`` for negative elements (Clevert et al., 2016).

    Args:
        alpha: the factor.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> ELU()(nd.array([-1, 2])).asnumpy().round(4)
        array([-0.6321,  2.    ], dtype=float32)
    """

    def __init__(self, alpha: float = 1.0, **names: Any) -> None:
        super().__init__(**names)
        self._alpha = alpha

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Rectify."""
        return F.LeakyReLU(x, act_type="elu", slope=self._alpha)


class SELU(HybridBlock):
    """Rectify so that layers keep mean 0 and variance 1 by themselves (Klambauer et al., 2017).

    Examples:
        >>> from regluon import nd
        >>> SELU()(nd.array([-1, 2])).asnumpy().round(4)
        array([-1.1113,  2.1014], dtype=float32)
    """

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Rectify."""
        return F.LeakyReLU(x, act_type="selu", name="fwd")


class GELU(HybridBlock):
    """Multiply by the normal distribution's share below each element (Hendrycks and Gimpel, 2016).

    Examples:
        >>> from regluon import nd
        >>> GELU()(nd.array([-1, 2])).asnumpy().round(4)
        array([-0.1587,  1.9545], dtype=float32)
    """

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Multiply."""
        return F.LeakyReLU(x, act_type="gelu", name="fwd")


class Swish(HybridBlock):
    """Multiply by the sigmoid of ``beta * x`` (Ramachandran et al., 2017).

    Args:
        beta: the factor.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> Swish()(nd.array([-1, 2])).asnumpy().round(4)
        array([-0.2689,  1.7616], dtype=float32)
    """

    def __init__(self, beta: float = 1.0, **names: Any) -> None:
        super().__init__(**names)
        self._beta = beta

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Multiply."""
        return x * F.sigmoid(self._beta * x, name="fwd")


class SiLU(HybridBlock):
    """Multiply by the sigmoid; ``Swish`` with ``beta`` 1, by the name it has in MXNet 2.

    Examples:
        >>> from regluon import nd
        >>> SiLU()(nd.array([-1, 2])).asnumpy().round(4)
        array([-0.2689,  1.7616], dtype=float32)
    """

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Multiply."""
        return x * F.sigmoid(x, name="fwd")
