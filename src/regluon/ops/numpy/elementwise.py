"""Elementary functions of one array with numpy's rules for types.

Those that MXNet 1.x has too are computed by the same text, once the ints are floats. From MXNet's ``_npi_*`` operators.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from regluon.ops.number import single
from regluon.ops.numpy.promotion import as_float
from regluon.ops.registry import find, op
from regluon.ops.tensor.pointwise import pointwise
from regluon.ops.tensor.shapes import all_alike

__all__ = ["around", "isfinite", "isinf", "isnan", "isneginf", "isposinf", "nan_to_num"]

_OF_FLOATS = tuple(
    """
    sqrt cbrt exp expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh
    degrees radians
    """.split()  # noqa: SIM905
)
_OF_ANY = ("sign", "negative", "reciprocal", "square")
_ROUNDING = ("floor", "ceil", "trunc")


def _declare(name: str, prepare: Callable[[Tensor], Tensor], registered: str = "", like: str = "") -> None:
    """Declare a function that MXNet 1.x has under the same name, computed after a change of type."""
    known = find(like or name)

    def elementwise(x: Tensor) -> Tensor:
        return known.function(prepare(x))

    text = known.function.__doc__ or ""
    elementwise.__name__ = elementwise.__qualname__ = name
    elementwise.__doc__ = (
        text.replace(
            " in the dtype of ``data``", "; of ints, in the float type they become, if the function has fractions"
        )
        .replace("data:", "x:")
        .replace(f">>> {like or name}(", f">>> {name}(")
    )
    aliases = (registered,) if registered else ()
    op(f"_npi_{name}", *aliases, complete=all_alike, differentiable=known.differentiable)(elementwise)


def _as_numbers(data: Tensor) -> Tensor:
    """Bring bools alone to floats, which is what rounding makes of them."""
    return data.to(torch.float16) if data.dtype == torch.bool else data


for _name in _OF_FLOATS:
    _declare(_name, as_float)
for _name in _OF_ANY:
    _declare(_name, lambda data: data)
for _name in _ROUNDING:
    _declare(_name, _as_numbers)
_declare("fix", as_float)
_declare("rint", as_float)
_declare("abs", lambda data: data)
_declare("absolute", lambda data: data, like="abs")


def _declare_test(name: str, effect: str, test: Callable[[Tensor], Tensor], answer: str) -> Callable[[Tensor], Tensor]:
    def elementwise(x: Tensor) -> Tensor:
        return test(x)

    elementwise.__name__ = elementwise.__qualname__ = name
    elementwise.__doc__ = f"""Tell of each element whether it is {effect}.

    Args:
        x: ``(*)``.

    Returns:
        ``(*)`` bools.

    Examples:
        >>> import torch
        >>> {name}(torch.tensor([1.0, torch.nan, -torch.inf, torch.inf, 0.0]))
        tensor([{answer}])
    """
    op(f"_npi_{name}", complete=all_alike, differentiable=False)(elementwise)
    return elementwise


isnan = _declare_test("isnan", "NaN", torch.isnan, "False,  True, False, False, False")
isinf = _declare_test("isinf", "infinite", torch.isinf, "False, False,  True,  True, False")
isfinite = _declare_test("isfinite", "neither infinite nor NaN", torch.isfinite, " True, False, False, False,  True")
isposinf = _declare_test("isposinf", "positive infinity", lambda x: x == math.inf, "False, False, False,  True, False")
isneginf = _declare_test("isneginf", "negative infinity", lambda x: x == -math.inf, "False, False,  True, False, False")
logical_not = _declare_test("logical_not", "0", lambda x: x == 0, "False, False, False, False,  True")


@op("_npi_bitwise_not", complete=all_alike, differentiable=False)
def bitwise_not(x: Tensor) -> Tensor:
    """Turn every bit of ints round; of bools, give the opposite.

    Args:
        x: ``(*)`` ints or bools.

    Returns:
        ``(*)`` in the dtype of ``x``.

    Examples:
        >>> bitwise_not(torch.tensor([0, 5]))
        tensor([-1, -6])
    """
    return torch.bitwise_not(x)


def _round(data: Tensor, decimals: int) -> Tensor:
    scale = 10.0**decimals
    return torch.round(data * scale) / scale if decimals else torch.round(data)


@op("_npi_around", complete=all_alike, differentiable=False)
def around(x: Tensor, decimals: int = 0) -> Tensor:
    """Round each element to some decimals, halves to the even neighbour.

    Args:
        x: ``(*)``.
        decimals: how many; below 0 they count places before the point.

    Returns:
        ``(*)`` in the dtype of ``x``.

    Examples:
        >>> around(torch.tensor([1.25, -2.5]), decimals=1)
        tensor([ 1.2000, -2.5000])
    """
    if not x.is_floating_point():
        return x.clone() if decimals >= 0 else _round(x.double(), decimals).to(x.dtype)
    return _round(x, decimals)


@op("_npi_nan_to_num", complete=all_alike)
def nan_to_num(
    data: Tensor, copy: bool = True, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    """Put numbers for NaN and for the infinities; these send no gradient back.

    Args:
        data: ``(*)``.
        copy: accepted for MXNet's sake; the result is always another array.
        nan: for NaN.
        posinf: for positive infinity, the largest number of the type if None.
        neginf: for negative infinity, the lowest number of the type if None.

    Returns:
        ``(*)`` in the dtype of ``data``.

    Examples:
        >>> nan_to_num(torch.tensor([torch.nan, torch.inf, 1.0]), posinf=9.0)
        tensor([0., 9., 1.])
    """
    if not data.is_floating_point():
        return data.clone()
    limits = torch.finfo(data.dtype)
    high = limits.max if posinf is None else single(posinf)
    low = limits.min if neginf is None else single(neginf)

    def compute(data: Tensor) -> Tensor:
        return torch.nan_to_num(data, nan=single(nan), posinf=high, neginf=low)

    return pointwise(compute, lambda data, out: torch.isfinite(data))(data)
