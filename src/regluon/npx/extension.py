"""Making functions of operators that take arrays of any kind."""

from collections.abc import Callable
from typing import Any

from regluon.np.dispatch import create, invoke
from regluon.ops.registry import find

__all__ = ["Call", "extension"]

Call = Callable[..., Any]
"""A function of arrays and attributes."""


def extension(name: str, registered: str = "") -> Call:
    """Make the function of an operator that takes arrays of any kind.

    Args:
        name: what the function is called.
        registered: the operator's registered name; ``_npx_`` and the name if not given.
    """
    operator = registered or f"_npx_{name}"
    known = find(operator)

    def function(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        kwargs = {key: value for key, value in kwargs.items() if value is not None}
        if not known.inputs:
            return create(operator, **dict(zip(known.attributes, args, strict=False)), **kwargs, out=out)
        inputs = [*args, *(kwargs.pop(one, None) for one in known.inputs[len(args) :])]
        while inputs and inputs[-1] is None:
            inputs.pop()
        return invoke(operator, *inputs, **kwargs, out=out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = known.function.__doc__
    vars(function)["__wrapped__"] = known.function
    return function
