"""Boxes as offsets from anchors (Fast R-CNN, appendix C), and back.

An offset is the difference of two centres in sizes of the anchor, or the logarithm of the ratio of two sizes; its
mean is subtracted and it is divided by its standard deviation.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from regluon.core.errors import ArgumentError
from regluon.cv.nn.bbox import BBoxCornerToCenter, NumPyBBoxCornerToCenter
from regluon.cv.nn.lookup import look_up_boxes
from regluon.gluon.hybrid import HybridBlock

__all__ = ["NormalizedBoxCenterDecoder", "NormalizedBoxCenterEncoder", "NumPyNormalizedBoxCenterEncoder"]

STDS = (0.1, 0.1, 0.2, 0.2)
MEANS = (0.0, 0.0, 0.0, 0.0)


class NormalizedBoxCenterEncoder(HybridBlock):
    """Encode the boxes that positive anchors are matched with; GluonCV's ``NormalizedBoxCenterEncoder``.

    Args:
        stds: what the four offsets are divided by.
        means: what is subtracted before.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> anchors, refs = nd.array([[[0, 0, 2, 2]]]), nd.array([[[1, 0, 3, 2]]])
        >>> targets, masks = NormalizedBoxCenterEncoder()(nd.array([[1]]), nd.array([[0]]), anchors, refs)
        >>> targets.asnumpy(), masks.asnumpy()
        (array([[[5., 0., 0., 0.]]], dtype=float32), array([[[1., 1., 1., 1.]]], dtype=float32))
    """

    def __init__(self, stds: Sequence[float] = STDS, means: Sequence[float] = MEANS, **names: Any) -> None:
        super().__init__(**names)
        self._stds, self._means = _four(self, "stds", stds), _four(self, "means", means)
        self.corner_to_center = BBoxCornerToCenter(split=True)

    def hybrid_forward(self, F: Any, samples: Any, matches: Any, anchors: Any, refs: Any) -> tuple[Any, Any]:
        """Encode.

        Args:
            F: the face.
            samples: ``(B, N)``.
            matches: ``(B, N)``.
            anchors: corner boxes, ``(B, N, 4)`` or ``(1, N, 4)`` for all images.
            refs: ``(B, M, 4)`` corner boxes.

        Returns:
            Targets and masks, both ``(B, N, 4)``.
        """
        there = self.corner_to_center(look_up_boxes(F, refs, matches))
        here = self.corner_to_center(anchors)
        moves = [F.broadcast_div(F.broadcast_sub(there[i], here[i]), here[i + 2]) for i in (0, 1)]
        grows = [F.log(F.broadcast_div(there[i], here[i])) for i in (2, 3)]
        offsets = zip([*moves, *grows], self._means, self._stds, strict=True)
        codes = F.concat(*[(offset - mean) / std for offset, mean, std in offsets], dim=2)
        positive = F.where(samples > 0.5, F.ones_like(samples), F.zeros_like(samples))
        masks = F.tile(F.expand_dims(positive, axis=2), reps=(1, 1, 4))
        return F.where(masks, codes, F.zeros_like(codes)), masks


class NumPyNormalizedBoxCenterEncoder:
    """Encode the boxes that positive anchors are matched with, on NumPy arrays.

    GluonCV's ``NumPyNormalizedBoxCenterEncoder``, which fails for more than one image where its compiled helper is
    missing; here every image has its own boxes.

    Args:
        stds: what the four offsets are divided by.
        means: what is subtracted before.

    Examples:
        >>> anchors, refs = np.array([[[0, 0, 2, 2]]]), np.array([[[1, 0, 3, 2]]])
        >>> NumPyNormalizedBoxCenterEncoder()(np.array([[1]]), np.array([[0]]), anchors, refs)[0]
        array([[[5., 0., 0., 0.]]], dtype=float32)
    """

    def __init__(self, stds: Sequence[float] = STDS, means: Sequence[float] = MEANS) -> None:
        self._stds, self._means = _four(self, "stds", stds), _four(self, "means", means)
        self._corner_to_center = NumPyBBoxCornerToCenter(split=True)

    def __call__(
        self, samples: np.ndarray, matches: np.ndarray, anchors: np.ndarray, refs: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Encode; shapes are those of ``NormalizedBoxCenterEncoder``, results float32."""
        index = np.clip(matches.astype(np.int64), 0, refs.shape[1] - 1)[:, :, None]
        x, y, width, height = self._corner_to_center(np.take_along_axis(refs, index, axis=1).astype(np.float32))
        across, down, wide, tall = self._corner_to_center(anchors.astype(np.float32))
        with np.errstate(all="ignore"):  # an anchor without area is of no consequence where it is not positive
            codes = [(x - across) / wide, (y - down) / tall, np.log(width / wide), np.log(height / tall)]
        codes = [(code - mean) / std for code, mean, std in zip(codes, self._means, self._stds, strict=True)]
        positive = np.repeat(samples[:, :, None] > 0.5, 4, axis=2)
        targets = np.where(positive, np.concatenate(codes, axis=2), 0.0)
        return targets.astype(np.float32), positive.astype(np.float32)


class NormalizedBoxCenterDecoder(HybridBlock):
    """Turn predicted offsets from anchors into corner boxes; GluonCV's ``NormalizedBoxCenterDecoder``.

    Args:
        stds: what the four offsets are multiplied by.
        convert_anchor: anchors are corner boxes; otherwise center boxes.
        clip: upper bound of what the sizes' offsets come to, before the exponential. None where it is None, 0 or
            negative. (Early releases of GluonCV cut the exponential itself.)
        minimal_opset: use common operators only, through which gradients flow; otherwise one operator for all, which
            takes anchors for one image only and passes no gradient.
        means: what is added after the multiplication, as early releases of GluonCV could. If one is not 0, common
            operators are used.

    Examples:
        >>> from regluon import nd
        >>> decode = NormalizedBoxCenterDecoder(convert_anchor=True)
        >>> decode(nd.array([[[5, 0, 0, 0]]]), nd.array([[[0, 0, 2, 2]]])).asnumpy()
        array([[[1., 0., 3., 2.]]], dtype=float32)
    """

    def __init__(
        self,
        stds: Sequence[float] = STDS,
        convert_anchor: bool = False,
        clip: float | None = None,
        minimal_opset: bool = False,
        *,
        means: Sequence[float] = MEANS,
    ) -> None:
        super().__init__()
        self._stds, self._means = _four(self, "stds", stds), _four(self, "means", means)
        self._convert_anchor, self._clip = convert_anchor, clip if clip is not None and clip > 0 else None
        self._minimal_opset = minimal_opset or any(self._means)
        self.corner_to_center = BBoxCornerToCenter(split=True) if convert_anchor else None

    def hybrid_forward(self, F: Any, x: Any, anchors: Any) -> Any:
        """Decode ``(B, N, 4)`` offsets from ``(1, N, 4)`` anchors to ``(B, N, 4)`` boxes."""
        if self._minimal_opset:
            return self._decode(F, x, anchors)
        stds = {f"std{i}": std for i, std in enumerate(self._stds)}
        clip, form = -1.0 if self._clip is None else self._clip, "corner" if self._convert_anchor else "center"
        return F.contrib.box_decode(x, anchors, **stds, clip=clip, format=form)

    def _decode(self, F: Any, x: Any, anchors: Any) -> Any:
        if self.corner_to_center is not None:
            here = self.corner_to_center(anchors)
        else:
            here = F.split(anchors, axis=-1, num_outputs=4)
        columns = zip(F.split(x, axis=-1, num_outputs=4), self._stds, self._means, strict=True)
        offsets = [column * std + mean if mean else column * std for column, std, mean in columns]
        if self._clip is not None:
            offsets[2:] = [F._internal._minimum_scalar(offset, scalar=self._clip) for offset in offsets[2:]]
        centers = [F.broadcast_add(F.broadcast_mul(offsets[i], here[i + 2]), here[i]) for i in (0, 1)]
        halves = [F.broadcast_mul(F.exp(offsets[i]), here[i]) * 0.5 for i in (2, 3)]
        corners = [center - half for center, half in zip(centers, halves, strict=True)]
        return F.concat(*corners, *[center + half for center, half in zip(centers, halves, strict=True)], dim=-1)


def _four(coder: object, name: str, values: Sequence[float]) -> tuple[float, ...]:
    if len(values) != 4:
        raise ArgumentError(f"{type(coder).__name__}: {name} must be 4 numbers, got {tuple(values)}")
    return tuple(float(value) for value in values)
