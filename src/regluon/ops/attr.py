"""Attributes of operators: what a value may be, how MXNet writes it as text, how to read that text.

An attribute's rule comes from its annotation in the operator's signature: ``int``, ``float``, ``bool``, ``str``,
``Literal[...]``, ``tuple[int, ...]``, ``DType``, ``X | None``, ``int | tuple[int, ...]``,
``Annotated[float, Range(0, 1)]``.
Every value may also be given as the text that graph files hold.
"""

import math
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NewType, Union, cast, get_args, get_origin

import numpy as np
import torch

from regluon.core.device import Device, as_device
from regluon.core.dtype import DTYPES, dtype_name

__all__ = ["FLOAT32", "INT32", "REQUIRED", "Attribute", "DType", "Place", "Range", "Shape", "to_text"]

DType = NewType("DType", str)
"""The name of a number type; any spelling that ``core.dtype`` knows is accepted."""

FLOAT32 = DType("float32")
INT32 = DType("int32")

Place = NewType("Place", Device)
"""Where a created array goes; any spelling that ``core.device`` knows is accepted."""

Shape = tuple[int, ...]

REQUIRED = object()
"""The default of an attribute that must be given."""


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds of a number, both included."""

    low: float = -math.inf
    high: float = math.inf


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of an operator.

    Attributes:
        name: its keyword.
        annotation: the Python type in the signature.
        default: value when not given, or ``REQUIRED``.
        rule: what a value must be, in words.
        read: turn an accepted value into the one the operator gets; ValueError or TypeError when it breaks the rule.
    """

    name: str
    annotation: Any
    default: Any
    rule: str
    read: Callable[[Any], Any]

    @classmethod
    def of(cls, name: str, annotation: Any, default: Any) -> "Attribute":
        """Derive the rule from a parameter of an operator's signature."""
        rule, read = _reader(annotation)
        return cls(name, annotation, default, rule, read)


def to_text(value: Any) -> str:
    """Write a value as MXNet writes it into a graph file.

    Examples:
        >>> to_text((3, 3)), to_text((3,)), to_text([3]), to_text(True), to_text(None), to_text(np.float32)
        ('(3, 3)', '(3,)', '[3]', 'True', 'None', 'float32')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)):
        inner = ", ".join(to_text(item) for item in value)
        if isinstance(value, list):
            return f"[{inner}]"
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, (type, np.dtype, torch.dtype)):
        return dtype_name(value)
    return str(value)


def _reader(annotation: Any) -> tuple[str, Callable[[Any], Any]]:
    """Give the rule in words and the reading function of an annotation."""
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return _choice(inner)
    if origin is Annotated:
        return _bounded(inner[0], inner[1])
    if origin is tuple:
        return _tuple(inner)
    if origin in (Union, types.UnionType):
        return _either(inner)
    raise TypeError(f"an operator's attribute cannot be annotated {annotation!r}")


def _int(value: Any) -> int:
    if type(value) is int:
        return value
    if isinstance(value, str):
        return int(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, torch.SymInt):
        return cast(int, value)
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return int(value)
    raise TypeError


def _float(value: Any) -> float:
    if type(value) is float:
        return value
    if isinstance(value, (int, float, str, np.integer, np.floating, np.bool_)):
        return float(value)
    if isinstance(value, (torch.SymInt, torch.SymFloat)):
        return cast(float, value)
    raise TypeError


_BOOLS = {"true": True, "1": True, "false": False, "0": False}


def _bool(value: Any) -> bool:
    if value is True or value is False:
        return value
    if isinstance(value, str):
        value = _BOOLS.get(value.lower(), value)
    if isinstance(value, (bool, int, np.bool_, np.integer)) and value in (0, 1):
        return bool(value)
    raise TypeError


def _str(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise TypeError


def _choice(choices: tuple[Any, ...]) -> tuple[str, Callable[[Any], Any]]:
    by_text = {to_text(choice): choice for choice in choices}

    def read(value: Any) -> Any:
        return by_text[value if isinstance(value, str) else to_text(value)]

    return "one of " + ", ".join(map(repr, choices)), read


def _bounded(kind: Any, bounds: Range) -> tuple[str, Callable[[Any], Any]]:
    rule, inner = _reader(kind)

    def read(value: Any) -> Any:
        value = inner(value)
        if not bounds.low <= value <= bounds.high:
            raise ValueError
        return value

    if bounds.high == math.inf:
        return f"{rule} >= {bounds.low:g}", read
    return f"{rule} in [{bounds.low:g}, {bounds.high:g}]", read


def _tuple(inner: tuple[Any, ...]) -> tuple[str, Callable[[Any], Any]]:
    rule, item = _reader(inner[0])
    count = None if inner[-1] is ... else len(inner)

    def read(value: Any) -> tuple[Any, ...]:
        if isinstance(value, str):
            value = _split(value)
        elif not isinstance(value, (tuple, list, np.ndarray)):
            value = (value,)
        if count is not None and len(value) != count:
            raise ValueError
        return tuple([item(one) for one in value])

    items = "values" if "None" in rule else rule.split(" ", 1)[1] + "s"
    return f"a tuple of {items}" if count is None else f"a tuple of {count} {items}", read


def _split(text: str) -> list[str]:
    """Take ``(1, 2)``, ``[1,2]``, ``(1,)`` or ``1`` apart, but not what is nested; never evaluates anything."""
    inner = text.strip()
    if inner[:1] in ("(", "[") and inner[-1:] in (")", "]"):
        inner = inner[1:-1]
    elif "," in inner or not inner:
        raise ValueError
    items, depth = [""], 0
    for letter in inner:
        depth += (letter in "([") - (letter in ")]")
        if depth < 0:
            raise ValueError
        if letter == "," and not depth:
            items.append("")
        else:
            items[-1] += letter
    if depth:
        raise ValueError
    return [item.strip() for item in items if item.strip()]


def _either(inner: tuple[Any, ...]) -> tuple[str, Callable[[Any], Any]]:
    """Read the first alternative that fits; None goes first, and text may spell it."""
    optional = type(None) in inner
    readers = [_reader(one) for one in inner if one is not type(None)]

    def read(value: Any) -> Any:
        if optional and (value is None or value == "None"):
            return None
        for _, one in readers:
            try:
                return one(value)
            except (TypeError, ValueError, KeyError):
                continue
        raise TypeError

    rules = [rule for rule, _ in readers] + (["None"] if optional else [])
    return " or ".join(rules), read


_SCALARS: dict[Any, tuple[str, Callable[[Any], Any]]] = {
    int: ("an int", _int),
    float: ("a float", _float),
    bool: ("a bool", _bool),
    str: ("a str", _str),
    DType: ("one of " + ", ".join(map(repr, DTYPES)), dtype_name),
    Place: ("a device", as_device),
}
