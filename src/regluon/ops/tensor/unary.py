"""Elementary functions of one array, element by element.

A result has the dtype of its input: of an int array it is computed in float64 and cut down to an int, as in MXNet.
Gradients are MXNet's too, also at poles, at zero and at infinity. All from MXNet's operators of these names.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from regluon.ops.number import single
from regluon.ops.registry import op
from regluon.ops.tensor.pointwise import pointwise
from regluon.ops.tensor.shapes import all_alike

__all__ = ["clip", "hard_sigmoid", "smooth_l1"]

# 180 / pi and pi / 180 in float32, which MXNet uses for float64 arrays as well.
DEGREES = 57.2957763671875
RADIANS = 0.01745329238474369


@dataclass(frozen=True, slots=True)
class _Rule:
    """One function of an element.

    Attributes:
        effect: what it does, for the help text.
        function: of a float tensor.
        at: an argument, for the examples.
        answer: the function there.
        ints: of int tensors, too.
        steps: piecewise constant, thus without gradient.
    """

    effect: str
    function: Callable[[Tensor], Tensor]
    at: str
    answer: str
    ints: bool = False
    steps: bool = False


def _round_half_away(data: Tensor) -> Tensor:
    whole = torch.trunc(data)
    return whole + torch.sign(data) * ((data - whole).abs() >= 0.5)


def _round_half_down(data: Tensor) -> Tensor:
    low, high = torch.floor(data), torch.ceil(data)
    return torch.where(data - low <= high - data, low, high)


def _cube_root(data: Tensor) -> Tensor:
    return torch.copysign(data.abs().pow(1 / 3), data)


def _gamma(data: Tensor) -> Tensor:
    """Compute the gamma function, whole at whole arguments; infinite at 0, NaN at the poles below."""
    size = torch.exp(torch.lgamma(data))
    floor = torch.floor(data)
    whole = data == floor
    size = torch.where(whole & (size < 2**52), torch.round(size), size)
    signed = torch.where((data < 0) & (torch.remainder(floor, 2) == 1), -size, size)
    signed = torch.where(data == 0, torch.reciprocal(data), signed)
    return torch.where(whole & (data < 0), torch.nan, signed)


def _digamma(data: Tensor) -> Tensor:
    return torch.where((data <= 0) & (data == torch.floor(data)), torch.inf, torch.digamma(data))


_RULES: dict[str, _Rule] = {
    "abs": _Rule("Take the size of each element, without its sign", torch.abs, "[-2., 3.]", "[2., 3.]", ints=True),
    "sign": _Rule("Give -1, 0 or 1 for each element's sign", torch.sign, "[-2., 0.]", "[-1.,  0.]", True, True),
    "negative": _Rule("Change each element's sign", torch.neg, "[-2., 3.]", "[ 2., -3.]", ints=True),
    "reciprocal": _Rule("Divide 1 by each element", torch.reciprocal, "[2., 4.]", "[0.5000, 0.2500]"),
    "square": _Rule("Multiply each element by itself", torch.square, "[2., 3.]", "[4., 9.]", ints=True),
    "sqrt": _Rule("Take the square root of each element", torch.sqrt, "[4., 9.]", "[2., 3.]"),
    "rsqrt": _Rule(
        "Divide 1 by the square root of each element",
        pointwise(torch.rsqrt, lambda data, out: -0.5 / (data * torch.sqrt(data))),
        "[4., 16.]",
        "[0.5000, 0.2500]",
    ),
    "cbrt": _Rule(
        "Take the cube root of each element",
        pointwise(_cube_root, lambda data, out: 1 / (3 * out * out)),
        "[8., -27.]",
        "[ 2., -3.]",
    ),
    "rcbrt": _Rule(
        "Divide 1 by the cube root of each element",
        pointwise(
            lambda data: torch.reciprocal(_cube_root(data)), lambda data, out: -1 / (3 * data * _cube_root(data))
        ),
        "[8., -64.]",
        "[ 0.5000, -0.2500]",
    ),
    "exp": _Rule("Raise e to the power of each element", torch.exp, "[0., 1.]", "[1.0000, 2.7183]"),
    "expm1": _Rule("Raise e to the power of each element, less 1", torch.expm1, "[0., 1.]", "[0.0000, 1.7183]"),
    "log": _Rule("Take the natural logarithm of each element", torch.log, "[1., 2.]", "[0.0000, 0.6931]"),
    "log2": _Rule("Take the logarithm to base 2 of each element", torch.log2, "[1., 8.]", "[0., 3.]"),
    "log10": _Rule("Take the logarithm to base 10 of each element", torch.log10, "[1., 100.]", "[0., 2.]"),
    "log1p": _Rule("Take the natural logarithm of each element plus 1", torch.log1p, "[0., 1.]", "[0.0000, 0.6931]"),
    "sin": _Rule("Take the sine of each element", torch.sin, "[0., 1.]", "[0.0000, 0.8415]"),
    "cos": _Rule("Take the cosine of each element", torch.cos, "[0., 1.]", "[1.0000, 0.5403]"),
    "tan": _Rule("Take the tangent of each element", torch.tan, "[0., 1.]", "[0.0000, 1.5574]"),
    "arcsin": _Rule("Take the inverse sine of each element", torch.asin, "[0., 1.]", "[0.0000, 1.5708]"),
    "arccos": _Rule("Take the inverse cosine of each element", torch.acos, "[0., 1.]", "[1.5708, 0.0000]"),
    "arctan": _Rule("Take the inverse tangent of each element", torch.atan, "[0., 1.]", "[0.0000, 0.7854]"),
    "sinh": _Rule("Take the hyperbolic sine of each element", torch.sinh, "[0., 1.]", "[0.0000, 1.1752]"),
    "cosh": _Rule("Take the hyperbolic cosine of each element", torch.cosh, "[0., 1.]", "[1.0000, 1.5431]"),
    "tanh": _Rule("Take the hyperbolic tangent of each element", torch.tanh, "[0., 1.]", "[0.0000, 0.7616]"),
    "arcsinh": _Rule("Take the inverse hyperbolic sine of each element", torch.asinh, "[0., 1.]", "[0.0000, 0.8814]"),
    "arccosh": _Rule("Take the inverse hyperbolic cosine of each element", torch.acosh, "[1., 2.]", "[0.0000, 1.3170]"),
    "arctanh": _Rule(
        "Take the inverse hyperbolic tangent of each element", torch.atanh, "[0., .5]", "[0.0000, 0.5493]"
    ),
    "floor": _Rule("Round each element down", torch.floor, "[-1.5, 1.5]", "[-2.,  1.]", True, True),
    "ceil": _Rule("Round each element up", torch.ceil, "[-1.5, 1.5]", "[-1.,  2.]", True, True),
    "trunc": _Rule("Round each element towards 0", torch.trunc, "[-1.5, 1.5]", "[-1.,  1.]", True, True),
    "fix": _Rule("Round each element towards 0", torch.trunc, "[-1.5, 1.5]", "[-1.,  1.]", True, True),
    "round": _Rule("Round each element, halves away from 0", _round_half_away, "[-1.5, 2.5]", "[-2.,  3.]", steps=True),
    "rint": _Rule("Round each element, halves down", _round_half_down, "[-1.5, 2.5]", "[-2.,  2.]", steps=True),
    "relu": _Rule("Put 0 for negative elements", torch.relu, "[-2., 3.]", "[0., 3.]", ints=True),
    "sigmoid": _Rule("Take ``1 / (1 + exp(-x))`` of each element", torch.sigmoid, "[0., 1.]", "[0.5000, 0.7311]"),
    "softsign": _Rule(
        "Take ``x / (1 + abs(x))`` of each element",
        pointwise(lambda data: data / (1 + data.abs()), lambda data, out: 1 / torch.square(1 + data.abs())),
        "[1., -3.]",
        "[ 0.5000, -0.7500]",
    ),
    "erf": _Rule("Take the Gauss error function of each element", torch.erf, "[0., 1.]", "[0.0000, 0.8427]"),
    "erfinv": _Rule("Invert the Gauss error function at each element", torch.erfinv, "[0., .5]", "[0.0000, 0.4769]"),
    "gamma": _Rule(
        "Take the gamma function of each element",
        pointwise(_gamma, lambda data, out: out * _digamma(data)),
        "[5., .5]",
        "[24.0000,  1.7725]",
    ),
    "gammaln": _Rule(
        "Take the logarithm of the gamma function's size at each element",
        pointwise(torch.lgamma, lambda data, out: _digamma(data)),
        "[1., 5.]",
        "[0.0000, 3.1781]",
    ),
    "degrees": _Rule("Turn radians into degrees", lambda data: data * DEGREES, "[0., 1.]", "[ 0.0000, 57.2958]"),
    "radians": _Rule("Turn degrees into radians", lambda data: data * RADIANS, "[0., 90.]", "[0.0000, 1.5708]"),
    "logical_not": _Rule(
        "Give 1 where an element is 0, else 0", lambda data: data == 0, "[-2., 0.]", "[0., 1.]", True, True
    ),
}


def _declare(name: str, rule: _Rule) -> None:
    def elementwise(data: Tensor) -> Tensor:
        return _typed(rule.function, data, rule.ints)

    elementwise.__name__ = elementwise.__qualname__ = name
    elementwise.__doc__ = f"""{rule.effect}.

    Args:
        data: ``(*)``.

    Returns:
        ``(*)`` in the dtype of ``data``.

    Examples:
        >>> import torch
        >>> {name}(torch.tensor({rule.at}))
        tensor({rule.answer})
    """
    op(name, complete=all_alike, differentiable=not rule.steps)(elementwise)


def _typed(function: Callable[[Tensor], Tensor], data: Tensor, ints: bool = False) -> Tensor:
    """Compute in the array's dtype, or in float64 for ints, and give the result in the array's."""
    result = function(data if ints or data.is_floating_point() else data.double())
    return result if result.dtype == data.dtype else result.to(data.dtype)


for _name, _rule in _RULES.items():
    _declare(_name, _rule)


@op("clip", complete=all_alike)
def clip(data: Tensor, a_min: float, a_max: float) -> Tensor:
    """Put the nearest bound for elements outside two bounds.

    The gradient passes on the bounds themselves. The upper bound wins where the lower is above it. From MXNet's
    ``clip``.

    Args:
        data: ``(*)``.
        a_min: lower bound; for int arrays cut down to an int.
        a_max: upper bound.

    Returns:
        ``(*)`` in the dtype of ``data``.

    Examples:
        >>> clip(torch.tensor([-2.0, 0.5, 2.0]), a_min=-1.0, a_max=1.0)
        tensor([-1.0000,  0.5000,  1.0000])
    """
    low, high = _bound(data, a_min), _bound(data, a_max)

    def compute(data: Tensor) -> Tensor:
        if a_min <= a_max:
            return torch.clamp(data, low, high)
        return torch.where(data > high, high, torch.where(data < low, low, data))

    return pointwise(compute, lambda data, out: ~((data > high) | (data < low)))(data)


@op("smooth_l1", complete=all_alike)
def smooth_l1(data: Tensor, scalar: float = 1.0, is_int: bool = True) -> Tensor:
    """Take half the square of small elements and the size of large ones, less a constant that joins the two.

    It is ``0.5 * (s * x) ** 2`` where ``abs(x) < 1 / s ** 2``, else ``abs(x) - 0.5 / s ** 2``: the loss of Fast R-CNN.
    From MXNet's ``smooth_l1``.

    Args:
        data: ``(*)``.
        scalar: the s.
        is_int: whether an int array stays one; if not, it becomes float64.

    Returns:
        ``(*)`` in the dtype of ``data``.

    Examples:
        >>> smooth_l1(torch.tensor([-2.0, 0.5]))
        tensor([1.5000, 0.1250])
    """
    square = scalar * scalar
    bound = 1 / square if square else math.inf

    def compute(data: Tensor) -> Tensor:
        return torch.where(data.abs() > bound, data.abs() - 0.5 * bound, 0.5 * square * data * data)

    def slope(data: Tensor, out: Tensor) -> Any:
        return torch.where(data.abs() > bound, torch.sign(data), square * data)

    if not is_int and not data.is_floating_point():
        data = data.double()
    return _typed(pointwise(compute, slope), data)


@op("hard_sigmoid", complete=all_alike)
def hard_sigmoid(data: Tensor, alpha: float = 0.2, beta: float = 0.5) -> Tensor:
    """Take ``alpha * x + beta`` of each element, held within 0 and 1.

    No gradient passes at 0 and 1 themselves. From MXNet's ``hard_sigmoid``.

    Args:
        data: ``(*)``.
        alpha: steepness.
        beta: value at 0.

    Returns:
        ``(*)`` in the dtype of ``data``.

    Examples:
        >>> hard_sigmoid(torch.tensor([-5.0, 0.0, 1.0]))
        tensor([0.0000, 0.5000, 0.7000])
    """
    slope, start = single(alpha), single(beta)
    return pointwise(
        lambda data: torch.clamp(slope * data + start, 0, 1), lambda data, out: slope * ((out > 0) & (out < 1))
    )(data)


def _bound(data: Tensor, bound: float) -> Any:
    """Bring a bound to the array's dtype."""
    if data.is_floating_point():
        return single(bound)
    limits = torch.iinfo(data.dtype)
    return int(min(max(bound, limits.min), limits.max))
