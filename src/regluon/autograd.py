"""Recording operations on NDArrays and computing gradients, as MXNet's ``autograd`` does, on torch's autograd.

    x.attach_grad()
    with autograd.record():
        y = (x * x).sum()
    y.backward()
    x.grad

Only NDArrays follow these modes. Plain tensors follow torch's own: ``requires_grad``, ``torch.no_grad``, and a
Block's ``train()`` and ``eval()``.
"""

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ArgumentTypeError, MXNetError, ShapeError
from regluon.core.mode import mode
from regluon.nd import gradient
from regluon.nd.array import NDArray

__all__ = [
    "Function",
    "backward",
    "grad",
    "is_recording",
    "is_training",
    "mark_variables",
    "pause",
    "predict_mode",
    "record",
    "set_recording",
    "set_training",
    "train_mode",
]


class _Scope:
    """Set the modes inside a ``with``, and put the old ones back after it; None leaves one as it is."""

    def __init__(self, recording: bool | None, training: bool | None) -> None:
        self._new = recording, training
        self._outer: list[tuple[bool, bool, bool]] = []

    def __enter__(self) -> Self:
        self._outer.append((mode.recording, mode.training, torch.is_grad_enabled()))
        recording, training = self._new
        if recording is not None:
            mode.recording = recording
            torch.set_grad_enabled(recording)
        if training is not None:
            mode.training = training
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        mode.recording, mode.training, enabled = self._outer.pop()
        torch.set_grad_enabled(enabled)


def record(train_mode: bool = True) -> _Scope:
    """Record operations inside a ``with``, so that gradients can be computed.

    Args:
        train_mode: whether Dropout, BatchNorm and their like behave as in training.

    Examples:
        >>> from regluon import autograd, nd
        >>> x = nd.array([1.0, 2.0, 3.0])
        >>> x.attach_grad()
        >>> with autograd.record():
        ...     y = x * x
        >>> y.backward()
        >>> x.grad.asnumpy()
        array([2., 4., 6.], dtype=float32)
    """
    return _Scope(True, train_mode)


def pause(train_mode: bool = False) -> _Scope:
    """Stop recording inside a ``with``.

    Args:
        train_mode: as for ``record``.
    """
    return _Scope(False, train_mode)


def train_mode() -> _Scope:
    """Behave as in training inside a ``with``, recording or not."""
    return _Scope(None, True)


def predict_mode() -> _Scope:
    """Behave as in prediction inside a ``with``, recording or not."""
    return _Scope(None, False)


def is_recording() -> bool:
    """Tell whether operations are being recorded."""
    return mode.recording


def is_training() -> bool:
    """Tell whether layers behave as in training."""
    return mode.training


def set_recording(is_record: bool) -> bool:
    """Set whether operations are recorded; return what it was."""
    old, mode.recording = mode.recording, bool(is_record)
    if is_record:
        # Never switched off here: this call ends no `with`, and plain tensors would stop recording for good.
        torch.set_grad_enabled(True)
    return old


def set_training(train_mode: bool) -> bool:
    """Set whether layers behave as in training; return what it was."""
    old, mode.training = mode.training, bool(train_mode)
    return old


def mark_variables(
    variables: NDArray | Sequence[NDArray],
    gradients: NDArray | Sequence[NDArray],
    grad_reqs: str | Sequence[str] = "write",
) -> None:
    """Make arrays variables whose gradients are written into given arrays.

    Args:
        variables: the arrays.
        gradients: one array of the same shape and type each; every backward writes into its memory.
        grad_reqs: ``write``, ``add`` or ``null``, one for all or one each.

    Raises:
        ArgumentError: there are not as many gradients or requests as variables.
        ShapeError: a gradient is not of its variable's shape.
    """
    variables, gradients = _listed("variables", variables), _listed("gradients", gradients)
    requests = [grad_reqs] * len(variables) if isinstance(grad_reqs, str) else list(grad_reqs)
    for name, given in (("gradients", gradients), ("grad_reqs", requests)):
        if len(given) != len(variables):
            raise ArgumentError(
                f"mark_variables: {name} must be one for each variable, {len(variables)}, got {len(given)}"
            )
    for variable, array, request in zip(variables, gradients, requests, strict=True):
        if array.shape != variable.shape or array.dtype != variable.dtype:
            raise ShapeError(
                f"mark_variables: a gradient must be like its variable, {variable.shape} of {variable._tensor.dtype}, "
                f"got {array.shape} of {array._tensor.dtype}"
            )
        variable.attach_grad(request)
        own = gradient.mark_of(variable._tensor)
        if own is not None:
            own.array, own.memory = array, array._tensor
            variable._tensor.grad = array._tensor


def backward(
    heads: NDArray | Sequence[NDArray],
    head_grads: NDArray | Sequence[NDArray | None] | None = None,
    retain_graph: bool = False,
    train_mode: bool = True,  # noqa: ARG001
) -> None:
    """Compute the gradients of all variables that some arrays were computed from.

    Args:
        heads: the arrays to differentiate.
        head_grads: their gradients, ones where None.
        retain_graph: keep the graph for another backward.
        train_mode: accepted for MXNet's sake; the recorded forward decided it.
    """
    tensors, grads = _heads(heads, head_grads)
    gradient.backward(tensors, grads, retain_graph)


def grad(
    heads: NDArray | Sequence[NDArray],
    variables: NDArray | Sequence[NDArray],
    head_grads: NDArray | Sequence[NDArray | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    train_mode: bool = True,  # noqa: ARG001
) -> list[NDArray]:
    """Return gradients with respect to variables, leaving their ``grad`` alone.

    Args:
        heads: the arrays to differentiate.
        variables: the arrays to differentiate by; variables, or what was recorded on the way.
        head_grads: gradients of the heads, ones where None.
        retain_graph: keep the graph; as ``create_graph`` if not given.
        create_graph: record this too, for gradients of gradients.
        train_mode: accepted for MXNet's sake.

    Returns:
        A list, even for a single variable, as in MXNet.

    Raises:
        MXNetError: a variable was not recorded, or does not lead to the heads.
    """
    tensors, grads = _heads(heads, head_grads)
    by = _listed("variables", variables)
    if not all(one._tensor.requires_grad for one in by):
        raise MXNetError("grad: variables must have attach_grad() called before the record(), got one that has not")
    keep = create_graph if retain_graph is None else retain_graph
    found = gradient.grad(tensors, [one._tensor for one in by], grads, keep, create_graph)
    arrays = []
    for position, (variable, value) in enumerate(zip(by, found, strict=True)):
        if value is None:
            raise MXNetError(f"grad: variables must lead to the heads, got number {position} that does not")
        arrays.append(variable._wrap(value))
    return arrays


class Function:
    """An operation with a gradient of its own: subclass, and write ``forward`` and ``backward`` on NDArrays.

    ``save_for_backward`` in ``forward`` keeps arrays in ``self.saved_tensors`` for ``backward``. An instance is
    used once.

    Examples:
        >>> from regluon import autograd, nd
        >>> class Sigmoid(autograd.Function):
        ...     def forward(self, x):
        ...         y = 1 / (1 + nd.exp(-x))
        ...         self.save_for_backward(y)
        ...         return y
        ...
        ...     def backward(self, dy):
        ...         (y,) = self.saved_tensors
        ...         return dy * y * (1 - y)
        >>> x = nd.array([0.0])
        >>> x.attach_grad()
        >>> with autograd.record():
        ...     y = Sigmoid()(x)
        >>> y.backward()
        >>> x.grad.asnumpy()
        array([0.25], dtype=float32)
    """

    def __init__(self) -> None:
        self.saved_tensors: tuple[NDArray, ...] = ()
        self._used = False

    def save_for_backward(self, *arrays: NDArray) -> None:
        """Keep arrays for ``backward``."""
        self.saved_tensors = arrays

    def __call__(self, *inputs: NDArray) -> Any:
        """Run ``forward``; while recording, keep what ``backward`` needs."""
        if self._used:
            raise MXNetError(f"{type(self).__name__}: each instance of a Function can only be called once")
        self._used = True
        _listed("inputs", inputs)
        if not mode.recording:
            with pause(mode.training):
                return self.forward(*inputs)
        many: list[bool] = []
        results = _Bridge.apply(self, many, _kind(inputs), *(one._tensor for one in inputs))
        kind = _kind(inputs)
        return [kind(one) for one in results] if many[0] else kind(results)

    def forward(self, *inputs: NDArray) -> Any:
        """Compute the output array, or a list of them."""
        raise NotImplementedError(f"{type(self).__name__}: forward must be written")

    def backward(self, *output_grads: NDArray) -> Any:
        """Compute the gradient of each input from those of the outputs."""
        raise NotImplementedError(f"{type(self).__name__}: backward must be written")


class _Bridge(torch.autograd.Function):
    """Run a Function's two methods as torch's."""

    @staticmethod
    def forward(ctx: Any, function: Function, many: list[bool], kind: type[NDArray], *inputs: Tensor) -> Any:
        ctx.function, ctx.count, ctx.kind = function, len(inputs), kind
        with pause(mode.training):
            outputs = function.forward(*(kind(one.detach()) for one in inputs))
        many.append(isinstance(outputs, (list, tuple)))
        return tuple(one._tensor for one in outputs) if many[0] else outputs._tensor

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Any, ...]:
        with pause():
            found = ctx.function.backward(*(ctx.kind(one) for one in grads))
        arrays = found if isinstance(found, (list, tuple)) else [found]
        if len(arrays) != ctx.count:
            who = type(ctx.function).__name__
            raise MXNetError(
                f"{who}: backward must return {ctx.count} gradient(s), one for each input, got {len(arrays)}"
            )
        return None, None, None, *(None if one is None else one._tensor for one in arrays)


def _kind(arrays: Sequence[NDArray]) -> type[NDArray]:
    """Return the class of arrays that a Function gets and gives."""
    return type(arrays[0]) if arrays else NDArray


def _listed(name: str, arrays: Any) -> list[NDArray]:
    listed = [arrays] if isinstance(arrays, NDArray) else list(arrays)
    for one in listed:
        if not isinstance(one, NDArray):
            raise ArgumentTypeError(f"autograd: {name} must be NDArrays, got {type(one).__name__}")
    return listed


def _heads(heads: Any, head_grads: Any) -> tuple[list[Tensor], list[Tensor | None]]:
    arrays = _listed("heads", heads)
    if not arrays:
        raise ArgumentError("autograd: heads must be at least one array, got none")
    if head_grads is None:
        head_grads = [None] * len(arrays)
    grads = [head_grads] if isinstance(head_grads, NDArray) else list(head_grads)
    if len(grads) != len(arrays):
        raise ArgumentError(f"autograd: head_grads must be one for each of {len(arrays)} heads, got {len(grads)}")
    return [one._tensor for one in arrays], [None if one is None else one._tensor for one in grads]
