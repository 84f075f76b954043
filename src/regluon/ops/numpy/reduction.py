"""Reductions over axes as numpy has them: ``axis=None`` is all axes, and what remains may have no axes.

Sums and products of bools are int64, of other types their own; a mean is float32 unless a type is given. The greatest
elements share a gradient as in MXNet: each gets all of it. From MXNet's ``_npi_*`` operators.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from regluon.core.dtype import torch_dtype
from regluon.core.errors import ArgumentError
from regluon.ops.attr import DType
from regluon.ops.registry import op
from regluon.ops.tensor.place import place_of_largest, place_of_smallest
from regluon.ops.tensor.pointwise import pointwise
from regluon.ops.tensor.shapes import axes_of, axis_of

__all__ = ["argmax", "argmin", "average", "cumsum", "mean", "prod", "std", "sum", "var"]

Axes = int | tuple[int, ...] | None


def axes_or_all(who: str, data: Tensor, axis: Axes) -> tuple[int, ...]:
    """List the axes that are reduced."""
    if axis is None:
        return tuple(range(data.ndim))
    return axes_of(who, (axis,) if isinstance(axis, int) else axis, data.ndim)


def _kept(result: Tensor, axes: Sequence[int], keepdims: bool) -> Tensor:
    """Take the reduced axes, which have size 1, out, unless they are to stay."""
    if keepdims:
        return result
    for axis in sorted(axes, reverse=True):
        result = result.squeeze(axis)
    return result


def _summed(data: Tensor, dtype: DType | None) -> torch.dtype:
    if dtype is not None:
        return torch_dtype(dtype)
    return torch.int64 if data.dtype == torch.bool else data.dtype


@op("_npi_sum", "_np_sum")
def sum(
    a: Tensor, axis: Axes = None, dtype: DType | None = None, keepdims: bool = False, initial: float | None = None
) -> Tensor:
    """Add the elements along axes.

    Args:
        a: ``(*)``.
        axis: an axis, or several; all if None.
        dtype: number type of the result; that of ``a`` if None, int64 for bools.
        keepdims: keep the axes with size 1.
        initial: a number to begin with.

    Returns:
        ``(*)`` without the axes.

    Examples:
        >>> sum(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
        tensor([4., 6.])
    """
    axes = axes_or_all("sum", a, axis)
    result = torch.sum(a, axes, keepdim=keepdims, dtype=_summed(a, dtype)) if axes else a.to(_summed(a, dtype)).clone()
    return result if initial is None else result + initial


@op("_npi_prod", "_np_prod", "_np_product")
def prod(
    a: Tensor, axis: Axes = None, dtype: DType | None = None, keepdims: bool = False, initial: float | None = None
) -> Tensor:
    """Multiply the elements along axes.

    Args:
        a: ``(*)``.
        axis: an axis, or several; all if None.
        dtype: number type of the result; that of ``a`` if None, int64 for bools.
        keepdims: keep the axes with size 1.
        initial: a number to begin with.

    Returns:
        ``(*)`` without the axes.

    Examples:
        >>> prod(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
        tensor([3., 8.])
    """
    axes = axes_or_all("prod", a, axis)
    data = a.to(_summed(a, dtype))

    def multiply(data: Tensor) -> Tensor:
        for axis in axes:
            data = data.prod(axis, keepdim=True, dtype=data.dtype)
        return data if axes else data.clone()

    result = _kept(pointwise(multiply, lambda data, out: out / data)(data), axes, keepdims)
    return result if initial is None else result * initial


@op("_npi_mean")
def mean(
    a: Tensor, axis: Axes = None, dtype: DType | None = None, keepdims: bool = False, initial: float | None = None
) -> Tensor:
    """Average the elements along axes.

    Args:
        a: ``(*)``.
        axis: an axis, or several; all if None.
        dtype: number type of the result; float32 for ints if None, else that of ``a``.
        keepdims: keep the axes with size 1.
        initial: a number that the sum begins with.

    Returns:
        ``(*)`` without the axes.

    Examples:
        >>> mean(torch.tensor([[1, 2], [3, 4]]), axis=0)
        tensor([2., 3.])
    """
    kind = torch_dtype(dtype) if dtype is not None else a.dtype if a.is_floating_point() else torch.float32
    axes = axes_or_all("mean", a, axis)
    if initial is None and kind.is_floating_point:
        return torch.mean(a, axes, keepdim=keepdims, dtype=kind) if axes else a.to(kind).clone()
    total = torch.sum(a, axes, keepdim=keepdims, dtype=torch.float64) if axes else a.double()
    return ((total + (initial or 0.0)) / _count(a, axes)).to(kind)


def _count(data: Tensor, axes: Sequence[int]) -> int:
    count = 1
    for axis in axes:
        count *= data.shape[axis]
    return count


@op("_npi_var")
def var(a: Tensor, axis: Axes = None, dtype: DType | None = None, ddof: int = 0, keepdims: bool = False) -> Tensor:
    """Take the variance along axes: the mean square of the distance from the mean.

    It has a gradient, where MXNet sends zeros.

    Args:
        a: ``(*)``.
        axis: an axis, or several; all if None.
        dtype: number type of the result; that of ``a`` if None.
        ddof: taken off the number of elements that the sum of squares is divided by.
        keepdims: keep the axes with size 1.

    Returns:
        ``(*)`` without the axes.

    Examples:
        >>> var(torch.tensor([1.0, 3.0]))
        tensor(1.)
    """
    kind = a.dtype if dtype is None else torch_dtype(dtype)
    axes = axes_or_all("var", a, axis)
    data, count = a.to(kind), _count(a, axes)
    if not axes:
        return torch.zeros_like(data)
    if kind.is_floating_point:
        apart = data - data.mean(axes, keepdim=True)
        return torch.square(apart).sum(axes, keepdim=keepdims) / (count - ddof)
    # MXNet computes in the type of the result throughout, cutting down to an int at each step.
    whole = data.to(torch.int64)
    centre = torch.div(whole.sum(axes, keepdim=True), count, rounding_mode="trunc")
    total = torch.square(whole - centre).sum(axes, keepdim=keepdims)
    return torch.div(total, count - ddof, rounding_mode="trunc").to(kind)


@op("_npi_std")
def std(a: Tensor, axis: Axes = None, dtype: DType | None = None, ddof: int = 0, keepdims: bool = False) -> Tensor:
    """Take the standard deviation along axes: the square root of the variance.

    It has a gradient, where MXNet sends zeros.

    Args:
        a: ``(*)``.
        axis: an axis, or several; all if None.
        dtype: number type of the result; that of ``a`` if None.
        ddof: taken off the number of elements that the sum of squares is divided by.
        keepdims: keep the axes with size 1.

    Returns:
        ``(*)`` without the axes.

    Examples:
        >>> std(torch.tensor([1.0, 3.0]))
        tensor(1.)
    """
    kind = a.dtype if dtype is None else torch_dtype(dtype)
    return torch.sqrt(var(a, axis, dtype, ddof, keepdims)).to(kind)


def _declare_extreme(name: str, effect: str, reduce: Callable[..., Tensor], answer: str, *registered: str) -> None:
    def extreme(a: Tensor, axis: Axes = None, keepdims: bool = False, initial: float | None = None) -> Tensor:
        axes = axes_or_all(name, a, axis)
        if any(a.shape[one] == 0 for one in axes):
            if initial is None:
                raise ArgumentError(f"{name}: an array of shape {tuple(a.shape)} has no elements along axis {axis}")
            sizes = [1 if one in axes else size for one, size in enumerate(a.shape)]
            result = a.new_full(sizes, initial)
        else:
            result = pointwise(
                lambda data: reduce(data, axes, keepdim=True) if axes else data.clone(), lambda data, out: data == out
            )(a)
        if initial is not None:
            bound = result.new_full((), initial)
            result = torch.maximum(result, bound) if reduce is torch.amax else torch.minimum(result, bound)
        return _kept(result, axes, keepdims)

    extreme.__name__ = extreme.__qualname__ = name
    extreme.__doc__ = f"""{effect} along axes.

    Args:
        a: ``(*)``.
        axis: an axis, or several; all if None.
        keepdims: keep the axes with size 1.
        initial: a number that takes part.

    Returns:
        ``(*)`` without the axes.

    Examples:
        >>> import torch
        >>> {name}(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
        tensor({answer})
    """
    op(*registered)(extreme)


_declare_extreme("max", "Take the greatest element", torch.amax, "[3., 4.]", "_npi_max", "_np_max")
_declare_extreme("amax", "Take the greatest element", torch.amax, "[3., 4.]", "_npi_amax", "_np_amax")
_declare_extreme("min", "Take the least element", torch.amin, "[1., 2.]", "_npi_min", "_np_min")
_declare_extreme("amin", "Take the least element", torch.amin, "[1., 2.]", "_npi_amin", "_np_amin")


def _declare_truth(name: str, effect: str, reduce: Callable[..., Tensor], answer: str, *registered: str) -> None:
    def truth(data: Tensor, axis: Axes = None, keepdims: bool = False) -> Tensor:
        axes = axes_or_all(name, data, axis)
        found = data != 0
        for one in axes:
            found = reduce(found, dim=one, keepdim=True)
        return _kept(found, axes, keepdims)

    truth.__name__ = truth.__qualname__ = name
    truth.__doc__ = f"""Tell whether {effect} along axes is not 0.

    Args:
        data: ``(*)``.
        axis: an axis, or several; all if None.
        keepdims: keep the axes with size 1.

    Returns:
        ``(*)`` without the axes, bools.

    Examples:
        >>> import torch
        >>> {name}(torch.tensor([[1.0, 0.0], [3.0, 4.0]]), axis=0)
        tensor({answer})
    """
    op(*registered, differentiable=False)(truth)


_declare_truth("all", "every element", torch.all, "[ True, False]", "_npi_all", "_np_all")
_declare_truth("any", "some element", torch.any, "[True, True]", "_npi_any", "_np_any", "_np_sometrue")


@op("_npi_argmax", differentiable=False)
def argmax(data: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Find the place of the greatest element, the first of several.

    Args:
        data: ``(*)``.
        axis: the axis; if None, the place is counted through the whole array.
        keepdims: keep the axis with size 1.

    Returns:
        ``(*)`` without the axis, int64.

    Examples:
        >>> argmax(torch.tensor([[1.0, 5.0], [3.0, 4.0]]), axis=1)
        tensor([1, 1])
    """
    return _place("argmax", place_of_largest, data, axis, keepdims)


@op("_npi_argmin", differentiable=False)
def argmin(data: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Find the place of the least element, the first of several.

    Args:
        data: ``(*)``.
        axis: the axis; if None, the place is counted through the whole array.
        keepdims: keep the axis with size 1.

    Returns:
        ``(*)`` without the axis, int64.

    Examples:
        >>> argmin(torch.tensor([[1.0, 5.0], [3.0, 4.0]]), axis=1)
        tensor([0, 0])
    """
    return _place("argmin", place_of_smallest, data, axis, keepdims)


def _place(who: str, find: Callable[..., Tensor], data: Tensor, axis: int | None, keepdims: bool) -> Tensor:
    numbers = data.to(torch.uint8) if data.dtype == torch.bool else data
    if axis is not None:
        return find(numbers, dim=axis_of(who, axis, data.ndim), keepdim=keepdims)
    found = find(numbers.reshape(-1), dim=0)
    return found.reshape((1,) * data.ndim) if keepdims else found


@op("_npi_cumsum", "_np_cumsum")
def cumsum(a: Tensor, axis: int | None = None, dtype: DType | None = None) -> Tensor:
    """Add up the elements so far.

    Args:
        a: ``(*)``.
        axis: the axis; if None, through the whole array, as one row.
        dtype: number type of the result; that of ``a`` if None, int64 for bools.

    Returns:
        ``(*)``, or ``(n,)`` of all n elements.

    Examples:
        >>> cumsum(torch.tensor([1.0, 2.0, 3.0]))
        tensor([1., 3., 6.])
    """
    data = a.to(_summed(a, dtype))
    if axis is None:
        data, axis = data.reshape(-1), 0
    return torch.cumsum(data, axis_of("cumsum", axis, data.ndim), dtype=data.dtype)


@op(
    "_npi_average",
    outputs=lambda attributes: ("output0", "output1") if attributes["returned"] else ("output",),
    omit=lambda attributes: () if attributes["weighted"] else ("weights",),
)
def average(
    a: Tensor, weights: Tensor | None = None, axis: Axes = None, returned: bool = False, weighted: bool = True
) -> Tensor | tuple[Tensor, Tensor]:
    """Average the elements along axes, each with its weight.

    Args:
        a: ``(*)``.
        weights: ``(*)``, or one for each element of the axis.
        axis: an axis, or several; all if None.
        returned: give the sums of the weights too.
        weighted: whether there are weights.

    Returns:
        ``(*)`` without the axes.

    Examples:
        >>> average(torch.tensor([1.0, 3.0]), torch.tensor([3.0, 1.0]))
        tensor(1.5000)
    """
    axes = axes_or_all("average", a, axis)
    if weights is None or not weighted:
        found = mean(a, axis, "float64" if not a.is_floating_point() else None).to(a.dtype)  # type: ignore[arg-type]
        return (found, found.new_full((), _count(a, axes))) if returned else found
    if weights.ndim == 1 and a.ndim != 1:
        total = weights.sum()
        weights = weights.reshape([-1 if one in axes else 1 for one in range(a.ndim)])
    else:
        total = sum(weights, axis)
    found = sum(a * weights, axis) / total
    return (found, total.detach()) if returned else found
