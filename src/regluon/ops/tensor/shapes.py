"""Rules that several families share: shapes that follow from others, and axes given by a possibly negative number."""

from collections.abc import Sequence

from regluon.core.errors import ShapeError
from regluon.ops.registry import Attributes, Shapes

__all__ = ["all_alike", "axes_of", "axis_of"]


def all_alike(shapes: Shapes, attributes: Attributes) -> Shapes:
    """Give every input the one shape that any of them has.

    Examples:
        >>> all_alike({"lhs": None, "rhs": (2, 3)}, {})
        {'lhs': (2, 3), 'rhs': (2, 3)}
    """
    known = next((shape for shape in shapes.values() if shape is not None), None)
    return {name: known if shape is None else shape for name, shape in shapes.items()}


def axis_of(who: str, axis: int, rank: int, argument: str = "axis") -> int:
    """Count an axis from the front.

    Raises:
        ShapeError: there is no such axis.

    Examples:
        >>> axis_of("sum", -1, 3)
        2
    """
    if not -rank <= axis < rank:
        raise ShapeError(f"{who}: {argument} must be in [{-rank}, {rank - 1}], got {axis}")
    return axis % rank


def axes_of(who: str, axes: Sequence[int], rank: int, argument: str = "axis") -> tuple[int, ...]:
    """Count several axes from the front.

    Raises:
        ShapeError: there is no such axis, or one is named twice.
    """
    found = tuple([axis_of(who, axis, rank, argument) for axis in axes])
    if len(set(found)) < len(found):
        raise ShapeError(f"{who}: {argument} must name each axis once, got {tuple(axes)}")
    return found
