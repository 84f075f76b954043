"""Graphs with loops and choices: steps that use what lies outside, weights made within, loops within loops.

They are recorded as those of ``symbols``, but bound: MXNet's ``CachedOp`` gives no gradient of a ``while_loop``.
"""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, Iterator, Mapping, Tuple

import mxnet as mx
import numpy as np

from golden import archive
from golden.case import Draw, normal, seed_of
from golden.invoke import head_gradient

__all__ = ["recordings"]


def recordings() -> Iterator[Tuple[str, bytes]]:
    """Record every graph; yield paths below ``tests/golden`` and bytes."""
    for name, (build, draws) in LOOPS.items():
        mx.AttrScope._subgraph_names.clear()
        with mx.name.NameManager():
            graph = build()
        yield f"symbols/{name}-symbol.json", graph.tojson().encode()
        yield f"symbols/{name}.npz", archive.pack({"n_cases": np.array(1), **_answers(name, graph, draws)})


def _answers(name: str, graph: mx.sym.Symbol, draws: Mapping[str, Draw]) -> Dict[str, np.ndarray]:
    random, names = np.random.RandomState(seed_of(name)), graph.list_arguments()
    values = {key: draws[key].sample(random) for key in names}
    gradients = {key: mx.nd.zeros(values[key].shape) for key in names}
    executor = graph.bind(mx.cpu(), {key: mx.nd.array(value) for key, value in values.items()}, gradients)
    outputs = [output.asnumpy() for output in executor.forward(is_train=True)]
    heads = [head_gradient(output, random) for output in outputs]
    executor.backward([mx.nd.array(head) for head in heads])
    listed = {
        "arguments": names,
        "outputs": graph.list_outputs(),
        "states": graph.list_auxiliary_states(),
        "internals": graph.get_internals().list_outputs(),
        "attributes": graph.attr_dict(),
    }
    description = {"name": name, "attrs": listed, "inputs": names, "train": True, "aux": []}
    found = {"case": np.array(json.dumps(description))}
    found.update((f"in_{key}", value) for key, value in values.items())
    found.update((f"out{place}", output) for place, output in enumerate(outputs))
    found.update((f"og{place}", head) for place, head in enumerate(heads))
    found.update((f"grad_{key}", value.asnumpy()) for key, value in gradients.items())
    return {f"c0_{key}": value for key, value in found.items()}


def _foreach() -> mx.sym.Symbol:
    data, state, outside = mx.sym.var("data"), mx.sym.var("state"), mx.sym.var("outside")
    doubled, grown = data * 2, mx.sym.exp(outside)

    def step(row: Any, states: Any) -> Any:
        hidden = mx.sym.FullyConnected(row, num_hidden=3, name="fc")
        total = hidden + states[0] + grown
        return [total, row * outside], [mx.sym.tanh(total)]

    outputs, states = mx.sym.contrib.foreach(step, doubled, [state])
    return mx.sym.Group(outputs + states)


def _foreach_alone() -> mx.sym.Symbol:
    """Give an input through, one result twice, and a row of one number."""
    data, state = mx.sym.var("data"), mx.sym.var("state")

    def step(row: Any, state: Any) -> Any:
        total = row + state
        return total, total

    outputs, state = mx.sym.contrib.foreach(step, data, state, name="running")
    halves = mx.sym.split(outputs.reshape((2, 2)), num_outputs=2, axis=0, name="halves")
    pairs, _ = mx.sym.contrib.foreach(lambda rows, _: (rows[0] * rows[1], []), [halves[1], halves[0]], [])
    kept, last = mx.sym.contrib.foreach(lambda row, state: (row, state), data, state)
    return mx.sym.Group([outputs, pairs, kept, last])


def _foreach_nested() -> mx.sym.Symbol:
    data, scale = mx.sym.var("data"), mx.sym.var("scale")

    def inner(row: Any, _: Any) -> Any:
        return mx.sym.FullyConnected(row.reshape((1, -1)), num_hidden=2, name="fc") * scale, []

    def outer(rows: Any, count: Any) -> Any:
        hidden, _ = mx.sym.contrib.foreach(inner, rows, [])
        return mx.sym.broadcast_mul(hidden, count), count + 1

    outputs, count = mx.sym.contrib.foreach(outer, data, mx.sym.var("count"))
    return mx.sym.Group([outputs, count])


def _while_loop() -> mx.sym.Symbol:
    number, total, factor = mx.sym.var("number"), mx.sym.var("total"), mx.sym.var("factor")
    outputs, (number, total) = mx.sym.contrib.while_loop(
        lambda number, _: mx.sym.sum(number * 1.75) < 8,
        lambda number, total: ([total * factor, number + 0], [number + 1, mx.sym.tanh(total + number)]),
        (number, total),
        max_iterations=5,
    )
    # What lies beyond the last step is anything.
    return mx.sym.Group([mx.sym.slice_axis(one, axis=0, begin=0, end=3) for one in outputs] + [number, total])


def _cond() -> mx.sym.Symbol:
    x, y, flag = mx.sym.var("x"), mx.sym.var("y"), mx.sym.var("flag")
    one = mx.sym.contrib.cond(mx.sym.sum(x) < 1, lambda: (x + 5) * (y + 5), lambda: (x - 5) * (y - 5))
    two = mx.sym.contrib.cond(flag, lambda: [x, one * 2], lambda: [y * 3, one])
    return mx.sym.Group([one, *two])


Graph = Tuple[Callable[[], mx.sym.Symbol], Mapping[str, Draw]]

LOOPS: Dict[str, Graph] = {
    "foreach": (
        _foreach,
        {
            "data": normal(4, 2, 3),
            "state": normal(2, 3),
            "outside": normal(2, 3),
            "fc_weight": normal(3, 3),
            "fc_bias": normal(3),
        },
    ),
    "foreach_alone": (_foreach_alone, {"data": normal(4), "state": normal(1)}),
    "foreach_nested": (
        _foreach_nested,
        {
            "data": normal(2, 3, 4),
            "scale": normal(1, 2),
            "count": normal(1),
            "fc_weight": normal(2, 4),
            "fc_bias": normal(2),
        },
    ),
    "while_loop": (
        _while_loop,
        {
            "number": Draw(lambda _: np.array([2], "float32")),
            "total": normal(1),
            "factor": Draw(lambda _: np.array([1.75], "float32")),
        },
    ),
    "cond": (_cond, {"x": normal(2), "y": normal(2), "flag": Draw(lambda _: np.array([0], "float32"))}),
}
