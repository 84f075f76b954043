"""The tensors of a Parameter, one for each device, and how their gradients are kept.

Whether there is a gradient is said by torch's ``requires_grad`` alone, so both sides see it and both can change it.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter

from regluon.core.device import Device, device_of
from regluon.nd import gradient

__all__ = ["Storage", "is_same", "is_waiting"]


def is_waiting(tensor: Tensor | None) -> bool:
    """Tell whether a registered tensor has no values yet."""
    return isinstance(tensor, (UninitializedParameter, UninitializedBuffer))


def is_same(one: Device, other: Device) -> bool:
    """Tell whether devices are the same to MXNet: all kinds of main memory are the CPU's."""
    return one.device_id == other.device_id and (one.device_type == "gpu") == (other.device_type == "gpu")


class _WaitingParameter(UninitializedParameter):
    """Torch's own, which a pickle brings back with its number type."""

    def __reduce_ex__(self, _: Any) -> tuple[Any, ...]:
        return _WaitingParameter, (self.requires_grad, self.device, self.dtype)


class _WaitingBuffer(UninitializedBuffer):
    """Torch's own, which can be copied as well, and pickled with its number type."""

    def __deepcopy__(self, memo: dict[int, Any]) -> "_WaitingBuffer":
        return memo.setdefault(id(self), _WaitingBuffer(False, self.device, self.dtype))  # pyright: ignore

    def __reduce_ex__(self, _: Any) -> tuple[Any, ...]:
        return _WaitingBuffer, (False, self.device, self.dtype)


class Storage:
    """One tensor for each device; torch knows the first, which exists, without a shape, from the start.

    Args:
        learnt: whether torch is to see a parameter; a buffer otherwise.
        dtype: number type.
    """

    def __init__(self, learnt: bool, dtype: torch.dtype) -> None:
        # Only floats have gradients, in torch.
        self.first: Tensor = (
            _WaitingParameter(requires_grad=dtype.is_floating_point, dtype=dtype)  # pyright: ignore
            if learnt
            else _WaitingBuffer(dtype=dtype)  # pyright: ignore
        )
        self.copies: list[Tensor] = []
        self.devices: list[Device] = []
        self._request = "write"

    @property
    def filled(self) -> bool:
        """Whether there are values."""
        return not is_waiting(self.first)

    @property
    def tensors(self) -> list[Tensor]:
        """The tensors of all devices."""
        return [self.first, *self.copies]

    @property
    def request(self) -> str:
        """What backward does with the gradient: ``write``, ``add`` or ``null``."""
        return self._request if self.first.requires_grad else "null"

    @request.setter
    def request(self, request: str) -> None:
        if request == self.request:
            return
        if request != "null":
            self._request = request
        for tensor in self.tensors:
            tensor.requires_grad = request != "null" and tensor.is_floating_point()
            tensor.grad = None
        self._mark()

    def place(self, values: Tensor, devices: Sequence[Device]) -> None:
        """Take values over: the first device's into the registered tensor, a copy for each further device."""
        first = devices[0].torch
        with torch.no_grad():
            if isinstance(self.first, (UninitializedParameter, UninitializedBuffer)):
                self.first.materialize(values.shape, first, self.first.dtype)
                self.first.copy_(values)
            else:
                self.first.data = values.to(first, self.first.dtype)
                self.first.grad = None
            self.copies = [self.first.detach().to(one.torch, copy=True) for one in devices[1:]]
        self.devices = list(devices)
        self._mark()

    def mean(self) -> Tensor:
        """Return the mean of the copies, which is what files hold."""
        first = self.first.detach()
        return (
            torch.stack([first, *(one.detach().to(first.device) for one in self.copies)]).mean(0)
            if self.copies
            else first
        )

    def cast(self, dtype: torch.dtype) -> None:
        """Change the number type of values and gradients."""
        for tensor in self.tensors:
            kept, tensor.grad = tensor.grad, None
            if not dtype.is_floating_point:
                kept, tensor.requires_grad = None, False
            tensor.data = tensor.data.to(dtype)
            tensor.grad = None if kept is None else kept.to(dtype)

    def adopt(self, tensor: Tensor) -> None:
        """Take the tensor that torch has put in the place of the first."""
        stays = bool(self.devices) and self.devices[0].torch == tensor.device
        self.first = tensor
        if is_waiting(tensor):
            return
        if not stays:  # torch knows one device
            self.devices, self.copies = [device_of(tensor)], []
        for copy in self.copies:
            copy.data = copy.data.to(tensor.dtype)
        self._mark()

    def _mark(self) -> None:
        """Let ``backward`` know how gradients are kept."""
        if not self.filled:
            return  # torch allows no hook yet; the values bring the mark
        for tensor in self.copies:
            tensor.requires_grad = self.first.requires_grad
        for tensor in self.tensors:
            own = gradient.mark_of(tensor)
            if not tensor.requires_grad:
                vars(tensor).pop("mark", None)
            elif own is None:
                vars(tensor)["mark"] = gradient.Mark(self._request)
                # Torch's own backward, which knows no marks, must count as one too.
                tensor.register_post_accumulate_grad_hook(_freshen)
            else:
                own.grad_req = self._request

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        for tensor in self.tensors:
            vars(tensor).pop("mark", None)  # a copy of a tensor may have the mark, but not its hook
        self._mark()


def _freshen(tensor: Tensor) -> None:
    """Note that a backward has reached a variable."""
    own = gradient.mark_of(tensor)
    if own is not None:
        own.fresh = True
