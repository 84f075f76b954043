"""Updater: an optimizer with the states of the weights it updates."""

from typing import Any

from torch import Tensor

from regluon.nd.array import NDArray
from regluon.optimizer.base import Optimizer

__all__ = ["Updater", "get_updater"]


class Updater:
    """Update weights and keep their states.

    Args:
        optimizer: the optimizer.

    Attributes:
        states: the states by index.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer
        self.states: dict[Any, Any] = {}

    def __call__(self, index: Any, grad: Any, weight: Any) -> None:
        """Update a weight, or each of a list, in place.

        Args:
            index: index of the weight.
            grad: its gradient.
            weight: the array.
        """
        many = isinstance(index, (list, tuple))
        indices, grads, weights = (list(one) if many else [one] for one in (index, grad, weight))
        if not indices:
            return
        self.optimizer._set_current_context(weights[0].context.device_id)
        for one, array in zip(indices, weights, strict=True):
            if one not in self.states:
                self.states[one] = self.optimizer.create_state_multi_precision(one, array)
        states = [self.states[one] for one in indices]
        if self.optimizer.aggregate_num > 1:
            self.optimizer.update_multi_precision(indices, weights, grads, states)
            return
        for each in zip(indices, weights, grads, states, strict=True):
            self.optimizer.update_multi_precision(*each)

    def tensors(self) -> dict[Any, Any]:
        """Return the states with tensors in the place of arrays, to be written to a file."""
        return {index: _unwrapped(state) for index, state in self.states.items()}

    def set_tensors(self, states: dict[Any, Any]) -> None:
        """Take such states over."""
        self.states = {index: _wrapped(state) for index, state in states.items()}


def get_updater(optimizer: Optimizer) -> Updater:
    """Return a function ``(index, grad, weight)`` that updates weights."""
    return Updater(optimizer)


def _unwrapped(state: Any) -> Any:
    if isinstance(state, (list, tuple)):
        return tuple(_unwrapped(one) for one in state)
    return state._tensor if isinstance(state, NDArray) else state


def _wrapped(state: Any) -> Any:
    if isinstance(state, (list, tuple)):
        return tuple(_wrapped(one) for one in state)
    return NDArray(state) if isinstance(state, Tensor) else state
