"""The face for NDArrays: unwrap, run the operator, wrap; with a graph only while recording."""

from collections.abc import Callable, Sequence
from inspect import Parameter
from typing import Any, NoReturn

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

__all__ = ["call", "face", "lift", "lift_as"]

Call = Callable[..., Any]


def lift(operator: Operator, name: str) -> Call:
    """Make the function ``nd.<name>``: arrays in, an array or a list of them out, of the kind that came in.

    The function takes besides ``out=``, an array or list of arrays to write into, and ``name=``, which only graphs use.
    """
    return lift_as(NDArray, operator, name)


def lift_as(kind: type[NDArray], operator: Operator, name: str) -> Call:  # noqa: ARG001
    """Make the function of an operator whose results are of a kind where no array comes in."""
    creates = "ctx" in operator.attributes

    def function(*args: Any, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:  # noqa: ARG001
        place = made = None
        tensors = []
        for one in args:
            if isinstance(one, NDArray):
                place = one._place
                if made is not one._kind:
                    made = one._kind if made is None else _refuse_mixed(operator)
                one = one._tensor
            tensors.append(one)
        for key, one in kwargs.items():
            if isinstance(one, NDArray):
                place = one._place
                if made is not one._kind:
                    made = one._kind if made is None else _refuse_mixed(operator)
                kwargs[key] = one._tensor
        result = _run(operator, tensors, kwargs)
        if out is not None:
            return _fill(operator, out, result)
        if creates and made is None:
            place = _destination(operator, args, kwargs)
        made = made or kind
        if isinstance(result, Tensor):
            return made(result, place)
        return [made(one, place) for one in result]

    return function


def _refuse_mixed(operator: Operator) -> NoReturn:
    """Raise for arrays of both kinds in one call."""
    raise ArgumentTypeError(
        f"{operator.name}: inputs must be all mx.np.ndarray or all NDArray, got both; call as_np_ndarray() or "
        "as_nd_ndarray() on one"
    )


def _run(operator: Operator, tensors: list[Any], kwargs: dict[str, Any]) -> Any:
    """Run an operator; its results have memory of their own, as MXNet's have."""
    if not mode.recording:
        with torch.no_grad():
            return apart(operator(*tensors, **kwargs), [*tensors, *kwargs.values()])
    result = operator(*tensors, **kwargs)
    inputs = [*tensors, *kwargs.values()]
    return apart(_tied(result, inputs, operator.differentiable), inputs)


def _tied(result: Any, inputs: list[Any], differentiable: bool) -> Any:
    """Tie an output that no gradient flows through, of an operator or only this one, to the inputs."""
    if isinstance(result, Tensor):
        return result if differentiable and result.requires_grad else gradient.connect(result, inputs)
    return [_tied(one, inputs, differentiable) for one in result]


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
