"""Transforms of CenterNet: GluonCV's ``data.transforms.presets.center_net``."""

import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch

from regluon import nd
from regluon.cv.target import CenterNetTargetGenerator
from regluon.cv.transforms import bbox as boxes
from regluon.cv.transforms import image as pictures
from regluon.cv.transforms.affine import affine_transform, get_affine_transform, warp
from regluon.cv.transforms.chance import Chance
from regluon.cv.transforms.presets.detection import MEAN, STD, listed, read
from regluon.nd.ndarray import NDArray

__all__ = [
    "CenterNetDefaultTrainTransform",
    "CenterNetDefaultValTransform",
    "get_post_transform",
    "load_test",
    "transform_test",
]

# GluonCV reads red as blue here.
_LUMA = (0.114, 0.587, 0.299)
# How colours of photographs vary (Krizhevsky et al., 2012, section 4.1).
_VARIANCES = np.array([0.2141788, 0.01817699, 0.00341571])
_AXES = np.array(
    [
        [-0.58752847, -0.69563484, 0.41340352],
        [-0.5832747, 0.00994535, -0.81221408],
        [-0.56089297, 0.71832671, 0.41158938],
    ]
)


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
        >>> x, picture = transform_test(nd.ones((20, 44, 3)), 32)
        >>> x.shape, picture.shape
        ((1, 3, 32, 70), (32, 70, 3))
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


class CenterNetDefaultTrainTransform:
    """Vary a picture and its boxes by chance, and make CenterNet's targets of them.

    It is mirrored, moved, scaled, and its colours are changed. Boxes are cut off at the edges of the input; GluonCV
    mixes width and height up there, which matters where they differ.

    Args:
        width: of the network's input.
        height: of it.
        num_class: number of classes.
        scale_factor: pixels of the input for each of the network's maps.
        mean: mean of each channel, of values in [0, 1].
        std: standard deviation of each channel.
        generator: where chances come from; if not given, the global generators of Python and numpy and, for colours,
            one of a fixed seed, just as in GluonCV.
        kwargs: accepted for GluonCV's sake.

    Examples:
        >>> transform = CenterNetDefaultTrainTransform(64, 32, 2, generator=np.random.default_rng(0))
        >>> made = transform(nd.ones((40, 50, 3)) * 100, np.array([[10, 10, 30, 30, 1]]))
        >>> [one.shape for one in made]
        [(3, 32, 64), (2, 8, 16), (2, 8, 16), (2, 8, 16), (2, 8, 16), (2, 8, 16)]
    """

    def __init__(
        self,
        width: int,
        height: int,
        num_class: int,
        scale_factor: int = 4,
        mean: Sequence[float] = MEAN,
        std: Sequence[float] = STD,
        generator: np.random.Generator | None = None,
        **kwargs: Any,  # noqa: ARG002
    ) -> None:
        self._size, self._mean, self._std = (width, height), mean, std
        self._map_size = width // scale_factor, height // scale_factor
        self._generator = generator
        self._colors: Any = np.random.RandomState(123) if generator is None else generator
        self._target_generator = CenterNetTargetGenerator(num_class, *self._map_size)

    def __call__(self, src: Any, label: np.ndarray) -> tuple[Any, ...]:
        """Transform a picture ``(H, W, 3)`` with its boxes ``(N, 5+)`` of corners and class.

        Returns:
            The input ``(3, height, width)`` and the five targets of ``CenterNetTargetGenerator``.
        """
        chance = Chance(self._generator)
        height, width, _ = src.shape
        src, (mirrored, _) = pictures.random_flip(src, px=0.5, generator=self._generator)
        label = boxes.flip(label, (width, height), flip_x=mirrored)
        borders = [_border(128, extent) for extent in (width, height)]
        center = [
            border + chance.below(extent - 2 * border) for border, extent in zip(borders, (width, height), strict=True)
        ]
        scale = max(height, width) * np.clip(chance.normal(1, 1)[0] * 0.4 + 1, 0.6, 1.4)
        pixels = warp(_opened(src), get_affine_transform(center, scale, 0, self._size), self._size)
        pixels = _distorted(pixels.float() / 255, chance, self._colors)
        label = _moved(label, get_affine_transform(center, scale, 0, self._map_size), self._map_size)
        rows: Any = label if isinstance(src, NDArray) else torch.from_numpy(label).to(pixels.device)
        targets = self._target_generator(rows[:, :4], rows[:, 4:5])
        return _input(pixels, src, self._mean, self._std), *targets


class CenterNetDefaultValTransform:
    """Lay a picture and its boxes in the middle of the network's input, as large as the longer edge lets it be.

    Args:
        width: of the input.
        height: of it.
        mean: mean of each channel, of values in [0, 1].
        std: standard deviation of each channel.

    Examples:
        >>> x, label = CenterNetDefaultValTransform(20, 20)(nd.ones((20, 40, 3)), np.array([[2, 4, 10, 12, 7]]))
        >>> x.shape, label.tolist()
        ((3, 20, 20), [[1.0, 7.0, 5.0, 11.0, 7.0]])
    """

    def __init__(
        self, width: int, height: int, mean: Sequence[float] = MEAN, std: Sequence[float] = STD
    ) -> None:  # fmt: skip
        self._size, self._mean, self._std = (width, height), mean, std

    def __call__(self, src: Any, label: np.ndarray) -> tuple[Any, np.ndarray]:
        """Return the input ``(3, height, width)`` and boxes ``(N, 4+)`` float32."""
        height, width, _ = src.shape
        matrix = get_affine_transform((width / 2, height / 2), max(height, width), 0, self._size)
        pixels = warp(_opened(src), matrix, self._size).float() / 255
        return _input(pixels, src, self._mean, self._std), _moved(label, matrix, self._size).astype(np.float32)


def get_post_transform(orig_w: int, orig_h: int, out_w: int, out_h: int) -> np.ndarray:
    """Make the matrix that brings boxes of ``CenterNetDefaultValTransform`` back into the picture.

    Args:
        orig_w: width of the picture.
        orig_h: its height.
        out_w: width of the network's input.
        out_h: its height.

    Returns:
        ``(2, 3)``.

    Examples:
        >>> get_post_transform(40, 20, 20, 20) @ [5, 7, 1]
        array([10.,  4.])
    """
    return get_affine_transform((orig_w / 2, orig_h / 2), max(orig_w, orig_h), 0, (out_w, out_h), inv=True)


def _opened(src: Any) -> torch.Tensor:
    return src.as_torch() if isinstance(src, NDArray) else src


def _border(border: int, size: int) -> int:
    """Say how far from the edge the centre must be: less where the picture is small."""
    parts = 1
    while size - border // parts <= border // parts:
        parts *= 2
    return border // parts


def _moved(label: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Move boxes, and cut them off at the edges of their new picture."""
    label = label.astype(np.float64)
    last = np.array(size) - 1
    for at in (slice(0, 2), slice(2, 4)):
        label[:, at] = affine_transform(label[:, at], matrix).clip(0, last)
    return label


def _distorted(pixels: torch.Tensor, chance: Chance, colors: Any) -> torch.Tensor:
    """Change brightness, contrast and saturation in random order, then shift colours along their axes."""
    gray = (pixels * pixels.new_tensor(_LUMA)).sum(2, keepdim=True)
    mixed = [torch.zeros_like(gray), gray.mean(), gray]
    for last in (2, 1):
        other = chance.python_below(last + 1)
        mixed[last], mixed[other] = mixed[other], mixed[last]
    for one in mixed:
        share = float(1 + colors.uniform(-0.4, 0.4))
        pixels = pixels * share + one * (1 - share)
    along = colors.normal(scale=0.1, size=(3,))
    return pixels + pixels.new_tensor(_AXES @ (_VARIANCES * along))


def _input(pixels: torch.Tensor, like: Any, mean: Sequence[float], std: Sequence[float]) -> Any:
    """Make ``(3, H, W)`` of ``(H, W, 3)`` in [0, 1]."""
    x = ((pixels - pixels.new_tensor(mean)) / pixels.new_tensor(std)).permute(2, 0, 1).contiguous()
    return nd.from_torch(x) if isinstance(like, NDArray) else x
