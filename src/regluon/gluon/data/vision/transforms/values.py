"""Transforms of numbers: type, range and scale."""

from typing import Any

from regluon.gluon.data.vision.transforms.base import Transform

__all__ = ["Cast", "Normalize", "ToTensor"]


class Cast(Transform):
    """Change the number type.

    Args:
        dtype: the type.

    Examples:
        >>> from regluon import nd
        >>> Cast("float16")(nd.ones((2, 2, 3))).dtype
        <class 'numpy.float16'>
    """

    def __init__(self, dtype: Any = "float32") -> None:
        super().__init__()
        self._dtype = dtype

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return the changed picture."""
        return F.cast(x, dtype=self._dtype)


class ToTensor(Transform):
    """Bring pixels from 0..255 to 0..1, and channels to the front: ``(H, W, C)`` uint8 to ``(C, H, W)`` float32.

    Examples:
        >>> from regluon import nd
        >>> ToTensor()(nd.ones((4, 2, 3)) * 255).shape
        (3, 4, 2)
    """

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return the changed picture."""
        return F.image.to_tensor(x)


class Normalize(Transform):
    """Take a mean from each channel of ``(C, H, W)`` and divide it by a deviation.

    Args:
        mean: one number, or one for each channel.
        std: likewise.

    Examples:
        >>> from regluon import nd
        >>> Normalize(mean=(0, 1, 2), std=2)(nd.ones((3, 1, 1))).asnumpy().ravel()
        array([ 0.5,  0. , -0.5], dtype=float32)
    """

    def __init__(self, mean: Any = 0.0, std: Any = 1.0) -> None:
        super().__init__()
        self._mean, self._std = mean, std

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return the changed picture."""
        return F.image.normalize(x, mean=self._mean, std=self._std)
