"""Methods and arithmetic of numpy-style arrays and symbols: the functions of ``mx.np`` on their first argument."""

from collections.abc import Callable
from typing import Any

from regluon.core.errors import ArgumentTypeError
from regluon.np import elementwise, matrix, reduction, search, shapes
from regluon.np.dispatch import invoke

__all__ = ["NumpyMethods"]


def _swapped(operate: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    return lambda self, other: operate(other, self)


def _sizes(who: str, given: tuple[Any, ...], options: dict[str, Any]) -> tuple[Any, Any]:
    """Read the shape and the order of a call of ``reshape``."""
    order = options.pop("order", "C")
    newshape = options.pop("newshape", options.pop("shape", None))
    if options:
        raise ArgumentTypeError(f"{who}: has no argument {next(iter(options))!r}; it has newshape, order")
    if given:
        newshape = given[0] if len(given) == 1 else given
    if newshape is None:
        raise ArgumentTypeError(f"{who}: newshape must be given")
    return newshape, order


class NumpyMethods:
    """What numpy-style arrays and symbols share."""

    __slots__ = ()
    # ``==`` makes an array, so equality cannot serve dictionaries.
    __hash__ = object.__hash__

    # Shapes

    def reshape(self, *newshape: Any, **options: Any) -> Any:
        """Return the elements in another shape.

        Args:
            newshape: ints or one tuple; the codes -1 to -6 are those of ``npx.reshape``.
            options: ``order="C"``; ``newshape=`` may be given by name.
        """
        sizes, order = _sizes("reshape", newshape, dict(options))
        return shapes.reshape(self, sizes, order=order)

    def transpose(self, *axes: Any) -> Any:
        """Return the array with its axes in another order, reversed if none is given."""
        if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))):
            axes = tuple(axes[0] or ())
        return shapes.transpose(self, axes or None)

    @property
    def T(self) -> Any:
        """The array with its axes in reverse order."""
        return shapes.transpose(self)

    @property
    def mT(self) -> Any:
        """The array with its last two axes exchanged."""
        return shapes.swapaxes(self, -1, -2)

    def swapaxes(self, axis1: int, axis2: int) -> Any:
        """Return the array with two axes exchanged."""
        return shapes.swapaxes(self, axis1, axis2)

    def squeeze(self, axis: Any = None) -> Any:
        """Return the array without axes of size 1."""
        return shapes.squeeze(self, axis)

    def flatten(self, order: str = "C") -> Any:
        """Return all elements as one row."""
        return shapes.flatten(self, order)

    def broadcast_to(self, shape: Any) -> Any:
        """Return the array broadcast to a shape."""
        return _broadcast_to(self, shape)

    def repeat(self, repeats: Any, axis: int | None = None) -> Any:
        """Return the array with each element repeated."""
        return shapes.repeat(self, repeats, axis)

    def tile(self, reps: Any) -> Any:
        """Return the whole array repeated along axes."""
        return shapes.tile(self, reps)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
        """Return the diagonals in the planes of two axes."""
        return matrix.diagonal(self, offset, axis1, axis2)

    # Reductions

    def sum(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        """Return the sum along axes."""
        return reduction.sum(self, axis, dtype, out, keepdims)

    def prod(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        """Return the product along axes."""
        return reduction.prod(self, axis, dtype, out, keepdims)

    def mean(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        """Return the mean along axes."""
        return reduction.mean(self, axis, dtype, out, keepdims)

    def std(
        self, axis: Any = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False,
        correction: int = 0,
    ) -> Any:  # fmt: skip
        """Return the standard deviation along axes; ``correction`` is another name of ``ddof``."""
        return reduction.std(self, axis, dtype, out, ddof or correction, keepdims)

    def var(
        self, axis: Any = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False,
        correction: int = 0,
    ) -> Any:  # fmt: skip
        """Return the variance along axes; ``correction`` is another name of ``ddof``."""
        return reduction.var(self, axis, dtype, out, ddof or correction, keepdims)

    def max(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        """Return the greatest element along axes."""
        return reduction.max(self, axis, out, keepdims)

    def min(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        """Return the least element along axes."""
        return reduction.min(self, axis, out, keepdims)

    def all(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        """Tell whether no element along axes is 0."""
        return reduction.all(self, axis, out, keepdims)

    def any(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        """Tell whether some element along axes is not 0."""
        return reduction.any(self, axis, out, keepdims)

    def argmax(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        """Return the place of the greatest element."""
        return reduction.argmax(self, axis, out, keepdims)

    def argmin(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        """Return the place of the least element."""
        return reduction.argmin(self, axis, out, keepdims)

    def cumsum(self, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        """Return the sums of the elements so far."""
        return reduction.cumsum(self, axis, dtype, out)

    # Elements

    def take(self, indices: Any, axis: Any = None, mode: str = "raise") -> Any:
        """Return slices at places along an axis."""
        return search.take(self, indices, axis, mode)

    def sort(self, axis: int | None = -1, descending: bool = False, stable: bool = True) -> Any:
        """Return the elements in order; the array itself stays."""
        return search.sort(self, axis, descending, stable)

    def argsort(self, axis: int | None = -1, descending: bool = False, stable: bool = True) -> Any:
        """Return the places of the elements in order."""
        return search.argsort(self, axis, descending, stable)

    def nonzero(self) -> Any:
        """Return the places of the elements that are not 0."""
        return search.nonzero(self)

    def clip(self, min: Any = None, max: Any = None, out: Any = None) -> Any:
        """Return the elements held within two bounds."""
        return elementwise.clip(self, min, max, out)

    def round(self, decimals: int = 0, out: Any = None) -> Any:
        """Return the elements rounded to some decimals."""
        return elementwise.around(self, decimals, out)

    def dot(self, b: Any, out: Any = None) -> Any:
        """Return the product with another array as numpy's dot has it."""
        return matrix.dot(self, b, out)

    def astype(
        self, dtype: Any, order: str = "K", casting: str = "unsafe", subok: bool = True, copy: bool = True
    ) -> Any:
        """Return the elements in another number type; ``copy=False`` returns itself where the type is that already."""
        given = {"order": order in ("K", "C"), "casting": casting == "unsafe", "subok": subok is True}
        for name, fits in given.items():
            if not fits:
                raise ArgumentTypeError(f"astype: {name} must be left as it is, as MXNet has no other")
        return self._astype(dtype, copy)

    def _astype(self, dtype: Any, copy: bool) -> Any:  # noqa: ARG002
        return invoke("_npi_cast", self, dtype=dtype)

    # Arithmetic

    def __neg__(self) -> Any:
        return elementwise.negative(self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return elementwise.abs(self)

    def __invert__(self) -> Any:
        return elementwise.invert(self)

    def __round__(self, n: int = 0) -> Any:
        return elementwise.around(self, n)

    def __ceil__(self) -> Any:
        return elementwise.ceil(self)

    def __floor__(self) -> Any:
        return elementwise.floor(self)

    def __trunc__(self) -> Any:
        return elementwise.trunc(self)

    def __divmod__(self, other: Any) -> Any:
        return elementwise.floor_divide(self, other), elementwise.mod(self, other)

    __add__, __radd__ = elementwise.add, _swapped(elementwise.add)
    __sub__, __rsub__ = elementwise.subtract, _swapped(elementwise.subtract)
    __mul__, __rmul__ = elementwise.multiply, _swapped(elementwise.multiply)
    __truediv__, __rtruediv__ = elementwise.true_divide, _swapped(elementwise.true_divide)
    __floordiv__, __rfloordiv__ = elementwise.floor_divide, _swapped(elementwise.floor_divide)
    __mod__, __rmod__ = elementwise.mod, _swapped(elementwise.mod)
    __pow__, __rpow__ = elementwise.power, _swapped(elementwise.power)
    __and__, __rand__ = elementwise.bitwise_and, _swapped(elementwise.bitwise_and)
    __or__, __ror__ = elementwise.bitwise_or, _swapped(elementwise.bitwise_or)
    __xor__, __rxor__ = elementwise.bitwise_xor, _swapped(elementwise.bitwise_xor)
    __lshift__, __rlshift__ = elementwise.bitwise_left_shift, _swapped(elementwise.bitwise_left_shift)
    __rshift__, __rrshift__ = elementwise.bitwise_right_shift, _swapped(elementwise.bitwise_right_shift)
    __matmul__, __rmatmul__ = matrix.matmul, _swapped(matrix.matmul)
    __eq__ = elementwise.equal  # pyright: ignore[reportAssignmentType]
    __ne__ = elementwise.not_equal  # pyright: ignore[reportAssignmentType]
    __gt__ = elementwise.greater
    __ge__ = elementwise.greater_equal
    __lt__ = elementwise.less
    __le__ = elementwise.less_equal


_broadcast_to = shapes.broadcast_to
