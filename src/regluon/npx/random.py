"""Random arrays beyond numpy's: ``mx.npx.random``."""

from typing import Any

from regluon.core.errors import ArgumentError
from regluon.np.dispatch import create, invoke, is_array
from regluon.np.random import draw, seed

__all__ = ["bernoulli", "categorical", "normal_n", "seed", "uniform_n"]


def bernoulli(
    prob: Any = None, logit: Any = None, size: Any = None, dtype: Any = None, device: Any = None, out: Any = None,
    ctx: Any = None,
) -> Any:  # fmt: skip
    """Draw 1 with a given chance, else 0.

    Args:
        prob: the chance; a number or an array.
        logit: its log-odds instead.
        size: sizes of the result; those of the parameter if None.
        dtype: number type; float32 if None.
        device: where, the current device if None; also ``ctx``.
        out: an array to write into.
        ctx: the same as ``device``.
    """
    if (prob is None) == (logit is None):
        raise ArgumentError("bernoulli: one of prob and logit must be given, got both or none")
    name, given = ("prob", prob) if logit is None else ("logit", logit)
    sizes = None if size is None else tuple(size) if isinstance(size, (tuple, list)) else (size,)
    options = {"size": sizes, "dtype": dtype, "is_logit": logit is not None, "out": out}
    if is_array(given):
        return invoke("_npi_bernoulli", given, **options)
    return create("_npi_bernoulli", **{name: float(given)}, **{**options, "size": sizes or ()}, ctx=device or ctx)


def categorical(data: Any, shape: Any = (), get_prob: bool = False, dtype: Any = "int32") -> Any:
    """Draw classes by their chances.

    Args:
        data: ``(*A, K)`` chances of K classes.
        shape: S, sizes of what is drawn for each row.
        get_prob: give the logarithms of the drawn classes' chances too.
        dtype: number type of the classes.
    """
    return invoke("_npx__random_categorical", data, shape=shape, get_prob=get_prob, dtype=dtype)


def uniform_n(low: Any = 0.0, high: Any = 1.0, batch_shape: Any = None, dtype: Any = None, device: Any = None) -> Any:
    """Draw numbers evenly between bounds, a batch for each pair of them.

    Args:
        low: lower bounds, a number or an array.
        high: upper bounds.
        batch_shape: sizes before those of the bounds.
        dtype: float type; float32 if None.
        device: where, the current device if None.
    """
    return draw("_npi_uniform_n", batch_shape, {"low": low, "high": high}, dtype=dtype, ctx=device)


def normal_n(loc: Any = 0.0, scale: Any = 1.0, batch_shape: Any = None, dtype: Any = None, device: Any = None) -> Any:
    """Draw from normal distributions, a batch for each pair of parameters.

    Args:
        loc: means, a number or an array.
        scale: standard deviations.
        batch_shape: sizes before those of the parameters.
        dtype: float type; float32 if None.
        device: where, the current device if None.
    """
    return draw("_npi_normal_n", batch_shape, {"loc": loc, "scale": scale}, dtype=dtype, ctx=device)
