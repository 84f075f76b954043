"""Arguments of a run: the fields of a frozen dataclass, with their help texts and other spellings.

One declaration serves the Python caller, the command line and ``args.yaml``. Whoever reads text uses
:func:`build`, which only turns text into values; the rules stand in each dataclass's ``__post_init__``.
"""

import dataclasses
import typing
from collections.abc import Mapping
from contextlib import suppress
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Any, ClassVar, Protocol, TypeVar

import yaml

from regluon.core.errors import ArgumentTypeError, FormatError, UnknownNameError

__all__ = ["Config", "argument", "build", "check_types", "hints", "load_arguments", "values"]

ARTICLES = {int: "an int", float: "a number", str: "a text", bool: "true or false"}
NOTHING = ("none", "null", "")
TRUTHS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


class Config(Protocol):
    """What a verb takes: a frozen dataclass that knows the verb's name."""

    verb: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]


ConfigT = TypeVar("ConfigT", bound=Config)


def argument(default: Any, help: str, *aliases: str) -> Any:
    """Declare a field of a verb's dataclass.

    Args:
        default: the value when nothing is given; ``dataclasses.MISSING`` where the user must give one.
        help: one line for ``--help``.
        aliases: spellings of other toolkits that the command line takes for the same thing.

    Returns:
        The dataclass field.
    """
    return dataclasses.field(default=default, metadata={"help": help, "aliases": aliases})


@cache
def hints(kind: type[Config]) -> dict[str, Any]:
    """Return the type of every field of a verb's dataclass, in order."""
    known = typing.get_type_hints(kind)
    return {field.name: known[field.name] for field in dataclasses.fields(kind)}


def values(config: Config) -> dict[str, Any]:
    """Return the arguments as plain lists, texts and numbers, ready for YAML or JSON."""
    plain = {name: getattr(config, name) for name in hints(type(config))}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}


def build(kind: type[ConfigT], given: Mapping[str, Any]) -> ConfigT:
    """Make a verb's dataclass out of texts (command line) and values (YAML).

    Args:
        kind: the dataclass.
        given: argument names and their texts or values; what is missing takes its default.

    Returns:
        The checked dataclass.

    Raises:
        UnknownNameError: a name is not an argument of the verb.
        ArgumentTypeError: an argument that has no default is missing, or a value is of the wrong type.
        ArgumentError: a value breaks its rule.

    Examples:
        >>> from regluon.engine.config import DemoConfig
        >>> build(DemoConfig, {"epochs": "3", "device": 0}).device
        '0'
    """
    known = hints(kind)
    for name in given:
        if name not in known:
            close = get_close_matches(str(name), known, 1)
            hint = f"did you mean {close[0]!r}?" if close else f"it takes {', '.join(known)}"
            raise UnknownNameError(f"{kind.verb}: {name!r} is not one of its arguments; {hint}")
    for field in dataclasses.fields(kind):
        if field.default is dataclasses.MISSING and field.name not in given:
            raise ArgumentTypeError(f"{kind.verb}: {field.name} must be given: {field.metadata['help']}")
    return kind(**{name: _convert(known[name], value) for name, value in given.items()})


def check_types(config: Config) -> None:
    """Raise an ArgumentTypeError for the first argument whose value is not of its declared type."""
    for name, hint in hints(type(config)).items():
        value = getattr(config, name)
        if not _fits(hint, value):
            raise ArgumentTypeError(f"{config.verb}: {name} must be {_describe(hint)}, got {value!r}")


def load_arguments(path: Path, verb: str) -> dict[str, Any]:
    """Read the ``args.yaml`` of an earlier run.

    Args:
        path: the file.
        verb: who asks; the beginning of every message.

    Returns:
        Argument names and values; names without a value are left out.

    Raises:
        FormatError: the file is missing, is not YAML, or is not a table of arguments.
    """
    try:
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FormatError(f"{verb}: cfg must be a readable YAML file, got {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        what = " ".join(str(error).split())
        raise FormatError(f"{verb}: cfg must be a readable YAML file, got {path}: {what}") from error
    if not isinstance(table, dict):
        raise FormatError(f"{verb}: cfg must hold lines such as 'epochs: 12', got {type(table).__name__} in {path}")
    return {str(name): value for name, value in table.items() if value is not None}


def _convert(hint: Any, value: Any) -> Any:
    """Turn text into the declared type where it can be; what cannot be is left for the dataclass to refuse."""
    kind = next(kind for kind in typing.get_args(hint) if kind is not NoneType) if _optional(hint) else hint
    if value is None or (_optional(hint) and str(value).lower() in NOTHING):
        return None
    if typing.get_origin(kind) is tuple:
        parts = value if isinstance(value, list | tuple) else [part for part in str(value).split(",") if part.strip()]
        return tuple(_convert(typing.get_args(kind)[0], part) for part in parts)
    if kind is str and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        return value
    if kind is bool:
        return TRUTHS.get(value.lower(), value)
    if kind in (int, float):
        with suppress(ValueError):
            return kind(value)
    return value


def _fits(hint: Any, value: Any) -> bool:
    if _optional(hint):
        return value is None or any(_fits(kind, value) for kind in typing.get_args(hint) if kind is not NoneType)
    if typing.get_origin(hint) is tuple:
        return isinstance(value, tuple) and all(_fits(typing.get_args(hint)[0], item) for item in value)
    if isinstance(value, bool):
        return hint is bool
    return isinstance(value, int | float) if hint is float else isinstance(value, hint)


def _describe(hint: Any) -> str:
    if _optional(hint):
        return " or ".join(_describe(kind) for kind in typing.get_args(hint) if kind is not NoneType) + ", or nothing"
    if typing.get_origin(hint) is tuple:
        return {int: "ints", str: "texts"}[typing.get_args(hint)[0]] + " with commas between"
    return ARTICLES[hint]


def _optional(hint: Any) -> bool:
    return NoneType in typing.get_args(hint)
