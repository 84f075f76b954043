"""Numpy's own functions on these arrays: those that MXNet has numpy compute, and those called as ``numpy.sum(x)``.

They are computed by numpy on copies; no gradient flows, and while recording they are refused.
"""

import importlib
from collections.abc import Callable
from typing import Any

import numpy as onp

from regluon.core.errors import ArgumentError, MXNetError
from regluon.core.mode import mode
from regluon.nd.ndarray import NDArray
from regluon.np.numpy_array import from_numpy, ndarray

__all__ = [
    "allclose", "alltrue", "apply_along_axis", "apply_over_axes", "argpartition", "argwhere", "array_equal",
    "array_equiv", "choose", "compress", "corrcoef", "correlate", "count_nonzero", "cov", "cumprod", "digitize",
    "divmod", "extract", "float_power", "frexp", "genfromtxt", "heaviside", "histogram2d", "histogram_bin_edges",
    "histogramdd", "i0", "in1d", "intersect1d", "isclose", "isin", "ix_", "lexsort", "min_scalar_type", "modf",
    "msort", "nanargmax", "nanargmin", "nancumprod", "nancumsum", "nanmax", "nanmedian", "nanmin", "nanpercentile",
    "nanprod", "nanquantile", "nanstd", "nansum", "nanvar", "of_function", "of_ufunc", "packbits", "partition",
    "piecewise", "poly", "polyadd", "polydiv", "polyfit", "polyint", "polymul", "polysub", "promote_types", "ptp",
    "real", "roots", "searchsorted", "select", "setdiff1d", "setxor1d", "signbit", "spacing", "take_along_axis",
    "trapz", "trim_zeros", "union1d", "unpackbits", "unwrap", "vander",
]  # fmt: skip

Call = Callable[..., Any]

# What numpy itself has renamed since.
_RENAMED = {"alltrue": "all", "in1d": "isin", "trapz": "trapezoid", "msort": "sort"}
# Computed with a gradient here, under numpy's names for the operators.
_UFUNCS = {"conjugate": "positive", "left_shift": "bitwise_left_shift", "right_shift": "bitwise_right_shift"}


def _plain(value: Any) -> Any:
    if isinstance(value, NDArray):
        return value.asnumpy()
    if isinstance(value, tuple):
        return tuple(_plain(one) for one in value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return {key: _plain(one) for key, one in value.items()} if isinstance(value, dict) else value


def _wrapped(value: Any) -> Any:
    if isinstance(value, onp.ndarray) and value.dtype.kind in "biuf":
        return from_numpy(value)
    if type(value) is list:
        return [_wrapped(one) for one in value]
    return tuple(_wrapped(one) for one in value) if type(value) is tuple else value


def _compute(name: str, function: Call, args: Any, kwargs: Any) -> Any:
    if mode.recording:
        raise MXNetError(
            f"np.{name}: numpy computes it, so it has no gradient; call it outside autograd.record(), or in pause()"
        )
    return _wrapped(function(*_plain(args), **_plain(kwargs)))


def _official(name: str, of: Any = onp) -> Call:
    function = getattr(of, name, None) or getattr(of, _RENAMED.get(name, name))

    def call(*args: Any, **kwargs: Any) -> Any:
        return _compute(name, function, args, kwargs)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"""Compute numpy's ``{name}`` on copies of the arrays; no gradient flows.

    Args:
        args: as numpy has them.
        kwargs: as numpy has them.
    """
    return call


def linalg_function(name: str) -> Call:
    """Make a function of numpy's linear algebra one on these arrays."""
    return _official(name, onp.linalg)


def of_ufunc(ufunc: Any, how: str, inputs: Any, options: dict[str, Any]) -> Any:
    """Answer numpy's elementwise function of an array by ours of that name, or by numpy on copies.

    Args:
        ufunc: numpy's function.
        how: how it was called; only plain calls are answered.
        inputs: the operands.
        options: numpy's options.
    """
    if how != "__call__":
        return NotImplemented
    out = options.pop("out", (None,))
    if len(out) != 1:
        raise ArgumentError(f"{ufunc.__name__}: out must be one array, got {len(out)}")
    if isinstance(out[0], onp.ndarray):
        return ufunc(*_plain(inputs), out=out[0], **options)
    name: str = _UFUNCS.get(ufunc.__name__) or str(ufunc.__name__)
    ours = getattr(importlib.import_module("regluon.np"), name, None)
    if ours is None or name in __all__:
        return _compute(name, ufunc, inputs, options)
    like = next(one for one in inputs if isinstance(one, ndarray))
    arrays = [from_numpy(one, like) if isinstance(one, onp.ndarray) else one for one in inputs]
    return ours(*arrays, **({} if out[0] is None else {"out": out[0]}), **options)


def of_function(function: Call, args: Any, kwargs: Any) -> Any:
    """Answer numpy's function of arrays by ours of that name, or by numpy on copies.

    Args:
        function: numpy's function.
        args: its arguments.
        kwargs: its arguments by name.
    """
    module = importlib.import_module("regluon.np")
    for part in function.__module__.split(".")[1:]:
        module = getattr(module, part, module)
    ours = getattr(module, function.__name__, None)
    if ours is None or function.__name__ in __all__:
        return _compute(function.__name__, function, args, kwargs)
    return ours(*args, **kwargs)


allclose = _official("allclose")
apply_along_axis = _official("apply_along_axis")
apply_over_axes = _official("apply_over_axes")
argpartition = _official("argpartition")
argwhere = _official("argwhere")
array_equal = _official("array_equal")
array_equiv = _official("array_equiv")
choose = _official("choose")
compress = _official("compress")
corrcoef = _official("corrcoef")
correlate = _official("correlate")
count_nonzero = _official("count_nonzero")
cov = _official("cov")
cumprod = _official("cumprod")
digitize = _official("digitize")
divmod = _official("divmod")
extract = _official("extract")
float_power = _official("float_power")
frexp = _official("frexp")
heaviside = _official("heaviside")
histogram2d = _official("histogram2d")
histogram_bin_edges = _official("histogram_bin_edges")
histogramdd = _official("histogramdd")
i0 = _official("i0")
in1d = _official("in1d")
intersect1d = _official("intersect1d")
isclose = _official("isclose")
isin = _official("isin")
ix_ = _official("ix_")
lexsort = _official("lexsort")
min_scalar_type = _official("min_scalar_type")
modf = _official("modf")
msort = _official("msort")
nanargmax = _official("nanargmax")
nanargmin = _official("nanargmin")
nancumprod = _official("nancumprod")
nancumsum = _official("nancumsum")
nanmax = _official("nanmax")
nanmedian = _official("nanmedian")
nanmin = _official("nanmin")
nanpercentile = _official("nanpercentile")
nanprod = _official("nanprod")
nanquantile = _official("nanquantile")
nanstd = _official("nanstd")
nansum = _official("nansum")
nanvar = _official("nanvar")
packbits = _official("packbits")
partition = _official("partition")
piecewise = _official("piecewise")
poly = _official("poly")
polyadd = _official("polyadd")
polydiv = _official("polydiv")
polyfit = _official("polyfit")
polyint = _official("polyint")
polymul = _official("polymul")
polysub = _official("polysub")
promote_types = _official("promote_types")
ptp = _official("ptp")
real = _official("real")
roots = _official("roots")
searchsorted = _official("searchsorted")
select = _official("select")
setdiff1d = _official("setdiff1d")
setxor1d = _official("setxor1d")
signbit = _official("signbit")
spacing = _official("spacing")
take_along_axis = _official("take_along_axis")
trapz = _official("trapz")
trim_zeros = _official("trim_zeros")
union1d = _official("union1d")
unpackbits = _official("unpackbits")
unwrap = _official("unwrap")
vander = _official("vander")
alltrue = _official("alltrue")
genfromtxt = _official("genfromtxt")
