"""The face for plain torch tensors: the operators themselves, their arguments checked."""

from collections.abc import Callable
from inspect import Parameter
from typing import Any

from torch import Tensor

from regluon.ops.face import Face
from regluon.ops.registry import Operator

__all__ = ["call", "face", "lift"]


def lift(operator: Operator, name: str) -> Callable[..., Any]:  # noqa: ARG001
    """Make the function ``th.<name>``: tensors in, tensors out.

    Under a Block called with tensors, Dropout and its like follow the Block's ``training`` flag; called by
    itself such a function follows ``autograd.train_mode``.
    """

    def function(*args: Any, **kwargs: Any) -> Any:
        # Block code names its nodes for graphs; a tensor has no use for the name.
        kwargs.pop("name", None)
        return operator(*args, **kwargs)

    return function


_EXTRA = (Parameter("name", Parameter.KEYWORD_ONLY, default=None, annotation=str | None),)
face = Face(Tensor, lift, tuple[Tensor, ...], _EXTRA)
call = face.call
