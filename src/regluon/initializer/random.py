"""Initializers that draw random values, from torch's generator."""

import math
from typing import Literal

import torch

from regluon.core.errors import ArgumentError, ShapeError
from regluon.initializer.base import Initializer, register
from regluon.nd.array import NDArray

__all__ = ["MSRAPrelu", "Normal", "Orthogonal", "Uniform", "Xavier"]


@register
class Uniform(Initializer):
    """Draw from a uniform distribution over ``[-scale, scale]``.

    Args:
        scale: half the width.
    """

    def __init__(self, scale: float = 0.07) -> None:
        super().__init__(scale=scale)
        self.scale = scale

    def _init_weight(self, name: str, arr: NDArray) -> None:  # noqa: ARG002
        arr._tensor.data.uniform_(-self.scale, self.scale)


@register
class Normal(Initializer):
    """Draw from a normal distribution of mean 0.

    Args:
        sigma: its standard deviation.
    """

    def __init__(self, sigma: float = 0.01) -> None:
        super().__init__(sigma=sigma)
        self.sigma = sigma

    def _init_weight(self, name: str, arr: NDArray) -> None:  # noqa: ARG002
        arr._tensor.data.normal_(0, self.sigma)


@register
class Xavier(Initializer):
    """Draw with a variance that keeps the scale of signals from layer to layer (Glorot and Bengio, 2010).

    The scale is ``sqrt(magnitude / factor)``, the factor being the number of inputs, of outputs, or their mean.

    Args:
        rnd_type: ``uniform`` over ``[-scale, scale]``, or ``gaussian`` of that standard deviation.
        factor_type: ``avg``, ``in`` or ``out``.
        magnitude: see above.
    """

    def __init__(
        self,
        rnd_type: Literal["uniform", "gaussian"] = "uniform",
        factor_type: Literal["avg", "in", "out"] = "avg",
        magnitude: float = 3,
    ) -> None:
        super().__init__(rnd_type=rnd_type, factor_type=factor_type, magnitude=magnitude)
        if rnd_type not in ("uniform", "gaussian"):
            raise ArgumentError(f"Xavier: rnd_type must be one of 'uniform', 'gaussian', got {rnd_type!r}")
        if factor_type not in ("avg", "in", "out"):
            raise ArgumentError(f"Xavier: factor_type must be one of 'avg', 'in', 'out', got {factor_type!r}")
        self.rnd_type, self.factor_type, self.magnitude = rnd_type, factor_type, float(magnitude)

    def _init_weight(self, name: str, arr: NDArray) -> None:
        shape = arr.shape
        if len(shape) < 2:
            raise ShapeError(
                f"Xavier: a parameter must have at least 2 axes, got {str(name)!r} of shape {shape}; "
                "give it an initializer of its own"
            )
        patch = math.prod(shape[2:])
        fan_in, fan_out = shape[1] * patch, shape[0] * patch
        factor = {"avg": (fan_in + fan_out) / 2, "in": fan_in, "out": fan_out}[self.factor_type]
        scale = math.sqrt(self.magnitude / factor)
        if self.rnd_type == "uniform":
            arr._tensor.data.uniform_(-scale, scale)
        else:
            arr._tensor.data.normal_(0, scale)


@register
class MSRAPrelu(Xavier):
    """Draw normal values scaled for rectifiers (He et al., 2015).

    Args:
        factor_type: as for ``Xavier``.
        slope: slope of the rectifier's negative side.
    """

    def __init__(self, factor_type: Literal["avg", "in", "out"] = "avg", slope: float = 0.25) -> None:
        magnitude = 2.0 / (1 + slope**2)
        super().__init__("gaussian", factor_type, magnitude)
        self._kwargs = {"factor_type": factor_type, "slope": slope}


@register
class Orthogonal(Initializer):
    """Fill with an orthogonal matrix (Saxe et al., 2013), the first axis being rows.

    Args:
        scale: factor of the matrix.
        rand_type: ``uniform`` or ``normal``, the matrix it is computed from.
    """

    def __init__(self, scale: float = 1.414, rand_type: Literal["uniform", "normal"] = "uniform") -> None:
        super().__init__(scale=scale, rand_type=rand_type)
        if rand_type not in ("uniform", "normal"):
            raise ArgumentError(f"Orthogonal: rand_type must be one of 'uniform', 'normal', got {rand_type!r}")
        self.scale, self.rand_type = scale, rand_type

    def _init_weight(self, name: str, arr: NDArray) -> None:  # noqa: ARG002
        rows, columns = arr.shape[0], math.prod(arr.shape[1:])
        drawn = torch.empty(rows, columns)
        drawn = drawn.uniform_(-1, 1) if self.rand_type == "uniform" else drawn.normal_()
        left, _, right = torch.linalg.svd(drawn, full_matrices=False)
        matrix = left if left.shape == drawn.shape else right
        arr[:] = NDArray((self.scale * matrix).reshape(arr.shape))
