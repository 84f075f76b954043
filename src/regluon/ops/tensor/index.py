"""Elements picked and placed by index.

Indices may be of any number type; floats are cut down to ints. Where an operator checks nothing, indices are clipped to
their axis. From MXNet's operators of these names.
"""

from typing import Annotated, Literal

import torch
from torch import Tensor

from regluon.core.dtype import torch_dtype
from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.attr import FLOAT32, DType, Range
from regluon.ops.registry import Attributes, Shapes, op
from regluon.ops.tensor.shapes import axis_of
from regluon.ops.types import typed

__all__ = [
    "batch_take",
    "embedding",
    "gather_nd",
    "one_hot",
    "pick",
    "ravel_multi_index",
    "scatter_nd",
    "take",
    "unravel_index",
    "where",
]


@op("pick", "choose_element_0index")
def pick(
    data: Tensor, index: Tensor, axis: int | None = -1, keepdims: bool = False, mode: Literal["clip", "wrap"] = "clip"
) -> Tensor:
    """Pick one element along an axis at every place of the other axes.

    Args:
        data: ``(*A, N, *B)``.
        index: ``(*A, *B)`` or ``(*A, 1, *B)``, which element.
        axis: the axis of size N.
        keepdims: keep the axis with size 1.
        mode: whether an index outside the axis is clipped or counted round.

    Returns:
        ``(*A, *B)``.

    Examples:
        >>> pick(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([0.0, 1.0]))
        tensor([1., 4.])
    """
    if axis is None:
        raise ArgumentError("pick: axis must be an int, got None")
    axis = axis_of("pick", axis, data.ndim)
    kept = (*data.shape[:axis], 1, *data.shape[axis + 1 :])
    if tuple(index.shape) not in (kept, (*data.shape[:axis], *data.shape[axis + 1 :])):
        raise ShapeError(f"pick: index must have shape {kept}, or that without the 1, got {tuple(index.shape)}")
    found = data.gather(axis, _within(index, data.shape[axis], mode).reshape(kept))
    return found if keepdims or data.ndim == 1 else found.squeeze(axis)


@op("take")
def take(a: Tensor, indices: Tensor, axis: int = 0, mode: Literal["clip", "wrap", "raise"] = "clip") -> Tensor:
    """Take slices along an axis.

    Args:
        a: ``(*A, N, *B)``.
        indices: ``(*I)``, which slices.
        axis: the axis of size N.
        mode: whether an index outside the axis is clipped, counted round, or an IndexError (on a GPU, torch's own
            failure).

    Returns:
        ``(*A, *I, *B)``.

    Examples:
        >>> take(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([2.0, 0.0, 7.0]))
        tensor([3., 1., 3.])
    """
    axis = axis_of("take", axis, a.ndim)
    places = _within(indices, a.shape[axis], mode)
    found = a.index_select(axis, places.reshape(-1))
    return found.reshape((*a.shape[:axis], *indices.shape, *a.shape[axis + 1 :]))


@op("batch_take", types=typed(indices=torch.int32))
def batch_take(a: Tensor, indices: Tensor) -> Tensor:
    """Pick one element of every row.

    Args:
        a: ``(*A, N)``.
        indices: ``(*A)`` ints, clipped.

    Returns:
        ``(*A)``.

    Examples:
        >>> batch_take(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([1, 0]))
        tensor([2., 3.])
    """
    if indices.is_floating_point() or indices.numel() * a.shape[-1] != a.numel():
        raise ShapeError(
            f"batch_take: indices must be ints of shape {tuple(a.shape[:-1])}, "
            f"got {indices.dtype} of shape {tuple(indices.shape)}"
        )
    rows = a.reshape(-1, a.shape[-1])
    found = rows.gather(1, _within(indices, a.shape[-1], "clip").reshape(-1, 1))
    return found.reshape(indices.shape)


@op("gather_nd")
def gather_nd(data: Tensor, indices: Tensor) -> Tensor:
    """Gather elements or blocks by the indices of their first axes.

    Args:
        data: ``(*M, *D)`` with m axes in M.
        indices: ``(m, *I)``; negative ones count from the end. One outside its axis is an IndexError.

    Returns:
        ``(*I, *D)``.

    Examples:
        >>> gather_nd(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[0, 1], [1, -1]]))
        tensor([2., 4.])
    """
    if indices.ndim < 2 or indices.shape[0] > data.ndim:
        raise ShapeError(f"gather_nd: indices must be (at most {data.ndim}, *I), got shape {tuple(indices.shape)}")
    return data[_places(indices)]


@op("scatter_nd")
def scatter_nd(data: Tensor, indices: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Place elements or blocks by the indices of their first axes into zeros.

    Of several for one place one remains, on a CPU the last.

    Args:
        data: ``(*I, *D)``.
        indices: ``(m, *I)``.
        shape: ``(*M, *D)``, the shape of the result, with m axes in M.

    Returns:
        An array of this shape.

    Examples:
        >>> scatter_nd(torch.tensor([5.0, 6.0]), torch.tensor([[0, 1], [1, 0]]), shape=(2, 2))
        tensor([[0., 5.],
                [6., 0.]])
    """
    count = indices.shape[0]
    if indices.ndim < 2 or count > len(shape) or tuple(data.shape) != (*indices.shape[1:], *shape[count:]):
        raise ShapeError(
            f"scatter_nd: data, indices and shape must be (*I, *D), (m, *I) and (*M, *D), "
            f"got {tuple(data.shape)}, {tuple(indices.shape)} and {shape}"
        )
    return data.new_zeros(shape).index_put(_places(indices), data)


@op("one_hot", differentiable=False)
def one_hot(
    indices: Tensor,
    depth: int,
    on_value: float = 1.0,
    off_value: float = 0.0,
    dtype: DType = FLOAT32,
) -> Tensor:
    """Put one value at an index and another everywhere else.

    Args:
        indices: ``(*)``; one outside the new axis is nowhere.
        depth: N, size of the new last axis.
        on_value: the one.
        off_value: the other.
        dtype: dtype of the result.

    Returns:
        ``(*, N)``.

    Examples:
        >>> one_hot(torch.tensor([1.0, 0.0]), depth=3)
        tensor([[0., 1., 0.],
                [1., 0., 0.]])
    """
    kind = torch_dtype(dtype)
    if kind in (torch.float32, torch.float64) and (on_value, off_value) == (1, 0):
        given = (indices.trunc() if indices.is_floating_point() else indices).to(kind).unsqueeze(-1)
        places = torch.arange(depth, dtype=kind, device=indices.device)
        # Straight into floats: booleans would take a second pass.
        return torch.eq(given, places, out=torch.empty(*indices.shape, depth, dtype=kind, device=indices.device))
    places = torch.arange(depth, device=indices.device)
    on, off = (torch.full((), value, dtype=kind, device=indices.device) for value in (on_value, off_value))
    return torch.where(_whole(indices).unsqueeze(-1) == places, on, off)


def _two_alike(shapes: Shapes, attributes: Attributes) -> Shapes:
    """Give ``x`` and ``y`` of ``where`` each other's shape."""
    known = shapes["x"] or shapes["y"]
    return {**shapes, "x": known, "y": known}


@op("where", complete=_two_alike, types=typed(condition=None))
def where(condition: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Choose between two arrays, element by element or row by row.

    Args:
        condition: ``(N, *)``, or ``(N,)`` to choose rows; where it is not 0, ``x`` is chosen.
        x: ``(N, *)``.
        y: ``(N, *)`` of the same dtype.

    Returns:
        ``(N, *)``.

    Examples:
        >>> where(torch.tensor([1.0, 0.0]), torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
        tensor([1., 4.])
    """
    if x.shape != y.shape or x.dtype != y.dtype:
        raise ShapeError(
            f"where: x and y must have one shape and dtype, "
            f"got {x.dtype} of shape {tuple(x.shape)} and {y.dtype} of shape {tuple(y.shape)}"
        )
    if condition.shape != x.shape:
        if tuple(condition.shape) != (x.shape[0],):
            raise ShapeError(
                f"where: condition must have shape {tuple(x.shape)} or {(x.shape[0],)}, got {tuple(condition.shape)}"
            )
        condition = condition.reshape(-1, *[1] * (x.ndim - 1))
    return torch.where(condition != 0, x, y)


def _embedding_shapes(shapes: Shapes, attributes: Attributes) -> Shapes:
    return {**shapes, "weight": (attributes["input_dim"], attributes["output_dim"])}


@op("Embedding", complete=_embedding_shapes)
def embedding(
    data: Tensor,
    weight: Tensor,
    input_dim: Annotated[int, Range(1)],
    output_dim: Annotated[int, Range(1)],
    dtype: DType = FLOAT32,
    sparse_grad: bool = False,
) -> Tensor:
    """Look rows up in a table.

    Args:
        data: ``(*)`` indices, clipped; no gradient reaches them.
        weight: ``(input_dim, output_dim)``, the table.
        input_dim: number of rows.
        output_dim: size of a row.
        dtype: ignored: the result has the table's.
        sparse_grad: ignored: gradients are dense.

    Returns:
        ``(*, output_dim)``.

    Examples:
        >>> embedding(torch.tensor([1.0]), torch.tensor([[1.0, 2.0], [3.0, 4.0]]), input_dim=2, output_dim=2)
        tensor([[3., 4.]])
    """
    if tuple(weight.shape) != (input_dim, output_dim):
        raise ShapeError(f"Embedding: weight must have shape {(input_dim, output_dim)}, got {tuple(weight.shape)}")
    return torch.nn.functional.embedding(_within(data, input_dim, "clip"), weight)


@op("_ravel_multi_index", "ravel_multi_index", differentiable=False)
def ravel_multi_index(data: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Number elements in their order from their indices on each axis.

    Args:
        data: ``(n, N)`` indices.
        shape: n sizes; the first may be -1.

    Returns:
        ``(N,)`` numbers in the dtype of ``data``.

    Examples:
        >>> ravel_multi_index(torch.tensor([[0.0, 2.0], [1.0, 3.0]]), shape=(3, 4))
        tensor([ 1., 11.])
    """
    if data.ndim != 2 or data.shape[0] != len(shape):
        raise ShapeError(f"_ravel_multi_index: data must be ({len(shape)}, N), got shape {tuple(data.shape)}")
    total = _whole(data[0])
    for row, size in zip(data[1:].unbind(0), shape[1:], strict=True):
        total = total * size + _whole(row)
    return total.to(data.dtype)


@op("_unravel_index", "unravel_index", differentiable=False)
def unravel_index(data: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Find the index on each axis of elements numbered in their order.

    Args:
        data: ``(N,)`` numbers.
        shape: n sizes; the first may be -1.

    Returns:
        ``(n, N)`` indices in the dtype of ``data``.

    Examples:
        >>> unravel_index(torch.tensor([1.0, 11.0]), shape=(3, 4))
        tensor([[0., 2.],
                [1., 3.]])
    """
    if data.ndim != 1:
        raise ShapeError(f"_unravel_index: data must be (N,), got shape {tuple(data.shape)}")
    rest, found = _whole(data), []
    for size in reversed(shape[1:]):
        found.append(torch.fmod(rest, size))
        rest = torch.div(rest, size, rounding_mode="trunc")
    return torch.stack([rest, *found[::-1]]).to(data.dtype)


def _whole(indices: Tensor) -> Tensor:
    return indices.to(torch.int64)


def _within(indices: Tensor, size: int, mode: str) -> Tensor:
    """Bring indices to ints within an axis."""
    places = _whole(indices)
    if mode == "clip":
        return places.clamp(0, size - 1)
    return torch.remainder(places, size) if mode == "wrap" else places


def _places(indices: Tensor) -> tuple[Tensor, ...]:
    """Make one index tensor for each axis; negative fractions count as the whole below."""
    return (torch.floor(indices) if indices.is_floating_point() else indices).to(torch.int64).unbind(0)
