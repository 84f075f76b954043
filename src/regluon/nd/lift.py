"""The face for NDArrays: unwrap, run the operator, wrap; with a graph only while recording."""

from collections.abc import Callable, Sequence
from inspect import Parameter
from typing import Any

import torch
from torch import Tensor

from regluon.core.device import Device, as_device
from regluon.core.errors import ArgumentTypeError, ShapeError
from regluon.core.mode import mode
from regluon.nd import gradient
from regluon.nd.memory import apart
from regluon.nd.ndarray import NDArray, label
from regluon.ops.face import Face
from regluon.ops.registry import Operator

__all__ = ["call", "face", "lift"]


def lift(operator: Operator, name: str) -> Callable[..., Any]:  # noqa: ARG001
    """Make the function ``nd.<name>``: NDArrays in, an NDArray or a list of them out.

    The function takes besides ``out=``, an array or list of arrays to write into, and ``name=``, which only graphs use.
    """
    creates = "ctx" in operator.attributes

    def function(*args: Any, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:  # noqa: ARG001
        place = None
        tensors = []
        for one in args:
            if isinstance(one, NDArray):
                place = one._place
                one = one._tensor
            tensors.append(one)
        for key, one in kwargs.items():
            if isinstance(one, NDArray):
                place = one._place
                kwargs[key] = one._tensor
        result = _run(operator, tensors, kwargs)
        if out is not None:
            return _fill(operator, out, result)
        if creates:
            place = _destination(operator, args, kwargs)
        if isinstance(result, Tensor):
            return NDArray(result, place)
        return [NDArray(one, place) for one in result]

    return function


def _run(operator: Operator, tensors: list[Any], kwargs: dict[str, Any]) -> Any:
    """Run an operator; its results have memory of their own, as MXNet's have."""
    if not mode.recording:
        with torch.no_grad():
            return apart(operator(*tensors, **kwargs), [*tensors, *kwargs.values()])
    result = operator(*tensors, **kwargs)
    inputs = [*tensors, *kwargs.values()]
    if not operator.differentiable:
        result = gradient.connect(result, inputs)
    return apart(result, inputs)


def _destination(operator: Operator, args: Sequence[Any], kwargs: dict[str, Any]) -> Device | None:
    """Return the label of the device that an operator without inputs was told to create its array on."""
    position = len(operator.inputs) + list(operator.attributes).index("ctx")
    return label(as_device(kwargs["ctx"] if "ctx" in kwargs else args[position] if position < len(args) else None))


def _fill(operator: Operator, out: Any, result: Any) -> Any:
    """Write results into the arrays given as ``out``."""
    targets = out if isinstance(out, (list, tuple)) else [out]
    results = [result] if isinstance(result, Tensor) else result
    if len(targets) != len(results) or not all(isinstance(one, NDArray) for one in targets):
        raise ArgumentTypeError(f"{operator.name}: out must be {len(results)} NDArray(s), got {out!r:.80}")
    for target, value in zip(targets, results, strict=True):
        if target.shape != tuple(value.shape):
            raise ShapeError(f"{operator.name}: out must have shape {tuple(value.shape)}, got {target.shape}")
        if target._tensor.dtype != value.dtype:
            raise ArgumentTypeError(f"{operator.name}: out must have dtype {value.dtype}, got {target._tensor.dtype}")
        target._write(value)
    return out


_EXTRA = (
    Parameter("out", Parameter.KEYWORD_ONLY, default=None, annotation=Any),
    Parameter("name", Parameter.KEYWORD_ONLY, default=None, annotation=str | None),
)
face = Face(NDArray, lift, list[NDArray], _EXTRA)
call = face.call
