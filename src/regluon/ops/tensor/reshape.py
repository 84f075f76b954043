"""Other shapes for the same elements."""

from collections.abc import Sequence

from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.ops.registry import op
from regluon.ops.tensor.shapes import axes_of, axis_of

__all__ = ["expand_dims", "flatten", "reshape", "reshape_like", "squeeze", "swapaxes", "transpose"]


@op("Reshape", "reshape")
def reshape(
    data: Tensor,
    shape: tuple[int, ...] = (),
    reverse: bool = False,
    target_shape: tuple[int, ...] = (),
    keep_highest: bool = False,
) -> Tensor:
    """Give an array another shape.

    Numbers in ``shape`` above 0 are sizes; the others are codes. The source axes are used up from the left, one by each
    size or 0, as follows. From MXNet's ``Reshape``.

    - 0 keeps the axis that stands here in the source.
    - -1 takes what remains; once only.
    - -2 copies all remaining axes.
    - -3 joins the next two axes into one.
    - -4 parts the next axis into the two sizes that follow it, one of which may be -1.

    Args:
        data: ``(*)``.
        shape: sizes and codes.
        reverse: read shape and source from the right.
        target_shape: MXNet's older form, used if ``shape`` is empty: sizes, where 0 takes what remains.
        keep_highest: with ``target_shape``, keep the first axis whatever is written there.

    Returns:
        The elements in their order in the new shape.

    Examples:
        >>> import torch
        >>> reshape(torch.zeros(2, 3, 4), shape=(0, -1)).shape
        torch.Size([2, 12])
        >>> reshape(torch.zeros(2, 3, 4), shape=(-4, 1, -1, -3)).shape
        torch.Size([1, 2, 12])
    """
    if not shape and not target_shape:
        raise ShapeError("Reshape: shape must name at least one size or code, got ()")
    source = list(data.shape)
    if not shape:
        found = [-1 if size == 0 else size for size in target_shape]
        if keep_highest:
            found[0] = source[0]
    elif reverse:
        found = _decode(source[::-1], shape[::-1])[::-1]
    else:
        found = _decode(source, shape)
    return _resize("Reshape", data, found, shape or target_shape)


@op("reshape_like")
def reshape_like(
    lhs: Tensor,
    rhs: Tensor,
    lhs_begin: int | None = None,
    lhs_end: int | None = None,
    rhs_begin: int | None = None,
    rhs_end: int | None = None,
) -> Tensor:
    """Give an array the shape of another, or some of its axes the shape of some of the other's.

    Args:
        lhs: ``(*A)``, the array.
        rhs: ``(*B)``, of which only the shape matters.
        lhs_begin: first axis of ``lhs`` to replace, the first of all if None.
        lhs_end: axis of ``lhs`` to end before, none if None.
        rhs_begin: first axis of ``rhs`` to take.
        rhs_end: axis of ``rhs`` to end before.

    Returns:
        The elements of ``lhs`` in shape ``A[:lhs_begin] + B[rhs_begin:rhs_end] + A[lhs_end:]``.

    Examples:
        >>> import torch
        >>> reshape_like(torch.zeros(6), torch.zeros(2, 3)).shape
        torch.Size([2, 3])
    """
    old, new = list(lhs.shape), list(rhs.shape)
    begin, end = _range("lhs", len(old), lhs_begin, lhs_end)
    first, last = _range("rhs", len(new), rhs_begin, rhs_end)
    found = old[:begin] + new[first:last] + old[end:]
    return _resize("reshape_like", lhs, found, found)


@op("Flatten", "flatten")
def flatten(data: Tensor) -> Tensor:
    """Join all axes but the first.

    Args:
        data: ``(B, *)``.

    Returns:
        ``(B, N)``, also for data of shape ``(B,)``.

    Examples:
        >>> import torch
        >>> flatten(torch.zeros(2, 3, 4)).shape
        torch.Size([2, 12])
    """
    count = 1
    for size in data.shape[1:]:
        count *= size
    return data.reshape(data.shape[0], count)


@op("transpose")
def transpose(data: Tensor, axes: tuple[int, ...] = ()) -> Tensor:
    """Put axes into another order.

    Args:
        data: ``(*)``.
        axes: axes of ``data`` in their new order; none reverses them.

    Returns:
        The transposed array.

    Examples:
        >>> import torch
        >>> transpose(torch.zeros(2, 3, 4), axes=(0, 2, 1)).shape
        torch.Size([2, 4, 3])
    """
    rank = data.ndim
    if axes and (len(axes) != rank or sorted(axes) != list(range(rank))):
        raise ShapeError(f"transpose: axes must be a permutation of {tuple(range(rank))}, got {axes}")
    return data.permute(axes or tuple(range(rank - 1, -1, -1)))


@op("expand_dims")
def expand_dims(data: Tensor, axis: int) -> Tensor:
    """Put in an axis of size 1.

    Args:
        data: ``(*)`` with n axes.
        axis: where it will be, from ``-n - 1`` to ``n``.

    Returns:
        ``(*A, 1, *B)``.

    Examples:
        >>> import torch
        >>> expand_dims(torch.zeros(2, 3), axis=1).shape
        torch.Size([2, 1, 3])
    """
    return data.unsqueeze(axis_of("expand_dims", axis, data.ndim + 1))


@op("squeeze")
def squeeze(data: Tensor, axis: tuple[int, ...] | None = None) -> Tensor:
    """Take out axes of size 1.

    Args:
        data: ``(*)``.
        axis: which; all of size 1 if None.

    Returns:
        The array without them; one axis always remains.

    Examples:
        >>> import torch
        >>> squeeze(torch.zeros(1, 2, 1)).shape
        torch.Size([2])
    """
    if axis is None:
        gone = tuple([place for place, size in enumerate(data.shape) if size == 1])
    else:
        gone = axes_of("squeeze", axis, data.ndim)
    for place in gone:
        if data.shape[place] != 1:
            raise ShapeError(f"squeeze: axis must name axes of size 1, got {axis} for shape {tuple(data.shape)}")
    return data.squeeze(gone) if len(gone) < data.ndim else data.reshape(1)


@op("SwapAxis", "swapaxes")
def swapaxes(data: Tensor, dim1: int = 0, dim2: int = 0) -> Tensor:
    """Exchange two axes.

    Args:
        data: ``(*)``.
        dim1: one axis.
        dim2: the other.

    Returns:
        The transposed array.

    Examples:
        >>> import torch
        >>> swapaxes(torch.zeros(2, 3, 4), 0, 2).shape
        torch.Size([4, 3, 2])
    """
    rank = data.ndim
    return data.transpose(axis_of("SwapAxis", dim1, rank, "dim1"), axis_of("SwapAxis", dim2, rank, "dim2"))


def _decode(source: Sequence[int], shape: Sequence[int]) -> list[int]:
    """Turn sizes and codes into sizes, of which one may still be -1."""
    found: list[int] = []
    codes, axis = list(shape), 0
    while codes:
        code = codes.pop(0)
        if code == -2:
            found += source[axis:]
            axis = len(source)
            continue
        if code < -4 or (code <= 0 and code != -1 and axis >= len(source)) or (code == -3 and axis + 1 >= len(source)):
            raise ShapeError(f"Reshape: shape must go with the source shape {tuple(source)}, got {tuple(shape)}")
        if code == -3:
            found.append(source[axis] * source[axis + 1])
        elif code == -4:
            if len(codes) < 2 or (codes[0] == -1 and codes[1] == -1) or min(codes[:2]) < -1 or 0 in codes[:2]:
                raise ShapeError(f"Reshape: shape must give two sizes after -4, one of which may be -1, got {shape}")
            found += _part(source[axis], codes.pop(0), codes.pop(0))
        else:
            found.append(source[axis] if code == 0 else code)
        axis += 2 if code == -3 else 1
    return found


def _part(size: int, first: int, second: int) -> tuple[int, int]:
    first, second = size // second if first == -1 else first, size // first if second == -1 else second
    if first * second != size:
        raise ShapeError(f"Reshape: shape must part an axis of size {size} evenly, got {first} and {second} after -4")
    return first, second


def _resize(who: str, data: Tensor, found: list[int], asked: Sequence[int]) -> Tensor:
    count, fixed = data.numel(), 1
    for size in found:
        fixed *= size if size != -1 else 1
    unknown = found.count(-1)
    if unknown > 1 or (fixed != count if unknown == 0 else fixed == 0 or count % fixed != 0):
        raise ShapeError(f"{who}: shape must hold the {count} elements of {tuple(data.shape)}, got {tuple(asked)}")
    return data.reshape(found)


def _range(who: str, rank: int, begin: int | None, end: int | None) -> tuple[int, int]:
    low = 0 if begin is None else begin + rank * (begin < 0)
    high = rank if end is None else end + rank * (end < 0)
    if not 0 <= low < high <= rank:
        raise ShapeError(f"reshape_like: {who}_begin and {who}_end must enclose axes of {rank}, got {begin} and {end}")
    return low, high
