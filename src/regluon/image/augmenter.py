"""Augmenters: what is done to a picture, as an object that can be written down."""

import json
import random
from typing import Any

import numpy as np

from regluon.core.array import as_numpy
from regluon.nd.ndarray import NDArray

__all__ = ["Augmenter", "CastAug", "RandomOrderAug", "SequentialAug"]


class Augmenter:
    """Base of augmenters; subclasses write ``__call__``.

    Args:
        kwargs: what ``dumps`` writes.
    """

    def __init__(self, **kwargs: Any) -> None:
        self._kwargs = {
            name: as_numpy(value).tolist() if isinstance(value, (np.ndarray, NDArray)) else value
            for name, value in kwargs.items()
        }

    def dumps(self) -> Any:
        """Write the augmenter down as JSON: the name of its class in small letters, and its arguments.

        Examples:
            >>> CastAug().dumps()
            '["castaug", {"type": "float32"}]'
        """
        return json.dumps([type(self).__name__.lower(), self._kwargs])

    def __call__(self, src: Any) -> Any:
        """Return the changed picture."""
        raise NotImplementedError(f"{type(self).__name__}: __call__ must be written")


class CastAug(Augmenter):
    """Change the number type.

    Args:
        typ: the type.
    """

    def __init__(self, typ: str = "float32") -> None:
        super().__init__(type=typ)
        self.typ = typ

    def __call__(self, src: Any) -> Any:
        """Return the changed picture."""
        return src.astype(self.typ)


class SequentialAug(Augmenter):
    """Apply augmenters one after the other.

    Args:
        ts: the augmenters.
    """

    def __init__(self, ts: list[Augmenter]) -> None:
        super().__init__()
        self.ts = ts

    def dumps(self) -> Any:
        """Return the name of the class and what the augmenters write down, as a list."""
        return [type(self).__name__.lower(), [one.dumps() for one in self.ts]]

    def __call__(self, src: Any) -> Any:
        """Return the changed picture."""
        for one in self.ts:
            src = one(src)
        return src


class RandomOrderAug(SequentialAug):
    """Apply augmenters in an order drawn from Python's generator at each call.

    Args:
        ts: the augmenters; the list is shuffled in place.
    """

    def __call__(self, src: Any) -> Any:
        """Return the changed picture."""
        random.shuffle(self.ts)
        return super().__call__(src)
