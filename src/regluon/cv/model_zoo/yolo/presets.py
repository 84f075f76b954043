"""The YOLOv3s of GluonCV's zoo."""

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.cv.data.classes import COCO_CLASSES, VOC_CLASSES
from regluon.cv.model_zoo.pretrained import ROOT, Pretrained, base_weights, load_pretrained
from regluon.cv.model_zoo.registry import get_model, register
from regluon.cv.model_zoo.yolo.yolo3 import YOLOV3
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock

__all__ = [
    "custom_yolov3",
    "get_yolov3",
    "yolo3_darknet53_coco",
    "yolo3_darknet53_custom",
    "yolo3_darknet53_voc",
    "yolo3_mobilenet0_25_coco",
    "yolo3_mobilenet0_25_custom",
    "yolo3_mobilenet0_25_voc",
    "yolo3_mobilenet1_0_coco",
    "yolo3_mobilenet1_0_custom",
    "yolo3_mobilenet1_0_voc",
]

# Where the backbones' chains of layers are cut, and the channels of the blocks on top of the pieces.
BASES = {
    "darknet53": ((slice(15), slice(15, 24), slice(24, None)), (512, 256, 128)),
    "mobilenet1.0": ((slice(33), slice(33, 69), slice(69, -2)), (512, 256, 128)),
    "mobilenet0.25": ((slice(33), slice(33, 69), slice(69, -2)), (256, 128, 128)),
}
CLASSES = {"voc": VOC_CLASSES, "coco": COCO_CLASSES}
ANCHORS = ((10, 13, 16, 30, 33, 23), (30, 61, 62, 45, 59, 119), (116, 90, 156, 198, 373, 326))
STRIDES = (8, 16, 32)


def get_yolov3(
    name: str,
    stages: Sequence[HybridBlock],
    filters: Sequence[int],
    anchors: Sequence[Sequence[float]],
    strides: Sequence[int],
    classes: Sequence[str],
    dataset: str,
    pretrained: Pretrained = False,
    ctx: Any = None,
    root: str | os.PathLike[str] = ROOT,
    **kwargs: Any,
) -> YOLOV3:
    """Make a YOLOv3 on parts of a backbone.

    Args:
        name: of the backbone.
        stages: its parts.
        filters: ``channels`` of ``YOLOV3``.
        anchors: those of ``YOLOV3``.
        strides: those of ``YOLOV3``.
        classes: names of the classes.
        dataset: what it is trained on; with ``name`` it names the weights.
        pretrained: weights, as for ``load_pretrained``.
        ctx: devices for them.
        root: folder where they are kept.
        kwargs: further arguments of ``YOLOV3``.
    """
    net = YOLOV3(stages, filters, anchors, strides, classes, **kwargs)
    load_pretrained(net, f"yolo3_{name}_{dataset}", pretrained, root, ctx)
    return net


def custom_yolov3(
    base_network_name: str,
    filters: Sequence[int],
    anchors: Sequence[Sequence[float]],
    strides: Sequence[int],
    classes: Sequence[str],
    dataset: str,
    pretrained_base: Pretrained = None,
    pretrained: Pretrained = False,
    norm_layer: Callable[..., HybridBlock] = nn.BatchNorm,
    norm_kwargs: Mapping[str, Any] | None = None,
    ctx: Any = None,
    root: str | os.PathLike[str] = ROOT,
    **kwargs: Any,
) -> YOLOV3:
    """Make a YOLOv3 on one of the zoo's backbones; arguments as for ``get_yolov3``, and of the normalisations.

    Args:
        base_network_name: ``darknet53``, ``mobilenet1.0`` or ``mobilenet0.25``.
        filters: ``channels`` of ``YOLOV3``.
        anchors: those of ``YOLOV3``.
        strides: those of ``YOLOV3``.
        classes: names of the classes.
        dataset: what it is trained on.
        pretrained_base: weights of the backbone, unless there are ``pretrained`` ones. None takes weights that are on
            this machine and begins at random where there are none.
        pretrained: weights, as for ``load_pretrained``.
        norm_layer: class of the normalisations.
        norm_kwargs: arguments of it.
        ctx: devices for the weights.
        root: folder where they are kept.
        kwargs: further arguments of ``YOLOV3``.

    Raises:
        ArgumentError: no YOLOv3 of the zoo has this backbone.
    """
    if base_network_name not in BASES:
        raise ArgumentError(
            f"custom_yolov3: base_network_name must be one of {', '.join(BASES)}, got {base_network_name!r}"
        )
    norm = {"norm_layer": norm_layer, "norm_kwargs": norm_kwargs}
    weights = False if pretrained else base_weights(base_network_name, pretrained_base, root)
    base: Any = get_model(base_network_name, pretrained=weights, ctx=ctx, root=root, **norm)
    stages = [base.features[part] for part in BASES[base_network_name][0]]
    return get_yolov3(
        base_network_name, stages, filters, anchors, strides, classes, dataset, pretrained, ctx, root, **norm, **kwargs
    )  # fmt: skip


def _named(base: str, dataset: str) -> Callable[..., YOLOV3]:
    """Return the function that makes a YOLOv3 for a known data set, registered."""

    def make(pretrained_base: Pretrained = None, pretrained: Pretrained = False, **kwargs: Any) -> YOLOV3:
        return custom_yolov3(
            base, BASES[base][1], ANCHORS, STRIDES, CLASSES[dataset], dataset, pretrained_base, pretrained, **kwargs
        )  # fmt: skip

    make.__doc__ = f"""Make a YOLOv3 on {base} for the classes of {dataset}.

    Args:
        pretrained_base: weights of the backbone, as for ``custom_yolov3``.
        pretrained: weights, as for ``load_pretrained``.
        kwargs: further arguments of ``custom_yolov3`` and ``YOLOV3``.
    """
    return _registered(f"yolo3_{base}_{dataset}", make)


def _custom(base: str) -> Callable[..., YOLOV3]:
    """Return the function that makes a YOLOv3 for classes of one's own, registered."""
    stem = f"yolo3_{base}"

    def make(
        classes: Sequence[str],
        transfer: str | None = None,
        pretrained_base: Pretrained = None,
        pretrained: Pretrained = False,
        **kwargs: Any,
    ) -> YOLOV3:
        if pretrained is True:
            warnings.warn(f"{stem}_custom: pretrained is passed over, nobody has published weights", stacklevel=2)
            pretrained = False
        if transfer is None:
            return custom_yolov3(
                base, BASES[base][1], ANCHORS, STRIDES, classes, "custom", pretrained_base, pretrained, **kwargs
            )  # fmt: skip
        net: Any = get_model(f"{stem}_{transfer}", pretrained=pretrained or True, **kwargs)
        net.reset_class(classes, reuse_weights=[name for name in classes if name in net.classes])
        return net

    make.__doc__ = f"""Make a YOLOv3 on {base} for classes of one's own.

    Args:
        classes: their names.
        transfer: data set of a trained YOLOv3 to begin from, ``voc`` or ``coco``; predictors of classes of the same
            name are kept.
        pretrained_base: weights of the backbone, as for ``custom_yolov3``.
        pretrained: file or folder of weights; with ``transfer``, those of the YOLOv3 that it begins from.
        kwargs: further arguments of ``custom_yolov3`` and ``YOLOV3``.
    """
    return _registered(f"{stem}_custom", make)


def _registered(name: str, function: Callable[..., YOLOV3]) -> Callable[..., YOLOV3]:
    function.__name__ = function.__qualname__ = name.replace(".", "_")
    return register(name, function)


yolo3_darknet53_voc = _named("darknet53", "voc")
yolo3_darknet53_coco = _named("darknet53", "coco")
yolo3_darknet53_custom = _custom("darknet53")
yolo3_mobilenet1_0_voc = _named("mobilenet1.0", "voc")
yolo3_mobilenet1_0_coco = _named("mobilenet1.0", "coco")
yolo3_mobilenet1_0_custom = _custom("mobilenet1.0")
yolo3_mobilenet0_25_voc = _named("mobilenet0.25", "voc")
yolo3_mobilenet0_25_coco = _named("mobilenet0.25", "coco")
yolo3_mobilenet0_25_custom = _custom("mobilenet0.25")
