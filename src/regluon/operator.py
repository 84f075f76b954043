"""Operators written in Python: ``mx.operator``, used as ``F.Custom(x, op_type="mine")``."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from regluon import autograd
from regluon.core.device import current_device
from regluon.core.dtype import numpy_dtype, torch_dtype
from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.nd.ndarray import NDArray
from regluon.ops.custom import CustomKind, custom_names, declare_custom

__all__ = ["CustomOp", "CustomOpProp", "get_all_registered_operators", "register"]

Arrays = Sequence[NDArray]
Shapes = Sequence[Sequence[int]]
P = TypeVar("P", bound="type[CustomOpProp]")


class CustomOp:
    """Base of what computes: subclasses write ``forward`` and ``backward``."""

    def forward(self, is_train: bool, req: list[str], in_data: Arrays, out_data: Arrays, aux: Arrays) -> None:
        """Compute the outputs, and put them into ``out_data`` with ``assign``.

        Args:
            is_train: whether in training.
            req: for each output what ``assign`` is to do.
            in_data: the inputs.
            out_data: arrays for the outputs.
            aux: the auxiliary states, which may be changed.
        """
        raise NotImplementedError(f"{type(self).__name__}: forward must be written")

    def backward(
        self, req: list[str], out_grad: Arrays, in_data: Arrays, out_data: Arrays, in_grad: Arrays, aux: Arrays
    ) -> None:
        """Compute the gradients of the inputs, and put them into ``in_grad``; without this they are zeros.

        Args:
            req: for each input what ``assign`` is to do.
            out_grad: gradients of the outputs.
            in_data: the inputs.
            out_data: the outputs.
            in_grad: arrays for the gradients of the inputs.
            aux: the auxiliary states.
        """

    def assign(self, dst: NDArray, req: str, src: Any) -> None:
        """Put a result where it belongs.

        Args:
            dst: where.
            req: ``write``, ``inplace``, ``add`` or ``null``.
            src: the result, an array or a number.
        """
        if req in ("write", "inplace"):
            dst[:] = src
        elif req == "add":
            dst[:] = dst + src
        elif req != "null":
            raise ArgumentError(f"assign: req must be one of 'write', 'inplace', 'add', 'null', got {req!r}")


class CustomOpProp:
    """Base of what is known of an operator before it runs: its names, shapes and types.

    Args:
        need_top_grad: whether the gradient depends on those of the outputs; a loss needs none.
    """

    def __init__(self, need_top_grad: bool = True) -> None:
        self.need_top_grad_ = need_top_grad

    def infer_shape(self, in_shape: list[Any]) -> tuple[Any, ...]:
        """Return shapes of inputs, outputs and states; here all are those of the first input.

        Args:
            in_shape: shapes of the inputs, ``[]`` where not known.
        """
        return in_shape, (in_shape[0],) * len(self.list_outputs()), ()

    def infer_type(self, in_type: list[Any]) -> tuple[Any, ...]:
        """Return number types of inputs, outputs and states; here all are that of the first input.

        Args:
            in_type: numpy's types of the inputs.
        """
        first = in_type[0]
        return in_type, [first] * len(self.list_outputs()), [first] * len(self.list_auxiliary_states())

    def list_outputs(self) -> list[str]:
        """Name the outputs."""
        return ["output"]

    def list_arguments(self) -> list[str]:
        """Name the inputs."""
        return ["data"]

    def list_auxiliary_states(self) -> list[str]:
        """Name the auxiliary states."""
        return []

    def declare_backward_dependency(
        self, out_grad: Sequence[int], in_data: Sequence[int], out_data: Sequence[int]
    ) -> list[int]:
        """Say what the gradient depends on; accepted for MXNet's sake, as everything is kept."""
        return [*(out_grad if self.need_top_grad_ else ()), *in_data, *out_data]

    def create_operator(self, ctx: Any, in_shapes: Shapes, in_dtypes: Sequence[Any]) -> CustomOp:  # noqa: ARG002
        """Make what computes.

        Args:
            ctx: the device.
            in_shapes: shapes of the inputs.
            in_dtypes: numpy's types of the inputs.
        """
        return CustomOp()


def register(reg_name: str) -> Callable[[P], P]:
    """Let a subclass of ``CustomOpProp`` be called by name, as ``op_type`` of ``Custom``.

    It is made anew for every call, with the further keywords of the call, as texts.

    Args:
        reg_name: the name.

    Examples:
        >>> from regluon import nd, operator
        >>> class Double(operator.CustomOp):
        ...     def forward(self, is_train, req, in_data, out_data, aux):
        ...         self.assign(out_data[0], req[0], in_data[0] * 2)
        >>> @operator.register("double")
        ... class DoubleProp(operator.CustomOpProp):
        ...     def create_operator(self, ctx, in_shapes, in_dtypes):
        ...         return Double()
        >>> nd.Custom(nd.array([1, 2]), op_type="double").asnumpy()
        array([2., 4.], dtype=float32)
    """

    def keep(prop_cls: P) -> P:
        if not isinstance(prop_cls, type) or not issubclass(prop_cls, CustomOpProp):
            raise ArgumentTypeError(f"register: {reg_name!r} must be a subclass of CustomOpProp, got {prop_cls!r:.60}")
        make: Any = prop_cls
        declare_custom(reg_name, lambda options: _kind(reg_name, make(**options)))
        return prop_cls

    return keep


def get_all_registered_operators() -> list[str]:
    """Return the names of the operators that were registered."""
    return custom_names()


def _kind(name: str, prop: CustomOpProp) -> CustomKind:
    arguments, states = tuple(prop.list_arguments()), tuple(prop.list_auxiliary_states())
    outputs = tuple(prop.list_outputs())

    def shapes(given: list[Any]) -> tuple[Any, Any, Any]:
        found = prop.infer_shape([list(shape) for shape in given])
        if len(found) not in (2, 3) or (len(found[0]), len(found[1])) != (len(arguments), len(outputs)):
            raise ShapeError(
                f"{name}: infer_shape must return shapes of {len(arguments)} inputs, {len(outputs)} outputs and "
                f"{len(states)} states, got {found!r:.100}"
            )
        return tuple([tuple(one) for one in part] for part in (*found, ())[:3])  # pyright: ignore[reportReturnType]

    def types(given: list[torch.dtype]) -> tuple[Any, Any, Any]:
        found = prop.infer_type([numpy_dtype(one) for one in given])
        return tuple([torch_dtype(one) for one in part] for part in (*found, ())[:3])  # pyright: ignore[reportReturnType]

    def run(data: Sequence[Tensor], training: bool) -> tuple[Tensor, ...]:
        if len(data) != len(arguments) + len(states):
            wanted = ", ".join((*arguments, *states))
            raise ArgumentTypeError(f"{name}: inputs must be {wanted}, got {len(data)} of them")
        inputs = data[: len(arguments)]
        sizes, kinds = shapes([tuple(one.shape) for one in inputs])[1], types([one.dtype for one in inputs])[1]
        made = [
            torch.zeros(size, dtype=kind, device=data[0].device if data else None)
            for size, kind in zip(sizes, kinds, strict=True)
        ]
        if any(one.is_meta for one in data):
            return tuple(made)
        dtypes = [np.dtype(numpy_dtype(one.dtype)).type for one in inputs]
        computing = prop.create_operator(current_device(), [list(one.shape) for one in inputs], dtypes)
        found = _Run.apply(computing, training, len(arguments), made, *data)
        return found if isinstance(found, tuple) else (found,)

    return CustomKind(arguments, outputs, states, shapes, types, run)


class _Run(torch.autograd.Function):
    """One call of an operator, and the way its gradient goes."""

    @staticmethod
    def forward(ctx: Any, computing: CustomOp, training: bool, count: int, made: list[Tensor], *data: Tensor) -> Any:
        inputs, states = data[:count], data[count:]
        with autograd.pause(training):
            computing.forward(training, ["write"] * len(made), *map(_wrapped, (inputs, made, states)))
        ctx.computing, ctx.training, ctx.count, ctx.states = computing, training, count, states
        ctx.save_for_backward(*inputs, *made)
        ctx.mark_non_differentiable(*(one for one in made if not one.is_floating_point()))
        return tuple(made)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        inputs, outputs = ctx.saved_tensors[: ctx.count], ctx.saved_tensors[ctx.count :]
        found = [torch.zeros_like(one) for one in inputs]
        # Written over, or let be where nobody asks.
        requests = ["write" if wanted else "null" for wanted in ctx.needs_input_grad[4 : 4 + ctx.count]]
        with autograd.pause(ctx.training):
            ctx.computing.backward(requests, *map(_wrapped, (grads, inputs, outputs, found, ctx.states)))
        used = [one if request == "write" else None for one, request in zip(found, requests, strict=True)]
        return None, None, None, None, *used, *[None] * len(ctx.states)


def _wrapped(tensors: Sequence[Tensor]) -> list[NDArray]:
    return [NDArray(one.detach()) for one in tensors]
