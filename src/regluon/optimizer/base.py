"""The base of optimizers, and how they are found by name."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ArgumentTypeError
from regluon.nd.array import NDArray

__all__ = ["Optimizer", "Updater", "create", "get_updater", "register"]

_REGISTRY: dict[str, type["Optimizer"]] = {}

T = TypeVar("T", bound=type)


class Optimizer:
    """Change weights by their gradients; subclasses write ``create_state`` and ``step``.

    A weight's gradient is multiplied by ``rescale_grad`` and clipped before anything else, as in MXNet.

    Args:
        rescale_grad: factor of the gradients; Trainer sets it to ``1 / batch_size``.
        param_idx2name: names of the weights by index.
        wd: weight decay.
        clip_gradient: bound of each gradient element; none if None or negative.
        learning_rate: the rate, 0.01 if not given.
        lr_scheduler: gives the rate from the number of updates.
        begin_num_update: number of updates to begin counting from.
        param_dict: Parameters by index, for their ``lr_mult`` and ``wd_mult``.
        further: accepted for MXNet's sake: ``multi_precision``, ``aggregate_num``, ``use_fused_step``, ``sym``.
    """

    def __init__(
        self,
        rescale_grad: float = 1.0,
        param_idx2name: Mapping[int, str] | None = None,
        wd: float = 0.0,
        clip_gradient: float | None = None,
        learning_rate: float | None = None,
        lr_scheduler: Any = None,
        begin_num_update: int = 0,
        param_dict: Mapping[int, Any] | None = None,
        **further: Any,
    ) -> None:
        unknown = set(further) - {"multi_precision", "aggregate_num", "use_fused_step", "sym"}
        if unknown:
            raise ArgumentTypeError(f"{type(self).__name__}: has no argument {min(unknown)!r}")
        self.rescale_grad, self.wd, self.lr_scheduler = rescale_grad, wd, lr_scheduler
        self.clip_gradient = None if clip_gradient is None or clip_gradient < 0 else clip_gradient
        self.lr = 0.01 if learning_rate is None else learning_rate
        if lr_scheduler is not None and learning_rate is not None:
            lr_scheduler.base_lr = learning_rate
        self.idx2name, self.param_dict = dict(param_idx2name or {}), dict(param_dict or {})
        self.num_update = self.begin_num_update = begin_num_update
        self._counts: dict[Any, int] = {}
        self.lr_mult: dict[Any, float] = {}
        self.wd_mult: dict[Any, float] = {}

    @property
    def learning_rate(self) -> float:
        """The rate now."""
        return self.lr if self.lr_scheduler is None else self.lr_scheduler(self.num_update)

    def set_learning_rate(self, lr: float) -> None:
        """Set the rate.

        Raises:
            ArgumentError: a scheduler sets it.
        """
        if self.lr_scheduler is not None:
            raise ArgumentError(f"{type(self).__name__}: the learning rate is set by its lr_scheduler, got {lr}")
        self.lr = lr

    def set_lr_mult(self, args_lr_mult: Mapping[Any, float]) -> None:
        """Set factors of the rate by index or name."""
        self.lr_mult = dict(args_lr_mult)

    def set_wd_mult(self, args_wd_mult: Mapping[Any, float]) -> None:
        """Set factors of the weight decay by index or name."""
        self.wd_mult = dict(args_wd_mult)

    def create_state(self, index: Any, weight: NDArray) -> Any:  # noqa: ARG002
        """Make what is kept between updates of a weight: None, an array, or a tuple of them."""
        return None

    def create_state_multi_precision(self, index: Any, weight: NDArray) -> Any:
        """Make the state; weights of 16 bits are updated in their own type."""
        return self.create_state(index, weight)

    def update(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        """Update one weight, or lists of weights, in place.

        Args:
            index: index of the weight.
            weight: the array.
            grad: its gradient, of the same shape.
            state: what ``create_state`` made.
        """
        if not isinstance(index, (list, tuple)):
            index, weight, grad, state = [index], [weight], [grad], [state]
        for one in index:
            self._count(one)
        with torch.no_grad():
            for which, w, g, s in zip(index, weight, grad, state, strict=True):
                self.step(which, w._tensor, self._prepared(g._tensor), s)

    update_multi_precision = update

    def step(self, index: Any, weight: Tensor, grad: Tensor, state: Any) -> None:
        """Update one weight in place from its prepared gradient."""
        raise NotImplementedError(f"{type(self).__name__}: step must be written")

    def _prepared(self, grad: Tensor) -> Tensor:
        if self.rescale_grad != 1.0:
            grad = grad * self.rescale_grad
        return grad if self.clip_gradient is None else grad.clamp(-self.clip_gradient, self.clip_gradient)

    def _count(self, index: Any) -> None:
        self._counts[index] = self._counts.get(index, self.begin_num_update) + 1
        self.num_update = max(self.num_update, self._counts[index])

    def _lr(self, index: Any) -> float:
        return self.learning_rate * self._factor(index, "lr_mult", self.lr_mult)

    def _wd(self, index: Any) -> float:
        return self.wd * self._factor(index, "wd_mult", self.wd_mult)

    def _factor(self, index: Any, name: str, given: Mapping[Any, float]) -> float:
        if index in self.param_dict:
            return getattr(self.param_dict[index], name)
        return given.get(index, given.get(self.idx2name.get(index), 1.0))

    def __getstate__(self) -> dict[str, Any]:
        # Parameters are the Trainer's; it gives them back after loading.
        return {**self.__dict__, "param_dict": {}}


class Updater:
    """Keep the states of an optimizer for a set of weights.

    Args:
        optimizer: the optimizer.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer
        self.states: dict[Any, Any] = {}

    def __call__(self, index: Any, grad: NDArray, weight: NDArray) -> None:
        if index not in self.states:
            self.states[index] = self.optimizer.create_state_multi_precision(index, weight)
        self.optimizer.update_multi_precision(index, weight, grad, self.states[index])


def get_updater(optimizer: Optimizer) -> Updater:
    """Return a function ``(index, grad, weight)`` that updates weights."""
    return Updater(optimizer)


def register(klass: T) -> T:
    """Let ``create`` find an optimizer class by its name in small letters."""
    return _named(klass.__name__)(klass)


def _named(*names: str) -> Callable[[T], T]:
    def add(klass: T) -> T:
        for name in names:
            _REGISTRY[name.lower()] = klass
        return klass

    return add


def create(name: str | Optimizer, **kwargs: Any) -> Optimizer:
    """Return the optimizer of a name such as ``"sgd"``, made with arguments; an instance is returned as it is."""
    if isinstance(name, Optimizer):
        return name
    if not isinstance(name, str) or name.lower() not in _REGISTRY:
        raise ArgumentError(f"optimizer: must be one of {', '.join(sorted(_REGISTRY))}, got {name!r}")
    return _REGISTRY[name.lower()](**kwargs)


def zeros_like(weight: NDArray) -> NDArray:
    """Make an array of zeros for a state."""
    return NDArray(torch.zeros_like(weight._tensor, requires_grad=False))


def stated(values: Sequence[NDArray]) -> tuple[Tensor, ...]:
    """Take the tensors out of states."""
    return tuple(one._tensor for one in values)
