"""SSDs put together from a table row."""

import os
from collections.abc import Callable, Sequence
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.cv.anchor import SSDAnchorGenerator
from regluon.cv.model_zoo.backbones.vgg_atrous import vgg16_atrous_300, vgg16_atrous_512
from regluon.cv.model_zoo.pretrained import ROOT, Pretrained, base_weights, load_pretrained
from regluon.cv.model_zoo.ssd.ssd import SSD

__all__ = ["FEATURES", "custom_ssd", "get_ssd"]

#: What an SSD looks at, by the name of its backbone and the size of its pictures.
FEATURES: dict[tuple[str, int], Any] = {
    ("vgg16_atrous", 300): vgg16_atrous_300,
    ("vgg16_atrous", 512): vgg16_atrous_512,
    ("resnet18_v1", 512): ("stage3_activation1", "stage4_activation1"),
    ("resnet50_v1", 512): ("stage3_activation5", "stage4_activation2"),
    ("resnet101_v2", 512): ("stage3_activation22", "stage4_activation2"),
    ("resnet152_v2", 512): ("stage2_activation7", "stage3_activation35", "stage4_activation2"),
    ("mobilenet1.0", 512): ("relu22_fwd", "relu26_fwd"),
    ("mobilenet1.0", 300): ("relu22_fwd", "relu26_fwd"),
    ("mobilenet0.25", 300): ("relu22_fwd", "relu26_fwd"),
}


def get_ssd(
    name: str,
    base_size: int,
    features: Any,
    filters: Sequence[int] | None,
    sizes: Sequence[float],
    ratios: Sequence[Any],
    steps: Sequence[float],
    classes: Sequence[str],
    dataset: str,
    pretrained: Pretrained = False,
    pretrained_base: Pretrained = None,
    ctx: Any = None,
    root: str | os.PathLike[str] = ROOT,
    anchor_generator: Callable[..., SSDAnchorGenerator] = SSDAnchorGenerator,
    **kwargs: Any,
) -> SSD:
    """Make an SSD.

    Args:
        name: of the backbone.
        base_size: size of pictures that the anchors are made for.
        features: names of the backbone's outputs, or a function that makes a network of several outputs.
        filters: channels of further layers.
        sizes: sizes of anchors, one more than there are layers.
        ratios: for each layer, those of anchors.
        steps: for each layer, the distance of anchors.
        classes: names of the classes.
        dataset: what it is trained on; with ``name`` and ``base_size`` it names the weights.
        pretrained: weights, as for ``load_pretrained``.
        pretrained_base: those of the backbone, unless there are ``pretrained`` ones. None takes weights that are on
            this machine and begins at random where there are none.
        ctx: devices for the weights.
        root: folder where they are kept.
        anchor_generator: class of the anchor generators.
        kwargs: further arguments of ``SSD``.
    """
    base = False if pretrained else base_weights(name, pretrained_base, root)
    net = SSD(
        None if callable(features) else name, base_size, features, filters, sizes, ratios, steps, classes,
        pretrained=base, ctx=ctx, root=root, anchor_generator=anchor_generator, **kwargs,
    )  # fmt: skip
    full_name = "_".join(part for part in ("ssd", str(base_size), name, dataset) if part)
    load_pretrained(net, full_name, pretrained, root, ctx)
    return net


def custom_ssd(
    base_network_name: str,
    base_size: int,
    filters: Sequence[int] | None,
    sizes: Sequence[float],
    ratios: Sequence[Any],
    steps: Sequence[float],
    classes: Sequence[str],
    dataset: str,
    pretrained_base: Pretrained,
    **kwargs: Any,
) -> SSD:
    """Make an SSD on one of the zoo's backbones; arguments as for ``get_ssd``.

    Raises:
        ArgumentError: no SSD of the zoo has this backbone at this size.
    """
    features = FEATURES.get((base_network_name, base_size))
    if features is None:
        known = ", ".join(f"{name} of {size}" for name, size in FEATURES)
        raise ArgumentError(
            f"custom_ssd: base_network_name and base_size must be one of {known}, "
            f"got {base_network_name} of {base_size}"
        )
    return get_ssd(
        base_network_name, base_size, features, filters, sizes, ratios, steps, classes, dataset,
        pretrained_base=pretrained_base, **kwargs,
    )  # fmt: skip
