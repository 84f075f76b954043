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

__all__ = ["REQUESTS", "Mark", "array_of", "backward", "connect", "grad", "keep", "mark", "mark_of"]

T = TypeVar("T")

REQUESTS = ("write", "add", "null")


@dataclass(slots=True)
class Mark:
    """What is kept about a variable, on its tensor.

    Attributes:
        grad_req: ``write``, ``add`` or ``null``.
        array: the array users hold as the gradient; it always wraps the newest.
        memory: where the gradient must end up, where the user brought that; else wherever torch puts it.
        fresh: a backward has reached the variable since the last look.
    """

    grad_req: str
    array: Any = None
    memory: Tensor | None = None
    fresh: bool = False


def keep(compute: Callable[[], T]) -> T:
    """Compute on tensors, leaving a graph behind only while recording."""
    if mode.recording:
        return compute()
    with torch.no_grad():
        return compute()


def mark(tensor: Tensor, grad_req: str) -> Tensor:
    """Return a tensor of the same memory as a variable; one with ``null`` only has a place for a gradient."""
    if grad_req not in REQUESTS:
        raise ArgumentError(f"attach_grad: grad_req must be one of {', '.join(map(repr, REQUESTS))}, got {grad_req!r}")
    leaf = tensor.detach()
    if grad_req != "null":
        if not leaf.is_floating_point():
            raise ArgumentError(f"attach_grad: the array must hold floats, got {leaf.dtype}")
        leaf.requires_grad_()
    vars(leaf)["mark"] = Mark(grad_req)
    return leaf


def mark_of(tensor: Tensor) -> Mark | None:
    """Return the mark of a variable; None for any other tensor."""
    return vars(tensor).get("mark")


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
    reached = [(leaf, own) for leaf in _leaves(heads) if (own := mark_of(leaf)) is not None]
    for leaf, own in reached:
        own.fresh = True
        if own.grad_req == "write":
            leaf.grad = None
    _run(lambda: torch.autograd.backward(heads, grads, retain_graph=retain_graph))
    for leaf, own in reached:
        if leaf.grad is not None and leaf.grad.is_sparse:
            leaf.grad = leaf.grad.to_dense()
        if own.memory is not None and leaf.grad is not None and leaf.grad is not own.memory:
            own.memory.copy_(leaf.grad)
            leaf.grad = own.memory
        if own.array is not None:
            own.array._tensor = leaf.grad


def grad(
    heads: Sequence[Tensor],
    variables: Sequence[Tensor],
    head_grads: Sequence[Tensor | None],
    retain_graph: bool,
    create_graph: bool,
) -> list[Tensor | None]:
    """Return the gradients of the heads with respect to some variables, None for those that are not reached."""
    grads = _checked(heads, head_grads)
    found = _run(
        lambda: torch.autograd.grad(
            heads, variables, grads, retain_graph=retain_graph, create_graph=create_graph, allow_unused=True
        )
    )
    return [one.to_dense() if one is not None and one.is_sparse else one for one in found]


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
        ctx.kinds = [(one.shape, one.dtype, one.device) for one in sources]
        # Not a view: autograd lets nobody write into a view made here.
        return output.detach()

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ARG004
        return None, *(torch.zeros(shape, dtype=dtype, device=device) for shape, dtype, device in ctx.kinds)


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


# What torch says, and what that means to someone who has never heard of torch.
_COMPLAINTS = {
    "backward through the graph a second time": "the graph has been used up; pass retain_graph=True to the one before",
    "modified by an inplace operation": "an array that the gradient needs has been changed in place since",
}


def _run(compute: Callable[[], T]) -> T:
    try:
        return compute()
    except RuntimeError as error:
        for words, meaning in _COMPLAINTS.items():
            if words in str(error):
                raise MXNetError(f"backward: {meaning}") from error
        raise
