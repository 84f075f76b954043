"""Functions as Blocks."""

from collections.abc import Callable
from typing import Any

from regluon import nd, sym, th
from regluon.core.errors import ArgumentTypeError, UnknownNameError
from regluon.gluon.block import Block
from regluon.gluon.hybrid import HybridBlock
from regluon.nd.array import NDArray
from regluon.sym.symbol import Symbol

__all__ = ["HybridLambda", "Lambda"]


class Lambda(Block):
    """Call a function; MXNet's ``gluon.nn.Lambda``.

    Args:
        function: called with the arrays; or the name of an operator.
        prefix: begins the full names of parameters, of which there are none.

    Examples:
        >>> from regluon import nd
        >>> Lambda("relu")(nd.array([-1, 2])).asnumpy(), Lambda(lambda x: x * 2)
        (array([0., 2.], dtype=float32), Lambda(<lambda>))
    """

    def __init__(self, function: str | Callable[..., Any], prefix: str | None = None) -> None:
        super().__init__(prefix=prefix)
        self._function = _by_name(function) if isinstance(function, str) else _callable("Lambda", function)
        self._shown = function if isinstance(function, str) else function.__name__

    def forward(self, *args: Any) -> Any:
        """Call the function."""
        return self._function(*args)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._shown})"


class HybridLambda(HybridBlock):
    """Call a function that speaks ``F``; MXNet's ``gluon.nn.HybridLambda``.

    Args:
        function: called with ``F`` and the arrays; or the name of an operator.
        prefix: begins the full names of parameters, of which there are none.

    Examples:
        >>> from regluon import nd
        >>> HybridLambda(lambda F, x: F.clip(x, 0, 1))(nd.array([-1, 2])).asnumpy()
        array([0., 1.], dtype=float32)
    """

    def __init__(self, function: str | Callable[..., Any], prefix: str | None = None) -> None:
        super().__init__(prefix=prefix)
        if isinstance(function, str):
            plain = _by_name(function)
            self._function, self._shown = _Ignoring(plain), function
        else:
            self._function, self._shown = _callable("HybridLambda", function), function.__name__

    def hybrid_forward(self, F: Any, x: Any, *args: Any) -> Any:
        """Call the function."""
        return self._function(F, x, *args)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._shown})"


class _Named:
    """An operator by name, of the face that fits its first argument."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, *args: Any) -> Any:
        face = nd if isinstance(args[0], NDArray) else sym if isinstance(args[0], Symbol) else th
        return getattr(face, self._name)(*args)


class _Ignoring:
    """A function with one argument before the others, which it passes over."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, _: Any, *args: Any) -> Any:
        return self._function(*args)


def _by_name(name: str) -> _Named:
    if name not in nd.op.__all__:
        raise UnknownNameError(f"Lambda: function must be an operator's name or a function, got {name!r}")
    return _Named(name)


def _callable(who: str, function: Any) -> Callable[..., Any]:
    if not callable(function):
        raise ArgumentTypeError(f"{who}: function must be a function or a name, got {type(function).__name__}")
    return function
