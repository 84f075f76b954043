"""NDArray: MXNet's eager array, a thin coat over one torch tensor.

It keeps MXNet's legacy rules: a full reduction has shape ``(1,)``, comparisons give numbers, ``reshape`` knows the
codes 0 -1 -2 -3 -4, contiguous slices share memory and others are copies. Operators, and the methods and arithmetic
made of them, come from the registry (see ``nd.methods``).
"""

from collections.abc import Iterator
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from regluon.core.device import Device, as_device, device_of
from regluon.core.dtype import numpy_dtype, torch_dtype
from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.nd import gradient, indexing
from regluon.nd.methods import ArrayMethods

__all__ = ["NDArray", "array", "empty", "from_numpy", "from_torch", "waitall"]


class NDArray(ArrayMethods):
    """An array on a device; made by ``nd.array`` and by every operator of ``nd``."""

    __slots__ = ("__weakref__", "_tensor")
    __array_priority__ = 1000.0
    # Arithmetic alters elements' meaning, not identity: like tensors, arrays are keys by identity.
    __hash__ = object.__hash__

    def __init__(self, tensor: Tensor) -> None:
        self._tensor = tensor

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
        """Number type as numpy's scalar type, such as ``numpy.float32``."""
        return numpy_dtype(self._tensor.dtype)

    @property
    def context(self) -> Device:
        """Device it lives on; also ``ctx`` and ``device``."""
        return device_of(self._tensor)

    ctx = device = context

    @property
    def stype(self) -> str:
        """Storage type, always ``default`` (dense)."""
        return "default"

    @property
    def T(self) -> "NDArray":  # noqa: N802
        """The array with its axes in reverse order."""
        return self.transpose()

    # Out of the array

    def asnumpy(self) -> np.ndarray:
        """Copy the values to numpy; bfloat16 comes as float32."""
        tensor = self._tensor.detach()
        return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).cpu().numpy().copy()

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
        values = self.asnumpy()
        return values if dtype is None else values.astype(dtype)

    def __dlpack__(self, **options: Any) -> Any:
        return self._tensor.detach().__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self._tensor.__dlpack_device__()

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
            raise ArgumentTypeError(f"an index must be an array of ints, got dtype {self.dtype.__name__}")
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
        target = torch_dtype(dtype)
        if not copy and self._tensor.dtype == target:
            return self
        return self.cast(dtype=target)

    def copy(self) -> Self:
        """Return an equal array with memory of its own."""
        return type(self)(gradient.keep(self._tensor.clone))

    def copyto(self, other: "NDArray | Device") -> "NDArray":
        """Copy the values into another array, or to a device.

        Returns:
            The array copied into.
        """
        if isinstance(other, Device):
            return type(self)(gradient.keep(lambda: self._tensor.to(other.torch, copy=True)))
        if not isinstance(other, NDArray):
            raise ArgumentTypeError(f"copyto: other must be an NDArray or a Device, got {type(other).__name__}")
        if other.shape != self.shape:
            raise ShapeError(f"copyto: other must have shape {self.shape}, got {other.shape}")
        other._write(self._tensor)
        return other

    def as_in_context(self, context: Device) -> "NDArray":
        """Return the array on a device; itself where it is there already. Also ``as_in_ctx`` and ``to_device``."""
        place = as_device(context).torch
        if place == self._tensor.device:
            return self
        return type(self)(gradient.keep(lambda: self._tensor.to(place)))

    as_in_ctx = to_device = as_in_context

    def as_nd_ndarray(self) -> "NDArray":
        """Return the array as an NDArray: itself."""
        return self

    def tostype(self, stype: str) -> "NDArray":
        """Return the array in a storage type; ``default`` is the only one."""
        if stype != "default":
            raise ArgumentError(f"tostype: stype must be 'default', as arrays are dense here, got {stype!r}")
        return self

    def reshape(self, *shape: Any, **options: Any) -> "NDArray":
        """Return the array with another shape, sharing memory where it can.

        Args:
            shape: ints or one tuple; 0 keeps an axis, -1 fits the rest, -2 copies the remaining axes, -3 joins two
                axes, -4 parts one into the next two numbers.
            options: ``reverse=True`` reads the codes from the right; ``shape=`` may be given by name.
        """
        if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
            shape = tuple(shape[0])
        return self._reshape(shape=options.pop("shape", shape), **options)

    # Gradients

    def attach_grad(self, grad_req: str = "write", stype: str | None = None) -> None:
        """Make the array a variable that ``backward`` computes a gradient for.

        Args:
            grad_req: ``write`` replaces the gradient at each backward, ``add`` adds to it, ``null`` keeps none.
            stype: only ``default`` or None.
        """
        if stype not in (None, "default"):
            raise ArgumentError(f"attach_grad: stype must be 'default', as gradients are dense here, got {stype!r}")
        self._tensor = gradient.mark(self._tensor, grad_req)

    @property
    def grad(self) -> "NDArray | None":
        """Gradient of the last backward, zeros before the first; None for an array that is no variable."""
        return gradient.array_of(self._tensor, type(self))

    def detach(self) -> "NDArray":
        """Return the same values cut off from the recorded graph."""
        return type(self)(self._tensor.detach())

    def backward(self, out_grad: "NDArray | None" = None, retain_graph: bool = False, train_mode: bool = True) -> None:
        """Compute the gradients of all variables this array was computed from.

        Args:
            out_grad: gradient of this array, ones if not given.
            retain_graph: keep the graph for another backward.
            train_mode: accepted for MXNet's sake; the recorded forward decided it.
        """
        gradient.backward([self._tensor], [None if out_grad is None else out_grad._tensor], retain_graph)

    # Elements

    def __getitem__(self, key: Any) -> "NDArray":
        return type(self)(gradient.keep(lambda: indexing.get(self._tensor, key)))

    def __setitem__(self, key: Any, value: Any) -> None:
        indexing.put(self._tensor, key, value._tensor if isinstance(value, NDArray) else value)

    def _write(self, values: Tensor) -> None:
        """Replace the values in place; the dtype stays."""
        with torch.no_grad():
            self._tensor.copy_(values)

    def __getstate__(self) -> Tensor:
        return self._tensor.detach()

    def __setstate__(self, tensor: Tensor) -> None:
        self._tensor = tensor

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._tensor.detach(),)

    def __copy__(self) -> Self:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.copy()


def array(source: Any, ctx: Any = None, dtype: Any = None) -> NDArray:
    """Make an array of numbers, nested lists, a numpy array, a tensor or another NDArray.

    Args:
        source: the values; they are copied.
        ctx: device, the current one if not given.
        dtype: type; if not given, an NDArray's or a tensor's own, else float32.

    Examples:
        >>> from regluon import nd
        >>> nd.array([1, 2, 3]).dtype
        <class 'numpy.float32'>
    """
    if isinstance(source, NDArray):
        source = source._tensor
    if isinstance(source, Tensor):
        target = source.dtype if dtype is None else torch_dtype(dtype)
        return NDArray(source.detach().to(as_device(ctx).torch, target, copy=True))
    try:
        # A list of NDArrays is gathered element by element; numpy reads each through __array__.
        values = np.array(source)
        target = torch.float32 if dtype is None else torch_dtype(dtype)
        return NDArray(torch.from_numpy(np.ascontiguousarray(values)).to(as_device(ctx).torch, target, copy=True))
    except (TypeError, ValueError) as error:
        raise ArgumentTypeError(f"array: source must be numbers of one shape, got {source!r:.80}") from error


def empty(shape: Any, ctx: Any = None, dtype: Any = None) -> NDArray:
    """Make an array whose values are whatever the memory held.

    Args:
        shape: an int or a tuple of ints.
        ctx: device, the current one if not given.
        dtype: number type, float32 if not given.
    """
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    return NDArray(torch.empty(sizes, dtype=torch_dtype(dtype or "float32"), device=as_device(ctx).torch))


def from_numpy(values: np.ndarray, zero_copy: bool = True) -> NDArray:
    """Make an array of a numpy array, sharing its memory unless ``zero_copy`` is false."""
    return NDArray(torch.from_numpy(values if zero_copy else values.copy()))


def from_torch(tensor: Tensor) -> NDArray:
    """Make an array of a torch tensor, sharing memory and gradient."""
    return NDArray(tensor)


def waitall() -> None:
    """Return once everything that was started on a GPU is done; on a CPU it always is."""
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        torch.cuda.synchronize()
