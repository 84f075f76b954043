"""The CenterNets of GluonCV's zoo."""

import os
from collections.abc import Callable, Sequence
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.cv.data.classes import COCO_CLASSES, VOC_CLASSES
from regluon.cv.model_zoo.center_net import deconv_dla, deconv_resnet, duc_mobilenet
from regluon.cv.model_zoo.center_net.center_net import CenterNet
from regluon.cv.model_zoo.center_net.upsample import begin
from regluon.cv.model_zoo.pretrained import ROOT, Pretrained, load_pretrained
from regluon.cv.model_zoo.registry import register
from regluon.gluon.hybrid import HybridBlock

__all__ = [
    "center_net_dla34_coco",
    "center_net_dla34_dcnv2_coco",
    "center_net_dla34_dcnv2_voc",
    "center_net_dla34_voc",
    "center_net_mobilenetv3_large_duc_coco",
    "center_net_mobilenetv3_large_duc_voc",
    "center_net_mobilenetv3_small_duc_coco",
    "center_net_mobilenetv3_small_duc_voc",
    "center_net_resnet18_v1b_coco",
    "center_net_resnet18_v1b_dcnv2_coco",
    "center_net_resnet18_v1b_dcnv2_voc",
    "center_net_resnet18_v1b_voc",
    "center_net_resnet50_v1b_coco",
    "center_net_resnet50_v1b_dcnv2_coco",
    "center_net_resnet50_v1b_dcnv2_voc",
    "center_net_resnet50_v1b_voc",
    "center_net_resnet101_v1b_coco",
    "center_net_resnet101_v1b_dcnv2_coco",
    "center_net_resnet101_v1b_dcnv2_voc",
    "center_net_resnet101_v1b_voc",
    "get_base_network",
    "get_center_net",
]

BASES: dict[str, Callable[..., HybridBlock]] = {
    "resnet18_v1b": deconv_resnet.resnet18_v1b_deconv,
    "resnet18_v1b_dcnv2": deconv_resnet.resnet18_v1b_deconv_dcnv2,
    "resnet50_v1b": deconv_resnet.resnet50_v1b_deconv,
    "resnet50_v1b_dcnv2": deconv_resnet.resnet50_v1b_deconv_dcnv2,
    "resnet101_v1b": deconv_resnet.resnet101_v1b_deconv,
    "resnet101_v1b_dcnv2": deconv_resnet.resnet101_v1b_deconv_dcnv2,
    "dla34": deconv_dla.dla34_deconv,
    "dla34_dcnv2": deconv_dla.dla34_deconv_dcnv2,
    "mobilenetv3_large_duc": duc_mobilenet.mobilenetv3_large_duc,
    "mobilenetv3_small_duc": duc_mobilenet.mobilenetv3_small_duc,
}
# Names of the classes, and how many objects are looked for.
DATASETS = {"voc": (VOC_CLASSES, 40), "coco": (COCO_CLASSES, 100)}


def get_center_net(
    name: str,
    dataset: str,
    pretrained: Pretrained = False,
    ctx: Any = None,
    root: str | os.PathLike[str] = ROOT,
    **kwargs: Any,
) -> CenterNet:
    """Make a CenterNet, ready to run.

    Args:
        name: of the backbone.
        dataset: what it is trained on; with ``name`` it names the weights.
        pretrained: weights, as for ``load_pretrained``.
        ctx: devices for them.
        root: folder where they are kept.
        kwargs: arguments of ``CenterNet``.
    """
    net = CenterNet(**kwargs)
    if pretrained:
        load_pretrained(net, f"center_net_{name}_{dataset}", pretrained, root, ctx)
    else:
        begin(net, ctx)
    return net


def get_base_network(name: str, **kwargs: Any) -> HybridBlock:
    """Make the backbone of a CenterNet.

    Args:
        name: ``resnet18_v1b``, ``dla34_dcnv2``, ``mobilenetv3_small_duc``...
        kwargs: arguments of its function: ``pretrained``, ``ctx``, ``root``, ``norm_layer`` and ``norm_kwargs``.

    Raises:
        ArgumentError: there is none of that name.

    Examples:
        >>> from regluon import nd
        >>> get_base_network("resnet18_v1b")(nd.zeros((1, 3, 64, 32))).shape
        (1, 64, 16, 8)
    """
    if name not in BASES:
        raise ArgumentError(f"get_base_network: name must be one of {', '.join(BASES)}, got {name!r}")
    return BASES[name](**kwargs)


def _named(base: str, dataset: str) -> Callable[..., CenterNet]:
    """Return the function that makes a CenterNet, registered."""

    def make(
        pretrained: Pretrained = False,
        pretrained_base: Pretrained = None,
        classes: Sequence[str] = DATASETS[dataset][0],
        ctx: Any = None,
        root: str | os.PathLike[str] = ROOT,
        **kwargs: Any,
    ) -> CenterNet:
        norm = {key: kwargs[key] for key in ("norm_layer", "norm_kwargs") if key in kwargs}
        seen = get_base_network(
            base, pretrained=False if pretrained else pretrained_base, ctx=ctx, root=root, **norm
        )  # fmt: skip
        # A score of 0.1 everywhere is what training begins with well (Lin et al., 2017, Focal Loss, section 4.1).
        heads = {
            "heatmap": {"num_output": len(classes), "bias": -2.19},
            "wh": {"num_output": 2},
            "reg": {"num_output": 2},
        }
        given = {"head_conv_channel": 64, "topk": DATASETS[dataset][1], **kwargs}
        return get_center_net(
            base, dataset, pretrained, ctx, root, base_network=seen, heads=heads, classes=classes, scale=4.0, **given
        )  # fmt: skip

    make.__name__ = make.__qualname__ = f"center_net_{base}_{dataset}"
    make.__doc__ = f"""Make a CenterNet on {base} for the classes of {dataset}, or others.

    Args:
        pretrained: weights, as for ``load_pretrained``.
        pretrained_base: weights of the backbone, unless there are ``pretrained`` ones. None takes weights that are on
            this machine and begins at random where there are none.
        classes: names of the classes.
        ctx: devices for the weights.
        root: folder where they are kept.
        kwargs: further arguments of ``CenterNet``; ``norm_layer`` and ``norm_kwargs`` of what enlarges the map.
    """
    return register(make.__name__, make)


center_net_resnet18_v1b_voc = _named("resnet18_v1b", "voc")
center_net_resnet18_v1b_coco = _named("resnet18_v1b", "coco")
center_net_resnet18_v1b_dcnv2_voc = _named("resnet18_v1b_dcnv2", "voc")
center_net_resnet18_v1b_dcnv2_coco = _named("resnet18_v1b_dcnv2", "coco")
center_net_resnet50_v1b_voc = _named("resnet50_v1b", "voc")
center_net_resnet50_v1b_coco = _named("resnet50_v1b", "coco")
center_net_resnet50_v1b_dcnv2_voc = _named("resnet50_v1b_dcnv2", "voc")
center_net_resnet50_v1b_dcnv2_coco = _named("resnet50_v1b_dcnv2", "coco")
center_net_resnet101_v1b_voc = _named("resnet101_v1b", "voc")
center_net_resnet101_v1b_coco = _named("resnet101_v1b", "coco")
center_net_resnet101_v1b_dcnv2_voc = _named("resnet101_v1b_dcnv2", "voc")
center_net_resnet101_v1b_dcnv2_coco = _named("resnet101_v1b_dcnv2", "coco")
center_net_dla34_voc = _named("dla34", "voc")
center_net_dla34_coco = _named("dla34", "coco")
center_net_dla34_dcnv2_voc = _named("dla34_dcnv2", "voc")
center_net_dla34_dcnv2_coco = _named("dla34_dcnv2", "coco")
center_net_mobilenetv3_large_duc_voc = _named("mobilenetv3_large_duc", "voc")
center_net_mobilenetv3_large_duc_coco = _named("mobilenetv3_large_duc", "coco")
center_net_mobilenetv3_small_duc_voc = _named("mobilenetv3_small_duc", "voc")
center_net_mobilenetv3_small_duc_coco = _named("mobilenetv3_small_duc", "coco")
