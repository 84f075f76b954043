"""Loops and choices on numpy-style arrays."""

from collections.abc import Callable
from typing import Any

from regluon.np.numpy_array import call, ndarray
from regluon.ops.control_flow import ControlFlow

__all__ = ["cond", "foreach", "while_loop"]

_flow = ControlFlow(ndarray, call)
foreach = _flow.foreach
while_loop = _flow.while_loop


def cond(
    pred: Any, then_func: Callable[..., Any], else_func: Callable[..., Any], inputs: Any = (), name: str = "cond"
) -> Any:
    """Do one of two things.

    Args:
        pred: an array of one element, or a function of the inputs that returns one, that decides.
        then_func: called with the inputs if that is not 0.
        else_func: called with them if it is.
        inputs: arrays.
        name: for graphs.

    Returns:
        What the chosen one returns.
    """
    given = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    decided = pred(*given) if callable(pred) else pred
    return _flow.cond(decided, lambda: then_func(*given), lambda: else_func(*given), name)
