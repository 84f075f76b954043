"""One training step of Faster R-CNNs, as both sides make it: networks, pictures, ground truths, and drawn numbers.

Needs neither MXNet nor the package, so that the recorder and the tests use the same text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Tuple

import numpy as np

from golden.zoo import Row

__all__ = ["CASES", "Step", "fingerprint", "ground_truths", "keys", "photographs", "picture"]

_SMALL: Dict[str, Any] = {
    "classes": ("cat", "cow", "dog"), "rpn_channel": 32, "rpn_train_pre_nms": 200, "rpn_train_post_nms": 60,
    "num_sample": 16, "max_num_gt": 5, "per_device_batch_size": 2, "rpn_min_size": 4,
}  # fmt: skip
_LEVELS: Dict[str, Any] = {
    "min_stage": 2, "max_stage": 6, "strides": (4, 8, 16, 32, 64), "scales": (1, 2, 4, 8, 16), "alloc_size": (64, 64),
    "num_box_head_dense_filters": 64, "num_fpn_filters": 64,
}  # fmt: skip
_SCALES = ((r"rpn.*loc", 0.02), (r"rpn.*score", 0.2), (r"class_predictor", 0.2), (r"box_predictor", 0.05))


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        row: the network, and how it is filled.
        seed: of NumPy's numbers, by which anchors are sampled.
    """

    row: Row
    seed: int = 3
    targets: Mapping[str, Any] = field(default_factory=lambda: {"num_sample": 32})


CASES: Dict[str, Step] = {
    "c4": Step(
        Row(
            "c4", "faster_rcnn_resnet50_v1b_custom", shape=(2, 3, 96, 128), scales=_SCALES,
            options={**_SMALL, "scales": (1, 2, 4), "pretrained_base": False},
        )
    ),
    "fpn": Step(
        Row(
            "fpn", "custom_faster_rcnn_fpn", shape=(2, 3, 96, 128), scales=_SCALES,
            options={**_SMALL, **_LEVELS, "pretrained_base": False},
        )
    ),
}  # fmt: skip


def picture(step: Step) -> np.ndarray:
    """Draw the pictures."""
    return np.random.default_rng(0).normal(size=step.row.shape).astype(np.float32)


def ground_truths() -> Tuple[np.ndarray, np.ndarray]:
    """Return boxes ``(2, 3, 4)`` and classes ``(2, 3, 1)``; the second picture has one object."""
    boxes = [
        [[10, 12, 40, 50], [60, 20, 100, 90], [5, 60, 30, 90]],
        [[30, 30, 90, 80], [-1, -1, -1, -1], [-1, -1, -1, -1]],
    ]
    classes = [[[0], [2], [1]], [[1], [-1], [-1]]]
    return np.array(boxes, np.float32), np.array(classes, np.float32)


def keys(step: Step) -> np.ndarray:
    """Draw what the proposals of each picture are shuffled by, more than there are."""
    options = step.row.options
    count = options["rpn_train_post_nms"] + options["max_num_gt"]
    return np.random.default_rng(7).random((step.row.shape[0], count)).astype(np.float32)


def photographs() -> List[Tuple[np.ndarray, np.ndarray]]:
    """Draw pictures ``(H, W, 3)`` uint8 of two sizes, and their labels ``(M, 6)``."""
    random = np.random.default_rng(2)
    labels = [[[4, 5, 40, 44, 1, 0], [30, 2, 70, 30, 2, 0]], [[10, 20, 50, 80, 0, 0]]]
    sizes = ((50, 80), (90, 60))
    return [
        (random.integers(0, 256, (*size, 3)).astype(np.uint8), np.array(label, np.float32))
        for size, label in zip(sizes, labels)
    ]


def fingerprint(gradient: np.ndarray) -> np.ndarray:
    """Boil a gradient down to its length and its part along a direction that is drawn."""
    gradient = gradient.astype(np.float64).reshape(-1)
    along = np.random.default_rng(5).normal(size=gradient.size)
    return np.array([np.linalg.norm(gradient), gradient @ along / np.linalg.norm(along)])
