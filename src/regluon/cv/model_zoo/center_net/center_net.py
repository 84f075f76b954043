"""The CenterNet network (Zhou et al., 2019, "Objects as Points")."""

from collections.abc import Mapping, Sequence
from typing import Any

from regluon import autograd, initializer
from regluon.core.errors import ArgumentError
from regluon.cv.model_zoo.reuse import ReuseWeights, match_classes
from regluon.cv.nn.coder import CenterNetDecoder
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock

__all__ = ["CenterNet"]

_HEADS = "heatmap", "wh", "reg"


class CenterNet(HybridBlock):
    """Find objects in pictures ``(B, 3, H, W)`` by their centres; GluonCV's ``CenterNet``.

    Predicting, it returns ids ``(B, K)``, scores ``(B, K)`` and boxes ``(B, K, 4)`` in pixels, the best first.
    Training, it returns scores of all classes ``(B, C, h, w)``, widths and heights ``(B, 2, h, w)`` of the box around
    each point, and shifts ``(B, 2, h, w)`` of the point in x and y; ``HeatmapFocalLoss(from_logits=True)`` and
    ``MaskedL1Loss`` compare them with what ``CenterNetTargetGenerator`` makes.

    Args:
        base_network: makes a map of pictures.
        heads: ``num_output`` and, if not 0, the first ``bias`` of each: ``heatmap``, ``wh`` and ``reg``, in this order.
        classes: names of the classes.
        head_conv_channel: channels of a 3x3 convolution before each head; none if 0.
        scale: pixels of the picture for each of the map.
        topk: K, the number of boxes.
        flip_test: look at the mirrored picture, too, and average.
        nms_thresh: overlap from which the lower-scored of two boxes of a class is dropped, and -1 put at the end;
            outside of (0, 1) none is. (GluonCV takes it and never drops any.)
        nms_topk: boxes that take part in that; -1 for all.
        post_nms: boxes that are returned then; -1 for all.
        norm_layer: accepted for GluonCV's sake.
        norm_kwargs: accepted for GluonCV's sake.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> heads = {"heatmap": {"num_output": 2, "bias": -2.19}, "wh": {"num_output": 2}, "reg": {"num_output": 2}}
        >>> net = CenterNet(nn.Conv2D(8, 3, 4, 1), heads, ("cat", "dog"), topk=5)
        >>> net.initialize()
        >>> [one.shape for one in net(nd.zeros((1, 3, 32, 32)))]
        [(1, 5), (1, 5), (1, 5, 4)]
    """

    def __init__(
        self,
        base_network: HybridBlock,
        heads: Mapping[str, Mapping[str, Any]],
        classes: Sequence[str],
        head_conv_channel: int = 0,
        scale: float = 4.0,
        topk: int = 100,
        flip_test: bool = False,
        nms_thresh: float = 0,
        nms_topk: int = 400,
        post_nms: int = 100,
        norm_layer: Any = None,  # noqa: ARG002
        norm_kwargs: Any = None,  # noqa: ARG002
        **names: Any,
    ) -> None:
        super().__init__(**names)
        self._classes = _names(classes)
        if tuple(heads) != _HEADS:
            raise ArgumentError(f"CenterNet: heads must be {', '.join(_HEADS)}, in this order, got {', '.join(heads)}")
        if heads["heatmap"]["num_output"] != len(classes):
            raise ArgumentError(
                f"CenterNet: num_output of the heatmap must be the number of classes, {len(classes)}, got "
                f"{heads['heatmap']['num_output']}"
            )
        self.topk, self.scale, self.flip_test = topk, scale, flip_test
        self.nms_thresh, self.nms_topk, self.post_nms = nms_thresh, nms_topk, min(post_nms, topk)
        self._bias = heads["heatmap"].get("bias", 0.0)
        with self.name_scope():
            self.base_network = base_network
            self.heatmap_nms = nn.MaxPool2D(pool_size=3, strides=1, padding=1)
            self.decoder = CenterNetDecoder(topk, scale)
            self.heads = nn.HybridSequential(prefix="heads")
            for name, given in heads.items():
                self.heads.add(_head(name, given["num_output"], given.get("bias", 0.0), head_conv_channel))

    @property
    def num_classes(self) -> int:
        """Number of classes."""
        return len(self._classes)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self._classes

    def set_nms(self, nms_thresh: float = 0, nms_topk: int = 400, post_nms: int = 100) -> None:
        """Change how overlapping boxes are dropped.

        Args:
            nms_thresh: the overlap; outside of (0, 1) nothing is dropped.
            nms_topk: boxes that take part; -1 for all.
            post_nms: boxes that are returned; -1 for all.
        """
        self._clear_cached_op()
        self.nms_thresh, self.nms_topk, self.post_nms = nms_thresh, nms_topk, min(post_nms, self.topk)

    def reset_class(self, classes: Sequence[str], reuse_weights: ReuseWeights = None) -> None:
        """Change the classes; new predictors begin at random, except for classes that continue old ones.

        Args:
            classes: names of the new classes.
            reuse_weights: ``{new: old}``, each a name or a number; or a list of names that are in both.

        Raises:
            ArgumentError: there is no such class, or there are no weights yet to be reused.

        Examples:
            >>> from regluon import nd
            >>> heads = {"heatmap": {"num_output": 2, "bias": -2.19}, "wh": {"num_output": 2}, "reg": {"num_output": 2}}
            >>> net = CenterNet(nn.Conv2D(8, 3, 4, 1), heads, ("cat", "dog"), topk=5)
            >>> net.initialize()
            >>> found = net(nd.zeros((1, 3, 32, 32)))
            >>> net.reset_class(["dog"], reuse_weights=["dog"])
            >>> net.classes
            ('dog',)
        """
        classes = _names(classes)
        reused = match_classes(reuse_weights, self._classes, classes)
        old: Any = self.heads[0][-1]
        if reused and not old.weight.initialized:
            raise ArgumentError(
                "CenterNet: reset_class with reuse_weights must come after weights are loaded, or made by a first call"
            )
        self._clear_cached_op()
        new: Any = _predictor(len(classes), self._bias, in_channels=old.weight.shape[1], prefix=old.prefix)
        if old.weight.initialized or old.weight.is_deferred:
            new.initialize(ctx=old.weight.list_ctx())
        if reused:
            for source, target in ((old.weight, new.weight), (old.bias, new.bias)):
                values, kept = target.data(), source.data()
                for to, at in reused.items():
                    values[to] = kept[at]
                target.set_data(values)
        heads, heatmap = nn.HybridSequential(prefix=self.heads.prefix), nn.HybridSequential(prefix=self.heads[0].prefix)
        heatmap.add(*self.heads[0][:-1], new)
        heads.add(heatmap, *self.heads[1:])
        self.heads, self._classes = heads, classes

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Find objects, or predict maps while training.

        Args:
            F: the face.
            x: ``(B, 3, H, W)`` pictures.

        Returns:
            Ids, scores and boxes. While training: scores, sizes and shifts.
        """
        heat, sizes, shifts = self._maps(F, x)
        if autograd.is_training():
            return F.clip(heat, a_min=1e-4, a_max=1 - 1e-4), sizes, shifts
        if self.flip_test:
            mirrored, widths, _ = self._maps(F, F.flip(x, axis=3))
            heat = (heat + F.flip(mirrored, axis=3)) * 0.5
            sizes = (sizes + F.flip(widths, axis=3)) * 0.5
        peaks = F.broadcast_equal(self.heatmap_nms(heat), heat) * heat
        found = self.decoder(peaks, sizes, shifts)
        return self._apart(F, *found) if 0 < self.nms_thresh < 1 else found

    def _maps(self, F: Any, x: Any) -> tuple[Any, Any, Any]:
        """Predict scores, sizes and shifts."""
        seen = self.base_network(x)
        heat, sizes, shifts = (head(seen) for head in self.heads)
        return F.sigmoid(heat), sizes, shifts

    def _apart(self, F: Any, ids: Any, scores: Any, boxes: Any) -> tuple[Any, Any, Any]:
        """Drop boxes that overlap better ones."""
        rows = F.concat(F.expand_dims(ids, axis=2), F.expand_dims(scores, axis=2), boxes, dim=2)
        rows = F.contrib.box_nms(
            rows, overlap_thresh=self.nms_thresh, topk=self.nms_topk, id_index=0, score_index=1, coord_start=2
        )
        if self.post_nms > 0:
            rows = F.slice_axis(rows, axis=1, begin=0, end=self.post_nms)
        ids, scores = (F.squeeze(F.slice_axis(rows, axis=2, begin=i, end=i + 1), axis=2) for i in (0, 1))
        return ids, scores, F.slice_axis(rows, axis=2, begin=2, end=6)


def _head(name: str, channels: int, bias: float, between: int) -> nn.HybridSequential:
    """Make a head, perhaps with a convolution in between."""
    head = nn.HybridSequential(prefix=name)
    if between > 0:
        head.add(nn.Conv2D(between, 3, padding=1, weight_initializer=_weights(bias)), nn.Activation("relu"))
    head.add(_predictor(channels, bias))
    return head


def _predictor(channels: int, bias: float, **more: Any) -> nn.Conv2D:
    return nn.Conv2D(
        channels, 1, weight_initializer=_weights(bias), bias_initializer=initializer.Constant(bias), **more
    )  # fmt: skip


def _weights(bias: float) -> initializer.Initializer:
    """Choose what a head begins with, as GluonCV does."""
    return initializer.Xavier() if bias else initializer.Normal(0.001)


def _names(classes: Sequence[str]) -> tuple[str, ...]:
    if isinstance(classes, str) or not classes:
        raise ArgumentError(f"CenterNet: classes must be at least one name, got {classes or 'none'}")
    return tuple(classes)
