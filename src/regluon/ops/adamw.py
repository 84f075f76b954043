"""Updates as MXNet's ``contrib`` wraps them: the gradient's scale may be a number, several weights come in lists."""

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

    def multi_adamw_update(
        self,
        weights: Any,
        grads: Any,
        mean: Any,
        var: Any,
        rescale_grad: Any,
        lrs: Any,
        wds: Any,
        etas: Any,
        size: int = 0,
        **options: Any,
    ) -> Any:
        """Step as ``adamw_update`` does for each of several weights.

        Args:
            weights: list of weights.
            grads: their gradients.
            mean: running means of the gradients, replaced.
            var: running means of their squares, replaced.
            rescale_grad: factor of the gradients, a number or an array of one.
            lrs: learning rates.
            wds: weight decays.
            etas: factors of the whole steps.
            size: how many weights there are; all if 0.
            options: as for ``adamw_update``.

        Returns:
            The new weights.

        Examples:
            >>> from regluon import nd
            >>> one, zero = nd.ones((1,)), nd.zeros((1,))
            >>> arrays = [one], [2 * one], [zero], [zero]
            >>> options = {"lrs": [0.5], "wds": [0], "etas": [1], "beta1": 0.5, "beta2": 0.75, "epsilon": 0}
            >>> nd.contrib.multi_adamw_update(*arrays, 0.5, **options).asscalar().item()
            0.5
        """  # fmt: skip
        given = [*_by_weight(weights, grads, mean, var), self._scale(rescale_grad, weights[0])]
        numbers = {"lrs": tuple(lrs), "wds": tuple(wds), "etas": tuple(etas), "num_weights": size or len(weights)}
        return self._call("_multi_adamw_update")(*given, **numbers, **options)

    def multi_mp_adamw_update(
        self,
        weights: Any,
        grads: Any,
        mean: Any,
        var: Any,
        weights32: Any,
        rescale_grad: Any,
        lrs: Any,
        wds: Any,
        etas: Any,
        size: int = 0,
        **options: Any,
    ) -> Any:
        """Step as ``mp_adamw_update`` does for each of several weights; arguments as for ``multi_adamw_update``.

        Args:
            weights: list of weights.
            grads: their gradients.
            mean: running means of the gradients, replaced.
            var: running means of their squares, replaced.
            weights32: the weights in float32, replaced.
            rescale_grad: factor of the gradients, a number or an array of one.
            lrs: learning rates.
            wds: weight decays.
            etas: factors of the whole steps.
            size: how many weights there are; all if 0.
            options: as for ``adamw_update``.
        """  # fmt: skip
        given = [*_by_weight(weights, grads, mean, var, weights32), self._scale(rescale_grad, weights32[0])]
        numbers = {"lrs": tuple(lrs), "wds": tuple(wds), "etas": tuple(etas), "num_weights": size or len(weights)}
        return self._call("_multi_mp_adamw_update")(*given, **numbers, **options)

    def multi_lamb_update(
        self,
        weights: Any,
        grads: Any,
        mean: Any,
        var: Any,
        step_count: Any,
        lrs: Any,
        wds: Any,
        num_tensors: int = 0,
        **options: Any,
    ) -> Any:
        """Take LAMB's step for each of several weights, as the operator ``_multi_lamb_update`` does.

        Args:
            weights: list of weights.
            grads: their gradients.
            mean: running means of the gradients, replaced.
            var: running means of their squares, replaced.
            step_count: numbers of this step, from 1.
            lrs: learning rates.
            wds: weight decays.
            num_tensors: how many weights there are; all if 0.
            options: ``beta1``, ``beta2``, ``epsilon``, ``rescale_grad``, ``lower_bound``, ``upper_bound``,
                ``clip_gradient``, ``bias_correction``; ``out`` where the face has it.

        Returns:
            The new weights.
        """  # fmt: skip
        numbers = {"learning_rates": tuple(lrs), "wds": tuple(wds), "step_count": tuple(step_count)}
        given = _by_weight(weights, grads, mean, var)
        return self._call("_multi_lamb_update")(*given, num_tensors=num_tensors or len(weights), **numbers, **options)

    def multi_mp_lamb_update(
        self,
        weights: Any,
        grads: Any,
        mean: Any,
        var: Any,
        weights32: Any,
        step_count: Any,
        lrs: Any,
        wds: Any,
        num_tensors: int = 0,
        **options: Any,
    ) -> Any:
        """Take LAMB's step in float32 for each of several weights of less; arguments as for ``multi_lamb_update``.

        Args:
            weights: list of weights.
            grads: their gradients.
            mean: running means of the gradients, replaced.
            var: running means of their squares, replaced.
            weights32: the weights in float32, replaced.
            step_count: numbers of this step, from 1.
            lrs: learning rates.
            wds: weight decays.
            num_tensors: how many weights there are; all if 0.
            options: as for ``multi_lamb_update``.
        """  # fmt: skip
        numbers = {"learning_rates": tuple(lrs), "wds": tuple(wds), "step_count": tuple(step_count)}
        given = _by_weight(weights, grads, mean, var, weights32)
        call = self._call("_multi_mp_lamb_update")
        return call(*given, num_tensors=num_tensors or len(weights), **numbers, **options)

    def _scale(self, rescale_grad: Any, like: Any) -> Any:
        """Make an array of a number, of the type and on the device of another array."""
        if isinstance(rescale_grad, self._kind):
            return rescale_grad
        first = self._call("slice_axis")(self._call("Reshape")(like, shape=(-1,)), axis=0, begin=0, end=1)
        return self._call("_plus_scalar")(self._call("zeros_like")(first), scalar=float(rescale_grad))


def _by_weight(*lists: Any) -> list[Any]:
    """List what belongs to the first weight, to the second, and so on."""
    return [one for own in zip(*lists, strict=True) for one in own]
