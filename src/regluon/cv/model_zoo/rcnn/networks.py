"""Faster R-CNNs by name, as GluonCV's zoo has them."""

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from regluon.cv.data.classes import COCO_CLASSES, VOC_CLASSES
from regluon.cv.model_zoo.pretrained import ROOT, Pretrained, load_pretrained
from regluon.cv.model_zoo.rcnn import build
from regluon.cv.model_zoo.rcnn.build import Parts, Weights
from regluon.cv.model_zoo.rcnn.faster_rcnn import FasterRCNN
from regluon.cv.model_zoo.registry import get_model, register, register_model
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock

__all__ = [
    "custom_faster_rcnn_fpn",
    "faster_rcnn_fpn_resnet50_v1b_coco",
    "faster_rcnn_fpn_resnet101_v1d_coco",
    "faster_rcnn_fpn_syncbn_resnet50_v1b_coco",
    "faster_rcnn_fpn_syncbn_resnet101_v1d_coco",
    "faster_rcnn_resnet50_v1b_coco",
    "faster_rcnn_resnet50_v1b_custom",
    "faster_rcnn_resnet50_v1b_voc",
    "faster_rcnn_resnet101_v1d_coco",
    "faster_rcnn_resnet101_v1d_custom",
    "faster_rcnn_resnet101_v1d_voc",
    "get_faster_rcnn",
]


def get_faster_rcnn(
    name: str,
    dataset: str,
    pretrained: Pretrained = False,
    ctx: Any = None,
    root: str | os.PathLike[str] = ROOT,
    **kwargs: Any,
) -> FasterRCNN:
    """Make a Faster R-CNN and load its weights.

    Args:
        name: of its backbone, by which weights are looked for.
        dataset: what it is trained on, likewise.
        pretrained: weights to load, as for ``load_pretrained``.
        ctx: devices for them.
        root: folder where they are kept.
        kwargs: arguments of ``FasterRCNN``.
    """
    net = FasterRCNN(**{"minimal_opset": bool(pretrained), **kwargs})
    load_pretrained(
        net, f"faster_rcnn_{name}_{dataset}", pretrained, root, ctx, ignore_extra=True, allow_missing=True
    )  # fmt: skip
    return net


@register_model
def custom_faster_rcnn_fpn(
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
) -> FasterRCNN:
    """Make a Faster R-CNN with a feature pyramid for classes of one's own.

    Args:
        classes: names of the classes.
        transfer: data set of a trained network to begin with, whose classes of the same names are kept.
        dataset: names the network.
        pretrained_base: weights of the backbone, as for ``load_pretrained``; None takes those on this machine and does
            without where there are none.
        base_network_name: ``resnet18_v1b``, ``resnet50_v1b``, ``resnet101_v1d`` or ``mobilenet1_0``.
        norm_layer: normalisation; ``nn.BatchNorm`` is frozen.
        norm_kwargs: its arguments.
        sym_norm_layer: normalisation in the pyramid, a function on Symbols.
        sym_norm_kwargs: its arguments.
        num_fpn_filters: channels of the pyramid.
        num_box_head_conv: convolutions over each region, if normalisation is not frozen.
        num_box_head_conv_filters: their channels.
        num_box_head_dense_filters: units of the layers after them.
        kwargs: arguments of ``FasterRCNN``; those of a pyramid, such as ``strides``, are not by default.
    """
    if transfer is not None:
        synchronised = "syncbn_" if norm_layer is nn.SyncBatchNorm else ""
        known = {name: kwargs[name] for name in ("per_device_batch_size", "root", "ctx") if name in kwargs}
        return _transferred(f"faster_rcnn_fpn_{synchronised}{base_network_name}_{transfer}", classes, **known)
    parts = build.with_pyramid(
        base_network_name, Weights(pretrained_base, **build.place(kwargs)), norm_layer, norm_kwargs, sym_norm_layer,
        sym_norm_kwargs, num_fpn_filters, num_box_head_conv, num_box_head_conv_filters, num_box_head_dense_filters,
    )  # fmt: skip
    trained = build.FPN_PATTERNS if norm_layer is nn.BatchNorm else "(?!.*moving)"
    arguments = {"classes": classes, "train_patterns": trained, **parts.arguments(), **kwargs}
    return get_faster_rcnn(f"fpn_{base_network_name}", dataset, **arguments)


def _transferred(name: str, classes: Sequence[str], **kwargs: Any) -> Any:
    """Get a trained network and change its classes."""
    net: Any = get_model(name, pretrained=True, **kwargs)
    net.reset_class(classes, reuse_weights=[one for one in classes if one in net.classes])
    return net


def _named(
    name: str, dataset: str, make: Callable[[Weights, int], Parts], arguments: Mapping[str, Any], what: str
) -> Callable[..., FasterRCNN]:
    """Return the function that makes one of the networks, registered."""

    def function(
        pretrained: Pretrained = False, pretrained_base: Pretrained = None, num_devices: int = 0, **kwargs: Any
    ) -> FasterRCNN:
        base = False if pretrained else pretrained_base
        parts = make(Weights(base, **build.place(kwargs)), num_devices)
        return get_faster_rcnn(name, dataset, pretrained, **{**arguments, **parts.arguments(), **kwargs})

    return _registered(
        function,
        f"faster_rcnn_{name}_{dataset}",
        f"""Make a Faster R-CNN {what}.

    Args:
        pretrained: weights to load, as for ``load_pretrained``.
        pretrained_base: weights of the backbone, likewise; None takes those on this machine and does without where
            there are none.
        num_devices: devices that normalisation sees, where it is synchronised.
        kwargs: arguments of ``FasterRCNN``; ``root`` and ``ctx`` of the weights.
    """,
    )


def _custom(base: str) -> Callable[..., FasterRCNN]:
    """Return the function that makes a C4 network for classes of one's own, registered."""

    def function(
        classes: Sequence[str],
        transfer: str | None = None,
        pretrained_base: Pretrained = None,
        pretrained: Pretrained = False,
        **kwargs: Any,
    ) -> FasterRCNN:
        if pretrained:
            warnings.warn(
                "networks for other classes have no weights of their own; pretrained is ignored", stacklevel=2
            )
        if transfer is not None:
            return _transferred(f"faster_rcnn_{base}_{transfer}", classes, **kwargs)
        parts = build.cut_in_two(base, Weights(pretrained_base, **build.place(kwargs)))
        arguments = {"classes": classes, "train_patterns": build.PATTERNS, **parts.arguments(), **kwargs}
        return get_faster_rcnn(base, "custom", **arguments)

    return _registered(
        function,
        f"faster_rcnn_{base}_custom",
        f"""Make a Faster R-CNN of {base} for classes of one's own.

    Args:
        classes: names of the classes.
        transfer: data set of a trained network to begin with, whose classes of the same names are kept.
        pretrained_base: weights of the backbone, as for ``load_pretrained``; None takes those on this machine and does
            without where there are none.
        pretrained: ignored, with a warning.
        kwargs: arguments of ``FasterRCNN``; ``root`` and ``ctx`` of the weights.
    """,
    )


def _registered(function: Callable[..., Any], name: str, doc: str) -> Callable[..., FasterRCNN]:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return register(name, function)


def _c4(base: str, dataset: str) -> Callable[..., FasterRCNN]:
    common, classes = (build.VOC, VOC_CLASSES) if dataset == "voc" else (build.COCO, COCO_CLASSES)
    arguments = {**build.C4, **common, "classes": classes, "train_patterns": build.PATTERNS}
    what = f"of {base} for {'Pascal VOC' if dataset == 'voc' else 'COCO'}"
    return _named(base, dataset, lambda weights, _: build.cut_in_two(base, weights), arguments, what)


def _fpn(base: str) -> Callable[..., FasterRCNN]:
    arguments = {**build.FPN, **build.COCO, "classes": COCO_CLASSES, "train_patterns": build.FPN_PATTERNS}
    return _named(
        f"fpn_{base}",
        "coco",
        lambda weights, _: Parts(build.pyramid(base, weights, no_bias=False), None, build.head()),
        arguments,
        f"with a feature pyramid upon {base} for COCO",
    )


def _fpn_syncbn(base: str, convolutions: int) -> Callable[..., FasterRCNN]:
    def make(weights: Weights, num_devices: int) -> Parts:
        norm, of_pyramid = build.synchronised(num_devices)
        features = build.pyramid(base, weights, norm, no_bias=True, **of_pyramid)
        over = build.head(
            convolutions=convolutions, layers=1, norm=lambda: nn.SyncBatchNorm(**norm["norm_kwargs"])
        )  # fmt: skip
        return Parts(features, None, over)

    arguments = {
        **build.FPN, **build.COCO, "classes": COCO_CLASSES, "train_patterns": "(?!.*moving)", "short": (640, 800),
        "rpn_channel": 256,
    }  # fmt: skip
    what = f"with a feature pyramid upon {base}, normalised over devices, for COCO"
    return _named(f"fpn_syncbn_{base}", "coco", make, arguments, what)


faster_rcnn_resnet50_v1b_voc = _c4("resnet50_v1b", "voc")
faster_rcnn_resnet50_v1b_coco = _c4("resnet50_v1b", "coco")
faster_rcnn_resnet50_v1b_custom = _custom("resnet50_v1b")
faster_rcnn_resnet101_v1d_voc = _c4("resnet101_v1d", "voc")
faster_rcnn_resnet101_v1d_coco = _c4("resnet101_v1d", "coco")
faster_rcnn_resnet101_v1d_custom = _custom("resnet101_v1d")
faster_rcnn_fpn_resnet50_v1b_coco = _fpn("resnet50_v1b")
faster_rcnn_fpn_resnet101_v1d_coco = _fpn("resnet101_v1d")
faster_rcnn_fpn_syncbn_resnet50_v1b_coco = _fpn_syncbn("resnet50_v1b", 1)
faster_rcnn_fpn_syncbn_resnet101_v1d_coco = _fpn_syncbn("resnet101_v1d", 4)
