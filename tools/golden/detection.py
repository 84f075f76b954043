"""GluonCV's parts of a detector: boxes, coders, matchers, samplers, anchors and targets."""

from __future__ import annotations

from typing import Any, Callable, Dict, Sequence, Tuple

import mxnet as mx
import numpy as np
from gluoncv.model_zoo.ssd.anchor import LiteAnchorGenerator, SSDAnchorGenerator
from gluoncv.model_zoo.ssd.target import SSDTargetGenerator
from gluoncv.nn import bbox, coder, matcher, sampler

from golden.case import Draw, array, boxes, case, distinct, integers, normal, uniform
from golden.component import Component

__all__ = ["TABLE"]

ODD = [[[0, 0, 2, 2], [1, 1, 3, 3], [2, 2, 0, 0], [1, 1, 1, 1], [3, 0, 1, 4]]]
CENTERS = [[[1, 1, 2, 2], [0, 0, -2, 3], [2, 3, 2, 4]]]


def overlaps(*shape: int) -> Draw:
    """Draw overlaps in eighths: ties in rows and in columns."""
    return Draw(lambda random: (random.randint(0, 8, shape) / 8).astype("float32"))


def initialized(make: Callable[..., Any]) -> Callable[..., Any]:
    """Initialize what ``make`` makes; blocks with constants want it."""

    def made(**attrs: Any) -> Any:
        block = make(**attrs)
        block.initialize()
        return block

    return made


def on_numpy(make: Callable[..., Any]) -> Callable[..., Any]:
    """Let what works on NumPy arrays take and give MXNet's."""

    def made(**attrs: Any) -> Callable[..., Any]:
        component = make(**attrs)

        def call(*arrays: Any) -> Any:
            outputs = component(*[item.asnumpy() for item in arrays])
            several = isinstance(outputs, (list, tuple))
            return [mx.nd.array(item, dtype=item.dtype) for item in (outputs if several else [outputs])]

        return call

    return made


def composite(matchers: Sequence[Tuple[str, Dict[str, Any]]]) -> Any:
    """Make a CompositeMatcher of matchers given by name and arguments."""
    return matcher.CompositeMatcher([getattr(matcher, name)(**attrs) for name, attrs in matchers])


BOXES = {
    "BBoxCornerToCenter": Component(
        bbox.BBoxCornerToCenter,
        ("x",),
        [
            case("defaults", ODD),
            case("split", boxes(2, 3), split=True),
            case("axis 1", normal(2, 4, 3), axis=1),
            case("axis 1, split", normal(2, 4, 3), axis=1, split=True),
        ],
    ),
    "BBoxCenterToCorner": Component(
        bbox.BBoxCenterToCorner,
        ("x",),
        [
            case("defaults", CENTERS),
            case("split", boxes(2, 3), split=True),
            case("axis 1", normal(2, 4, 3), axis=1),
        ],
    ),
    "BBoxSplit": Component(
        bbox.BBoxSplit,
        ("x",),
        [
            case("last axis", boxes(2, 3), axis=-1),
            case("squeezed", boxes(2, 3), axis=-1, squeeze_axis=True),
            case("axis 1", normal(2, 4, 3), axis=1),
        ],
    ),
    "BBoxArea": Component(
        bbox.BBoxArea,
        ("x",),
        [
            case("corner", ODD),
            case("center", CENTERS, fmt="center"),
            case("center, axis 1", normal(2, 4, 3), fmt="center", axis=1),
        ],
    ),
    "BBoxBatchIOU": Component(
        bbox.BBoxBatchIOU,
        ("a", "b"),
        [
            case("odd boxes", ODD, [[[0, 0, 2, 2], [1, 0, 3, 2]]]),
            case("offset", ODD, [[[0, 0, 2, 2], [1, 0, 3, 2]]], offset=1),
            case("eps", boxes(2, 4), boxes(2, 3), eps=0.5),
            case("batch", boxes(2, 4), boxes(2, 3)),
        ],
    ),
    "BBoxClipToImage": Component(
        bbox.BBoxClipToImage,
        ("x", "img"),
        [
            case("inclusive", [[[-3, 2, 40, 50], [5, -1, 9, 9]]], normal(1, 3, 20, 30)),
            case("batch", uniform(-2, 8, 2, 3, 4), normal(2, 1, 4, 5)),
        ],
    ),
    "NumPyBBoxCornerToCenter": Component(
        on_numpy(bbox.NumPyBBoxCornerToCenter),
        ("x",),
        [
            case("defaults", ODD),
            case("split", boxes(2, 3), split=True),
        ],
        fixed="*",
    ),
}

SAMPLES = [[1, -1, 0, 1]]
MATCHES = [[0, 1, -1, 1]]
ANCHORS = [[[0, 0, 2, 2], [1, 1, 3, 3], [0, 0, 1, 1], [2, 2, 6, 4]]]
REFS = [[[0, 0, 4, 4], [1, 1, 5, 3]]]
ENCODED = ("samples", "matches", "anchors", "refs")

CODERS = {
    "NormalizedBoxCenterEncoder": Component(
        coder.NormalizedBoxCenterEncoder,
        ENCODED,
        [
            case("hand-checkable", SAMPLES, MATCHES, ANCHORS, REFS),
            case("stds", SAMPLES, MATCHES, ANCHORS, REFS, stds=(1.0, 0.5, 0.25, 0.2)),
            case("means", SAMPLES, MATCHES, ANCHORS, REFS, means=(0.5, -0.5, 0.25, 1.0)),
            case("batch", integers(-1, 2, 2, 6), integers(-1, 3, 2, 6), boxes(2, 6), boxes(2, 3)),
            case("matches beyond the ends", [[1, 1, 1, 0.6]], [[-1, 5, 1.9, 0]], ANCHORS, REFS),
            case("empty anchor where nothing is positive", [[1, -1]], [[0, 0]], [[[0, 0, 2, 2], [1, 1, 1, 1]]], REFS),
        ],
        fixed="*",
    ),
    "NormalizedPerClassBoxCenterEncoder": Component(
        initialized(coder.NormalizedPerClassBoxCenterEncoder),
        ("samples", "matches", "anchors", "labels", "refs"),
        [
            case("hand-checkable", SAMPLES, MATCHES, ANCHORS, [[2, 0]], REFS, num_class=3, max_pos=3),
            case(
                "batch",
                integers(-1, 2, 2, 6),
                integers(0, 3, 2, 6),
                boxes(2, 6),
                integers(0, 2, 2, 3),
                boxes(2, 3),
                num_class=2,
                max_pos=4,
                per_device_batch_size=2,
            ),
            case(
                "stds and means",
                SAMPLES,
                MATCHES,
                ANCHORS,
                [[1, 0]],
                REFS,
                num_class=2,
                max_pos=2,
                stds=(1.0, 0.5, 0.25, 0.2),
                means=(0.5, -0.5, 0.25, 1.0),
            ),
        ],
        fixed="*",
    ),
    "NormalizedBoxCenterDecoder": Component(
        coder.NormalizedBoxCenterDecoder,
        ("x", "anchors"),
        [
            case("center anchors", normal(2, 4, 4), boxes(1, 4)),
            case(
                "corner anchors", [[[0, 0, 0, 0], [5, -2, 2, -3]]], [[[0, 0, 2, 2], [1, 1, 3, 5]]], convert_anchor=True
            ),
            case("clip", normal(1, 4, 4, scale=3.0), boxes(1, 4), clip=0.25),
            case("stds", normal(1, 4, 4), boxes(1, 4), stds=(1.0, 0.5, 0.25, 0.2)),
            case("minimal", normal(2, 4, 4), boxes(1, 4), minimal_opset=True),
            case("minimal, corner anchors", normal(1, 4, 4), boxes(1, 4), minimal_opset=True, convert_anchor=True),
            case("minimal, clip", normal(1, 4, 4, scale=3.0), boxes(1, 4), minimal_opset=True, clip=0.25),
            case("minimal, stds", normal(1, 4, 4), boxes(1, 4), minimal_opset=True, stds=(1.0, 0.5, 0.25, 0.2)),
        ],
    ),
    "MultiClassEncoder": Component(
        coder.MultiClassEncoder,
        ("samples", "matches", "refs"),
        [
            case("hand-checkable", [[1, -1, 0, 0.6, 0.5, -0.6]], [[1, 0, -1, 0, 1, 1]], [[4, 7]]),
            case("ignore_label", [[1, -1, 0, 0.4]], [[1, 0, -1, 0]], [[4, 7]], ignore_label=-7),
            case("batch", integers(-1, 2, 2, 8), integers(-1, 3, 2, 8), integers(0, 9, 2, 3)),
        ],
        fixed="*",
    ),
    "MultiClassDecoder": Component(
        coder.MultiClassDecoder,
        ("x",),
        [
            case("hand-checkable", [[[0.5, 0.1, 0.2, 0.1], [0.98, 0.005, 0.01, 0.002]]]),
            case("thresh", uniform(0, 1, 2, 5, 4), thresh=0.7),
            case("ties go to the first", overlaps(2, 6, 4), thresh=0.0),
        ],
    ),
    "MultiPerClassDecoder": Component(
        coder.MultiPerClassDecoder,
        ("x",),
        [
            case("defaults", uniform(0, 1, 2, 5, 4), num_class=4),
            case("thresh", uniform(0, 1, 2, 5, 3), num_class=3, thresh=0.5),
            case("score equal to thresh", overlaps(1, 6, 3), num_class=3, thresh=0.5),
        ],
    ),
    "SigmoidClassEncoder": Component(
        on_numpy(coder.SigmoidClassEncoder),
        ("samples",),
        [
            case("hand-checkable", [[1, 0, -1, 1e-6]]),
            case("drawn", integers(-1, 2, 2, 6)),
        ],
        fixed="*",
    ),
    "CenterNetDecoder": Component(
        coder.CenterNetDecoder,
        ("x", "wh", "reg"),
        [
            case("drawn", distinct(2, 3, 4, 5), uniform(0, 4, 2, 2, 4, 5), uniform(0, 1, 2, 2, 4, 5), topk=6),
            case(
                "scale", distinct(1, 2, 3, 3), uniform(0, 4, 1, 2, 3, 3), uniform(0, 1, 1, 2, 3, 3), topk=4, scale=2.0
            ),
        ],
        fixed="*",
    ),
}

FIVE = [[[0.5, 0.9], [0.9, 0.3], [0.9, 0.8], [0.1, 0.2], [0.4, 0.4]]]
PADDED = [[[0.7, 0], [0.2, 0], [0.1, 0]]]
BOTH = (("BipartiteMatcher", {"share_max": False}), ("MaximumMatcher", {"threshold": 0.5}))

MATCHERS = {
    "MaximumMatcher": Component(
        matcher.MaximumMatcher,
        ("x",),
        [
            case("hand-checkable", FIVE, threshold=0.5),
            case("overlap equal to the threshold counts", FIVE, threshold=0.4),
            case("ties go to the first", overlaps(2, 6, 4), threshold=0.5),
            case("not a number", array([[[np.nan, 1], [0.9, 0.1]]]), threshold=0.5),
        ],
        fixed="*",
    ),
    "BipartiteMatcher": Component(
        matcher.BipartiteMatcher,
        ("x",),
        [
            case("shared", FIVE),
            case("not shared", FIVE, share_max=False),
            case("padding, shared", PADDED),
            case("padding, not shared", PADDED, share_max=False),
            case("threshold", FIVE, threshold=0.85),
            case("ties, shared", overlaps(2, 8, 3)),
            case("ties, not shared", overlaps(2, 8, 3), share_max=False),
            case("eps", FIVE, eps=0.15),
            case("eps, not shared", FIVE, eps=0.15, share_max=False),
            case("ascending", FIVE, is_ascend=True, threshold=0.45),
            case("ascending, not shared", overlaps(1, 6, 3), is_ascend=True, threshold=0.5, share_max=False),
        ],
        fixed="*",
    ),
    "CompositeMatcher": Component(
        composite,
        ("x",),
        [
            case("bipartite, then maximum", FIVE, matchers=BOTH),
            case("low maximum", FIVE, matchers=(BOTH[0], ("MaximumMatcher", {"threshold": 0.3}))),
            case("ties", overlaps(2, 8, 3), matchers=BOTH),
            case("padding", PADDED, matchers=BOTH),
            case("maximum first", FIVE, matchers=(BOTH[1], BOTH[0])),
            case("one", FIVE, matchers=(("BipartiteMatcher", {}),)),
        ],
        fixed="*",
    ),
}

SIX = [[0, -1, -1, -1, -1, -1]]
SIX_LOGITS = [[[2, 1, 0], [0, 2, 1], [1, 1, 1], [0, 0, 3], [3, 0, 0], [1, 0, 0]]]
SIX_OVERLAPS = [[0.9, 0.1, 0.1, 0.6, 0.2, 0.3]]

SAMPLERS = {
    "NaiveSampler": Component(
        sampler.NaiveSampler,
        ("x",),
        [
            case("hand-checkable", [[0, -1, 2, -0.5, 0.5]]),
            case("drawn", integers(-1, 3, 2, 5)),
        ],
        fixed="*",
    ),
    "OHEMSampler": Component(
        sampler.OHEMSampler,
        ("x", "logits", "ious"),
        [
            *(case(f"ratio {ratio}", SIX, SIX_LOGITS, SIX_OVERLAPS, ratio=ratio) for ratio in (1, 2, 3)),
            case("min_samples", SIX, SIX_LOGITS, SIX_OVERLAPS, ratio=1, min_samples=3),
            case("thresh", SIX, SIX_LOGITS, SIX_OVERLAPS, ratio=3, thresh=0.15),
            case("fraction of a ratio", integers(-1, 2, 2, 8), normal(2, 8, 4), uniform(0, 1, 2, 8), ratio=0.5),
            case(
                "overlaps with several",
                [[0, -1, -1, 1, -1, -1, -1, -1]],
                normal(1, 8, 3),
                uniform(0, 0.45, 1, 8, 2),
                ratio=2,
            ),
            case("candidates run out", [[1, -1, -1, -1]], normal(1, 4, 3), [[0.9, 0.9, 0.9, 0.9]], ratio=3),
            case("no positive", [[-1, -1, -1]], normal(1, 3, 3), [[0.1, 0.2, 0.3]], ratio=3),
            case(
                "no positive, min_samples", [[-1, -1, -1]], normal(1, 3, 3), [[0.1, 0.2, 0.3]], ratio=3, min_samples=2
            ),
        ],
        fixed="*",
    ),
}

ANCHORED = {"im_size": (64, 96), "sizes": (16.0, 25.0), "step": 16, "alloc_size": (4, 6)}
GROUNDS = [[[0, 0, 0.5, 0.5], [0.5, 0.4, 1, 0.9]], [[0.1, 0.1, 0.55, 0.6], [-1, -1, -1, -1]]]
GROUND_IDS = [[[1], [0]], [[2], [-1]]]
GRID = np.stack(
    [axis.ravel() for axis in np.meshgrid(np.arange(0.125, 1, 0.25), np.arange(0.125, 1, 0.25))]
    + [np.full(16, 0.375), np.full(16, 0.4375)],
    axis=1,
)[None].astype("float32")
TARGETED = ("anchors", "cls_preds", "gt_boxes", "gt_ids")

SSD = {
    "SSDAnchorGenerator": Component(
        initialized(SSDAnchorGenerator),
        ("x",),
        [
            case("one ratio", normal(1, 2, 2, 3), index=0, ratios=(1,), **ANCHORED),
            case("five ratios", normal(2, 1, 1, 2), index=1, ratios=(1, 2, 0.5, 3, 1.0 / 3), **ANCHORED),
            case("offsets", normal(1, 1, 2, 2), index=0, ratios=(1, 2), offsets=(0.0, 1.0), **ANCHORED),
            case("clip", normal(1, 1, 2, 2), index=0, ratios=(1, 2), clip=True, offsets=(-0.5, 0.5), **ANCHORED),
            case(
                "clip by width and height",
                normal(1, 1, 4, 6),
                index=0,
                ratios=(1, 9),
                clip=True,
                im_size=(24, 40),
                sizes=(16.0, 30.0),
                step=16,
                alloc_size=(4, 6),
            ),
        ],
        fixed="*",
    ),
    "LiteAnchorGenerator": Component(
        initialized(LiteAnchorGenerator),
        ("x",),
        [
            case("first branch", normal(1, 2, 2, 3), index=0, ratios=(1, 2, 0.5), **ANCHORED),
            case("later branch", normal(1, 2, 2, 3), index=1, ratios=(1, 2, 0.5), **ANCHORED),
        ],
        fixed="*",
    ),
    "SSDTargetGenerator": Component(
        SSDTargetGenerator,
        TARGETED,
        [
            case("defaults", GRID, normal(2, 16, 4), GROUNDS, GROUND_IDS),
            case("iou_thresh", GRID, normal(2, 16, 4), GROUNDS, GROUND_IDS, iou_thresh=0.25),
            case("neg_thresh", GRID, normal(2, 16, 4), GROUNDS, GROUND_IDS, neg_thresh=0.25),
            case("negative_mining_ratio", GRID, normal(2, 16, 4), GROUNDS, GROUND_IDS, negative_mining_ratio=1),
            case("no mining", GRID, normal(2, 16, 4), GROUNDS, GROUND_IDS, negative_mining_ratio=-1),
            case("stds", GRID, normal(2, 16, 4), GROUNDS, GROUND_IDS, stds=(1.0, 0.5, 0.25, 0.2)),
        ],
        fixed="*",
    ),
}

TABLE: Dict[str, Component] = {**BOXES, **CODERS, **MATCHERS, **SAMPLERS, **SSD}
