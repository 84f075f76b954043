"""NDArray: MXNet's eager array, a thin coat over one torch tensor.

It keeps MXNet's legacy rules: a full reduction has shape ``(1,)``, comparisons give numbers, ``reshape`` knows the
codes 0 -1 -2 -3 -4, contiguous slices share memory and the results of operators do not. Operators, and the methods and
arithmetic made of them, come from the registry (see ``nd.fill``).
"""

import importlib
from collections.abc import Iterator
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from regluon.core.array import as_numpy
from regluon.core.device import Device, as_device, device_of
from regluon.core.dtype import numpy_dtype, torch_dtype
from regluon.core.errors import ArgumentError, ArgumentTypeError, MXNetError, ShapeError
from regluon.core.mode import mode
from regluon.nd import gradient, indexing
from regluon.nd.methods import ArrayMethods
from regluon.ops.tensor.reshape import reshape

__all__ = ["NDArray", "label"]


class NDArray(ArrayMethods):
    """An array on a device; made by ``nd.array`` and by every operator of ``nd``.

    Args:
        tensor: its values; memory and gradient are shared.
        place: the device by MXNet's name, where the tensor cannot tell it (see ``label``).
    """

    __slots__ = ("__weakref__", "_place", "_tensor")
    # Above numpy's: its arrays and numbers leave arithmetic with an NDArray to the NDArray.
    __array_priority__ = 1000.0
    # ``==`` makes an array, so equality cannot serve dictionaries.
    __hash__ = object.__hash__
    # What operators make of it: results are of this class.
    _kind: ClassVar[type["NDArray"]]

    def __init__(self, tensor: Tensor, place: Device | None = None) -> None:
        self._tensor = tensor
        self._place = place

    # What it is

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of all axes."""
        return tuple(self._tensor.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return self._tensor.numel()

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self._tensor.ndim

    @property
    def dtype(self) -> Any:
        """Number type as numpy's scalar type, such as ``numpy.float32``; ``torch.bfloat16``, which numpy lacks."""
        return numpy_dtype(self._tensor.dtype)

    @property
    def context(self) -> Device:
        """Device it lives on; also ``ctx`` and ``device``."""
        return self._place or device_of(self._tensor)

    ctx = device = context

    @property
    def stype(self) -> str:
        """Storage type, always ``default`` (dense)."""
        return "default"

    @property
    def T(self) -> "NDArray":
        """The array with its axes in reverse order."""
        return self.transpose()

    # Out of the array

    def asnumpy(self) -> np.ndarray:
        """Copy the values to numpy; bfloat16 comes as float32."""
        return as_numpy(self._tensor).copy()

    def as_torch(self) -> Tensor:
        """Return the torch tensor beneath; memory and gradient are shared."""
        return self._tensor

    def asscalar(self) -> Any:
        """Return the single element as a numpy scalar.

        Raises:
            ShapeError: there is more than one element, or none.
        """
        if self.size != 1:
            raise ShapeError(f"asscalar: the array must have 1 element, got shape {self.shape}")
        return self.asnumpy().reshape(-1)[0]

    def item(self) -> Any:
        """Return the single element as a Python number."""
        return self.asscalar().item()

    def wait_to_read(self) -> None:
        """Return once the values are there."""
        if self._tensor.is_cuda:
            torch.cuda.synchronize(self._tensor.device)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        shared = as_numpy(self._tensor)
        values = shared if dtype is None else shared.astype(dtype, copy=False)
        return values.copy() if values is shared and copy is not False else values

    def __dlpack__(self, **options: Any) -> Any:
        return self._tensor.detach().__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self._tensor.__dlpack_device__()

    def to_dlpack_for_read(self) -> Any:
        """Return a DLPack capsule that shares the memory; also ``to_dlpack_for_write``."""
        return self._tensor.detach().__dlpack__()

    to_dlpack_for_write = to_dlpack_for_read

    def __bool__(self) -> bool:
        if self.size > 1:
            raise ArgumentError(f"bool: an array of more than one element has no truth value, got shape {self.shape}")
        return bool(self.asscalar()) if self.size else False

    def __float__(self) -> float:
        return float(self.asscalar())

    def __int__(self) -> int:
        return int(self.asscalar())

    def __index__(self) -> int:
        if self._tensor.is_floating_point():
            raise ArgumentTypeError(f"index: must be an array of ints, got dtype {self._tensor.dtype}")
        return int(self.asscalar())

    def __len__(self) -> int:
        if not self.ndim:
            raise ArgumentTypeError("len: an array without axes has no length")
        return self._tensor.shape[0]

    def __iter__(self) -> Iterator["NDArray"]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        shape = "x".join(map(str, self.shape))
        return f"\n{self.asnumpy()}\n<{type(self).__name__} {shape} @{self.context}>"

    # Another array of it

    def astype(self, dtype: Any, copy: bool = True) -> "NDArray":
        """Return the values in another number type; ``copy=False`` returns itself where the type is that already."""
        if not copy and self._tensor.dtype == torch_dtype(dtype):
            return self
        return self.cast(dtype=dtype)

    def copy(self) -> Self:
        """Return an equal array with memory of its own."""
        return self._wrap(gradient.keep(self._tensor.clone))

    def copyto(self, other: "NDArray | Device") -> "NDArray":
        """Copy the values into another array of the same shape, or to a device.

        Returns:
            The array copied into, or the new one.
        """
        if isinstance(other, Device):
            return type(self)(gradient.keep(lambda: self._tensor.to(other.torch, copy=True)), label(other))
        if not isinstance(other, NDArray):
            raise ArgumentTypeError(f"copyto: other must be an NDArray or a Device, got {type(other).__name__}")
        if other.shape != self.shape:
            raise ShapeError(f"copyto: other must have shape {self.shape}, got {other.shape}")
        other._write(self._tensor)
        return other

    def as_in_context(self, context: Any) -> "NDArray":
        """Return the array on a device; itself where it is there already. Also ``as_in_ctx`` and ``to_device``."""
        place = as_device(context)
        return self if place == self.context else self.copyto(place)

    as_in_ctx = to_device = as_in_context

    def as_nd_ndarray(self) -> "NDArray":
        """Return the array as an NDArray: itself."""
        return self

    def as_np_ndarray(self) -> Any:
        """Return the array as an ``mx.np.ndarray``, which shares its memory and gradient."""
        return importlib.import_module("regluon.np").ndarray(self._tensor, self._place)

    def tostype(self, stype: str) -> "NDArray":
        """Return the array in a storage type; ``default`` is the only one."""
        if stype != "default":
            raise ArgumentError(f"tostype: stype must be 'default', as arrays are dense here, got {stype!r}")
        return self

    def reshape(self, *shape: Any, **options: Any) -> "NDArray":
        """Return the array with another shape. It shares memory, unless the array's own is not in order.

        Args:
            shape: ints or one tuple; 0 keeps an axis, -1 fits the rest, -2 copies the remaining axes, -3 joins two
                axes, -4 parts one into the next two numbers.
            options: ``reverse=True`` reads the codes from the right; ``shape=`` may be given by name.

        Examples:
            >>> from regluon import nd
            >>> nd.zeros((2, 3, 4)).reshape(0, -1).shape
            (2, 12)
        """
        codes = tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
        unknown = [name for name in options if name not in ("shape", "reverse")]
        if unknown:
            raise ArgumentTypeError(f"reshape: has no argument {unknown[0]!r}; it has shape, reverse")
        codes = codes or tuple(options.get("shape", ()))
        return self._wrap(gradient.keep(lambda: reshape(self._tensor, codes, bool(options.get("reverse", False)))))

    def broadcast_to(self, shape: Any) -> "NDArray":
        """Repeat axes of size 1, and put new axes in front, until the array has a shape.

        Args:
            shape: the sizes, at least as many as the array has.
        """
        sizes = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
        fits = len(sizes) >= self.ndim and all(
            new == old or old == 1 for new, old in zip(sizes[::-1], self.shape[::-1], strict=False)
        )
        if not fits or 0 in sizes:
            raise ShapeError(f"broadcast_to: shape must be one that {self.shape} broadcasts to, got {sizes}")
        return self._wrap(
            gradient.keep(lambda: self._tensor.expand(sizes).clone(memory_format=torch.contiguous_format))
        )

    # Gradients

    def attach_grad(self, grad_req: str = "write", stype: str | None = None) -> None:
        """Make the array a variable that ``backward`` computes a gradient for.

        Args:
            grad_req: ``write`` replaces the gradient at each backward, ``add`` adds to it, ``null`` computes none.
            stype: only ``default`` or None.
        """
        if stype not in (None, "default"):
            raise ArgumentError(f"attach_grad: stype must be 'default', as gradients are dense here, got {stype!r}")
        self._tensor = gradient.mark(self._tensor, grad_req)

    @property
    def grad(self) -> "NDArray | None":
        """Gradient of the last backward, zeros before the first; None for an array that is no variable."""
        return gradient.array_of(self._tensor, self._wrap)

    def detach(self) -> Self:
        """Return the same values, in the same memory, cut off from the recorded graph."""
        return self._wrap(self._tensor.detach())

    def backward(
        self,
        out_grad: "NDArray | None" = None,
        retain_graph: bool = False,
        train_mode: bool = True,  # noqa: ARG002
    ) -> None:
        """Compute the gradients of all variables this array was computed from.

        Args:
            out_grad: gradient of this array, ones if not given.
            retain_graph: keep the graph for another backward.
            train_mode: accepted for MXNet's sake; the recorded forward decided it.
        """
        gradient.backward([self._tensor], [None if out_grad is None else out_grad._tensor], retain_graph)

    # Elements

    def __getitem__(self, key: Any) -> "NDArray":
        if isinstance(key, slice) and key == slice(None):
            return self
        return self._wrap(gradient.keep(lambda: indexing.get(self._tensor, key)))

    def __setitem__(self, key: Any, value: Any) -> None:
        with self._writing():
            indexing.put(self._tensor, key, value._tensor if isinstance(value, NDArray) else value)

    # For the rest of the package

    def _wrap(self, tensor: Tensor) -> Self:
        """Make an array of the same kind of a tensor on the same device."""
        return type(self)(tensor, self._place)

    def _write(self, values: Tensor) -> None:
        """Replace the values in place; the dtype stays. While recording, gradients flow to where they come from."""
        with self._writing():
            self._tensor.copy_(values)

    def _writing(self) -> torch.autograd.grad_mode.set_grad_enabled:
        """Guard a change in place: refuse it for what is recorded, and record it only while recording."""
        if mode.recording and self._tensor.requires_grad:
            raise MXNetError(
                "in-place operations (x += y, x[...] = y, out=x) must not change an array that is being recorded: "
                "write x = x + y, or do it outside autograd.record()"
            )
        return torch.set_grad_enabled(mode.recording)

    def __reduce__(self) -> tuple[Any, ...]:
        values = self._tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
        return _restored, (type(self), values, self.context)

    def __copy__(self) -> Self:
        return self.__deepcopy__({})

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return type(self)(self._tensor.detach().clone(), self._place)


NDArray._kind = NDArray


def label(device: Device) -> Device | None:
    """Return the device where a tensor would forget it: all of MXNet's kinds of main memory are torch's one ``cpu``.

    Examples:
        >>> from regluon.core.device import cpu
        >>> label(cpu(0)), label(cpu(1))
        (None, cpu(1))
    """
    return None if device.device_type == "gpu" or device == _MAIN else device


_MAIN = Device("cpu", 0)


def _restored(kind: type[NDArray], tensor: Tensor, device: Device) -> NDArray:
    """Make an array of what a pickle holds; in main memory where its GPU is not there."""
    there = device.device_type != "gpu" or device.device_id < torch.cuda.device_count()
    return kind(tensor.to(device.torch), label(device)) if there else kind(tensor)
