"""Attributes that users put on nodes: how MXNet spells them in files and shows them."""

from collections.abc import Mapping
from typing import Any

from regluon.core.errors import ArgumentTypeError
from regluon.ops.registry import Operator

__all__ = ["WELL_KNOWN", "kept", "shown"]

WELL_KNOWN = ("ctx_group", "lr_mult", "wd_mult", "force_mirroring", "mirror_stage")
"""Attributes that may be given without the underscores they are kept with."""


def kept(who: str, given: Mapping[str, Any], operator: Operator | None = None) -> dict[str, str]:
    """Return attributes as nodes keep them.

    Args:
        who: for errors.
        given: the attributes.
        operator: the node's, if it has one. One with attributes of its own takes others only with underscores.

    Raises:
        ArgumentTypeError: a value is not a text, or a name could be one of the operator's.

    Examples:
        >>> kept("var", {"lr_mult": "2", "mood": "calm"})
        {'__lr_mult__': '2', 'mood': 'calm'}
    """
    own = operator is not None and bool(operator.attributes)
    found = {}
    for key, value in given.items():
        if not isinstance(value, str):
            raise ArgumentTypeError(f"{who}: attribute {key} must be a str, got {value!r:.60}")
        if own and key not in WELL_KNOWN and not (key.startswith("__") and key.endswith("__")):
            known = ", ".join(operator.attributes) if operator else ""
            raise ArgumentTypeError(
                f"{who}: attribute {key} must be one of {known}, or have underscores, as in __{key}__"
            )
        found[f"__{key}__" if key in WELL_KNOWN else key] = value
    return found


def shown(attributes: Mapping[str, str]) -> dict[str, str]:
    """Return attributes as MXNet lists them, the well-known ones under both spellings.

    Examples:
        >>> shown({"__lr_mult__": "2", "__init__": "zeros"})
        {'__lr_mult__': '2', 'lr_mult': '2', '__init__': 'zeros'}
    """
    found = {}
    for key, value in attributes.items():
        found[key] = value
        plain = key.strip("_")
        if plain in WELL_KNOWN and key == f"__{plain}__":
            found[plain] = value
    return found
