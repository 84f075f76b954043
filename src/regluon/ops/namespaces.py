"""Where each registered name appears in Python: ``_contrib_box_nms`` is ``contrib.box_nms`` in every face."""

from collections.abc import Callable
from functools import cache
from typing import Any

from regluon.ops.face import Face
from regluon.ops.registry import find, left_out, operators

__all__ = ["NAMESPACES", "install", "place", "refusing"]

_PREFIXES = {"_contrib_": "contrib", "_random_": "random", "_image_": "image", "_linalg_": "linalg"}
# Registered with an underscore because MXNet wraps them in Python; here the operator has that signature itself.
_PUBLIC = {
    "_arange": ("op", "arange"),
    "_eye": ("op", "eye"),
    "_full": ("op", "full"),
    "_histogram": ("op", "histogram"),
    "_linspace": ("op", "linspace"),
    "_ones": ("op", "ones"),
    "_sample_multinomial": ("random", "multinomial"),
    "_shuffle": ("random", "shuffle"),
    "_zeros": ("op", "zeros"),
}

NAMESPACES = ("op", *_PREFIXES.values(), "_internal")
"""The modules that each face has: ``op`` holds the names at the face's top."""


def place(name: str) -> tuple[str, str]:
    """Return the namespace and the Python name of a registered name.

    Examples:
        >>> place("_contrib_box_nms"), place("Convolution"), place("_plus_scalar"), place("_zeros")
        (('contrib', 'box_nms'), ('op', 'Convolution'), ('_internal', '_plus_scalar'), ('op', 'zeros'))
    """
    if name in _PUBLIC:
        return _PUBLIC[name]
    for prefix, namespace in _PREFIXES.items():
        if name.startswith(prefix):
            return namespace, name.removeprefix(prefix)
    return ("_internal" if name.startswith("_") else "op"), name


def install(module: dict[str, Any], namespace: str, face: Face) -> None:
    """Put a face's functions for one namespace, and their names as ``__all__``, into a module's globals.

    Args:
        module: ``globals()`` of the module.
        namespace: one of ``NAMESPACES``.
        face: the face.
    """
    names = []
    for operator in operators():
        for registered in operator.names:
            for where, name in _places(registered):
                if where == namespace:
                    function = face.lift(operator, name)
                    function.__name__ = function.__qualname__ = name
                    function.__module__ = module["__name__"]
                    function.__doc__ = operator.function.__doc__
                    vars(function).update(__wrapped__=operator.function, __signature__=face.signature(operator))
                    module[name] = function
                    names.append(name)
    for registered in left_out():
        where, name = place(registered)
        if where == namespace:
            module[name] = refusing(registered, name)
            names.append(name)
    module["__all__"] = names


@cache
def _places(registered: str) -> set[tuple[str, str]]:
    """Return all places of a name: MXNet has what it wraps in Python under the registered name too."""
    wrapped = registered in _PUBLIC or registered.startswith("_random_")
    return {place(registered), *([("_internal", registered)] if wrapped else [])}


def refusing(registered: str, name: str) -> Callable[..., Any]:
    """Make the function of an operator that is left out: it says why.

    Args:
        registered: its registered name.
        name: what the function is called.
    """

    def refuse(*args: Any, **kwargs: Any) -> Any:
        return find(registered)

    refuse.__name__ = refuse.__qualname__ = name
    return refuse
