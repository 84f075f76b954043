"""Numbers turned into vectors."""

from typing import Any

from regluon.core.dtype import dtype_name
from regluon.core.errors import NotSupportedError
from regluon.gluon.hybrid import HybridBlock

__all__ = ["Embedding"]


class Embedding(HybridBlock):
    """Look up a row of the weight for every element; MXNet's ``gluon.nn.Embedding``.

    Args:
        input_dim: number of rows.
        output_dim: their length.
        dtype: number type of the weight.
        weight_initializer: initializer of the weight, ``(input_dim, output_dim)``.
        sparse_grad: only False; gradients are dense here.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> layer = Embedding(10, 4)
        >>> layer.initialize()
        >>> layer(nd.array([[1, 2, 3]])).shape
        (1, 3, 4)
    """

    def __init__(
        self, input_dim: int, output_dim: int, dtype: Any = "float32", weight_initializer: Any = None,
        sparse_grad: bool = False, **names: Any,
    ) -> None:  # fmt: skip
        super().__init__(**names)
        if sparse_grad:
            raise NotSupportedError(
                f"Embedding: sparse_grad must be False, as gradients are dense here, got {sparse_grad}"
            )
        self._kwargs = {"input_dim": input_dim, "output_dim": output_dim, "dtype": dtype_name(dtype)}
        self.weight = self.params.get(
            "weight", shape=(input_dim, output_dim), dtype=dtype, init=weight_initializer, allow_deferred_init=True
        )

    def hybrid_forward(self, F: Any, x: Any, weight: Any) -> Any:
        """Look rows up."""
        return F.Embedding(x, weight, name="fwd", **self._kwargs)

    def __repr__(self) -> str:
        given = self._kwargs
        return f"Embedding({given['input_dim']} -> {given['output_dim']}, {given['dtype']})"
