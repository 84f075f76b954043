"""More of GluonCV's parts of a detector: samplers that draw, feature extractors, and losses on two devices.

What is drawn depends on NumPy's and Python's global generators, which are seeded before each call.
"""

from __future__ import annotations

import random as python_random
from typing import Any, Callable, Dict, Iterator, List, Sequence, Tuple

import mxnet as mx
import numpy as np
from gluoncv import loss
from gluoncv.data.sampler import SplitSortedBucketSampler
from gluoncv.model_zoo.ssd.anchor import LiteAnchorGenerator
from gluoncv.nn import bbox, feature, sampler
from mxnet.gluon import nn

from golden import archive, component
from golden.case import Case, Draw, array, boxes, case, distinct, integers, normal, realise, seed_of
from golden.component import Component
from golden.invoke import Question, ask

__all__ = ["TABLE", "recordings"]

EIGHT = [[0, -1, -1, 1, -1, -1, -1, -1]]
EIGHT_OVERLAPS = [[[0.2, 0.1], [0.1, 0.6], [0.3, 0.3], [0.1, 0.45], [0.49, 0], [0.5, 0], [0, 0], [0.05, 0.04]]]


def quota(op: bool = False, **attrs: Any) -> Callable[..., Any]:
    """Make the sampler, or the custom operator, that draws from generators newly seeded."""
    made = None if op else sampler.QuotaSampler(**attrs)

    def call(matches: Any, ious: Any) -> Any:
        np.random.seed(0)
        if made is not None:
            return made(matches, ious)
        out = mx.nd.Custom(matches, ious, op_type="quota_sampler", **attrs)
        out.wait_to_read()
        return out

    return call


def crowd(positive: Sequence[int], count: int = 20) -> Tuple[np.ndarray, Draw]:
    """Make matches of images with so many matched anchors, and draw overlaps in eighths."""

    def overlaps(random: np.random.RandomState) -> np.ndarray:
        drawn = random.randint(0, 4, (len(positive), count, 2)) / 8
        for image, matched in enumerate(positive):
            drawn[image, :matched, 0] = 0.75
        return drawn.astype("float32")

    matches = [[0 if place < matched else -1 for place in range(count)] for matched in positive]
    return array(matches), Draw(overlaps)


HALF = {"pos_thresh": 0.5, "neg_thresh_high": 0.5}
QUOTA = [
    *(
        case(f"{low} to {high}, {'operator' if op else 'block'}", EIGHT, EIGHT_OVERLAPS, op=op, num_sample=100,
             pos_thresh=0.5, neg_thresh_high=high, **({} if low is None else {"neg_thresh_low": low}))
        for op in (False, True)
        for low, high in ((0.0, 0.5), (0.05, 0.5), (0.0, 0.3))
    ),
    *(
        case(f"{count} samples, {ratio} positive", *crowd([12]), num_sample=count, pos_ratio=ratio, **HALF)
        for count, ratio in ((5, 0.5), (7, 0.5), (10, 0.25), (4, 0.0), (4, 1.0))
    ),
    case("no filling", *crowd([2]), num_sample=10, fill_negative=False, **HALF),
    case("two images, few and many positives", *crowd([0, 12]), num_sample=10, **HALF),
    case("two images, many and few positives", *crowd([12, 1]), num_sample=10, **HALF),
    case("two images, operator", *crowd([1, 12]), op=True, num_sample=10, **HALF),
    case("thresholds outside of 0 to 1", *crowd([3]), num_sample=6, pos_thresh=1.5, neg_thresh_high=-1.0),
]  # fmt: skip


def buckets(seed: int, passes: int = 1, **attrs: Any) -> Callable[..., Any]:
    """Make a function of keys that gives the batches of a bucket sampler."""

    def call(keys: Any) -> Any:
        python_random.seed(seed)
        np.random.seed(seed)
        made = SplitSortedBucketSampler(keys.asnumpy().tolist(), **attrs)
        batches = [list(map(int, batch)) for _ in range(passes) for batch in made]
        return [mx.nd.array(batches), mx.nd.array([len(made)])]

    return call


KEYS = [5, 3, 9, 1, 7, 2, 8, 6, 4, 0]
BUCKETS = [
    case("in order", KEYS, seed=1, batch_size=4, mult=1),
    case("shuffled", KEYS, seed=1, batch_size=4, mult=2, shuffle=True),
    case("two passes", distinct(23), seed=2, passes=2, batch_size=4, mult=2, shuffle=True),
    case("first of two parts, two passes", distinct(21), seed=3, passes=2, batch_size=3, mult=2, shuffle=True,
         num_parts=2, part_index=0),
    case("last of two parts", distinct(21), seed=4, batch_size=3, mult=2, shuffle=True, num_parts=2, part_index=1),
    case("last of three parts in order", distinct(20), seed=5, batch_size=2, mult=3, num_parts=3, part_index=2),
    case("whole buckets", distinct(24), seed=6, batch_size=4, mult=3),
    case("one bucket", distinct(12), seed=7, batch_size=4),
]  # fmt: skip


def initialized(**attrs: Any) -> Any:
    """Make the generator and its constant."""
    made = LiteAnchorGenerator(**attrs)
    made.initialize()
    return made


def on_devices(**attrs: Any) -> Callable[..., Any]:
    """Make a loss that is given each array in two halves, as from two devices."""
    made = loss.SSDMultiBoxLoss(**attrs)

    def call(*arrays: Any) -> Any:
        return made(*[mx.nd.split(array, num_outputs=2, axis=0) for array in arrays])

    return call


TABLE: Dict[str, Component] = {
    "QuotaSampler": Component(quota, ("matches", "ious"), QUOTA, fixed="*"),
    "SplitSortedBucketSampler": Component(buckets, ("keys",), BUCKETS, fixed="*"),
    "LiteAnchorGenerator_first_ratio": Component(
        initialized,
        ("x",),
        [
            case("not 1", normal(1, 2, 2, 3), index=1, im_size=(64, 96), sizes=(16.0, 25.0), ratios=(2, 3), step=16,
                 alloc_size=(4, 6)),
        ],
        fixed="*",
    ),
    "SSDMultiBoxLoss_devices": Component(
        on_devices,
        ("cls_pred", "box_pred", "cls_target", "box_target"),
        [
            case("two", normal(4, 6, 3), normal(4, 6, 4), integers(0, 3, 4, 6), normal(4, 6, 4)),
            case("positive anchors in one alone", normal(2, 4, 3), normal(2, 4, 4), [[0, 0, 0, 0], [1, 0, 2, 0]],
                 normal(2, 4, 4)),
        ],
        fixed=("cls_target", "box_target"),
    ),
    "BBoxBatchIOU_axis": Component(
        bbox.BBoxBatchIOU,
        ("a", "b"),
        [case("axis 1", normal(2, 4, 3), normal(2, 4, 5), axis=1)],
    ),
    "OHEMSampler_more": Component(
        sampler.OHEMSampler,
        ("x", "logits", "ious"),
        [
            case(f"{ratio} to 1, {least} at least", integers(-4, 2, 2, 14), normal(2, 14, 3), boxes(2, 14),
                 ratio=ratio, min_samples=least, thresh=0.9)
            for ratio, least in ((1, 0), (2.5, 0), (1, 6))
        ],
        fixed="*",
    ),
}  # fmt: skip


def backbone() -> Any:
    """Make a network of two maps."""
    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Conv2D(3, 3, strides=2, padding=1), nn.BatchNorm(), nn.Activation("relu"))
        net.add(nn.Conv2D(4, 3, strides=2, padding=1), nn.Activation("relu"))
    return net


BOTH = ["relu0_fwd", "relu1_fwd"]
FEATURES: List[Tuple[str, str, Dict[str, Any]]] = [
    ("FeatureExtractor", "one", {"outputs": "relu0_fwd"}),
    ("FeatureExtractor", "two, the last first", {"outputs": BOTH[::-1]}),
    ("FeatureExpander", "defaults", {"outputs": BOTH, "num_filters": [5]}),
    (
        "FeatureExpander",
        "no normalisation",
        {"outputs": BOTH[:1], "num_filters": [5, 6], "use_bn": False, "min_depth": 2},
    ),
    ("FeatureExpander", "no transition", {"outputs": BOTH, "num_filters": [5, 6], "use_1x1_transition": False}),
    (
        "FeatureExpander",
        "reduced, pooled",
        {"outputs": BOTH, "num_filters": [5, 7], "reduce_ratio": 0.5, "min_depth": 1, "global_pool": True},
    ),
    ("FPNFeatureExpander", "defaults", {"outputs": BOTH, "num_filters": [5, 5]}),
    ("FPNFeatureExpander", "fewer levels", {"outputs": BOTH, "num_filters": [5]}),
    ("FPNFeatureExpander", "fewer outputs", {"outputs": BOTH[1:], "num_filters": [5, 6]}),
    ("FPNFeatureExpander", "with bias", {"outputs": BOTH, "num_filters": [5, 5], "no_bias": False}),
    ("FPNFeatureExpander", "nothing added", {"outputs": BOTH, "num_filters": [5, 6], "use_elewadd": False}),
    ("FPNFeatureExpander", "P6 by convolution", {"outputs": BOTH, "num_filters": [5, 5], "use_p6": True}),
    ("FPNFeatureExpander", "P6 by pooling", {"outputs": BOTH, "num_filters": [5, 5], "use_p6": True, "p6_conv": False}),
    (
        "FPNFeatureExpander",
        "normalised",
        {
            "outputs": BOTH,
            "num_filters": [5, 5],
            "use_p6": True,
            "norm_layer": "BatchNorm",
            "norm_kwargs": {"eps": 0.01},
        },
    ),
    (
        "FPNFeatureExpander",
        "normalised, P6 by pooling",
        {"outputs": BOTH, "num_filters": [5, 5], "use_p6": True, "p6_conv": False, "norm_layer": "BatchNorm"},
    ),
]


def recordings() -> Iterator[Tuple[str, bytes]]:
    """Record all; yield the path of each file below ``tests/golden`` and its bytes."""
    yield from component.recordings(TABLE)
    for title in dict.fromkeys(title for title, *_ in FEATURES):
        cases = [(name, attrs) for owner, name, attrs in FEATURES if owner == title]
        arrays: Dict[str, np.ndarray] = {"n_cases": np.array(len(cases))}
        for index, (name, attrs) in enumerate(cases):
            arrays.update(_features(title, index, name, attrs))
        yield f"components/{title}.npz", archive.pack(arrays)


def _features(title: str, index: int, name: str, attrs: Dict[str, Any]) -> Dict[str, np.ndarray]:
    """Record features of an image and their gradient; the inputs are the image and every parameter by its name."""
    given = dict(attrs)
    if "norm_layer" in given:
        given["norm_layer"] = getattr(mx.sym, given["norm_layer"])
    with mx.name.NameManager():
        block = getattr(feature, title)(backbone(), **given)
    random = np.random.RandomState(seed_of(title, name))
    image = realise(normal(1, 2, 7, 9), random)
    block.initialize()
    block(mx.nd.array(image))
    parameters = list(block.collect_params().values())
    values = [_beginning(parameter.name, parameter.shape, random) for parameter in parameters]

    for parameter, value in zip(parameters, values):
        parameter.set_data(mx.nd.array(value))

    def run(inputs: List[Any]) -> List[Any]:
        outputs = block(inputs[0])
        return list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]

    names = [parameter.name for parameter in parameters]
    # Its maximum pooling passes no gradient while predicting.
    item = Case(name, (image, *values), attrs, train=False, grad=attrs.get("p6_conv", True))
    return ask(title, index, item, Question(run, ["x", *names], fixed=names))


def _beginning(name: str, shape: Sequence[int], random: np.random.RandomState) -> np.ndarray:
    drawn = np.round(random.uniform(-1, 1, shape) * 16).astype("float32") / 32
    return np.abs(drawn) + np.float32(0.5) if name.endswith("var") else drawn
