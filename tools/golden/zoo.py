"""Networks of the zoo, how both sides fill them with the same values, and what is compared.

Needs neither MXNet nor the package, so that the recorder, the sweep and the tests use the same text. A family adds its
rows at the end. Values depend on structural names and shapes alone, so a recording need not hold any.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, List, Mapping, Sequence, Tuple

import numpy as np

__all__ = ["ROWS", "Row", "arguments", "describe", "flat", "picture", "sample", "values"]

#: Numbers of one output that a recording holds at most.
SAMPLES = 256


@dataclass(frozen=True)
class Row:
    """One network that is compared.

    Attributes:
        label: names the recording; the network's name, and what is special behind a dash.
        model: name for ``get_model``; the label if empty.
        zoo: ``gluoncv``, or ``mxnet`` for ``gluon.model_zoo.vision``.
        shape: of the picture.
        run: whether the tests run it; of the largest siblings they compare names and shapes only.
        options: arguments of ``get_model``.
        scales: factors of values by regular expressions that find structural names; the first that finds one counts.
            Where outputs would grow out of bounds.
        rtol: tolerance of outputs relative to the largest of each.
        train: compare what the network answers while training, too; these outputs come last.
        train_rtol: tolerance of these, if not the other's.
    """

    label: str
    model: str = ""
    zoo: str = "gluoncv"
    shape: Tuple[int, ...] = (1, 3, 64, 64)
    run: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)
    scales: Tuple[Tuple[str, float], ...] = ()
    rtol: float = 1e-3
    train: bool = False
    train_rtol: float = 0.0

    @property
    def name(self) -> str:
        """The name for ``get_model``."""
        return self.model or self.label


def arguments(row: Row) -> Dict[str, Any]:
    """Return the arguments of ``get_model``: no weights from anywhere, and the row's own."""
    detector = re.match(r"ssd|faster|mask|custom.*rcnn|doublehead|yolo|center_net", row.name)
    return {"pretrained": False, **({"pretrained_base": False} if detector else {}), **row.options}


def values(row: Row, shapes: Mapping[str, Sequence[int]]) -> Dict[str, np.ndarray]:
    """Draw the values of Parameters.

    Args:
        row: the network.
        shapes: shapes by structural name, constants left out.
    """
    return {name: _draw(row, name, tuple(shape)) for name, shape in sorted(shapes.items())}


def _draw(row: Row, name: str, shape: Tuple[int, ...]) -> np.ndarray:
    random = np.random.default_rng(zlib.crc32(name.encode()))
    if name.endswith("gamma"):
        drawn = 0.5 + 0.5 * random.random(shape, np.float32)
    elif name.endswith(("running_var", "moving_var")):
        drawn = 0.5 + random.random(shape, np.float32)
    else:
        small = name.endswith(("beta", "bias", "running_mean", "moving_mean"))
        drawn = random.standard_normal(shape, np.float32)
        drawn *= np.float32(0.1 if small else np.sqrt(2 / max(1, np.prod(shape[1:]))))
    factor = next((factor for pattern, factor in row.scales if re.search(pattern, name)), 1.0)
    return (drawn * np.float32(factor)).astype(np.float32, copy=False)


def picture(row: Row) -> np.ndarray:
    """Draw the input."""
    return np.random.default_rng(0).normal(size=row.shape).astype(np.float32)


def describe(parameters: Iterable[Tuple[str, str, Sequence[int]]]) -> Dict[str, np.ndarray]:
    """Boil Parameters down to a few digits.

    Args:
        parameters: structural name, full name (counted from 0) and shape of each, in their order.

    Returns:
        ``count``, ``shapes`` (SHA-1 of the sorted lines of structural name and shape) and ``names`` (of the lines of
        structural and full name, in order).
    """
    rows = [(name, full, tuple(int(size) for size in shape)) for name, full, shape in parameters]
    return {
        "count": np.array(len(rows)),
        "shapes": _digest(sorted(f"{name} {shape}" for name, _, shape in rows)),
        "names": _digest([f"{name} {full}" for name, full, _ in rows]),
    }


def _digest(lines: List[str]) -> np.ndarray:
    return np.array(hashlib.sha1("\n".join(lines).encode()).hexdigest())


def flat(outputs: Any) -> List[Any]:
    """List the arrays of nested outputs."""
    if isinstance(outputs, (list, tuple)):
        return [leaf for one in outputs for leaf in flat(one)]
    return [outputs]


def sample(output: np.ndarray) -> np.ndarray:
    """Take every so manyth number of an output, such that they are few."""
    numbers = output.reshape(-1)
    # A prime step would be better spread, but an odd one already meets every column of the usual even sizes.
    step = -(-numbers.size // SAMPLES)
    return numbers[:: step + 1 - step % 2 if step > 1 else 1][:SAMPLES]


def _rows(*labels: str, **same: Any) -> List[Row]:
    return [Row(label, **same) for label in labels]


_RESNET = [
    *_rows("resnet18_v1", "resnet50_v1", "resnet18_v2", "resnet50_v2", "se_resnet18_v1", "se_resnet50_v2"),
    *_rows("resnet34_v1", "resnet101_v1", "resnet152_v1", "resnet34_v2", "resnet101_v2", "resnet152_v2", run=False),
    *_rows("se_resnet34_v1", "se_resnet50_v1", "se_resnet18_v2", run=False),
    *_rows("se_resnet101_v1", "se_resnet152_v1", "se_resnet34_v2", "se_resnet101_v2", "se_resnet152_v2", run=False),
    *_rows("resnet18_v1b", "resnet50_v1b", "resnet50_v1b_gn", "resnet50_v1c", "resnet50_v1d"),
    *_rows("resnet34_v1b", "resnet50_v1e", "resnet50_v1s", run=False),
    *_rows("resnet101_v1b", "resnet101_v1b_gn", "resnet152_v1b", run=False),
    *_rows("resnet101_v1c", "resnet152_v1c", "resnet101_v1d", "resnet152_v1d", run=False),
    *_rows("resnet101_v1e", "resnet152_v1e", "resnet101_v1s", "resnet152_v1s", run=False),
    Row("resnet18_v1b-dilated", "resnet18_v1b", options={"dilated": True, "classes": 10, "use_global_stats": True}),
    Row("resnet50_v1d-dilated", "resnet50_v1d", options={"dilated": True, "last_gamma": True, "final_drop": 0.5}),
    *_rows("resnext50_32x4d", "se_resnext50_32x4d"),
    *_rows("resnext101_32x4d", "resnext101_64x4d", "resnext101e_64x4d", run=False),
    *_rows("se_resnext101_32x4d", "se_resnext101_64x4d", "se_resnext101e_64x4d", run=False),
    *_rows("senet_154", "senet_154e", run=False),
    *_rows("cifar_resnet20_v1", "cifar_resnet20_v2", shape=(2, 3, 32, 32)),
    *_rows("cifar_resnet56_v1", "cifar_resnet110_v1", shape=(2, 3, 32, 32), run=False),
    *_rows("cifar_resnet56_v2", "cifar_resnet110_v2", shape=(2, 3, 32, 32), run=False),
    Row("mxnet-resnet18_v1", "resnet18_v1", zoo="mxnet"),
    Row("mxnet-resnet50_v2", "resnet50_v2", zoo="mxnet", run=False),
    Row(
        "resnet18_v2-thumbnail", "resnet18_v2", shape=(2, 3, 16, 16),
        options={"thumbnail": True, "classes": 10, "last_gamma": True, "norm_kwargs": {"epsilon": 0.01}},
    ),
]  # fmt: skip
_CLASSIFIERS = [
    *_rows("vgg11", "vgg16_bn", shape=(1, 3, 32, 32)),
    *_rows("vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg13_bn", "vgg19_bn", shape=(1, 3, 32, 32), run=False),
    *_rows("alexnet", "mobilenet1.0", "mobilenet0.25", "mobilenetv2_1.0", "mobilenetv2_0.5"),
    *_rows("mobilenet0.75", "mobilenet0.5", "mobilenetv2_0.75", "mobilenetv2_0.25", run=False),
    # These end with poolings that need pictures of the usual size.
    *_rows("densenet121", "squeezenet1.0", "squeezenet1.1", shape=(1, 3, 224, 224)),
    *_rows("densenet161", "densenet169", "densenet201", shape=(1, 3, 224, 224), run=False),
    *_rows("inceptionv3", shape=(1, 3, 299, 299)),
    *_rows("mobilenetv3_large", "mobilenetv3_small", "darknet53", "dla34"),
    Row("dla34-features", "dla34", options={"use_feature": True}),
    Row("mxnet-mobilenetv2_1.0", "mobilenetv2_1.0", "mxnet"),
    Row("mxnet-inceptionv3", "inceptionv3", "mxnet", (1, 3, 299, 299), run=False),
    Row("mxnet-squeezenet1.1", "squeezenet1.1", "mxnet", (1, 3, 224, 224), run=False),
    Row("mxnet-densenet121", "densenet121", "mxnet", (1, 3, 224, 224), run=False),
    Row("mxnet-vgg16_bn", "vgg16_bn", "mxnet", (1, 3, 32, 32), run=False),
    Row("mxnet-alexnet", "alexnet", "mxnet", run=False),
    Row("mxnet-mobilenet1.0", "mobilenet1.0", "mxnet", run=False),
]
# The first layer multiplies pictures by 57, the normalisation divides by the length over 512 channels.
_VGG = ((r"^features\.stages\.0\.0\.weight", 1 / 57), (r"norm4", 200.0))


def _ssd(*labels: str, size: int = 128, predictors: float = 1.0, **same: Any) -> List[Row]:
    """Make rows of SSDs; of final boxes, a few hundred pixels, the tolerance is less than 0.01 of them."""
    same = {
        "rtol": 1e-5,
        "train": True,
        "train_rtol": 1e-3,
        "scales": ((r"(class|box)_predictors", predictors),),
        **same,
    }
    return [
        Row(label, shape=(1, 3, size, size), options={"classes": ("a", "b", "c")} if "custom" in label else {}, **same)
        for label in labels
    ]


_SSD = [
    *_ssd("ssd_300_vgg16_atrous_voc", size=300, scales=_VGG),
    *_ssd("ssd_300_vgg16_atrous_coco", "ssd_300_vgg16_atrous_custom", size=300, scales=_VGG, run=False),
    *_ssd("ssd_512_vgg16_atrous_voc", "ssd_512_vgg16_atrous_coco", size=512, scales=_VGG, run=False),
    *_ssd(
        "ssd_512_vgg16_atrous_custom",
        size=512, scales=(*_VGG, (r"(class|box)_predictors", 0.3)), run=False,
    ),
    *_ssd("ssd_512_resnet18_v1_voc", predictors=0.5),
    *_ssd("ssd_512_resnet18_v1_coco", predictors=0.5, run=False),
    *_ssd("ssd_512_resnet50_v1_voc", predictors=0.3),
    *_ssd("ssd_512_resnet50_v1_coco", "ssd_512_resnet50_v1_custom", predictors=0.3, run=False),
    *_ssd("ssd_512_resnet101_v2_voc", predictors=0.02),
    *_ssd("ssd_512_resnet152_v2_voc", predictors=0.02, run=False),
    *_ssd("ssd_512_mobilenet1.0_voc", "ssd_300_mobilenet1.0_lite_coco", "ssd_300_mobilenet0.25_voc"),
    *_ssd(
        "ssd_512_mobilenet1.0_coco", "ssd_512_mobilenet1.0_custom", "ssd_300_mobilenet0.25_coco",
        "ssd_300_mobilenet0.25_custom", run=False,
    ),
    *_ssd("ssd_300_resnet34_v1b_voc", size=300, predictors=0.05),
    *_ssd("ssd_300_resnet34_v1b_coco", size=300, predictors=0.05, run=False),
    *_ssd("ssd_300_resnet34_v1b_custom", size=300, predictors=0.01, run=False),
]  # fmt: skip


# Sizes are exponentials of what is predicted; of final boxes, a few hundred pixels, this is less than 0.01 of them.
def _yolo(base: str, predictions: float) -> List[Row]:
    """Make the rows of a YOLOv3: of its three functions the first is run."""
    same: Dict[str, Any] = {
        "shape": (2, 3, 96, 64), "rtol": 3e-5, "train": True, "train_rtol": 1e-3,
        "scales": ((r"\.prediction\.", predictions),),
    }  # fmt: skip
    return [
        Row(f"yolo3_{base}_voc", **same),
        Row(f"yolo3_{base}_coco", run=False, **same),
        Row(f"yolo3_{base}_custom", run=False, options={"classes": ("cat", "dog")}, **same),
    ]


_YOLO = [*_yolo("darknet53", 0.1), *_yolo("mobilenet1.0", 2.0), *_yolo("mobilenet0.25", 2.0)]
# Proposals of networks that are run are few, so that they take no minutes.
_FEW: Dict[str, Any] = {"classes": ("cat", "cow", "dog"), "rpn_test_post_nms": 20, "rpn_channel": 64}
_LEVELS: Dict[str, Any] = {
    "min_stage": 2, "max_stage": 6, "strides": (4, 8, 16, 32, 64), "scales": (2, 4, 8, 16, 32), "alloc_size": (64, 64),
}  # fmt: skip
# Predictions small enough that scores differ and boxes stay near the picture.
_MILD: Dict[str, Any] = {
    "scales": ((r"rpn.*loc", 0.02), (r"rpn.*score", 0.2), (r"class_predictor", 0.2), (r"box_predictor", 0.05)),
    "rtol": 1e-4,
}
_MILDER: Dict[str, Any] = {
    "scales": (
        (r"rpn.*loc", 0.005),
        (r"rpn.*score", 0.1),
        (r"class_predictor", 0.05),
        (r"box_predictor", 0.02),
        (r"mask\.mask", 0.1),
    ),
    "rtol": 3e-4,
}
_MILDEST: Dict[str, Any] = {
    "scales": (
        (r"rpn.*loc", 0.001),
        (r"rpn.*score", 0.02),
        (r"class_predictor", 0.01),
        (r"box_predictor", 0.005),
        (r"mask\.mask", 0.1),
    ),
    "rtol": 3e-4,
}
_RCNN = [
    Row("faster_rcnn_resnet50_v1b_custom", shape=(1, 3, 96, 128), options=_FEW, **_MILD),
    Row(
        "faster_rcnn_resnet50_v1b_custom-pool", "faster_rcnn_resnet50_v1b_custom", shape=(1, 3, 96, 128), **_MILD,
        options={**_FEW, "roi_mode": "pool", "force_nms": True, "nms_topk": 10, "clip": 2.0, "strides": 16},
    ),
    Row("custom_faster_rcnn_fpn", shape=(1, 3, 96, 128), options={**_FEW, **_LEVELS}, **_MILD),
    *_rows("faster_rcnn_resnet50_v1b_voc", "faster_rcnn_resnet101_v1d_voc", shape=(1, 3, 96, 96), run=False, **_MILD),
    *_rows(
        "faster_rcnn_resnet50_v1b_coco", "faster_rcnn_resnet101_v1d_coco", shape=(1, 3, 128, 160), run=False, **_MILD
    ),
    *_rows(
        "faster_rcnn_fpn_resnet50_v1b_coco", "faster_rcnn_fpn_syncbn_resnet50_v1b_coco", shape=(1, 3, 96, 96),
        run=False, **_MILDER,
    ),
    *_rows(
        "faster_rcnn_fpn_resnet101_v1d_coco", "faster_rcnn_fpn_syncbn_resnet101_v1d_coco",
        "mask_rcnn_fpn_resnet101_v1d_coco", shape=(1, 3, 96, 96), run=False, **_MILDEST,
    ),
    Row("faster_rcnn_resnet101_v1d_custom", shape=(1, 3, 96, 128), options=_FEW, run=False, **_MILD),
    *_rows(
        "mask_rcnn_resnet18_v1b_coco", "mask_rcnn_fpn_resnet18_v1b_coco", shape=(1, 3, 96, 128),
        options={"rpn_test_post_nms": 20, "rcnn_max_dets": 10}, **_MILDER,
    ),
    *_rows(
        "mask_rcnn_fpn_syncbn_resnet18_v1b_coco", "mask_rcnn_fpn_syncbn_mobilenet1_0_coco", shape=(1, 3, 96, 128),
        options={"rpn_test_post_nms": 20, "rcnn_max_dets": 10}, run=False, **_MILDER,
    ),
    *_rows("mask_rcnn_resnet50_v1b_coco", "mask_rcnn_resnet101_v1d_coco", shape=(1, 3, 128, 160), run=False, **_MILDER),
    Row("mask_rcnn_fpn_resnet50_v1b_coco", shape=(1, 3, 96, 96), run=False, **_MILDER),
    Row("custom_mask_rcnn_fpn", shape=(1, 3, 96, 128), options={**_FEW, **_LEVELS}, run=False, **_MILDER),
    Row("doublehead_rcnn_resnet50_v1b_voc", shape=(1, 3, 96, 96), run=False, **_MILDER),
]  # fmt: skip


def _center(base: str, heads: float, size: int = 64, **same: Any) -> List[Row]:
    """Make the rows of a CenterNet: of its two functions the first is run. Heads are bold, so that scores differ."""
    same = {
        "shape": (2, 3, size, size + 32), "rtol": 3e-5, "train": True, "train_rtol": 1e-3,
        "scales": ((r"^heads\.\d\.2\.weight", heads), (r"^heads\.0\.2\.bias", 0.1), (r"offset_weight", 0.1)), **same,
    }  # fmt: skip
    return [Row(f"center_net_{base}_voc", **same), Row(f"center_net_{base}_coco", **{**same, "run": False})]


# So deep, normalised by the batch, MXNet's float32 is a thousandth away from float64 itself, and so is ours.
_DEEP: Dict[str, Any] = {"run": False, "train_rtol": 5e-3}
_CENTER = [
    *_center("resnet18_v1b", 6.0),
    *_center("resnet18_v1b_dcnv2", 6.0),
    *_center("resnet50_v1b", 6.0, 128, **_DEEP),
    *_center("resnet50_v1b_dcnv2", 6.0, 128, **_DEEP),
    *_center("resnet101_v1b", 0.3, 128, **_DEEP),
    *_center("resnet101_v1b_dcnv2", 0.3, 128, **_DEEP),
    *_center("dla34", 1.0),
    *_center("dla34_dcnv2", 1.0),
    *_center("mobilenetv3_large_duc", 3.0),
    *_center("mobilenetv3_small_duc", 3.0),
]  # fmt: skip
_ALL = [
    *_CLASSIFIERS,
    *_SSD,
    *_RESNET,
    *_YOLO,
    *_RCNN,
    *_CENTER,
]

ROWS: Dict[str, Row] = {row.label: row for row in _ALL}
