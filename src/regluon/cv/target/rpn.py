"""Targets of region proposal networks (Ren et al., 2015, section 3.1.2)."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from regluon import nd
from regluon.core.array import as_numpy
from regluon.core.errors import ArgumentError
from regluon.cv.nn.coder import NumPyNormalizedBoxCenterEncoder, SigmoidClassEncoder
from regluon.cv.nn.sampler.quota import Generator
from regluon.gluon.block import Block
from regluon.nd import NDArray

__all__ = ["RPNTargetGenerator", "RPNTargetSampler"]


class RPNTargetSampler:
    """Choose positive and negative anchors of one image; GluonCV's ``RPNTargetSampler``.

    An anchor is positive if it overlaps a ground truth by ``pos_iou_thresh``, or more than any other anchor does; it
    is negative, whatever it was before, if its largest overlap is below ``neg_iou_thresh``. Of these at most so many
    stay, drawn at random. An anchor outside of the image, whose overlaps are -1, is ignored; in GluonCV all are
    positive if there is no anchor inside.

    Args:
        num_sample: anchors to sample.
        pos_iou_thresh: overlap from which an anchor is positive.
        neg_iou_thresh: overlap below which one is negative.
        pos_ratio: positive anchors are at most this part of all; negative ones take the room that they leave.
        generator: where random numbers come from, or a seed; NumPy's global ones if None, as in GluonCV.

    Examples:
        >>> sample = RPNTargetSampler(4, 0.7, 0.3, 0.5, generator=0)
        >>> sample(np.array([[0.9, 0], [0.5, 0.4], [0.5, 0.2], [0.2, 0.1], [-1, -1]], np.float32))
        (array([ 1.,  1.,  0., -1.,  0.], dtype=float32), array([0, 0, 0, 0, 0]))
    """

    def __init__(
        self,
        num_sample: int,
        pos_iou_thresh: float,
        neg_iou_thresh: float,
        pos_ratio: float,
        *,
        generator: Generator | int | None = None,
    ) -> None:
        if not 0 <= pos_ratio <= 1:
            raise ArgumentError(f"RPNTargetSampler: pos_ratio must be in [0, 1], got {pos_ratio}")
        self._num_sample, self._max_pos = num_sample, round(num_sample * pos_ratio)
        self._pos_iou_thresh, self._neg_iou_thresh = pos_iou_thresh, neg_iou_thresh
        self._generator = np.random.default_rng(generator) if isinstance(generator, int) else generator

    def __call__(self, ious: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sample.

        Args:
            ious: ``(N, M)`` overlaps of anchors with ground truths, -1 for an anchor to ignore; M may be 0.

        Returns:
            Samples ``(N,)``, 1 for positive, -1 for negative, 0 for ignored; and matches ``(N,)`` in ``[0, M)``.
        """
        if ious.shape[1] == 0:
            ious = np.zeros((len(ious), 1), np.float32)
        nearest = ious.max(axis=1, initial=-1.0)
        # As in GluonCV: with a slack of one float32 step, and also where the largest overlap is 0.
        first = (ious + np.spacing(np.float32(1)) > ious.max(axis=0, initial=-1.0)).any(axis=1)
        samples = np.where((first & (nearest >= 0)) | (nearest >= self._pos_iou_thresh), 1.0, 0.0).astype(np.float32)
        samples[(nearest >= 0) & (nearest < self._neg_iou_thresh)] = -1
        positive = int((samples > 0).sum())
        self._thin(samples, samples > 0, self._max_pos)
        self._thin(samples, samples < 0, self._num_sample - min(positive, self._max_pos))
        return samples, ious.argmax(axis=1) if len(ious) else np.zeros(0, np.int64)

    def _thin(self, samples: np.ndarray, chosen: np.ndarray, most: int) -> None:
        """Ignore chosen anchors, drawn at random, until no more than ``most`` are left."""
        source: Any = np.random if self._generator is None else self._generator
        places = np.flatnonzero(chosen)
        if len(places) > most:
            samples[source.choice(places, size=len(places) - most, replace=False)] = 0


class RPNTargetGenerator(Block):
    """Make the targets of a region proposal network for one image; GluonCV's ``RPNTargetGenerator``.

    Anchors that reach out of the image are ignored. No gradient flows.

    Args:
        num_sample: anchors to sample in the image.
        pos_iou_thresh: overlap from which an anchor is positive.
        neg_iou_thresh: overlap below which one is negative.
        pos_ratio: positive anchors are at most this part of all.
        stds: what box offsets are divided by.
        allowed_border: accepted for GluonCV's sake, where it has no effect either.
        generator: where random numbers come from, or a seed; NumPy's global ones if None, as in GluonCV.

    Examples:
        >>> anchors = nd.array([[0, 0, 9, 9], [20, 20, 29, 29], [25, 0, 44, 9]])
        >>> classes, offsets, masks = RPNTargetGenerator()(nd.array([[1, 0, 10, 9]]), anchors, 40, 30)
        >>> classes, offsets[0].round(3)
        (array([ 1.,  0., -1.], dtype=float32), array([0.111, 0.   , 0.   , 0.   ], dtype=float32))
    """

    def __init__(
        self,
        num_sample: int = 256,
        pos_iou_thresh: float = 0.7,
        neg_iou_thresh: float = 0.3,
        pos_ratio: float = 0.5,
        stds: Sequence[float] = (1.0, 1.0, 1.0, 1.0),
        allowed_border: float = 0,  # noqa: ARG002
        *,
        generator: Generator | int | None = None,
    ) -> None:
        super().__init__()
        self._sampler = RPNTargetSampler(num_sample, pos_iou_thresh, neg_iou_thresh, pos_ratio, generator=generator)
        self._cls_encoder = SigmoidClassEncoder()
        self._box_encoder = NumPyNormalizedBoxCenterEncoder(stds)

    def forward(self, bbox: Any, anchor: Any, width: float, height: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Make targets.

        Args:
            bbox: ``(M, 4)`` corner boxes of ground truths; M may be 0.
            anchor: ``(N, 4)`` corner boxes.
            width: width of the image.
            height: its height.

        Returns:
            NumPy arrays: classes ``(N,)``, 1 for an object, 0 for none, -1 to ignore; box offsets ``(N, 4)``; and
            their masks.
        """
        anchors, boxes = (as_numpy(one).astype(np.float32, copy=False).reshape(-1, 4) for one in (anchor, bbox))
        inside = (anchors[:, :2] >= 0).all(axis=1) & (anchors[:, 2] < width) & (anchors[:, 3] < height)
        samples, matches = self._sampler(np.where(inside[:, None], _overlaps(anchors, boxes), np.float32(-1)))
        # Without an object there is none to encode, and nobody who asks for one.
        refs = boxes if len(boxes) else np.zeros((1, 4), np.float32)
        offsets, masks = self._box_encoder(samples[None], matches[None], anchors[None], refs[None])
        classes, _ = self._cls_encoder(samples)
        return classes, offsets[0], masks[0]

    def for_batch(self, boxes: Any, anchors: Any, width: float, height: float) -> tuple[Any, Any, Any]:
        """Make the targets of several images of one size.

        Args:
            boxes: ``(B, M, 4)`` corner boxes of ground truths, padded with -1; M may be 0.
            anchors: ``(1, N, 4)`` corner boxes, or a list of those of each level.
            width: width of the images.
            height: their height.

        Returns:
            Classes ``(B, N)``, box offsets and masks ``(B, N, 4)``, of the kind and on the device of ``boxes``.
        """
        levels = anchors if isinstance(anchors, (list, tuple)) else [anchors]
        every = np.concatenate([as_numpy(one).reshape(-1, 4) for one in levels])
        rows = [image[(image != -1).any(axis=1)] for image in as_numpy(boxes)]
        found = zip(*[self.forward(row, every, width, height) for row in rows], strict=True)
        if isinstance(boxes, NDArray):
            targets = [nd.array(np.stack(one), ctx=boxes.context) for one in found]
        else:
            targets = [boxes.new_tensor(np.stack(one)) for one in found]
        return targets[0], targets[1], targets[2]


def _overlaps(anchors: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Compute ``(N, M)`` overlaps; without boxes there is one of 0."""
    if not len(boxes) or not len(anchors):
        return np.zeros((len(anchors), max(1, len(boxes))), np.float32)
    overlaps: NDArray = nd.contrib.box_iou(nd.array(anchors), nd.array(boxes), format="corner")
    return overlaps.asnumpy()
