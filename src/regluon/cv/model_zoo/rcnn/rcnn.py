"""What networks that look at regions (R-CNNs) have in common."""

from collections.abc import Mapping, Sequence
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.cv.model_zoo.rcnn.regions import Mode
from regluon.cv.model_zoo.reuse import ReuseWeights, match_classes
from regluon.cv.nn.coder import MultiPerClassDecoder, NormalizedBoxCenterDecoder
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.parameter_dict import ParameterDict
from regluon.gluon.parameter_file import Loading
from regluon.initializer import Normal

__all__ = ["RCNN"]


class RCNN(HybridBlock):
    """Hold the parts of a network that judges regions, and its classes; GluonCV's ``RCNN``.

    Args:
        features: makes the feature map, or the maps of a pyramid.
        top_features: goes over the features of each region; None for nothing.
        classes: names of the classes.
        box_features: goes over these before the predictors; None for the average.
        short: shorter side of pictures, or its least and largest while training.
        max_size: the most that their longer side may be.
        train_patterns: regular expression of the names of Parameters to train; all if None.
        nms_thresh: overlap above which the lower-scored of two boxes of a class is dropped.
        nms_topk: boxes of each class that take part in that; -1 for all.
        post_nms: kept for those who read it, as in GluonCV; it has no effect.
        roi_mode: average samples of the features (``align``), or take the largest (``pool``).
        roi_size: height and width of a region's features.
        strides: pixels for each of a feature map; for a pyramid, of each map.
        clip: upper bound of the sizes' offsets; None for none.
        force_nms: drop overlapping boxes whatever their classes.
        minimal_opset: use common operators only.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        features: HybridBlock,
        top_features: HybridBlock | None,
        classes: Sequence[str],
        box_features: HybridBlock | None,
        short: int | Sequence[int],
        max_size: int,
        train_patterns: str | None,
        nms_thresh: float,
        nms_topk: int,
        post_nms: int,
        roi_mode: Mode,
        roi_size: Sequence[int],
        strides: Any,
        clip: float | None,
        force_nms: bool = False,
        minimal_opset: bool = False,  # noqa: ARG002
        **names: Any,
    ) -> None:
        super().__init__(**names)
        if roi_mode.lower() not in ("align", "pool"):
            raise ArgumentError(f"{type(self).__name__}: roi_mode must be one of 'align', 'pool', got {roi_mode!r}")
        if len(roi_size) != 2:
            raise ArgumentError(f"{type(self).__name__}: roi_size must be 2 numbers, got {tuple(roi_size)}")
        self.classes = _names(self, classes)
        self.short, self.max_size, self.train_patterns = short, max_size, train_patterns
        self.nms_thresh, self.nms_topk, self.post_nms, self.force_nms = nms_thresh, nms_topk, post_nms, force_nms
        self._roi_mode: Any = roi_mode.lower()
        self._roi_size, self._strides = tuple(roi_size), strides
        with self.name_scope():
            self.features = features
            self.top_features = top_features
            self.box_features = box_features
            self.class_predictor = nn.Dense(self.num_class + 1, weight_initializer=Normal(0.01))
            self.box_predictor = nn.Dense(self.num_class * 4, weight_initializer=Normal(0.001))
            self.cls_decoder = MultiPerClassDecoder(self.num_class + 1)
            # The common operators alone can decode the regions of several images at a time.
            self.box_decoder = NormalizedBoxCenterDecoder(clip=clip, convert_anchor=True, minimal_opset=True)

    @property
    def num_class(self) -> int:
        """Number of classes without the background."""
        return len(self.classes)

    def collect_train_params(self, select: str | None = None) -> ParameterDict:
        """Collect the Parameters to train: those whose names match a pattern, ``train_patterns`` if not given."""
        return self.collect_params(self.train_patterns if select is None else select)

    def set_nms(
        self, nms_thresh: float = 0.3, nms_topk: int = 400, force_nms: bool = False, post_nms: int = 100
    ) -> None:
        """Change how overlapping boxes are dropped.

        Args:
            nms_thresh: the overlap.
            nms_topk: boxes of each class that take part; -1 for all.
            force_nms: drop them whatever their classes.
            post_nms: kept for those who read it.
        """
        self._clear_cached_op()
        self.nms_thresh, self.nms_topk, self.force_nms, self.post_nms = nms_thresh, nms_topk, force_nms, post_nms

    def reset_class(self, classes: Sequence[str], reuse_weights: ReuseWeights = None) -> None:
        """Change the classes: new predictors begin at random, except for classes that continue old ones.

        Args:
            classes: names of the new classes.
            reuse_weights: ``{new: old}``, each a name or a number; or a list of names that are in both. Where a class
                is reused, the background is too.

        Raises:
            ArgumentError: there is no such class, or there are no weights yet.
        """
        classes = _names(self, classes)
        reused = match_classes(reuse_weights, self.classes, classes, type(self).__name__)
        predictors = self.class_predictor, self.box_predictor
        if reused and not all(one.weight.initialized for one in predictors):
            raise ArgumentError(
                f"{type(self).__name__}: reset_class with reuse_weights must come after weights are loaded, or made by "
                "a first call"
            )
        self._clear_cached_op()
        self.classes = classes
        self.class_predictor = _renewed(predictors[0], self.num_class + 1, 0.01)
        self.box_predictor = _renewed(predictors[1], self.num_class * 4, 0.001)
        self.cls_decoder = MultiPerClassDecoder(self.num_class + 1)
        if reused:
            rows = {0: 0, **{to + 1: at + 1 for to, at in reused.items()}}
            copy_rows(predictors[0], self.class_predictor, rows, 1)
            copy_rows(predictors[1], self.box_predictor, reused, 4)

    def _assign(self, values: Mapping[str, Any], how: Loading) -> None:
        # Files of nets that GluonCV has trained also hold the constants of its target generator.
        parts = "_target_generator._box_encoder.", "perclassboxcenterencoder"
        kept = {name: one for name, one in values.items() if not any(part in name for part in parts)}
        super()._assign(kept, how)


def copy_rows(source: Any, target: Any, rows: Mapping[int, int], width: int) -> None:
    """Copy rows of weight and bias, ``width`` for each class.

    Args:
        source: a layer.
        target: another, of the same inputs.
        rows: numbers of the source's classes by those of the target's.
        width: rows of one class.
    """
    for old, new in ((source.weight, target.weight), (source.bias, target.bias)):
        values, found = old.data(), new.data()
        for to, at in rows.items():
            found[to * width : (to + 1) * width] = values[at * width : (at + 1) * width]
        new.set_data(found)


def _names(net: RCNN, classes: Sequence[str]) -> tuple[str, ...]:
    if not len(classes) or isinstance(classes, str):
        raise ArgumentError(f"{type(net).__name__}: classes must be at least one name, got {classes!r}")
    return tuple(classes)


def _renewed(old: Any, units: int, spread: float) -> nn.Dense:
    """Make a layer in the place of another, of other outputs."""
    new = nn.Dense(units, weight_initializer=Normal(spread), prefix=old.prefix, in_units=old.weight.shape[1])
    if old.weight.initialized or old.weight.is_deferred:
        new.initialize(ctx=old.weight.list_ctx())
    return new
