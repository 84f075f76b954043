"""Arrays made of numbers and of the shape of others."""

from typing import Any

import numpy as onp

from regluon.core.errors import ArgumentError
from regluon.np.dispatch import create, invoke, is_array

__all__ = [
    "arange", "blackman", "eye", "full", "full_like", "hamming", "hanning", "identity", "indices", "linspace",
    "logspace", "ones", "ones_like", "tri", "tril_indices", "tril_indices_from", "triu_indices", "triu_indices_from",
    "zeros", "zeros_like",
]  # fmt: skip


def _sizes(shape: Any) -> tuple[int, ...]:
    return tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)


def _placed(device: Any, ctx: Any) -> Any:
    return device if device is not None else ctx


def _check_order(name: str, order: str) -> None:
    if order != "C":
        raise ArgumentError(f"{name}: order must be 'C', got {order!r}")


def zeros(shape: Any, dtype: Any = None, order: str = "C", device: Any = None, ctx: Any = None) -> Any:
    """Make an array of zeros.

    Args:
        shape: sizes.
        dtype: number type; float32 if None.
        order: only ``C``.
        device: where, the current device if None; also ``ctx``.
        ctx: the same.

    Examples:
        >>> import regluon as mx
        >>> mx.np.zeros((2, 2))
        array([[0., 0.],
               [0., 0.]])
    """
    _check_order("zeros", order)
    return create("_npi_zeros", shape=_sizes(shape), dtype=dtype, ctx=_placed(device, ctx))


def ones(shape: Any, dtype: Any = None, order: str = "C", device: Any = None, ctx: Any = None) -> Any:
    """Make an array of ones; arguments as for ``zeros``."""
    _check_order("ones", order)
    return create("_npi_ones", shape=_sizes(shape), dtype=dtype, ctx=_placed(device, ctx))


def full(
    shape: Any, fill_value: Any, dtype: Any = None, order: str = "C", device: Any = None, out: Any = None,
    ctx: Any = None,
) -> Any:  # fmt: skip
    """Make an array of one number; of ints as int64, of bools as bool, unless a type is given.

    Args:
        shape: sizes.
        fill_value: the number, or an array that broadcasts.
        dtype: number type.
        order: only ``C``.
        device: where, the current device if None; also ``ctx``.
        out: an array to write into.
        ctx: the same as ``device``.
    """
    _check_order("full", order)
    if is_array(fill_value):
        found = invoke("_npi_broadcast_to", fill_value, shape=_sizes(shape))
        return found if dtype is None else found.astype(dtype)
    if dtype is None:
        kinds = (("bool", (bool, onp.bool_)), ("int64", (int, onp.integer)))
        dtype = next((name for name, kind in kinds if isinstance(fill_value, kind)), None)
    return create(
        "_npi_full", shape=_sizes(shape), double_value=float(fill_value), dtype=dtype, ctx=_placed(device, ctx), out=out
    )


def full_like(
    a: Any, fill_value: Any, dtype: Any = None, order: str = "C", device: Any = None, out: Any = None, ctx: Any = None
) -> Any:
    """Make an array of one number in the shape and type of another; arguments as for ``full``."""
    _check_order("full_like", order)
    return invoke("_npi_full_like", a, fill_value=float(fill_value), dtype=dtype, ctx=_placed(device, ctx), out=out)


def zeros_like(
    a: Any, dtype: Any = None, order: str = "C", device: Any = None, out: Any = None, ctx: Any = None
) -> Any:
    """Make an array of zeros in the shape and type of another; arguments as for ``full``."""
    return full_like(a, 0, dtype, order, device, out, ctx)


def ones_like(a: Any, dtype: Any = None, order: str = "C", device: Any = None, out: Any = None, ctx: Any = None) -> Any:
    """Make an array of ones in the shape and type of another; arguments as for ``full``."""
    return full_like(a, 1, dtype, order, device, out, ctx)


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None, device: Any = None, ctx: Any = None) -> Any:
    """Count from one number up to another, in float32 unless a type is given.

    Args:
        start: the first number; where ``stop`` is None, the end, and 0 the first.
        stop: the end, excluded.
        step: the distance of neighbours.
        dtype: number type.
        device: where, the current device if None; also ``ctx``.
        ctx: the same.
    """
    if stop is None:
        start, stop = 0, start
    return create("_npi_arange", start=start, stop=stop, step=step, dtype=dtype, ctx=_placed(device, ctx))


def linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None,
    axis: int = 0, device: Any = None, ctx: Any = None,
) -> Any:  # fmt: skip
    """Divide the stretch from one number to another evenly.

    Args:
        start: the first number.
        stop: the end.
        num: how many numbers.
        endpoint: whether the end is one of them.
        retstep: give the distance of neighbours too.
        dtype: number type; float32 if None.
        axis: only 0.
        device: where, the current device if None; also ``ctx``.
        ctx: the same.
    """
    _check_axis("linspace", axis)
    found = create(
        "_npi_linspace", start_double=float(start), stop_double=float(stop), num=num, endpoint=endpoint, dtype=dtype,
        ctx=_placed(device, ctx),
    )  # fmt: skip
    if not retstep:
        return found
    return found, (stop - start) / ((num - 1 if endpoint else num) or float("nan"))


def logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: float = 10.0, dtype: Any = None, axis: int = 0,
    device: Any = None, ctx: Any = None,
) -> Any:  # fmt: skip
    """Raise a base to powers that divide a stretch evenly; arguments as for ``linspace``."""
    _check_axis("logspace", axis)
    return create(
        "_npi_logspace", start=float(start), stop=float(stop), num=num, endpoint=endpoint, base=base, dtype=dtype,
        ctx=_placed(device, ctx),
    )  # fmt: skip


def _check_axis(name: str, axis: int) -> None:
    if axis != 0:
        raise ArgumentError(f"{name}: axis must be 0, got {axis!r}")


def eye(
    N: int, M: int | None = None, k: int = 0, dtype: Any = None, device: Any = None, ctx: Any = None, **kwargs: Any
) -> Any:
    """Make a matrix of zeros with ones on a diagonal.

    Args:
        N: number of rows.
        M: number of columns; N if None.
        k: how far the diagonal lies above the main one.
        dtype: number type; float32 if None.
        device: where, the current device if None; also ``ctx``.
        ctx: the same.
        kwargs: ``order="C"``.
    """
    _check_order("eye", kwargs.get("order", "C"))
    return create("_npi_eye", N=N, M=M, k=k, dtype=dtype, ctx=_placed(device, ctx))


def identity(n: int, dtype: Any = None, device: Any = None, ctx: Any = None) -> Any:
    """Make a square matrix of zeros with ones on the main diagonal."""
    return create("_npi_identity", shape=(n, n), dtype=dtype, ctx=_placed(device, ctx))


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None, device: Any = None, ctx: Any = None) -> Any:
    """Make a matrix of ones on and below a diagonal, zeros above; arguments as for ``eye``."""
    return create("_npi_tri", N=N, M=M, k=k, dtype=dtype, ctx=_placed(device, ctx))


def indices(dimensions: Any, dtype: Any = None, device: Any = None, ctx: Any = None) -> Any:
    """Give the place of every element of an array, axis by axis, as int64."""
    return create("_npi_indices", dimensions=tuple(dimensions), dtype=dtype, ctx=_placed(device, ctx))


def tril_indices(n: int, k: int = 0, m: int | None = None) -> Any:
    """Give rows and columns of the elements on and below a diagonal of a matrix."""
    return tuple(create("_npi_tril_indices", n=n, k=k, m=m))


def triu_indices(n: int, k: int = 0, m: int | None = None, device: Any = None) -> Any:
    """Give rows and columns of the elements on and above a diagonal of a matrix."""
    above = create("_npi_tri", N=n, M=m, k=k - 1, dtype="bool", ctx=device)
    return tuple(invoke("_npi_nonzero", invoke("_npi_logical_not", above)).transpose())


def tril_indices_from(arr: Any, k: int = 0) -> Any:
    """Give rows and columns of the elements on and below a diagonal of a matrix like this one."""
    return tril_indices(arr.shape[-2], k, arr.shape[-1])


def triu_indices_from(arr: Any, k: int = 0) -> Any:
    """Give rows and columns of the elements on and above a diagonal of a matrix like this one."""
    return triu_indices(arr.shape[-2], k, arr.shape[-1])


def hanning(M: int, dtype: Any = None, device: Any = None, ctx: Any = None) -> Any:
    """Make M weights of the Hanning window."""
    return create("_npi_hanning", M=M, dtype=dtype, ctx=_placed(device, ctx))


def hamming(M: int, dtype: Any = None, device: Any = None, ctx: Any = None) -> Any:
    """Make M weights of the Hamming window."""
    return create("_npi_hamming", M=M, dtype=dtype, ctx=_placed(device, ctx))


def blackman(M: int, dtype: Any = None, device: Any = None, ctx: Any = None) -> Any:
    """Make M weights of the Blackman window."""
    return create("_npi_blackman", M=M, dtype=dtype, ctx=_placed(device, ctx))
