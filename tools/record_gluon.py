#!/usr/bin/env python
"""Record what real MXNet's Gluon answers, into ``tests/golden/gluon``.

Runs where MXNet 1.9.1 is installed, never beside the package itself. ``<layer>.npz`` holds calls of a layer, its own
parameters among the inputs, in the layout the operators have; ``attrs`` are the layer's arguments, and what ``str()``
makes of it before and after its first call. ``scenarios.json`` holds what the stories of ``tests/gluon/scenarios.py``
came to.

    record_gluon.py              record everything
    record_gluon.py Dense        record these layers
    record_gluon.py scenarios    record the stories
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

# One thread: sums are then taken in one order, and the answers repeat.
os.environ.update(OMP_NUM_THREADS="1", MXNET_ENGINE_TYPE="NaiveEngine", MXNET_STORAGE_FALLBACK_LOG_VERBOSE="0")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import mxnet as mx
import numpy as np
from golden import archive
from golden.case import Case, case, distinct, integers, normal, realise, seed_of
from golden.invoke import Question, ask

from tests.gluon.scenarios import SCENARIOS

GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden" / "gluon"

LINE, PLANE, SPACE = (2, 4, 7), (2, 4, 6, 5), (1, 2, 4, 5, 4)
STATES = ("running_mean", "running_var")

CONVOLUTION = [
    case("defaults", normal(*PLANE), channels=3, kernel_size=3),
    case("strides and padding", normal(*PLANE), channels=3, kernel_size=(3, 2), strides=(2, 1), padding=(1, 2)),
    case("dilation", normal(*PLANE), channels=2, kernel_size=2, dilation=(2, 3)),
    case("groups", normal(*PLANE), channels=6, kernel_size=3, groups=2, in_channels=4),
    case("groups, deferred", normal(*PLANE), channels=4, kernel_size=1, groups=4),
    case("without bias", normal(*PLANE), channels=3, kernel_size=1, use_bias=False),
    case("activation", normal(*PLANE), channels=3, kernel_size=3, activation="relu", in_channels=4),
    case("softsign", normal(*PLANE), channels=3, kernel_size=3, activation="softsign"),
]
TRANSPOSED = [
    case("defaults", normal(1, 3, 4, 3), channels=2, kernel_size=3),
    case("strides", normal(1, 3, 3, 4), channels=2, kernel_size=(3, 2), strides=2, padding=(1, 0)),
    case("output_padding", normal(1, 3, 3, 3), channels=2, kernel_size=3, strides=(3, 2), output_padding=(2, 1)),
    case("dilation", normal(1, 2, 3, 3), channels=2, kernel_size=3, strides=2, dilation=2, in_channels=2),
    case("groups", normal(1, 4, 3, 3), channels=6, kernel_size=2, groups=2, in_channels=4),
    case("tanh, no bias", normal(1, 2, 3, 3), channels=2, kernel_size=2, use_bias=False, activation="tanh"),
]
WINDOWS = [
    case("defaults", distinct(1, 2, 6, 5)),
    case("sizes", distinct(1, 2, 6, 5), pool_size=(3, 2), strides=(2, 1), padding=(1, 0)),
    case("strides 1", distinct(1, 2, 4, 4), pool_size=2, strides=1),
    case("ceil_mode", distinct(1, 2, 6, 5), pool_size=3, strides=2, ceil_mode=True),
    case("ceil_mode, beyond the input", distinct(1, 1, 5, 5), pool_size=2, strides=4, padding=1, ceil_mode=True),
]
NOT_COUNTED = case("without padding", distinct(1, 2, 5, 5), pool_size=3, strides=2, padding=1, count_include_pad=False)
BATCH = [
    case("training", normal(3, 2, 4, 3)),
    case("prediction", normal(3, 2, 4, 3), train=False),
    case("momentum and epsilon", normal(3, 2, 4, 3), momentum=0.75, epsilon=0.125),
    case("without scale", normal(3, 2, 4, 3), scale=False),
    case("without center", normal(3, 2, 4, 3), center=False),
    case("global statistics", normal(3, 2, 4, 3), use_global_stats=True),
    case("in_channels", normal(4, 3), in_channels=3),
]
AXES = [case("last axis", normal(3, 2, 4), axis=-1), case("axis 2", normal(3, 2, 4), axis=2)]
ANY = [case("plane", normal(2, 3, 4, 2)), case("row", normal(7))]

CASES: Dict[str, List[Case]] = {
    "Dense": [
        case("defaults", normal(4, 3), units=2),
        case("flatten", normal(2, 3, 2), units=4, in_units=6),
        case("without flatten", normal(2, 3, 2), units=4, flatten=False),
        case("without bias", normal(4, 3), units=2, use_bias=False),
        case("activation", normal(4, 3), units=2, activation="sigmoid"),
        case("float64", normal(4, 3, dtype="float64"), units=2, dtype="float64"),
    ],
    "Conv1D": [
        case("defaults", normal(*LINE), channels=3, kernel_size=3),
        case("everything", normal(*LINE), channels=2, kernel_size=3, strides=2, padding=2, dilation=2, groups=2),
    ],
    "Conv2D": CONVOLUTION,
    "Conv3D": [
        case("defaults", normal(*SPACE), channels=2, kernel_size=2),
        case("everything", normal(*SPACE), channels=2, kernel_size=(2, 3, 1), strides=(1, 2, 1), padding=(0, 1, 0)),
    ],
    "Conv1DTranspose": [
        case("defaults", normal(1, 2, 4), channels=3, kernel_size=3),
        case("strides", normal(1, 2, 4), channels=3, kernel_size=3, strides=2, padding=1, output_padding=1),
    ],
    "Conv2DTranspose": TRANSPOSED,
    "Conv3DTranspose": [
        case("defaults", normal(1, 2, 2, 3, 2), channels=2, kernel_size=2),
        case("strides", normal(1, 2, 2, 2, 2), channels=2, kernel_size=(2, 2, 1), strides=(2, 1, 1)),
    ],
    "MaxPool1D": [case("defaults", distinct(2, 2, 7)), case("ceil", distinct(1, 2, 6), pool_size=3, ceil_mode=True)],
    "MaxPool2D": WINDOWS,
    "MaxPool3D": [case("defaults", distinct(1, 2, 4, 4, 5)), case("ceil", distinct(1, 1, 3, 3, 3), ceil_mode=True)],
    "AvgPool1D": [
        case("defaults", distinct(2, 2, 7)),
        case("padded", distinct(1, 2, 6), pool_size=3, strides=2, padding=1, ceil_mode=True, count_include_pad=False),
    ],
    "AvgPool2D": [*WINDOWS, NOT_COUNTED],
    # MXNet's gradient divides by whole windows even where they are cut.
    "AvgPool3D": [
        case("defaults", distinct(1, 2, 4, 4, 5)),
        case("ceil", distinct(1, 1, 3, 3, 3), grad=False, ceil_mode=True),
    ],
    "GlobalMaxPool1D": [case("defaults", distinct(2, 3, 5))],
    "GlobalMaxPool2D": [case("defaults", distinct(2, 3, 4, 5))],
    "GlobalMaxPool3D": [case("defaults", distinct(1, 2, 2, 3, 2))],
    "GlobalAvgPool1D": [case("defaults", distinct(2, 3, 5))],
    "GlobalAvgPool2D": [case("defaults", distinct(2, 3, 4, 5))],
    "GlobalAvgPool3D": [case("defaults", distinct(1, 2, 2, 3, 2))],
    "BatchNorm": [*BATCH, *AXES],
    # Predicting, MXNet's gradient forgets the rectifier.
    "BatchNormReLU": [BATCH[0], case("prediction", normal(3, 2, 4, 3), train=False, grad=False)],
    # MXNet keeps something for each prefix.
    "SyncBatchNorm": [
        case(one.name, *one.inputs, train=one.train, num_devices=1, prefix=f"sync{i}_", **one.attrs)
        for i, one in enumerate(BATCH)
    ],
    "InstanceNorm": [
        case("defaults", normal(2, 3, 5)),
        case("scale, no center", normal(2, 3, 4, 2), scale=True, center=False, epsilon=0.125),
        case("last axis", normal(2, 4, 3), axis=2, in_channels=3),
    ],
    "LayerNorm": [
        case("defaults", normal(2, 3, 5)),
        case("axis 1", normal(2, 3, 4), axis=1, epsilon=0.125),
        case("no scale, no center", normal(2, 3), scale=False, center=False, in_channels=3),
    ],
    "GroupNorm": [case("defaults", normal(2, 4, 3)), case("groups", normal(2, 4, 3, 2), num_groups=2, epsilon=0.125)],
    "Activation": [
        case(kind, normal(2, 3), activation=kind) for kind in ("relu", "sigmoid", "tanh", "softrelu", "softsign")
    ],
    "LeakyReLU": [case("slope", normal(3, 4), alpha=0.25), case("slope 0", normal(3, 4), alpha=0)],
    "PReLU": [case("one slope", normal(2, 3, 2)), case("a slope for each channel", normal(2, 3, 2), in_channels=3)],
    "ELU": [*ANY, case("alpha", normal(3, 4), alpha=0.25)],
    "SELU": ANY,
    "GELU": ANY,
    "Swish": [*ANY, case("beta", normal(3, 4), beta=0.5)],
    "Embedding": [case("rows", integers(0, 4, 3, 2), input_dim=4, output_dim=3)],
    "Flatten": [case("three axes", normal(2, 3, 2))],
    "Dropout": [case("prediction", normal(3, 4), train=False, rate=0.5), case("rate 0", normal(3, 4), rate=0)],
    "ReflectionPad2D": [case("one pixel", normal(1, 2, 3, 3), padding=1), case("two", normal(1, 1, 4, 3), padding=2)],
    "PixelShuffle1D": [case("factor", normal(1, 6, 4), factor=3)],
    "PixelShuffle2D": [
        case("one factor", normal(1, 8, 2, 3), factor=2),
        case("two", normal(2, 6, 2, 2), factor=(3, 2)),
    ],
    "PixelShuffle3D": [case("factors", normal(1, 12, 2, 1, 2), factor=(3, 2, 2))],
    "HybridLambda": [case("a name", normal(2, 3), function="tanh")],
    "DeformableConvolution": [
        case("defaults", normal(1, 2, 4, 4), channels=2),
        case("everything", normal(1, 4, 5, 5), channels=2, kernel_size=3, strides=2, padding=1, num_deformable_group=2),
        case("no bias", normal(1, 2, 4, 4), channels=2, kernel_size=(2, 2), use_bias=False, offset_use_bias=False),
    ],
    "ModulatedDeformableConvolution": [
        case("defaults", normal(1, 2, 4, 4), grad=False, channels=2, kernel_size=(3, 3))
    ],
}

HOMES = (mx.gluon.nn, mx.gluon.contrib.nn, mx.gluon.contrib.cnn)


def main() -> int:
    """Record what the command line names; return the exit status."""
    warnings.simplefilter("ignore")
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for path, content in recordings(sys.argv[1:] or ["scenarios", "LBSGD", *CASES]):
        path.write_bytes(content)
        sys.stdout.write(f"{path.name}: {len(content)} bytes\n")
    return 0


def recordings(wanted: List[str]) -> Iterator[Tuple[Path, bytes]]:
    """Record each thing; yield paths and bytes."""
    for name in wanted:
        if name == "scenarios":
            found = {}
            for title, tell in SCENARIOS.items():
                with mx.name.NameManager():
                    found[title] = tell(mx)
            yield GOLDEN / "scenarios.json", (json.dumps(found) + "\n").encode()
        elif name == "LBSGD":
            yield GOLDEN / "LBSGD.npz", archive.pack(large_batches())
        else:
            arrays = {"n_cases": np.array(len(CASES[name]))}
            for index, item in enumerate(CASES[name]):
                arrays.update(layer(name, index, item))
            yield GOLDEN / f"{name}.npz", archive.pack(arrays)


def layer(name: str, index: int, item: Case) -> Dict[str, np.ndarray]:
    """Record a call of a layer."""
    kind = next(getattr(home, name) for home in HOMES if hasattr(home, name))
    block = kind(**item.attrs)
    before = str(block)
    block.initialize()
    random = np.random.RandomState(seed_of(name, item.name))
    data = [mx.nd.array(realise(value, random), dtype=getattr(value, "dtype", None)) for value in item.inputs]
    if "dtype" in item.attrs:
        data = [one.astype(item.attrs["dtype"]) for one in data]
    block(*data)
    own = list(block._reg_params)
    names = ["data", *own]
    dtype = item.attrs.get("dtype", "float32")
    values = tuple(_value(key, block._reg_params[key].shape, random).astype(dtype) for key in own)
    listed = {"arguments": dict(item.attrs), "before": before, "after": str(block)}
    question = Question(
        run=lambda arrays: _flat(block.hybrid_forward(mx.nd, arrays[0], **dict(zip(own, arrays[1:])))),
        names=names,
        states=[key for key in own if key in STATES],
        fixed=[*STATES, *(["data"] if name == "Embedding" else [])],
    )
    return ask(name, index, Case(item.name, (*item.inputs, *values), listed, item.train, item.grad), question)


def _value(name: str, shape: Tuple[int, ...], random: np.random.RandomState) -> np.ndarray:
    drawn = np.round(random.normal(size=shape) * 16) / 16
    return np.abs(drawn) + 0.5 if name == "running_var" else drawn / 4 if "offset" in name else drawn


def _flat(output: Any) -> List[Any]:
    return list(output) if isinstance(output, (list, tuple)) else [output]


def large_batches() -> Dict[str, np.ndarray]:
    """Record optimizers that the other recorder leaves out: five updates of a weight, as there."""
    cases = [
        case("defaults", momentum=0.0),
        case("batch of 2", batch_scale=2, learning_rate=0.25, momentum=0.5, wd=0.125, clip_gradient=0.5),
        case(
            "power2", batch_scale=2, warmup_strategy="power2", warmup_epochs=1, updates_per_epoch=4, learning_rate=0.25
        ),
        case("sqrt", batch_scale=3, warmup_strategy="sqrt", updates_per_epoch=2, learning_rate=0.25, rescale_grad=0.5),
        case("lars", warmup_strategy="lars", learning_rate=0.25, wd=0.125),
        case("later epoch", batch_scale=4, begin_epoch=2, updates_per_epoch=3, learning_rate=0.25),
    ]
    arrays = {"n_cases": np.array(len(cases))}
    for index, item in enumerate(cases):
        updater = mx.optimizer.get_updater(mx.optimizer.create("lbsgd", **item.attrs))

        def run(given: List[Any], updater: Any = updater) -> List[Any]:
            after = []
            with mx.autograd.pause():
                weight = given[0].copy()
                for gradient in given[1]:
                    updater(0, gradient.copy(), weight)
                    after.append(weight.copy())
                return [mx.nd.stack(*after)]

        full = Case(item.name, (normal(3, 4), normal(5, 3, 4)), item.attrs)
        arrays.update(ask("LBSGD", index, full, Question(run, ["weight", "gradients"], fixed=["weight", "gradients"])))
    return arrays


if __name__ == "__main__":
    sys.exit(main())
