"""Pictures and labels for R-CNNs: GluonCV's ``data.transforms.presets.rcnn``.

Pictures are ``(H, W, 3)`` uint8, NDArrays or torch tensors, and become float32 of the same kind. Labels are NumPy
arrays ``(M, 4+)``, rows of corner box and whatever else.
"""

import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from regluon import nd
from regluon.core.errors import ArgumentTypeError
from regluon.cv.anchor import RPNAnchorGenerator
from regluon.cv.data.map_sizes import MapSizes
from regluon.cv.target import RPNTargetGenerator
from regluon.cv.transforms import bbox as boxes
from regluon.cv.transforms import image as pictures
from regluon.cv.transforms.chance import Chance
from regluon.cv.transforms.presets.detection import MEAN, STD, inputs, listed, read
from regluon.nd.ndarray import NDArray

__all__ = ["FasterRCNNDefaultTrainTransform", "FasterRCNNDefaultValTransform", "load_test", "transform_test"]


def transform_test(
    imgs: Any, short: int = 600, max_size: int = 1000, mean: Sequence[float] = MEAN, std: Sequence[float] = STD
) -> tuple[Any, Any]:
    """Make inputs of pictures.

    Args:
        imgs: a picture ``(H, W, 3)``, or several.
        short: the shorter side of an input.
        max_size: the most that the longer one may be.
        mean: mean of each channel, of values in [0, 1].
        std: standard deviation of each channel.

    Returns:
        Inputs ``(1, 3, H, W)``, and the resized pictures as NumPy arrays ``(H, W, 3)``; lists for several.

    Examples:
        >>> x, picture = transform_test(nd.zeros((20, 40, 3), dtype="uint8"), short=10)
        >>> x.shape, picture.shape
        ((1, 3, 10, 20), (10, 20, 3))
    """
    return listed("transform_test", imgs, short, max_size, 1, mean, std)


def load_test(
    filenames: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    short: int = 600,
    max_size: int = 1000,
    mean: Sequence[float] = MEAN,
    std: Sequence[float] = STD,
) -> tuple[Any, Any]:
    """Read pictures and make inputs of them; further arguments and results are those of ``transform_test``.

    Args:
        filenames: a file, or several.
        short: the shorter side of an input.
        max_size: the most that the longer one may be.
        mean: mean of each channel, of values in [0, 1].
        std: standard deviation of each channel.
    """
    return transform_test(read(filenames), short, max_size, mean, std)


class FasterRCNNDefaultTrainTransform:
    """Prepare a picture and its label for training, and the targets of the proposals with them.

    Args:
        short: the shorter side of an input, or its least and largest, between which it is drawn.
        max_size: the most that the longer side may be.
        net: the network, for targets; None for none.
        mean: mean of each channel, of values in [0, 1].
        std: standard deviation of each channel.
        box_norm: what box offsets are divided by.
        num_sample: anchors to sample.
        pos_iou_thresh: overlap from which an anchor is positive.
        neg_iou_thresh: overlap below which one is negative.
        pos_ratio: positive anchors are at most this part of all.
        flip_p: probability of mirroring.
        ashape: accepted for GluonCV's sake; the network's anchors themselves are looked at.
        multi_stage: likewise.
        generator: where chances come from; the global ones if None, as in GluonCV.
        kwargs: further arguments of ``RPNTargetGenerator``.

    Examples:
        >>> prepare = FasterRCNNDefaultTrainTransform(short=10)
        >>> x, label = prepare(nd.zeros((20, 40, 3), dtype="uint8"), np.array([[0, 0, 20, 20, 3]]))
        >>> x.shape, label.shape
        ((3, 10, 20), (1, 5))
    """

    def __init__(
        self,
        short: int | Sequence[int] = 600,
        max_size: int = 1000,
        net: Any = None,
        mean: Sequence[float] = MEAN,
        std: Sequence[float] = STD,
        box_norm: Sequence[float] = (1.0, 1.0, 1.0, 1.0),
        num_sample: int = 256,
        pos_iou_thresh: float = 0.7,
        neg_iou_thresh: float = 0.3,
        pos_ratio: float = 0.5,
        flip_p: float = 0.5,
        ashape: int = 128,  # noqa: ARG002
        multi_stage: bool = False,  # noqa: ARG002
        *,
        generator: np.random.Generator | None = None,
        **kwargs: Any,
    ) -> None:
        self._short, self._max_size, self._mean, self._std, self._flip_p = short, max_size, mean, std, flip_p
        self._chance, self._generator = Chance(generator), generator
        self._anchors: list[np.ndarray] = []
        if net is None:
            return
        if not hasattr(net, "rpn"):
            raise ArgumentTypeError(
                f"{type(self).__name__}: net must be a network that proposes regions, got {type(net).__name__}"
            )
        given = net.rpn.anchor_generator
        levels = [given] if isinstance(given, RPNAnchorGenerator) else list(given)
        self._anchors = [one.anchors.data().asnumpy()[0, 0] for one in levels]
        self._sizes = MapSizes(net)
        self._target_generator = RPNTargetGenerator(
            num_sample, pos_iou_thresh, neg_iou_thresh, pos_ratio, box_norm, generator=generator, **kwargs
        )

    def __call__(self, src: Any, label: np.ndarray) -> tuple[Any, ...]:
        """Prepare a picture ``(H, W, 3)`` and its label ``(M, 4+)``.

        Returns:
            The input ``(3, H, W)`` and the label, float32; with a network also lists with an array for each feature
            map of K anchors around a cell: classes ``(H, W, K)``, box offsets and masks ``(H, W, 4 K)``.
        """
        height, width = src.shape[:2]
        if isinstance(self._short, Sequence):
            low, high = self._short
            short = low + self._chance.python_below(high - low + 1)
        else:
            short = self._short
        image = pictures.resize_short_within(src, short, self._max_size, interp=1)
        size = image.shape[1], image.shape[0]
        label = boxes.resize(label, (width, height), size)
        image, (flipped, _) = pictures.random_flip(image, px=self._flip_p, generator=self._generator)
        label = boxes.flip(label, size, flip_x=flipped).astype(np.float32)
        image = inputs(image, self._mean, self._std)
        if not self._anchors:
            return image, label
        return image, label, *self._targets(label[:, :4], *size)

    def _targets(self, truth: np.ndarray, width: int, height: int) -> tuple[list[np.ndarray], ...]:
        """Make the targets of the proposals, one array for each feature map."""
        sizes = self._sizes(height, width)
        anchors = [one[:rows, :columns] for one, (rows, columns) in zip(self._anchors, sizes, strict=True)]
        every = np.concatenate([one.reshape(-1, 4) for one in anchors])
        ends = np.cumsum([one.size // 4 for one in anchors])[:-1]
        found = self._target_generator(truth, every, width, height)
        return tuple(
            [part.reshape(*one.shape[:2], -1) for part, one in zip(np.split(target, ends), anchors, strict=True)]
            for target in found
        )


class FasterRCNNDefaultValTransform:
    """Prepare a picture and its label for validation.

    Args:
        short: the shorter side of an input.
        max_size: the most that the longer one may be.
        mean: mean of each channel, of values in [0, 1].
        std: standard deviation of each channel.

    Examples:
        >>> prepare = FasterRCNNDefaultValTransform(short=10)
        >>> x, label, scale = prepare(nd.zeros((20, 40, 3), dtype="uint8"), np.array([[0, 0, 20, 20, 3]]))
        >>> x.shape, label.tolist(), scale.asnumpy()
        ((3, 10, 20), [[0.0, 0.0, 10.0, 10.0, 3.0]], array([2.], dtype=float32))
    """

    def __init__(
        self, short: int = 600, max_size: int = 1000, mean: Sequence[float] = MEAN, std: Sequence[float] = STD
    ) -> None:
        self._short, self._max_size, self._mean, self._std = short, max_size, mean, std

    def __call__(self, src: Any, label: np.ndarray) -> tuple[Any, np.ndarray, Any]:
        """Prepare a picture ``(H, W, 3)`` and its label ``(M, 4+)``.

        Returns:
            The input ``(3, H, W)``; the label; and ``(1,)``, pixels of the picture for one of the input.
        """
        height, width = src.shape[:2]
        image = pictures.resize_short_within(src, self._short, self._max_size, interp=1)
        label = boxes.resize(label, (width, height), (image.shape[1], image.shape[0])).astype(np.float32)
        scale = nd.array([height / image.shape[0]])
        image = inputs(image, self._mean, self._std)
        return image, label, scale if isinstance(image, NDArray) else scale.as_torch()
