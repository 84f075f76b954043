"""What YOLOv3 puts on each feature map (Redmon and Farhadi, 2018, section 2)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from regluon import autograd
from regluon.core.errors import ArgumentError
from regluon.cv.model_zoo.backbones.darknet import darknet_unit
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock

__all__ = ["YOLODetectionBlockV3", "YOLOOutputV3"]

# Numbers of a prediction that are no class: centre x and y, width, height, whether there is an object.
_BOX = 5


class YOLOOutputV3(HybridBlock):
    """Predict boxes from a feature map; GluonCV's ``YOLOOutputV3``.

    Args:
        index: number of the map, for names of constants.
        num_class: number of classes.
        anchors: widths and heights of the map's anchors in turn, in pixels.
        stride: distance of the map's cells in pixels.
        alloc_size: the most rows and columns of a map.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> output = YOLOOutputV3(0, 2, [10, 13, 16, 30], 8, (4, 4))
        >>> output.initialize()
        >>> output(nd.zeros((1, 16, 3, 4))).shape  # 2 classes, 12 cells, 2 anchors
        (1, 48, 6)
    """

    def __init__(
        self,
        index: int,
        num_class: int,
        anchors: Sequence[float],
        stride: int,
        alloc_size: tuple[int, int] = (128, 128),
        **names: Any,
    ) -> None:
        super().__init__(**names)
        shapes = np.array(anchors, np.float32)
        if not shapes.size or shapes.size % 2:
            raise ArgumentError(f"YOLOOutputV3: anchors must be pairs of width and height, got {anchors!r}")
        rows, columns = np.indices(alloc_size, np.float32)
        self._classes, self._num_anchors, self._stride = num_class, shapes.size // 2, stride
        with self.name_scope():
            self.prediction = nn.Conv2D(self._num_pred * self._num_anchors, 1)
            self.anchors = self.params.get_constant(f"anchor_{index}", shapes.reshape(1, 1, -1, 2))
            self.offsets = self.params.get_constant(f"offset_{index}", np.stack([columns, rows], -1)[None, None])

    @property
    def _num_pred(self) -> int:
        """Numbers that are predicted for each anchor."""
        return _BOX + self._classes

    def reset_class(self, classes: Sequence[str], reuse_weights: Mapping[int, int] | None = None) -> None:
        """Change the classes; the new predictor begins at random.

        Args:
            classes: names of the new classes.
            reuse_weights: numbers of old classes by numbers of new ones that continue them. Where there are any, what
                predicts boxes is kept as well.

        Raises:
            ArgumentError: there are no weights yet to be reused.
        """
        old, width = self.prediction, self._num_pred
        if reuse_weights and not old.weight.initialized:
            raise ArgumentError(
                "YOLOOutputV3: reset_class with reuse_weights must come after weights are loaded, or made by a first "
                "call"
            )
        self._clear_cached_op()
        self._classes = len(classes)
        channels = self._num_pred * self._num_anchors
        new = nn.Conv2D(channels, 1, in_channels=old.weight.shape[1], prefix=old.prefix)
        if old.weight.initialized or old.weight.is_deferred:
            new.initialize(ctx=old.weight.list_ctx())
        if reuse_weights:
            numbers = {i: i for i in range(_BOX)} | {_BOX + to: _BOX + at for to, at in reuse_weights.items()}
            for source, target in ((old.weight, new.weight), (old.bias, new.bias)):
                values, kept = target.data(), source.data()
                for to, at in numbers.items():
                    values[to :: self._num_pred] = kept[at::width]
                target.set_data(values)
        self.prediction = new

    def hybrid_forward(self, F: Any, x: Any, anchors: Any, offsets: Any) -> Any:
        """Predict.

        Args:
            F: the face.
            x: ``(B, C, H, W)``, of which each of the ``N = H * W`` cells has ``A`` anchors.
            anchors: ``(1, 1, A, 2)``.
            offsets: ``(1, 1, H', W', 2)``, x and y of more cells.

        Returns:
            While training: corner boxes ``(B, N * A, 4)`` in pixels, raw centres and sizes ``(B, N, A, 2)``, objects
            ``(B, N, A, 1)`` and classes ``(B, N, A, C)`` before the sigmoid, the anchors, and the cells'
            ``(1, N, 1, 2)``. Otherwise rows ``(B, C * N * A, 6)`` of id, score and box.
        """
        numbers = F.reshape(self.prediction(x), shape=(0, self._num_anchors * self._num_pred, -1))
        numbers = F.reshape(F.transpose(numbers, axes=(0, 2, 1)), shape=(0, -1, self._num_anchors, self._num_pred))
        centers, scales, there, classes = (
            F.slice_axis(numbers, axis=-1, begin=begin, end=end) for begin, end in ((0, 2), (2, 4), (4, 5), (5, None))
        )
        cells = F.reshape(F.slice_like(offsets, x * 0, axes=(2, 3)), shape=(1, -1, 1, 2))
        middle = F.broadcast_add(F.sigmoid(centers), cells) * self._stride
        half = F.broadcast_mul(F.exp(scales), anchors) / 2.0
        boxes = F.concat(middle - half, middle + half, dim=-1)
        if autograd.is_training():
            return F.reshape(boxes, shape=(0, -1, 4)), centers, scales, there, classes, anchors, cells
        scores = F.broadcast_mul(F.sigmoid(classes), F.sigmoid(there))
        scores = F.expand_dims(F.transpose(scores, axes=(0, 3, 1, 2)), axis=-1)
        ids = F.reshape(F.contrib.arange_like(scores, axis=1), shape=(1, -1, 1, 1, 1))
        boxes = F.tile(F.expand_dims(boxes, axis=1), reps=(1, self._classes, 1, 1, 1))
        return F.reshape(F.concat(F.broadcast_like(ids, scores), scores, boxes, dim=-1), shape=(0, -1, 6))


class YOLODetectionBlockV3(HybridBlock):
    """Look closer at a feature map; GluonCV's ``YOLODetectionBlockV3``.

    Args:
        channel: channels of the 1x1 convolutions, an even number; the 3x3 ones have twice as many.
        norm_layer: class of the normalisations.
        norm_kwargs: arguments of it.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        channel: int,
        norm_layer: Callable[..., HybridBlock] = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        if channel % 2:
            raise ArgumentError(f"YOLODetectionBlockV3: channel must be even, got {channel}")
        narrow = channel, 1, 0, 1, norm_layer, norm_kwargs
        wide = channel * 2, 3, 1, 1, norm_layer, norm_kwargs
        with self.name_scope():
            self.body = nn.HybridSequential(prefix="")
            for one in (narrow, wide, narrow, wide, narrow):
                self.body.add(darknet_unit(*one))
            self.tip = darknet_unit(*wide)

    def hybrid_forward(self, F: Any, x: Any) -> tuple[Any, Any]:  # noqa: ARG002
        """Return what goes on to the next map ``(B, channel, H, W)``, and what to predict from, twice as deep."""
        route = self.body(x)
        return route, self.tip(route)
