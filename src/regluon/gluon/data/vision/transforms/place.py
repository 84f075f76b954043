"""Transforms that cut, resize and mirror."""

from typing import Any

from regluon.core.errors import ArgumentError
from regluon.gluon.data.vision.transforms.base import Transform, pair

__all__ = [
    "CenterCrop",
    "CropResize",
    "RandomCrop",
    "RandomFlipLeftRight",
    "RandomFlipTopBottom",
    "RandomResizedCrop",
    "Resize",
]


class Resize(Transform):
    """Resize ``(H, W, C)`` or ``(N, H, W, C)``.

    Args:
        size: width and height, or one number for both.
        keep_ratio: where ``size`` is one number, make it the shorter edge and keep the shape.
        interpolation: OpenCV's number: 0 nearest, 1 linear, 2 cubic, 3 area, 4 Lanczos.

    Examples:
        >>> from regluon import nd
        >>> Resize(4, keep_ratio=True)(nd.ones((2, 3, 3))).shape
        (4, 6, 3)
    """

    def __init__(self, size: int | tuple[int, int], keep_ratio: bool = False, interpolation: int = 1) -> None:
        super().__init__()
        self._size, self._keep, self._interpolation = size, keep_ratio, interpolation

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return the changed picture."""
        return F.image.resize(x, size=self._size, keep_ratio=self._keep, interp=self._interpolation)


class CropResize(Transform):
    """Cut a rectangle out of ``(H, W, C)`` or ``(N, H, W, C)``, and resize it if told to.

    Args:
        x: its first column.
        y: its first row.
        width: its columns.
        height: its rows.
        size: width and height to resize to, or one number for both.
        interpolation: how, see ``Resize``; linear if None.
    """

    def __init__(
        self,
        x: int,
        y: int,
        width: int,
        height: int,
        size: int | tuple[int, int] | None = None,
        interpolation: int | None = None,
    ) -> None:
        super().__init__()
        self._rectangle = {"x": x, "y": y, "width": width, "height": height}
        self._size, self._interpolation = size, 1 if interpolation is None else interpolation

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return the changed picture."""
        part = F.image.crop(x, **self._rectangle)
        return F.image.resize(part, size=self._size, interp=self._interpolation) if self._size else part


class CenterCrop(Transform):
    """Cut the middle out; where it does not fit, a smaller one that is enlarged.

    Args:
        size: width and height, or one number for both.
        interpolation: how to enlarge, see ``Resize``; 9 is cubic to enlarge, area to shrink, linear otherwise.

    Examples:
        >>> from regluon import nd
        >>> CenterCrop((3, 2))(nd.ones((8, 8, 3))).shape
        (2, 3, 3)
    """

    def __init__(self, size: int | tuple[int, int], interpolation: int = 1) -> None:
        super().__init__()
        self._size, self._interpolation = pair(size), interpolation

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return the changed picture."""
        width, height = self._size
        middle = (0.5, 0.5)
        return F.image.random_crop(
            x, xrange=middle, yrange=middle, width=width, height=height, interp=self._interpolation
        )  # fmt: skip


class RandomCrop(Transform):
    """Cut a rectangle out at a random place; where it does not fit, a smaller one that is enlarged. From MXNet 2.

    Args:
        size: width and height, or one number for both.
        pad: pixels of border to put around first: one number, or top, bottom, left and right.
        pad_value: number of the border.
        interpolation: how to enlarge, see ``CenterCrop``.
    """

    def __init__(
        self,
        size: int | tuple[int, int],
        pad: int | tuple[int, int, int, int] | None = None,
        pad_value: float = 0,
        interpolation: int = 1,
    ) -> None:
        super().__init__()
        self._size, self._interpolation = pair(size), interpolation
        # A whole number leaves pictures of whole numbers what they are.
        self._pad_value = int(pad_value) if float(pad_value).is_integer() else pad_value
        self._pad = (pad,) * 4 if isinstance(pad, int) else pad
        if self._pad is not None and len(self._pad) != 4:
            raise ArgumentError(f"RandomCrop: pad must be an int or 4 ints, got {pad}")

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return the changed picture."""
        if self._pad:
            top, bottom, left, right = self._pad
            x = _bordered(F, _bordered(F, x, 0, top, bottom, self._pad_value), 1, left, right, self._pad_value)
        width, height = self._size
        return F.image.random_crop(x, width=width, height=height, interp=self._interpolation)


class RandomResizedCrop(Transform):
    """Cut a rectangle of random size, shape and place out, and resize it.

    Args:
        size: width and height of the result, or one number for both.
        scale: least and greatest part of the picture's area; one number is the least, and 1 the greatest.
        ratio: least and greatest width over height.
        interpolation: how to resize, see ``CenterCrop``.
    """

    def __init__(
        self,
        size: int | tuple[int, int],
        scale: float | tuple[float, float] = (0.08, 1.0),
        ratio: tuple[float, float] = (3 / 4, 4 / 3),
        interpolation: int = 1,
    ) -> None:
        super().__init__()
        self._size, self._ratio, self._interpolation = pair(size), ratio, interpolation
        self._scale = (scale, 1.0) if isinstance(scale, (int, float)) else scale

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return the changed picture."""
        width, height = self._size
        return F.image.random_resized_crop(
            x, width=width, height=height, area=self._scale, ratio=self._ratio, interp=self._interpolation
        )  # fmt: skip


class RandomFlipLeftRight(Transform):
    """Mirror by chance, left for right.

    Args:
        p: the chance; from MXNet 2.
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return the changed picture."""
        return F.image.random_flip_left_right(x, p=min(max(self.p, 0.0), 1.0))


class RandomFlipTopBottom(Transform):
    """Turn upside down by chance.

    Args:
        p: the chance; from MXNet 2.
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return the changed picture."""
        return F.image.random_flip_top_bottom(x, p=min(max(self.p, 0.0), 1.0))


def _bordered(F: Any, x: Any, axis: int, before: int, after: int, value: float) -> Any:
    """Put rows or columns of one number around a picture of any number type."""
    edge = F.slice_axis(x, axis=axis, begin=0, end=1) * 0 + value
    borders = [F.repeat(edge, repeats=count, axis=axis) if count else None for count in (before, after)]
    parts = [one for one in (borders[0], x, borders[1]) if one is not None]
    return F.concat(*parts, dim=axis)
