"""Give Symbol the methods and the arithmetic that are operators, and those that run it."""

from collections.abc import Callable
from numbers import Number
from typing import Any

import numpy as np

from regluon.ops.arithmetic import BINARY, METHODS, Binary
from regluon.ops.registry import find
from regluon.sym import executor, op
from regluon.sym.lift import lift
from regluon.sym.methods import SymbolMethods
from regluon.sym.symbol import Symbol

__all__: list[str] = []


def _binary(name: str, rule: Binary, swapped: bool) -> Callable[[Symbol, Any], Any]:
    # MXNet names nodes after these spellings: ``_plus0`` and ``_plusscalar0``.
    both = lift(find(rule.symbol), _spelling(rule.symbol, rule.scalar))
    scalar = rule.swapped if swapped else rule.scalar
    one = lift(find(scalar), scalar.replace("_scalar", "scalar").replace("_", "_", 1))

    def operate(self: Symbol, other: Any) -> Any:
        if isinstance(other, Symbol):
            return both(other, self) if swapped else both(self, other)
        if isinstance(other, (Number, np.generic)):
            return one(self, scalar=other)
        return NotImplemented

    operate.__name__ = name
    return operate


def _spelling(symbol: str, scalar: str) -> str:
    return symbol if symbol.startswith("_") else scalar.removesuffix("_scalar")


for _name, _rule in BINARY.items():
    setattr(SymbolMethods, f"__{_name}__", _binary(f"__{_name}__", _rule, swapped=False))
    if _name in ("add", "sub", "mul", "truediv", "mod", "pow"):
        setattr(SymbolMethods, f"__r{_name}__", _binary(f"__r{_name}__", _rule, swapped=True))
for _name in METHODS:
    if hasattr(op, _name):
        setattr(SymbolMethods, _name, getattr(op, _name))
SymbolMethods.__neg__ = lambda self: self * -1  # type: ignore[attr-defined]  # as MXNet writes it into graphs
SymbolMethods.__abs__ = lambda self: op.abs(self)  # type: ignore[attr-defined]
SymbolMethods.reshape = op.reshape  # type: ignore[attr-defined]
SymbolMethods.astype = lambda self, dtype: op.cast(self, dtype=dtype)  # type: ignore[attr-defined]
SymbolMethods.bind = executor.bind  # type: ignore[attr-defined]
SymbolMethods.simple_bind = executor.simple_bind  # type: ignore[attr-defined]
SymbolMethods.eval = executor.evaluate  # type: ignore[attr-defined]
