"""SSD's own operators, and the two resizing operators."""

from __future__ import annotations

import numpy as np

from golden.case import Draw, Table, array, boxes, case, distinct, integers, normal

__all__ = ["TABLE"]

PRIOR = [
    case("defaults", normal(1, 1, 2, 3)),
    case("sizes", normal(1, 1, 2, 3), sizes=(0.5, 0.25)),
    case("ratios", normal(1, 1, 2, 3), ratios=(1.0, 2.0, 0.5)),
    case("sizes and ratios", normal(1, 1, 1, 2), sizes=(0.5, 0.25), ratios=(1.0, 4.0)),
    case("first ratio is used with every size", normal(1, 1, 1, 1), sizes=(0.5, 0.25), ratios=(4.0, 1.0)),
    case("clip", normal(1, 1, 2, 2), sizes=(0.9, 1.5), ratios=(1.0, 3.0), clip=True),
    case("steps", normal(1, 1, 3, 2), sizes=(0.2,), steps=(0.25, 0.5)),
    case("negative steps are automatic", normal(1, 1, 3, 2), sizes=(0.2,), steps=(-1.0, -1.0)),
    case("offsets", normal(1, 1, 3, 2), sizes=(0.2,), offsets=(0.0, 1.0)),
    case("high and narrow map", normal(2, 3, 4, 1), sizes=(0.3, 0.1), ratios=(2.0, 0.5)),
]

ANCHORS = [
    [
        [0, 0, 0.5, 0.5],
        [0.1, 0.1, 0.6, 0.6],
        [0.5, 0.5, 1, 1],
        [0, 0.5, 0.5, 1],
        [0.45, 0.45, 0.95, 0.95],
        [0.9, 0.9, 1, 1],
    ]
]
NONE = [-1.0] * 5
LABELS = [
    [[1, 0, 0, 0.5, 0.5], [0, 0.5, 0.5, 1, 1], NONE, [2, 0, 0, 1, 1]],
    [NONE, NONE, NONE, NONE],
]
WIDE_LABELS = np.concatenate([array(LABELS), np.full((2, 4, 2), 77, "float32")], axis=-1)
WIDE_LABELS[WIDE_LABELS[..., 0] < 0] = -1
MIXED = [[[1, 0, 0, 0.5, 0.5], [0, 0.5, 0.45, 1, 0.9]], [[2, 0.1, 0.1, 0.55, 0.6], NONE]]


def labels(batch: int, count: int, valid: int, classes: int = 4) -> Draw:
    """Draw labels ``(batch, count, 5)`` whose rows from the ``valid``-th on are -1."""

    def sample(random: np.random.RandomState) -> np.ndarray:
        ids = random.randint(0, classes, (batch, count, 1))
        found = np.concatenate([ids, boxes(batch, count).sample(random)], axis=-1).astype("float32")
        found[:, valid:] = -1
        return found

    return Draw(sample)


TARGET = [
    case("defaults", ANCHORS, LABELS, normal(2, 3, 6)),
    case("wide labels", ANCHORS, WIDE_LABELS, normal(2, 3, 6)),
    case("two equal boxes share by force", ANCHORS, [[[0, 0, 0, 0.5, 0.5], [1, 0, 0, 0.5, 0.5]]], normal(1, 3, 6)),
    case("a box that meets no anchor", ANCHORS, [[[0, 2, 2, 3, 3], [1, 0, 0, 0.5, 0.5]]], normal(1, 3, 6)),
    case("low threshold", ANCHORS, MIXED, normal(2, 4, 6), overlap_threshold=0.2),
    case(
        "threshold equal to an overlap",
        [[[0, 0, 1, 1], [0, 0, 1, 0.5]]],
        [[[0, 0, 0, 1, 1]]],
        normal(1, 2, 2),
        overlap_threshold=0.5,
    ),
    case("threshold 0 leaves the forced matches", ANCHORS, MIXED, normal(2, 4, 6), overlap_threshold=0.0),
    case("negative threshold", ANCHORS, MIXED, normal(2, 4, 6), overlap_threshold=-1.0),
    case("variances", ANCHORS, MIXED, normal(2, 4, 6), variances=(0.5, 0.25, 1.0, 2.0)),
    case("ignore label", ANCHORS, LABELS, normal(2, 3, 6), ignore_label=-7.0),
    case("mining 1", ANCHORS, MIXED, distinct(2, 4, 6), negative_mining_ratio=1.0),
    case("mining 1.5 is truncated", ANCHORS, MIXED, distinct(2, 4, 6), negative_mining_ratio=1.5),
    case(
        "mining with its threshold",
        ANCHORS,
        MIXED,
        distinct(2, 4, 6),
        negative_mining_ratio=1.0,
        negative_mining_thresh=0.9,
    ),
    case("mining with ties", ANCHORS, MIXED, integers(0, 2, 2, 4, 6), negative_mining_ratio=2.0, ignore_label=-2.0),
    case(
        "minimum of negatives is without effect",
        ANCHORS,
        MIXED,
        distinct(2, 4, 6),
        negative_mining_ratio=1.0,
        minimum_negative_samples=3,
    ),
    case(
        "many anchors",
        boxes(1, 40),
        labels(3, 5, 4),
        normal(3, 5, 40),
        overlap_threshold=0.4,
        negative_mining_ratio=3.0,
    ),
    case(
        "detector's settings",
        boxes(1, 40),
        labels(2, 6, 3),
        normal(2, 5, 40),
        negative_mining_ratio=3.0,
        negative_mining_thresh=0.5,
        minimum_negative_samples=0,
        variances=(0.1, 0.1, 0.2, 0.2),
    ),
]

PROBABILITIES = [[[0.1, 0.05, 0.3, 0.2, 0.9], [0.6, 0.7, 0.3, 0.6, 0.05], [0.3, 0.25, 0.4, 0.2, 0.05]]]
FIVE = [
    [[0.1, 0.1, 0.3, 0.3], [0.1, 0.1, 0.31, 0.31], [0.5, 0.5, 0.9, 0.9], [0.1, 0.1, 0.3, 0.3], [0.7, 0.7, 1.2, 1.2]]
]
STILL = np.zeros((1, 20), "float32")
TWO = [[[0, 0, 1, 1], [0, 0, 1, 0.5]]]
TWO_PROBABILITIES = [[[0.1, 0.2], [0.9, 0.8]]]


def probabilities(*shape: int) -> Draw:
    """Draw class scores ``(B, K, N)`` in eighths: ties among classes and among anchors."""
    return Draw(lambda random: (random.randint(0, 8, shape) / 8).astype("float32"))


DETECTION = [
    case("defaults", PROBABILITIES, STILL, FIVE),
    case("no clipping", PROBABILITIES, STILL, FIVE, clip=False),
    case("topk leaves its tail unsorted", PROBABILITIES, STILL, FIVE, nms_topk=2),
    case("topk beyond the count", PROBABILITIES, STILL, FIVE, nms_topk=50),
    case("score equal to the threshold is kept", PROBABILITIES, STILL, FIVE, threshold=0.6),
    case("nothing passes", PROBABILITIES, STILL, FIVE, threshold=0.95),
    case("negative nms_threshold: unsorted", PROBABILITIES, STILL, FIVE, nms_threshold=-1.0),
    case("nms_threshold 1", PROBABILITIES, STILL, FIVE, nms_threshold=1.0),
    case("nms_threshold above 1: unsorted", PROBABILITIES, STILL, FIVE, nms_threshold=1.5),
    case(
        "overlap equal to nms_threshold is suppressed",
        TWO_PROBABILITIES,
        np.zeros((1, 8), "float32"),
        TWO,
        nms_threshold=0.5,
    ),
    case(
        "forced across classes",
        probabilities(1, 3, 12),
        np.zeros((1, 48), "float32"),
        boxes(1, 12),
        force_suppress=True,
        nms_threshold=0.3,
    ),
    case("class by class", probabilities(1, 3, 12), np.zeros((1, 48), "float32"), boxes(1, 12), nms_threshold=0.3),
    case("decoding", TWO_PROBABILITIES, [[1, 2, 3, -4, 0.5, -0.5, 1, 10]], TWO, clip=False),
    case("variances", probabilities(2, 3, 6), normal(2, 24), boxes(1, 6), variances=(0.5, 0.25, 0.1, 0.3)),
    case("background_id is ignored", probabilities(1, 3, 6), normal(1, 24), boxes(1, 6), background_id=2),
    case(
        "batch with ties",
        probabilities(2, 4, 20),
        normal(2, 80),
        boxes(1, 20),
        nms_threshold=0.45,
        nms_topk=10,
        threshold=0.3,
    ),
    case("not a number", [[[0.1, 0.2], [np.nan, 0.8]]], np.zeros((1, 8), "float32"), TWO),
]

POOL = [
    case("defaults give one cell", normal(2, 3, 5, 7)),
    case("empty size", normal(1, 2, 4, 4), output_size=()),
    case("int", normal(1, 2, 5, 7), output_size=3),
    case("one-element tuple", normal(1, 2, 5, 7), output_size=(2,)),
    case("two sizes", normal(1, 2, 5, 7), output_size=(2, 3)),
    case("even division", normal(1, 2, 4, 6), output_size=(2, 3)),
    case("larger than the image", normal(1, 2, 2, 3), output_size=(5, 4)),
    case("three sizes give one cell", normal(1, 2, 5, 7), output_size=(2, 3, 4)),
    case("same size", normal(1, 1, 3, 3), output_size=(3, 3)),
    case("float16", normal(1, 2, 5, 7, dtype="float16"), output_size=(2, 3)),
    case("float64", normal(1, 2, 5, 7, dtype="float64"), output_size=(2, 3)),
]

IMAGE = [[[[1, 2], [3, 4]]]]
LIKE = {"mode": "like", "align_corners": False}

RESIZE = [
    case("defaults give one pixel", normal(1, 2, 3, 4)),
    case("hand-checkable up", IMAGE, height=4, width=4),
    case("hand-checkable up, not aligned", IMAGE, height=4, width=4, align_corners=False),
    case("one row", IMAGE, height=1, width=2),
    case("one pixel, not aligned", normal(1, 1, 3, 3), height=1, width=1, align_corners=False),
    case("up", normal(2, 2, 3, 4), height=7, width=5),
    case("up, not aligned", normal(2, 2, 3, 4), height=7, width=5, align_corners=False),
    case("down", normal(1, 2, 7, 6), height=3, width=4),
    case("down, not aligned", normal(1, 2, 7, 6), height=3, width=4, align_corners=False),
    case("same size", normal(1, 2, 3, 4), height=3, width=4),
    case("scales", normal(1, 1, 3, 4), scale_height=2.0, scale_width=1.5),
    case("scales with fractions", normal(1, 1, 5, 7), scale_height=0.5, scale_width=0.3, align_corners=False),
    case("odd_scale of even and odd", normal(1, 1, 5, 8), scale_height=2.0, scale_width=2.0, mode="odd_scale"),
    case("odd_scale down", normal(1, 1, 7, 8), scale_height=0.5, scale_width=0.5, mode="odd_scale"),
    case("like", normal(1, 2, 3, 4), normal(1, 1, 5, 6), mode="like"),
    case("like, not aligned", normal(1, 2, 3, 4), normal(2, 3, 6, 8), **LIKE),
    case("to_even_down", normal(1, 1, 5, 4), mode="to_even_down"),
    case("to_even_up", normal(1, 1, 5, 4), mode="to_even_up"),
    case("to_odd_down", normal(1, 1, 5, 4), mode="to_odd_down"),
    case("to_odd_up", normal(1, 1, 5, 4), mode="to_odd_up"),
    case("float16", normal(1, 1, 3, 4, dtype="float16"), height=5, width=6, align_corners=False),
    case("float64", normal(1, 1, 3, 4, dtype="float64"), height=5, width=6),
]

TABLE: Table = {
    "_contrib_MultiBoxPrior": PRIOR,
    "_contrib_MultiBoxTarget": TARGET,
    "_contrib_MultiBoxDetection": DETECTION,
    "_contrib_AdaptiveAvgPooling2D": POOL,
    "_contrib_BilinearResize2D": RESIZE,
}
