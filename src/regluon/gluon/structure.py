"""What Blocks are made of: when that changes, what was forgotten, and what two of them share."""

import itertools
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from regluon.gluon.parameter import Parameter

if TYPE_CHECKING:
    from regluon.gluon.block import Block

__all__ = ["changed", "changes", "holds", "share", "warn_of_loose"]

# Where a Block itself keeps Blocks.
_OWN = ("_modules", "_parts")

_count = itertools.count(1)
_changes = 0


def changed() -> None:
    """Note that some Block, somewhere, has got or lost a child or a Parameter."""
    global _changes
    _changes = next(_count)


def changes() -> int:
    """Count such changes; while the number stays, every graph that was traced is still true."""
    return _changes


def warn_of_loose(block: "Block", kind: type) -> None:
    """Warn of Blocks in a list, tuple or dict of a Block that are no children of it, so that nobody finds them.

    Args:
        block: the Block.
        kind: the class ``Block``.
    """
    children = {id(one) for one in block._modules.values()}
    for name, value in block.__dict__.items():
        if name not in _OWN and _has_loose(value, kind, children) and not isinstance(value, kind):
            warnings.warn(
                f"{type(block).__name__}: the Blocks in {name} are no children, so their parameters are not found; "
                "register_child() each of them, or put them into a Sequential or HybridSequential",
                stacklevel=3,
            )


def _has_loose(value: Any, kind: type, children: set[int]) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_has_loose(one, kind, children) for one in value)
    if isinstance(value, dict):
        return any(_has_loose(one, kind, children) for one in value.values())
    return isinstance(value, kind) and id(value) not in children


def holds(value: Any, kind: type) -> bool:
    """Tell whether a value is of a kind, or a list or tuple that holds one.

    Examples:
        >>> holds((1, ["a"]), str), holds([1], str)
        (True, False)
    """
    if isinstance(value, kind):
        return True
    if isinstance(value, (list, tuple)):
        for one in value:  # a generator would cost more than all the rest
            if holds(one, kind):
                return True
    return False


def share(block: "Block", shared: Mapping[str, Parameter]) -> None:
    """Put Parameters of another Block, by structural names, in the place of a Block's own."""
    for name, one in shared.items():
        *path, last = name.split(".")
        owner: Any = block
        for step in path:
            owner = owner._children.get(step) if owner is not None else None
        if owner is None or last not in owner._reg_params:
            warnings.warn(f"share_parameters: there is no parameter {name!r} here, so it is passed over", stacklevel=3)
        else:
            owner._register(last, one)
