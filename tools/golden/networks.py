"""Small blocks that are exported: a classifier, a block with two outputs, a detector."""

from __future__ import annotations

from typing import Any, Callable, Dict, Tuple

import mxnet as mx
import numpy as np
from gluoncv.model_zoo import SSD
from mxnet.gluon import nn

__all__ = ["BLOCKS"]


def image(*shape: int) -> np.ndarray:
    """Draw an input."""
    return (np.round(np.random.RandomState(0).normal(size=shape) * 16) / 16).astype("float32")


def filled(block: Any) -> Any:
    """Give every parameter values that do not depend on MXNet's random numbers."""
    block.initialize()
    block(mx.nd.zeros(SHAPES[block.prefix]))
    random = np.random.RandomState(1)
    for name, parameter in block.collect_params().items():
        if "anchor" not in name:
            # Small enough that scores do not run into each other at 1.
            drawn = np.round(random.uniform(-1, 1, parameter.shape) * 16) / 64
            parameter.set_data(mx.nd.array(np.abs(drawn) + 0.5 if name.endswith("var") else drawn))
    return block


class Branches(mx.gluon.HybridBlock):
    """Two outputs, a shared layer and a constant."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        with self.name_scope():
            self.body = nn.Conv2D(2, 3, padding=1, in_channels=2)
            self.left = nn.Dense(3)
            self.offset = self.params.get_constant("offset", mx.nd.array([[1.0, -2.0, 0.5]]))

    def hybrid_forward(self, F: Any, x: Any, offset: Any) -> Any:
        """Compute a score of the body's output and a mask of its positive values."""
        hidden = self.body(self.body(x))
        return F.broadcast_add(self.left(hidden), offset), hidden > 0


class Maps(mx.gluon.HybridBlock):
    """Two feature maps, strides 2 and 4."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        with self.name_scope():
            self.first = nn.Conv2D(3, 3, strides=2, padding=1, in_channels=3, activation="relu")
            self.second = nn.Conv2D(2, 3, strides=2, padding=1, in_channels=3)

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Compute both maps."""
        first = self.first(x)
        return [first, self.second(first)]


def classifier() -> Any:
    """Make a HybridSequential with a convolution, normalization, pooling and a dense layer."""
    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Conv2D(3, 3, padding=1, use_bias=False), nn.BatchNorm(), nn.Activation("relu"))
        net.add(nn.MaxPool2D(), nn.LeakyReLU(0.1), nn.GlobalAvgPool2D(), nn.Flatten(), nn.Dropout(0.5), nn.Dense(4))
    return filled(net)


def branches() -> Any:
    """Make the block with two outputs."""
    return filled(Branches(prefix="branches_"))


def detector() -> Any:
    """Make an SSD with two maps and two classes."""
    net = SSD(
        network=None,
        base_size=16,
        features=lambda **_: Maps(),
        num_filters=None,
        sizes=[4, 8, 12],
        ratios=[[1, 2], [1, 2, 0.5]],
        steps=[2, 4],
        classes=["cat", "dog"],
        nms_topk=40,
        post_nms=12,
        anchor_alloc_size=8,
        prefix="ssd_",
    )
    return filled(net)


SHAPES = {"net_": (1, 2, 6, 6), "branches_": (1, 2, 3, 3), "ssd_": (1, 3, 16, 16)}

BLOCKS: Dict[str, Tuple[Callable[[], Any], np.ndarray]] = {
    "exported_classifier": (classifier, image(2, 2, 6, 6)),
    "exported_branches": (branches, image(2, 2, 3, 3)),
    "exported_detector": (detector, image(1, 3, 16, 16)),
}
