"""Nodes that MXNet's oneDNN build fused, each in a graph of its own, and a small network that MXNet quantised.

Such nodes cannot be called; their graphs are put together here as the files hold them.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Sequence, Tuple

import mxnet as mx
import numpy as np
from mxnet import gluon
from mxnet.contrib import quantization

from golden import archive

__all__ = ["recordings"]

os.environ["MXNET_SUBGRAPH_VERBOSE"] = "0"

Build = Callable[[], mx.sym.Symbol]


def recordings() -> Iterator[Tuple[str, bytes]]:
    """Record everything; yield paths below ``tests/golden`` and bytes."""
    for operator, cases in (("_sg_mkldnn_conv", CONVOLUTIONS), ("_sg_mkldnn_fully_connected", PRODUCTS)):
        found: Dict[str, np.ndarray] = {"n_cases": np.array(len(cases))}
        for index, (title, build, attributes, kinds) in enumerate(cases):
            random = np.random.RandomState(index)
            graph, names = _graph(operator, build(), attributes)
            values = [_value(name, kinds, random) for name in names]
            answers = _answers(graph, names, values)
            description = {"name": title, "attrs": {"graph": graph}, "inputs": names, "train": False, "aux": []}
            found[f"c{index}_case"] = np.array(json.dumps(description))
            found.update((f"c{index}_in_{name}", value) for name, value in zip(names, values))
            found.update((f"c{index}_out{place}", answer) for place, answer in enumerate(answers))
        yield f"fused/{operator}.npz", archive.pack(found)
    yield from _network()


def _graph(operator: str, body: mx.sym.Symbol, attributes: Dict[str, str]) -> Tuple[str, List[str]]:
    """Write the graph of one node around a graph; return it and the names of what the node takes."""
    inner = json.loads(body.tojson())
    del inner["attrs"]
    names = [inner["nodes"][place]["name"] for place in inner["arg_nodes"]]
    if "quantized" in attributes:
        ranged = ["data"]
        if operator == "_sg_mkldnn_fully_connected":
            ranged = names[:]
        elif "with_sum" in attributes:
            ranged = ["data", "other"]
        names = names + [f"{end}_{name}" for name in ranged for end in ("min", "max")]
    nodes: List[Dict[str, Any]] = [{"op": "null", "name": name, "inputs": []} for name in names]
    inputs = [[place, 0, 0] for place in range(len(names))]
    nodes.append({"op": operator, "name": "fused", "attrs": attributes, "inputs": inputs, "subgraphs": [inner]})
    shown = 3 if "quantized" in attributes and "enable_float_output" not in attributes else 1
    graph = {
        "nodes": nodes,
        "arg_nodes": list(range(len(names))),
        "heads": [[len(names), place, 0] for place in range(shown)],
        "attrs": {"mxnet_version": ["int", 10901]},
    }
    return json.dumps(graph), names


def _answers(graph: str, names: Sequence[str], values: Sequence[np.ndarray]) -> List[np.ndarray]:
    symbol = mx.sym.load_json(graph)
    arrays = {name: mx.nd.array(value, dtype=value.dtype) for name, value in zip(names, values)}
    arguments = {name: arrays[name] for name in symbol.list_arguments()}
    states = {name: arrays[name] for name in symbol.list_auxiliary_states()}
    return [
        output.asnumpy() for output in symbol.bind(mx.cpu(), arguments, aux_states=states, grad_req="null").forward()
    ]


#: Shapes of what has one, and the ends of the ranges by type.
SHAPES = {"gamma": (4,), "beta": (4,), "mean": (4,), "variance": (4,)}
ENDS = {"data": {"uint8": (0, 2.5), "int8": (-2, 2.5)}, "other": {"uint8": (0, 9), "int8": (-9, 7)}}
FIXED = {"weight": (-0.7, 0.9), "bias": (-1.5, 1.2)}


def _value(name: str, kinds: Dict[str, Tuple[str, Tuple[int, ...]]], random: np.random.RandomState) -> np.ndarray:
    end, _, of = name.partition("_")
    if end in ("min", "max"):
        ends = ENDS[of][kinds[of][0]] if of in ENDS else FIXED[of]
        return np.array([ends[end == "max"]], "float32")
    dtype, shape = kinds.get(name, ("float32", SHAPES.get(name, ())))
    if dtype == "uint8":
        return random.randint(0, 256, shape).astype(dtype)
    if dtype == "int8":
        return random.randint(-127, 128, shape).astype(dtype)
    drawn = np.round(random.uniform(0.5, 2, shape) if name in ("gamma", "variance") else random.normal(0, 1, shape), 2)
    return drawn.astype(dtype)


def _convolution(
    bias: bool = False, bn: bool = False, act: Any = None, add: bool = False, last: Any = None, **attrs: Any
) -> Build:
    def build() -> mx.sym.Symbol:
        inputs = [mx.sym.var("data"), mx.sym.var("weight"), *([mx.sym.var("bias")] if bias else [])]
        given = {"kernel": (3, 3), "num_filter": 4, "pad": (1, 1), **attrs}
        net = mx.sym.Convolution(*inputs, no_bias=not bias, name="conv", **given)
        if bn:
            states = [mx.sym.var(name) for name in ("gamma", "beta", "mean", "variance")]
            net = mx.sym.BatchNorm(net, *states, name="bn", fix_gamma=bn == "fixed", eps=1e-5)
        net = act(net) if act else net
        net = mx.sym.elemwise_add(net, mx.sym.var("other"), name="sum") if add else net
        return last(net) if last else net

    return build


def _dense(bias: bool = True, act: Any = None, flatten: bool = True) -> Build:
    def build() -> mx.sym.Symbol:
        inputs = [mx.sym.var("data"), mx.sym.var("weight"), *([mx.sym.var("bias")] if bias else [])]
        net = mx.sym.FullyConnected(*inputs, num_hidden=5, no_bias=not bias, flatten=flatten, name="fc")
        return act(net) if act else net

    return build


def _relu(net: mx.sym.Symbol) -> mx.sym.Symbol:
    return mx.sym.Activation(net, act_type="relu", name="act")


def _sigmoid(net: mx.sym.Symbol) -> mx.sym.Symbol:
    return mx.sym.Activation(net, act_type="sigmoid", name="act")


def _clip(net: mx.sym.Symbol) -> mx.sym.Symbol:
    return mx.sym.clip(net, a_min=0, a_max=3, name="act")


def _given(low: Any = None, high: Any = None, *flags: str) -> Dict[str, str]:
    calibrated = {} if low is None else {"min_calib_range": str(float(low)), "max_calib_range": str(float(high))}
    return {**calibrated, **dict.fromkeys(flags, "true")}


def _kinds(data: str, other: str = "uint8", weight: Tuple[int, ...] = (4, 3, 3, 3)) -> Dict[str, Any]:
    found = {"data": (data, (2, 3, 5, 5)), "weight": ("float32", weight), "bias": ("float32", (4,))}
    return {**found, "other": (other, (2, 4, 5, 5))}


Q, BN, ACT, SUM, LAST = "quantized", "with_bn", "with_act", "with_sum", "with_postsum_act"
DEPTHWISE = {"num_group": 4, "kernel": (3, 3), "stride": (2, 2)}
WIDE = {**_kinds("uint8", weight=(4, 1, 3, 3)), "data": ("uint8", (2, 4, 5, 5))}

CONVOLUTIONS = [
    *(
        case
        for data in ("uint8", "int8")
        for case in [
            (f"{data}, alone", _convolution(), _given(-20, 25, Q), _kinds(data)),
            (f"{data}, bias", _convolution(bias=True), _given(-20, 25, Q), _kinds(data)),
            (f"{data}, bn", _convolution(bn=True), _given(-20, 25, Q, BN), _kinds(data)),
            (
                f"{data}, bias, bn, relu",
                _convolution(bias=True, bn=True, act=_relu),
                _given(0, 25, Q, BN, ACT),
                _kinds(data),
            ),
            (f"{data}, clip", _convolution(act=_clip), _given(0, 3, Q, ACT), _kinds(data)),
            (f"{data}, no calibration", _convolution(), _given(None, None, Q), _kinds(data)),
            *(
                (
                    f"{data}, onto {other}{', relu' if last else ''}",
                    _convolution(bias=True, add=True, last=last),
                    _given(0 if last else -20, 25, Q, SUM, *([LAST] if last else [])),
                    _kinds(data, other),
                )
                for other in ("uint8", "int8")
                for last in (None, _relu)
            ),
        ]
    ),
    ("gamma fixed", _convolution(bn="fixed"), _given(-20, 25, Q, BN), _kinds("uint8")),
    (
        "relu, then a sum, then relu",
        _convolution(act=_relu, add=True, last=_relu),
        _given(0, 3, Q, ACT, SUM, LAST),
        _kinds("uint8"),
    ),
    ("no calibration, relu", _convolution(act=_relu), _given(None, None, Q, ACT), _kinds("uint8")),
    ("by channel, strides", _convolution(bn=True, act=_relu, **DEPTHWISE), _given(0, 9, Q, BN, ACT), WIDE),
    ("one by one", _convolution(kernel=(1, 1), pad=(0, 0)), _given(-9, 9, Q), _kinds("uint8", weight=(4, 3, 1, 1))),
    ("dilated", _convolution(dilate=(2, 2), pad=(2, 2)), _given(-20, 25, Q), _kinds("uint8")),
    (
        "real numbers",
        _convolution(bias=True, bn=True, act=_relu, add=True, last=_relu),
        _given(None, None, BN, ACT, SUM, LAST),
        _kinds("float32", "float32"),
    ),
]

REAL = "enable_float_output"
DENSE = {"weight": ("int8", (5, 12)), "bias": ("int8", (5,))}

PRODUCTS = [
    *(
        (
            f"{data}, {title}{'' if bias else ', no bias'}",
            _dense(bias, act),
            attributes,
            {"data": (data, (3, 3, 4)), **DENSE},
        )
        for data in ("uint8", "int8")
        for bias in (True, False)
        for title, act, attributes in [
            ("int32", None, _given(None, None, Q)),
            ("real numbers", None, _given(None, None, Q, REAL)),
            ("calibrated", None, _given(-3, 5, Q)),
            ("relu", _relu, _given(0, 5, Q, "with_eltwise")),
        ]
    ),
    ("clip", _dense(act=_clip), _given(0, 3, Q, "with_eltwise"), {"data": ("uint8", (3, 12)), **DENSE}),
    (
        "real numbers, relu",
        _dense(act=_relu),
        _given(None, None, Q, REAL, "with_eltwise"),
        {"data": ("uint8", (3, 12)), **DENSE},
    ),
    (
        "real numbers, sigmoid",
        _dense(act=_sigmoid),
        _given(None, None, Q, REAL, "with_eltwise"),
        {"data": ("int8", (3, 12)), **DENSE},
    ),
    (
        "not quantized",
        _dense(act=_relu),
        _given(None, None, "with_eltwise"),
        {"data": ("float32", (3, 12)), "weight": ("float32", (5, 12)), "bias": ("float32", (5,))},
    ),
]


class _Net(gluon.HybridBlock):
    """A residual unit, a pooling and two products."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.first, self.first_norm = (
            gluon.nn.Conv2D(8, 3, padding=1, use_bias=False, in_channels=3),
            gluon.nn.BatchNorm(in_channels=8),
        )
        self.second, self.second_norm = (
            gluon.nn.Conv2D(8, 3, padding=1, in_channels=8),
            gluon.nn.BatchNorm(in_channels=8),
        )
        self.third, self.pool = gluon.nn.Conv2D(4, 1, in_channels=8), gluon.nn.MaxPool2D(2)
        self.hidden, self.last = gluon.nn.Dense(5, in_units=16, activation="relu"), gluon.nn.Dense(3, in_units=5)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        one = F.Activation(self.first_norm(self.first(x)), act_type="relu")
        two = F.Activation(self.second_norm(self.second(one)) + one, act_type="relu")
        return self.last(self.hidden(self.pool(F.clip(self.third(two), 0, 6))))


def _network() -> Iterator[Tuple[str, bytes]]:
    mx.random.seed(1)
    random = np.random.RandomState(0)
    with mx.name.NameManager():
        net = _Net(prefix="net_")
    net.initialize(mx.init.Normal(0.3))
    net.hybridize()
    data = mx.nd.array(random.normal(0, 1, (2, 3, 4, 4)).astype("float32"))
    net(data)
    loader = gluon.data.DataLoader(gluon.data.ArrayDataset(data, mx.nd.zeros(2)), batch_size=2)
    quantized = quantization.quantize_net(
        net, quantized_dtype="auto", calib_data=loader, calib_mode="naive", num_calib_examples=2, ctx=mx.cpu()
    )
    quantized.hybridize()
    output = quantized(data).asnumpy()
    with tempfile.TemporaryDirectory() as folder:
        quantized.export(str(Path(folder) / "int8"))
        for path in sorted(Path(folder).iterdir()):
            yield f"fused/{path.name}", path.read_bytes()
    yield "fused/int8.npz", archive.pack({"data": data.asnumpy(), "output": output})
