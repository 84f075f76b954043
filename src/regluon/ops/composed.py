"""What MXNet's Python does before it calls an operator, once for all faces.

Each face makes its own of these with its own calls: ``nd.add`` and ``th.add`` are one text.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from regluon.core.errors import ArgumentTypeError
from regluon.ops.arithmetic import Binary

__all__ = ["Draws", "pairwise", "parts_of"]

Call = Callable[..., Any]


def pairwise(who: str, rule: Binary, kind: type, both: Call, call: Callable[[str], Call]) -> Callable[[Any, Any], Any]:
    """Make the function of one binary operation for one face.

    Args:
        who: its name.
        rule: the operation.
        kind: type of the face's arrays.
        both: the face's function for two arrays.
        call: gives the face's function of a registered name.
    """
    right, left, number = call(rule.scalar), call(rule.swapped), rule.number

    def operate(lhs: Any, rhs: Any) -> Any:
        if isinstance(lhs, kind):
            return both(lhs, rhs) if isinstance(rhs, kind) else right(lhs, scalar=_number(who, kind, rhs))
        if isinstance(rhs, kind):
            return left(rhs, scalar=_number(who, kind, lhs))
        return number(_number(who, kind, lhs), _number(who, kind, rhs))

    operate.__name__ = operate.__qualname__ = who
    operate.__doc__ = f"""Compute {rule.meaning}, element by element.

    Args:
        lhs: an array, or a number.
        rhs: an array, or a number.
    """
    return operate


def _number(who: str, kind: type, value: Any) -> Any:
    if isinstance(value, (int, float, np.number, np.bool_)):
        return value
    raise ArgumentTypeError(
        f"{who}: an operand must be of type {kind.__name__} or a number, got {type(value).__name__}"
    )


def parts_of(indices_or_sections: int | Sequence[int]) -> dict[str, Any]:
    """Return the attributes of ``_split_v2`` that part an axis evenly or before given places.

    Examples:
        >>> parts_of(3), parts_of([1, 3])
        ({'indices': [], 'sections': 3}, {'indices': [0, 1, 3], 'sections': 0})
    """
    if isinstance(indices_or_sections, int):
        return {"indices": [], "sections": indices_or_sections}
    return {"indices": [0, *indices_or_sections], "sections": 0}


class Draws:
    """The random functions of one face whose arguments are not those of an operator.

    Args:
        kind: type of the face's arrays.
        call: gives the face's function of a registered name.
    """

    def __init__(self, kind: type, call: Callable[[str], Call]) -> None:
        self._kind = kind
        self._call = call

    def uniform(self, low: Any = 0, high: Any = 1, shape: Any = None, dtype: Any = None, **options: Any) -> Any:
        """Draw numbers evenly between two bounds.

        Args:
            low: lower bound, included; a number, or an array of bounds.
            high: upper bound, excluded; of the same kind.
            shape: sizes of what is drawn, for each pair of bounds if they are arrays.
            dtype: float type; float32 if not given, or that of the arrays.
            options: ``ctx``, ``out``, ``name``, where the face has them.
        """
        return self._draw("uniform", {"low": low, "high": high}, ("low", "high"), shape, dtype, options)

    def normal(self, loc: Any = 0, scale: Any = 1, shape: Any = None, dtype: Any = None, **options: Any) -> Any:
        """Draw from a normal distribution.

        Args:
            loc: mean; a number, or an array of means.
            scale: standard deviation; of the same kind.
            shape: sizes of what is drawn, for each mean if they are arrays.
            dtype: float type; float32 if not given, or that of the arrays.
            options: ``ctx``, ``out``, ``name``, where the face has them.
        """
        return self._draw("normal", {"loc": loc, "scale": scale}, ("mu", "sigma"), shape, dtype, options)

    def randn(self, *shape: int, loc: Any = 0, scale: Any = 1, dtype: Any = None, **options: Any) -> Any:
        """Draw from a normal distribution; the sizes of what is drawn are the arguments."""
        return self.normal(loc, scale, shape or None, dtype, **options)

    def exponential(self, scale: float = 1.0, shape: Any = None, dtype: Any = None, **options: Any) -> Any:
        """Draw from an exponential distribution.

        Args:
            scale: its mean.
            shape: sizes of what is drawn.
            dtype: float type; float32 if not given.
            options: ``ctx``, ``out``, ``name``, where the face has them.
        """
        return self._draw("exponential", {"lam": 1.0 / scale}, ("lam",), shape, dtype, options)

    def multinomial(
        self, data: Any, shape: Any = (), get_prob: bool = False, dtype: Any = "int32", **options: Any
    ) -> Any:
        """Draw classes by their chances.

        Args:
            data: ``(*A, K)`` chances of K classes.
            shape: S, sizes of what is drawn for each row.
            get_prob: give the logarithms of the drawn classes' chances too.
            dtype: number type of the classes.
            options: ``out``, ``name``, where the face has them.
        """
        return self._call("_sample_multinomial")(data, shape=shape, get_prob=get_prob, dtype=dtype, **options)

    def shuffle(self, data: Any, **options: Any) -> Any:
        """Put the slices of the first axis into a random order."""
        return self._call("_shuffle")(data, **options)

    def _draw(
        self, name: str, numbers: dict[str, Any], arrays: Sequence[str], shape: Any, dtype: Any, options: dict[str, Any]
    ) -> Any:
        """Call the operator for numbers or the one for arrays."""
        given = [value for value in numbers.values() if isinstance(value, self._kind)]
        chosen = {key: value for key, value in (("shape", shape), ("dtype", dtype)) if value is not None}
        if not given:
            return self._call(f"_random_{name}")(**numbers, **chosen, **options)
        if len(given) < len(numbers):
            raise ArgumentTypeError(f"{name}: {' and '.join(numbers)} must be all numbers or all arrays, got both")
        options.pop("ctx", None)
        return self._call(f"_sample_{name}")(**dict(zip(arrays, given, strict=True)), **chosen, **options)
