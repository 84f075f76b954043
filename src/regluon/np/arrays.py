"""Arrays of numbers, of other libraries' arrays, and of uninitialised memory."""

from typing import Any

import numpy as onp
import torch
from torch import Tensor

from regluon import nd
from regluon.core.device import as_device
from regluon.core.dtype import torch_dtype
from regluon.core.errors import ArgumentError, ArgumentTypeError
from regluon.nd import gradient
from regluon.nd.ndarray import NDArray, label
from regluon.np.creation import zeros
from regluon.np.dispatch import is_array
from regluon.np.numpy_array import ndarray
from regluon.np.shapes import broadcast_to

__all__ = [
    "array", "asarray", "can_cast", "empty", "empty_like", "from_dlpack", "may_share_memory", "meshgrid", "ndim",
    "result_type", "shares_memory", "size",
]  # fmt: skip


def array(object: Any, dtype: Any = None, device: Any = None, ctx: Any = None) -> Any:
    """Make an array of numbers, nested lists, a numpy array, a tensor or another array.

    Args:
        object: the values; they are copied.
        dtype: number type; if None, an array's or a tensor's own, else float32, for numpy arrays too.
        device: where, the current device if None; also ``ctx``.
        ctx: the same.

    Examples:
        >>> import regluon as mx
        >>> mx.np.array([1, 2, 3])
        array([1., 2., 3.])
    """
    place = device if device is not None else ctx
    if isinstance(object, NDArray) and place is None:
        place = object.context
    where = as_device(place)
    source = object._tensor if isinstance(object, NDArray) else object
    if isinstance(source, Tensor):
        target = source.dtype if dtype is None else torch_dtype(dtype)
        if not isinstance(object, NDArray):
            source = source.detach()
        return ndarray(gradient.keep(lambda: source.to(where.torch, target, copy=True)), label(where))
    target = torch.float32 if dtype is None else torch_dtype(dtype)
    return ndarray(_numbers(source).to(where.torch, target), label(where))


def _numbers(source: Any) -> Tensor:
    """Read nested lists, which may hold arrays."""
    try:
        values = onp.array(_nested(source))
    except ValueError:
        values = onp.array(None)
    if values.dtype.kind not in "biuf":
        raise ArgumentTypeError(f"array: object must be numbers of one shape, got {source!r:.80}")
    return torch.from_numpy(onp.array(values, dtype=values.dtype.newbyteorder("="), order="C")).reshape(values.shape)


def _nested(source: Any) -> Any:
    if isinstance(source, (list, tuple)):
        return [_nested(one) for one in source]
    return source.asnumpy() if isinstance(source, NDArray) else source


def asarray(obj: Any, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Any:
    """Return an array as it is where it is one of the type, else make one.

    Args:
        obj: as for ``array``.
        dtype: number type; if None, an array's own, else float32.
        device: where.
        copy: make another in any case.
    """
    same = is_array(obj) and not isinstance(obj, Tensor) and device is None
    if same and not copy and (dtype is None or torch_dtype(obj.dtype) == torch_dtype(dtype)):
        return obj
    return array(obj, dtype, device)


def empty(shape: Any, dtype: Any = None, order: str = "C", device: Any = None, ctx: Any = None) -> Any:
    """Make an array whose elements nobody has set; here they are zeros. Arguments as for ``zeros``."""
    return zeros(shape, dtype, order, device, ctx)


def empty_like(
    prototype: Any, dtype: Any = None, order: str = "C", subok: bool = False, shape: Any = None, device: Any = None
) -> Any:
    """Make an array whose elements nobody has set, in the shape and type of another.

    Args:
        prototype: the other.
        dtype: number type; that of ``prototype`` if None.
        order: only ``C``.
        subok: only False.
        shape: only None.
        device: where.
    """
    if subok or shape is not None:
        raise ArgumentError("empty_like: subok and shape must not be given, as in MXNet")
    return zeros(prototype.shape, dtype or prototype.dtype, order, device or prototype.context)


def meshgrid(*xi: Any, **kwargs: Any) -> list[Any]:
    """Repeat rows of coordinates to grids.

    Args:
        xi: ``(n,)`` arrays.
        kwargs: ``indexing``, ``xy`` or ``ij``; ``sparse``; ``copy=True``.
    """
    indexing, sparse, copied = (kwargs.pop(*one) for one in (("indexing", "xy"), ("sparse", False), ("copy", True)))
    if kwargs:
        raise ArgumentTypeError(f"meshgrid: has no argument {next(iter(kwargs))!r}; it has indexing, sparse, copy")
    if indexing not in ("xy", "ij"):
        raise ArgumentError(f"meshgrid: indexing must be one of 'xy', 'ij', got {indexing!r}")
    if not copied:
        raise ArgumentError("meshgrid: copy must be True, as in MXNet")
    count = len(xi)
    places = list(range(count))
    if indexing == "xy" and count > 1:
        places[:2] = [1, 0]
    grids = [
        one.reshape([-1 if axis == place else 1 for axis in range(count)])
        for one, place in zip(xi, places, strict=True)
    ]
    if sparse:
        return grids
    sizes = [1] * count
    for one, place in zip(xi, places, strict=True):
        sizes[place] = one.size
    return [broadcast_to(one, sizes) for one in grids]


def from_dlpack(x: Any) -> ndarray:
    """Share the memory of another library's array."""
    return ndarray(nd.from_dlpack(x)._tensor)


def may_share_memory(a: Any, b: Any, max_work: Any = None) -> bool:  # noqa: ARG001
    """Tell whether two arrays lie in one memory; also ``shares_memory``."""
    return a._tensor.untyped_storage().data_ptr() == b._tensor.untyped_storage().data_ptr()


shares_memory = may_share_memory


def _type_of(one: Any) -> Any:
    if isinstance(one, NDArray):
        return one._tensor.dtype
    if isinstance(one, (bool, int, float)):
        return {bool: torch.bool, int: torch.int64, float: torch.float32}[type(one)]
    return torch_dtype(one)


def result_type(*arrays_and_dtypes: Any) -> Any:
    """Return the type in which arrays and types meet."""
    if not arrays_and_dtypes:
        raise ArgumentError("result_type: must be given at least one array or type, got none")
    found = _type_of(arrays_and_dtypes[0])
    for one in arrays_and_dtypes[1:]:
        found = torch.promote_types(found, _type_of(one))
    return onp.dtype(str(found).removeprefix("torch."))


def can_cast(from_: Any, to: Any) -> bool:
    """Tell whether a type holds all numbers of another, as numpy says."""
    first = from_.dtype if isinstance(from_, NDArray) else from_
    return onp.can_cast(first, to)


def ndim(a: Any) -> int:
    """Return the number of axes."""
    return a.ndim if is_array(a) else onp.ndim(a)


def size(a: Any, axis: int | None = None) -> int:
    """Return the number of elements, or of those along one axis."""
    shape = a.shape if is_array(a) else onp.shape(a)
    return int(onp.prod(shape, dtype=onp.int64)) if axis is None else shape[axis]
