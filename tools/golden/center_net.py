"""CenterNet: its targets, what it finds in mirrored pictures, and a whole step of training."""

from __future__ import annotations

import random
from collections import OrderedDict
from typing import Any, Callable, Dict, List, Sequence

import mxnet as mx
import numpy as np
from gluoncv.data.transforms.bbox import affine_transform, get_affine_transform
from gluoncv.data.transforms.presets import center_net
from gluoncv.loss import HeatmapFocalLoss, MaskedL1Loss
from gluoncv.model_zoo import CenterNet, get_model
from gluoncv.model_zoo.center_net.target_generator import CenterNetTargetGenerator
from mxnet.gluon import nn

from golden import zoo
from golden.case import array, boxes, case, integers, normal
from golden.component import Component
from golden.transforms import drawn, flat
from golden.yolo import boiled

__all__ = ["TABLE"]


def generator(**attrs: Any) -> Callable[..., Any]:
    """Let the generator work on arrays of NumPy, as in transforms of data."""
    generate = CenterNetTargetGenerator(**attrs)
    return lambda objects, ids: generate(objects.asnumpy(), ids.asnumpy())


def filled(label: str) -> Any:
    """Make a network, with values that both sides draw."""
    row = zoo.ROWS.get(label) or zoo.Row(label)
    net = get_model(row.name, **zoo.arguments(row)) if label in zoo.ROWS else small()
    net.initialize("zeros", force_reinit=True)
    net(mx.nd.zeros((2, 3, 64, 64)))
    parameters = net._collect_params_with_prefix()
    shapes = {name: one.shape for name, one in parameters.items()}
    for name, value in zoo.values(row, shapes).items():
        parameters[name].set_data(mx.nd.array(value))
    return net


def small() -> Any:
    """Make a network so shallow that gradients are exact."""
    base = nn.HybridSequential()
    base.add(nn.Conv2D(8, 3, 2, 1), nn.BatchNorm(), nn.Activation("relu"), nn.Conv2D(12, 3, 2, 1))
    heads = OrderedDict(heatmap={"num_output": 3, "bias": -2.19}, wh={"num_output": 2}, reg={"num_output": 2})
    return CenterNet(base, heads, ["a", "b", "c"], head_conv_channel=6, topk=12)


def found(flip_test: bool) -> Callable[..., Any]:
    """Let a small network find objects."""
    net = filled("small")
    net.flip_test = flip_test

    def call(picture: Any) -> Any:
        with mx.autograd.pause(train_mode=False):
            return net(picture)

    return call


def step(label: str) -> Callable[..., Any]:
    """Make a network; it answers with losses, and two numbers for the gradient of each weight."""
    net = filled(label)
    parameters = net._collect_params_with_prefix()
    trained = [name for name in sorted(parameters) if parameters[name].grad_req != "null"]

    def call(picture: Any, objects: Any, ids: Any) -> List[Any]:
        generate = CenterNetTargetGenerator(net.num_classes, picture.shape[3] // 4, picture.shape[2] // 4)
        each = [generate(*pair) for pair in zip(objects.asnumpy() / 4, ids.asnumpy())]
        heat, sizes, sizes_mask, shifts, shifts_mask = [mx.nd.stack(*one) for one in zip(*each)]
        with mx.autograd.record():
            predicted = net(picture)
            losses = [
                HeatmapFocalLoss(from_logits=True)(predicted[0], heat),
                MaskedL1Loss(weight=0.1)(predicted[1], sizes, sizes_mask),
                MaskedL1Loss(weight=1.0)(predicted[2], shifts, shifts_mask),
            ]
            total = losses[0] + losses[1] + losses[2]
        total.backward()
        gradients = [boiled(name, parameters[name].grad().asnumpy()) for name in trained]
        return [*losses, mx.nd.array(np.array(gradients))]

    return call


def matrix(center: Sequence[float], scale: Any, **attrs: Any) -> Callable[..., Any]:
    """Move points by a matrix."""

    def call(points: Any) -> Any:
        t = get_affine_transform(np.array(center), np.broadcast_to(scale, 2), **attrs)
        return mx.nd.array([affine_transform(point, t) for point in points.asnumpy()])

    return call


def prepared(what: str, seed: int = 0, **attrs: Any) -> Callable[..., Any]:
    """Call a preset after seeding Python's and numpy's generators."""
    apply = getattr(center_net, what)
    apply = (
        apply(**attrs) if what.startswith("CenterNet") else (lambda image: center_net.transform_test(image, **attrs))
    )

    def call(image: Any, *label: Any) -> List[Any]:
        random.seed(seed)
        np.random.seed(seed)
        return flat(apply(image, *[one.asnumpy() for one in label if one is not None]))

    return call


SOME = array([[1, 2, 9.5, 12], [3, 3, 30, 22.25], [0, 0, 2, 2], [28, 20, 32, 24]])
CROWD = array([[4, 4, 20, 20], [5, 5, 21, 21], [4, 4, 20, 20], [3, 3, 21, 21], [10, 10, 14, 14]])
THIN = array([[5, 5, 5, 9], [5, 5, 9, 5], [9, 9, 5, 5], [-1] * 4, [31, 23, 32, 24], [0, 0, 0.25, 0.5]])
EDGES = array([[0, 0, 32, 24], [30, 0, 32, 24], [0, 22, 32, 24], [0, 0, 1, 1]])
PICTURED = [[[4, 6, 40, 50], [20, 30, 60, 62], [-1] * 4], [[0, 0, 63, 64], [10, 10, 24, 20], [30, 40, 44, 60]]]
PICTURED_IDS = [[[1], [2], [-1]], [[0], [2], [2]]]
STEP = (normal(2, 3, 64, 64), array(PICTURED), array(PICTURED_IDS))
MAPS = {"num_class": 3, "output_width": 32, "output_height": 24}

LABEL = array([[2, 3, 12, 17, 1], [10, 1, 27.5, 9, 2], [15, 12, 20, 19, 0]])
SQUARE = {"width": 32, "height": 32}

TABLE: Dict[str, Component] = {
    "CenterNetTargetGenerator": Component(
        generator,
        ("gt_boxes", "gt_ids"),
        [
            case("objects", SOME, array([[1], [0], [2], [2]]), **MAPS),
            case("crowd", CROWD, array([[0], [0], [1], [1], [1]]), **MAPS),
            case("no or little area", THIN, array([[0], [1], [2], [-1], [1], [0]]), **MAPS),
            case("edges", EDGES, array([[0], [1], [2], [2]]), **MAPS),
            case("padding alone", array([[-1] * 4]), array([[-1]]), **MAPS),
            case("one pixel", array([[0, 0, 0.25, 0.25]]), array([[0]]), num_class=1, output_width=1, output_height=1),
            case("drawn", boxes(12, size=24), integers(0, 3, 12, 1), **MAPS),
        ],
        fixed="*",
    ),
    "CenterNet_found": Component(
        found,
        ("picture",),
        [
            case("plain", normal(2, 3, 40, 32), flip_test=False),
            case("mirrored too", normal(2, 3, 40, 32), flip_test=True),
        ],
        fixed="*",
    ),
    "CenterNet_step": Component(
        step,
        ("picture", "gt_boxes", "gt_ids"),
        [
            case("small", *STEP, label="small"),
            case("resnet18", *STEP, label="center_net_resnet18_v1b_voc"),
            case("mobilenetv3", *STEP, label="center_net_mobilenetv3_small_duc_voc"),
        ],
        fixed="*",
    ),
    "CenterNet_matrix": Component(
        matrix,
        ("points",),
        [
            case("plain", normal(5, 2), center=(9.5, 4.0), scale=20.0, rot=0, output_size=(8, 12), inv=0),
            case("turned", normal(5, 2), center=(9.5, 4.0), scale=20.0, rot=30, output_size=(8, 12), inv=0),
            case("back", normal(5, 2), center=(9.5, 4.0), scale=[20.0, 5.0], rot=-50, output_size=(8, 12), inv=1),
        ],
        fixed="*",
    ),
    "CenterNet_prepared": Component(
        prepared,
        ("src", "label"),
        [
            *[
                case(f"train {seed}", drawn(20 + seed, 28), LABEL, what="CenterNetDefaultTrainTransform", seed=seed,
                     num_class=3, **SQUARE)
                for seed in range(3)
            ],
            case("train large", drawn(20, 28), LABEL, what="CenterNetDefaultTrainTransform", num_class=3, width=32,
                 height=32, scale_factor=2, mean=(0.4, 0.5, 0.6), std=(0.1, 0.2, 0.3)),
            case("val tall", drawn(27, 18), LABEL, what="CenterNetDefaultValTransform", width=20, height=20),
            case("test", drawn(20, 28), None, what="transform_test", short=12),
        ],
        fixed="*",
    ),
}  # fmt: skip
