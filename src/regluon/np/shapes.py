"""Other shapes, orders and places for the same elements; joining and parting arrays."""

from collections.abc import Sequence
from typing import Any

import numpy as onp

from regluon.core.errors import ArgumentError, ArgumentTypeError
from regluon.np.dispatch import invoke, is_array, listed, parts

__all__ = [
    "append", "array_split", "atleast_1d", "atleast_2d", "atleast_3d", "broadcast_arrays", "broadcast_to",
    "column_stack", "concat", "concatenate", "copy", "delete", "dsplit", "dstack", "expand_dims", "flatten", "flip",
    "fliplr", "flipud", "hsplit", "hstack", "insert", "moveaxis", "pad", "permute_dims", "ravel", "repeat", "reshape",
    "resize", "roll", "rollaxis", "rot90", "row_stack", "shape", "split", "squeeze", "stack", "swapaxes", "tile",
    "transpose", "vsplit", "vstack",
]  # fmt: skip

Axis = int | Sequence[int] | None


def _tuple(value: Any) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def copy(a: Any) -> Any:
    """Copy an array."""
    return invoke("_npi_copy", a)


def reshape(a: Any, newshape: Any, reverse: bool = False, order: str = "C") -> Any:
    """Give an array another shape; the codes -1 to -6 are those of ``npx.reshape``.

    Args:
        a: array.
        newshape: sizes and codes.
        reverse: read shape and source from the right.
        order: only ``C``.
    """
    return invoke("_npx_reshape", a, newshape=_tuple(newshape), reverse=reverse, order=order)


def ravel(x: Any, order: str = "C") -> Any:
    """Give all elements as one row."""
    return reshape(x, -1, order=order)


def flatten(x: Any, order: str = "C") -> Any:
    """Give all elements as one row, in memory of their own."""
    return reshape(x, -1, order=order)


def transpose(a: Any, axes: Any = None) -> Any:
    """Put the axes into another order; also ``permute_dims``.

    Args:
        a: array.
        axes: the old axis at each new place; in reverse order if None.
    """
    return invoke("_npi_transpose", a, axes=None if axes is None else _tuple(axes))


permute_dims = transpose


def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    """Exchange two axes."""
    return invoke("_npi_swapaxes", a, dim1=axis1, dim2=axis2)


def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    """Move axes to other places; the others keep their order.

    Args:
        a: array.
        source: the axes.
        destination: where each goes.
    """
    return invoke("_npi_moveaxis", a, source=_tuple(source), destination=_tuple(destination))


def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """Move an axis back until it lies before another."""
    return invoke("_npi_rollaxis", a, axis=axis, start=start)


def expand_dims(a: Any, axis: int) -> Any:
    """Put in an axis of size 1."""
    return invoke("_npi_expand_dims", a, axis=axis)


def squeeze(x: Any, axis: Axis = None) -> Any:
    """Take out axes of size 1, all of them if none is named."""
    return invoke("_npi_squeeze", x, axis=axis)


def broadcast_to(array: Any, shape: Any) -> Any:
    """Repeat axes of size 1, and put new axes in front, until the array has a shape."""
    return invoke("_npi_broadcast_to", array, shape=_tuple(shape))


def broadcast_arrays(*args: Any) -> list[Any]:
    """Broadcast arrays with each other."""
    shape = onp.broadcast_shapes(*(one.shape for one in args))
    return [broadcast_to(one, shape) for one in args]


def tile(A: Any, reps: Any) -> Any:
    """Repeat the whole array along axes."""
    return invoke("_npi_tile", A, reps=_tuple(reps))


def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Repeat each element.

    Args:
        a: array.
        repeats: how often, one number or one for each element.
        axis: the axis along which; if None, through the whole array, as one row.
    """
    if isinstance(repeats, (tuple, list)) and len(repeats) != 1:
        return invoke("_npi_repeats", a, repeats=tuple(repeats), axis=axis)
    return invoke("_npi_repeat", a, repeats=_tuple(repeats)[0], axis=axis)


def flip(m: Any, axis: Axis = None, out: Any = None) -> Any:
    """Turn the order round along axes, all of them if none is named."""
    return invoke("_npi_flip", m, axis=tuple(range(m.ndim)) if axis is None else _tuple(axis), out=out)


def flipud(m: Any) -> Any:
    """Turn the order of rows round."""
    return flip(m, 0)


def fliplr(m: Any) -> Any:
    """Turn the order of columns round."""
    return flip(m, 1)


def roll(a: Any, shift: Any, axis: Axis = None) -> Any:
    """Move elements along axes; those that fall off the end come in at the beginning."""
    return invoke("_npi_roll", a, shift=shift, axis=axis)


def rot90(m: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> Any:
    """Turn an array in the plane of two axes by right angles, from the first axis towards the second."""
    return invoke("_npi_rot90", m, k=k, axes=tuple(axes))


def resize(a: Any, new_shape: Any) -> Any:
    """Repeat the elements until they fill a shape, as numpy's function does."""
    sizes = _tuple(new_shape)
    count = int(onp.prod(sizes, dtype=onp.int64))
    row = ravel(a)
    if not count or not row.size:
        return invoke("_npi_broadcast_to", invoke("_npi_full_like", row.sum(), fill_value=0.0), shape=sizes)
    return reshape(tile(row, -(-count // row.size))[:count], sizes)


def pad(x: Any, pad_width: Any, mode: str = "constant", **kwargs: Any) -> Any:
    """Put elements around an array.

    Args:
        x: array.
        pad_width: how many before and after each axis; one pair is for all axes, and one int for both.
        mode: ``constant``, ``edge``, ``reflect``, ``symmetric``, ``maximum`` or ``minimum``.
        kwargs: ``constant_values`` for ``constant``; ``reflect_type="even"``.
    """
    widths = onp.broadcast_to(onp.asarray(pad_width), (x.ndim, 2)).tolist()
    allowed = {"constant": ("constant_values",), "reflect": ("reflect_type",), "symmetric": ("reflect_type",)}
    for key, value in kwargs.items():
        if key not in allowed.get(mode, ()):
            raise ArgumentTypeError(f"pad: has no option {key} for mode {mode!r}")
        if key == "constant_values" and isinstance(value, (tuple, list)):
            raise ArgumentTypeError(f"pad: constant_values must be a number, got {value!r}")
    return invoke("_npi_pad", x, pad_width=tuple(map(tuple, widths)), mode=mode, **kwargs)


# Joining


def concatenate(seq: Any, axis: int | None = 0, out: Any = None) -> Any:
    """Join arrays along an axis they have, or as one row if it is None; also ``concat``."""
    return invoke("_npi_concatenate", *listed("concatenate", seq), dim="None" if axis is None else axis, out=out)


concat = concatenate


def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """Join two arrays along an axis, or as one row if it is None."""
    return concatenate([arr, values], axis)


def stack(arrays: Any, axis: int = 0, out: Any = None) -> Any:
    """Join arrays of one shape along a new axis."""
    return invoke("_npi_stack", *listed("stack", arrays), axis=axis, out=out)


def vstack(arrays: Any, out: Any = None) -> Any:
    """Join arrays as rows; also ``row_stack``."""
    return invoke("_npi_vstack", *listed("vstack", arrays), out=out)


row_stack = vstack


def hstack(arrays: Any, out: Any = None) -> Any:
    """Join arrays along the second axis, rows along their only one."""
    return invoke("_npi_hstack", *listed("hstack", arrays), out=out)


def dstack(arrays: Any) -> Any:
    """Join arrays along the third axis."""
    return invoke("_npi_dstack", *listed("dstack", arrays))


def column_stack(tup: Any) -> Any:
    """Join rows and matrices as columns."""
    return invoke("_npi_column_stack", *listed("column_stack", tup))


def atleast_1d(*arys: Any) -> Any:
    """Give arrays at least one axis."""
    return _at_least(1, arys)


def atleast_2d(*arys: Any) -> Any:
    """Give arrays at least two axes."""
    return _at_least(2, arys)


def atleast_3d(*arys: Any) -> Any:
    """Give arrays at least three axes."""
    return _at_least(3, arys)


def _at_least(count: int, arrays: Sequence[Any]) -> Any:
    found = [invoke(f"_npi_atleast_{count}d", one) for one in arrays]
    return found if len(found) > 1 else found[0]


# Parting


def _split(name: str, ary: Any, indices_or_sections: Any, axis: int) -> list[Any]:
    if isinstance(indices_or_sections, (int, onp.integer)):
        if indices_or_sections < 1:
            raise ArgumentError(f"{name}: the number of sections must be at least 1, got {indices_or_sections}")
        options: dict[str, Any] = {"indices": (), "sections": int(indices_or_sections)}
    else:
        options = {"indices": (0, *indices_or_sections), "sections": 0}
    return parts(invoke(f"_npi_{name}", ary, axis=axis, **options))


def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Part an array along an axis.

    Args:
        ary: array.
        indices_or_sections: the number of equal parts, or where the second and further parts begin.
        axis: the axis.
    """
    return _split("split", ary, indices_or_sections, axis)


def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Part an array along an axis, the first parts longer by one where the number does not divide it."""
    return _split("array_split", ary, indices_or_sections, axis)


def vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Part an array along its first axis."""
    return _split("split", ary, indices_or_sections, 0)


def hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Part an array along its second axis, a row along its only one."""
    return _split("hsplit", ary, indices_or_sections, 1)


def dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Part an array along its third axis."""
    return _split("dsplit", ary, indices_or_sections, 2)


def _places(obj: Any, size: int) -> list[int]:
    """List the places that an int, a slice or some ints mean."""
    if isinstance(obj, slice):
        return list(range(*obj.indices(size)))
    numbers = obj.asnumpy() if is_array(obj) else onp.asarray(obj)
    return [int(one) for one in numbers.reshape(-1)]


def delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    """Leave slices of an axis out.

    Args:
        arr: array.
        obj: which: an int, a slice, or some ints.
        axis: the axis; if None, elements of the whole array, as one row.
    """
    arr, along = (ravel(arr), 0) if axis is None else (arr, axis % arr.ndim)
    size = arr.shape[along]
    gone = _places(obj, size)
    if not all(-size <= one < size for one in gone):
        raise ArgumentError(f"delete: obj must be in [{-size}, {size - 1}], got {obj!r:.60}")
    out = {one % size for one in gone}
    return _slices(arr, [place for place in range(size) if place not in out], along)


def _slices(arr: Any, places: list[int], axis: int) -> Any:
    return arr[(slice(None),) * axis + (onp.asarray(places, onp.int64),)]


def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """Put slices into an axis.

    Args:
        arr: array.
        obj: before which: an int, a slice, or some ints.
        values: what is put there; a number, or an array that broadcasts.
        axis: the axis; if None, into the whole array, as one row.
    """
    arr, along = (ravel(arr), 0) if axis is None else (arr, axis % arr.ndim)
    size = arr.shape[along]
    before = _places(obj, size)
    if not all(-size <= one <= size for one in before):
        raise ArgumentError(f"insert: obj must be in [{-size}, {size}], got {obj!r:.60}")
    before = [one + size if one < 0 else one for one in before]
    if is_array(values):
        values = values.astype(arr.dtype)
        if isinstance(obj, (int, onp.integer)) and values.ndim:
            # As in numpy: for one place, the first axis of the values goes where the axis is.
            values = moveaxis(broadcast_to(values, values.shape), 0, min(along, values.ndim - 1))
            before = before * (values.shape[along] if values.ndim == arr.ndim else 1)
    else:
        values = invoke("_npi_full_like", arr[:1].sum(), fill_value=float(values), dtype=arr.dtype)
    new = broadcast_to(values, [len(before) if one == along else n for one, n in enumerate(arr.shape)])
    joined = concatenate([arr, new], along)
    order = sorted(
        range(size + len(before)), key=lambda place: (before[place - size], 0) if place >= size else (place, 1)
    )
    return _slices(joined, order, along)


def shape(a: Any) -> tuple[int, ...]:
    """Return the sizes of all axes."""
    return a.shape if is_array(a) else onp.shape(a)
