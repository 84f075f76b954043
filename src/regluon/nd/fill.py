"""Give NDArray the methods and the arithmetic that are operators."""

from collections.abc import Callable
from numbers import Number
from typing import Any

import numpy as np
import torch

from regluon.core.errors import MXNetError
from regluon.core.mode import mode
from regluon.nd import _internal, op
from regluon.nd.array import NDArray
from regluon.nd.methods import ArrayMethods
from regluon.ops.arithmetic import BINARY, METHODS, Binary

__all__: list[str] = []


def _function(name: str) -> Callable[..., NDArray]:
    return getattr(op, name, None) or getattr(_internal, name)


def _binary(rule: Binary, swapped: bool) -> Callable[[NDArray, Any], Any]:
    both, one = _function(rule.array), _function(rule.swapped if swapped else rule.scalar)

    def operate(self: NDArray, other: Any) -> Any:
        if isinstance(other, NDArray):
            return both(other, self) if swapped else both(self, other)
        if isinstance(other, (Number, np.generic)):
            return one(self, scalar=float(other))
        return NotImplemented

    return operate


def _in_place(rule: Binary) -> Callable[[NDArray, Any], Any]:
    operate = _binary(rule, swapped=False)

    def write(self: NDArray, other: Any) -> Any:
        if mode.recording and self._tensor.requires_grad:
            raise MXNetError("in-place arithmetic (+=, -=, *=, /=) must be outside autograd.record(); write x = x + y")
        result = operate(self, other)
        if result is not NotImplemented:
            with torch.no_grad():
                self._tensor.copy_(result._tensor)
            return self
        return result

    return write


for _name, _rule in BINARY.items():
    setattr(ArrayMethods, f"__{_name}__", _binary(_rule, swapped=False))
    if _name in ("add", "sub", "mul", "truediv", "mod", "pow"):
        setattr(ArrayMethods, f"__r{_name}__", _binary(_rule, swapped=True))
        setattr(ArrayMethods, f"__i{_name}__", _in_place(_rule))
for _name in METHODS:
    if hasattr(op, _name):
        setattr(ArrayMethods, _name, getattr(op, _name))
ArrayMethods.__neg__ = lambda self: op.negative(self)  # type: ignore[attr-defined]
ArrayMethods.__abs__ = lambda self: op.abs(self)  # type: ignore[attr-defined]
