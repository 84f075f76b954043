"""Fully connected layers, and those that only change shapes."""

from typing import Any

from regluon.core.errors import ArgumentError
from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.nn.activation import Activation

__all__ = ["Dense", "Dropout", "Flatten", "Identity"]


class Dense(HybridBlock):
    """Multiply by a weight, add a bias, activate; MXNet's ``gluon.nn.Dense``.

    Args:
        units: number of outputs.
        activation: name of an activation applied last, such as ``"relu"``.
        use_bias: add a bias.
        flatten: join all axes but the first; otherwise only the last axis is multiplied.
        dtype: number type of the parameters.
        weight_initializer: initializer of the weight, ``(units, in_units)``.
        bias_initializer: initializer of the bias, ``(units,)``.
        in_units: number of inputs; 0 takes it from the first input.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> layer = Dense(4)
        >>> layer.initialize()
        >>> layer(nd.ones((2, 3, 5))).shape
        (2, 4)
    """

    def __init__(
        self,
        units: int,
        activation: str | None = None,
        use_bias: bool = True,
        flatten: bool = True,
        dtype: Any = "float32",
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        in_units: int = 0,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        if isinstance(units, bool) or not isinstance(units, int) or units < 1:
            raise ArgumentError(f"Dense: units must be an int >= 1, got {units!r}")
        self._units, self._flatten = units, flatten
        with self.name_scope():
            self.weight = self.params.get(
                "weight", shape=(units, in_units), dtype=dtype, init=weight_initializer, allow_deferred_init=True
            )
            self.bias = None
            if use_bias:
                self.bias = self.params.get(
                    "bias", shape=(units,), dtype=dtype, init=bias_initializer, allow_deferred_init=True
                )
            self.act = Activation(activation, prefix=f"{activation}_") if activation is not None else None

    def hybrid_forward(self, F: Any, x: Any, weight: Any, bias: Any = None) -> Any:
        """Multiply, add, activate."""
        x = F.FullyConnected(
            x, weight, bias, no_bias=bias is None, num_hidden=self._units, flatten=self._flatten, name="fwd"
        )
        return x if self.act is None else self.act(x)

    def __repr__(self) -> str:
        known = (self.weight.shape or (0, 0))[1]
        act = "linear" if self.act is None else repr(self.act)
        return f"Dense({known or None} -> {self._units}, {act})"


class Dropout(HybridBlock):
    """Set elements to 0 at random while training, and scale the others up (Srivastava et al., 2014).

    Args:
        rate: share of elements that are dropped, in ``[0, 1)``.
        axes: axes along which one decision holds for all elements.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> Dropout(0.5)(nd.ones((3,))).asnumpy()  # not training
        array([1., 1., 1.], dtype=float32)
    """

    def __init__(self, rate: float, axes: tuple[int, ...] = (), **names: Any) -> None:
        super().__init__(**names)
        if not 0 <= rate < 1:
            raise ArgumentError(f"Dropout: rate must be in [0, 1), got {rate}")
        self._rate, self._axes = rate, axes

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Drop elements, while training."""
        return (
            F.identity(x)
            if self._rate == 0
            else F.Dropout(x, p=self._rate, axes=self._axes, name="fwd", cudnn_off=False)
        )

    def __repr__(self) -> str:
        return f"Dropout(p = {self._rate}, axes={self._axes})"


class Flatten(HybridBlock):
    """Join all axes but the first.

    Examples:
        >>> from regluon import nd
        >>> Flatten()(nd.ones((2, 3, 4))).shape
        (2, 12)
    """

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Join the axes."""
        return F.Flatten(x)

    def __repr__(self) -> str:
        return "Flatten"


class Identity(HybridBlock):
    """Give the input back.

    Examples:
        >>> from regluon import nd
        >>> Identity()(nd.ones((2,))).shape
        (2,)
    """

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Give the input back."""
        return x
