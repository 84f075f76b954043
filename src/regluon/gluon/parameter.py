"""Parameters of Blocks, MXNet's on the outside and torch's within.

A Parameter owns a torch tensor from the start: an uninitialised one while the shape is not known, which becomes a real
one in place. So the tensor that a Block registers with torch is the same before and after, and optimisers,
``state_dict`` and DDP see it under the Parameter's name.
"""

import warnings
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from regluon import initializer
from regluon.core.device import Device, as_device, current_device, device_of
from regluon.core.dtype import dtype_name, numpy_dtype, torch_dtype
from regluon.core.errors import (
    ArgumentError,
    DeferredInitializationError,
    MXNetError,
    NotSupportedError,
    ShapeError,
)
from regluon.core.mode import mode
from regluon.core.numpy_mode import numpy_mode
from regluon.gluon.storage import Storage, is_same, is_waiting
from regluon.nd import gradient
from regluon.nd.array import array
from regluon.nd.ndarray import NDArray, label
from regluon.np.numpy_array import kind_in_use
from regluon.sym.infer import DTYPE_CODES
from regluon.sym.symbol import Symbol, var

__all__ = ["Devices", "Parameter", "as_devices"]

Devices = Device | Sequence[Device] | None


class Parameter:
    """A learnt array of a Block.

    Args:
        name: its full name.
        grad_req: ``write`` replaces the gradient at each backward, ``add`` adds to it, ``null`` keeps none.
        shape: sizes, 0 or -1 where they follow from the first input.
        dtype: number type.
        lr_mult: factor of the learning rate.
        wd_mult: factor of the weight decay.
        init: initializer, or its name; the Block's ``initialize`` gives one otherwise.
        allow_deferred_init: let ``initialize`` wait for the first input where the shape is not known.
        differentiable: False for states such as moving averages, which torch then sees as buffers.
        stype: only ``default``.
        grad_stype: only ``default``.

    Examples:
        >>> from regluon import gluon
        >>> weight = gluon.Parameter("weight", shape=(2, 2), init="ones")
        >>> weight.initialize()
        >>> weight.data().shape
        (2, 2)
    """

    def __init__(
        self,
        name: str = "weight",
        grad_req: str = "write",
        shape: int | Sequence[int] | None = None,
        dtype: Any = "float32",
        lr_mult: float = 1.0,
        wd_mult: float = 1.0,
        init: Any = None,
        allow_deferred_init: bool = False,
        differentiable: bool = True,
        stype: str = "default",
        grad_stype: str = "default",
    ) -> None:
        for which, given in (("stype", stype), ("grad_stype", grad_stype)):
            if given != "default":
                raise NotSupportedError(
                    f"parameter {name!r}: {which} must be 'default', as arrays are dense here, got {given!r}"
                )
        self.name = name
        self._shape = (shape,) if isinstance(shape, int) else None if shape is None else tuple(shape)
        self._storage = Storage(differentiable, torch_dtype(dtype))
        self.lr_mult, self.wd_mult, self.init = lr_mult, wd_mult, init
        self.allow_deferred_init, self._differentiable = allow_deferred_init, differentiable
        # What initialize() was told, until the shape is known.
        self._deferred: tuple[Any, list[Device]] | None = None
        self._var: Symbol | None = None
        self.grad_req = grad_req

    def __repr__(self) -> str:
        return f"{type(self).__name__} {self.name} (shape={self._shape}, dtype={dtype_name(self._dtype)})"

    # What it is

    @property
    def shape(self) -> tuple[int, ...] | None:
        """Sizes; 0 or -1 where not known yet."""
        return self._shape

    @shape.setter
    def shape(self, shape: Sequence[int] | None) -> None:
        shape = None if shape is None else tuple(shape)
        if shape is not None and not self.fits(shape):
            raise ShapeError(f"parameter {self.name!r}: shape must be {self._shape}, got {shape}")
        self._shape = shape

    def fits(self, shape: tuple[int, ...]) -> bool:
        """Tell whether a shape agrees with what is known of this one's."""
        known = self._shape
        if known is None:
            return True
        return len(known) == len(shape) and all(a == b or a <= 0 for a, b in zip(known, shape, strict=True))

    @property
    def dtype(self) -> Any:
        """Number type as numpy's scalar type; assigning one casts."""
        return numpy_dtype(self._dtype)

    @dtype.setter
    def dtype(self, dtype: Any) -> None:
        self.cast(dtype)

    @property
    def grad_req(self) -> str:
        """What backward does with the gradient: ``write``, ``add`` or ``null``."""
        return self._storage.request

    @grad_req.setter
    def grad_req(self, request: str) -> None:
        if request not in gradient.REQUESTS:
            known = ", ".join(map(repr, gradient.REQUESTS))
            raise ArgumentError(f"parameter {self.name!r}: grad_req must be one of {known}, got {request!r}")
        self._storage.request = request if self._differentiable else "null"

    @property
    def stype(self) -> str:
        """Storage type, always ``default``."""
        return "default"

    grad_stype = stype

    @property
    def _dtype(self) -> torch.dtype:
        return self._storage.first.dtype

    @property
    def initialized(self) -> bool:
        """Whether it has a value."""
        return self._storage.filled

    @property
    def is_deferred(self) -> bool:
        """Whether ``initialize`` has been called and waits for the shape."""
        return self._deferred is not None

    # Beginning

    def initialize(
        self, init: Any = None, ctx: Devices = None, default_init: Any = None, force_reinit: bool = False,
        device: Devices = None,
    ) -> None:  # fmt: skip
        """Give it its first values, or remember to do so once the shape is known.

        Args:
            init: initializer, before the Parameter's own.
            ctx: a device or a list of them for a copy on each.
            default_init: initializer where neither this call nor the Parameter has one.
            force_reinit: replace values that are there.
            device: the same as ``ctx``.
        """
        if self.initialized and not force_reinit:
            warnings.warn(
                f"parameter {self.name!r} has values already, which stay; force_reinit=True replaces them", stacklevel=2
            )
            return
        devices = as_devices(ctx if ctx is not None else device)
        chosen = next((one for one in (init, self.init, default_init) if one is not None), None)
        self._deferred = initializer.Uniform() if chosen is None else chosen, devices
        if self.is_known:
            self.finish()
        elif not self.allow_deferred_init:
            self._deferred = None
            raise ShapeError(
                f"parameter {self.name!r}: shape must be known to initialize, got {self._shape}; give in_channels or "
                "in_units, or allow_deferred_init=True"
            )

    @property
    def is_known(self) -> bool:
        """Whether its shape is known."""
        return self._shape is not None and all(size > 0 for size in self._shape)

    def finish(self) -> None:
        """Make the values, where ``initialize`` has been called and the shape has become known since."""
        if self._deferred is None:
            return
        if not self.is_known:
            raise DeferredInitializationError(f"parameter {self.name!r}: shape must be known by now, got {self._shape}")
        (chosen, devices), self._deferred = self._deferred, None
        # Drawn on the CPU, so that a seed means the same values on every device.
        values = torch.zeros(self._shape or (), dtype=torch.float32)
        self._fill(chosen, values)
        self._storage.place(values, devices)

    def _fill(self, chosen: Any, values: Tensor) -> None:
        maker = initializer.create(chosen)
        desc, target = initializer.InitDesc(self.name), NDArray(values)
        # A parameter's values are weights, whatever its name ends in, but for initializers that choose by name.
        if isinstance(maker, initializer.Initializer) and type(maker).__call__ is initializer.Initializer.__call__:
            maker._init_weight(desc, target)
        else:
            maker(desc, target)

    # Values

    def tensor(self) -> Tensor:
        """Return the torch tensor that Blocks register.

        Raises:
            DeferredInitializationError: the shape is not known yet.
            MXNetError: it has not been initialised.
        """
        if self._storage.filled:
            return self._storage.first
        if self._deferred is not None:
            raise DeferredInitializationError(
                f"parameter {self.name!r} has no value yet, as its shape {self._shape} follows from the first input: "
                "run its block once, or give in_channels or in_units"
            )
        raise MXNetError(f"parameter {self.name!r} has no value: call initialize() on its block first")

    def tensor_on(self, device: Device | None) -> Tensor:
        """Return the tensor of a device; for None that of the current device, or the only one."""
        only = self.tensor()
        return only if device is None and not self._storage.copies else self._storage.tensors[self._place(device)]

    def _place(self, device: Device | None) -> int:
        """Number the device among those it is on."""
        devices = self._storage.devices
        if device is None and len(devices) == 1:
            return 0
        wanted = current_device() if device is None else as_device(device)
        for i, one in enumerate(devices):
            if is_same(one, wanted):
                return i
        there = ", ".join(map(str, devices))
        raise MXNetError(f"parameter {self.name!r}: must be initialized on {wanted} to be used there, got {there}")

    def tensors(self) -> list[Tensor]:
        """Return the tensors of all devices, the registered one first."""
        self.tensor()
        return self._storage.tensors

    def data(self, ctx: Device | None = None) -> NDArray:
        """Return its values on a device; writing into the array writes the Parameter. In a trace, its variable."""
        if mode.tracing:
            found = self.var()
            return found.as_np_ndarray() if numpy_mode.arrays else found  # pyright: ignore[reportReturnType]
        return self._pick(self.list_data(), ctx)

    def list_data(self) -> list[NDArray]:
        """Return its values on every device."""
        tensors = self.tensors()
        kind = kind_in_use()
        return [kind(one, label(device)) for one, device in zip(tensors, self._storage.devices, strict=True)]

    def grad(self, ctx: Device | None = None) -> NDArray:
        """Return its gradient on a device; zeros before the first backward."""
        return self._pick(self.list_grad(), ctx)

    def list_grad(self) -> list[NDArray]:
        """Return its gradient on every device."""
        if self.grad_req == "null" and self.initialized:
            raise MXNetError(f"parameter {self.name!r} has no gradient, as its grad_req is 'null'")
        pairs = zip(self.tensors(), self._storage.devices, strict=True)
        kind = kind_in_use()
        found = [gradient.array_of(one, partial(kind, place=label(device))) for one, device in pairs]
        # The same gradient has been seen as an array of the other kind.
        return [one if type(one) is kind else kind(one._tensor, one._place) for one in found]

    def _pick(self, arrays: list[NDArray], ctx: Device | None) -> NDArray:
        return arrays[self._place(ctx)]

    def zero_grad(self) -> None:
        """Set the gradients to zero."""
        for one in self._storage.tensors:
            if one.grad is not None:
                one.grad.zero_()

    def list_ctx(self) -> list[Device]:
        """List the devices it is on, or will be; also ``list_device``."""
        if self._deferred is not None:
            return list(self._deferred[1])
        self.tensor()
        return list(self._storage.devices)

    list_device = list_ctx

    def set_data(self, data: Any) -> None:
        """Replace the values on every device.

        Args:
            data: array of the Parameter's shape; it settles a shape that is not known yet.
        """
        values = (
            data._tensor if isinstance(data, NDArray) else data if isinstance(data, Tensor) else array(data)._tensor
        )
        if self._deferred is None:
            self.tensor()
        self.shape = tuple(values.shape)
        if self._deferred is not None:
            (_, devices), self._deferred = self._deferred, None
            self._storage.place(values.detach(), devices)
            return
        with torch.no_grad():
            for one in self.tensors():
                one.copy_(values)

    def row_sparse_data(self, row_id: Any) -> NDArray:  # noqa: ARG002
        """Refuse: rows of sparse parameters do not exist here."""
        raise NotSupportedError(f"parameter {self.name!r}: row_sparse_data needs sparse arrays; here all are dense")

    def reset_ctx(self, ctx: Devices) -> None:
        """Move it to a device, or copy it to a list of them; also ``reset_device``."""
        devices = as_devices(ctx)
        if self._deferred is not None:
            self._deferred = self._deferred[0], devices
        else:
            self._storage.place(self.mean(), devices)

    reset_device = reset_ctx

    def mean(self) -> Tensor:
        """Return the values, the mean of the copies where there are several: what files hold."""
        self.tensor()
        return self._storage.mean()

    def cast(self, dtype: Any) -> None:
        """Change the number type of values and gradients."""
        self._storage.cast(torch_dtype(dtype))
        self._retype()

    def var(self) -> Symbol:
        """Return the variable that stands for it in graphs."""
        if self._var is None:
            self._var = var(
                self.name,
                shape=self._shape,
                dtype=self._dtype,
                lr_mult=self.lr_mult,
                wd_mult=self.wd_mult,
                init=self._init_text(),
                stype="default",
            )
        return self._var

    def _retype(self) -> None:
        """Let the variable know the number type; it stays the same node, as graphs hold it."""
        if self._var is not None:
            self._var._entries[0].node.extra["__dtype__"] = str(DTYPE_CODES[self._dtype])

    def _init_text(self) -> str | None:
        """Name the initializer as graphs do."""
        if self.init is None or isinstance(self.init, str):
            return self.init
        return initializer.create(self.init).dumps()

    def adopt(self, tensor: Tensor) -> None:
        """Take the tensor that torch has put in the place of this one's (``module.to``, ``load_state_dict``)."""
        self._storage.adopt(tensor)
        self._retype()
        if not is_waiting(tensor):
            self._shape, self._deferred = tuple(tensor.shape), None
        elif self._deferred is not None and tensor.device != self._deferred[1][0].torch:
            self._deferred = self._deferred[0], [device_of(tensor)]

    def __getstate__(self) -> dict[str, Any]:
        # The variable is a node of some graph, which a copy makes anew.
        return {**self.__dict__, "_var": None}


def as_devices(ctx: Devices) -> list[Device]:
    """Return the devices meant by one device, a list of them, or None for the current one."""
    if ctx is None or isinstance(ctx, (Device, str, torch.device)):
        return [as_device(ctx)]
    devices = [as_device(one) for one in ctx]
    if not devices:
        raise ArgumentError("initialize: ctx must be a device or a list of them, got an empty list")
    return devices
