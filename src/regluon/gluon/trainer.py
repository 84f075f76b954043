"""Trainer: apply an optimizer to Parameters after each backward."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from regluon import optimizer as opt
from regluon.core.errors import ArgumentError, ArgumentTypeError, FormatError, MXNetError
from regluon.core.files import replacing
from regluon.gluon.parameter import Parameter
from regluon.nd import gradient
from regluon.nd.array import NDArray

__all__ = ["Trainer"]


class Trainer:
    """Update Parameters by an optimizer; the gradients of their copies on several devices are summed first.

    Args:
        params: ``net.collect_params()``, or a list of Parameters.
        optimizer: name of an optimizer, or one.
        optimizer_params: its arguments, for a name.
        kvstore: accepted for MXNet's sake; copies are summed directly.
        compression_params: only None.
        update_on_kvstore: accepted for MXNet's sake.

    Examples:
        >>> from regluon import autograd, gluon, nd
        >>> net = gluon.nn.Dense(1)
        >>> net.initialize()
        >>> trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
        >>> with autograd.record():
        ...     loss = net(nd.ones((4, 2))).sum()
        >>> loss.backward()
        >>> trainer.step(batch_size=4)
    """

    def __init__(
        self,
        params: Mapping[str, Parameter] | Sequence[Parameter],
        optimizer: str | opt.Optimizer,
        optimizer_params: Mapping[str, Any] | None = None,
        kvstore: Any = "device",  # noqa: ARG002
        compression_params: Any = None,
        update_on_kvstore: bool | None = None,  # noqa: ARG002
    ) -> None:
        if compression_params:
            raise ArgumentError(f"Trainer: compression_params must be None, got {compression_params!r}")
        listed = list(params.values()) if isinstance(params, Mapping) else list(params)
        for one in listed:
            if not isinstance(one, Parameter):
                raise ArgumentTypeError(f"Trainer: params must be Parameters, got {type(one).__name__}")
        self._params = list({id(one): one for one in listed}.values())
        if isinstance(optimizer, opt.Optimizer) and optimizer_params:
            raise ArgumentError("Trainer: optimizer_params must be None where optimizer is an Optimizer already")
        self._optimizer = opt.create(optimizer, **(optimizer_params or {}))
        self._optimizer.param_dict = dict(enumerate(self._params))
        self._scale = self._optimizer.rescale_grad
        self._states: list[dict[int, Any]] = []

    @property
    def optimizer(self) -> opt.Optimizer:
        """The optimizer."""
        return self._optimizer

    @property
    def learning_rate(self) -> float:
        """The learning rate now."""
        return self._optimizer.learning_rate

    def set_learning_rate(self, lr: float) -> None:
        """Set the learning rate."""
        self._optimizer.set_learning_rate(lr)

    def step(self, batch_size: int, ignore_stale_grad: bool = False) -> None:
        """Sum gradients over devices, divide by the batch size, and update.

        Args:
            batch_size: what the gradients are divided by.
            ignore_stale_grad: leave Parameters alone that no backward has reached since the last step.

        Raises:
            MXNetError: there are such Parameters.
        """
        self.allreduce_grads()
        self.update(batch_size, ignore_stale_grad)

    def allreduce_grads(self) -> None:
        """Sum the gradients of each Parameter over its devices."""
        for one in self._params:
            if one.grad_req != "null" and len(one._copies) > 0:
                tensors = [tensor for tensor in one._all() if tensor.grad is not None]
                total = sum((tensor.grad.to(tensors[0].device) for tensor in tensors[1:]), tensors[0].grad)  # type: ignore[union-attr]
                for tensor in tensors:
                    tensor.grad.copy_(total)  # type: ignore[union-attr, arg-type]

    def update(self, batch_size: int, ignore_stale_grad: bool = False) -> None:
        """Update without summing over devices first; arguments as for ``step``."""
        if batch_size <= 0:
            raise ArgumentError(f"Trainer: batch_size must be > 0, got {batch_size}")
        self._optimizer.rescale_grad = self._scale / batch_size
        for index, one in enumerate(self._params):
            if one.grad_req == "null":
                continue
            for copy, tensor in enumerate(one._all()):
                if self._reached(one, tensor, ignore_stale_grad):
                    self._update(copy, index, tensor)

    def _reached(self, parameter: Parameter, tensor: Tensor, ignore_stale_grad: bool) -> bool:
        own = gradient.mark_of(tensor)
        # A gradient that torch's own backward made counts as well; that one leaves no mark.
        if own is not None and not own.fresh and (tensor.grad is None or own.array is not None):
            if ignore_stale_grad:
                return False
            raise MXNetError(
                f"Trainer: the gradient of {parameter.name!r} must be new, but no backward has reached it since the last "
                "step; step(batch_size, ignore_stale_grad=True) passes over it"
            )
        if own is not None:
            own.fresh = False
        return tensor.grad is not None

    def _update(self, copy: int, index: int, tensor: Tensor) -> None:
        while len(self._states) <= copy:
            self._states.append({})
        states, weight = self._states[copy], NDArray(tensor)
        if index not in states:
            states[index] = self._optimizer.create_state_multi_precision(index, weight)
        if copy:  # further copies repeat the first one's update, not its count
            self._optimizer._counts[index] -= 1
        self._optimizer.update_multi_precision(index, weight, NDArray(tensor.grad), states[index])  # type: ignore[arg-type]

    def save_states(self, fname: str | Path) -> None:
        """Write what the optimizer keeps (momentum, counts, rate) to a file, whole or not at all.

        Args:
            fname: the file; torch's format, which is read without running code.
        """
        kept = self._optimizer
        content = {
            "optimizer": type(kept).__name__,
            "counts": dict(kept._counts),
            "num_update": kept.num_update,
            "lr": kept.lr,
            "states": [{index: _tensors(state) for index, state in states.items()} for states in self._states],
        }
        with replacing(fname) as file:
            torch.save(content, file)

    def load_states(self, fname: str | Path) -> None:
        """Read what ``save_states`` has written.

        Raises:
            FormatError: the file is something else, or of another optimizer.
        """
        try:
            content = torch.load(fname, weights_only=True)
            name, counts, states = content["optimizer"], content["counts"], content["states"]
        except FileNotFoundError:
            raise
        except Exception as error:
            raise FormatError(f"load_states: {fname} must be written by save_states, got something else ({error})") from None
        if name != type(self._optimizer).__name__:
            raise FormatError(f"load_states: {fname} must be of {type(self._optimizer).__name__}, got {name}")
        self._optimizer._counts, self._optimizer.num_update = counts, content["num_update"]
        self._optimizer.lr = content["lr"]
        self._states = [{index: _arrays(state) for index, state in each.items()} for each in states]


def _tensors(state: Any) -> Any:
    if isinstance(state, (list, tuple)):
        return tuple(_tensors(one) for one in state)
    return state._tensor if isinstance(state, NDArray) else state


def _arrays(state: Any) -> Any:
    if isinstance(state, (list, tuple)):
        return tuple(_arrays(one) for one in state)
    return NDArray(state) if isinstance(state, Tensor) else state
