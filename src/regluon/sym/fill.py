"""Give Symbol the methods and the arithmetic that are operators, those that run it, and those it cannot have."""

from collections.abc import Callable
from typing import Any

from regluon.core.errors import NotSupportedError
from regluon.ops.arithmetic import BINARY, METHODS, REFLECTED
from regluon.sym import executor, functions, op
from regluon.sym.lift import call
from regluon.sym.methods import SymbolMethods
from regluon.sym.symbol import Symbol

__all__: list[str] = []

_OF_BACKENDS = ("get_backend_symbol", "optimize_for")
_OF_ARRAYS = ("as_in_context", "asnumpy", "asscalar", "backward", "copy", "detach", "wait_to_read")


def _swapped(operate: Callable[[Any, Any], Any]) -> Callable[[Symbol, Any], Symbol]:
    return lambda self, other: operate(other, self)


def _refusing(name: str) -> Callable[..., Any]:
    def refuse(self: Symbol, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG001
        raise NotSupportedError(f"{name}: a Symbol has no values; bind it to arrays, or call eval()")

    return refuse


def _without_backends(name: str) -> Callable[..., Any]:
    def refuse(self: Symbol, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG001
        raise NotSupportedError(f"{name}: a Symbol has no backends but torch; hybridize(backend=...) compiles a block")

    return refuse


def _fill(name: str, function: Callable[..., Any]) -> None:
    setattr(SymbolMethods, name, function)


for _name, _rule in BINARY.items():
    _operate = functions.binary(_name, _rule, joined=_name in REFLECTED)
    _fill(f"__{_name}__", _operate)
    if _name in REFLECTED:
        _fill(f"__r{_name}__", _swapped(_operate))
for _name in METHODS:
    _fill(_name, getattr(op, _name))
for _name in _OF_BACKENDS:
    _fill(_name, _without_backends(_name))
for _name in _OF_ARRAYS:
    _fill(_name, _refusing(_name))
_fill("reshape", op.reshape)
_fill("split_v2", functions.split_v2)
_fill("astype", lambda self, dtype: op.cast(self, dtype=dtype))
_fill("bind", executor.bind)
_fill("simple_bind", executor.simple_bind)
_fill("eval", executor.evaluate)
_fill("__abs__", lambda self: op.abs(self))
# As MXNet writes them into graphs.
_fill("__neg__", lambda self: self * -1.0)
_fill("__rpow__", lambda self, other: call("_rpower_scalar")(self, scalar=other))
