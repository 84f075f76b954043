"""Functions of single elements, and gradients that are not the derivative."""

import math

import torch
from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.kernels.closeness import all_close
from regluon.ops.gradient import with_slope
from regluon.ops.number import single
from regluon.ops.registry import op
from regluon.ops.tensor.pointwise import pointwise
from regluon.ops.types import typed

__all__ = [
    "allclose",
    "backward_gradientmultiplier",
    "backward_quadratic",
    "div_sqrt_dim",
    "gradientmultiplier",
    "isfinite",
    "isinf",
    "isnan",
    "quadratic",
    "round_ste",
    "sign_ste",
]


@op("_contrib_div_sqrt_dim")
def div_sqrt_dim(data: Tensor) -> Tensor:
    """Divide by the root of the size of the last axis (Attention Is All You Need; MXNet, ``div_sqrt_dim``).

    Args:
        data: ``(*X)``, any shape.

    Returns:
        The shape of ``data``.

    Examples:
        >>> div_sqrt_dim(torch.tensor([2.0, 4.0, 6.0, 8.0]))
        tensor([1., 2., 3., 4.])
    """
    if data.ndim == 0:
        raise ShapeError("div_sqrt_dim: data must have an axis or more, got shape ()")
    return (data / math.sqrt(data.shape[-1])).to(data.dtype)


@op("_contrib_quadratic")
def quadratic(data: Tensor, a: float = 0.0, b: float = 0.0, c: float = 0.0) -> Tensor:
    """Compute ``a x ** 2 + b x + c`` (MXNet, ``quadratic``); of whole numbers in floats, then cut.

    Args:
        data: ``(*X)``, any shape.
        a: factor of the square.
        b: factor of x.
        c: what is added.

    Returns:
        The shape of ``data``.

    Examples:
        >>> quadratic(torch.tensor([1.0, 2.0]), 1.0, 2.0, 3.0)
        tensor([ 6., 11.])
    """
    a, b, c = single(a), single(b), single(c)
    compute = pointwise(lambda x: (x * a).add_(b).mul_(x).add_(c).to(x.dtype), lambda x, _: (x * (2 * a)).add_(b))
    return compute(data)


@op("_contrib_backward_quadratic")
def backward_quadratic(out_grad: Tensor, data: Tensor, a: float = 0.0, b: float = 0.0, c: float = 0.0) -> Tensor:
    """Compute the gradient of ``quadratic``, ``(2 a x + b) out_grad``; MXNet's own cannot be called.

    Args:
        out_grad: gradient of the output.
        data: what ``quadratic`` was applied to, of the same shape.
        a: factor of the square.
        b: factor of x.
        c: without effect.

    Returns:
        The shape of ``data``.

    Examples:
        >>> backward_quadratic(torch.ones(2), torch.tensor([1.0, 2.0]), 1.0, 2.0)
        tensor([4., 6.])
    """
    if out_grad.shape != data.shape:
        raise ShapeError(
            f"backward_quadratic: out_grad must have shape {tuple(data.shape)} as data has, got {tuple(out_grad.shape)}"
        )
    return (out_grad * (data * (2 * single(a)) + single(b))).to(data.dtype)


@op("_contrib_gradientmultiplier")
def gradientmultiplier(data: Tensor, scalar: float = 1.0, is_int: bool = True) -> Tensor:
    """Copy data; multiply their gradient by a number (MXNet, ``gradientmultiplier``).

    Args:
        data: ``(*X)``, any shape.
        scalar: the number; negative to learn the opposite.
        is_int: without effect.

    Returns:
        The shape of ``data``.

    Examples:
        >>> data = torch.ones(1, requires_grad=True)
        >>> gradientmultiplier(data, -3.0).backward()
        >>> data.grad
        tensor([-3.])
    """
    return with_slope(data.detach().clone(), data, scalar)


@op("_contrib_backward_gradientmultiplier", differentiable=False)
def backward_gradientmultiplier(data: Tensor, scalar: float = 1.0, is_int: bool = True) -> Tensor:
    """Multiply by a number: what ``gradientmultiplier`` does to gradients (MXNet, ``backward_gradientmultiplier``).

    Args:
        data: ``(*)`` any shape.
        scalar: the number.
        is_int: without effect.

    Returns:
        The shape of ``data``.

    Examples:
        >>> backward_gradientmultiplier(torch.ones(1), -3.0)
        tensor([-3.])
    """
    return data * scalar


@op("_contrib_round_ste", "_sparse__contrib_round_ste")
def round_ste(data: Tensor) -> Tensor:
    """Round halves away from 0, and pass the gradient through as if nothing was done (MXNet, ``round_ste``).

    Args:
        data: ``(*X)``, any shape.

    Returns:
        The shape of ``data``.

    Examples:
        >>> round_ste(torch.tensor([-0.5, 1.4, 2.5]))
        tensor([-1.,  1.,  3.])
    """
    given = data.detach()
    if not data.is_floating_point():
        return given.clone()
    # The float before one half: added to less than a half it stays below 1, added to a half it rounds to 1.
    below_half = 0.5 - torch.finfo(data.dtype).eps / 4
    return with_slope(given.abs().add_(below_half).floor_().copysign_(given), data)


@op("_contrib_sign_ste", "_sparse__contrib_sign_ste")
def sign_ste(data: Tensor) -> Tensor:
    """Give -1, 0 or 1, and pass the gradient through as if nothing was done (MXNet, ``sign_ste``).

    Args:
        data: ``(*X)``, any shape.

    Returns:
        The shape of ``data``.

    Examples:
        >>> sign_ste(torch.tensor([-0.5, 0.0, 2.5]))
        tensor([-1.,  0.,  1.])
    """
    return with_slope(data.detach().sign(), data)


@op("_contrib_isnan", differentiable=False)
def isnan(data: Tensor) -> Tensor:
    """Give 1 where data are not a number, else 0 (MXNet, ``isnan``).

    Args:
        data: ``(*X)``, any shape.

    Returns:
        The shape and type of ``data``.

    Examples:
        >>> isnan(torch.tensor([math.nan, math.inf, 0.0]))
        tensor([1., 0., 0.])
    """
    # In place, or a second pass makes floats of booleans.
    return data.detach().clone().ne_(data)


@op("_contrib_isinf", differentiable=False)
def isinf(data: Tensor) -> Tensor:
    """Give 1 where data are infinite, else 0 (MXNet, ``isinf``).

    Args:
        data: ``(*X)``, any shape.

    Returns:
        The shape and type of ``data``.

    Examples:
        >>> isinf(torch.tensor([math.nan, -math.inf, 0.0]))
        tensor([0., 1., 0.])
    """
    return _magnitude(data).eq_(math.inf) if data.is_floating_point() else torch.zeros_like(data)


@op("_contrib_isfinite", differentiable=False)
def isfinite(data: Tensor) -> Tensor:
    """Give 1 where data are a number and not infinite, else 0 (MXNet, ``isfinite``).

    Args:
        data: ``(*X)``, any shape.

    Returns:
        The shape and type of ``data``.

    Examples:
        >>> isfinite(torch.tensor([math.nan, -math.inf, 0.0]))
        tensor([0., 0., 1.])
    """
    return _magnitude(data).lt_(math.inf) if data.is_floating_point() else torch.ones_like(data)


@op("_contrib_allclose", types=typed(output=torch.uint8), differentiable=False)
def allclose(a: Tensor, b: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = True) -> Tensor:
    """Say whether all elements are nearly equal: ``|a - b| <= atol + rtol |b|`` (MXNet, ``allclose``).

    Args:
        a: ``(*X)``, any shape.
        b: of the same shape.
        rtol: bound relative to ``b``.
        atol: absolute bound.
        equal_nan: whether not-a-numbers are equal.

    Returns:
        1 or 0, of shape ``()`` and type uint8.

    Examples:
        >>> allclose(torch.ones(2), torch.ones(2) + 1e-6)
        tensor(1, dtype=torch.uint8)
    """
    if a.shape != b.shape:
        raise ShapeError(f"allclose: b must have the shape of a, {tuple(a.shape)}, got {tuple(b.shape)}")
    return all_close(a, b, single(rtol), single(atol), equal_nan).to(torch.uint8)


def _magnitude(data: Tensor) -> Tensor:
    # A new array, to be compared in place.
    return data.detach().abs()
