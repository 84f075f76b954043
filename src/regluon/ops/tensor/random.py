"""Random arrays, drawn from torch's global generator (``torch.manual_seed``).

The distributions are MXNet's, the sequence of numbers is torch's. From MXNet's ``_random_*`` operators.
"""

from typing import Annotated

import torch
from torch import Tensor

from regluon.core.device import as_device
from regluon.core.dtype import torch_dtype
from regluon.core.errors import ArgumentError
from regluon.ops.attr import DType, Place, Range
from regluon.ops.registry import op
from regluon.ops.tensor.shapes import all_alike

__all__ = [
    "exponential",
    "gamma",
    "generalized_negative_binomial",
    "negative_binomial",
    "normal",
    "normal_like",
    "poisson",
    "randint",
    "uniform",
    "uniform_like",
]

Sizes = tuple[int, ...]


@op("_random_uniform", "random_uniform", "uniform", differentiable=False)
def uniform(
    low: float = 0.0,
    high: float = 1.0,
    shape: Sizes = (1,),
    dtype: DType | None = None,
    ctx: Place | None = None,
) -> Tensor:
    """Draw numbers evenly between two bounds.

    Args:
        low: lower bound, included.
        high: upper bound, excluded.
        shape: sizes of the result.
        dtype: float type; None means float32.
        ctx: device, the current one if None.

    Returns:
        ``(*shape)``.

    Examples:
        >>> uniform(2.0, 3.0, shape=(4,)).floor()
        tensor([2., 2., 2., 2.])
    """
    _ordered("_random_uniform", low, high)
    return _even(shape, dtype, ctx) * (high - low) + low


@op("_random_normal", "random_normal", "normal", differentiable=False)
def normal(
    loc: float = 0.0,
    scale: Annotated[float, Range(0)] = 1.0,
    shape: Sizes = (1,),
    dtype: DType | None = None,
    ctx: Place | None = None,
) -> Tensor:
    """Draw from a normal distribution.

    Args:
        loc: its mean.
        scale: its standard deviation.
        shape: sizes of the result.
        dtype: float type; None means float32.
        ctx: device, the current one if None.

    Returns:
        ``(*shape)``.

    Examples:
        >>> normal(5.0, 0.0, shape=(2,))
        tensor([5., 5.])
    """
    return torch.randn(shape, dtype=torch_dtype(dtype or "float32"), device=as_device(ctx).torch) * scale + loc


@op("_random_gamma", "random_gamma", differentiable=False)
def gamma(
    alpha: Annotated[float, Range(0)] = 1.0,
    beta: Annotated[float, Range(0)] = 1.0,
    shape: Sizes = (1,),
    dtype: DType | None = None,
    ctx: Place | None = None,
) -> Tensor:
    """Draw from a gamma distribution, of mean ``alpha * beta``.

    Args:
        alpha: shape of the distribution.
        beta: its scale.
        shape: sizes of the result.
        dtype: float type; None means float32.
        ctx: device, the current one if None.

    Returns:
        ``(*shape)``.

    Examples:
        >>> gamma(2.0, 0.0, shape=(2,))
        tensor([0., 0.])
    """
    return (_gamma(shape, alpha, ctx) * beta).to(torch_dtype(dtype or "float32"))


@op("_random_exponential", "random_exponential", differentiable=False)
def exponential(
    lam: Annotated[float, Range(0)] = 1.0,
    shape: Sizes = (1,),
    dtype: DType | None = None,
    ctx: Place | None = None,
) -> Tensor:
    """Draw from an exponential distribution, of mean ``1 / lam``.

    Args:
        lam: its rate.
        shape: sizes of the result.
        dtype: float type; None means float32.
        ctx: device, the current one if None.

    Returns:
        ``(*shape)``.

    Examples:
        >>> bool((exponential(0.5, shape=(8,)) >= 0).all())
        True
    """
    return -torch.log1p(-_even(shape, dtype, ctx)) / lam


@op("_random_poisson", "random_poisson", differentiable=False)
def poisson(
    lam: Annotated[float, Range(0)] = 1.0,
    shape: Sizes = (1,),
    dtype: DType | None = None,
    ctx: Place | None = None,
) -> Tensor:
    """Draw from a Poisson distribution.

    Args:
        lam: its mean.
        shape: sizes of the result.
        dtype: float type; None means float32.
        ctx: device, the current one if None.

    Returns:
        ``(*shape)``.

    Examples:
        >>> poisson(0.0, shape=(2,))
        tensor([0., 0.])
    """
    return _counts(torch.full(shape, lam, device=as_device(ctx).torch), dtype)


@op("_random_negative_binomial", "random_negative_binomial", differentiable=False)
def negative_binomial(
    k: Annotated[int, Range(0)] = 1,
    p: Annotated[float, Range(0, 1)] = 1.0,
    shape: Sizes = (1,),
    dtype: DType | None = None,
    ctx: Place | None = None,
) -> Tensor:
    """Draw how many trials fail before ``k`` succeed.

    Args:
        k: number of successes.
        p: chance of success.
        shape: sizes of the result.
        dtype: float type; None means float32.
        ctx: device, the current one if None.

    Returns:
        ``(*shape)``.

    Examples:
        >>> negative_binomial(3, 1.0, shape=(2,))
        tensor([0., 0.])
    """
    odds = (1 - p) / p if p else torch.inf
    return _counts(_gamma(shape, float(k), ctx) * odds, dtype)


@op("_random_generalized_negative_binomial", "random_generalized_negative_binomial", differentiable=False)
def generalized_negative_binomial(
    mu: Annotated[float, Range(0)] = 1.0,
    alpha: Annotated[float, Range(0)] = 1.0,
    shape: Sizes = (1,),
    dtype: DType | None = None,
    ctx: Place | None = None,
) -> Tensor:
    """Draw from a negative binomial distribution given by its mean and dispersion.

    Args:
        mu: its mean.
        alpha: its dispersion; the variance is ``mu + alpha * mu ** 2``.
        shape: sizes of the result.
        dtype: float type; None means float32.
        ctx: device, the current one if None.

    Returns:
        ``(*shape)``.

    Examples:
        >>> generalized_negative_binomial(0.0, 1.0, shape=(2,))
        tensor([0., 0.])
    """
    if alpha == 0:
        return _counts(torch.full(shape, mu, device=as_device(ctx).torch), dtype)
    return _counts(_gamma(shape, 1 / alpha, ctx) * (mu * alpha), dtype)


@op("_random_randint", "random_randint", differentiable=False)
def randint(low: int, high: int, shape: Sizes = (1,), dtype: DType | None = None, ctx: Place | None = None) -> Tensor:
    """Draw ints evenly between two bounds.

    Args:
        low: lower bound, included.
        high: upper bound, excluded.
        shape: sizes of the result.
        dtype: int type; None means int32.
        ctx: device, the current one if None.

    Returns:
        ``(*shape)``.

    Examples:
        >>> randint(3, 4, shape=(2,))
        tensor([3, 3], dtype=torch.int32)
    """
    if low >= high:
        raise ArgumentError(f"_random_randint: low must be below high, got {low} and {high}")
    return torch.randint(low, high, shape, dtype=torch_dtype(dtype or "int32"), device=as_device(ctx).torch)


@op("_random_uniform_like", complete=all_alike, differentiable=False)
def uniform_like(data: Tensor, low: float = 0.0, high: float = 1.0) -> Tensor:
    """Draw numbers evenly between two bounds, as many as an array has.

    Args:
        data: ``(*)`` floats.
        low: lower bound, included.
        high: upper bound, excluded.

    Returns:
        ``(*)`` in the dtype of ``data``.

    Examples:
        >>> uniform_like(torch.zeros(2), 2.0, 3.0).floor()
        tensor([2., 2.])
    """
    _ordered("_random_uniform_like", low, high)
    return torch.rand_like(data) * (high - low) + low


@op("_random_normal_like", complete=all_alike, differentiable=False)
def normal_like(data: Tensor, loc: float = 0.0, scale: Annotated[float, Range(0)] = 1.0) -> Tensor:
    """Draw from a normal distribution, as many as an array has.

    Args:
        data: ``(*)`` floats.
        loc: its mean.
        scale: its standard deviation.

    Returns:
        ``(*)`` in the dtype of ``data``.

    Examples:
        >>> normal_like(torch.zeros(2), 5.0, 0.0)
        tensor([5., 5.])
    """
    return torch.randn_like(data) * scale + loc


def _ordered(who: str, low: float, high: float) -> None:
    if low > high:
        raise ArgumentError(f"{who}: low must be at most high, got {low} and {high}")


def _even(shape: Sizes, dtype: str | None, ctx: Place | None) -> Tensor:
    return torch.rand(shape, dtype=torch_dtype(dtype or "float32"), device=as_device(ctx).torch)


def _gamma(shape: Sizes, alpha: float, ctx: Place | None) -> Tensor:
    """Draw from a gamma distribution of scale 1; all zeros for ``alpha`` 0."""
    concentration = torch.full(shape, alpha, device=as_device(ctx).torch)
    return torch._standard_gamma(concentration)  # pyright: ignore[reportPrivateImportUsage]


def _counts(means: Tensor, dtype: str | None) -> Tensor:
    return torch.poisson(means).to(torch_dtype(dtype or "float32"))
