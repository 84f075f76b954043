"""Loops and choices in graphs: built as MXNet builds them, run, hybridized and exported; and what they refuse."""

import json

import numpy as np
import pytest
import torch

from regluon import autograd, gluon, nd, sym
from regluon.core.errors import ArgumentError, ArgumentTypeError, FormatError, MXNetError, ShapeError
from regluon.core.names import NameManager
from regluon.ops.registry import find
from regluon.sym.lower import lower
from regluon.th.lift import lift as th_lift
from tests.recorded import GOLDEN


def built_foreach():
    data, state, outside = sym.var("data"), sym.var("state"), sym.var("outside")
    doubled, grown = data * 2, sym.exp(outside)

    def step(row, states):
        hidden = sym.FullyConnected(row, num_hidden=3, name="fc")
        total = hidden + states[0] + grown
        return [total, row * outside], [sym.tanh(total)]

    outputs, states = sym.contrib.foreach(step, doubled, [state])
    return sym.Group(outputs + states)


def built_foreach_alone():
    data, state = sym.var("data"), sym.var("state")

    def step(row, state):
        total = row + state
        return total, total

    outputs, state = sym.contrib.foreach(step, data, state, name="running")
    halves = sym.split(outputs.reshape((2, 2)), num_outputs=2, axis=0, name="halves")
    pairs, _ = sym.contrib.foreach(lambda rows, states: (rows[0] * rows[1], []), [halves[1], halves[0]], [])
    kept, last = sym.contrib.foreach(lambda row, state: (row, state), data, state)
    return sym.Group([outputs, pairs, kept, last])


def built_foreach_nested():
    data, scale = sym.var("data"), sym.var("scale")

    def inner(row, states):
        return sym.FullyConnected(row.reshape((1, -1)), num_hidden=2, name="fc") * scale, []

    def outer(rows, count):
        hidden, _ = sym.contrib.foreach(inner, rows, [])
        return sym.broadcast_mul(hidden, count), count + 1

    outputs, count = sym.contrib.foreach(outer, data, sym.var("count"))
    return sym.Group([outputs, count])


def built_while_loop():
    number, total, factor = sym.var("number"), sym.var("total"), sym.var("factor")
    outputs, (number, total) = sym.contrib.while_loop(
        lambda number, total: sym.sum(number * 1.75) < 8,
        lambda number, total: ([total * factor, number + 0], [number + 1, sym.tanh(total + number)]),
        (number, total),
        max_iterations=5,
    )
    return sym.Group([sym.slice_axis(one, axis=0, begin=0, end=3) for one in outputs] + [number, total])


def built_cond():
    x, y, flag = sym.var("x"), sym.var("y"), sym.var("flag")
    one = sym.contrib.cond(sym.sum(x) < 1, lambda: (x + 5) * (y + 5), lambda: (x - 5) * (y - 5))
    two = sym.contrib.cond(flag, lambda: [x, one * 2], lambda: [y * 3, one])
    return sym.Group([one, *two])


BUILT = {
    "foreach": built_foreach,
    "foreach_alone": built_foreach_alone,
    "foreach_nested": built_foreach_nested,
    "while_loop": built_while_loop,
    "cond": built_cond,
}


@pytest.mark.parametrize("name", BUILT)
def test_is_built_as_mxnet_builds_it(name):
    with NameManager():
        graph = json.loads(BUILT[name]().tojson())
    assert graph == json.loads((GOLDEN / "symbols" / f"{name}-symbol.json").read_text())


# What MXNet has no shapes for before it runs


def test_a_while_loop_that_never_begins_gives_zeros():
    outputs, (last,) = sym.contrib.while_loop(
        lambda i: i < 0, lambda i: (sym.broadcast_mul(i, sym.ones((3,))), [i + 1]), [sym.var("i")], max_iterations=2
    )
    graph = sym.Group([outputs, last])
    assert graph.infer_shape(i=(1,))[1] == [(2, 3), (1,)]
    found = graph.eval(i=nd.array([5]))
    assert [one.asnumpy().tolist() for one in found] == [[[0, 0, 0], [0, 0, 0]], [5]]


@pytest.mark.parametrize("nothing", [None, []])
def test_a_while_loop_without_outputs(nothing):
    outputs, last = sym.contrib.while_loop(lambda i: i < 3, lambda i: (nothing, i + 1), sym.var("i"), 5)
    assert outputs == []
    assert last.eval(i=nd.array([0]))[0].asnumpy().tolist() == [3]


def test_choices_of_other_shapes_have_none_before_they_run():
    x = sym.var("x")
    chosen = sym.contrib.cond(x > 0, lambda: x * 2, lambda: sym.tile(x, reps=(2,)))
    assert chosen.infer_shape(x=(1,)) == (None, None, None)
    assert [chosen.eval(x=nd.array([one]))[0].asnumpy().tolist() for one in (3, -1)] == [[6], [-1, -1]]


def test_sizes_travel_through_a_loop_both_ways():
    rows, state = sym.var("rows"), sym.var("state", shape=(0, 3))
    outputs, last = sym.contrib.foreach(lambda row, state: (row + state, state * 2), rows, state)
    graph = sym.Group([outputs, last])
    assert graph.infer_shape_partial(rows=(0, 2, 0)) == ([(0, 2, 3), (2, 3)], [(0, 2, 3), (2, 3)], [])


def test_types_travel_through_a_loop():
    outputs, last = sym.contrib.foreach(
        lambda row, state: (sym.FullyConnected(row, num_hidden=2), state + 1), sym.var("rows"), sym.var("state")
    )
    graph = sym.Group([outputs, sym.cast(last, dtype="int32")])
    arguments, results, _ = graph.infer_type(rows="float64", state="float16")
    assert [one.__name__ for one in arguments] == ["float64", "float16", "float64", "float64"]
    assert [one.__name__ for one in results] == ["float64", "int32"]
    executor = graph.simple_bind("cpu", rows=(2, 3, 4), state=(1,), type_dict={"rows": "float64", "state": "float16"})
    assert [array.dtype.__name__ for array in executor.forward()] == ["float64", "int32"]


# Blocks


class Cell(gluon.HybridBlock):
    """Add each row to what came before, through a Dense of its own."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = gluon.nn.Dense(3)
        self.scale = self.params.get("scale", shape=(1, 3), init="ones")

    def hybrid_forward(self, F, rows, state, scale):
        def step(row, state):
            hidden = F.broadcast_mul(self.dense(row), scale) + state
            return hidden, F.tanh(hidden)

        return F.contrib.foreach(step, rows, state)


def trained(net, rows, state):
    with autograd.record():
        outputs, last = net(rows, state)
        (outputs.sum() + last.sum()).backward()
    return outputs.asnumpy(), last.asnumpy(), net.dense.weight.grad().asnumpy(), net.scale.grad().asnumpy()


def test_a_block_with_a_loop_hybridizes_and_exports(tmp_path):
    net = Cell()
    net.initialize("normal")
    rows, state = nd.random.normal(shape=(4, 2, 5)), nd.zeros((2, 3))
    eager = trained(net, rows, state)
    net.hybridize()
    for one, other in zip(trained(net, rows, state), eager, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    with torch.no_grad():
        tensors = net(torch.from_numpy(rows.asnumpy()), torch.zeros(2, 3))
    np.testing.assert_allclose(tensors[0].numpy(), eager[0], rtol=1e-5, atol=1e-6)
    net(rows, state)
    files = net.export(tmp_path / "cell")
    loaded = gluon.SymbolBlock.imports(files[0], ["data0", "data1"], files[1])
    outputs = loaded(rows, state)
    np.testing.assert_allclose(outputs[0].asnumpy(), eager[0], rtol=1e-5, atol=1e-6)


def test_a_hybridized_part_may_be_called_in_a_loop():
    class Net(gluon.HybridBlock):
        def __init__(self, inner, **kwargs):
            super().__init__(**kwargs)
            self.inner = inner

        def hybrid_forward(self, F, rows):
            return F.contrib.foreach(lambda row, states: (self.inner(row), states), rows, [])[0]

    data = sym.var("data")
    inner = gluon.SymbolBlock(sym.tanh(data * 2), data)
    rows = nd.array([[1, 2], [3, 4]])
    net = Net(inner)
    net.hybridize()
    np.testing.assert_allclose(net(rows).asnumpy(), np.tanh(2 * rows.asnumpy()), rtol=1e-6)


def test_batch_statistics_change_at_every_step():
    rows = sym.var("rows")
    outputs, _ = sym.contrib.foreach(lambda row, states: (sym.BatchNorm(row, name="bn"), states), rows, [])
    # As in MXNet, the states of a step are arguments of the graph around it.
    assert outputs.list_auxiliary_states() == []
    data = torch.tensor([[[1.0], [3.0]], [[5.0], [7.0]]])
    given = {"bn_gamma": torch.ones(1), "bn_beta": torch.zeros(1), "bn_moving_mean": torch.zeros(1)}
    given |= {"rows": data, "bn_moving_var": torch.ones(1)}
    lower(outputs._entries, training=True)(*(given[name] for name in outputs.list_inputs()))
    assert given["bn_moving_mean"].item() == pytest.approx((0 * 0.9 + 2 * 0.1) * 0.9 + 6 * 0.1)


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
def test_choices_compile_around_the_graph():
    x = sym.var("x")
    chosen = sym.contrib.cond(sym.sum(x) > 1, lambda: x * 10, lambda: x - 10)
    compiled = torch.compile(lower((chosen + 1)._entries), backend="eager")
    assert [compiled(torch.tensor([one]))[0].item() for one in (2.0, 0.5)] == [21, -8.5]


# Refusals

loops = sym.contrib
X, Y = sym.var("x"), sym.var("y")
REFUSED = [
    (lambda: loops.foreach(lambda d, s: (s, s), X, Y), "foreach: the step must use every data, got one that does"),
    (lambda: loops.foreach(lambda d, s: (d, d), X, Y), "foreach: the step must use every state, got one that does"),
    (lambda: loops.foreach(lambda d, s: (d, [s, s]), X, Y), "foreach: body must return as many states as .*1, got 2"),
    (lambda: loops.foreach(lambda d, s: d, X, Y), "foreach: body must return two things, outputs and states, got"),
    (lambda: loops.foreach(lambda d, s: (d, s), 1, Y), "foreach: data must be nested lists of Symbols .*, got int"),
    (
        lambda: loops.foreach(lambda d, s: (d, s), sym.split(X, num_outputs=2), Y),
        "foreach: data must be nested lists of Symbols of one output, got a Symbol of 2",
    ),
    (lambda: loops.while_loop(lambda i: i < 2, lambda i: ([], i), X), "while_loop: max_iterations must be an int"),
    (lambda: loops.while_loop(lambda i: i < 2, lambda i: ([], i), [], 3), "while_loop: loop_vars must hold a Symbol"),
    (lambda: loops.while_loop(lambda i: [], lambda i: ([], i), X, 3), "while_loop: cond must return one Symbol, got 0"),
    (lambda: loops.while_loop(lambda i: i, lambda i: ([], [i, i]), X, 3), "while_loop: func must return as many"),
    (lambda: loops.while_loop(lambda i: i, lambda i: i, X, 3), "while_loop: func must return two things"),
    (lambda: loops.while_loop(lambda i: i, lambda i: ([], Y), X, 3), "while_loop: the step must use every variable"),
    (lambda: loops.cond(X, lambda: [X, Y], lambda: X), "cond: pred must be one Symbol, and .* got 1, 2 and 1"),
    (lambda: loops.cond(1, lambda: X, lambda: X), "cond: pred must be nested lists of Symbols"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "words"), REFUSED, ids=[words[:60] for _, words in REFUSED])
def test_what_no_graph_can_be_made_of_is_refused(build, words):
    with pytest.raises(MXNetError, match=f"^{words}"):
        build()


@pytest.mark.parametrize("name", ["_foreach", "_while_loop", "_cond"])
def test_the_operators_are_not_called_alone(name):
    given = {key: (0,) if key.endswith("locs") else 1 for key in find(name).attributes}
    with pytest.raises(ArgumentTypeError, match=f"^{name}: must be a node of a graph, with graphs"):
        th_lift(find(name), name)(torch.ones(1), **given)
    with pytest.raises(ArgumentTypeError, match=f"^{name}: must be a node of a graph"):
        getattr(sym._internal, name)(X, **given)


def test_a_state_must_keep_its_shape():
    outputs, _ = sym.contrib.foreach(lambda row, state: (row, sym.tile(state, reps=(2,))), X, Y)
    with pytest.raises(ShapeError, match=r"_foreach: a state must keep its shape \(1,\) at .*, got \(2,\)"):
        outputs.eval(x=nd.ones((2, 2)), y=nd.ones(1))


def test_what_is_gone_through_must_be_of_one_length():
    outputs, _ = sym.contrib.foreach(lambda rows, states: (rows[0] + rows[1], states), [X, Y], [])
    with pytest.raises(ShapeError, match=r"_foreach: data must be of one length.* got shapes \[\(2,\), \(3,"):
        outputs.eval(x=nd.ones(2), y=nd.ones(3))


@pytest.mark.parametrize("build", [
    lambda: sym.contrib.cond(X, lambda: Y, lambda: Y),
    lambda: sym.contrib.while_loop(lambda i: i, lambda i: ([], i), X, 3)[1],
], ids=["_cond", "_while_loop"])  # fmt: skip
def test_a_condition_is_one_number(build):
    graph = build()
    inputs = {name: nd.ones(2) for name in graph.list_arguments()}
    with pytest.raises(ArgumentError, match=r"^_\w+: the condition must have one element, got shape \(2,\)"):
        graph.eval(**inputs)


def changed(name, change):
    graph = json.loads((GOLDEN / "symbols" / f"{name}-symbol.json").read_text())
    change(graph, next(node for node in graph["nodes"] if node["op"] == f"_{name}"))
    return json.dumps(graph)


def nested(graph, node):
    for _ in range(20):
        inner = json.loads(json.dumps(graph))
        node["subgraphs"] = [inner]
        node = next(one for one in inner["nodes"] if one["op"] == node["op"])


BROKEN = {
    "no graph": ("foreach", lambda graph, node: node.pop("subgraphs"), "subgraphs must be 1 for this operator, got 0"),
    "too many": ("cond", lambda graph, node: node["subgraphs"].pop(), "subgraphs must be 3 for this operator, got 2"),
    "no list": ("cond", lambda graph, node: node.update(subgraphs=3), "subgraphs must be a list, got 3"),
    "where none belong": (
        "foreach",
        lambda graph, node: graph["nodes"][1].update(subgraphs=node["subgraphs"]),
        "subgraphs must be none for this operator, got 1",
    ),
    "a place that is none": (
        "foreach",
        lambda graph, node: node["attrs"].update(in_data_locs="[9]"),
        "attributes and inputs must fit the subgraphs",
    ),
    "an input that is none": (
        "while_loop",
        lambda graph, node: node["attrs"].update(func_input_locs="[0, 1, 7]"),
        "attributes and inputs must fit the subgraphs",
    ),
    "a place too few": (
        "cond",
        lambda graph, node: node["attrs"].update(then_input_locs="[1]"),
        "attributes and inputs must fit the subgraphs",
    ),
    "a result too few": (
        "foreach",
        lambda graph, node: node["attrs"].update(num_outputs="2"),
        "attributes and inputs must fit the subgraphs",
    ),
    "too deep": ("foreach", nested, "subgraphs must be at most 16 within each other, got more"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_file_whose_parts_do_not_fit_is_refused(case):
    name, change, words = BROKEN[case]
    text = changed(name, change)
    with pytest.raises(FormatError, match=f"graph: {words}"):
        sym.load_json(text)
