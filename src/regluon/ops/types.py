"""Number types of what operators take and give, where not all are of one type."""

from collections.abc import Callable

import torch

from regluon.ops.registry import Attributes, Types

__all__ = ["Rule", "common_type", "typed"]

Rule = Callable[[Types, Attributes], Types]


def typed(**types: torch.dtype | None) -> Rule:
    """Make the rule that some inputs and outputs have a type of their own, None for any, and all others share one.

    Args:
        types: the types by name.

    Examples:
        >>> rule = typed(indices=torch.int32)
        >>> rule({"data": torch.float16, "indices": None, "output": None}, {})
        {'data': torch.float16, 'indices': torch.int32, 'output': torch.float16}
    """

    def rule(known: Types, attributes: Attributes) -> Types:
        shared = common_type(known, *types)
        return {name: types.get(name, shared) for name in known}

    return rule


def common_type(known: Types, *without: str) -> torch.dtype | None:
    """Return the first type that is known, apart from those of some inputs and outputs."""
    return next((dtype for name, dtype in known.items() if dtype is not None and name not in without), None)
