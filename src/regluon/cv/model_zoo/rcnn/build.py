"""How R-CNNs are made of backbones: cut in two before the last stage (C4), or with a feature pyramid (FPN)."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from regluon import sym
from regluon.core.errors import UnknownNameError
from regluon.cv.model_zoo.pretrained import ROOT, Pretrained, base_weights
from regluon.cv.model_zoo.registry import get_model
from regluon.cv.nn.feature import FPNFeatureExpander
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock
from regluon.initializer import Normal

__all__ = [
    "C4",
    "COCO",
    "FPN",
    "FPN_PATTERNS",
    "PATTERNS",
    "VOC",
    "Parts",
    "Weights",
    "cut_in_two",
    "head",
    "place",
    "pyramid",
    "synchronised",
    "with_pyramid",
]

#: Names of the Parameters to train where normalisations of the backbone are frozen.
PATTERNS = ".*dense|.*rpn|.*down(2|3|4)_conv|.*layers(2|3|4)_conv"
FPN_PATTERNS = f"{PATTERNS}|P"

_PROPOSALS = {
    "base_size": 16, "scales": (2, 4, 8, 16, 32), "ratios": (0.5, 1, 2), "rpn_nms_thresh": 0.7,
    "rpn_train_pre_nms": 12000, "rpn_train_post_nms": 2000, "rpn_test_pre_nms": 6000, "pos_iou_thresh": 0.5,
    "pos_ratio": 0.25, "max_num_gt": 100, "roi_mode": "align",
}  # fmt: skip

#: What C4 networks of every data set have in common.
C4 = {
    **_PROPOSALS,
    "roi_size": (14, 14),
    "strides": 16,
    "rpn_channel": 1024,
    "alloc_size": (128, 128),
    "num_sample": 128,
}
#: What networks with a pyramid have in common.
FPN = {
    **_PROPOSALS, "roi_size": (7, 7), "strides": (4, 8, 16, 32, 64), "min_stage": 2, "max_stage": 6,
    "rpn_channel": 1024, "alloc_size": (384, 384), "num_sample": 512,
}  # fmt: skip
#: What networks for Pascal VOC have in common.
VOC = {
    "short": 600, "max_size": 1000, "nms_thresh": 0.3, "nms_topk": 400, "post_nms": 100, "clip": None,
    "rpn_test_post_nms": 300, "rpn_min_size": 16,
}  # fmt: skip
#: What networks for COCO have in common.
COCO = {
    "short": 800, "max_size": 1333, "nms_thresh": 0.5, "nms_topk": -1, "post_nms": -1, "clip": 4.14,
    "rpn_test_post_nms": 1000, "rpn_min_size": 1,
}  # fmt: skip

# Outputs of backbones that a pyramid stands on, and other names of backbones.
_LEVELS = {
    "resnet18_v1b": ("layers1_relu3", "layers2_relu3", "layers3_relu3", "layers4_relu3"),
    "resnet50_v1b": ("layers1_relu8", "layers2_relu11", "layers3_relu17", "layers4_relu8"),
    "resnet101_v1d": ("layers1_relu8", "layers2_relu11", "layers3_relu68", "layers4_relu8"),
    "mobilenet1_0": ("relu6", "relu10", "relu22", "relu26"),
}
_ZOO_NAMES = {"mobilenet1_0": "mobilenet1.0"}


@dataclass(frozen=True, slots=True)
class Weights:
    """Where the weights of a backbone come from.

    Attributes:
        pretrained: as for ``load_pretrained``; None takes those on this machine and does without where there are none.
        root: folder where weights are kept.
        ctx: devices for them.
    """

    pretrained: Pretrained = None
    root: str | os.PathLike[str] = ROOT
    ctx: Any = None

    def backbone(self, name: str, **arguments: Any) -> Any:
        """Make a backbone."""
        name = _ZOO_NAMES.get(name, name)
        pretrained = base_weights(name, self.pretrained, self.root)
        return get_model(name, pretrained=pretrained, root=self.root, ctx=self.ctx, **arguments)


@dataclass(frozen=True, slots=True)
class Parts:
    """What an R-CNN is made of; fields are its arguments.

    Attributes:
        features: makes the feature map, or the maps of a pyramid.
        top_features: goes over the features of each region.
        box_features: goes over these before the predictors.
    """

    features: HybridBlock
    top_features: HybridBlock | None = None
    box_features: HybridBlock | None = None

    def arguments(self) -> dict[str, Any]:
        """Return them by name."""
        return {"features": self.features, "top_features": self.top_features, "box_features": self.box_features}


def cut_in_two(name: str, weights: Weights) -> Parts:
    """Make a ResNet's stages 1 to 3 the features, and its stage 4 what goes over regions; norms are frozen."""
    base = weights.backbone(name, dilated=False, use_global_stats=True)
    features, top_features = nn.HybridSequential(), nn.HybridSequential()
    for layer in ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3"):
        features.add(getattr(base, layer))
    top_features.add(base.layer4)
    return Parts(features, top_features)


def pyramid(
    name: str,
    weights: Weights,
    norm: Mapping[str, Any] | None = None,
    *,
    no_bias: bool,
    sym_norm_layer: Callable[..., Any] | None = None,
    sym_norm_kwargs: Mapping[str, Any] | None = None,
    channels: int = 256,
) -> HybridBlock:
    """Build a feature pyramid upon a backbone.

    Args:
        name: the backbone's.
        weights: its weights.
        norm: its arguments of normalisation; frozen batch normalisation if None.
        no_bias: convolutions of the pyramid have none.
        sym_norm_layer: normalisation in the pyramid, a function on Symbols.
        sym_norm_kwargs: its arguments.
        channels: of each level.
    """
    if name not in _LEVELS:
        raise UnknownNameError(f"feature pyramid: base_network_name must be one of {', '.join(_LEVELS)}, got {name!r}")
    resnet: dict[str, Any] = (
        {} if name.startswith("mobilenet") else {"dilated": False, "use_global_stats": norm is None}
    )
    return FPNFeatureExpander(
        weights.backbone(name, **resnet, **(norm or {})),
        [f"{level}_fwd" for level in _LEVELS[name]],
        [channels] * 4,
        use_p6=True,
        no_bias=no_bias,
        norm_layer=sym_norm_layer,
        norm_kwargs=sym_norm_kwargs,
    )


def head(*, convolutions: int = 0, layers: int = 2, shrink: bool = False, **options: Any) -> nn.HybridSequential:
    """Stack what goes over the features of a region of a pyramid.

    Args:
        convolutions: 3x3 convolutions, each normalised.
        layers: dense layers.
        shrink: halve the features first.
        options: ``channels`` of the convolutions and whether they have a ``bias``, ``units`` of the layers, ``norm``,
            which makes a normalisation.
    """
    stack = nn.HybridSequential()
    if shrink:
        stack.add(nn.AvgPool2D((3, 3), 2, 1))
    for _ in range(convolutions):
        convolution = nn.Conv2D(options.get("channels", 256), 3, padding=1, use_bias=options.get("bias", False))
        stack.add(convolution, options["norm"](), nn.Activation("relu"))
    for _ in range(layers):
        stack.add(nn.Dense(options.get("units", 1024), weight_initializer=Normal(0.01)), nn.Activation("relu"))
    return stack


def with_pyramid(
    name: str,
    weights: Weights,
    norm_layer: Callable[..., HybridBlock] = nn.BatchNorm,
    norm_kwargs: Mapping[str, Any] | None = None,
    sym_norm_layer: Callable[..., Any] | None = None,
    sym_norm_kwargs: Mapping[str, Any] | None = None,
    num_fpn_filters: int = 256,
    num_box_head_conv: int = 4,
    num_box_head_conv_filters: int = 256,
    num_box_head_dense_filters: int = 1024,
) -> Parts:
    """Make the parts of a network with a pyramid, as GluonCV's ``custom_rcnn_fpn``."""
    frozen, given = norm_layer is nn.BatchNorm, dict(norm_kwargs or {})
    features = pyramid(
        name, weights, None if frozen else {"norm_layer": norm_layer, "norm_kwargs": given}, no_bias=not frozen,
        sym_norm_layer=sym_norm_layer, sym_norm_kwargs=sym_norm_kwargs, channels=num_fpn_filters,
    )  # fmt: skip
    box_features = head(
        convolutions=0 if frozen else num_box_head_conv,
        layers=2 if frozen else 1,
        shrink=True,
        channels=num_box_head_conv_filters,
        units=num_box_head_dense_filters,
        norm=lambda: norm_layer(**given),
    )
    return Parts(features, None, box_features)


def synchronised(num_devices: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the arguments of normalisation over all devices, of a backbone and of a pyramid."""
    count = num_devices if num_devices >= 1 else None
    norm = {"norm_layer": nn.SyncBatchNorm, "norm_kwargs": {"num_devices": count} if count else {}}
    return norm, {"sym_norm_layer": sym.contrib.SyncBatchNorm, "sym_norm_kwargs": {"ndev": count} if count else {}}


def place(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return where weights are kept and where they go."""
    return {name: kwargs[name] for name in ("root", "ctx") if name in kwargs}
