"""What a detector that gets other classes keeps of those that it knows."""

import difflib
import warnings
from collections.abc import Mapping, Sequence

from regluon.core.errors import ArgumentError, ArgumentTypeError

__all__ = ["ReuseWeights", "match_classes"]

#: ``{new: old}`` by names or numbers, or a list of names that are in both.
ReuseWeights = Mapping[str | int, str | int] | Sequence[str] | None


def match_classes(
    reuse_weights: ReuseWeights, old: Sequence[str], new: Sequence[str], who: str = "reset_class"
) -> dict[int, int]:
    """Say which old class each new one continues.

    Args:
        reuse_weights: mapping of new to old classes, each a name or a number; or a list of names that are in both, of
            which those that are not are warned of and left out.
        old: names of the old classes.
        new: names of the new ones.
        who: who asks, for errors.

    Returns:
        Numbers of old classes by numbers of new ones.

    Raises:
        ArgumentError: a name or number of a mapping is none of a class.
        ArgumentTypeError: it is neither a mapping nor a list of names.

    Examples:
        >>> match_classes({"dog": "cat", 1: 2}, ("ape", "cat", "cow"), ("dog", "cow"))
        {0: 1, 1: 2}
        >>> match_classes(["cow"], ("ape", "cat", "cow"), ("dog", "cow"))
        {1: 2}
    """
    if reuse_weights is None:
        return {}
    if isinstance(reuse_weights, Mapping):
        return {
            _number(to, new, f"{who}: reuse_weights' new classes"): _number(
                at, old, f"{who}: reuse_weights' old classes"
            )
            for to, at in reuse_weights.items()
        }
    if isinstance(reuse_weights, str) or not isinstance(reuse_weights, Sequence):
        raise ArgumentTypeError(
            f"{who}: reuse_weights must be a dict of new and old classes or a list of names, got {reuse_weights!r:.60}"
        )
    found = {}
    for name in reuse_weights:
        there = {"old": name in old, "new": name in new}
        if all(there.values()):
            found[list(new).index(name)] = list(old).index(name)
            continue
        lacking = " and ".join(which for which, known in there.items() if not known)
        warnings.warn(f"{who}: reuse_weights has {name!r}, which is none of the {lacking} classes", stacklevel=3)
    return found


def _number(key: str | int, classes: Sequence[str], what: str) -> int:
    """Return the number of a class that is given by name or number."""
    if isinstance(key, str):
        if key in classes:
            return list(classes).index(key)
        near = difflib.get_close_matches(key, classes, 3)
        hint = f"; close ones are {', '.join(near)}" if near else ""
        raise ArgumentError(f"{what} must be among {_some(classes)}, got {key!r}{hint}")
    if not 0 <= key < len(classes):
        raise ArgumentError(f"{what} must be names or numbers from 0 to {len(classes) - 1}, got {key}")
    return key


def _some(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 6 else f"{', '.join(names[:6])} and {len(names) - 6} more"
