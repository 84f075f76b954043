"""Joining arrays and parting them, with numpy's rules. From MXNet's ``_npi_*`` operators."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.registry import Attributes, op
from regluon.ops.tensor.shapes import axis_of

__all__ = ["array_split", "concatenate", "dsplit", "hsplit", "split", "stack"]

Sizes = tuple[int, ...]


def _check(who: str, data: Sequence[Tensor]) -> None:
    if not data:
        raise ShapeError(f"{who}: arrays must be at least one, got none")
    kinds = {one.dtype for one in data}
    if len(kinds) > 1:
        raise ArgumentError(f"{who}: arrays must have one dtype, got {', '.join(sorted(map(str, kinds)))}; cast them")


def _joined(who: str, data: Sequence[Tensor], axis: int) -> Tensor:
    _check(who, data)
    axis = axis_of(who, axis, data[0].ndim)
    shapes = [(*one.shape[:axis], *one.shape[axis + 1 :]) for one in data]
    if any(one != shapes[0] for one in shapes):
        raise ShapeError(
            f"{who}: arrays must have one shape but for axis {axis}, got {[tuple(one.shape) for one in data]}"
        )
    return torch.cat(list(data), axis)


@op("_npi_concatenate")
def concatenate(*data: Tensor, dim: int | None = 1) -> Tensor:
    """Join arrays along an axis they have.

    Args:
        data: one or more ``(*)`` of one dtype, of the same sizes on the other axes.
        dim: the axis; if None, the arrays are joined as one row.

    Returns:
        The arrays, one after another.

    Examples:
        >>> concatenate(torch.ones(1), torch.zeros(1), dim=0)
        tensor([1., 0.])
    """
    if dim is None:
        return _joined("concatenate", [one.reshape(-1) for one in data], 0)
    return _joined("concatenate", data, dim)


@op("_npi_stack")
def stack(*data: Tensor, axis: int = 0) -> Tensor:
    """Join arrays of one shape along a new axis.

    Args:
        data: one or more ``(*)`` of one dtype.
        axis: the place of the new axis.

    Returns:
        ``(*)`` with the new axis.

    Examples:
        >>> stack(torch.ones(1), torch.zeros(1))
        tensor([[1.],
                [0.]])
    """
    _check("stack", data)
    if any(one.shape != data[0].shape for one in data):
        raise ShapeError(f"stack: arrays must have one shape, got {[tuple(one.shape) for one in data]}")
    return torch.stack(data, axis_of("stack", axis, data[0].ndim + 1))


def _declare_stack(name: str, effect: str, prepare: Callable[[Tensor], Tensor], axis: int | None, shape: str) -> None:
    def stacked(*data: Tensor) -> Tensor:
        arrays = [prepare(one) for one in data]
        _check(name, arrays)
        return _joined(name, arrays, min(1, arrays[0].ndim - 1) if axis is None else axis)

    stacked.__name__ = stacked.__qualname__ = name
    stacked.__doc__ = f"""{effect}.

    Args:
        data: one or more ``(*)`` of one dtype.

    Returns:
        The arrays, joined.

    Examples:
        >>> import torch
        >>> {name}(torch.ones(2), torch.zeros(2)).shape
        torch.Size({shape})
    """
    op(f"_npi_{name}")(stacked)


def _column(data: Tensor) -> Tensor:
    return torch.atleast_1d(data)[:, None] if data.ndim < 2 else data


_declare_stack("vstack", "Join arrays as rows", torch.atleast_2d, 0, "[2, 2]")
_declare_stack("hstack", "Join arrays along the second axis, rows along their only one", torch.atleast_1d, None, "[4]")
_declare_stack("dstack", "Join arrays along the third axis", torch.atleast_3d, 2, "[1, 2, 2]")
_declare_stack("column_stack", "Join rows and matrices as columns", _column, 1, "[2, 2]")


def _declare_atleast(count: int, function: Callable[[Tensor], Tensor]) -> None:
    name = f"atleast_{count}d"

    def at_least(*arys: Tensor) -> Tensor | tuple[Tensor, ...]:
        if not arys:
            raise ShapeError(f"{name}: arrays must be at least one, got none")
        found = tuple([function(one) for one in arys])
        return found if len(found) > 1 else function(arys[0])

    at_least.__name__ = at_least.__qualname__ = name
    at_least.__doc__ = f"""Give arrays at least {count} axes.

    It has a gradient, where MXNet sends zeros.

    Args:
        arys: one or more ``(*)``.

    Returns:
        The arrays with axes of size 1 put in.

    Examples:
        >>> import torch
        >>> {name}(torch.ones(())).ndim
        {count}
    """
    op(f"_npi_{name}", f"_np_{name}", outputs=_as_many)(at_least)


def _as_many(attributes: Attributes) -> Sequence[str]:
    count = int(attributes.get("num_args") or 1)
    return ["output"] if count == 1 else [f"output{i}" for i in range(count)]


def _sections(attributes: Attributes) -> Sequence[str]:
    count = attributes["sections"] or len(attributes["indices"])
    return ["output"] if count == 1 else [f"output{i}" for i in range(count)]


def _parted(
    who: str, data: Tensor, indices: Sequence[int], axis: int, sections: int, even: bool
) -> Tensor | tuple[Tensor, ...]:
    """Part an array into sections, or before places of which the first is 0."""
    axis = axis_of(who, axis, data.ndim)
    size = data.shape[axis]
    if sections:
        if even and size % sections:
            raise ShapeError(f"{who}: sections must divide the size {size} of axis {axis}, got {sections}")
        parts = torch.tensor_split(data, sections, axis)
    else:
        parts = torch.tensor_split(data, list(indices[1:]), axis)
    return parts[0] if len(parts) == 1 else tuple(parts)


def _declare_split(
    name: str, effect: str, even: bool, fixed: str, answer: str
) -> Callable[..., Tensor | tuple[Tensor, ...]]:
    def parted(
        data: Tensor, indices: Sizes = (), axis: int = 1, squeeze_axis: bool = False, sections: int = 0
    ) -> Tensor | tuple[Tensor, ...]:
        if name == "hsplit":
            axis = 1 if data.ndim > 1 else 0
        elif name == "dsplit":
            axis = 2
        found = _parted(name, data, indices, axis, sections, even)
        if not squeeze_axis:
            return found
        return found.squeeze(axis) if isinstance(found, Tensor) else tuple([one.squeeze(axis) for one in found])

    parted.__name__ = parted.__qualname__ = name
    parted.__doc__ = f"""{effect}.

    Args:
        data: ``(*)``.
        indices: where the parts begin, the first at 0; used if ``sections`` is 0.
        axis: the axis{fixed}.
        squeeze_axis: take the axis out of the parts, which must have size 1 there.
        sections: the number of parts.

    Returns:
        The parts; the part itself if there is one.

    Examples:
        >>> import torch
        >>> [tuple(one.shape) for one in {name}(torch.zeros(3, 4, 2), axis=1, sections=2)]
        {answer}
    """
    op(f"_npi_{name}", outputs=_sections)(parted)
    return parted


split = _declare_split("split", "Part an array along an axis into equal sections", True, "", "[(3, 2, 2), (3, 2, 2)]")
array_split = _declare_split(
    "array_split", "Part an array along an axis, the first parts longer by one where it does not divide", False, "",
    "[(3, 2, 2), (3, 2, 2)]",
)  # fmt: skip
hsplit = _declare_split(
    "hsplit",
    "Part an array along its second axis, a row along its only one",
    True,
    ", ignored",
    "[(3, 2, 2), (3, 2, 2)]",
)
dsplit = _declare_split("dsplit", "Part an array along its third axis", True, ", ignored", "[(3, 4, 1), (3, 4, 1)]")
for _count, _function in ((1, torch.atleast_1d), (2, torch.atleast_2d), (3, torch.atleast_3d)):
    _declare_atleast(_count, _function)
