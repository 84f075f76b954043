"""YOLOv3: its targets, and a whole step of training."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Any, Callable, Dict, List

import mxnet as mx
import numpy as np
from gluoncv.model_zoo import YOLOV3, get_model
from gluoncv.model_zoo.yolo.yolo_target import (
    YOLOV3DynamicTargetGeneratorSimple,
    YOLOV3PrefetchTargetGenerator,
    YOLOV3TargetMerger,
)
from mxnet.gluon import nn
from mxnet.gluon.parameter import Constant

from golden import zoo
from golden.case import array, boxes, case, integers, normal, uniform
from golden.component import Component

__all__ = ["TABLE"]


def prefetch(**attrs: Any) -> Callable[..., Any]:
    """Let the generator take its lists of two maps one by one."""
    generate = YOLOV3PrefetchTargetGenerator(**attrs)

    def call(img: Any, x0: Any, x1: Any, a0: Any, a1: Any, o0: Any, o1: Any, *objects: Any) -> Any:
        return generate(img, [x0, x1], [a0, a1], [o0, o1], *objects)

    return call


def merger(label_smooth: bool = False, **attrs: Any) -> Any:
    """Make a merger, perhaps one that smooths labels, as GluonCV's script of training sets it."""
    block = YOLOV3TargetMerger(**attrs)
    block._label_smooth = label_smooth
    return block


def step(label: str, **options: Any) -> Callable[..., Any]:
    """Make a network of the zoo; it answers with targets, losses, and two numbers for the gradient of each weight."""
    row = replace(zoo.ROWS[label], options=options) if label in zoo.ROWS else zoo.Row(label, shape=(2, 3, 96, 64))
    net = get_model(row.name, **zoo.arguments(row)) if label in zoo.ROWS else small()
    net.initialize("zeros")
    net(mx.nd.zeros(row.shape))
    parameters = net._collect_params_with_prefix()
    free = {name: one.shape for name, one in parameters.items() if not isinstance(one, Constant)}
    for name, drawn in zoo.values(row, free).items():
        parameters[name].set_data(mx.nd.array(drawn))

    def call(picture: Any, objects: Any, ids: Any) -> List[Any]:
        with mx.autograd.pause(train_mode=True):
            _, anchors, cells, maps, *_ = net(picture)
        targets = YOLOV3PrefetchTargetGenerator(net.num_class_)(picture, maps, anchors, cells, objects, ids)
        losses = net(picture, objects, *targets)
        mx.autograd.backward([mx.nd.concat(*[loss.sum() for loss in losses], dim=0).sum()])
        trained = [name for name in sorted(free) if parameters[name].grad_req != "null"]
        gradients = [boiled(name, parameters[name].grad().asnumpy()) for name in trained]
        return [*targets, *losses, mx.nd.array(np.array(gradients))]

    # GluonCV's own num_class fails.
    object.__setattr__(net, "num_class_", len(net.classes))
    return call


def small() -> Any:
    """Make a network of two maps, so shallow that gradients are exact."""
    first = nn.HybridSequential()
    first.add(nn.Conv2D(4, 3, 2, 1), nn.BatchNorm(), nn.LeakyReLU(0.1), nn.Conv2D(8, 3, 2, 1))
    anchors = [[6, 8, 10, 6], [20, 20, 30, 16]]
    return YOLOV3([first, nn.Conv2D(8, 3, 2, 1)], [8, 4], anchors, [4, 8], list("abcdefghijklmnopqrst"), (32, 32))


def boiled(name: str, gradient: np.ndarray) -> List[float]:
    """Boil a gradient down: its length, and its part along a direction drawn for this name."""
    along = np.random.default_rng(zlib.crc32(name.encode())).standard_normal(gradient.shape)
    gradient = gradient.astype("float64")
    return [float(np.sqrt((gradient**2).sum())), float((gradient * along).sum())]


def cells(height: int, width: int) -> np.ndarray:
    """Lay out x and y of cells."""
    rows, columns = np.indices((height, width))
    return np.stack([columns, rows], -1).reshape(1, -1, 1, 2).astype("float32")


SMALL, LARGE = array([[[[6, 8], [10, 6]]]]), array([[[[20, 20], [30, 16], [40, 40]]]])
# Pictures of 48 x 32 pixels with cells of 16, then of 8.
MAPS = (
    array(np.zeros((2, 3, 48, 32))), array(np.zeros((1, 1, 3, 2))), array(np.zeros((1, 1, 6, 4))), LARGE, SMALL,
    cells(3, 2), cells(6, 4),
)  # fmt: skip
NAMES = ("img", "x0", "x1", "anchors0", "anchors1", "offsets0", "offsets1", "gt_boxes", "gt_ids", "gt_mixratio")
OBJECTS = [[[2, 3, 22, 25], [9, 9, 15, 17], [0, 0, 32, 48]], [[20, 30, 31.5, 36.25], [-1, -1, -1, -1], [-1] * 4]]
OBJECT_IDS = [[[1], [0], [2]], [[2], [-1], [-1]]]
CROWD = [[[8, 8, 15, 16], [8, 8, 14, 16], [1, 1, 7, 8]], [[8, 8, 14, 15], [9, 9, 14, 16], [8, 8, 15, 16]]]
THIN = [[[5, 5, 5, 5], [4, 4, 5, 5], [0, 10, 20, 10]], [[3, 3, 3, 40], [0, 0, 0, 0], [-1] * 4]]
THIN_IDS = [[[1], [0], [2]], [[2], [1], [-1]]]
ALL_PADDING = [[[-1] * 4, [-1] * 4], [[-1] * 4, [-1] * 4]]

MERGED = ("box_preds", "gt_boxes", "obj_t", "centers_t", "scales_t", "weights_t", "clas_t")
FOUND = array([[0, 0, 8, 8], [4, 4, 9, 9], [0, 0, 3, 3], [1, 1, 8, 9]])[None]
GROUND = array([[0, 0, 8, 8], [5, 5, 9, 9], [-1] * 4])[None]
FIXED = (
    FOUND, GROUND, array([0, 1, 0, 0.5]).reshape(1, 4, 1), normal(1, 4, 2), normal(1, 4, 2), uniform(0, 2, 1, 4, 2),
    array([[-1, -1, -1], [0, 1, 0], [-1, -1, -1], [1, 0, 0]])[None],
)  # fmt: skip
PICTURED = [[[4, 6, 40, 50], [20, 30, 60, 90], [-1] * 4], [[0, 0, 63, 95], [10, 10, 24, 20], [30, 50, 44, 90]]]
PICTURED_IDS = [[[3], [19], [-1]], [[0], [7], [7]]]

TABLE: Dict[str, Component] = {
    "YOLOV3PrefetchTargetGenerator": Component(
        prefetch,
        NAMES,
        [
            case("objects and padding", *MAPS, array(OBJECTS), array(OBJECT_IDS), None, num_class=3),
            case("several want one anchor", *MAPS, array(CROWD), array(OBJECT_IDS) % 2, None, num_class=2),
            case("no or little area", *MAPS, array(THIN), array(THIN_IDS), None, num_class=3),
            case("padding alone", *MAPS, array(ALL_PADDING), array([[[-1], [-1]]] * 2), None, num_class=1),
            case("mixed", *MAPS, array(OBJECTS), array(OBJECT_IDS), uniform(0, 1, 2, 3, 1), num_class=3),
            case("drawn", *MAPS, boxes(2, 6, size=32), integers(0, 4, 2, 6, 1), None, num_class=4),
        ],
        fixed="*",
    ),
    "YOLOV3DynamicTargetGeneratorSimple": Component(
        YOLOV3DynamicTargetGeneratorSimple,
        ("box_preds", "gt_boxes"),
        [
            case("some overlap", FOUND, GROUND, num_class=2, ignore_iou_thresh=0.5),
            case("anchors by themselves", boxes(2, 4, 3), boxes(2, 5), num_class=3, ignore_iou_thresh=0.25),
        ],
        fixed="*",
    ),
    "YOLOV3TargetMerger": Component(
        merger,
        MERGED,
        [
            case("plain", *FIXED, num_class=3, ignore_iou_thresh=0.5),
            case("label_smooth", *FIXED, num_class=3, ignore_iou_thresh=0.5, label_smooth=True),
        ],
        fixed="*",
    ),
    "YOLOV3_step": Component(
        step,
        ("picture", "gt_boxes", "gt_ids"),
        [
            # Through many layers of a random network that normalise by batches, errors of rounding grow.
            case("batches", normal(2, 3, 96, 64), array(PICTURED), array(PICTURED_IDS), label="small"),
            case(
                "running means", normal(2, 3, 96, 64), array(PICTURED), array(PICTURED_IDS),
                label="yolo3_mobilenet0.25_voc", norm_kwargs={"use_global_stats": True},
            ),
        ],
        fixed="*",
    ),
}  # fmt: skip
