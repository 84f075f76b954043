"""The base of optimizers, and how they are found by name."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ArgumentTypeError
from regluon.nd.array import NDArray

__all__ = ["Batch", "Optimizer", "complement", "create", "register", "zeros_like"]

_REGISTRY: dict[str, type["Optimizer"]] = {}

_16_BITS = (torch.float16, torch.bfloat16)

T = TypeVar("T", bound=type)


@dataclass(frozen=True, slots=True)
class Batch:
    """Weights that are updated together, and what belongs to each.

    Attributes:
        weights: the weights, to be changed in place.
        grads: their gradients as backward left them, not to be changed.
        states: what is kept of each weight, as tensors.
        lrs: the rate of each.
        wds: the weight decay of each.
        counts: number of updates of each, this one counted.
        indices: what ``lr_mult`` and the like know each weight by.
    """

    weights: list[Tensor]
    grads: list[Tensor]
    states: list[tuple[Tensor, ...]]
    lrs: list[float]
    wds: list[float]
    counts: list[int]
    indices: list[Any]

    def state(self, number: int) -> list[Tensor]:
        """Return one of the things that are kept, for all weights."""
        return [one[number] for one in self.states]

    def decayed(self, grads: list[Tensor]) -> list[Tensor]:
        """Add the weight decay to gradients."""
        if not any(self.wds):
            return grads
        # The product is rounded by itself: for optimizers that look at signs, what is 0 in MXNet must be 0 here.
        return list(torch._foreach_add(grads, torch._foreach_mul(self.weights, self.wds)))

    def subtract(self, targets: list[Tensor], steps: list[Tensor], factor: float = 1.0) -> None:
        """Subtract steps, times the rates and a factor, from targets."""
        if len(set(self.lrs)) == 1:
            torch._foreach_sub_(targets, steps, alpha=self.lrs[0] * factor)
        else:
            torch._foreach_sub_(targets, torch._foreach_mul(steps, [lr * factor for lr in self.lrs]))


class Optimizer:
    """Change weights by their gradients.

    A subclass writes ``create_state`` and ``update``, on NDArrays; it may use ``_update_count``, ``_get_lr`` and
    ``_get_wd``. MXNet 2's way, ``step`` on lists, works too.

    Args:
        rescale_grad: factor of the gradients; Trainer sets it to ``1 / batch_size``.
        param_idx2name: names of the weights by index; those that end neither in ``_weight`` nor in ``_gamma`` do not
            decay then.
        wd: weight decay.
        clip_gradient: bound of each gradient element; none if None or 0.
        learning_rate: the rate; if None the scheduler's, or 0.01.
        lr_scheduler: gives the rate from the number of updates.
        begin_num_update: number of updates to begin counting from.
        multi_precision: keep weights of 16 bits in 32 bits as well, and update those.
        param_dict: Parameters by index, for their ``lr_mult`` and ``wd_mult``.
        further: accepted for MXNet's sake: ``aggregate_num``, ``use_fused_step``, ``sym``.
    """

    aggregate_num = 0
    """How many weights ``update`` takes at once; 0 for one that takes no lists."""

    progress: tuple[str, ...] = ()
    """Attributes that change as training goes on, besides counts and states; they are saved with these."""

    def __init__(
        self,
        rescale_grad: float = 1.0,
        param_idx2name: Mapping[int, str] | None = None,
        wd: float = 0.0,
        clip_gradient: float | None = None,
        learning_rate: float | None = None,
        lr_scheduler: Callable[[int], float] | None = None,
        begin_num_update: int = 0,
        multi_precision: bool = False,
        param_dict: Mapping[int, Any] | None = None,
        **further: Any,
    ) -> None:
        unknown = set(further) - {"aggregate_num", "use_fused_step", "sym"}
        if unknown:
            raise ArgumentTypeError(f"{type(self).__name__}: has no argument {min(unknown)!r}")
        self.rescale_grad, self.wd, self.lr_scheduler = rescale_grad, wd, lr_scheduler
        self.clip_gradient, self.multi_precision = clip_gradient, multi_precision
        self.lr = 0.01 if learning_rate is None else learning_rate
        if lr_scheduler is not None and learning_rate is not None:
            lr_scheduler.base_lr = learning_rate  # type: ignore[attr-defined]
        self.idx2name, self.param_dict = dict(param_idx2name or {}), dict(param_dict or {})
        self.num_update = self.begin_num_update = begin_num_update
        # Copies of a weight on several devices count their own updates.
        self._all_index_update_counts: dict[Any, dict[Any, int]] = {0: {}}
        self._index_update_count = self._all_index_update_counts[0]
        self.set_lr_mult({})
        self.set_wd_mult({})

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
            raise ArgumentError(f"{type(self).__name__}: learning_rate must be left to its lr_scheduler, got {lr}")
        self.lr = lr

    def set_lr_mult(self, args_lr_mult: Mapping[Any, float]) -> None:
        """Set factors of the rate by index or name; those of Parameters go before."""
        self.lr_mult = dict(args_lr_mult)

    def set_wd_mult(self, args_wd_mult: Mapping[Any, float]) -> None:
        """Set factors of the weight decay by index or name; those of Parameters go before."""
        still = (name for name in self.idx2name.values() if not name.endswith(("_weight", "_gamma")))
        self.wd_mult = {**dict.fromkeys(still, 0.0), **args_wd_mult}

    # States

    def create_state(self, index: Any, weight: NDArray) -> Any:  # noqa: ARG002
        """Make what is kept between updates of a weight: None, an array, or a tuple of them."""
        return None

    def create_state_multi_precision(self, index: Any, weight: NDArray) -> Any:
        """Make the state; for a weight of 16 bits and ``multi_precision`` a pair of its 32-bit copy and the state."""
        if weight._tensor.dtype in _16_BITS:
            if self.multi_precision:
                master = NDArray(weight._tensor.detach().float())
                return master, self.create_state(index, master)
            warnings.warn(
                f"{type(self).__name__}: updates of 16-bit weights lose precision; multi_precision=True keeps 32 bits",
                stacklevel=2,
            )
        return self.create_state(index, weight)

    # Updates

    def update(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        """Update one weight, or lists of weights, in place.

        Args:
            index: index of the weight.
            weight: the array.
            grad: its gradient, of the same shape.
            state: what ``create_state`` made.
        """
        if isinstance(index, (list, tuple)):
            self.step(list(index), list(weight), list(grad), list(state))
        else:
            self.step([index], [weight], [grad], [state])

    def update_multi_precision(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        """Update with what ``create_state_multi_precision`` made; arguments as for ``update``."""
        many = isinstance(index, (list, tuple))
        weights, grads, states = (list(one) if many else [one] for one in (weight, grad, state))
        low = [self.multi_precision and one._tensor.dtype in _16_BITS for one in weights]
        if not any(low):
            self.update(index, weight, grad, state)
            return
        masters = [kept[0] if is_low else one for is_low, one, kept in zip(low, weights, states, strict=True)]
        wide = [NDArray(one._tensor.float()) if is_low else one for is_low, one in zip(low, grads, strict=True)]
        inner = [kept[1] if is_low else kept for is_low, kept in zip(low, states, strict=True)]
        if many:
            self.update(index, masters, wide, inner)
        else:
            self.update(index, masters[0], wide[0], inner[0])
        with torch.no_grad():
            for one, master in zip(weights, masters, strict=True):
                one._tensor.copy_(master._tensor)

    def step(self, indices: list[Any], weights: list[NDArray], grads: list[NDArray], states: list[Any]) -> None:
        """Update lists of weights in place; arguments as for ``update``."""
        self._update_count(indices)
        with torch.no_grad():
            self._apply(self._batch(indices, weights, grads, states))

    def _batch(self, indices: list[Any], weights: list[NDArray], grads: list[NDArray], states: list[Any]) -> Batch:
        """Gather what an update needs."""
        return Batch(
            weights=[one._tensor for one in weights],
            grads=[one._tensor for one in grads],
            states=[_tensors(one) for one in states],
            lrs=self._get_lrs(indices),
            wds=self._get_wds(indices),
            counts=[self._index_update_count[one] for one in indices],
            indices=indices,
        )

    def _apply(self, batch: Batch) -> None:
        """Update weights in place."""
        raise NotImplementedError(f"{type(self).__name__}: update must be written")

    def _rescaled(self, batch: Batch) -> list[Tensor]:
        """Return the gradients times ``rescale_grad``."""
        return batch.grads if self.rescale_grad == 1.0 else list(torch._foreach_mul(batch.grads, self.rescale_grad))

    def _clipped(self, grads: list[Tensor]) -> list[Tensor]:
        """Return gradients cut at ``clip_gradient``."""
        bound = self.clip_gradient
        if not bound:
            return grads
        return list(torch._foreach_clamp_max(torch._foreach_clamp_min(grads, -bound), bound))

    def _set_current_context(self, device_id: Any) -> None:
        """Count the updates of the copies on one device from now on."""
        self._index_update_count = self._all_index_update_counts.setdefault(device_id, {})

    def _update_count(self, index: Any) -> None:
        """Count an update of a weight, or of each of a list."""
        counts = self._index_update_count
        for one in index if isinstance(index, (list, tuple)) else [index]:
            counts[one] = counts.get(one, self.begin_num_update) + 1
            self.num_update = max(self.num_update, counts[one])

    def _get_lrs(self, indices: Sequence[Any]) -> list[float]:
        """Return the rate of each weight."""
        lr = self.learning_rate
        return [lr * self._factor(one, "lr_mult", self.lr_mult) for one in indices]

    def _get_lr(self, index: Any) -> float:
        """Return the rate of a weight."""
        return self._get_lrs([index])[0]

    def _get_wds(self, indices: Sequence[Any]) -> list[float]:
        """Return the weight decay of each weight."""
        return [self.wd * self._factor(one, "wd_mult", self.wd_mult) for one in indices]

    def _get_wd(self, index: Any) -> float:
        """Return the weight decay of a weight."""
        return self._get_wds([index])[0]

    def _factor(self, index: Any, name: str, given: Mapping[Any, float]) -> float:
        if index in self.param_dict:
            return getattr(self.param_dict[index], name)
        return given.get(index, given.get(self.idx2name.get(index), 1.0))

    def __getstate__(self) -> dict[str, Any]:
        # Parameters are the Trainer's; it gives them back after loading.
        return {**self.__dict__, "param_dict": {}}

    @staticmethod
    def register(klass: T) -> T:
        """Let ``create`` find an optimizer class by its name in small letters."""
        return register(klass)

    @staticmethod
    def create_optimizer(name: "str | Optimizer", **kwargs: Any) -> "Optimizer":
        """Return the optimizer of a name; the same as ``optimizer.create``."""
        return create(name, **kwargs)


def register(klass: T) -> T:
    """Let ``create`` find an optimizer class by its name in small letters.

    Examples:
        >>> @register
        ... class Plain(Optimizer):
        ...     def update(self, index, weight, grad, state):
        ...         self._update_count(index)
        ...         weight -= self._get_lr(index) * grad
        >>> create("plain", learning_rate=0.5).learning_rate
        0.5
    """
    _REGISTRY[klass.__name__.lower()] = klass
    return klass


def create(name: str | Optimizer, **kwargs: Any) -> Optimizer:
    """Return the optimizer of a name such as ``"sgd"``, made with arguments; an instance is returned as it is."""
    if isinstance(name, Optimizer):
        return name
    if not isinstance(name, str) or name.lower() not in _REGISTRY:
        raise ArgumentError(f"optimizer: must be one of {', '.join(sorted(_REGISTRY))}, got {name!r}")
    return _REGISTRY[name.lower()](**kwargs)


def complement(share: float, power: int = 1) -> float:
    """Return ``1 - share**power`` as MXNet's kernels compute it, in 32 bits; near 0 that is another number.

    Examples:
        >>> round(complement(0.999), 9)
        0.000999987
    """
    return float(np.float32(1) - np.float32(share) ** np.float32(power))


def zeros_like(weight: NDArray) -> NDArray:
    """Make an array of zeros for a state."""
    return NDArray(torch.zeros_like(weight._tensor, requires_grad=False))


def _tensors(state: Any) -> tuple[Tensor, ...]:
    """Take the tensors out of a state."""
    if state is None:
        return ()
    return tuple(one._tensor for one in state) if isinstance(state, (list, tuple)) else (state._tensor,)
