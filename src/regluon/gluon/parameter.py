"""Parameters of Blocks, MXNet's on the outside and torch's within.

A Parameter owns a torch tensor from the start: an uninitialised one while the shape is not known, which becomes a real
one in place. So the tensor that a Block registers with torch is the same before and after, and optimisers,
``state_dict`` and DDP see it under the Parameter's name.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter, is_lazy

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
from regluon.nd import gradient
from regluon.nd.array import NDArray, array
from regluon.sym.symbol import Symbol, var

__all__ = ["Constant", "DeferredInitializationError", "Parameter"]

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
                raise NotSupportedError(f"Parameter {name!r}: {which} must be 'default', as arrays are dense here, got {given!r}")
        self.name = name
        self._shape = (shape,) if isinstance(shape, int) else None if shape is None else tuple(shape)
        self._dtype = torch_dtype(dtype)
        self.lr_mult, self.wd_mult, self.init = lr_mult, wd_mult, init
        self.allow_deferred_init, self._differentiable = allow_deferred_init, differentiable
        self._deferred: tuple[Any, list[Device]] | None = None
        self._copies: list[Tensor] = []
        self._var: Symbol | None = None
        self._request = "null"
        self._tensor: Tensor = _lazy(differentiable, self._dtype)
        self.grad_req = grad_req

    def __repr__(self) -> str:
        return f"Parameter {self.name} (shape={self._shape}, dtype={dtype_name(self._dtype)})"

    # What it is

    @property
    def shape(self) -> tuple[int, ...] | None:
        """Sizes; 0 or -1 where not known yet."""
        return self._shape

    @shape.setter
    def shape(self, shape: Sequence[int] | None) -> None:
        shape = None if shape is None else tuple(shape)
        known = self._shape
        if known is not None and shape is not None:
            fits = len(known) == len(shape) and all(a == b or a <= 0 for a, b in zip(known, shape, strict=True))
            if not fits:
                raise ShapeError(f"parameter {self.name!r}: shape must be {known}, got {shape}")
        self._shape = shape

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
        return self._request

    @grad_req.setter
    def grad_req(self, request: str) -> None:
        if request not in gradient.REQUESTS:
            raise ArgumentError(f"parameter {self.name!r}: grad_req must be one of 'write', 'add', 'null', got {request!r}")
        self._request = request if self._differentiable else "null"
        self._mark()

    @property
    def stype(self) -> str:
        """Storage type, always ``default``."""
        return "default"

    grad_stype = stype

    @property
    def initialized(self) -> bool:
        """Whether it has a value."""
        return not is_lazy(self._tensor)

    # Beginning

    def initialize(
        self, init: Any = None, ctx: Devices = None, default_init: Any = None, force_reinit: bool = False, device: Devices = None
    ) -> None:
        """Give it its first values, or remember to do so once the shape is known.

        Args:
            init: initializer, before the Parameter's own.
            ctx: a device or a list of them for a copy on each; also ``device``.
            default_init: initializer where neither this call nor the Parameter has one.
            force_reinit: replace values that are there.
        """
        if self.initialized and not force_reinit:
            return
        devices = _devices(ctx if ctx is not None else device)
        chosen = init if init is not None else self.init
        chosen = chosen if chosen is not None else default_init
        self._deferred = (initializer.Uniform() if chosen is None else chosen, devices)
        if self._known():
            self._finish()
        elif not self.allow_deferred_init:
            self._deferred = None
            raise ShapeError(
                f"parameter {self.name!r}: shape must be known to initialize, got {self._shape}; give in_channels or "
                "in_units, or allow_deferred_init=True"
            )

    def _known(self) -> bool:
        return self._shape is not None and all(size > 0 for size in self._shape)

    def _finish(self) -> None:
        """Make the values, where ``initialize`` has been called and the shape is known by now."""
        if self._deferred is None:
            return
        if not self._known():
            raise DeferredInitializationError(f"parameter {self.name!r}: shape must be known by now, got {self._shape}")
        (chosen, devices), self._deferred = self._deferred, None
        values = torch.empty(self._shape or (), dtype=torch.float32)
        self._fill(chosen, values)
        self._place(values, devices)

    def _fill(self, chosen: Any, values: Tensor) -> None:
        maker = initializer.create(chosen)
        desc, target = initializer.InitDesc(self.name), NDArray(values)
        # A parameter's values are weights, whatever its name ends in, but for initializers that choose by name.
        if isinstance(maker, initializer.Initializer) and type(maker).__call__ is initializer.Initializer.__call__:
            maker._init_weight(desc, target)
        else:
            maker(desc, target)

    def _place(self, values: Tensor, devices: list[Device]) -> None:
        """Take values over: the first device's into the registered tensor, a copy for each further device."""
        with torch.no_grad():
            values = values.to(devices[0].torch, self._dtype)
            if isinstance(self._tensor, (UninitializedParameter, UninitializedBuffer)):
                self._tensor.materialize(values.shape, devices[0].torch, self._dtype)
                self._tensor.data.copy_(values)
            else:
                self._tensor.data = values
                self._tensor.grad = None
            self._copies = [values.to(one.torch, copy=True) for one in devices[1:]]
        self._shape = tuple(values.shape)
        self._mark()

    def _mark(self) -> None:
        """Let torch and ``backward`` know whether and how gradients are kept."""
        if is_lazy(self._tensor):
            return  # torch allows nothing yet; the values bring the mark
        for tensor in [self._tensor, *self._copies]:
            tensor.requires_grad_(self._request != "null" and tensor.is_floating_point())
            if not tensor.requires_grad:
                tensor.__dict__.pop("mark", None)
                tensor.grad = None
            elif gradient.mark_of(tensor) is None:
                tensor.__dict__["mark"] = gradient.Mark(self._request)
            else:
                tensor.__dict__["mark"].grad_req = self._request

    # Values

    def tensor(self) -> Tensor:
        """Return the torch tensor that Blocks register.

        Raises:
            DeferredInitializationError: the shape is not known yet.
            MXNetError: it has not been initialised.
        """
        if is_lazy(self._tensor):
            self._refuse()
        return self._tensor

    def _refuse(self) -> None:
        if self._deferred is not None:
            raise DeferredInitializationError(
                f"parameter {self.name!r} has no value yet, as its shape {self._shape} follows from the first input: run "
                "its block once, or give in_channels or in_units"
            )
        raise MXNetError(f"parameter {self.name!r} has no value: call initialize() on its block first")

    def _all(self) -> list[Tensor]:
        return [self.tensor(), *self._copies]

    def _on(self, ctx: Device | None) -> Tensor:
        tensors = self._all()
        if ctx is None:
            wanted = current_device().torch
            return next((one for one in tensors if one.device == wanted), tensors[0])
        wanted = as_device(ctx).torch
        for one in tensors:
            if one.device == wanted:
                return one
        raise MXNetError(f"parameter {self.name!r}: must be on {ctx}, got {', '.join(map(str, self.list_ctx()))}")

    def data(self, ctx: Device | None = None) -> NDArray:
        """Return its values on a device; writing into the array writes the Parameter."""
        return NDArray(self._on(ctx))

    def list_data(self) -> list[NDArray]:
        """Return its values on every device."""
        return [NDArray(one) for one in self._all()]

    def grad(self, ctx: Device | None = None) -> NDArray:
        """Return its gradient on a device; zeros before the first backward."""
        return self._gradient(self._on(ctx))

    def list_grad(self) -> list[NDArray]:
        """Return its gradient on every device."""
        return [self._gradient(one) for one in self._all()]

    def _gradient(self, tensor: Tensor) -> NDArray:
        found = gradient.array_of(tensor, NDArray)
        if found is None:
            raise MXNetError(f"parameter {self.name!r} has no gradient, as its grad_req is 'null'")
        return found

    def zero_grad(self) -> None:
        """Set the gradients to zero."""
        if self._request != "null" and self.initialized:
            for one in self._all():
                if one.grad is not None:
                    one.grad.zero_()

    def list_ctx(self) -> list[Device]:
        """List the devices it is on; also ``list_device``."""
        if self._deferred is not None:
            return self._deferred[1]
        return [device_of(one) for one in self._all()]

    list_device = list_ctx

    def set_data(self, data: Any) -> None:
        """Replace the values on every device.

        Args:
            data: array of the Parameter's shape; it settles a shape that is not known yet.
        """
        values = data._tensor if isinstance(data, NDArray) else data if isinstance(data, Tensor) else array(data)._tensor
        self.shape = tuple(values.shape)
        if not self.initialized:
            if self._deferred is None:
                self._refuse()
            else:
                (_, devices), self._deferred = self._deferred, None
                self._place(values.detach(), devices)
            return
        with torch.no_grad():
            for one in self._all():
                one.copy_(values)

    def row_sparse_data(self, row_id: Any) -> NDArray:  # noqa: ARG002
        """Refuse: rows of sparse parameters do not exist here."""
        raise NotSupportedError(f"parameter {self.name!r}: row_sparse_data needs a row_sparse parameter; here all are dense")

    def reset_ctx(self, ctx: Devices) -> None:
        """Move it to a device, or copy it to a list of them; also ``reset_device``."""
        devices = _devices(ctx)
        if self._deferred is not None:
            self._deferred = (self._deferred[0], devices)
        else:
            self._place(self.tensor().detach(), devices)

    reset_device = reset_ctx

    def cast(self, dtype: Any) -> None:
        """Change the number type of values and gradients."""
        self._dtype = torch_dtype(dtype)
        self._var = None
        if self.initialized:
            self._place(self._tensor.detach(), self.list_ctx())
        elif is_lazy(self._tensor):
            self._tensor.data = self._tensor.data.to(self._dtype)

    def var(self) -> Symbol:
        """Return the variable that stands for it in graphs."""
        if self._var is None:
            self._var = var(
                self.name,
                shape=self._shape,
                dtype=self._dtype,
                lr_mult=self.lr_mult,
                wd_mult=self.wd_mult,
                init=None if self.init is None else initializer.create(self.init),
                stype="default",
            )
        return self._var

    def _adopt(self, tensor: Tensor) -> None:
        """Take the tensor that torch has put in the place of this one's (``module.to``)."""
        if not is_lazy(tensor):
            self._shape = tuple(tensor.shape)
        self._tensor, self._dtype = tensor, tensor.dtype
        self._mark()

    def __getstate__(self) -> dict[str, Any]:
        # The variable is a node of some graph, which a copy makes anew.
        return {**self.__dict__, "_var": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._mark()  # torch's copies of tensors lose their marks


class Constant(Parameter):
    """A Parameter whose value never changes; gradients do not reach it.

    Args:
        name: its full name; the value alone will do.
        value: array or nested list.
    """

    def __init__(self, name: Any, value: Any = None) -> None:
        if value is None:
            name, value = "const", name
        values = value if isinstance(value, NDArray) else array(value)
        self.value = values
        super().__init__(
            name, grad_req="null", shape=values.shape, dtype=values._tensor.dtype, init=_Copy(values), differentiable=False
        )

    def __repr__(self) -> str:
        return f"Constant {self.name} (shape={self._shape}, dtype={dtype_name(self._dtype)})"


@initializer.register
class _Copy(initializer.Initializer):
    """Fill with the values of an array."""

    def __init__(self, values: Any) -> None:
        super().__init__(values=values.asnumpy().tolist() if isinstance(values, NDArray) else values)
        self._values = values if isinstance(values, NDArray) else array(values)

    def _init_weight(self, name: str, arr: NDArray) -> None:
        arr[:] = self._values


def _lazy(differentiable: bool, dtype: torch.dtype) -> Tensor:
    """Make a tensor without a shape, of the kind that torch registers."""
    if differentiable:
        return UninitializedParameter(requires_grad=dtype.is_floating_point, dtype=dtype)
    return UninitializedBuffer(dtype=dtype)


def _devices(ctx: Devices) -> list[Device]:
    if ctx is None or isinstance(ctx, (Device, str, torch.device)):
        return [as_device(ctx)]
    devices = [as_device(one) for one in ctx]
    if not devices:
        raise ArgumentError("initialize: ctx must be a device or a list of them, got an empty list")
    return devices


def all_initialized(parameters: Iterable[Parameter]) -> bool:
    """Tell whether every Parameter has a value."""
    return all(not is_lazy(one._tensor) for one in parameters)
