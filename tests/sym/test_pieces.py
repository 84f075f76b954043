"""Symbols against real MXNet, piece by piece."""

import pytest

from tests.pieces import check, pieces

KINDER = "works here"
STRICTER = "refused here"
COMPOSED = "MXNet composes operators without named inputs by name alone"
HASHED = "symbols are keys by identity here"

# Where this package is not MXNet, and why.
SYMBOL = {
    "sym.split(sym.var(\"x\"), num_outputs=3)[-1].list_outputs()": KINDER,
    "sym.exp(sym.var(\"x\"), attr={\"mood\": 3})": STRICTER,
    "sym.exp(sym.var(\"x\"), nonsense=3)": STRICTER,
    "(sym.var(\"x\") + sym.var(\"y\"))(sym.var(\"a\"), sym.var(\"b\")).list_arguments()": COMPOSED,
    "(sym.var(\"x\") + sym.var(\"y\"))(sym.var(\"a\")).list_arguments()": COMPOSED,
    "(sym.var(\"x\") + sym.var(\"y\"))(sym.var(\"a\"), y=sym.var(\"b\")).list_arguments()": COMPOSED,
    "hash(sym.var(\"x\")) is not None": HASHED,
    "sym.exp(sym.var(\"x\")).infer_shape((2, 3))": "MXNet takes shapes by position for some operators alone",
    "sym.exp(sym.var(\"x\")).infer_type(\"float64\")[1][0].__name__": "MXNet takes types by position for some alone",
    "sym.BatchNorm(sym.var(\"x\"), name=\"bn\").eval(x=nd.ones((1, 2)), bn_gamma=nd.ones(2), bn_beta=nd.zeros(2), "
    "bn_moving_mean=nd.ones(2), bn_moving_var=nd.ones(2))": KINDER,
    "sym.exp(sym.var(\"x\")).bind(mx.cpu(), {\"x\": nd.array([0.0])}).grad_dict": "None for each argument here",
    "sym.exp(sym.var(\"x\")).bind(mx.cpu(), {\"x\": nd.array([0.0])}).grad_arrays": "None for each argument here",
}  # fmt: skip

# The same for pieces of several lines, by their last ones.
GRAPH = {
    "e.backward()\n(e.outputs, e.grad_dict)": "labels get zero here; MXNet leaves what was in the memory",
    "[nd.ones(2)])\ne.backward(nd.ones(2))": "refused here: nothing has been computed",
    "[nd.array([0, 0])], [nd.ones(2)])\ne.forward(is_train=True)\ne.backward()\ne.grad_dict": "ones if not given",
    "e.backward([nd.ones(2), nd.ones(2)])": "refused here: there is one output",
    "(d[x], len({x, sym.var(\"x\")}))": HASHED,
}  # fmt: skip

# The same for nodes of operators.
OPERATORS = {
    "shown(sym.UpSampling(sym.var(\"data0\"), sym.var(\"data1\"), scale=2, sample_type='nearest', name=\"n\"))":
        "MXNet declares an initializer for an input that has none",
    "shown(sym.UpSampling(sym.var(\"data0\"), sym.var(\"data1\"), scale=2, sample_type='nearest', "
    "multi_input_mode='concat', name=\"n\"))": "as above",
    "shown(sym._internal._grad_add(name=\"n\"))": "written as the operator it is another name of",
}  # fmt: skip


def short(value):
    return value[-60:] if isinstance(value, str) else ""


@pytest.mark.parametrize(("code", "told"), pieces("symbol"), ids=lambda value: value if isinstance(value, str) else "")
def test_symbols_as_mxnet(code, told):
    check(code, told, SYMBOL)


@pytest.mark.parametrize(("code", "told"), pieces("graph"), ids=short)
def test_graphs_as_mxnet(code, told):
    check(code, told, {code} if any(code.endswith(end) for end in GRAPH) else ())


@pytest.mark.parametrize(
    ("code", "told"), pieces("operators"), ids=lambda value: value if isinstance(value, str) else ""
)
def test_nodes_as_mxnet(code, told):
    check(code, told, OPERATORS)


def test_every_difference_is_tried():
    assert SYMBOL.keys() <= {code for code, _ in pieces("symbol")}
    assert OPERATORS.keys() <= {code for code, _ in pieces("operators")}
    assert {end for code, _ in pieces("graph") for end in GRAPH if code.endswith(end)} == GRAPH.keys()
