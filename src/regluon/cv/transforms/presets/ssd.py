"""Transforms of SSD: GluonCV's ``data.transforms.presets.ssd``."""

import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from regluon import nd
from regluon.cv.target import SSDTargetGenerator
from regluon.cv.transforms.presets.detection import MEAN, STD, augmented, fitted, inputs, listed, read

__all__ = ["SSDDefaultTrainTransform", "SSDDefaultValTransform", "load_test", "transform_test"]


def transform_test(
    imgs: Any, short: int, max_size: int = 1024, mean: Sequence[float] = MEAN, std: Sequence[float] = STD
) -> tuple[Any, Any]:
    """Make network inputs of pictures.

    Args:
        imgs: a picture ``(H, W, 3)``, NDArray or torch tensor, or several.
        short: length of the shorter edge.
        max_size: the most that the longer edge may have.
        mean: mean of each channel, of values in [0, 1].
        std: standard deviation of each channel.

    Returns:
        ``(1, 3, h, w)``, and the resized picture ``(h, w, 3)`` uint8 to be drawn on; for several, two lists.

    Examples:
        >>> x, picture = transform_test(nd.ones((20, 40, 3)), 10)
        >>> x.shape, picture.shape
        ((1, 3, 10, 20), (10, 20, 3))
    """
    return listed("transform_test", imgs, short, max_size, 1, mean, std)


def load_test(
    filenames: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    short: int,
    max_size: int = 1024,
    mean: Sequence[float] = MEAN,
    std: Sequence[float] = STD,
) -> tuple[Any, Any]:
    """Read picture files, one or several; the rest as ``transform_test``."""
    return transform_test(read(filenames), short, max_size, mean, std)


class SSDDefaultTrainTransform:
    """Vary pictures and their boxes by chance, and make SSD's targets of them.

    Args:
        width: of the network's input.
        height: of it.
        anchors: ``(1, N, 4)`` that an SSD gives while training; None makes no targets.
        mean: mean of each channel, of values in [0, 1].
        std: standard deviation of each channel.
        iou_thresh: overlap from which an anchor is positive.
        box_norm: what offsets are divided by.
        generator: where chances come from; if not given, the global generators of Python and numpy, just as in GluonCV.
        kwargs: further arguments of ``SSDTargetGenerator``.

    Examples:
        >>> transform = SSDDefaultTrainTransform(32, 24, generator=np.random.default_rng(0))
        >>> x, label = transform(nd.ones((40, 50, 3)) * 100, np.array([[10, 10, 30, 30, 7]]))
        >>> x.shape, label.shape, label.dtype
        ((3, 24, 32), (1, 5), dtype('float32'))
    """

    def __init__(
        self,
        width: int,
        height: int,
        anchors: Any = None,
        mean: Sequence[float] = MEAN,
        std: Sequence[float] = STD,
        iou_thresh: float = 0.5,
        box_norm: Sequence[float] = (0.1, 0.1, 0.2, 0.2),
        generator: np.random.Generator | None = None,
        **kwargs: Any,
    ) -> None:
        self._size, self._mean, self._std, self._generator = (width, height), mean, std, generator
        self._anchors = anchors.as_torch() if isinstance(anchors, nd.NDArray) else anchors
        # There are no predictions that hard negatives could be told by.
        self._targets = SSDTargetGenerator(iou_thresh, stds=box_norm, negative_mining_ratio=-1, **kwargs)

    def __call__(self, src: Any, label: np.ndarray) -> tuple[Any, ...]:
        """Transform a picture ``(H, W, 3)`` with its boxes ``(N, 5)`` of corners and class.

        Returns:
            The input ``(3, height, width)`` and the boxes float32; or the input and targets: classes ``(N,)`` and box
            offsets ``(N, 4)``.
        """
        image, label = augmented(src, label, self._size, self._mean, self._generator)
        x, label = inputs(image, self._mean, self._std), label.astype(np.float32)
        if self._anchors is None:
            return x, label
        boxes = nd.array(label[None]).as_torch()
        classes, offsets, _ = self._targets(self._anchors.cpu(), None, boxes[..., :4], boxes[..., 4:5])
        found = classes[0], offsets[0]
        return (x, *found) if isinstance(x, Tensor) else (x, *map(nd.from_torch, found))


class SSDDefaultValTransform:
    """Resize pictures and their boxes to the network's input.

    Args:
        width: of the input.
        height: of it.
        mean: mean of each channel, of values in [0, 1].
        std: standard deviation of each channel.

    Examples:
        >>> x, label = SSDDefaultValTransform(20, 10)(nd.ones((20, 20, 3)), np.array([[2, 4, 10, 12, 7]]))
        >>> x.shape, label.tolist()
        ((3, 10, 20), [[2.0, 2.0, 10.0, 6.0, 7.0]])
    """

    def __init__(
        self, width: int, height: int, mean: Sequence[float] = MEAN, std: Sequence[float] = STD
    ) -> None:  # fmt: skip
        self._size, self._mean, self._std = (width, height), mean, std

    def __call__(self, src: Any, label: np.ndarray) -> tuple[Any, np.ndarray]:
        """Return the input ``(3, height, width)`` and boxes ``(N, 4+)`` float32."""
        image, label = fitted(src, label, self._size, interp=9)
        return inputs(image, self._mean, self._std), label.astype(np.float32)
