"""The SSDs of GluonCV's zoo."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from regluon.core.errors import NotSupportedError
from regluon.cv.anchor import LiteAnchorGenerator
from regluon.cv.data.classes import COCO_CLASSES, VOC_CLASSES
from regluon.cv.model_zoo.pretrained import Pretrained
from regluon.cv.model_zoo.registry import get_model, register
from regluon.cv.model_zoo.ssd.get import FEATURES, get_ssd
from regluon.cv.model_zoo.ssd.resnet_v1b_ssd import resnet34_v1b_ssd
from regluon.cv.model_zoo.ssd.ssd import SSD

__all__ = [
    "ssd_300_mobilenet0_25_coco",
    "ssd_300_mobilenet0_25_custom",
    "ssd_300_mobilenet0_25_voc",
    "ssd_300_mobilenet1_0_lite_coco",
    "ssd_300_resnet34_v1b_coco",
    "ssd_300_resnet34_v1b_custom",
    "ssd_300_resnet34_v1b_voc",
    "ssd_300_vgg16_atrous_coco",
    "ssd_300_vgg16_atrous_custom",
    "ssd_300_vgg16_atrous_voc",
    "ssd_300_vgg16_atrous_voc_int8",
    "ssd_512_mobilenet1_0_coco",
    "ssd_512_mobilenet1_0_custom",
    "ssd_512_mobilenet1_0_voc",
    "ssd_512_mobilenet1_0_voc_int8",
    "ssd_512_resnet18_v1_coco",
    "ssd_512_resnet18_v1_custom",
    "ssd_512_resnet18_v1_voc",
    "ssd_512_resnet50_v1_coco",
    "ssd_512_resnet50_v1_custom",
    "ssd_512_resnet50_v1_voc",
    "ssd_512_resnet50_v1_voc_int8",
    "ssd_512_resnet101_v2_voc",
    "ssd_512_resnet152_v2_voc",
    "ssd_512_vgg16_atrous_coco",
    "ssd_512_vgg16_atrous_custom",
    "ssd_512_vgg16_atrous_voc",
    "ssd_512_vgg16_atrous_voc_int8",
]

CLASSES = {"voc": VOC_CLASSES, "coco": COCO_CLASSES, "lite_coco": COCO_CLASSES}

_FEW = (1, 2, 0.5)
_MANY = (1, 2, 0.5, 3, 1 / 3)
_SIX = (_FEW, _MANY, _MANY, _MANY, _FEW, _FEW)
_SEVEN = (_FEW, *(_MANY,) * 4, _FEW, _FEW)

_SIZES_300 = (21, 45, 99, 153, 207, 261, 315)
_SIZES_512 = (51.2, 102.4, 189.4, 276.4, 363.52, 450.6, 492)
_SIZES_512_SEVEN = (51.2, 76.8, 153.6, 230.4, 307.2, 384.0, 460.8, 537.6)
_SIZES_512_RESNET50 = (51.2, 133.12, 215.04, 296.96, 378.88, 460.8, 542.72)
_STEPS_300 = (8, 16, 32, 64, 100, 300)
_STEPS_512 = (16, 32, 64, 128, 256, 512)


@dataclass(frozen=True, slots=True)
class Preset:
    """What is special to an SSD.

    Attributes:
        base: name of the backbone.
        size: of pictures.
        filters: channels of further layers.
        sizes: of anchors.
        ratios: of anchors.
        steps: of anchors.
        voc_sizes: those of anchors if they differ for Pascal VOC.
        options: further arguments of ``SSD``.
    """

    base: str
    size: int
    filters: Sequence[int] | None = (512, 512, 256, 256)
    sizes: Sequence[float] = _SIZES_512
    ratios: Sequence[Sequence[float]] = _SIX
    steps: Sequence[float] = _STEPS_512
    voc_sizes: Sequence[float] | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def make(self, dataset: str, classes: Sequence[str], **kwargs: Any) -> SSD:
        """Make the SSD; arguments as for ``get_ssd``."""
        sizes = self.voc_sizes if dataset == "voc" and self.voc_sizes else self.sizes
        features = resnet34_v1b_ssd if self.base == "resnet34_v1b" else FEATURES[self.base, self.size]
        options = {**self.options, **kwargs}
        return get_ssd(
            self.base, self.size, features, self.filters, sizes, self.ratios, self.steps, classes, dataset, **options
        )


def _named(preset: Preset, dataset: str) -> Callable[..., SSD]:
    """Return the function that makes an SSD for a known data set, registered."""
    name = f"ssd_{preset.size}_{preset.base}_{dataset}"

    def make(pretrained: Pretrained = False, pretrained_base: Pretrained = None, **kwargs: Any) -> SSD:
        return preset.make(dataset, CLASSES[dataset], pretrained=pretrained, pretrained_base=pretrained_base, **kwargs)

    make.__doc__ = f"""Make an SSD on {preset.base} for pictures of {preset.size} pixels and the classes of {dataset}.

    Args:
        pretrained: weights, as for ``load_pretrained``.
        pretrained_base: those of the backbone, as for ``get_ssd``.
        kwargs: further arguments of ``get_ssd`` and ``SSD``.
    """
    return _registered(name, make)


def _custom(preset: Preset) -> Callable[..., SSD]:
    """Return the function that makes an SSD for classes of one's own, registered."""
    stem = f"ssd_{preset.size}_{preset.base}"

    def make(
        classes: Sequence[str],
        pretrained_base: Pretrained = None,
        pretrained: Pretrained = False,
        transfer: str | None = None,
        **kwargs: Any,
    ) -> SSD:
        if pretrained is True:
            warnings.warn(f"{stem}_custom: pretrained is passed over, nobody has published weights", stacklevel=2)
            pretrained = False
        if transfer is None:
            return preset.make("custom", classes, pretrained=pretrained, pretrained_base=pretrained_base, **kwargs)
        net: Any = get_model(f"{stem}_{transfer}", pretrained=pretrained or True, **kwargs)
        net.reset_class(classes, reuse_weights=[name for name in classes if name in net.classes])
        return net

    make.__doc__ = f"""Make an SSD on {preset.base} for pictures of {preset.size} pixels and classes of one's own.

    Args:
        classes: their names.
        pretrained_base: weights of the backbone, as for ``get_ssd``.
        pretrained: file or folder of weights; with ``transfer``, those of the SSD that it begins from.
        transfer: data set of a trained SSD to begin from, ``voc`` or ``coco``; predictors of classes of the same name
            are kept.
        kwargs: further arguments of ``get_ssd`` and ``SSD``.
    """
    return _registered(f"{stem}_custom", make)


def _quantized(preset: Preset) -> Callable[..., SSD]:
    """Return the function that says what to do for an SSD that GluonCV has as a graph of 8-bit integers, registered."""
    stem = f"ssd_{preset.size}_{preset.base}_voc"

    def make(pretrained: Pretrained = False, **kwargs: Any) -> SSD:  # noqa: ARG001
        raise NotSupportedError(
            f"{stem}_int8: its graph is of operators that oneDNN alone has (_sg_mkldnn_conv); take {stem}, or load a "
            "graph that was quantized without fusing: "
            "gluon.SymbolBlock.imports('name-symbol.json', ['data'], 'name-0000.params')"
        )

    make.__doc__ = f"Raise an error that says what there is in the place of {stem}_int8."
    return _registered(f"{stem}_int8", make)


def _registered(name: str, function: Callable[..., SSD]) -> Callable[..., SSD]:
    function.__name__ = function.__qualname__ = name.replace(".", "_")
    return register(name, function)


_VGG_300 = Preset(
    "vgg16_atrous", 300, None, _SIZES_300, steps=_STEPS_300, voc_sizes=(30, 60, 111, 162, 213, 264, 315)
)  # fmt: skip
_VGG_512 = Preset("vgg16_atrous", 512, None, _SIZES_512_SEVEN, _SEVEN, (8, 16, 32, 64, 128, 256, 512))
_RESNET18 = Preset("resnet18_v1", 512)
_RESNET50 = Preset("resnet50_v1", 512, sizes=_SIZES_512_RESNET50, voc_sizes=_SIZES_512)
_RESNET101 = Preset("resnet101_v2", 512)
_RESNET152 = Preset(
    "resnet152_v2", 512, sizes=_SIZES_512_SEVEN, ratios=_SEVEN, steps=(8, 16, 32, 64, 128, 256, 512)
)  # fmt: skip
_MOBILENET = Preset("mobilenet1.0", 512)
_SMALL_MOBILENET = Preset("mobilenet0.25", 300, (256, 256, 128, 128), _SIZES_300, steps=_STEPS_300)
_LITE_MOBILENET = Preset(
    "mobilenet1.0", 300, (512, 256, 256, 128), (60.0, 105.0, 150.0, 195.0, 240.0, 285.0, 300.0), (_FEW, *(_MANY,) * 5),
    (16, 30, 60, 100, 150, 300),
    options={
        "predictors_kernel": (1, 1), "predictors_pad": (0, 0), "min_depth": 64, "reduce_ratio": 0.5,
        "anchor_generator": LiteAnchorGenerator,
    },
)  # fmt: skip
_RESNET34 = Preset("resnet34_v1b", 300, None, _SIZES_300, steps=_STEPS_300)

ssd_300_vgg16_atrous_voc = _named(_VGG_300, "voc")
ssd_300_vgg16_atrous_coco = _named(_VGG_300, "coco")
ssd_300_vgg16_atrous_custom = _custom(_VGG_300)
ssd_512_vgg16_atrous_voc = _named(_VGG_512, "voc")
ssd_512_vgg16_atrous_coco = _named(_VGG_512, "coco")
ssd_512_vgg16_atrous_custom = _custom(_VGG_512)
ssd_512_resnet18_v1_voc = _named(_RESNET18, "voc")
ssd_512_resnet18_v1_coco = _named(_RESNET18, "coco")
ssd_512_resnet18_v1_custom = _custom(_RESNET18)
ssd_512_resnet50_v1_voc = _named(_RESNET50, "voc")
ssd_512_resnet50_v1_coco = _named(_RESNET50, "coco")
ssd_512_resnet50_v1_custom = _custom(_RESNET50)
ssd_512_resnet101_v2_voc = _named(_RESNET101, "voc")
ssd_512_resnet152_v2_voc = _named(_RESNET152, "voc")
ssd_512_mobilenet1_0_voc = _named(_MOBILENET, "voc")
ssd_512_mobilenet1_0_coco = _named(_MOBILENET, "coco")
ssd_512_mobilenet1_0_custom = _custom(_MOBILENET)
ssd_300_mobilenet1_0_lite_coco = _named(_LITE_MOBILENET, "lite_coco")
ssd_300_mobilenet0_25_voc = _named(_SMALL_MOBILENET, "voc")
ssd_300_mobilenet0_25_coco = _named(_SMALL_MOBILENET, "coco")
ssd_300_mobilenet0_25_custom = _custom(_SMALL_MOBILENET)
ssd_300_resnet34_v1b_voc = _named(_RESNET34, "voc")
ssd_300_resnet34_v1b_coco = _named(_RESNET34, "coco")
ssd_300_resnet34_v1b_custom = _custom(_RESNET34)
ssd_300_vgg16_atrous_voc_int8 = _quantized(_VGG_300)
ssd_512_vgg16_atrous_voc_int8 = _quantized(_VGG_512)
ssd_512_mobilenet1_0_voc_int8 = _quantized(_MOBILENET)
ssd_512_resnet50_v1_voc_int8 = _quantized(_RESNET50)
