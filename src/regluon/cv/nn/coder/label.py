"""Classes as training targets, and classes from predicted probabilities."""

from typing import Any

import numpy as np

from regluon import nd
from regluon.core.errors import ArgumentError
from regluon.cv.nn.lookup import look_up
from regluon.gluon.hybrid import HybridBlock

__all__ = ["MultiClassDecoder", "MultiClassEncoder", "MultiPerClassDecoder", "SigmoidClassEncoder"]


class MultiClassEncoder(HybridBlock):
    """Give positive anchors the class of their match plus 1, negative ones 0; GluonCV's ``MultiClassEncoder``.

    Args:
        ignore_label: what the others get, for the loss to leave out.

    Examples:
        >>> from regluon import nd
        >>> MultiClassEncoder()(nd.array([[1, -1, 0]]), nd.array([[1, 0, -1]]), nd.array([[4, 7]])).asnumpy()
        array([[ 8.,  0., -1.]], dtype=float32)
    """

    def __init__(self, ignore_label: float = -1) -> None:
        super().__init__()
        self._ignore_label = ignore_label

    def hybrid_forward(self, F: Any, samples: Any, matches: Any, refs: Any) -> Any:
        """Encode.

        Args:
            F: the face.
            samples: ``(B, N)``.
            matches: ``(B, N)``.
            refs: ``(B, M)`` or ``(B, M, 1)`` class ids of ground truths.

        Returns:
            ``(B, N)`` classes, in the dtype of ``refs``.
        """
        classes = look_up(F, F.reshape(refs, shape=(0, -1)), matches) + 1
        ignored = F.ones_like(classes) * self._ignore_label
        return F.where(samples > 0.5, classes, F.where(samples < -0.5, F.zeros_like(classes), ignored))


class MultiClassDecoder(HybridBlock):
    """Find the likeliest class of each anchor; GluonCV's ``MultiClassDecoder``.

    GluonCV works on the last axis only; here ``axis`` counts.

    Args:
        axis: the axis of classes.
        thresh: a probability must be above this.

    Examples:
        >>> from regluon import nd
        >>> ids, scores = MultiClassDecoder()(nd.array([[[0.5, 0.1, 0.2, 0.1], [1, 0, 0, 0]]]))
        >>> ids.asnumpy(), scores.asnumpy()
        (array([[ 1., -1.]], dtype=float32), array([[0.2, 0. ]], dtype=float32))
    """

    def __init__(self, axis: int = -1, thresh: float = 0.01) -> None:
        super().__init__()
        self._axis, self._thresh = axis, thresh

    def hybrid_forward(self, F: Any, x: Any) -> tuple[Any, Any]:
        """Decode ``(B, N, C + 1)`` probabilities, the background first, to ``(B, N)`` ids, -1 for none, and scores."""
        objects = F.slice_axis(x, axis=self._axis, begin=1, end=None)
        best = F.argmax(objects, axis=self._axis)
        scores = F.pick(objects, best, axis=self._axis)
        likely = scores > self._thresh
        return F.where(likely, best, F.ones_like(best) * -1), F.where(likely, scores, F.zeros_like(scores))


class MultiPerClassDecoder(HybridBlock):
    """Find all likely classes of each anchor, each with its own score; GluonCV's ``MultiPerClassDecoder``.

    Args:
        num_class: C + 1, the number of classes and the background.
        axis: the axis of classes.
        thresh: a probability must be above this.

    Examples:
        >>> from regluon import nd
        >>> ids, scores = MultiPerClassDecoder(3)(nd.array([[[0.5, 0.3, 0]]]))
        >>> ids.asnumpy(), scores.asnumpy()
        (array([[[ 0., -1.]]], dtype=float32), array([[[0.3, 0. ]]], dtype=float32))
    """

    def __init__(self, num_class: int, axis: int = -1, thresh: float = 0.01) -> None:
        super().__init__()
        if num_class < 2:
            raise ArgumentError(
                f"MultiPerClassDecoder: num_class must be at least 2, as it counts the background, got {num_class}"
            )
        self._classes, self._axis, self._thresh = num_class - 1, axis, thresh

    def hybrid_forward(self, F: Any, x: Any) -> tuple[Any, Any]:
        """Decode ``(B, N, C + 1)`` probabilities, the background first, to ``(B, N, C)`` ids (-1: none) and scores."""
        scores = F.slice_axis(x, axis=self._axis, begin=1, end=None)
        first = F.zeros_like(F.slice_axis(x, axis=self._axis, begin=0, end=1))
        ids = F.concat(*[first + i for i in range(self._classes)], dim=self._axis)
        likely = scores > self._thresh
        return F.where(likely, ids, F.ones_like(ids) * -1), F.where(likely, scores, F.zeros_like(scores))


class SigmoidClassEncoder(HybridBlock):
    """Turn samples into targets of a yes-or-no loss; GluonCV's ``SigmoidClassEncoder``.

    GluonCV's early releases take NDArrays, later ones NumPy arrays; here arrays of any kind give arrays of that kind.

    Args:
        names: ``prefix`` and ``params``.

    Examples:
        >>> SigmoidClassEncoder()(np.array([[1.0, 0.0, -1.0]], np.float32))
        (array([[ 1., -1.,  0.]], dtype=float32), array([[1., 0., 1.]], dtype=float32))
    """

    def __init__(self, **names: Any) -> None:
        super().__init__(**names)

    def forward(self, x: Any, *args: Any) -> Any:
        """Encode ``(B, N)`` samples; see ``hybrid_forward``."""
        if not isinstance(x, np.ndarray):
            return super().forward(x, *args)
        targets, masks = super().forward(nd.array(x, dtype=x.dtype), *args)
        return targets.asnumpy(), masks.asnumpy()

    def hybrid_forward(self, F: Any, samples: Any) -> tuple[Any, Any]:
        """Encode.

        Args:
            F: the face.
            samples: ``(B, N)``.

        Returns:
            Targets ``(B, N)``, 1 for positive, 0 for negative, -1 for ignored; and masks ``(B, N)``, 0 for ignored.
        """
        counts = F.abs(samples) > 1e-5
        ones = F.ones_like(samples)
        return F.where(counts, (samples + 1) / 2, ones * -1), F.where(counts, ones, F.zeros_like(samples))
