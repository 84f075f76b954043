"""The face for NDArrays: unwrap, run the operator, wrap; with a graph only while recording."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from regluon.core.errors import ArgumentTypeError, ShapeError
from regluon.core.mode import mode
from regluon.nd import gradient
from regluon.nd.array import NDArray
from regluon.ops.registry import Operator

__all__ = ["lift"]


def lift(operator: Operator, name: str) -> Callable[..., Any]:
    """Make the function ``nd.<name>``: NDArrays in, an NDArray or a list of them out.

    The function takes besides ``out=``, an array or list of arrays to write into, and ``name=``, which only graphs use.
    """
    differentiable, inputs = operator.differentiable, len(operator.inputs)

    def face(*args: Any, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:  # noqa: ARG001
        tensors = [one._tensor if isinstance(one, NDArray) else one for one in args]
        for key, value in kwargs.items():
            if isinstance(value, NDArray):
                kwargs[key] = value._tensor
        if mode.recording:
            result = operator(*tensors, **kwargs)
            if not differentiable:
                result = gradient.connect(result, [*tensors[:inputs], *kwargs.values()])
        else:
            with torch.no_grad():
                result = operator(*tensors, **kwargs)
        if out is not None:
            return _fill(operator, out, result)
        if type(result) is tuple or type(result) is list:
            return [NDArray(one) for one in result]
        return NDArray(result)

    return face


def _fill(operator: Operator, out: Any, result: Any) -> Any:
    """Write results into the arrays given as ``out``."""
    targets = out if isinstance(out, (list, tuple)) else [out]
    results = [result] if isinstance(result, Tensor) else result
    if len(targets) != len(results) or not all(isinstance(one, NDArray) for one in targets):
        raise ArgumentTypeError(f"{operator.name}: out must be {len(results)} NDArray(s), got {out!r:.80}")
    for target, value in zip(targets, results, strict=True):
        if target.shape != tuple(value.shape):
            raise ShapeError(f"{operator.name}: out must have shape {tuple(value.shape)}, got {target.shape}")
        target._write(value)
    return out
