"""Values of Parameters from and to ``.params`` files."""

from collections.abc import Iterable, Mapping, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from torch import Tensor

from regluon.core.dtype import dtype_name
from regluon.core.errors import ArgumentError, ArgumentTypeError, FormatError, ShapeError, UnknownNameError
from regluon.formats import load_params, save_params, strip_prefixes
from regluon.gluon.parameter import Devices, Parameter, as_devices
from regluon.nd.array import NDArray, array
from regluon.nd.files import from_file_values, to_file_values

__all__ = ["Loading", "assign", "read_named", "write_named"]


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
    save_params(filename, {name: to_file_values(NDArray(one.mean())) for name, one in parameters.items()})


@dataclass(frozen=True, slots=True)
class Loading:
    """How values are loaded.

    Attributes:
        source: where they come from, for errors.
        ctx: devices for the Parameters; where they are, or the current one, if None.
        allow_missing: leave Parameters alone that have no value there.
        ignore_extra: pass over values that no Parameter is named after.
        cast_dtype: allow values of another number type.
        dtype_source: with ``cast_dtype``, whose type wins: the Parameter's (``current``) or the value's (``saved``).
    """

    source: str
    ctx: Devices = None
    allow_missing: bool = False
    ignore_extra: bool = False
    cast_dtype: bool = False
    dtype_source: Literal["current", "saved"] | str = "current"

    def __post_init__(self) -> None:
        if self.dtype_source not in ("current", "saved"):
            raise ArgumentError(f"load: dtype_source must be one of 'current', 'saved', got {self.dtype_source!r}")


def assign(
    parameters: Mapping[str, Parameter], values: Mapping[str, Any], how: Loading, classes: Sized | int | None = None
) -> None:
    """Set Parameters to values of their names, all checked before the first is set.

    Args:
        parameters: Parameters by name; one under several names is served by any of them.
        values: numpy arrays, NDArrays or tensors by name.
        how: what is allowed.
        classes: what the network tells apart, or how many, if it does; then errors can speak of them.

    Raises:
        UnknownNameError: names are missing, or too many.
        ShapeError: shapes differ; they are listed, with the likely cause.
        ArgumentTypeError: number types differ.
    """
    _check_names(parameters, values, how)
    tensors = {parameters[name]: _tensor(value) for name, value in values.items() if name in parameters}
    names = {parameters[name]: name for name in values if name in parameters}
    _check_shapes(tensors, names, how.source, len(classes) if isinstance(classes, Sized) else classes)
    if not how.cast_dtype:
        _check_types(tensors, how.source)
    for one, tensor in tensors.items():
        if how.cast_dtype and how.dtype_source == "saved":
            one.cast(tensor.dtype)
        if not one.initialized:
            one.shape = tuple(tensor.shape)
            one.initialize("zeros", how.ctx if how.ctx is not None else one.list_ctx() if one.is_deferred else None)
        elif how.ctx is not None and one.list_ctx() != as_devices(how.ctx):
            one.reset_ctx(how.ctx)
        one.set_data(tensor)


def _check_names(parameters: Mapping[str, Parameter], values: Mapping[str, Any], how: Loading) -> None:
    served = {id(parameters[name]) for name in values if name in parameters}
    missing = [name for name, one in parameters.items() if id(one) not in served]
    extra = [name for name in values if name not in parameters]
    lacks, surpasses = bool(missing) and not how.allow_missing, bool(extra) and not how.ignore_extra
    if lacks and surpasses:
        common = len(parameters) - len(missing)
        cause = f"a network with other parts, {common} names being the same" if common else "another architecture"
        raise UnknownNameError(
            f"load: {how.source} must hold {_some(missing)}, and not hold {_some(extra)}. The likely cause is "
            f"{cause}; allow_missing=True and ignore_extra=True load what is the same"
        )
    if lacks:
        raise UnknownNameError(
            f"load: {how.source} must hold {_some(missing)}, but holds {_some(values)}; "
            "allow_missing=True leaves them alone"
        )
    if surpasses:
        raise UnknownNameError(
            f"load: {how.source} holds {_some(extra)}, which are no Parameters here (these are {_some(parameters)}); "
            "ignore_extra=True passes over them"
        )


def _check_shapes(
    tensors: Mapping[Parameter, Tensor], names: Mapping[Parameter, str], source: str, classes: int | None
) -> None:
    """Raise for shapes that differ, all at once, with the likely cause."""
    wrong = {
        names[one]: (tuple(one.shape or ()), tuple(tensor.shape))
        for one, tensor in tensors.items()
        if not one.fits(tuple(tensor.shape))
    }
    if wrong:
        rows = (f"{name} is {here} here and {there} there" for name, (here, there) in wrong.items())
        cause = _cause(list(wrong.values()), classes, len(wrong) < len(tensors) / 2)
        raise ShapeError(f"load: shapes in {source} must be as here: {_some(rows, '; ')}. The likely cause is {cause}")


def _cause(wrong: list[tuple[tuple[int, ...], tuple[int, ...]]], classes: int | None, few: bool) -> str:
    """Guess why shapes here and there differ."""
    if any(here[1:] != there[1:] or not here or not there for here, there in wrong):
        return "another number of channels" if few else "another architecture"
    widths = [(here[0], there[0]) for here, there in wrong]
    there = _classes_there(widths, classes) if classes else None
    if there is not None:
        return (
            f"that there are {there} classes in the file and {classes} in the network: give it as many with classes=, "
            "load, and change them by reset_class() where it has that"
        )
    if len(set(widths)) == 1:
        return f"another number of classes or channels: {widths[0][1]} in the file, {widths[0][0]} in the network"
    return "another number of classes or channels" if few else "another architecture"


def _classes_there(widths: list[tuple[int, int]], classes: int) -> int | None:
    """Guess the number of classes of a file from how many outputs layers have here and there.

    For each of some boxes there is an output for each class, and one for the background (SSD) or five more (YOLO).
    """
    guesses = []
    for here, there in widths:
        numbers = [(there * (classes + more), here, more) for more in (1, 0, 5) if here % (classes + more) == 0]
        guesses.append([top // bottom - more for top, bottom, more in numbers if top % bottom == 0])
    return next((one for one in guesses[0] if one > 0 and all(one in other for other in guesses)), None)


def _check_types(tensors: Mapping[Parameter, Tensor], source: str) -> None:
    for one, tensor in tensors.items():
        here = dtype_name(one.dtype)
        if dtype_name(tensor.dtype) != here:
            raise ArgumentTypeError(
                f"load: {one.name} must be {here}, got {dtype_name(tensor.dtype)} in {source}; cast_dtype=True casts it"
            )


def _tensor(value: Any) -> Tensor:
    if isinstance(value, Tensor):
        return value.detach()
    if isinstance(value, NDArray):
        return value._tensor.detach()
    return (from_file_values(value) if isinstance(value, np.ndarray) else array(value))._tensor


def _some(names: Iterable[str], separator: str = ", ") -> str:
    """List names, the first few where there are many."""
    names = list(names)
    shown = separator.join(names[:6])
    return f"{shown} and {len(names) - 6} more" if len(names) > 6 else shown or "nothing"
