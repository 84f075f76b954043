"""Mask R-CNNs and Double-Head R-CNNs by name, as GluonCV's zoo has them."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from regluon.cv.data.classes import COCO_CLASSES, VOC_CLASSES
from regluon.cv.model_zoo.pretrained import ROOT, Pretrained, load_pretrained
from regluon.cv.model_zoo.rcnn import build
from regluon.cv.model_zoo.rcnn.build import Parts, Weights
from regluon.cv.model_zoo.rcnn.double_head import DoubleHeadRCNN
from regluon.cv.model_zoo.rcnn.mask_rcnn import MaskRCNN
from regluon.cv.model_zoo.registry import get_model, register, register_model
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock

__all__ = [
    "custom_mask_rcnn_fpn",
    "doublehead_rcnn_resnet50_v1b_voc",
    "get_doublehead_rcnn",
    "get_mask_rcnn",
    "mask_rcnn_fpn_resnet18_v1b_coco",
    "mask_rcnn_fpn_resnet50_v1b_coco",
    "mask_rcnn_fpn_resnet101_v1d_coco",
    "mask_rcnn_fpn_syncbn_mobilenet1_0_coco",
    "mask_rcnn_fpn_syncbn_resnet18_v1b_coco",
    "mask_rcnn_resnet18_v1b_coco",
    "mask_rcnn_resnet50_v1b_coco",
    "mask_rcnn_resnet101_v1d_coco",
]


def get_mask_rcnn(
    name: str,
    dataset: str,
    pretrained: Pretrained = False,
    ctx: Any = None,
    root: str | os.PathLike[str] = ROOT,
    **kwargs: Any,
) -> MaskRCNN:
    """Make a Mask R-CNN and load its weights.

    Args:
        name: of its backbone, by which weights are looked for.
        dataset: what it is trained on, likewise.
        pretrained: weights to load, as for ``load_pretrained``.
        ctx: devices for them.
        root: folder where they are kept.
        kwargs: arguments of ``MaskRCNN``.
    """
    net = MaskRCNN(**{"minimal_opset": bool(pretrained), **kwargs})
    load_pretrained(
        net, f"mask_rcnn_{name}_{dataset}", pretrained, root, ctx, ignore_extra=True, allow_missing=True
    )  # fmt: skip
    return net


def get_doublehead_rcnn(
    name: str,
    dataset: str,
    pretrained: Pretrained = False,
    ctx: Any = None,
    root: str | os.PathLike[str] = ROOT,
    **kwargs: Any,
) -> DoubleHeadRCNN:
    """Make a Double-Head R-CNN and load its weights.

    Args:
        name: of its backbone, by which weights are looked for. (GluonCV looks for those of a Faster R-CNN.)
        dataset: what it is trained on, likewise.
        pretrained: weights to load, as for ``load_pretrained``.
        ctx: devices for them.
        root: folder where they are kept.
        kwargs: arguments of ``DoubleHeadRCNN``.
    """
    net = DoubleHeadRCNN(**{"minimal_opset": bool(pretrained), **kwargs})
    load_pretrained(net, f"doublehead_rcnn_{name}_{dataset}", pretrained, root, ctx)
    return net


@register_model
def doublehead_rcnn_resnet50_v1b_voc(
    pretrained: Pretrained = False, pretrained_base: Pretrained = None, **kwargs: Any
) -> DoubleHeadRCNN:
    """Make a Double-Head R-CNN of resnet50_v1b for Pascal VOC.

    Args:
        pretrained: weights to load, as for ``load_pretrained``.
        pretrained_base: weights of the backbone, likewise; None takes those on this machine and does without where
            there are none.
        kwargs: arguments of ``DoubleHeadRCNN``; ``root`` and ``ctx`` of the weights.
    """
    weights = Weights(False if pretrained else pretrained_base, **build.place(kwargs))
    parts = build.cut_in_two("resnet50_v1b", weights)
    patterns = f"{build.PATTERNS}|.*double_fc|.*double_conv"
    arguments = {**build.C4, **build.VOC, "classes": VOC_CLASSES, "train_patterns": patterns, **parts.arguments()}
    return get_doublehead_rcnn("resnet50_v1b", "voc", pretrained, **{**arguments, **kwargs})


@register_model
def custom_mask_rcnn_fpn(
    classes: Sequence[str],
    transfer: str | None = None,
    dataset: str = "custom",
    pretrained_base: Pretrained = None,
    base_network_name: str = "resnet18_v1b",
    norm_layer: Callable[..., HybridBlock] = nn.BatchNorm,
    norm_kwargs: Mapping[str, Any] | None = None,
    sym_norm_layer: Callable[..., Any] | None = None,
    sym_norm_kwargs: Mapping[str, Any] | None = None,
    num_fpn_filters: int = 256,
    num_box_head_conv: int = 4,
    num_box_head_conv_filters: int = 256,
    num_box_head_dense_filters: int = 1024,
    **kwargs: Any,
) -> MaskRCNN:
    """Make a Mask R-CNN with a feature pyramid for classes of one's own; arguments as ``custom_faster_rcnn_fpn``."""
    if transfer is not None:
        synchronised = "syncbn_" if norm_layer is nn.SyncBatchNorm else ""
        net: Any = get_model(f"mask_rcnn_fpn_{synchronised}{base_network_name}_{transfer}", pretrained=True, **kwargs)
        net.reset_class(classes, reuse_weights=[one for one in classes if one in net.classes])
        return net
    parts = build.with_pyramid(
        base_network_name, Weights(pretrained_base, **build.place(kwargs)), norm_layer, norm_kwargs, sym_norm_layer,
        sym_norm_kwargs, num_fpn_filters, num_box_head_conv, num_box_head_conv_filters, num_box_head_dense_filters,
    )  # fmt: skip
    trained = f"{build.FPN_PATTERNS}|.*mask" if norm_layer is nn.BatchNorm else "(?!.*moving)"
    arguments = {"classes": classes, "train_patterns": trained, **parts.arguments(), **kwargs}
    return get_mask_rcnn(f"fpn_{base_network_name}", dataset, **arguments)


def _named(
    name: str, make: Callable[[Weights, int], tuple[Parts, Mapping[str, Any]]], what: str, **given: Any
) -> Callable[..., MaskRCNN]:
    """Return the function that makes a Mask R-CNN for COCO, registered."""

    def function(
        pretrained: Pretrained = False, pretrained_base: Pretrained = None, num_devices: int = 0, **kwargs: Any
    ) -> MaskRCNN:
        base = False if pretrained else pretrained_base
        parts, own = make(Weights(base, **build.place(kwargs)), num_devices)
        common = {**build.COCO, "clip": 4.42, "classes": COCO_CLASSES, "max_num_gt": 300}
        arguments = {**common, **given, **own, **parts.arguments(), **kwargs}
        return get_mask_rcnn(name, "coco", pretrained, **arguments)

    function.__name__ = function.__qualname__ = f"mask_rcnn_{name}_coco"
    function.__doc__ = f"""Make a Mask R-CNN {what} for COCO.

    Args:
        pretrained: weights to load, as for ``load_pretrained``.
        pretrained_base: weights of the backbone, likewise; None takes those on this machine and does without where
            there are none.
        num_devices: devices that normalisation sees, where it is synchronised.
        kwargs: arguments of ``MaskRCNN``; ``root`` and ``ctx`` of the weights.
    """
    return register(function.__name__, function)


def _c4(base: str, num_sample: int) -> Callable[..., MaskRCNN]:
    given = {**build.C4, "num_sample": num_sample, "train_patterns": f"{build.PATTERNS}|.*mask"}
    return _named(base, lambda weights, _: (build.cut_in_two(base, weights), {}), f"of {base}", **given)


def _fpn(base: str, convolutions: int, size: int) -> Callable[..., MaskRCNN]:
    def make(weights: Weights, _: int) -> tuple[Parts, Mapping[str, Any]]:
        features = build.pyramid(base, weights, no_bias=False)
        return Parts(features, None, build.head(shrink=size == 14)), {}

    given = {
        **build.FPN, "roi_size": (size, size), "target_roi_scale": 2, "num_fcn_convs": convolutions,
        "train_patterns": f"{build.FPN_PATTERNS}|.*mask",
    }  # fmt: skip
    return _named(f"fpn_{base}", make, f"with a feature pyramid upon {base}", **given)


def _fpn_syncbn(base: str, size: int) -> Callable[..., MaskRCNN]:
    def make(weights: Weights, num_devices: int) -> tuple[Parts, Mapping[str, Any]]:
        norm, of_pyramid = build.synchronised(num_devices)
        features = build.pyramid(base, weights, norm, no_bias=False, **of_pyramid)
        head = build.head(
            convolutions=1, layers=1, shrink=size == 14, bias=True, norm=lambda: nn.SyncBatchNorm(**norm["norm_kwargs"])
        )  # fmt: skip
        return Parts(features, None, head), norm

    given = {
        **build.FPN, "roi_size": (size, size), "target_roi_scale": 2, "num_fcn_convs": 2, "short": (640, 800),
        "train_patterns": "(?!.*moving)",
    }  # fmt: skip
    return _named(f"fpn_syncbn_{base}", make, f"with a feature pyramid upon {base}, normalised over devices,", **given)


mask_rcnn_resnet18_v1b_coco = _c4("resnet18_v1b", 256)
mask_rcnn_resnet50_v1b_coco = _c4("resnet50_v1b", 128)
mask_rcnn_resnet101_v1d_coco = _c4("resnet101_v1d", 128)
mask_rcnn_fpn_resnet18_v1b_coco = _fpn("resnet18_v1b", 2, 7)
mask_rcnn_fpn_resnet50_v1b_coco = _fpn("resnet50_v1b", 4, 14)
mask_rcnn_fpn_resnet101_v1d_coco = _fpn("resnet101_v1d", 4, 14)
mask_rcnn_fpn_syncbn_resnet18_v1b_coco = _fpn_syncbn("resnet18_v1b", 7)
mask_rcnn_fpn_syncbn_mobilenet1_0_coco = _fpn_syncbn("mobilenet1_0", 14)
