"""Trainer: apply an optimizer to Parameters after each backward."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from regluon import optimizer as opt
from regluon.core.errors import ArgumentError, ArgumentTypeError, FormatError, MXNetError, NotSupportedError
from regluon.core.files import replacing
from regluon.gluon.parameter import Parameter
from regluon.nd import gradient
from regluon.nd.ndarray import NDArray, label

__all__ = ["Trainer"]


class Trainer:
    """Update Parameters by an optimizer; the gradients of their copies on several devices are summed first.

    Parameters of a dict are numbered in the order of their full names, as in MXNet.

    Args:
        params: ``net.collect_params()``, or a list of Parameters.
        optimizer: name of an optimizer, or one.
        optimizer_params: its arguments, for a name.
        kvstore: ``device``, ``local`` or None, which all sum directly here.
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
        kvstore: str | None = "device",
        compression_params: Mapping[str, Any] | None = None,
        update_on_kvstore: bool | None = None,  # noqa: ARG002
    ) -> None:
        if compression_params:
            raise NotSupportedError(f"Trainer: compression_params must be None, got {compression_params!r}")
        if kvstore not in (None, "device", "local", "nccl"):
            raise NotSupportedError(
                f"Trainer: kvstore must be 'device', 'local', 'nccl' or None, got {kvstore!r}; several processes "
                "train by torch's DistributedDataParallel"
            )
        listed = list(params.values()) if isinstance(params, Mapping) else list(params)
        for one in listed:
            if not isinstance(one, Parameter):
                raise ArgumentTypeError(f"Trainer: params must be Parameters, got {type(one).__name__}")
        listed = list(dict.fromkeys(listed))
        self._params = sorted(listed, key=lambda one: one.name) if isinstance(params, Mapping) else listed
        if isinstance(optimizer, opt.Optimizer) and optimizer_params:
            raise ArgumentError("Trainer: optimizer_params must be None where optimizer is an Optimizer already")
        self._optimizer = opt.create(optimizer, **(optimizer_params or {}))
        self._optimizer.param_dict = dict(enumerate(self._params))
        self._scale = self._optimizer.rescale_grad
        # One for each device, made when the first copy there is updated.
        self._updaters: list[opt.Updater] = []
        self._begun = False

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
            MXNetError: there are such Parameters; nothing is updated then.
        """
        self.allreduce_grads()
        self.update(batch_size, ignore_stale_grad)

    def allreduce_grads(self) -> None:
        """Sum the gradients of each Parameter over its devices; every copy gets the sum."""
        if not self._begun:
            self._begin()
        for one in self._params:
            grads = [tensor.grad for tensor in one._storage.tensors if tensor.grad is not None]
            if len(grads) > 1:
                total = grads[0].clone()
                for grad in grads[1:]:
                    total += grad.to(total.device)
                for grad in grads:
                    grad.copy_(total)

    def _begin(self) -> None:
        """Let all copies begin alike: running statistics may have parted in the first forward."""
        self._begun = True
        with torch.no_grad():
            for one in self._params:
                for copy in one._storage.copies:
                    copy.copy_(one._storage.first)

    def update(self, batch_size: int, ignore_stale_grad: bool = False) -> None:
        """Update without summing over devices first; arguments as for ``step``."""
        if batch_size <= 0:
            raise ArgumentError(f"Trainer: batch_size must be > 0, got {batch_size}")
        self._optimizer.rescale_grad = self._scale / batch_size
        updates: list[list[tuple[int, NDArray, NDArray]]] = []
        marks = []
        for index, one in enumerate(self._params):
            if one.grad_req == "null":
                continue
            for copy, (tensor, device) in enumerate(zip(one.tensors(), one._storage.devices, strict=True)):
                own = gradient.mark_of(tensor)
                if own is None or not own.fresh or tensor.grad is None:
                    if ignore_stale_grad:
                        continue
                    raise MXNetError(
                        f"Trainer: the gradient of {one.name!r} on {device} must be new, but no backward has reached "
                        "it since the last step; step(batch_size, ignore_stale_grad=True) passes over it"
                    )
                while len(updates) <= copy:
                    updates.append([])
                place = label(device)
                updates[copy].append((index, NDArray(tensor.grad, place), NDArray(tensor, place)))
                marks.append(own)
        for own in marks:
            own.fresh = False
        while len(self._updaters) < len(updates):
            self._updaters.append(opt.get_updater(self._optimizer))
        for updater, update in zip(self._updaters, updates, strict=False):
            if update:
                updater(*zip(*update, strict=True))

    def save_states(self, fname: str | Path) -> None:
        """Write what the optimizer keeps (momentum, counts, rate) to a file, whole or not at all.

        Args:
            fname: the file; torch's format, which is read without running code. MXNet's is a pickle.
        """
        kept = self._optimizer
        content = {
            "optimizer": type(kept).__name__,
            "counts": kept._all_index_update_counts,
            "num_update": kept.num_update,
            "lr": kept.lr,
            "progress": {name: getattr(kept, name) for name in kept.progress},
            "states": [updater.tensors() for updater in self._updaters],
        }
        with replacing(fname) as file:
            torch.save(content, file)

    def load_states(self, fname: str | Path) -> None:
        """Read what ``save_states`` has written.

        Raises:
            FormatError: the file is something else, or of another optimizer, or of other Parameters.
        """
        kept = self._optimizer
        content = _read(fname)
        if content["optimizer"] != type(kept).__name__:
            raise FormatError(f"load_states: {fname} must be of {type(kept).__name__}, got {content['optimizer']}")
        strange = {index for states in content["states"] for index in states} - set(range(len(self._params)))
        if strange:
            raise FormatError(
                f"load_states: {fname} must be of {len(self._params)} parameters, got states of number {max(strange)}"
            )
        kept._all_index_update_counts = content["counts"]
        kept._set_current_context(0)
        kept.num_update, kept.lr = content["num_update"], content["lr"]
        for name, value in content["progress"].items():
            setattr(kept, name, value)
        self._updaters = []
        for states in content["states"]:
            updater = opt.get_updater(kept)
            updater.set_tensors(states)
            self._updaters.append(updater)


_PARTS = {"optimizer", "counts", "num_update", "lr", "progress", "states"}


def _read(fname: str | Path) -> dict[str, Any]:
    """Read a file of states without running code.

    Raises:
        FormatError: it is none.
    """
    with open(fname, "rb"):  # noqa: PTH123 - tells of a missing file in Python's words
        pass
    try:
        content = torch.load(fname, weights_only=True)
    except Exception as error:
        raise FormatError(
            f"load_states: {fname} must be written by save_states here, got something else ({error!s:.200})"
        ) from None
    if not isinstance(content, dict) or set(content) != _PARTS:
        raise FormatError(f"load_states: {fname} must be written by save_states here, got a {type(content).__name__}")
    return content
