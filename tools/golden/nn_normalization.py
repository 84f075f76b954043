"""Normalization over batch, layer, group, instance, length and neighbouring channels."""

from __future__ import annotations

from typing import Any, Tuple

from golden.case import Draw, Table, array, case, normal, uniform

__all__ = ["TABLE"]


def batch_norm(channels: int, *shape: int, dtype: str = "float32") -> Tuple[Draw, ...]:
    """Draw data, gamma, beta, moving mean and moving variance."""
    per_channel = [normal(channels), normal(channels), normal(channels), uniform(0.5, 2, channels)]
    return (normal(*shape, dtype=dtype), *per_channel)


def inputs(size: int, *shape: int, **kind: Any) -> Tuple[Draw, ...]:
    """Draw data, gamma and beta."""
    return (normal(*shape, **kind), normal(size, **kind), normal(size, **kind))


BATCH = [
    case("train, gamma fixed to 1", *batch_norm(3, 4, 3, 2, 2)),
    case("predict, gamma fixed to 1", *batch_norm(3, 2, 3, 2, 2), train=False),
    case("train, gamma learnt", *batch_norm(3, 4, 3, 2, 2), fix_gamma=False),
    case("predict, gamma learnt", *batch_norm(3, 2, 3, 2, 2), fix_gamma=False, train=False),
    case("train, global statistics", *batch_norm(3, 2, 3, 2, 2), fix_gamma=False, use_global_stats=True),
    case("train, global statistics, gamma fixed", *batch_norm(3, 2, 3, 2, 2), use_global_stats=True),
    case("predict, global statistics", *batch_norm(3, 2, 3, 2, 2), fix_gamma=False, use_global_stats=True, train=False),
    case("eps", *batch_norm(2, 2, 2, 3, 3), fix_gamma=False, eps=0.5),
    case("momentum", *batch_norm(2, 2, 2, 3, 3), fix_gamma=False, momentum=0.25),
    case("last axis", *batch_norm(4, 2, 3, 2, 4), fix_gamma=False, axis=3),
    case("negative axis", *batch_norm(4, 2, 3, 4), fix_gamma=False, axis=-1),
    case("first axis", *batch_norm(3, 3, 4, 2), fix_gamma=False, axis=0),
    case("last axis, predict", *batch_norm(4, 2, 3, 2, 4), axis=3, train=False),
    case("mean and variance as outputs", *batch_norm(3, 2, 3, 2, 2), fix_gamma=False, output_mean_var=True),
    case("mean and variance as outputs, predict", *batch_norm(3, 2, 3, 2, 2), output_mean_var=True, train=False),
    case("two axes", *batch_norm(5, 4, 5), fix_gamma=False),
    case("three axes", *batch_norm(3, 4, 3, 5), fix_gamma=False),
    case("five axes", *batch_norm(2, 2, 2, 2, 3, 2), fix_gamma=False),
    case("one value per channel", *batch_norm(3, 1, 3, 1, 1), fix_gamma=False),
    case(
        "detector's settings",
        *batch_norm(3, 2, 3, 3, 3),
        fix_gamma=False,
        use_global_stats=False,
        eps=1e-5,
        momentum=0.9,
        axis=1,
        cudnn_off=True,
    ),
    case("float16 data, float32 statistics", *batch_norm(2, 3, 2, 2, 2, dtype="float16"), fix_gamma=False),
]

LAYER = [
    case("defaults", *inputs(5, 4, 5)),
    case("three axes", *inputs(4, 2, 3, 4)),
    case("middle axis", *inputs(3, 2, 3, 4), axis=1),
    case("first axis", *inputs(3, 3, 4), axis=0),
    case("eps", *inputs(5, 2, 5), eps=0.5),
    case("mean and deviation as outputs", *inputs(4, 2, 3, 4), output_mean_var=True),
    case("float64", *inputs(5, 3, 5, dtype="float64")),
    case("float16", *inputs(4, 3, 4, dtype="float16")),
]

GROUP = [
    case("one group", *inputs(1, 2, 4, 3), num_groups=1),
    case("two groups", *inputs(2, 2, 4, 3, 2), num_groups=2),
    case("eps", *inputs(2, 2, 4, 3), num_groups=2, eps=0.5),
    case("mean and deviation as outputs", *inputs(2, 2, 4, 3), num_groups=2, output_mean_var=True),
    case("five axes", *inputs(3, 1, 6, 2, 2, 2), num_groups=3),
    case("float64", *inputs(2, 2, 4, 3, dtype="float64"), num_groups=2),
]

INSTANCE = [
    case("defaults", *inputs(3, 2, 3, 4)),
    case("four axes", *inputs(2, 2, 2, 3, 3)),
    case("five axes", *inputs(2, 1, 2, 2, 3, 2)),
    case("eps", *inputs(3, 2, 3, 4), eps=0.5),
]

LENGTH = [
    case("instance", normal(2, 3, 2, 2)),
    case("instance, two axes", normal(3, 4), mode="instance"),
    case("channel", normal(2, 3, 2, 2), mode="channel"),
    case("spatial", normal(2, 3, 2, 3), mode="spatial"),
    case("spatial, three axes", normal(2, 3, 4), mode="spatial"),
    case("eps", normal(2, 3, 2, 2), mode="channel", eps=0.5),
    case("detector's settings", normal(1, 4, 3, 3), mode="channel", eps=1e-5),
    case("all zero", array([[0, 0, 0], [1, 2, 2]])),
    case("float64", normal(2, 3, 2, 2, dtype="float64"), mode="channel"),
]

RESPONSE = [
    case("three channels at a time", normal(2, 5, 2, 2), nsize=3),
    case("five channels at a time", normal(1, 6, 2, 3), nsize=5),
    case("one channel at a time", normal(1, 3, 2, 2), nsize=1, alpha=0.5),
    case("alpha, beta and knorm", normal(1, 5, 2, 2), nsize=3, alpha=0.5, beta=0.5, knorm=1.0),
    case("more channels at a time than there are", normal(1, 2, 2, 2), nsize=5, alpha=0.3),
]

TABLE: Table = {
    "BatchNorm": BATCH,
    "LayerNorm": LAYER,
    "GroupNorm": GROUP,
    "InstanceNorm": INSTANCE,
    "L2Normalization": LENGTH,
    "LRN": RESPONSE,
}
