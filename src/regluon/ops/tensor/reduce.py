"""Reductions over axes.

``axis=None`` and ``axis=()`` mean all axes; a reduction over all of them has shape ``(1,)``, as MXNet 1.x has no arrays
without axes. ``exclude`` reduces over the axes not named. Gradients are MXNet's: every element that equals the maximum
gets all of it, and the gradient of a product is the product divided by the element, NaN at 0.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from regluon.core.dtype import torch_dtype
from regluon.core.errors import ArgumentError
from regluon.ops.attr import DType
from regluon.ops.registry import op
from regluon.ops.tensor.place import place_of_largest, place_of_smallest
from regluon.ops.tensor.pointwise import pointwise
from regluon.ops.tensor.shapes import axes_of, axis_of

__all__ = ["argmax", "argmax_channel", "argmin", "norm"]

Reduction = Callable[[Tensor, tuple[int, ...]], Tensor]


@dataclass(frozen=True, slots=True)
class _Rule:
    """One reduction: ``function`` keeps the reduced axes with size 1; ``answer`` is that of ``[[1, 2], [3, 4]]``."""

    effect: str
    function: Reduction
    answer: str
    aliases: tuple[str, ...] = ()


def _sum(data: Tensor, axes: tuple[int, ...]) -> Tensor:
    return data.sum(axes, keepdim=True, dtype=data.dtype)


def _mean(data: Tensor, axes: tuple[int, ...]) -> Tensor:
    if data.is_floating_point():
        return data.mean(axes, keepdim=True)
    # The sum wraps around in the array's own type before it is divided.
    return torch.div(_sum(data, axes), _count(data, axes), rounding_mode="trunc")


def _count(data: Tensor, axes: tuple[int, ...]) -> int:
    count = 1
    for axis in axes:
        count *= data.shape[axis]
    return count


def _prod(data: Tensor, axes: tuple[int, ...]) -> Tensor:
    def multiply(data: Tensor) -> Tensor:
        for axis in axes:
            data = data.prod(axis, keepdim=True, dtype=data.dtype)
        return data

    return pointwise(multiply, lambda data, out: out / data)(data)


def _nansum(data: Tensor, axes: tuple[int, ...]) -> Tensor:
    return _sum(torch.where(data.isnan(), torch.zeros_like(data), data), axes)


def _nanprod(data: Tensor, axes: tuple[int, ...]) -> Tensor:
    def multiply(data: Tensor) -> Tensor:
        return _prod(torch.where(data.isnan(), torch.ones_like(data), data), axes)

    return pointwise(multiply, lambda data, out: torch.where(data.isnan(), 0, out / data))(data)


def _max(data: Tensor, axes: tuple[int, ...]) -> Tensor:
    return pointwise(lambda data: data.amax(axes, keepdim=True), lambda data, out: data == out)(data)


def _min(data: Tensor, axes: tuple[int, ...]) -> Tensor:
    return pointwise(lambda data: data.amin(axes, keepdim=True), lambda data, out: data == out)(data)


_RULES: dict[str, _Rule] = {
    "sum": _Rule("Add up elements", _sum, "[3., 7.]", ("sum_axis",)),
    "mean": _Rule("Average elements", _mean, "[1.5000, 3.5000]"),
    "prod": _Rule("Multiply elements", _prod, "[ 2., 12.]"),
    "max": _Rule("Take the largest element", _max, "[2., 4.]", ("max_axis",)),
    "min": _Rule("Take the smallest element", _min, "[1., 3.]", ("min_axis",)),
    "nansum": _Rule("Add up elements, without those that are NaN", _nansum, "[3., 7.]"),
    "nanprod": _Rule("Multiply elements, without those that are NaN", _nanprod, "[ 2., 12.]"),
}


def _declare(name: str, rule: _Rule) -> None:
    def reduction(
        data: Tensor, axis: tuple[int, ...] | None = None, keepdims: bool = False, exclude: bool = False
    ) -> Tensor:
        axes = _reduced(name, data, axis, exclude)
        if not axes:  # all are excluded, and torch would take none to mean all
            return rule.function(data.unsqueeze(-1), (-1,)).squeeze(-1)
        return _without(rule.function(data, axes), axes, keepdims)

    reduction.__name__ = reduction.__qualname__ = name
    reduction.__doc__ = f"""{rule.effect} along axes.

    Args:
        data: ``(*)``.
        axis: the axes; all if None or none.
        keepdims: keep them with size 1.
        exclude: reduce along the other axes instead.

    Returns:
        The remaining axes in the dtype of ``data``; ``(1,)`` if none remains.

    Examples:
        >>> import torch
        >>> {name}(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), axis=(1,))
        tensor({rule.answer})
    """
    op(name, *rule.aliases)(reduction)


def _reduced(who: str, data: Tensor, axis: tuple[int, ...] | None, exclude: bool = False) -> tuple[int, ...]:
    """Name the axes to reduce along."""
    if not axis:
        return tuple(range(data.ndim))
    named = axes_of(who, axis, data.ndim)
    return tuple([one for one in range(data.ndim) if one not in named]) if exclude else named


def _without(kept: Tensor, axes: tuple[int, ...], keepdims: bool) -> Tensor:
    """Take the reduced axes out, but never all."""
    if keepdims:
        return kept
    return kept.squeeze(axes) if len(axes) < kept.ndim else kept.reshape(1)


for _name, _rule in _RULES.items():
    _declare(_name, _rule)


@op("norm")
def norm(
    data: Tensor,
    ord: Literal[1, 2] = 2,
    axis: tuple[int, ...] | None = None,
    out_dtype: DType | None = None,
    keepdims: bool = False,
) -> Tensor:
    """Take the norm of elements along axes: the sum of sizes or the root of the sum of squares.

    The gradient at a norm of 0 is NaN for ``ord=2``. From MXNet's ``norm``.

    Args:
        data: ``(*)``.
        ord: which norm.
        axis: the axes; all if None.
        out_dtype: dtype of the result, that of ``data`` if None.
        keepdims: keep the axes with size 1.

    Returns:
        The remaining axes; ``(1,)`` if none remains.

    Examples:
        >>> norm(torch.tensor([[3.0, 4.0], [0.0, 2.0]]), axis=(1,))
        tensor([5., 2.])
    """
    axes = _reduced("norm", data, axis)
    if ord == 1:
        found = _sum(data.abs(), axes)
    else:
        found = pointwise(
            lambda data: _root_of_squares(data, axes), lambda data, out: data / out
        )(data)  # fmt: skip
    found = found if out_dtype is None else found.to(torch_dtype(out_dtype))
    return _without(found, axes, keepdims)


def _root_of_squares(data: Tensor, axes: tuple[int, ...]) -> Tensor:
    if data.is_floating_point():
        return torch.linalg.vector_norm(data, 2, axes, keepdim=True)
    return torch.sqrt(data.double().square().sum(axes, keepdim=True)).to(data.dtype)


@op("argmax", differentiable=False)
def argmax(data: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Say where the largest element is; the first of several.

    Args:
        data: ``(*)``.
        axis: along which axis; None counts elements in their order.
        keepdims: keep the axis with size 1.

    Returns:
        The places, in the dtype of ``data``; ``(1,)`` if no axis remains.

    Examples:
        >>> argmax(torch.tensor([[1.0, 3.0, 3.0], [5.0, 4.0, 0.0]]), axis=1)
        tensor([1., 0.])
    """
    return _place("argmax", place_of_largest, data, axis, keepdims)


@op("argmin", differentiable=False)
def argmin(data: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Say where the smallest element is; the first of several.

    Args:
        data: ``(*)``.
        axis: along which axis; None counts elements in their order.
        keepdims: keep the axis with size 1.

    Returns:
        The places, in the dtype of ``data``; ``(1,)`` if no axis remains.

    Examples:
        >>> argmin(torch.tensor([[1.0, 3.0, 3.0], [5.0, 4.0, 0.0]]), axis=1)
        tensor([0., 2.])
    """
    return _place("argmin", place_of_smallest, data, axis, keepdims)


@op("argmax_channel", differentiable=False)
def argmax_channel(data: Tensor) -> Tensor:
    """Say where the largest element of the second axis is; the first of several.

    Args:
        data: ``(B, C, *)``.

    Returns:
        ``(B, *)`` places in the dtype of ``data``.

    Examples:
        >>> argmax_channel(torch.tensor([[1.0, 3.0], [5.0, 4.0]]))
        tensor([1., 0.])
    """
    return _place("argmax_channel", place_of_largest, data, 1, keepdims=False)


def _place(who: str, find: Callable[..., Tensor], data: Tensor, axis: int | None, keepdims: bool) -> Tensor:
    if data.dtype == torch.bool:
        raise ArgumentError(f"{who}: data must be numbers, got bools; cast them")
    if axis is None:
        found = find(data.reshape(-1), 0).reshape((1,) * (data.ndim if keepdims else 1))
    else:
        found = find(data, axis_of(who, axis, data.ndim), keepdim=keepdims)
        found = found if found.ndim else found.reshape(1)
    return found.to(data.dtype)
