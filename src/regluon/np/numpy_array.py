"""``mx.np.ndarray``: an array with numpy's rules, on the same tensors and with the same gradients as an NDArray."""

import importlib
from collections.abc import Callable
from typing import Any

import numpy as onp
import torch

from regluon.core.dtype import torch_dtype
from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.core.numpy_mode import numpy_mode
from regluon.nd import gradient
from regluon.nd.lift import lift_as
from regluon.nd.ndarray import NDArray
from regluon.np import indexing, printing
from regluon.np.dispatch import Speaker, speak
from regluon.np.methods import NumpyMethods
from regluon.ops.face import Face
from regluon.ops.registry import Operator
from regluon.th.lift import call as th_call

__all__ = ["call", "from_numpy", "kind_in_use", "ndarray"]


class ndarray(NumpyMethods, NDArray):  # pyright: ignore[reportIncompatibleMethodOverride]
    """An array with numpy's rules; made by ``mx.np.array`` and by every function of ``mx.np`` and ``mx.npx``.

    It may have no axes and no elements, operands broadcast, comparisons give bools, and indexing is numpy's.

    Examples:
        >>> import regluon as mx
        >>> x = mx.np.array([[1, 2], [3, 4]])
        >>> x[x > 2].sum()
        array(7.)
    """

    __slots__ = ()
    __hash__ = object.__hash__

    # What it is

    @property
    def dtype(self) -> Any:
        """Number type as numpy's ``dtype``; ``torch.bfloat16``, which numpy lacks."""
        found = super().dtype
        return found if isinstance(found, torch.dtype) else onp.dtype(found)

    # Out of the array

    def item(self, *args: Any) -> Any:
        """Return one element as a Python number; without arguments, the single one."""
        return self.asnumpy().item(*args)

    def tolist(self) -> Any:
        """Return the elements as nested lists of Python numbers."""
        return self.asnumpy().tolist()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return _official().of_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return _official().of_function(func, args, kwargs)

    def __index__(self) -> int:
        if self.ndim or self._tensor.is_floating_point():
            raise ArgumentTypeError("index: only an array of ints without axes can be an index")
        return int(self.item())

    def __complex__(self) -> complex:
        return complex(self.item())

    def __iter__(self) -> Any:
        if not self.ndim:
            raise ArgumentTypeError("iter: an array without axes has no parts")
        return (self[i] for i in range(len(self)))

    def __contains__(self, value: Any) -> bool:
        return bool((self == value).any())

    def __repr__(self) -> str:
        return printing.text(self.asnumpy(), self.context)

    def __str__(self) -> str:
        return printing.plain(self.asnumpy(), self.context)

    def __format__(self, spec: str) -> str:
        if not self.ndim:
            return format(self.item(), spec)
        if spec:
            raise ArgumentTypeError(f"format: an array with axes has no format {spec!r}")
        return str(self)

    # Another array of it

    def as_np_ndarray(self) -> "ndarray":
        """Return the array as an ``mx.np.ndarray``: itself."""
        return self

    def as_nd_ndarray(self) -> NDArray:
        """Return the array as an NDArray, which shares its memory and gradient."""
        if not self.ndim:
            return NDArray(gradient.keep(lambda: self._tensor.reshape(1)), self._place)
        return NDArray(self._tensor, self._place)

    def _astype(self, dtype: Any, copy: bool) -> Any:
        if not copy and self._tensor.dtype == torch_dtype(dtype):
            return self
        return super()._astype(dtype, copy)

    def copy(self, order: str = "C") -> "ndarray":
        """Return an equal array with memory of its own."""
        if order != "C":
            raise ArgumentError(f"copy: order must be 'C', got {order!r}")
        return super().copy()

    def reshape_view(self, *newshape: Any, **options: Any) -> "ndarray":
        """Return the elements in another shape, in the same memory; arguments as for ``reshape``."""
        sizes = newshape[0] if len(newshape) == 1 and isinstance(newshape[0], (tuple, list)) else newshape
        shaped = self.reshape(sizes, **options)
        return self._wrap(gradient.keep(lambda: self._tensor.view(shaped.shape)))

    def slice_assign(self, rhs: Any, begin: Any, end: Any, step: Any) -> "ndarray":
        """Write an array into a block, in place.

        Args:
            rhs: the array.
            begin: where the block begins, axis by axis; None for the beginning.
            end: where it ends.
            step: its steps.
        """
        steps = step or (None,) * len(begin)
        self[tuple(slice(*one) for one in zip(begin, end, steps, strict=True))] = rhs
        return self

    slice_assign_scalar = slice_assign

    def drop_grad(self) -> None:
        """Make the array a variable no longer."""
        self._tensor = self._tensor.detach()

    # Elements

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice) and key == slice(None):
            return self
        return self._wrap(gradient.keep(lambda: indexing.get(self._tensor, key)))

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, NDArray) and not isinstance(value, ndarray):
            raise ArgumentTypeError("setitem: the value must be mx.np.ndarray, got NDArray; call as_np_ndarray() on it")
        with self._writing():
            indexing.put(self._tensor, key, value._tensor if isinstance(value, NDArray) else value)


def _in_place(name: str) -> Callable[[ndarray, Any], ndarray]:
    operate = getattr(NumpyMethods, f"__{name}__")

    def write(self: ndarray, other: Any) -> ndarray:
        with self._writing():
            result = operate(self, other)
            if result.shape != self.shape:
                raise ShapeError(f"in-place arithmetic must keep the shape {self.shape}, got {result.shape}")
            self._tensor.copy_(result._tensor)
        return self

    return write


for _name in (
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "and",
    "or",
    "xor",
    "lshift",
    "rshift",
    "matmul",
):
    setattr(ndarray, f"__i{_name}__", _in_place(_name))
ndarray._kind = ndarray


def _official() -> Any:
    """Return the module that answers numpy's own functions; it is made of this one."""
    return importlib.import_module("regluon.np.official")


def kind_in_use() -> type[NDArray]:
    """Return the class of arrays that Gluon gives: what ``npx.set_np`` has said."""
    return ndarray if numpy_mode.arrays else NDArray


def from_numpy(values: onp.ndarray, like: ndarray | None = None) -> ndarray:
    """Copy a numpy array, of its own type, to the device of another array."""
    tensor = torch.from_numpy(onp.array(values, copy=True, order="C")).reshape(values.shape)
    return ndarray(tensor) if like is None else like._wrap(tensor.to(like._tensor.device))


def _lift(operator: Operator, name: str) -> Callable[..., Any]:
    return lift_as(ndarray, operator, name)


def _several(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


call = Face(ndarray, _lift, list[ndarray], ()).call
speak(ndarray, Speaker(call, _several, from_numpy))
speak(torch.Tensor, Speaker(th_call, _several, lambda values, like: torch.from_numpy(values).to(like.device)))
