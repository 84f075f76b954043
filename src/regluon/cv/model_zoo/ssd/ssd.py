"""The SSD network (Liu et al., 2016), put together from the parts of ``cv.nn`` as GluonCV does."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from regluon import autograd
from regluon.core.errors import ArgumentError, ArgumentTypeError
from regluon.cv.anchor import SSDAnchorGenerator
from regluon.cv.model_zoo.pretrained import ROOT, Pretrained
from regluon.cv.model_zoo.reuse import ReuseWeights, match_classes
from regluon.cv.nn.coder import MultiPerClassDecoder, NormalizedBoxCenterDecoder
from regluon.cv.nn.feature import FeatureExpander
from regluon.cv.nn.predictor import ConvPredictor
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock

__all__ = ["SSD"]


class SSD(HybridBlock):
    """Find objects in pictures ``(B, 3, H, W)``.

    While training it returns class scores ``(B, N, C + 1)`` (the background first), box offsets ``(B, N, 4)`` and
    anchors ``(1, N, 4)`` in centre format. Otherwise ids ``(B, K, 1)``, scores ``(B, K, 1)`` and boxes
    ``(B, K, 4)`` in pixels, the best first and -1 where there are no more.

    Args:
        network: backbone, or its name in the zoo; None where ``features`` makes all maps.
        base_size: size of pictures that the anchors are made for.
        features: names of the backbone's outputs to look at; without a ``network``, a function that makes a network of
            several outputs, given ``pretrained``, ``ctx`` and ``root``, and ``norm_layer`` and ``norm_kwargs`` where
            they are given here.
        num_filters: channels of further layers, each of half the size of the one before; unused without a ``network``.
        sizes: sizes of anchors in pixels, one more than there are layers; a layer has its own and the geometric mean
            with the next.
        ratios: for each layer, widths of anchors relative to their heights; or one such list for all.
        steps: for each layer, the distance of anchors in pixels.
        classes: names of the classes.
        use_1x1_transition: put 1x1 convolutions between the further layers.
        use_bn: normalise in the further layers.
        reduce_ratio: channels of the 1x1 convolutions relative to those of the layer.
        min_depth: their least number of channels.
        global_pool: add a layer of one cell.
        pretrained: weights of the backbone, as for ``load_pretrained``.
        stds: what offsets are divided by.
        nms_thresh: overlap from which the lower-scored of two boxes of a class is dropped.
        nms_topk: boxes that take part in that; -1 for all.
        post_nms: boxes that are returned; -1 for all.
        anchor_alloc_size: cells along each axis that the first layer's anchors are kept for; halved layer by layer.
        ctx: devices for the backbone's weights.
        norm_layer: class of the backbone's normalisations.
        norm_kwargs: arguments of it.
        root: folder where weights are kept.
        minimal_opset: decode boxes by common operators only.
        predictors_kernel: size of the predictors' kernels.
        predictors_pad: their padding.
        anchor_generator: class of the anchor generators.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        network: HybridBlock | str | None,
        base_size: int,
        features: Any,
        num_filters: Sequence[int] | None,
        sizes: Sequence[float],
        ratios: Sequence[Any],
        steps: Sequence[float],
        classes: Sequence[str],
        use_1x1_transition: bool = True,
        use_bn: bool = True,
        reduce_ratio: float = 1.0,
        min_depth: int = 128,
        global_pool: bool = False,
        pretrained: Pretrained = False,
        stds: Sequence[float] = (0.1, 0.1, 0.2, 0.2),
        nms_thresh: float = 0.45,
        nms_topk: int = 400,
        post_nms: int = 100,
        anchor_alloc_size: int = 128,
        ctx: Any = None,
        norm_layer: Callable[..., HybridBlock] = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        root: str | os.PathLike[str] = ROOT,
        minimal_opset: bool = False,
        predictors_kernel: tuple[int, int] = (3, 3),
        predictors_pad: tuple[int, int] = (1, 1),
        anchor_generator: Callable[..., SSDAnchorGenerator] = SSDAnchorGenerator,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        if callable(features) != (network is None):
            raise ArgumentTypeError(
                "SSD: features must be names of a network's outputs, or a function and network None"
            )
        if len(ratios) and not isinstance(ratios[0], Sequence):
            ratios = [ratios] * len(steps)
        layers = len(ratios) if network is None else len(list(features)) + len(num_filters or ()) + int(global_pool)
        if not len(ratios) == len(steps) == layers or len(sizes) != layers + 1:
            raise ArgumentError(
                f"SSD: ratios and steps must be one for each of {layers} layers and sizes one more, got {len(ratios)}, "
                f"{len(steps)} and {len(sizes)}"
            )
        self.classes = _names(classes)
        self.nms_thresh, self.nms_topk, self.post_nms = nms_thresh, nms_topk, post_nms
        self._predictor_kernel, self._predictor_pad = predictors_kernel, predictors_pad
        weights = {"pretrained": pretrained, "ctx": ctx, "root": root}
        plain = norm_layer is nn.BatchNorm and not norm_kwargs
        given = {} if plain else {"norm_layer": norm_layer, "norm_kwargs": norm_kwargs}
        with self.name_scope():
            if network is None:
                self.features = features(**weights, **given)
            else:
                self.features = FeatureExpander(
                    network, list(features), list(num_filters or ()), use_1x1_transition, use_bn, reduce_ratio,
                    min_depth, global_pool, **(weights if pretrained else {}), **given,
                )  # fmt: skip
            self.class_predictors = nn.HybridSequential()
            self.box_predictors = nn.HybridSequential()
            self.anchor_generators = nn.HybridSequential()
            allocated = anchor_alloc_size
            for i, (size, bigger, ratio, step) in enumerate(zip(sizes[:-1], sizes[1:], ratios, steps, strict=True)):
                anchors = anchor_generator(
                    i, (base_size, base_size), (size, bigger), ratio, step, (allocated, allocated)
                )
                self.anchor_generators.add(anchors)
                allocated = max(allocated // 2, 16)  # deeper maps are smaller
                for predictors, width in ((self.class_predictors, self.num_classes + 1), (self.box_predictors, 4)):
                    predictors.add(ConvPredictor(anchors.num_depth * width, predictors_kernel, predictors_pad))
            self.bbox_decoder = NormalizedBoxCenterDecoder(tuple(stds), minimal_opset=minimal_opset)
            self.cls_decoder = MultiPerClassDecoder(self.num_classes + 1, thresh=0.01)

    @property
    def num_classes(self) -> int:
        """Number of classes, the background not counted."""
        return len(self.classes)

    def set_nms(self, nms_thresh: float = 0.45, nms_topk: int = 400, post_nms: int = 100) -> None:
        """Change how overlapping boxes are dropped.

        Args:
            nms_thresh: the overlap; outside of (0, 1) nothing is dropped.
            nms_topk: boxes that take part; -1 for all.
            post_nms: boxes that are returned; -1 for all.
        """
        self._clear_cached_op()
        self.nms_thresh, self.nms_topk, self.post_nms = nms_thresh, nms_topk, post_nms

    def reset_class(self, classes: Sequence[str], reuse_weights: ReuseWeights = None) -> None:
        """Change the classes: new class predictors begin at random, except for classes that continue old ones.

        GluonCV's new predictors are always 3x3; here they keep their size.

        Args:
            classes: names of the new classes.
            reuse_weights: ``{new: old}``, each a name or a number; or a list of names that are in both. Where a class
                is reused, the background is too.

        Raises:
            ArgumentError: there is no such class, or there are no weights yet.

        Examples:
            >>> from regluon import nd
            >>> from regluon.cv.model_zoo import get_model
            >>> net = get_model("ssd_128_small", classes=("cat", "dog"))
            >>> net.initialize()
            >>> found = net(nd.zeros((1, 3, 128, 128)))
            >>> net.reset_class(["dog", "cow"], reuse_weights=["dog"])
            >>> net.classes
            ('dog', 'cow')
        """
        classes = _names(classes)
        reused = match_classes(reuse_weights, self.classes, classes)
        if reused and not all(one.initialized for one in self.class_predictors.collect_params().values()):
            raise ArgumentError(
                "SSD: reset_class with reuse_weights must come after weights are loaded, or made by a first call"
            )
        self._clear_cached_op()
        before, self.classes = len(self.classes) + 1, classes
        width = self.num_classes + 1
        predictors = nn.HybridSequential(prefix=self.class_predictors.prefix)
        olds: list[Any] = list(self.class_predictors)
        makers: list[Any] = list(self.anchor_generators)
        news = [self._renewed(old, one.num_depth * width) for old, one in zip(olds, makers, strict=True)]
        predictors.add(*news)
        for old, new in zip(olds, news, strict=True) if reused else ():
            for name, parameter in new.predictor.params.items():
                source, target = old.predictor.params[name].data(), parameter.data()
                for to, at in {0: 0, **{to + 1: at + 1 for to, at in reused.items()}}.items():
                    target[to::width] = source[at::before]
                parameter.set_data(target)
        self.class_predictors = predictors
        self.cls_decoder = MultiPerClassDecoder(width, thresh=0.01)

    def _renewed(self, old: Any, channels: int) -> ConvPredictor:
        """Make a predictor in the place of another, of other output channels."""
        weight = old.predictor.weight
        new = ConvPredictor(
            channels, self._predictor_kernel, self._predictor_pad, in_channels=weight.shape[1], prefix=old.prefix
        )
        new.cast(weight.dtype)
        if weight.initialized or weight.is_deferred:
            new.initialize(ctx=weight.list_ctx())
        return new

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return predictions and anchors while training, else what is found."""
        features = self.features(x)
        if not isinstance(features, (list, tuple)):  # there is one layer
            features = [features]
        scores = self._predict(F, features, self.class_predictors, self.num_classes + 1)
        offsets = self._predict(F, features, self.box_predictors, 4)
        made = [make(one) for make, one in zip(self.anchor_generators, features, strict=True)]
        anchors = [F.reshape(one, shape=(1, -1)) for one in made]
        anchors = F.reshape(F.concat(*anchors, dim=1), shape=(1, -1, 4))
        if autograd.is_training():
            return [scores, offsets, anchors]
        return self._find(F, F.softmax(scores, axis=-1), self.bbox_decoder(offsets, anchors))

    def _predict(self, F: Any, features: Sequence[Any], predictors: Any, width: int) -> Any:
        """Join the predictions of all layers, one row of ``width`` for each anchor."""
        rows = [
            F.flatten(F.transpose(predict(map_), axes=(0, 2, 3, 1)))
            for map_, predict in zip(features, predictors, strict=True)
        ]
        return F.reshape(F.concat(*rows, dim=1), shape=(0, -1, width))

    def _find(self, F: Any, probabilities: Any, boxes: Any) -> tuple[Any, Any, Any]:
        """Make one row of id, score and box for each class and anchor, drop what overlaps, and part the columns."""
        ids, scores = self.cls_decoder(probabilities)
        columns = [F.reshape(F.transpose(one, axes=(0, 2, 1)), shape=(0, -1, 1)) for one in (ids, scores)]
        rows = F.concat(*columns, F.tile(boxes, reps=(1, self.num_classes, 1)), dim=-1)
        if 0 < self.nms_thresh < 1:
            rows = F.contrib.box_nms(
                rows, overlap_thresh=self.nms_thresh, topk=self.nms_topk, valid_thresh=0.01, id_index=0, score_index=1,
                coord_start=2, force_suppress=False,
            )  # fmt: skip
            if self.post_nms > 0:
                rows = F.slice_axis(rows, axis=1, begin=0, end=self.post_nms)
        return (
            F.slice_axis(rows, axis=2, begin=0, end=1),
            F.slice_axis(rows, axis=2, begin=1, end=2),
            F.slice_axis(rows, axis=2, begin=2, end=6),
        )


def _names(classes: Sequence[str]) -> tuple[str, ...]:
    if isinstance(classes, str) or not classes:
        raise ArgumentError(f"SSD: classes must be at least one name, got {classes or 'none'}")
    return tuple(classes)
