"""``sym.np``: the functions of ``mx.np`` on symbols; those without arrays make symbols too."""

from typing import Any

from regluon import np
from regluon.np.dispatch import Making
from regluon.sym.numpy_symbol import NumpySymbol

__all__: list[str] = []

_making = Making(np, NumpySymbol)


def __getattr__(name: str) -> Any:
    return getattr(_making, name)
