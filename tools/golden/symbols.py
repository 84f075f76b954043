"""Graphs as MXNet writes them, with what they compute.

For each graph ``<name>-symbol.json`` holds MXNet's own text and ``<name>.npz`` one call of it in the layout the
operators have; its ``attrs`` list the names of arguments, outputs and states. Blocks that were exported have a
``<name>-0000.params`` beside them, and ``<name>.params`` holds the same parameters as ``save_parameters`` names them.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Mapping, Tuple

import mxnet as mx
import numpy as np
from mxnet.ndarray import CachedOp

from golden import archive, networks
from golden.case import Case, Draw, boxes, case, integers, normal, uniform
from golden.invoke import Question, ask

__all__ = ["recordings"]


def recordings() -> Iterator[Tuple[str, bytes]]:
    """Record every graph and every exported block; yield paths below ``tests/golden`` and bytes."""
    for name, (build, draws) in GRAPHS.items():
        # A fresh manager, so that automatic names count from 0 in every graph.
        with mx.name.NameManager():
            graph = build()
        yield f"symbols/{name}-symbol.json", graph.tojson().encode()
        yield f"symbols/{name}.npz", _answers(name, graph, draws)
    for name, (make, image) in networks.BLOCKS.items():
        yield from _exported(name, make(), image)


def _answers(name: str, graph: mx.sym.Symbol, draws: Mapping[str, Draw], train: bool = True) -> bytes:
    names = graph.list_inputs()
    states = graph.list_auxiliary_states()
    listed = {
        "arguments": graph.list_arguments(),
        "outputs": graph.list_outputs(),
        "states": states,
        "internals": graph.get_internals().list_outputs(),
        "attributes": graph.attr_dict(),
    }
    item = Case(name, tuple(draws[key] for key in names), listed, train)
    call = CachedOp(graph)

    def run(arrays: List[Any]) -> List[Any]:
        outputs = call(*arrays)
        return outputs if isinstance(outputs, list) else [outputs]

    fixed = [key for key in names if key in states or key.endswith("label")]
    found = ask(name, 0, item, Question(run, names, states=states, fixed=fixed))
    return archive.pack({"n_cases": np.array(1), **found})


def _exported(name: str, block: Any, image: np.ndarray) -> Iterator[Tuple[str, bytes]]:
    """Hybridize, run and export a block; its answers are for predicting."""
    block.hybridize()
    given = mx.nd.array(image)
    outputs = block(given)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    with tempfile.TemporaryDirectory() as folder:
        block.export(str(Path(folder) / name))
        block.save_parameters(str(Path(folder) / f"{name}.params"))
        for path in sorted(Path(folder).iterdir()):
            yield f"symbols/{path.name}", _steady(path.read_bytes())
    again = case(name, image, train=False, grad=False)
    found = ask(name, 0, again, Question(lambda _: outputs, ["data"]))
    yield f"symbols/{name}.npz", archive.pack({"n_cases": np.array(1), **found})


def _steady(content: bytes) -> bytes:
    """Replace the memory address that MXNet writes into the initializer of a constant."""
    return re.sub(rb'("Constant_\w+_)\d+"', rb'\g<1>140000000000000"', content)


def _classifier() -> mx.sym.Symbol:
    data = mx.sym.Variable("data")
    net = mx.sym.Convolution(data, kernel=(3, 3), num_filter=3, pad=(1, 1))
    net = mx.sym.BatchNorm(net, fix_gamma=False)
    net = mx.sym.Activation(net, act_type="relu")
    net = mx.sym.Pooling(net, kernel=(2, 2), stride=(2, 2), pool_type="max")
    net = mx.sym.Flatten(net)
    net = mx.sym.FullyConnected(net, num_hidden=4)
    return mx.sym.SoftmaxOutput(net, name="softmax")


CLASSIFIER = {
    "data": normal(2, 2, 4, 4),
    "convolution0_weight": normal(3, 2, 3, 3),
    "convolution0_bias": normal(3),
    "batchnorm0_gamma": normal(3),
    "batchnorm0_beta": normal(3),
    "batchnorm0_moving_mean": normal(3),
    "batchnorm0_moving_var": uniform(0.5, 2, 3),
    "fullyconnected0_weight": normal(4, 12),
    "fullyconnected0_bias": normal(4),
    "softmax_label": integers(0, 4, 2),
}


def _named() -> mx.sym.Symbol:
    data = mx.sym.var("data", shape=(0, 3), dtype="float32")
    weight = mx.sym.var("shared_weight", lr_mult=0.5, wd_mult=0.25, init=mx.init.Constant(1.5))
    with mx.name.Prefix("tower_"):
        one = mx.sym.FullyConnected(data, weight=weight, num_hidden=3, no_bias=True)
        two = mx.sym.FullyConnected(one, weight=weight, num_hidden=3, no_bias=True, name="again")
    return mx.sym.Activation(two, act_type="tanh", name="out")


def _group() -> mx.sym.Symbol:
    data = mx.sym.Variable("data")
    left = mx.sym.relu(data, name="left")
    right = mx.sym.broadcast_mul(left, mx.sym.Variable("scale"), name="right")
    return mx.sym.Group([right, left, mx.sym.BlockGrad(data, name="stopped")])


def _parts() -> mx.sym.Symbol:
    data = mx.sym.Variable("data")
    parts = mx.sym.split(data, num_outputs=3, axis=1, name="parts")
    values = mx.sym.topk(data, k=2, ret_typ="both", axis=1, name="best")
    joined = mx.sym.concat(parts[2], parts[0], dim=1, name="joined")
    return mx.sym.Group([joined, parts[1], values[0], values[1]])


def _suppressed() -> mx.sym.Symbol:
    data = mx.sym.Variable("data")
    kept = mx.sym.contrib.box_nms(data, overlap_thresh=0.45, valid_thresh=0.01, topk=9, id_index=0, name="nms")
    ids = mx.sym.slice_axis(kept, axis=-1, begin=0, end=1)
    return mx.sym.Group([ids, mx.sym.slice_axis(kept, axis=-1, begin=1, end=None) * 2])


def _arithmetic() -> mx.sym.Symbol:
    x, y = mx.sym.Variable("x"), mx.sym.Variable("y")
    steps = [x + 1, 1 - x, x * 2.5, 2 / y, x / 4, y**2, 2**x, y % 3, 3 % y, -x, x - 0.5]
    steps += [x > 0, x >= 0.5, x < 0, x <= 0.5, x == 1, x != 1, x > y, x == y]
    steps += [x + y, x - y, x * y, x / y, y**x, mx.sym.maximum(x, 0.25), mx.sym.minimum(x, y), mx.sym.hypot(x, 3)]
    return mx.sym.Group(steps)


def _methods() -> mx.sym.Symbol:
    data = mx.sym.Variable("data")
    steps = [
        data.reshape((0, -1)),
        data.reshape(shape=(-1, 0), reverse=True),
        data.transpose((0, 2, 1)),
        data.slice_axis(axis=1, begin=0, end=2),
        data.sum(axis=1, keepdims=True),
        data.mean(),
        data.expand_dims(axis=0),
        data.clip(-0.5, 0.5),
        data.astype("float64"),
        data.flatten().softmax(axis=1),
        data.slice(begin=(None, 1), end=(None, None)),
        data.squeeze(axis=0),
        mx.sym.arange(0, 4, repeat=2),
        mx.sym.zeros((2, 2)),
        mx.sym.full((2,), 2.5) + mx.sym.ones((2,)),
    ]
    return mx.sym.Group(steps)


def _attributed() -> mx.sym.Symbol:
    with mx.AttrScope(ctx_group="stage1", __lr_mult__="0.1"):
        data = mx.sym.Variable("data", attr={"mood": "angry"})
        hidden = mx.sym.FullyConnected(data, num_hidden=3, name="fc1", attr={"__wd_mult__": "0.5"})
    with mx.AttrScope(ctx_group="stage2"):
        hidden = mx.sym.Activation(hidden, act_type="sigmoid", name="act")
        return mx.sym.FullyConnected(hidden, num_hidden=2, name="fc2", no_bias=True)


def _normalized() -> mx.sym.Symbol:
    data = mx.sym.Variable("data")
    first = mx.sym.BatchNorm(data, name="bn", output_mean_var=True, fix_gamma=False, eps=1e-5)
    second = mx.sym.BatchNorm(first[0], name="fixed", use_global_stats=True)
    return mx.sym.Group([second, first[1]])


def _head() -> mx.sym.Symbol:
    maps = [mx.sym.Variable("map0"), mx.sym.Variable("map1")]
    scores, offsets, anchors = [], [], []
    for index, feature in enumerate(maps):
        classes = mx.sym.Convolution(feature, kernel=(1, 1), num_filter=6, name=f"cls{index}")
        scores.append(mx.sym.Flatten(mx.sym.transpose(classes, axes=(0, 2, 3, 1))))
        places = mx.sym.Convolution(feature, kernel=(1, 1), num_filter=8, name=f"loc{index}")
        offsets.append(mx.sym.Flatten(mx.sym.transpose(places, axes=(0, 2, 3, 1))))
        anchors.append(mx.sym.contrib.MultiBoxPrior(feature, sizes=(0.3 + 0.3 * index,), ratios=(1, 2)))
    score = mx.sym.Reshape(mx.sym.Concat(*scores, dim=1), shape=(0, -1, 3))
    probability = mx.sym.softmax(mx.sym.transpose(score, axes=(0, 2, 1)), axis=1)
    prior = mx.sym.Concat(*anchors, dim=1, name="anchors")
    return mx.sym.contrib.MultiBoxDetection(probability, mx.sym.Concat(*offsets, dim=1), prior, name="detection")


def _inferred() -> mx.sym.Symbol:
    left, right = mx.sym.Variable("left"), mx.sym.Variable("right")
    overlap = mx.sym.contrib.box_iou(left, right, format="corner", name="overlap")
    matches = mx.sym.contrib.bipartite_matching(overlap, threshold=0.1, name="matches")
    return mx.sym.Group([matches[0], matches[1], mx.sym.max(overlap, axis=-1, name="largest")])


HEAD = {
    "map0": normal(1, 2, 3, 3),
    "map1": normal(1, 2, 2, 2),
    **{f"cls{index}_weight": normal(6, 2, 1, 1) for index in (0, 1)},
    **{f"cls{index}_bias": normal(6) for index in (0, 1)},
    **{f"loc{index}_weight": normal(8, 2, 1, 1) for index in (0, 1)},
    **{f"loc{index}_bias": normal(8) for index in (0, 1)},
}
PER_CHANNEL = {
    f"{layer}_{part}": uniform(0.5, 2, 3)
    for layer in ("bn", "fixed")
    for part in ("gamma", "beta", "moving_mean", "moving_var")
}


def _rows(random: np.random.RandomState) -> np.ndarray:
    scored = np.stack([random.randint(-1, 3, (2, 12)), random.permutation(24).reshape(2, 12) / 24], axis=-1)
    return np.concatenate([scored, boxes(2, 12).sample(random)], axis=-1).astype("float32")


Graph = Tuple[Callable[[], mx.sym.Symbol], Mapping[str, Draw]]

GRAPHS: Dict[str, Graph] = {
    "classifier": (_classifier, CLASSIFIER),
    "named": (_named, {"data": normal(2, 3), "shared_weight": normal(3, 3)}),
    "group": (_group, {"data": normal(2, 3), "scale": normal(1, 3)}),
    "parts": (_parts, {"data": normal(2, 6)}),
    "suppressed": (_suppressed, {"data": Draw(_rows)}),
    "arithmetic": (_arithmetic, {"x": uniform(-1, 1, 2, 3), "y": uniform(0.5, 2, 2, 3)}),
    "methods": (_methods, {"data": normal(1, 2, 3)}),
    "attributed": (
        _attributed,
        {"data": normal(2, 3), "fc1_weight": normal(3, 3), "fc1_bias": normal(3), "fc2_weight": normal(2, 3)},
    ),
    "normalized": (_normalized, {"data": normal(2, 3, 2, 2), **PER_CHANNEL}),
    "head": (_head, HEAD),
    "inferred": (_inferred, {"left": boxes(4), "right": boxes(3)}),
}
