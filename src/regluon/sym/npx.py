"""``sym.npx``: the functions of ``mx.npx`` on symbols; those without arrays make symbols too."""

from typing import Any

from regluon import npx
from regluon.np.dispatch import Making
from regluon.sym.numpy_symbol import NumpySymbol

__all__: list[str] = []

_making = Making(npx, NumpySymbol)


def __getattr__(name: str) -> Any:
    return getattr(_making, name)
