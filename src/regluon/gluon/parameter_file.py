"""Values of Parameters from and to ``.params`` files."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from regluon.core.device import Device
from regluon.core.dtype import dtype_name
from regluon.core.errors import ArgumentError, ArgumentTypeError, FormatError, ShapeError, UnknownNameError
from regluon.formats import load_params, save_params, strip_prefixes
from regluon.gluon.parameter import Parameter
from regluon.nd.array import NDArray
from regluon.nd.files import from_file_values, to_file_values

__all__ = ["assign", "read_named", "write_named"]


def read_named(filename: str | Path) -> dict[str, Any]:
    """Read named arrays from a ``.params`` file, without the prefixes ``arg:`` and ``aux:`` of exported ones."""
    values = load_params(filename)
    if not isinstance(values, dict):
        if not values:
            return {}
        raise FormatError(f"{filename}: must hold named arrays, got a list of {len(values)} without names")
    return strip_prefixes(values)


def write_named(filename: str | Path, parameters: Mapping[str, Parameter]) -> None:
    """Write the values of Parameters to a ``.params`` file that MXNet reads, whole or not at all."""
    save_params(filename, {name: to_file_values(one.data()) for name, one in parameters.items()})


def assign(
    parameters: Mapping[str, Parameter],
    values: Mapping[str, Any],
    source: str,
    ctx: Device | list[Device] | None = None,
    *,
    allow_missing: bool = False,
    ignore_extra: bool = False,
    cast_dtype: bool = False,
    dtype_source: str = "current",
) -> None:
    """Set Parameters to values of their names, all checked before the first is set.

    Args:
        parameters: Parameters by name; one under several names is served by any of them.
        values: numpy arrays, NDArrays or tensors by name.
        source: where the values come from, for errors.
        ctx: devices for Parameters that have no value yet.
        allow_missing: leave Parameters alone that have no value here.
        ignore_extra: pass over values that no Parameter is named after.
        cast_dtype: allow values of another number type.
        dtype_source: with ``cast_dtype``, whose type wins: the Parameter's (``current``) or the value's (``saved``).

    Raises:
        UnknownNameError: names are missing, or too many.
        ShapeError: shapes differ; all of them are listed.
    """
    if dtype_source not in ("current", "saved"):
        raise ArgumentError(f"load: dtype_source must be one of 'current', 'saved', got {dtype_source!r}")
    served = {id(parameters[name]) for name in values if name in parameters}
    missing = [name for name, one in parameters.items() if id(one) not in served]
    if missing and not allow_missing:
        raise UnknownNameError(
            f"load: {source} must hold {_some(missing)}, but holds {_some(values)}; allow_missing=True leaves them alone"
        )
    extra = [name for name in values if name not in parameters]
    if extra and not ignore_extra:
        raise UnknownNameError(
            f"load: {source} holds {_some(extra)}, which are no Parameters here (these are {_some(parameters)}); "
            "ignore_extra=True passes over them"
        )
    tensors = {parameters[name]: _tensor(value) for name, value in values.items() if name in parameters}
    _check(tensors, source, cast_dtype)
    for one, tensor in tensors.items():
        if cast_dtype and dtype_source == "saved":
            one.cast(tensor.dtype)
        if not one.initialized:
            one.shape = tuple(tensor.shape)
            devices = one.list_ctx() if ctx is None and one._deferred is not None else ctx
            one.initialize("zeros", devices)
        one.set_data(tensor)
        if ctx is not None:
            one.reset_ctx(ctx)


def _check(tensors: Mapping[Parameter, Tensor], source: str, cast_dtype: bool) -> None:
    """Raise for shapes that differ, all at once, with the likely cause; and for number types."""
    wrong = []
    for one, tensor in tensors.items():
        known = one.shape or (0,) * tensor.ndim
        fits = len(known) == tensor.ndim and all(a == b or a <= 0 for a, b in zip(known, tensor.shape, strict=True))
        if not fits:
            wrong.append(f"{one.name} is {known} here and {tuple(tensor.shape)} there")
    if wrong:
        cause = "another number of classes or channels" if len(wrong) < len(tensors) / 2 else "another architecture"
        raise ShapeError(f"load: shapes in {source} must be as here: {_some(wrong, '; ')}. The likely cause is {cause}")
    for one, tensor in tensors.items():
        if not cast_dtype and tensor.dtype != one._dtype:
            raise ArgumentTypeError(
                f"load: {one.name} must be {dtype_name(one._dtype)}, got {dtype_name(tensor.dtype)} in {source}; "
                "cast_dtype=True casts it"
            )


def _tensor(value: Any) -> Tensor:
    if isinstance(value, Tensor):
        return value.detach()
    if isinstance(value, NDArray):
        return value._tensor.detach()
    return from_file_values(np.asarray(value))._tensor


def _some(names: Iterable[str], separator: str = ", ") -> str:
    """List names, the first few where there are many."""
    names = list(names)
    shown = separator.join(names[:6])
    return f"{shown} and {len(names) - 6} more" if len(names) > 6 else shown or "nothing"
