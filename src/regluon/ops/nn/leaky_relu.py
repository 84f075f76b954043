"""The family of rectified units that let something of negative values through."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.gradient import wants_gradient, with_slope
from regluon.ops.number import single
from regluon.ops.registry import Attributes, Shapes, op

__all__ = ["leaky_relu"]

Kind = Literal["elu", "gelu", "leaky", "prelu", "rrelu", "selu"]

# Self-Normalizing Neural Networks, section 2.
_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946


def _shapes(shapes: Shapes, attributes: Attributes) -> Shapes:
    data = shapes["data"]
    if data is None or attributes["act_type"] != "prelu":
        return {}
    return {"gamma": (data[:2][-1],)}


@op(
    "LeakyReLU",
    complete=_shapes,
    omit=lambda attributes: () if attributes["act_type"] == "prelu" else ("gamma",),
)
def leaky_relu(
    data: Tensor,
    gamma: Tensor | None = None,
    *,
    act_type: Kind = "leaky",
    slope: float = 0.25,
    lower_bound: float = 0.125,
    upper_bound: float = 0.334,
    training: bool = False,
) -> Tensor:
    """Pass positive values and some of the negative ones (MXNet, ``LeakyReLU``).

    Args:
        data: ``(N, C, *X)``, or any shape but for ``prelu``.
        gamma: ``(C,)`` or ``(1,)`` slopes of ``prelu``, learnt; left out otherwise.
        act_type: what becomes of negative x. ``leaky``: ``slope x``. ``elu``: ``slope (exp(x) - 1)``. ``prelu``:
            ``gamma x``. ``rrelu``: x times a random slope in training, the mean slope otherwise. ``gelu``: x times the
            normal distribution function of x, for positive x too. ``selu``: as in Self-Normalizing Neural Networks; as
            in MXNet its gradient for negative x is ``scale (alpha + output)``, where the derivative would be ``scale
            alpha + output``.
        slope: factor of ``leaky`` and ``elu``.
        lower_bound: least slope of ``rrelu``.
        upper_bound: greatest slope of ``rrelu``.
        training: whether ``rrelu`` draws its slopes.

    Returns:
        The shape of ``data``. Of ``rrelu`` the values alone; MXNet 1.9.1 also shows the slopes it drew, so that its
        symbol cannot go into another.

    Examples:
        >>> leaky_relu(torch.tensor([-2.0, 3.0]), slope=0.5)
        tensor([-1.,  3.])
    """
    if (act_type == "prelu") is (gamma is None):
        rule = "given for" if act_type == "prelu" else "left out but for"
        raise ArgumentError(f"LeakyReLU: gamma must be {rule} act_type='prelu', got act_type={act_type!r}")
    slope = single(slope)
    if act_type == "leaky":
        return functional.leaky_relu(data, slope)
    if act_type == "elu":
        return functional.elu(data, slope)
    if act_type == "gelu":
        return functional.gelu(data)
    if act_type == "selu":
        return _selu(data)
    if gamma is not None:
        return _prelu(data, gamma)
    if not training:
        return functional.leaky_relu(data, (single(lower_bound) + single(upper_bound)) / 2)
    slopes = torch.empty_like(data, requires_grad=False).uniform_(lower_bound, upper_bound)
    return torch.where(data > 0, data, data * slopes)


def _selu(data: Tensor) -> Tensor:
    value = torch.selu(data)
    if not wants_gradient(data):
        return value
    value = value.detach()
    return with_slope(value, data, torch.where(data > 0, _SELU_SCALE, _SELU_SCALE * (_SELU_ALPHA + value)))


def _prelu(data: Tensor, gamma: Tensor) -> Tensor:
    channels = data.shape[1] if data.ndim > 1 else data.shape[0]
    if gamma.ndim != 1 or gamma.shape[0] not in (1, channels):
        raise ShapeError(
            f"LeakyReLU: gamma must have shape ({channels},) or (1,) for data of shape {tuple(data.shape)}, "
            f"got {tuple(gamma.shape)}"
        )
    if data.ndim > 2:
        gamma = gamma.reshape(-1, *[1] * (data.ndim - 2))
    return torch.where(data > 0, data, data * gamma)
