"""Base of the transforms: a picture, and what is handed on."""

from typing import Any

from regluon.gluon.hybrid import HybridBlock

__all__ = ["Transform", "handed_on", "pair"]


class Transform(HybridBlock):
    """Base of the transforms that are HybridBlocks."""

    def __call__(self, x: Any, *args: Any) -> Any:
        """Change a picture, and hand other arguments on."""
        return handed_on(super().__call__(x), args)


def handed_on(found: Any, args: tuple[Any, ...]) -> Any:
    """Return a result, with other arguments if there are any."""
    return (found, *args) if args else found


def pair(size: Any) -> tuple[int, int]:
    """Return width and height for a size that may be one number."""
    return (size, size) if isinstance(size, int) else tuple(size)
