"""Initializers whose values are fixed, and those made of others."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from regluon.core.errors import ArgumentError, ShapeError, UnknownNameError
from regluon.initializer.base import Initializer, alias, register
from regluon.nd.array import NDArray, array

__all__ = ["Bilinear", "Constant", "LSTMBias", "Load", "Mixed", "One", "Zero"]


@alias("zero", "zeros")
class Zero(Initializer):
    """Fill with 0."""

    def _init_weight(self, name: str, arr: NDArray) -> None:  # noqa: ARG002
        arr[:] = 0


@alias("one", "ones")
class One(Initializer):
    """Fill with 1."""

    def _init_weight(self, name: str, arr: NDArray) -> None:  # noqa: ARG002
        arr[:] = 1


@register
class Constant(Initializer):
    """Fill with one number, or with an array of the parameter's shape.

    Args:
        value: the number or array.
    """

    def __init__(self, value: Any) -> None:
        super().__init__(value=value.asnumpy().tolist() if isinstance(value, NDArray) else value)
        self.value = value

    def _init_weight(self, name: str, arr: NDArray) -> None:  # noqa: ARG002
        arr[:] = array(self.value) if isinstance(self.value, (list, tuple)) else self.value


@register
class LSTMBias(Initializer):
    """Fill the bias of an LSTM with 0, and its forget gate's, the second of four, with one number.

    Args:
        forget_bias: the number.
    """

    def __init__(self, forget_bias: float = 1.0) -> None:
        super().__init__(forget_bias=forget_bias)
        self.forget_bias = forget_bias

    def _init_weight(self, name: str, arr: NDArray) -> None:  # noqa: ARG002
        quarter = arr.shape[0] // 4
        arr[:] = 0.0
        arr[quarter : 2 * quarter] = self.forget_bias


@register
class Bilinear(Initializer):
    """Fill the weights of a transposed convolution with those of bilinear upsampling."""

    def _init_weight(self, name: str, arr: NDArray) -> None:
        if arr.ndim < 2:
            raise ShapeError(f"Bilinear: a parameter must have at least 2 axes, got {str(name)!r} of shape {arr.shape}")
        height, width = arr.shape[-2:]
        half = math.ceil(width / 2.0)
        center = (2 * half - 1 - half % 2) / (2.0 * half)
        x = 1 - (torch.arange(width) / half - center).abs()
        y = 1 - (torch.arange(height) / half - center).abs()
        arr[:] = NDArray((y[:, None] * x).expand(arr.shape))


@register
class Mixed(Initializer):
    """Choose an initializer by the first regular expression that a name matches.

    Args:
        patterns: the expressions, matched from the start of the name.
        initializers: one for each.
    """

    def __init__(self, patterns: Sequence[str], initializers: Sequence[Initializer]) -> None:
        super().__init__()
        if len(patterns) != len(initializers):
            raise ArgumentError(
                f"Mixed: initializers must be one for each of {len(patterns)} patterns, got {len(initializers)}"
            )
        self.map = [(re.compile(pattern), one) for pattern, one in zip(patterns, initializers, strict=True)]

    def __call__(self, desc: str, arr: NDArray) -> None:
        """Fill an array by the first pattern that its name matches."""
        for pattern, one in self.map:
            if pattern.match(desc):
                one(desc, arr)
                return
        raise ArgumentError(f"Mixed: a pattern must match every parameter, got {str(desc)!r}; add '.*' as the last one")


@register
class Load(Initializer):
    """Take values from a dictionary of arrays, and others from a default.

    Args:
        param: arrays by name, ``arg:`` and ``aux:`` prefixes allowed.
        default_init: initializer for names that are not there.
        verbose: kept for MXNet's sake.
    """

    def __init__(self, param: Mapping[str, NDArray], default_init: Any = None, verbose: bool = False) -> None:
        super().__init__()
        self.param = {re.sub(r"^(arg|aux):", "", name): value for name, value in param.items()}
        self.default_init, self.verbose = default_init, verbose

    def __call__(self, desc: str, arr: NDArray) -> None:
        """Fill an array with the values of its name, or by the default."""
        if desc in self.param:
            if self.param[desc].shape != arr.shape:
                raise ShapeError(f"Load: {desc!s} must have shape {arr.shape}, got {self.param[desc].shape}")
            arr[:] = self.param[desc]
        elif self.default_init is not None:
            self.default_init(desc, arr)
        else:
            raise UnknownNameError(f"Load: there is no array for {str(desc)!r}; give default_init for such parameters")
