"""Updates of several weights by one call, from MXNet's ``multi_*`` operators: the steps of ``ops.update``, one by one.

Inputs come weight by weight: its gradient, its states, and its float32 copy where it has one. As in MXNet states and
copies change in place; the new weights are the results, to be written with ``out``.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.registry import Attributes, Types, op
from regluon.ops.types import Rule, common_type
from regluon.ops.update import adaptive, layerwise, momentum
from regluon.ops.update.gradients import all_alike

__all__ = ["multi_lars", "reset_arrays"]

Floats = tuple[float, ...]
Updated = Tensor | tuple[Tensor, ...]

_DATA = {
    "wg": "``(*)`` weight and gradient",
    "wgm": "``(*)`` weight, gradient and momentum",
    "wgf": "``(*)`` weight, gradient and weight in float32",
    "wgmf": "``(*)`` weight, gradient, momentum and weight in float32",
    "wgav": "``(*)`` weight, gradient, mean and mean square",
    "wgavf": "``(*)`` weight, gradient, mean, mean square and weight in float32",
}

_TEXTS = {
    "lrs": "learning rates, one for each weight.",
    "learning_rates": "learning rates, one for each weight.",
    "wds": "weight decays, one for each weight.",
    "etas": "factors of the whole step, one for each weight.",
    "step_count": "numbers of this step, from 1, one for each weight.",
    "momentum": "share of the momentum that is kept.",
    "beta1": "share of the mean that is kept.",
    "beta2": "share of the mean square that is kept.",
    "epsilon": "added to the root.",
    "bias_correction": "whether to make up for the means' having begun at 0.",
    "lower_bound": "least norm of a weight to count with; negative for none.",
    "upper_bound": "largest norm of a weight to count with; negative for none.",
    "rescale_grad": "factor of the gradients.",
    "clip_gradient": "bound of the scaled gradients' elements; negative for none.",
    "num_weights": "how many weights there are.",
    "num_tensors": "how many weights there are.",
}


def _outputs(attributes: Attributes) -> tuple[str, ...]:
    count = attributes.get("num_weights", attributes.get("num_tensors"))
    return ("output",) if count == 1 else tuple(f"output{place}" for place in range(count or 1))


def _declare(name: str, like: str, data: str, last: str = "") -> Callable[[Callable[..., Updated]], None]:
    """Describe and register an operator on several weights.

    Args:
        name: its registered name.
        like: the operator on one weight.
        data: what comes for each weight, a key of ``_DATA``.
        last: what comes after all weights.
    """

    def register(function: Callable[..., Updated]) -> None:
        hints = [one for one in function.__annotations__ if one not in ("data", "return")]
        given = "".join(f"        {one}: {_TEXTS[one]}\n" for one in hints)
        numbers = {"lrs": "(0.5,)", "learning_rates": "(0.5,)", "wds": "(0.0,)", "etas": "(1.0,)", "step_count": "(1,)"}
        example = ", ".join(f"{one}={numbers[one]}" for one in hints if one in numbers)
        arrays = ["one", *["one.clone()"] * (len(data) - 1), *["one"] * (len(last.split(" and ")) if last else 0)]
        function.__name__ = function.__qualname__ = name.strip("_")
        function.__module__ = __name__
        function.__doc__ = f"""Update several weights as ``{like}`` updates one (MXNet, ``{name}``).

    Args:
        data: {_DATA[data]} for each{", then " + last if last else ""}; what is not weight or gradient changes in place.
{given}
    Returns:
        The new weights, ``(*)`` each.

    Examples:
        >>> one = torch.ones(1)
        >>> {function.__name__}({", ".join(arrays)}{", " + example if example else ""}).shape
        torch.Size([1])
    """
        op(name, outputs=_outputs, types=_types(data), differentiable=False, per_argument=0)(function)

    return register


def _types(kinds: str) -> Rule:
    """Make the rule that weight and gradient are alike, the results too, and all else is float32 beside a copy."""

    def rule(known: Types, attributes: Attributes) -> Types:
        inputs = [name for name in known if name.startswith("arg")]
        if "f" not in kinds:
            return dict.fromkeys(known, common_type(known))
        count = len(inputs) // len(kinds)
        own = {
            name: known[name] if place < count * len(kinds) and kinds[place % len(kinds)] in "wg" else torch.float32
            for place, name in enumerate(inputs)
        }
        results = [known[inputs[place * len(kinds)]] for place in range(count)]
        return {**own, **dict(zip([name for name in known if name not in own], results, strict=False))}

    return rule


def _several(
    who: str, data: Sequence[Tensor], size: int, count: int, step: Callable[..., Any], *each: Sequence[Any]
) -> Updated:
    """Take a step for each weight.

    Args:
        who: the operator, for errors.
        data: all inputs that belong to a weight.
        size: how many belong to one.
        count: how many weights there are.
        step: gets the inputs of a weight and its numbers, returns the new weight and then the new states.
        each: numbers, one of each kind for a weight.
    """
    if len(data) != size * count:
        raise ArgumentError(f"{who}: data must be {size} arrays for each of {count} weights, got {len(data)}")
    if any(len(one) != count for one in each):
        raise ArgumentError(
            f"{who}: numbers must be one for each of {count} weights, got {', '.join(str(len(one)) for one in each)}"
        )
    results = []
    with torch.no_grad():
        for place in range(count):
            own = data[place * size : (place + 1) * size]
            found = step(*own, *(one[place] for one in each))
            new, states = (found, ()) if isinstance(found, Tensor) else (found[0], found[1:])
            # The weight and its gradient come first.
            for old, state in zip(own[2:], states, strict=True):
                old.copy_(state)
            results.append(new)
    return results[0] if count == 1 else tuple(results)


def _sgd(name: str, data: str, function: Callable[..., Any], has_momentum: bool) -> None:
    """Declare gradient descent on several weights, its numbers given as attributes or as arrays."""
    size, like = len(data), name.removeprefix("multi_")

    def step(momentum: float, rescale_grad: float, clip_gradient: float) -> Callable[..., Any]:
        options: dict[str, Any] = {"rescale_grad": rescale_grad, "clip_gradient": clip_gradient}
        if has_momentum:
            options["momentum"] = momentum
        return lambda *inputs: function(*inputs[:-2], lr=inputs[-2], wd=inputs[-1], **options)

    def plain(
        *data: Tensor,
        lrs: Floats,
        wds: Floats,
        rescale_grad: float = 1.0,
        clip_gradient: float = -1.0,
        num_weights: int = 1,
    ) -> Updated:
        return _several(name, data, size, num_weights, step(0.0, rescale_grad, clip_gradient), lrs, wds)

    def plain_with_momentum(
        *data: Tensor,
        lrs: Floats,
        wds: Floats,
        momentum: float = 0.0,
        rescale_grad: float = 1.0,
        clip_gradient: float = -1.0,
        num_weights: int = 1,
    ) -> Updated:
        return _several(name, data, size, num_weights, step(momentum, rescale_grad, clip_gradient), lrs, wds)

    def loaded(*data: Tensor, rescale_grad: float = 1.0, clip_gradient: float = -1.0, num_weights: int = 1) -> Updated:
        who, numbers = f"preloaded_{name}", data[-2:]
        return _several(who, data[:-2], size, num_weights, step(0.0, rescale_grad, clip_gradient), *map(list, numbers))

    def loaded_with_momentum(
        *data: Tensor,
        momentum: float = 0.0,
        rescale_grad: float = 1.0,
        clip_gradient: float = -1.0,
        num_weights: int = 1,
    ) -> Updated:
        who, numbers = f"preloaded_{name}", data[-2:]
        return _several(
            who, data[:-2], size, num_weights, step(momentum, rescale_grad, clip_gradient), *map(list, numbers)
        )

    _declare(name, like, data)(plain_with_momentum if has_momentum else plain)
    numbers = "``(N,)`` learning rates and ``(N,)`` weight decays"
    _declare(f"preloaded_{name}", like, data, numbers)(loaded_with_momentum if has_momentum else loaded)


_sgd("multi_sgd_update", "wg", momentum.sgd_update, False)
_sgd("multi_sgd_mom_update", "wgm", momentum.sgd_mom_update, True)
_sgd("multi_mp_sgd_update", "wgf", momentum.mp_sgd_update, False)
_sgd("multi_mp_sgd_mom_update", "wgmf", momentum.mp_sgd_mom_update, True)


def _adamw(name: str, data: str, function: Callable[..., Any]) -> None:
    size = len(data)

    def update(
        *data: Tensor,
        lrs: Floats,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        wds: Floats,
        etas: Floats,
        clip_gradient: float = -1.0,
        num_weights: int = 1,
    ) -> Updated:
        options = {"beta1": beta1, "beta2": beta2, "epsilon": epsilon, "clip_gradient": clip_gradient}

        def step(*inputs: Any) -> Any:
            arrays, (lr, wd, eta) = inputs[:-3], inputs[-3:]
            return function(*arrays, data[-1], lr=lr, wd=wd, eta=eta, **options)

        return _several(name, data[:-1], size, num_weights, step, lrs, wds, etas)

    _declare(name, name.replace("_multi", ""), data, "``(1,)`` the factor of the gradients")(update)


_adamw("_multi_adamw_update", "wgav", adaptive.adamw_update)
_adamw("_multi_mp_adamw_update", "wgavf", adaptive.mp_adamw_update)


def _lamb(name: str, data: str) -> None:
    size = len(data)

    def update(
        *data: Tensor,
        learning_rates: Floats,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-6,
        wds: Floats,
        rescale_grad: float = 1.0,
        lower_bound: float = -1.0,
        upper_bound: float = -1.0,
        clip_gradient: float = -1.0,
        bias_correction: bool = True,
        step_count: tuple[int, ...],
        num_tensors: int = 1,
    ) -> Updated:
        def step(weight: Tensor, grad: Tensor, mean: Tensor, var: Tensor, *rest: Any) -> Any:
            *copies, lr, wd, t = rest
            exact = copies[0] if copies else weight
            way, mean, var = layerwise.lamb_update_phase1(
                exact, grad.to(exact.dtype), mean, var, beta1, beta2, epsilon, t=t, bias_correction=bias_correction,
                wd=wd, rescale_grad=rescale_grad, clip_gradient=clip_gradient,
            )  # fmt: skip
            # As in MXNet, the weight of less is measured.
            norms = weight.to(exact.dtype).norm().reshape(1), way.norm().reshape(1)
            new = layerwise.lamb_update_phase2(exact, way, *norms, lr, lower_bound, upper_bound)
            return new.to(weight.dtype), mean, var, *([new] if copies else [])

        return _several(name, data, size, num_tensors, step, learning_rates, wds, step_count)

    _declare(name, name.replace("_multi_", "") + "_phase1`` and ``_phase2", data)(update)


_lamb("_multi_lamb_update", "wgav")
_lamb("_multi_mp_lamb_update", "wgavf")


@op("multi_lars", complete=all_alike, differentiable=False)
def multi_lars(
    lrs: Tensor,
    weights_sum_sq: Tensor,
    grads_sum_sq: Tensor,
    wds: Tensor,
    eta: float,
    eps: float,
    rescale_grad: float = 1.0,
) -> Tensor:
    """Scale learning rates by the norms of weights and gradients (LARS, You and others, 2017; MXNet, ``multi_lars``).

    ``lr eta |w| / (|g| + wd |w| + eps)`` where both norms are positive.

    Args:
        lrs: ``(N,)`` learning rates.
        weights_sum_sq: ``(N,)`` squares of the weights' norms.
        grads_sum_sq: ``(N,)`` squares of the gradients' norms.
        wds: ``(N,)`` weight decays.
        eta: factor of the rates.
        eps: added to the divisor.
        rescale_grad: factor of the gradients.

    Returns:
        ``(N,)`` learning rates.

    Examples:
        >>> one = torch.ones(1)
        >>> multi_lars(one, 4 * one, 16 * one, 0 * one, eta=0.5, eps=0.0)
        tensor([0.2500])
    """
    if not lrs.shape == weights_sum_sq.shape == grads_sum_sq.shape == wds.shape:
        shapes = [tuple(one.shape) for one in (lrs, weights_sum_sq, grads_sum_sq, wds)]
        raise ShapeError(f"multi_lars: inputs must have one shape, got {shapes}")
    length, way = weights_sum_sq.sqrt(), grads_sum_sq.sqrt() * rescale_grad
    scaled = lrs * eta * length / (way + wds * length + eps)
    return torch.where((length > 0) & (way > 0), scaled, lrs)


@op("reset_arrays", outputs=(), differentiable=False, per_argument=0)
def reset_arrays(*data: Tensor, num_arrays: int) -> tuple[Tensor, ...]:
    """Fill arrays with zeros, in place (MXNet, ``reset_arrays``).

    Args:
        data: arrays ``(*)``.
        num_arrays: how many they are.

    Returns:
        Nothing, ``()``.

    Examples:
        >>> one = torch.ones(2)
        >>> reset_arrays(one, num_arrays=1), one
        ((), tensor([0., 0.]))
    """
    if num_arrays != len(data):
        raise ArgumentError(f"reset_arrays: num_arrays must be the number of arrays, {len(data)}, got {num_arrays}")
    with torch.no_grad():
        for one in data:
            one.zero_()
    return ()
