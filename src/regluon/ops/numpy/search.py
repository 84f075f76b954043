"""Choosing, sorting and counting elements, with numpy's rules. From MXNet's ``_npi_*`` operators."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from regluon.core.dtype import torch_dtype
from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.attr import DType
from regluon.ops.numpy.promotion import together
from regluon.ops.registry import Attributes, find, op, twin
from regluon.ops.tensor.shapes import axis_of

__all__ = [
    "advanced_indexing", "argsort", "boolean_mask", "nonzero", "numpy_nonzero", "sort", "take", "unique",
    "unravel_index", "where", "where_lscalar", "where_rscalar", "where_scalar2",
]  # fmt: skip

twin("gather_nd", "_npi_gather_nd", "_npi_advanced_indexing_multiple")


@op("_npi_where")
def where(condition: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Choose elements of two arrays; all three broadcast.

    Args:
        condition: ``(*A)``; not 0 chooses ``x``.
        x: ``(*B)``.
        y: ``(*C)``.

    Returns:
        The shape of all together, in the dtype in which ``x`` and ``y`` meet.

    Examples:
        >>> where(torch.tensor([True, False]), torch.ones(2), torch.zeros(()))
        tensor([1., 0.])
    """
    try:
        return torch.where(condition != 0, *together(x, y))
    except RuntimeError:
        shapes = [tuple(one.shape) for one in (condition, x, y)]
        raise ShapeError(f"where: condition, x and y must broadcast, got shapes {shapes}") from None


@op("_npi_where_lscalar")
def where_lscalar(condition: Tensor, x: Tensor, scalar: float = 0.0) -> Tensor:
    """Choose a number, or elements of an array where the condition is not 0.

    Args:
        condition: ``(*A)``.
        x: ``(*B)``.
        scalar: the number.

    Returns:
        The shape of both together, in the dtype of ``x``.

    Examples:
        >>> where_lscalar(torch.tensor([True, False]), torch.ones(2), 5.0)
        tensor([1., 5.])
    """
    return where(condition, x, x.new_full((), scalar))


@op("_npi_where_rscalar")
def where_rscalar(condition: Tensor, y: Tensor, scalar: float = 0.0) -> Tensor:
    """Choose elements of an array, or a number where the condition is not 0.

    Args:
        condition: ``(*A)``.
        y: ``(*B)``.
        scalar: the number.

    Returns:
        The shape of both together, in the dtype of ``y``.

    Examples:
        >>> where_rscalar(torch.tensor([True, False]), torch.ones(2), 5.0)
        tensor([5., 1.])
    """
    return where(condition, y.new_full((), scalar), y)


@op("_npi_where_scalar2", differentiable=False)
def where_scalar2(condition: Tensor, x: float = 0.0, y: float = 0.0) -> Tensor:
    """Choose one of two numbers.

    Args:
        condition: ``(*)``.
        x: where it is not 0.
        y: elsewhere.

    Returns:
        ``(*)`` float32.

    Examples:
        >>> where_scalar2(torch.tensor([True, False]), 2.0, 3.0)
        tensor([2., 3.])
    """
    chosen = torch.full(condition.shape, y, dtype=torch.float32, device=condition.device)
    return chosen.masked_fill(condition != 0, x)


@op("_npi_take")
def take(a: Tensor, indices: Tensor, axis: int = 0, mode: Literal["clip", "wrap", "raise"] = "clip") -> Tensor:
    """Take slices at places along an axis.

    Args:
        a: ``(*A, N, *B)``.
        indices: ``(*C)`` places in N; below 0 they count from the end, but for ``clip``.
        axis: the axis of N.
        mode: places outside go to the ends (``clip``), around (``wrap``), or are refused (``raise``).

    Returns:
        ``(*A, *C, *B)``.

    Examples:
        >>> take(torch.tensor([5, 6, 7]), torch.tensor([[2, 0]]))
        tensor([[7, 5]])
    """
    if not a.shape[axis_of("take", axis, a.ndim)] and indices.numel():
        raise ShapeError(f"take: a must have elements along axis {axis}, got shape {tuple(a.shape)}")
    return find("take").function(a, indices, axis, mode)


@op("_npi_advanced_indexing")
def advanced_indexing(data: Tensor, indices: Tensor) -> Tensor:
    """Take slices of the first axis: what ``data[indices]`` does with an array of ints.

    Args:
        data: ``(N, *B)``.
        indices: ``(*C)`` places in N; below 0 they count from the end.

    Returns:
        ``(*C, *B)``.

    Examples:
        >>> advanced_indexing(torch.tensor([5, 6, 7]), torch.tensor([2, -3]))
        tensor([7, 5])
    """
    return data[indices.to(torch.int64)]


@op("_npi_boolean_mask")
def boolean_mask(data: Tensor, index: Tensor, axis: int = 0) -> Tensor:
    """Keep the slices that a mask names: what ``data[index]`` does with an array of bools.

    Args:
        data: ``(*A, *M, *B)``.
        index: ``(*M)``; not 0 keeps.
        axis: the first axis of M.

    Returns:
        ``(*A, K, *B)`` for K kept slices.

    Examples:
        >>> boolean_mask(torch.tensor([5, 6, 7]), torch.tensor([True, False, True]))
        tensor([5, 7])
    """
    axis = axis_of("boolean_mask", axis, data.ndim)
    if data.shape[axis : axis + index.ndim] != index.shape:
        raise ShapeError(
            f"boolean_mask: index must have the sizes of data from axis {axis} on, got {tuple(index.shape)} and "
            f"{tuple(data.shape)}"
        )
    return data[(slice(None),) * axis + (index != 0,)]


@op("_npx_nonzero", differentiable=False)
def nonzero(x: Tensor) -> Tensor:
    """Find the elements that are not 0.

    Args:
        x: ``(*)``.

    Returns:
        ``(K, axes)`` int64: the places of K elements.

    Examples:
        >>> nonzero(torch.tensor([0, 5, 6]))
        tensor([[1],
                [2]])
    """
    return torch.nonzero(x)


@op("_npi_nonzero", differentiable=False)
def numpy_nonzero(x: Tensor) -> Tensor:
    """Find the elements that are not 0.

    Args:
        x: ``(*)``.

    Returns:
        ``(K, axes)`` int64: the places of K elements.

    Examples:
        >>> numpy_nonzero(torch.tensor([0, 5, 6]))
        tensor([[1],
                [2]])
    """
    return torch.nonzero(x)


@op("_npi_sort")
def sort(data: Tensor, axis: int | None = -1, is_ascend: bool = True) -> Tensor:
    """Put elements in order.

    Args:
        data: ``(*)``.
        axis: the axis; if None, through the whole array, as one row.
        is_ascend: the least first.

    Returns:
        ``(*)``, or ``(n,)`` of all n elements.

    Examples:
        >>> sort(torch.tensor([3, 1, 2]))
        tensor([1, 2, 3])
    """
    data, axis = (data.reshape(-1), 0) if axis is None else (data, axis_of("sort", axis, data.ndim))
    return torch.sort(data, dim=axis, descending=not is_ascend, stable=True).values


@op("_npi_argsort", differentiable=False)
def argsort(data: Tensor, axis: int | None = -1, is_ascend: bool = True, dtype: DType | None = None) -> Tensor:
    """Find the places of elements in order.

    Args:
        data: ``(*)``.
        axis: the axis; if None, through the whole array, as one row.
        is_ascend: the least first.
        dtype: number type of the places; int64 if None.

    Returns:
        ``(*)``, or ``(n,)`` of all n elements.

    Examples:
        >>> argsort(torch.tensor([3, 1, 2]))
        tensor([1, 2, 0])
    """
    data, axis = (data.reshape(-1), 0) if axis is None else (data, axis_of("argsort", axis, data.ndim))
    return torch.argsort(data, dim=axis, descending=not is_ascend, stable=True).to(torch_dtype(dtype or "int64"))


def _uniques(attributes: Attributes) -> Sequence[str]:
    count = 1 + sum(attributes[name] for name in ("return_index", "return_inverse", "return_counts"))
    return ["output"] if count == 1 else [f"output{i}" for i in range(count)]


@op("_npi_unique", outputs=_uniques, differentiable=False)
def unique(
    data: Tensor,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
) -> Tensor | tuple[Tensor, ...]:
    """Find the different elements, in order.

    Args:
        data: ``(*)``.
        return_index: give the first place of each, too.
        return_inverse: give the number of each element among them, too.
        return_counts: give how often each comes, too.
        axis: compare slices of this axis; elements of the whole array if None.

    Returns:
        ``(K,)`` elements, or K slices; then what was asked for, int64.

    Examples:
        >>> unique(torch.tensor([3, 1, 3]), return_counts=True)
        (tensor([1, 3]), tensor([1, 2]))
    """
    rows = data.reshape(-1) if axis is None else data
    along = 0 if axis is None else axis_of("unique", axis, data.ndim)
    found, inverse, counts = torch.unique(rows, return_inverse=True, return_counts=True, dim=along)
    results = [found]
    if return_index:
        order = torch.argsort(inverse, stable=True)
        results.append(order[torch.cumsum(counts, 0) - counts])
    if return_inverse:
        results.append(inverse)
    if return_counts:
        results.append(counts)
    return tuple(results) if len(results) > 1 else found


@op("_npi_unravel_index", differentiable=False)
def unravel_index(data: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Turn places counted through a whole array into places along its axes.

    Args:
        data: ``(*)`` ints.
        shape: sizes of the array, of n axes.

    Returns:
        ``(n, *)`` int64.

    Examples:
        >>> unravel_index(torch.tensor([3, 4]), (2, 3))
        tensor([[1, 1],
                [0, 1]])
    """
    if data.is_floating_point():
        raise ArgumentError(f"unravel_index: data must be ints, got {data.dtype}")
    rest, places = data.to(torch.int64), []
    for size in reversed(shape):
        places.append(rest % size)
        rest = torch.div(rest, size, rounding_mode="floor")
    return torch.stack(places[::-1])
