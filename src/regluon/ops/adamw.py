"""AdamW's updates as MXNet's ``contrib.adamw_update`` offers them: the gradient's scale may be a number."""

from collections.abc import Callable
from typing import Any

__all__ = ["AdamW"]

Call = Callable[..., Any]


class AdamW:
    """The updates of one face.

    Args:
        kind: type of the face's arrays.
        call: gives the face's function of a registered name.
    """

    def __init__(self, kind: type, call: Callable[[str], Call]) -> None:
        self._kind = kind
        self._call = call

    def adamw_update(
        self, weight: Any, grad: Any, mean: Any, var: Any, rescale_grad: Any, lr: float, eta: float, **options: Any
    ) -> Any:
        """Step as the operator ``_adamw_update`` does.

        Args:
            weight: any shape.
            grad: its gradient, of the same shape.
            mean: running mean of the gradient, replaced.
            var: running mean of its square, replaced.
            rescale_grad: factor of the gradient, a number or an array of one.
            lr: learning rate.
            eta: factor of the whole step.
            options: ``beta1``, ``beta2``, ``epsilon``, ``wd``, ``clip_gradient``; ``out`` and ``name`` where the face
                has them.

        Returns:
            The new weight.

        Examples:
            >>> from regluon import nd
            >>> one, zero = nd.ones((1,)), nd.zeros((1,))
            >>> found = nd.contrib.adamw_update(
            ...     one, 2 * one, zero, zero, 0.5, lr=0.5, eta=1.0, beta1=0.5, beta2=0.75, epsilon=0.0
            ... )
            >>> found.asscalar().item()
            0.5
        """
        scale = self._scale(rescale_grad, weight)
        return self._call("_adamw_update")(weight, grad, mean, var, scale, lr=lr, eta=eta, **options)

    def mp_adamw_update(
        self,
        weight: Any,
        grad: Any,
        mean: Any,
        var: Any,
        weight32: Any,
        rescale_grad: Any,
        lr: float,
        eta: float,
        **options: Any,
    ) -> Any:
        """Step as the operator ``_mp_adamw_update`` does.

        Args:
            weight: any shape; only its type matters.
            grad: its gradient, of the same shape.
            mean: running mean of the gradient in float32, replaced.
            var: running mean of its square in float32, replaced.
            weight32: the weight in float32, replaced.
            rescale_grad: factor of the gradient, a number or an array of one.
            lr: learning rate.
            eta: factor of the whole step.
            options: as for ``adamw_update``.

        Returns:
            The new weight.
        """
        scale = self._scale(rescale_grad, weight32)
        return self._call("_mp_adamw_update")(weight, grad, mean, var, weight32, scale, lr=lr, eta=eta, **options)

    def _scale(self, rescale_grad: Any, like: Any) -> Any:
        """Make an array of a number, of the type and on the device of another array."""
        if isinstance(rescale_grad, self._kind):
            return rescale_grad
        first = self._call("slice_axis")(self._call("Reshape")(like, shape=(-1,)), axis=0, begin=0, end=1)
        return self._call("_plus_scalar")(self._call("zeros_like")(first), scalar=float(rescale_grad))
