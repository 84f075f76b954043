"""GluonCV's transforms of pictures and boxes; where they draw, from seeded generators."""

from __future__ import annotations

import random
from typing import Any, Callable, Dict, List

import mxnet as mx
import numpy as np
from gluoncv.data.transforms import bbox, experimental, image
from gluoncv.data.transforms.presets import ssd, yolo

from golden import yolo as networks
from golden.case import Case, Draw, array, boxes, case
from golden.component import Component

__all__ = ["TABLE"]

FUNCTIONS = {
    **{name: getattr(bbox, name) for name in ("crop", "flip", "resize", "translate")},
    **{name: getattr(image, name) for name in image.__all__},
    "random_crop_with_constraints": experimental.bbox.random_crop_with_constraints,
    "random_color_distort": experimental.image.random_color_distort,
    "ssd_test": ssd.transform_test,
    "yolo_test": yolo.transform_test,
}
PRESETS = {
    "ssd_train": ssd.SSDDefaultTrainTransform,
    "ssd_val": ssd.SSDDefaultValTransform,
    "yolo_train": yolo.YOLO3DefaultTrainTransform,
    "yolo_val": yolo.YOLO3DefaultValTransform,
}


def seeded(what: str, seed: int = 0, targets: bool = False, **attrs: Any) -> Callable[..., Any]:
    """Call a function or a preset after seeding Python's and numpy's generators."""
    if targets and what == "ssd_train":
        attrs["anchors"] = mx.nd.array(ANCHORS)
    if targets and what == "yolo_train":
        net = networks.small()
        net.initialize()
        net(mx.nd.zeros((1, 3, attrs["height"], attrs["width"])))
        attrs["net"] = net
    apply = PRESETS[what](**attrs) if what in PRESETS else lambda *given: FUNCTIONS[what](*given, **attrs)

    def call(*arrays: Any) -> List[Any]:
        # Boxes are arrays of numpy there.
        given = [one.asnumpy() if one.ndim == 2 else one for one in arrays]
        random.seed(seed)
        np.random.seed(seed)
        return flat(apply(*given))

    return call


def flat(outputs: Any) -> List[Any]:
    """List arrays; tuples of numbers are one."""
    if isinstance(outputs, (list, tuple)) and outputs and all(np.isscalar(one) for one in outputs):
        return [mx.nd.array(np.array(outputs, "float64"), dtype="float64")]
    if isinstance(outputs, (list, tuple)):
        return [leaf for one in outputs for leaf in flat(one)]
    return [outputs if isinstance(outputs, mx.nd.NDArray) else mx.nd.array(outputs, dtype=outputs.dtype)]


def drawn(height: int, width: int) -> Draw:
    """Draw a picture of soft colours with a little noise."""

    def sample(random: np.random.RandomState) -> np.ndarray:
        rows, columns, channels = np.indices((height, width, 3))
        soft = 127 + 90 * np.sin(rows / 7 + channels) * np.cos(columns / 5 - channels)
        return np.clip(soft + random.normal(0, 8, soft.shape), 0, 255).astype("uint8")

    return Draw(sample)


WIDE, TALL, TINY = drawn(20, 28), drawn(27, 18), drawn(6, 7)
LABEL = array([[2, 3, 12, 17, 4], [10, 1, 27.5, 9, 19], [15, 12, 20, 19, 0]], "float64")
INTEGERS = array([[2, 3, 12, 17, 4], [10, 1, 27, 9, 19]], "int64")
ANCHORS = np.concatenate([np.random.RandomState(0).uniform(0, 24, (1, 40, 2)), np.full((1, 40, 2), 9)], -1)
SIZE = {"width": 24, "height": 16}

BOXES = [
    case("crop", LABEL, what="crop", crop_box=(4, 2, 10, 12)),
    case("crop by centres", LABEL, what="crop", crop_box=(4, 2, 10, 12), allow_outside_center=False),
    case("crop without edges", LABEL, what="crop", crop_box=(None, 5, None, 9)),
    case("crop of integers", INTEGERS, what="crop", crop_box=(4, 2, 10, 12)),
    case("crop of nothing", LABEL, what="crop"),
    case("flip in x", LABEL, what="flip", size=(28, 20), flip_x=True),
    case("flip in both", INTEGERS, what="flip", size=(28, 20), flip_x=True, flip_y=True),
    case("resize", LABEL, what="resize", in_size=(28, 20), out_size=(13, 50)),
    case("resize integers", INTEGERS, what="resize", in_size=(28, 20), out_size=(13, 50)),
    case("translate", LABEL, what="translate", x_offset=-2, y_offset=7),
    *[
        case(f"random crop {seed}", boxes(4, dtype="float64", size=40), what="random_crop_with_constraints",
             size=(60, 50), seed=seed)
        for seed in range(8)
    ],
    case("random crop, own limits", LABEL, what="random_crop_with_constraints", size=(28, 20), seed=3, min_scale=0.6,
         max_scale=0.9, max_aspect_ratio=1.5, constraints=[[0.2, 0.8], [None, 0.3]], max_trial=5),
]  # fmt: skip
IMAGES = [
    *[case(f"imresize {interp}", TINY, what="imresize", w=9, h=4, interp=interp) for interp in (0, 1, 2, 3, 4, 9)],
    case("resize_long", TALL, what="resize_long", size=12),
    case("resize_short_within", WIDE, what="resize_short_within", short=10, max_size=50),
    case("resize_short_within, too long", WIDE, what="resize_short_within", short=18, max_size=21),
    case("resize_short_within, multiples", WIDE, what="resize_short_within", short=14, max_size=30, mult_base=4),
    case("random_pca_lighting", array(np.full((2, 3, 3), 7)), what="random_pca_lighting", alphastd=0.1, seed=1),
    case("random_expand", TINY, what="random_expand", max_ratio=2, fill=[1, 2.5, 3], seed=1),
    case("random_expand in both", TINY, what="random_expand", max_ratio=2, fill=9, keep_ratio=False, seed=2),
    *[case(f"random_flip {seed}", TINY, what="random_flip", px=0.5, py=0.3, seed=seed) for seed in range(4)],
    case("resize_contain", TALL, what="resize_contain", size=(12, 10), fill=5),
    case("resize_contain, smaller", TINY, what="resize_contain", size=(12, 11), fill=5),
    case("ten_crop", TINY, what="ten_crop", size=(3, 4)),
    *[case(f"random_color_distort {seed}", TINY, what="random_color_distort", seed=seed) for seed in range(8)],
    case("test of SSD", WIDE, what="ssd_test", short=12),
    case("test of YOLOv3", TALL, what="yolo_test", short=12, max_size=30, stride=4),
]


def trained(what: str, **attrs: Any) -> List[Case]:
    """Try a preset of training with a few seeds."""
    return [
        case(f"{what} {seed}", picture, LABEL, what=what, seed=seed, **SIZE, **attrs)
        for seed, picture in enumerate((WIDE, TALL, WIDE, TALL))
    ]


TABLE: Dict[str, Component] = {
    "transforms_bbox": Component(seeded, ("bbox",), BOXES, fixed="*"),
    "transforms_image": Component(seeded, ("src",), IMAGES, fixed="*"),
    "transforms_presets": Component(
        seeded,
        ("src", "label"),
        [
            *trained("ssd_train"),
            *trained("yolo_train"),
            case("ssd_train with targets", WIDE, LABEL, what="ssd_train", seed=5, targets=True, **SIZE),
            case("yolo_train with targets", WIDE, LABEL, what="yolo_train", seed=5, targets=True, **SIZE),
            case("ssd_val", TALL, LABEL, what="ssd_val", **SIZE),
            case("yolo_val", WIDE, INTEGERS, what="yolo_val", **SIZE),
        ],
        fixed="*",
    ),
}
