"""Base of the transforms: a picture, and what is handed on."""

from typing import Any

from regluon.gluon.hybrid import HybridBlock

__all__ = ["Transform", "drawn", "handed_on", "pair"]


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


def drawn(F: Any, x: Any) -> Any:
    """Draw a number from 0 to 1, as an array ``(1,)`` of the picture's kind."""
    first = F.slice_axis(F.reshape(x, shape=(-1,)), axis=0, begin=0, end=1)
    return F.random.uniform_like(F.cast(first, dtype="float32"))
