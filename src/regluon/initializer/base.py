"""The base of initializers, and how a name decides what an array begins with."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from regluon.core.errors import ArgumentError, ArgumentTypeError
from regluon.nd.array import NDArray

__all__ = ["InitDesc", "Initializer", "create", "register"]

_REGISTRY: dict[str, type["Initializer"]] = {}

T = TypeVar("T", bound=type)


class InitDesc(str):
    """A parameter's name with its attributes.

    Args:
        name: the parameter's name.
        attrs: its attributes; ``__init__`` names an initializer of its own.
        global_init: initializer to fall back to.
    """

    attrs: dict[str, Any]
    global_init: "Initializer | None"

    def __new__(cls, name: str, attrs: Mapping[str, Any] | None = None, global_init: Any = None) -> "InitDesc":
        """Make a name that carries attributes."""
        made = super().__new__(cls, name)
        made.attrs, made.global_init = dict(attrs or {}), global_init
        return made


class Initializer:
    """Fill a new parameter with values; subclasses write ``_init_weight(name, array)``.

    Called with a name and an array, it fills by the end of the name: weights as the subclass says; ``bias``, ``beta``
    and ``moving_mean`` with 0, ``gamma`` and ``moving_var`` with 1.

    Args:
        kwargs: the subclass's arguments, kept for ``dumps``.
    """

    def __init__(self, **kwargs: Any) -> None:
        self._kwargs = kwargs

    def __call__(self, desc: str, arr: NDArray) -> None:
        """Fill an array by what its name ends in, or by the initializer that the name carries."""
        own = getattr(desc, "attrs", {}).get("__init__")
        if own:
            create(own)._init_weight(desc, arr)
            return
        for ending, fill in _ENDINGS.items():
            if desc.endswith(ending):
                fill(self, desc, arr)
                return
        raise ArgumentError(
            f"initializer: the end of a parameter's name must be one of {', '.join(_ENDINGS)} where no initializer is "
            f"given for it, got {str(desc)!r}; give the parameter one with init="
        )

    def dumps(self) -> str:
        """Write the initializer as text that ``create`` reads."""
        return json.dumps([type(self).__name__.lower(), self._kwargs])

    def _init_weight(self, name: str, arr: NDArray) -> None:
        raise NotImplementedError(f"{type(self).__name__}: _init_weight must be written")

    def _init_bias(self, _: str, arr: NDArray) -> None:
        arr[:] = 0.0

    def _init_gamma(self, _: str, arr: NDArray) -> None:
        arr[:] = 1.0

    def _init_beta(self, _: str, arr: NDArray) -> None:
        arr[:] = 0.0

    def _init_zero(self, _: str, arr: NDArray) -> None:
        arr[:] = 0.0

    def _init_one(self, _: str, arr: NDArray) -> None:
        arr[:] = 1.0

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._kwargs == getattr(other, "_kwargs", None)

    def __hash__(self) -> int:
        return hash(self.dumps())

    def __repr__(self) -> str:
        arguments = ", ".join(f"{key}={value!r}" for key, value in self._kwargs.items())
        return f"{type(self).__name__}({arguments})"


_ENDINGS: dict[str, Callable[[Initializer, str, NDArray], None]] = {
    "weight": lambda self, name, arr: self._init_weight(name, arr),
    "bias": lambda self, name, arr: self._init_bias(name, arr),
    "gamma": lambda self, name, arr: self._init_gamma(name, arr),
    "beta": lambda self, name, arr: self._init_beta(name, arr),
    "min": lambda self, name, arr: self._init_zero(name, arr),
    "max": lambda self, name, arr: self._init_one(name, arr),
    "moving_mean": lambda self, name, arr: self._init_zero(name, arr),
    "running_mean": lambda self, name, arr: self._init_zero(name, arr),
    "moving_inv_var": lambda self, name, arr: self._init_zero(name, arr),
    "moving_avg": lambda self, name, arr: self._init_zero(name, arr),
    "moving_var": lambda self, name, arr: self._init_one(name, arr),
    "running_var": lambda self, name, arr: self._init_one(name, arr),
}


def register(klass: T) -> T:
    """Let ``create`` and text arguments find an initializer class by its name in small letters."""
    return alias(klass.__name__)(klass)


def alias(*names: str) -> Callable[[T], T]:
    """Register a class under names."""

    def add(klass: T) -> T:
        for name in names:
            _REGISTRY[name.lower()] = klass
        return klass

    return add


def create(init: Any, **kwargs: Any) -> Initializer:
    """Return the initializer meant by an instance, a name such as ``"xavier"``, or the text of ``dumps``."""
    if isinstance(init, Initializer):
        return init
    if callable(init) and not isinstance(init, (str, type)):
        return init  # type: ignore[return-value]  # anything that fills (name, array) will do, as in MXNet
    if not isinstance(init, str):
        raise ArgumentTypeError(f"initializer: must be an Initializer or its name, got {init!r}")
    name = init
    if init.startswith("["):
        name, kwargs = json.loads(init)
    if name.lower() not in _REGISTRY:
        raise ArgumentError(f"initializer: must be one of {', '.join(sorted(_REGISTRY))}, got {name!r}")
    return _REGISTRY[name.lower()](**kwargs)
