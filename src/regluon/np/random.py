"""Random arrays: ``mx.np.random``, drawn from the generator that ``mx.random.seed`` seeds."""

from collections.abc import Callable
from typing import Any

import torch

from regluon.core.errors import ArgumentError, ShapeError
from regluon.np.dispatch import create, invoke, is_array, is_number
from regluon.np.shapes import broadcast_to

__all__ = [
    "beta", "chisquare", "choice", "exponential", "f", "gamma", "gumbel", "laplace", "logistic", "lognormal",
    "multinomial", "multivariate_normal", "normal", "pareto", "permutation", "power", "rand", "randint", "randn",
    "rayleigh", "seed", "shuffle", "uniform", "weibull",
]  # fmt: skip


def seed(seed: int | None = None, device: Any = "all") -> None:  # noqa: ARG001
    """Set the seed of the generators that arrays are drawn from.

    Args:
        seed: the seed; by chance if None.
        device: accepted for MXNet's sake; every device is seeded.
    """
    if seed is None:
        torch.seed()
    else:
        torch.manual_seed(seed)


def _sizes(size: Any) -> tuple[int, ...] | None:
    return None if size is None else tuple(size) if isinstance(size, (tuple, list)) else (size,)


def draw(operator: str, size: Any, numbers: dict[str, Any], **options: Any) -> Any:
    """Call the operator of a distribution, its parameters being numbers or arrays.

    Args:
        operator: its registered name.
        size: sizes of the result.
        numbers: the parameters by name.
        options: further attributes.
    """
    arrays = [one for one in numbers.values() if is_array(one)]
    given: dict[str, Any] = {key: "None" if is_array(one) else float(one) for key, one in numbers.items()}
    if arrays:
        options.pop("ctx", None)
        return invoke(operator, *arrays, **given, size=_sizes(size), **options)
    return create(operator, **given, size=_sizes(size) or (), **options)


def uniform(
    low: Any = 0.0, high: Any = 1.0, size: Any = None, dtype: Any = None, device: Any = None, out: Any = None,
    ctx: Any = None,
) -> Any:  # fmt: skip
    """Draw numbers evenly between two bounds.

    Args:
        low: lower bound, included; a number or an array.
        high: upper bound, excluded; a number or an array.
        size: sizes of the result; those of the bounds if None.
        dtype: float type; float32 if None.
        device: where, the current device if None; also ``ctx``.
        out: an array to write into.
        ctx: the same as ``device``.
    """
    return draw("_npi_uniform", size, {"low": low, "high": high}, dtype=dtype, ctx=device or ctx, out=out)


def normal(
    loc: Any = 0.0, scale: Any = 1.0, size: Any = None, dtype: Any = None, device: Any = None, out: Any = None,
    ctx: Any = None,
) -> Any:  # fmt: skip
    """Draw from a normal distribution.

    Args:
        loc: mean; a number or an array.
        scale: standard deviation; a number or an array.
        size: sizes of the result; those of the parameters if None.
        dtype: float type; float32 if None.
        device: where, the current device if None; also ``ctx``.
        out: an array to write into.
        ctx: the same as ``device``.

    Examples:
        >>> import regluon as mx
        >>> mx.np.random.normal(0, 1, size=(2, 3)).shape
        (2, 3)
    """
    return draw("_npi_normal", size, {"loc": loc, "scale": scale}, dtype=dtype, ctx=device or ctx, out=out)


def lognormal(
    mean: Any = 0.0, sigma: Any = 1.0, size: Any = None, dtype: Any = None, device: Any = None, ctx: Any = None
) -> Any:
    """Draw numbers whose logarithms have a normal distribution; arguments as for ``normal``."""
    return invoke("_npi_exp", normal(mean, sigma, size, dtype, device, None, ctx))


def _two(name: str, text: str) -> Callable[..., Any]:
    def function(
        loc: Any = 0.0, scale: Any = 1.0, size: Any = None, device: Any = None, out: Any = None, ctx: Any = None
    ) -> Any:
        return draw(f"_npi_{name}", size, {"loc": loc, "scale": scale}, ctx=device or ctx, out=out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""Draw from a {text} distribution of a place and a scale, numbers or arrays."""
    return function


laplace = _two("laplace", "Laplace")
logistic = _two("logistic", "logistic")
gumbel = _two("gumbel", "Gumbel")


def exponential(scale: Any = 1.0, size: Any = None, device: Any = None, out: Any = None, ctx: Any = None) -> Any:
    """Draw from an exponential distribution of a mean, a number or an array."""
    return draw("_npi_exponential", size, {"scale": scale}, ctx=device or ctx, out=out)


def rayleigh(scale: Any = 1.0, size: Any = None, device: Any = None, out: Any = None, ctx: Any = None) -> Any:
    """Draw from a Rayleigh distribution of a scale, a number or an array."""
    return draw("_npi_rayleigh", size, {"scale": scale}, ctx=device or ctx, out=out)


def _one(name: str, operator: str, text: str) -> Callable[..., Any]:
    def function(a: Any, size: Any = None, device: Any = None, out: Any = None, ctx: Any = None) -> Any:
        return draw(operator, size, {"a": a}, ctx=device or ctx, out=out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""Draw from {text}, a number or an array."""
    return function


pareto = _one("pareto", "_npi_pareto", "the Pareto distribution that begins at 0, of a shape")
weibull = _one("weibull", "_npi_weibull", "a Weibull distribution of a shape")
power = _one("power", "_npi_powerd", "the distribution on [0, 1] whose density is a power, less by 1 than this")


def gamma(
    shape: Any, scale: Any = 1.0, size: Any = None, dtype: Any = None, device: Any = None, out: Any = None,
    ctx: Any = None,
) -> Any:  # fmt: skip
    """Draw from a gamma distribution of a shape and a scale, numbers or arrays."""
    return draw("_npi_gamma", size, {"shape": shape, "scale": scale}, dtype=dtype, ctx=device or ctx, out=out)


def chisquare(df: Any, size: Any = None, dtype: Any = None, device: Any = None, ctx: Any = None) -> Any:
    """Draw sums of squares of normal numbers, ``df`` of them."""
    return gamma(df / 2, 2.0, size, dtype, device, None, ctx)


def beta(a: Any, b: Any, size: Any = None, dtype: Any = None, device: Any = None, ctx: Any = None) -> Any:
    """Draw from a beta distribution of two parameters."""
    size = _common(size, a, b)
    first = gamma(a, 1.0, size, dtype, device, None, ctx)
    return first / (first + gamma(b, 1.0, size, dtype, device, None, ctx))


def f(dfnum: Any, dfden: Any, size: Any = None, device: Any = None, ctx: Any = None) -> Any:
    """Draw quotients of two chi-square numbers, each over its degrees of freedom."""
    size = _common(size, dfnum, dfden)
    above = chisquare(dfnum, size, None, device, ctx) / dfnum
    return above / (chisquare(dfden, size, None, device, ctx) / dfden)


def _common(size: Any, *parameters: Any) -> Any:
    """Return the sizes asked for, or those of the parameters together."""
    shapes = [one.shape for one in parameters if is_array(one)]
    return size if size is not None else tuple(torch.broadcast_shapes(*shapes)) if shapes else None


def rand(*size: int, **kwargs: Any) -> Any:
    """Draw numbers evenly from [0, 1); the sizes of the result are the arguments."""
    return uniform(0.0, 1.0, size, **kwargs)


def randn(*size: int, **kwargs: Any) -> Any:
    """Draw from the normal distribution of mean 0 and deviation 1; the sizes of the result are the arguments."""
    return normal(0.0, 1.0, size, **kwargs)


def randint(
    low: Any,
    high: Any = None,
    size: Any = None,
    dtype: Any = None,
    device: Any = None,
    out: Any = None,
    ctx: Any = None,
) -> Any:
    """Draw ints evenly between two bounds, as int64 unless a type is given.

    Args:
        low: lower bound, included; where ``high`` is None, the upper one, and 0 the lower.
        high: upper bound, excluded.
        size: sizes of the result.
        dtype: number type.
        device: where, the current device if None; also ``ctx``.
        out: an array to write into.
        ctx: the same as ``device``.
    """
    low, high = (0, low) if high is None else (low, high)
    options = {"shape": _sizes(size) or (), "dtype": dtype, "ctx": device or ctx, "out": out}
    return create("_npi_random_randint", low=int(low), high=int(high), **options)


def choice(
    a: Any, size: Any = None, replace: bool = True, p: Any = None, device: Any = None, out: Any = None, ctx: Any = None
) -> Any:
    """Draw elements of a row, or ints below a bound.

    Args:
        a: ``(n,)`` array, or n.
        size: sizes of the result; none if None.
        replace: whether one may come several times.
        p: ``(n,)`` chances; all alike if None.
        device: where, the current device if None; also ``ctx``.
        out: an array to write into.
        ctx: the same as ``device``.
    """
    if is_array(a) and a.ndim != 1:
        raise ShapeError(f"choice: a must have 1 axis, got shape {a.shape}")
    bound = a.shape[0] if is_array(a) else int(a)
    options: dict[str, Any] = {"size": _sizes(size) or (), "replace": replace, "a": bound}
    if p is None:
        places = create("_npi_choice", **options, ctx=device or ctx)
    elif is_array(p):
        places = invoke("_npi_choice", p, **options, weighted=True)
    else:
        raise ArgumentError(f"choice: p must be an array of chances, got {type(p).__name__}")
    found = invoke("_npi_advanced_indexing", a, places) if is_array(a) else places
    if out is None:
        return found
    out[...] = found
    return out


def shuffle(x: Any) -> None:
    """Put the slices of the first axis into a random order, in place."""
    x[...] = invoke("_npi_shuffle", x)


def permutation(x: Any) -> Any:
    """Return the slices of the first axis, or the ints below a bound, in a random order."""
    if is_number(x):
        return invoke("_npi_shuffle", create("_npi_arange", start=0, stop=int(x), dtype="int64"))
    return invoke("_npi_shuffle", x)


def multinomial(n: int, pvals: Any, size: Any = None, **kwargs: Any) -> Any:  # noqa: ARG001
    """Count how often each class comes in a number of draws, as int64.

    Args:
        n: the number of draws.
        pvals: ``(K,)`` chances.
        size: how often all is done; once if None.
        kwargs: accepted for MXNet's sake.
    """
    if is_array(pvals):
        return invoke("_npi_multinomial", pvals, n=n, size=_sizes(size))
    return create("_npi_multinomial", n=n, pvals=tuple(float(one) for one in pvals), size=_sizes(size))


def multivariate_normal(mean: Any, cov: Any, size: Any = None, check_valid: Any = None, tol: Any = None) -> Any:
    """Draw vectors from a normal distribution.

    Args:
        mean: ``(*, K)``.
        cov: ``(*, K, K)``, symmetric and positive definite.
        size: sizes before those of the parameters.
        check_valid: only None.
        tol: only None.
    """
    if check_valid is not None or tol is not None:
        raise ArgumentError("multivariate_normal: check_valid and tol must be None, as in MXNet")
    root = invoke("_npi_cholesky", cov)
    batch = torch.broadcast_shapes(mean.shape, cov.shape[:-1])
    noise = normal(0.0, 1.0, (*(_sizes(size) or ()), *batch), ctx=mean.context)
    return broadcast_to(mean, noise.shape) + (root @ noise.reshape((*noise.shape, 1))).squeeze(-1)
