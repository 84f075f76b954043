"""Number types of levels and of their ranges: the ends of a range are float32 whatever the levels are."""

from collections.abc import Callable, Iterable

import torch

from regluon.ops.registry import Attributes, Types
from regluon.ops.types import Rule

__all__ = ["chosen", "joined", "like_data", "ranged", "summed"]

Result = Callable[[Types, Attributes], torch.dtype | None]


def ranged(result: Result | torch.dtype, **inputs: torch.dtype) -> Rule:
    """Make the rule of an operator on levels: ranges are float32, of inputs and of the result.

    Args:
        result: the type of the first output, or what tells it.
        inputs: the types of inputs that have one of their own.

    Examples:
        >>> rule = ranged(like_data)
        >>> known = {"data": torch.int8, "min_data": None, "max_data": None, "output": None, "min_output": None}
        >>> list(rule(known, {}).values())
        [torch.int8, torch.float32, torch.float32, torch.int8, torch.float32]
    """

    def rule(known: Types, attributes: Attributes) -> Types:
        first = result if isinstance(result, torch.dtype) else result(known, attributes)
        found: dict[str, torch.dtype | None] = {}
        for name, dtype in known.items():
            if name in inputs:
                found[name] = inputs[name]
            elif name in ("output", "output0"):
                found[name] = first
            elif "min" in name or "max" in name or name.startswith("output"):
                found[name] = torch.float32
            else:
                found[name] = dtype or (torch.uint8 if name in ("lhs", "rhs") else None)
        return found

    return rule


def like_data(known: Types, attributes: Attributes) -> torch.dtype | None:
    """Return the type of the levels that come in."""
    return known["data"]


def chosen(known: Types, attributes: Attributes) -> torch.dtype | None:
    """Return the type that ``out_type`` names; levels are passed on where they are made from real numbers."""
    if known["data"] in (torch.int8, torch.uint8):
        return known["data"]
    if attributes["out_type"] != "auto":
        return getattr(torch, attributes["out_type"])
    low = attributes["min_calib_range"]
    return torch.uint8 if low is not None and low >= 0 else torch.int8


def summed(known: Types, attributes: Attributes) -> torch.dtype | None:
    """Return the type of a sum: int32, or that of few levels where its range was calibrated."""
    if attributes["min_calib_range"] is None or attributes["max_calib_range"] is None:
        return torch.int32
    return _widest(dtype or torch.uint8 for dtype in (known["lhs"], known["rhs"]))


def joined(known: Types, attributes: Attributes) -> Types:
    """Give the types of joined arrays: the first third of the inputs holds levels."""
    inputs = [name for name in known if name.startswith("arg")]
    levels = inputs[: len(inputs) // 3]
    # As in MXNet, what nothing is known of has no negative levels.
    own = {name: known[name] or torch.uint8 for name in levels}
    return {**dict.fromkeys(known, torch.float32), **own, "output": _widest(own.values())}


def _widest(dtypes: Iterable[torch.dtype]) -> torch.dtype:
    """Return int8 if any array has negative levels."""
    return torch.int8 if torch.int8 in dtypes else torch.uint8
