"""Transforms of YOLOv3: GluonCV's ``data.transforms.presets.yolo``."""

import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch

from regluon import nd
from regluon.cv.target import YOLOV3PrefetchTargetGenerator
from regluon.cv.transforms.presets.detection import MEAN, STD, augmented, fitted, inputs, listed, read

__all__ = ["YOLO3DefaultTrainTransform", "YOLO3DefaultValTransform", "load_test", "transform_test"]


def transform_test(
    imgs: Any,
    short: int = 416,
    max_size: int = 1024,
    stride: int = 1,
    mean: Sequence[float] = MEAN,
    std: Sequence[float] = STD,
) -> tuple[Any, Any]:
    """Make network inputs of pictures.

    Args:
        imgs: a picture ``(H, W, 3)``, NDArray or torch tensor, or several.
        short: length of the shorter edge.
        max_size: the most that the longer edge may have.
        stride: edges are multiples of it.
        mean: mean of each channel, of values in [0, 1].
        std: standard deviation of each channel.

    Returns:
        ``(1, 3, h, w)``, and the resized picture ``(h, w, 3)`` uint8 to be drawn on; for several, two lists.

    Examples:
        >>> x, picture = transform_test(nd.ones((20, 44, 3)), 32, stride=32)
        >>> x.shape, picture.shape
        ((1, 3, 32, 64), (32, 64, 3))
    """
    return listed("transform_test", imgs, short, max_size, stride, mean, std)


def load_test(
    filenames: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    short: int = 416,
    max_size: int = 1024,
    stride: int = 1,
    mean: Sequence[float] = MEAN,
    std: Sequence[float] = STD,
) -> tuple[Any, Any]:
    """Read picture files, one or several; the rest as ``transform_test``."""
    return transform_test(read(filenames), short, max_size, stride, mean, std)


class YOLO3DefaultTrainTransform:
    """Vary pictures and their boxes by chance, and make YOLOv3's targets of them.

    Args:
        width: of the network's input.
        height: of it.
        net: a YOLOv3, called once here; None makes no targets.
        mean: mean of each channel, of values in [0, 1].
        std: standard deviation of each channel.
        mixup: the last column of labels says how much of each object is there.
        generator: where chances come from; if not given, the global generators of Python and numpy, just as in GluonCV.
        kwargs: further arguments of ``YOLOV3PrefetchTargetGenerator``.

    Examples:
        >>> transform = YOLO3DefaultTrainTransform(64, 32, generator=np.random.default_rng(0))
        >>> x, label = transform(nd.ones((40, 50, 3)) * 100, np.array([[10, 10, 30, 30, 7]]))
        >>> x.shape, label.shape, label.dtype
        ((3, 32, 64), (1, 5), dtype('float32'))
    """

    def __init__(
        self,
        width: int,
        height: int,
        net: Any = None,
        mean: Sequence[float] = MEAN,
        std: Sequence[float] = STD,
        mixup: bool = False,
        generator: np.random.Generator | None = None,
        **kwargs: Any,
    ) -> None:
        self._size, self._mean, self._std = (width, height), mean, std
        self._mixup, self._generator = mixup, generator
        self._grids: tuple[Any, ...] | None = None
        if net is not None:
            self._targets = YOLOV3PrefetchTargetGenerator(len(net.classes), **kwargs)
            self._grids = _grids(net, torch.zeros(1, 3, height, width))

    def __call__(self, src: Any, label: np.ndarray) -> tuple[Any, ...]:
        """Transform a picture ``(H, W, 3)`` with its boxes ``(N, 5+)`` of corners and class.

        Returns:
            The input ``(3, height, width)`` and the boxes float32; or the input, the five targets of
            ``YOLOV3PrefetchTargetGenerator`` without their batch axis, and boxes ``(N, 4)``.
        """
        image, label = augmented(src, label, self._size, self._mean, self._generator)
        x, label = inputs(image, self._mean, self._std), label.astype(np.float32)
        if self._grids is None:
            return x, label
        boxes = torch.from_numpy(label)[None]
        mix = (boxes[..., -1:],) if self._mixup else ()
        targets = self._targets(*self._grids, boxes[..., :4], boxes[..., 4:5], *mix)
        found = *(one[0] for one in targets), boxes[0, :, :4]
        return (x, *found) if isinstance(x, torch.Tensor) else (x, *map(nd.from_torch, found))


class YOLO3DefaultValTransform:
    """Resize pictures and their boxes to the network's input.

    Args:
        width: of the input.
        height: of it.
        mean: mean of each channel, of values in [0, 1].
        std: standard deviation of each channel.

    Examples:
        >>> x, label = YOLO3DefaultValTransform(20, 10)(nd.ones((20, 20, 3)), np.array([[2, 4, 10, 12, 7]]))
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


def _grids(net: Any, picture: torch.Tensor) -> tuple[Any, ...]:
    """Return what a network makes targets of, on the CPU: the picture, maps, anchors and cells."""
    was, states = net.training, {name: one.detach().clone() for name, one in net.named_buffers()}
    device = next(iter(net.parameters())).device
    net.train()
    with torch.no_grad():
        _, anchors, cells, maps, *_ = net(picture.to(device))
        # A picture of nothing is nothing to remember in running means.
        for name, one in net.named_buffers():
            one.copy_(states[name])
    net.train(was)
    return picture, *([one.cpu() for one in ones] for ones in (maps, anchors, cells))
