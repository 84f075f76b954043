"""Gradients of variables as MXNet keeps them, on torch's autograd.

A variable is a leaf tensor with a mark: what ``backward`` does with its gradient (``write`` or ``add``) and the array
through which users see it. Torch only ever adds; so ``write`` clears the gradients of just those leaves a backward is
about to reach, found by walking the graph, and the others keep what they had, as in MXNet.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, MXNetError, ShapeError
from regluon.core.mode import mode

__all__ = ["Mark", "array_of", "backward", "connect", "grad", "keep", "mark", "mark_of"]

T = TypeVar("T")

REQUESTS = ("write", "add", "null")


@dataclass(slots=True)
class Mark:
    """What is kept about a variable, on its tensor.

    Attributes:
        grad_req: ``write`` or ``add``.
        array: the array users hold as the gradient; it always wraps the newest.
        fresh: a backward has reached the variable since the last look.
    """

    grad_req: str
    array: Any = None
    fresh: bool = False


def keep(compute: Callable[[], T]) -> T:
    """Compute on tensors, leaving a graph behind only while recording."""
    if mode.recording:
        return compute()
    with torch.no_grad():
        return compute()


def mark(tensor: Tensor, grad_req: str) -> Tensor:
    """Return a tensor of the same memory as a variable, or cut off from any gradient for ``null``."""
    if grad_req not in REQUESTS:
        raise ArgumentError(f"attach_grad: grad_req must be one of {', '.join(map(repr, REQUESTS))}, got {grad_req!r}")
    leaf = tensor.detach()
    if grad_req != "null":
        if not leaf.is_floating_point():
            raise ArgumentError(f"attach_grad: the array must hold floats, got {leaf.dtype}")
        leaf.requires_grad_()
        leaf.__dict__["mark"] = Mark(grad_req)
    return leaf


def mark_of(tensor: Tensor) -> Mark | None:
    """Return the mark of a variable; None for any other tensor."""
    return tensor.__dict__.get("mark")


def array_of(tensor: Tensor, wrap: Callable[[Tensor], Any]) -> Any:
    """Return the gradient array of a variable, zeros before its first backward; None if it is no variable."""
    own = mark_of(tensor)
    if own is None:
        return None
    if tensor.grad is None:
        tensor.grad = torch.zeros_like(tensor, requires_grad=False)
    if own.array is None:
        own.array = wrap(tensor.grad)
    own.array._tensor = tensor.grad
    return own.array


def backward(heads: Sequence[Tensor], head_grads: Sequence[Tensor | None], retain_graph: bool = False) -> None:
    """Compute the gradients of every variable that the heads were computed from.

    Raises:
        MXNetError: a head was not recorded, or its graph has been used up.
        ShapeError: a head's gradient is not of its shape.
    """
    grads = _checked(heads, head_grads)
    leaves = _leaves(heads)
    for leaf in leaves:
        own = mark_of(leaf)
        if own is not None:
            own.fresh = True
            if own.grad_req == "write":
                leaf.grad = None
    _run(lambda: torch.autograd.backward(heads, grads, retain_graph=retain_graph))
    for leaf in leaves:
        own = mark_of(leaf)
        if own is not None and own.array is not None:
            own.array._tensor = leaf.grad


def grad(
    heads: Sequence[Tensor],
    variables: Sequence[Tensor],
    head_grads: Sequence[Tensor | None],
    retain_graph: bool,
    create_graph: bool,
) -> list[Tensor]:
    """Return the gradients of the heads with respect to some variables, zeros where they do not matter."""
    grads = _checked(heads, head_grads)
    found = _run(
        lambda: torch.autograd.grad(
            heads, variables, grads, retain_graph=retain_graph, create_graph=create_graph, allow_unused=True
        )
    )
    return [torch.zeros_like(v) if g is None else g for g, v in zip(found, variables, strict=True)]


def connect(outputs: Any, inputs: Sequence[Any]) -> Any:
    """Tie the float outputs of an operator without gradient to its inputs, so that those get zeros, as in MXNet."""
    sources = [one for one in inputs if isinstance(one, Tensor) and one.requires_grad]
    if not sources:
        return outputs
    if isinstance(outputs, Tensor):
        return _Zeros.apply(outputs, *sources) if outputs.is_floating_point() else outputs
    return tuple(connect(one, sources) for one in outputs)


class _Zeros(torch.autograd.Function):
    """Pass the first tensor through; send zeros to the others."""

    @staticmethod
    def forward(ctx: Any, output: Tensor, *sources: Tensor) -> Tensor:
        ctx.save_for_backward(*sources)
        return output.view_as(output)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        return None, *(torch.zeros_like(source) for source in ctx.saved_tensors)


def _checked(heads: Sequence[Tensor], head_grads: Sequence[Tensor | None]) -> list[Tensor]:
    grads = []
    for head, given in zip(heads, head_grads, strict=True):
        if not head.requires_grad:
            raise MXNetError(
                "backward: an array to differentiate must be computed under autograd.record() from an array with "
                f"attach_grad(), got one of shape {tuple(head.shape)} that was not"
            )
        if given is not None and given.shape != head.shape:
            raise ShapeError(f"backward: a head gradient must have shape {tuple(head.shape)}, got {tuple(given.shape)}")
        grads.append(torch.ones_like(head) if given is None else given.to(head.dtype))
    return grads


def _leaves(heads: Sequence[Tensor]) -> list[Tensor]:
    """Find the leaf tensors that a backward from the heads adds gradients to."""
    leaves = [head for head in heads if head.grad_fn is None]
    todo: list[Any] = [head.grad_fn for head in heads if head.grad_fn is not None]
    seen = set(todo)
    while todo:
        for function, _ in todo.pop().next_functions:
            if function is not None and function not in seen:
                seen.add(function)
                todo.append(function)
                leaf = getattr(function, "variable", None)
                if leaf is not None:
                    leaves.append(leaf)
    return leaves


def _run(compute: Callable[[], T]) -> T:
    try:
        return compute()
    except RuntimeError as error:
        if "backward through the graph a second time" in str(error):
            raise MXNetError("backward: the graph has been used up; pass retain_graph=True to the backward before") from error
        raise
