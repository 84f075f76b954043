"""Give NDArray the methods and the arithmetic that are operators."""

from collections.abc import Callable
from typing import Any

from regluon.core.errors import ShapeError
from regluon.nd import functions, op
from regluon.nd.methods import ArrayMethods
from regluon.nd.ndarray import NDArray
from regluon.ops.arithmetic import BINARY, METHODS, REFLECTED

__all__: list[str] = []


def _in_place(operate: Callable[[Any, Any], Any]) -> Callable[[NDArray, Any], NDArray]:
    def write(self: NDArray, other: Any) -> NDArray:
        with self._writing():
            result = operate(self, other)
            if result.shape != self.shape:
                raise ShapeError(f"in-place arithmetic must keep the shape {self.shape}, got {result.shape}")
            self._tensor.copy_(result._tensor)
        return self

    return write


def _swapped(operate: Callable[[Any, Any], Any]) -> Callable[[NDArray, Any], NDArray]:
    return lambda self, other: operate(other, self)


def _fill(name: str, function: Callable[..., Any]) -> None:
    setattr(ArrayMethods, name, function)


for _name, _rule in BINARY.items():
    _operate = functions.binary(_name, _rule)
    _fill(f"__{_name}__", _operate)
    if _name in REFLECTED:
        _fill(f"__r{_name}__", _swapped(_operate))
        _fill(f"__i{_name}__", _in_place(_operate))
for _name in METHODS:
    if _name not in vars(NDArray):
        _fill(_name, getattr(op, _name))
_fill("split_v2", functions.split_v2)
_fill("__neg__", lambda self: op.negative(self))
_fill("__abs__", lambda self: op.abs(self))
